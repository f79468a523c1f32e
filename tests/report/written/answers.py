"""Answers to written documents, made by hand, and how what a reader recorded is held against them.

Beside each document `corpus/**/NAME.*` stands `NAME.toml`:

    measured = true               # runs of exactly these results can be in a store (see `tests/report/check`)
    any_tables = true             # the rows must be there, in whatever table; what else is there is open
    forbidden = ["top1: 0.999"]   # what no row may say; `*` stands for any value
    headings = ["Score=top1"]     # what a user says of headings
    [options]                     # of the reader, as the command line has them
    [[table]]                     # one a table of the document, in order
    dataset = "cifar10"           # of every row, where no column says
    columns = ["model", "top1", "top5?", "own FLOPs (G)"]
    rows = [["A", 0.951, "", 1.1]]
    said = ["FLOPs (G)"]          # what the reader must tell of the table
    free = ["model", "metrics"]   # fields, or the first letters of metrics, that are not compared
    merge = true                  # rows of one dataset and model may be one run or several
    [[table.or]]                  # another honest reading of the table
    refused = ["dataset"]         # no row, and the words that the reason must hold

A column is a field of `ReportedRun`, `top1_spread` and the like (metrics of that name), `own HEADING` (a metric or
setting of its own, whose name holds every word of the heading), `set NAME` (a setting), or `says` (a word that settings
or model hold). Behind `?` (`top1?`, `own? HEADING`) it may be lacking, but not be another one. `""`: not recorded. A
field that a row has and its answer does not is an error, whatever it holds.
"""

import difflib
import re
import tomllib
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from expdb.domain.run import ReportedRun
from expdb.interop.reported.enter import ReportedTable
from expdb.report.written.reading.settings_cell import known_setting

CORPUS = Path(__file__).parent / "corpus"
FIELDS = (
    *("dataset", "model", "optimizer", "batch_size", "epochs", "num_devices", "parallel", "img_size"),
    *("top1", "top5", "num_params", "macs", "train_seconds"),
)
_BESIDE = re.compile(r"(top1|top5|num_params|macs|train_seconds)_(spread|n|low|high)")
_REMARK = re.compile(r"\s*(?:\((?:ours?|제안|[^()]*\b(?:19|20)\d\d)\)|\[\d+\])$", re.IGNORECASE)
_FROM_SETTINGS = ("epochs", "batch_size", "optimizer", "image_size")  # fill fields of their own

Facts = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class AnsweredDocument:
    """A document and its answers; `tables` has for each table the readings of it that are honest."""

    path: Path
    options: Mapping[str, Any]
    headings: Sequence[str]
    tables: Sequence[Sequence[Mapping[str, Any]]]
    forbidden: Sequence[str]
    is_measured: bool
    has_any_tables: bool

    @property
    def name(self) -> str:
        """Its folder and file."""
        return self.path.relative_to(CORPUS).as_posix()

    @property
    def text(self) -> str:
        """What is written."""
        return self.path.read_text(encoding="utf-8")


def answered_documents() -> list[AnsweredDocument]:
    """Return all documents of the corpus with their answers."""
    return [_document(path) for path in sorted(CORPUS.rglob("*")) if path.is_file() and path.suffix != ".toml"]


def complaints(document: AnsweredDocument, tables: Sequence[ReportedTable], told: Sequence[str]) -> list[str]:
    """Return what is wrong with what was read of a document, in words; nothing where all is as answered.

    Args:
        document: with its answers.
        tables: what was read.
        told: what the reader tells of each table beside its rows.
    """
    found = list(_forbidden(document, tables))
    if document.has_any_tables:
        every = replace(tables[0], runs=tuple(run for table in tables for run in table.runs)) if tables else None
        for answers in document.tables:
            found += ["no table"] if every is None else _best(answers, every, "", may_have_more=True)
        return found
    if len(tables) != len(document.tables):
        lines = ", ".join(str(table.line) for table in tables)
        return [*found, f"{len(tables)} tables read (lines {lines}), {len(document.tables)} answered"]
    for number, (answers, table, said) in enumerate(zip(document.tables, tables, told, strict=True), start=1):
        found += [f"table {number} (line {table.line}): {one}" for one in _best(answers, table, said)]
    return found


