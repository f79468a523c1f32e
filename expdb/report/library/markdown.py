"""Papers and claims as Markdown."""

from collections.abc import Sequence

from expdb.domain.claim import Claim, Paper
from expdb.report.library.claims import Verdict
from expdb.report.writers.markdown import escape

_NO_WEEK = "–"


def papers_to_markdown(papers: Sequence[Paper]) -> str:
    """Return papers as a weekly reading list, ending in a newline: every week stands in its first row alone."""
    rows, last = [], None
    for paper in papers:
        week = paper.week or _NO_WEEK
        year = "" if paper.year is None else str(paper.year)
        rows.append(["" if week == last else week, paper.title, paper.venue or "", year])
        last = week
    return _table(["Week", "Paper", "Conf", "Year"], rows)


def claims_to_markdown(claims: Sequence[tuple[Claim, Verdict]]) -> str:
    """Return claims with their status as Markdown, ending in a newline."""
    rows = [
        [claim.key, claim.sentence, claim.source, claim.tested_by or "", verdict.status, verdict.reason]
        for claim, verdict in claims
    ]
    headings = ["Claim", "Sentence", "Source", "Tested by", "Status", "Why"]
    if any(verdict.small for _, verdict in claims):
        headings.append("Small networks on toy data")
        for row, (_, verdict) in zip(rows, claims, strict=True):
            row.append("; ".join(small.text for small in verdict.small))
    return _table(headings, rows)


def _table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table whose second line is as wide as its columns, and whose cells are not padded."""
    cells = [[escape(" ".join(text.split())) for text in row] for row in (headings, *rows)]
    rule = [f"{'-' * (max(len(text) for text in column) + 2)}" for column in zip(*cells, strict=True)]
    lines = ["|" + "".join(f" {text} |" if text else " |" for text in row) for row in cells]
    return "\n".join([lines[0], f"|{'|'.join(rule)}|", *lines[1:]]) + "\n"
