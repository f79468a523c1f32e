r"""A file of macros that `expdb table NAME --format macros` wrote, held against the tables as they are now."""

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

from expdb.errors import NotFoundError, SpecError, unknown
from expdb.report.check.findings import CheckedTable, Finding
from expdb.report.check.judge_number import SAID_STATUSES
from expdb.report.check.judge_values import ValueJudge
from expdb.report.source import Correctness, TableSource
from expdb.report.tables.build import build_table
from expdb.report.tables.plan import AskedTable
from expdb.report.writers.macros import to_macros
from expdb.report.written.bad_marks import BadMarks
from expdb.report.written.value_marks import ValueMark

_NAME = r"\{((?:\\.|[^{}\\])*)\}"
_SET = re.compile(rf"\\expdbset{_NAME}{_NAME}{_NAME}\{{(.*)\}}%?\s*")
_MATH = re.compile(r"\\ensuremath\{(.*)\}")
_COMMAND = re.compile(r"\\(?:text\w+|math\w+|pm)\s*|\\(?=[%&_#$])|[{}]")


@dataclass(frozen=True)
class _Value:
    line: int
    row: str
    column: str
    content: str


def check_macros(
    text: str,
    source: TableSource,
    definitions: Sequence[AskedTable],
    *,
    name: str,
    correct: Correctness | None = None,
) -> list[CheckedTable]:
    """Check the values of each table that a text defines macros of; none of a text that defines none.

    Args:
        text: of LaTeX.
        source: the runs: a store.
        definitions: the saved tables.
        name: of the file, to say how it is written anew.
        correct: as for `build_table`.

    Raises:
        NotFoundError: there is no such table now; says the line.
        SpecError: a table cannot be built, or its rows not be asked for.
    """
    known = {definition.name: definition for definition in definitions}
    judge, bad, checked = ValueJudge(source, definitions, correct), BadMarks(), []
    for table, values in _values(text).items():
        line = values[0].line
        if table not in known:
            told = unknown("table", table, known, listing="expdb tables")
            bad.add(NotFoundError(f"line {line}: {told}"))
            continue
        with bad.gathered():
            now = _values(to_macros(build_table(source, known[table], correct=correct)))[table]
            checked.append(_checked(table, values, now, judge, name))
    bad.raise_any()
    return checked


def _values(text: str) -> dict[str, list[_Value]]:
    found: dict[str, list[_Value]] = defaultdict(list)
    if r"\expdbset{" in text:
        for number, line in enumerate(re.split(r"\r\n?|\n", text), start=1):
            if match := _SET.fullmatch(line):
                table, row, column = (re.sub(r"\\(.)", r"\1", part) for part in match.group(1, 2, 3))
                found[table].append(_Value(number, row, column, match[4]))
    return found


def _checked(table: str, values: Sequence[_Value], now: Sequence[_Value], judge: ValueJudge, name: str) -> CheckedTable:
    current = {(value.row, value.column): value.content for value in now}
    findings = [one for value in values for one in _findings(table, value, current, judge)]
    lacking = len(set(current) - {(value.row, value.column) for value in values})
    is_old = lacking or any(finding.status not in SAID_STATUSES for finding in findings)
    told = f" ({lacking} values of the table are not in it)" if lacking else ""
    way = f"out of date{told}: write it anew: expdb table {table} --format macros -o {name}"
    return CheckedTable(
        line=values[0].line,
        name=table,
        is_marked=True,
        is_of_values=True,
        findings=tuple(findings),
        readings=(way,) if is_old else (),
    )


def _findings(table: str, value: _Value, current: dict[tuple[str, str], str], judge: ValueJudge) -> list[Finding]:
    printed, place = _plain(value.content), (value.row, value.column)
    recorded = _plain(current[place]) if place in current else None
    same = Finding(
        line=value.line,
        column=value.column,
        part="",
        row=value.row,
        printed=printed or "nothing",
        recorded=recorded,
        status="confirmed" if current.get(place) == value.content else "contradicted",
        reason="" if place in current else "the table has no such row or column now",
    )
    if recorded is None:
        return [same]
    mark = ValueMark(line=value.line, table=table, row=value.row, column=value.column, printed=printed, start=0, stop=0)
    judged: list[Finding] = []
    try:
        if same.status == "confirmed":
            return [replace(same, status=judge.said_of(mark))]
        judged = judge.judge(mark)
    except (SpecError, NotFoundError):
        return [same]
    return judged if any(one.status in ("stale", "rounded differently") for one in judged) else [same]


def _plain(content: str) -> str:
    """Return what LaTeX prints of a value."""
    shown = _MATH.sub(r"\1", content).replace(r"\pm", "±").replace("~", " ").replace(r"\,", " ")
    return " ".join(_COMMAND.sub("", shown).split())
