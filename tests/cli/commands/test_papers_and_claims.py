import json
from pathlib import Path

import pytest

from expdb.domain.run import Environment
from expdb.store.store import Store
from tests.cli.conftest import Cli
from tests.factories import make_spec
from tests.store.events import FINISHED, epoch, started

GOLDEN = Path(__file__).parents[2] / "report" / "golden" / "reading-list.md"
CLAIMS = """\
[[claims]]
key = "K1"
sentence = "Squeeze-and-excitation gives 1-2 points."
source = "us"
tested_by = "one factor"
known = "One run each."
status = "contradicted"
[claims.test]
a = "model = resnet_mini"
b = "model = senet_mini"
at_least = 0.01
at_most = 0.02
[[claims]]
key = "K2"
sentence = "Kernels of 3 and 5 are best."
source = "us"
status = "not testable"
"""


@pytest.fixture
def claims(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "claims.toml").write_text(CLAIMS, encoding="utf-8")
    cli("import", "claims", "claims.toml")


def train(model: str, accuracies: list[float]) -> None:
    with Store.open("sqlite:///runs.db") as store:
        for seed, top1 in enumerate(accuracies):
            run_id = store.add_run(make_spec(model__name=model, seed=seed))
            store.start_run(run_id, Environment())
            store.record(run_id, started())
            store.record(run_id, epoch(1, top1=top1))
            store.record(run_id, epoch(2, top1=top1))
            store.record(run_id, FINISHED)


def test_papers_as_markdown_are_the_weekly_list_to_the_letter(cli: Cli, tmp_path: Path) -> None:
    cli("import", "papers")

    assert cli("papers", "--format", "md").out == GOLDEN.read_text(encoding="utf-8")
    assert cli("papers", "-o", "list.md").out == "wrote list.md\n"
    assert (tmp_path / "list.md").read_text(encoding="utf-8") == GOLDEN.read_text(encoding="utf-8")


def test_papers_are_chosen_by_week_and_tag(cli: Cli) -> None:
    cli("import", "papers")

    assert [paper["year"] for paper in json.loads(cli("papers", "--week", "5 & 6", "--json").out)] == [
        2014,
        2015,
        2016,
        2016,
        2017,
    ]
    assert len(json.loads(cli("papers", "--week", "5", "--json").out)) == 5  # that week is a half of "5 & 6"
    [paper] = json.loads(cli("papers", "--tag", "T-CUTMIX", "--format", "json").out)
    assert paper["title"].startswith("CutMix")
    assert cli("papers", "--week", "99").out == "no paper matches\n"
    assert "Random Erasing Data Augmentation" in cli("papers").out


def test_empty_lists_name_the_command_that_fills_them(cli: Cli) -> None:
    train("resnet_mini", [0.5])

    assert cli("papers").out == "no papers yet; enter expdb's own list: expdb import papers\n"
    assert cli("claims").out == "no claims yet; enter expdb's own list: expdb import claims\n"


@pytest.mark.usefixtures("claims")
def test_the_status_of_a_claim_with_a_test_is_what_the_runs_say_now(cli: Cli) -> None:
    def status() -> str:
        return json.loads(cli("claims", "K1", "--json").out)[0]["status"]

    assert status() == "untested"
    train("resnet_mini", [0.500, 0.501, 0.502])
    train("senet_mini", [0.515])
    assert status() == "untested"
    train("senet_mini", [0.515, 0.516, 0.517])
    assert status() == "supported"
    [claim] = json.loads(cli("claims", "K1", "--json").out)
    assert (claim["written_status"], claim["runs"]) == ("contradicted", {"a": [[1, 2, 3]], "b": [[5, 6, 7]]})


@pytest.mark.usefixtures("claims")
def test_one_claim_shows_its_verdict_and_the_runs_behind_it(cli: Cli) -> None:
    train("resnet_mini", [0.500, 0.501, 0.502])
    train("senet_mini", [0.515, 0.516, 0.517])
    out = cli("claims", "K1").out

    assert "Squeeze-and-excitation gives 1-2 points." in out
    assert "95 % interval +1.27 points to +1.73 points with n = 3 and 3" in out
    assert "50.10 ± 0.10 (3), runs 1-3" in out
    assert "51.60 ± 0.10 (3), runs 4-6" in out


@pytest.mark.usefixtures("claims")
def test_claims_are_listed_by_their_live_status(cli: Cli) -> None:
    assert [c["key"] for c in json.loads(cli("claims", "--status", "untested", "--json").out)] == ["K1"]
    assert [c["key"] for c in json.loads(cli("claims", "--status", "not testable", "--json").out)] == ["K2"]
    assert cli("claims", "--status", "supported").out == "no claim matches\n"
    listed = cli("claims", "--format", "md").out.splitlines()
    assert listed[0] == "| Claim | Sentence | Source | Tested by | Status | Why |"
    assert listed[2].endswith("| untested | there are no runs yet |")


@pytest.mark.usefixtures("claims")
def test_bad_options_are_errors_of_use(cli: Cli) -> None:
    for arguments, message in (
        (["claims", "K9"], "unknown claim 'K9'"),
        (["claims", "--status", "proved"], "proved"),
        (["claims", "--json", "--format", "md"], "--json and --format md: give one of them"),
        (["papers", "--format", "table", "-o", "x"], "--format table is for the eye"),
    ):
        result = cli(*arguments)
        assert result.code == 2
        assert message in result.err