def _document(path: Path) -> AnsweredDocument:
    told = tomllib.loads(path.with_suffix(".toml").read_text(encoding="utf-8"))
    tables = []
    forbidden = list(told.get("forbidden", ()))
    for table in told["table"]:
        tables.append([table, *table.get("or", ())])
        forbidden += [f"{len(tables)} {one}" for one in table.get("forbidden", ())]
    return AnsweredDocument(
        path=path,
        options=told.get("options", {}),
        headings=told.get("headings", ()),
        tables=tables,
        forbidden=forbidden,
        is_measured=told.get("measured", False),
        has_any_tables=told.get("any_tables", False),
    )


def _best(
    answers: Sequence[Mapping[str, Any]], table: ReportedTable, told: str, *, may_have_more: bool = False
) -> list[str]:
    """Return what is wrong by the honest reading that is nearest; nothing where one of them fits."""
    return min((_wrong(answer, table, told, may_have_more=may_have_more) for answer in answers), key=len)


def _wrong(answer: Mapping[str, Any], table: ReportedTable, told: str, *, may_have_more: bool) -> list[str]:
    if (reasons := answer.get("refused")) is not None:
        if table.runs:
            return [f"{len(table.runs)} rows recorded, none answered", *map(_line, map(_plain, table.runs))]
        said = " ".join(table.skipped)
        return [f"refused without {word!r}: {said}" for word in reasons if _bare(word) not in _bare(said)]
    recorded = [_told(run, answer) for run in table.runs]
    answered = [_answered(row, answer) for row in answer["rows"]]
    if answer.get("merge"):
        recorded = _merged(recorded)
    if may_have_more:
        recorded = [facts for facts in recorded if any(facts.get("model") == one.get("model") for one in answered)]
    found = _differing(answered, recorded, answer)
    told = _bare(" ".join([told, *table.skipped, *(piece for run in table.runs for piece in run.unparsed)]))
    found += [f"not said: {word!r}" for word in answer.get("said", ()) if _bare(word) not in told]
    return found + ([f"said: {one}" for one in table.skipped] if found else [])


def _differing(answered: Sequence[Facts], recorded: Sequence[Facts], answer: Mapping[str, Any]) -> list[str]:
    """Return the lines of a diff; what may be lacking is left out of the answer of a row that lacks it."""
    optional = {_key(column) for column in answer["columns"] if "?" in column}
    answered, recorded = sorted(answered, key=_order), sorted(recorded, key=_order)
    if len(answered) == len(recorded):
        answered = [
            {key: value for key, value in one.items() if key not in optional or key in other}
            for one, other in zip(answered, recorded, strict=True)
        ]
    before, after = [_line(facts) for facts in answered], [_line(facts) for facts in recorded]
    diff = difflib.unified_diff(before, after, "answered", "recorded", lineterm="", n=0)
    return [line for line in diff if not line.startswith("@@")]


def _answered(row: Sequence[Any], answer: Mapping[str, Any]) -> Facts:
    facts = {"dataset": answer["dataset"]} if "dataset" in answer else {}
    facts |= {_key(column): value for column, value in zip(answer["columns"], row, strict=True) if value != ""}
    return _without(_normal(facts), answer)


def _told(run: ReportedRun, answer: Mapping[str, Any]) -> Facts:
    """Return what a run says, under the names that the answer has for it."""
    facts = _plain(run)
    columns = [_key(column) for column in answer["columns"]]
    for key in sorted((column for column in columns if column.startswith("own ")), key=len, reverse=True):
        if (name := _named(key.removeprefix("own "), facts)) is not None:
            value = facts.pop(name)
            if not (isinstance(value, str) and key not in answer["columns"]):  # what may be lacking may be kept as text
                facts[key] = value
    if "says" in columns:
        place = columns.index("says")
        words = sorted({row[place] for row in answer["rows"]}, key=len, reverse=True)
        said = _bare(f"{run.model} {[(name, value) for name, value in run.settings.items() if value is not False]}")
        facts["says"] = next((word for word in words if _bare(word) in said), "nothing of what is answered")
        facts = {key: value for key, value in facts.items() if key != "says" or value}
    known = [key for key in facts if key.startswith("set ")]
    for key in known:  # settings that the row does not speak of as known ones are free
        if "says" in columns or (key not in columns and not _is_known(key.removeprefix("set "))):
            facts.pop(key)
    return _without(facts, answer)


