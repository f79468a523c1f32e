"""Findings as lines that a person reads: one each, and one for numbers that are unknown for the same reason."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from expdb.report.check.findings import Finding
from expdb.report.check.judge_number import FindingStatus
from expdb.report.run_ids import short


@dataclass(frozen=True, kw_only=True)
class ToldFinding:
    """A line: which lines of the report it is about, as `3-5, 9`, what is found there, and what that comes to."""

    lines: str
    text: str
    ending: str
    status: FindingStatus


def told_findings(findings: Iterable[Finding]) -> Iterator[ToldFinding]:
    """Yield the lines of some findings, in their order."""
    alike: dict[tuple[object, ...], list[Finding]] = {}
    for number, finding in enumerate(findings):
        by_column = (finding.column, finding.reason)
        alike.setdefault(by_column if finding.status == "unknown" else (number,), []).append(finding)
    for group in alike.values():
        first = group[0]
        text = f"{first.column}: {len(group)} numbers, {first.reason}" if len(group) > 1 else first.message
        yield ToldFinding(
            lines=short(one.line for one in group).replace(" ", ""),
            text=text,
            ending=first.ending,
            status=first.status,
        )
