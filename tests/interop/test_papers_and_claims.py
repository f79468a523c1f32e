from pathlib import Path

import pytest
import yaml

from expdb.domain.claim import ClaimTest, Paper
from expdb.errors import SpecError
from expdb.interop.papers_and_claims import read_claims, read_papers

REFERENCE = Path(__file__).parents[3] / "shared" / "reference" / "papers.yaml"

PAPERS_YAML = """\
format: papers/1
source: {document: "002", table: "Week | Paper", language: ko}
papers:
  - {order: 2, week: "5 & 6", weeks: [5, 6], title: "SSD", venue: "ECCV", year: 2016,
     ours: {note: "a note", uses: [M-A, T-B]}}
  - {order: 1, week: 1, title: "CBAM", ours: {}}
"""
PAPERS_TOML = """\
[[papers]]
order = 2
week = "5 & 6"
title = "SSD"
venue = "ECCV"
year = 2016
note = "a note"
uses = ["M-A", "T-B"]
[[papers]]
order = 1
week = "1"
title = "CBAM"
"""
CLAIMS = """\
[[claims]]
key = "K1"
sentence = "Squeeze-and-excitation helps."
source = "a study"
tested_by = "one factor"
known = ""
status = "untested"
[claims.test]
metric = "top1"
a = "model = resnet50"
b = "model = senet50"
at_least = 0.01
at_most = 0.02
"""


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_a_paper_of_weeks_without_a_label_is_called_by_their_numbers(tmp_path):
    text = "[[papers]]\ntitle = 'A paper'\nweeks = [5, 6]\n"

    assert [paper.week for paper in read_papers(write(tmp_path, "papers.toml", text))] == ["5 & 6"]


def test_papers_of_both_forms_are_the_same(tmp_path):
    papers = read_papers(write(tmp_path, "papers.yaml", PAPERS_YAML))

    assert papers == read_papers(write(tmp_path, "papers.toml", PAPERS_TOML))
    assert papers == [
        Paper(title="SSD", venue="ECCV", year=2016, week="5 & 6", position=2, note="a note", tags=("M-A", "T-B")),
        Paper(title="CBAM", week="1", position=1),
    ]


def test_the_papers_that_come_with_expdb_are_the_references():
    if not REFERENCE.exists():
        pytest.skip("the reference list ../shared/reference/papers.yaml is not here")
    shipped, reference = read_papers(), read_papers(REFERENCE)

    def known(papers):
        return [(p.title, p.venue, p.year, p.week, p.position, p.tags) for p in papers]

    assert known(shipped) == known(reference)
    assert len(shipped) == len(yaml.safe_load(REFERENCE.read_text(encoding="utf-8"))["papers"]) == 25


def test_a_claim_is_read_with_its_test(tmp_path):
    [claim] = read_claims(write(tmp_path, "claims.toml", CLAIMS))

    assert (claim.key, claim.tested_by, claim.known, claim.status) == ("K1", "one factor", None, "untested")
    assert claim.test == ClaimTest(a="model = resnet50", b="model = senet50", at_least=0.01, at_most=0.02)


def test_claims_are_read_from_yaml_as_well(tmp_path):
    text = 'claims:\n  - {key: K1, sentence: "It helps.", source: us, test: {a: "id = 1", b: "id = 2", at_least: 0}}\n'
    [claim] = read_claims(write(tmp_path, "claims.yml", text))

    assert claim.test == ClaimTest(a="id = 1", b="id = 2", at_least=0)


def test_claims_come_with_expdb():
    assert [claim.key for claim in read_claims()] == [f"K{number}" for number in range(1, 24)]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('status = "untested"', 'status = "proved"', "claim 'K1': status: Input should be 'untested', 'supported'"),
        ('key = "K1"', 'key = "K 1"', "claim 'K 1': key 'K 1': use at most 40 characters without spaces"),
        ("at_least = 0.01\nat_most = 0.02\n", "", "claim 'K1': test: neither at_least nor at_most"),
        ("at_least = 0.01", "at_least = 0.03", "claim 'K1': test: at_least 0.03 is more than at_most 0.02"),
        ('metric = "top1"', 'metrik = "top1"', "claim 'K1': test: unknown key 'metrik': did you mean metric?"),
        ("[[claims]]", "[[claim]]", "holds no list of claims"),
        ("[[claims]]", "[[claims]", "is no TOML"),
        ('source = "a study"\n', "", "claim 'K1': source is missing"),
    ],
)
def test_a_mistake_in_a_claim_is_told_in_one_line(tmp_path, old, new, message):
    text = CLAIMS.replace(old, new, 1).replace(
        "[claims.test]", "[claim.test]" if new == "[[claim]]" else "[claims.test]"
    )
    with pytest.raises(SpecError) as raised:
        read_claims(write(tmp_path, "claims.toml", text))

    assert message in str(raised.value)
    assert "\n" not in str(raised.value)


def test_what_is_there_twice_is_refused(tmp_path):
    with pytest.raises(SpecError, match="'K1' is there twice"):
        read_claims(write(tmp_path, "claims.toml", CLAIMS * 2))
    with pytest.raises(SpecError, match="'SSD' is there twice"):
        read_papers(write(tmp_path, "papers.toml", PAPERS_TOML * 2))


def test_a_file_that_cannot_be_read_is_refused(tmp_path):
    (tmp_path / "bytes.yaml").write_bytes(b"papers: \xff")
    for name, message in (
        ("missing.toml", "No such file"),
        ("bytes.yaml", "it is no UTF-8 text"),
        ("papers.csv", "neither .toml nor .yaml"),
    ):
        with pytest.raises(SpecError, match=message):
            read_papers(tmp_path / name)