def _plain(run: ReportedRun) -> Facts:
    """Return everything that a run says: fields, metrics, settings."""
    facts = {name: value for name in FIELDS if (value := getattr(run, name)) is not None}
    facts |= {name if _BESIDE.fullmatch(name) else f"metric {name}": value for name, value in run.metrics.items()}
    facts |= {f"set {name}": value for name, value in run.settings.items() if name not in _FROM_SETTINGS}
    return _normal(facts)


def _normal(facts: Facts) -> Facts:
    shown = dict(facts)
    if "dataset" in facts:
        shown["dataset"] = _bare(facts["dataset"])
    if "model" in facts:
        shown["model"] = _REMARK.sub("", facts["model"])
    return shown


def _without(facts: Facts, answer: Mapping[str, Any]) -> Facts:
    free = answer.get("free", ())
    return {
        key: value
        for key, value in facts.items()
        if key not in free
        and not (key.startswith("metric ") and ("metrics" in free or key[7:].startswith(tuple(free))))
    }


def _merged(told: Sequence[Facts]) -> list[Facts]:
    found: dict[tuple[str, str], Facts] = {}
    for facts in told:
        known = found.setdefault((facts["dataset"], facts["model"]), {})
        for key, value in facts.items():
            known[key if known.get(key, value) == value else f"{key} (again)"] = value
    return list(found.values())


def _named(heading: str, facts: Facts) -> str | None:
    """Return the metric or setting whose name holds every word of a heading, and fewest others."""
    words = _words(heading)
    names = [key for key in facts if key.startswith(("metric ", "set "))]
    fitting = [key for key in names if words <= _words(key.partition(" ")[2])]
    return min(fitting, key=lambda key: len(_words(key)), default=None)


def _is_known(setting: str) -> bool:
    return known_setting(setting) is not None


def _forbidden(document: AnsweredDocument, tables: Sequence[ReportedTable]) -> Iterator[str]:
    for told in document.forbidden:
        number, _, one = told.partition(" ") if told[0].isdigit() else ("", "", told)
        among = tables[int(number) - 1 : int(number)] if number else tables
        key, _, value = one.partition(": ")
        for run in (run for table in among for run in table.runs):
            facts = _plain(run)
            name = _named(key.removeprefix("own "), facts) if key.startswith("own ") else key
            if name in facts and value in ("*", _shown(facts[name])):
                yield f"forbidden: {one} ({_line(facts)})"


def _key(column: str) -> str:
    return column.replace("own? ", "own ").removesuffix("?")


def _order(facts: Facts) -> tuple[str, ...]:
    return tuple(_shown(facts.get(key, "")) for key in ("dataset", "model", "says", "num_params", "epochs", "top1"))


def _line(facts: Facts) -> str:
    return " · ".join(f"{key} {_shown(facts[key])}" for key in sorted(facts, key=_place))


def _place(key: str) -> tuple[int, str]:
    return (FIELDS.index(key) if key in FIELDS else len(FIELDS), key)


def _shown(value: Any) -> str:
    return f"{value:.10g}" if isinstance(value, int | float) and not isinstance(value, bool) else str(value)


def _words(text: str) -> set[str]:
    return set(re.findall(r"[^\W_]+|[Δ‰]", unicodedata.normalize("NFKC", text).casefold()))


def _bare(text: str) -> str:
    folded = unicodedata.normalize("NFKC", str(text)).casefold()
    return "".join(char for char in folded if char.isalnum() or char in "<>")
