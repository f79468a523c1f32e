from pathlib import Path

from expdb.domain.claim import Claim, Paper
from expdb.interop.papers_and_claims import read_papers
from expdb.report.library.claims import Verdict
from expdb.report.library.markdown import claims_to_markdown, papers_to_markdown

GOLDEN = Path(__file__).parents[1] / "golden" / "reading-list.md"


def test_the_papers_that_come_with_expdb_are_the_reports_list_to_the_letter():
    assert papers_to_markdown(read_papers()) == GOLDEN.read_text(encoding="utf-8")


def test_a_week_stands_in_its_first_row_alone():
    papers = [Paper(title=title, week=week) for title, week in (("A", "1"), ("B", "1"), ("C", None), ("D", "2"))]

    rows = papers_to_markdown(papers).splitlines()[2:]
    assert rows == ["| 1 | A | | |", "| | B | | |", "| – | C | | |", "| 2 | D | | |"]


def test_text_cannot_split_a_cell():
    assert "| A \\| B \\*C\\* | | 2016 |" in papers_to_markdown([Paper(title="A | B\n*C*", year=2016)])


def test_claims_show_the_live_status_and_its_reason():
    claim = Claim(key="K1", sentence="It helps.", source="us", status="untested", tested_by="one factor")
    text = claims_to_markdown([(claim, Verdict(status="supported", reason="difference +1.50 points"))])

    assert text.splitlines()[0] == "| Claim | Sentence | Source | Tested by | Status | Why |"
    assert text.splitlines()[2] == "| K1 | It helps. | us | one factor | supported | difference +1.50 points |"
