"""What a document says otherwise of a row than what is stored of it."""

from collections.abc import Iterator, Mapping
from dataclasses import fields, replace
from typing import Any

from expdb.domain.run import ReportedRun, Run

Changes = Mapping[str, Any]

# What a row is called, where it stands, and what it is known by is not what it says.
_NO_STATEMENT = ("name", "group", "source", "document", "row_key")
_TABLE = ", table “"


def changes_of(run: Run, row: ReportedRun) -> tuple[Changes, Changes]:
    """Return by field what a stored row says and what its document says now, of the fields that differ.

    Settings, metrics and printed cells are fields of their own: `settings.lr`, `metrics.miou`, `quote.Top-1`. None is
    what was, or is, not stated.
    """
    old, new = dict(_stated(run)), dict(_stated(row))
    differing = [name for name in {**old, **new} if old.get(name) != new.get(name)]
    if citation(run.source or "") != citation(row.source):
        old["source"], new["source"] = run.source, row.source
        differing.append("source")
    return {name: old.get(name) for name in differing}, {name: new.get(name) for name in differing}


def says_otherwise(old_values: Changes, new_values: Changes) -> bool:
    """Tell whether a change is one of what a row says, and not only of which of its cells were copied."""
    return any(not name.startswith("quote.") or None not in (old_values[name], new) for name, new in new_values.items())


def with_citation(row: ReportedRun, run: Run) -> ReportedRun:
    """Return a row with the document and page that the stored one cites: who gave them need not give them again."""
    _, is_table, place = row.source.partition(_TABLE)
    return replace(row, source=f"{citation(run.source or '')}{_TABLE}{place}") if is_table and run.source else row


def citation(source: str) -> str:
    """Return document and page of a source, without its table and row."""
    return source.partition(_TABLE)[0]


def table_of(source: str) -> str:
    """Return the table of a source, without its row."""
    return source.partition(_TABLE)[2].rpartition("”, row ")[0]


def _stated(row: Run | ReportedRun) -> Iterator[tuple[str, Any]]:
    for field in fields(ReportedRun):
        if field.name in _NO_STATEMENT:
            continue
        value = row.fields[field.name] if isinstance(row, Run) else getattr(row, field.name)
        if isinstance(value, Mapping):
            yield from ((f"{field.name}.{key}", _plain(item)) for key, item in value.items())
        else:
            yield field.name, _plain(value)


def _plain(value: Any) -> Any:
    """Return a value as the store gives it back."""
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, (list, tuple)) else value
