"""Table definitions from options of the command line."""

import re
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Annotated, Any, get_args

import typer

from expdb.domain.table import CellOf, ColumnChoice, Shows, TableDefinition
from expdb.domain.task import CLASSIFICATION, FREE
from expdb.domain.validation import checked
from expdb.errors import SpecError

ColumnsOption = Annotated[
    str | None,
    typer.Option(
        help="comma-separated columns: KEY, KEY:delta|interval|p|n, with :DECIMALS and =HEADING; 'help' lists them"
    ),
]
CellOption = Annotated[
    CellOf | None, typer.Option(help="of --rows KEYS, what a cell shows into which several groups fall")
]
OrderOption = Annotated[
    list[str] | None,
    typer.Option(metavar="KEY=VALUE,...", help="a key's rows or columns in this order: dataset=cifar100,cifar10"),
]
SortOption = Annotated[str | None, typer.Option(help="comma-separated columns, - before one for descending")]
TitleOption = Annotated[str | None, typer.Option(help="what stands above it")]
LabelsOption = Annotated[
    list[str] | None,
    typer.Option(metavar="PRINTED=LABEL", help="another text for a printed value: 'crop + flip=Standard' (repeatable)"),
]
NoNotesOption = Annotated[bool, typer.Option("--no-notes", help="no notes below the table, and no marks")]

_MOST_DECIMALS = 12
_NEAR = 0.7  # how like a column a word behind a comma must be to be taken for a mistyped one

# What a table shows that nobody described: the report's columns, seeds collapsed.
DEFAULT_COLUMNS = ("dataset", "model_label", "aug_label", "epochs", "top1", "top5", "num_params", "train_seconds")


def default_definition() -> TableDefinition:
    """Return the table shown when none is named: the report's columns over all runs, seeds collapsed."""
    return TableDefinition(name="runs", columns=tuple(ColumnChoice(key=key) for key in DEFAULT_COLUMNS))


def changed_definition(
    definition: TableDefinition,
    *,
    columns: str | None = None,
    where: str | None = None,
    rows: str | None = None,
    across: str | None = None,
    cell: CellOf | None = None,
    sort: str | None = None,
    order: Sequence[str] | None = None,
    limit: int | None = None,
    baseline: str | None = None,
    name: str | None = None,
    title: str | None = None,
    labels: Sequence[str] | None = None,
    has_notes: bool = True,
) -> TableDefinition:
    """Return a definition with the parts that were given put in.

    Raises:
        SpecError: a part is empty or not of its form.
    """
    changes = {
        "where": where,
        "rows": rows if rows in ("runs", "groups") else parse_keys(rows),
        "across": parse_keys(across),
        "cell": cell,
        "sort": parse_keys(sort),
        "order": _orders(order) if order else None,
        "limit": limit,
        "baseline": baseline,
        "name": name,
        "title": title,
        "labels": {**definition.labels, **parse_labels(labels)} if labels else None,
    }
    given = {key: value for key, value in changes.items() if value is not None}
    if where is not None:
        given["specs"] = ()
    if not has_notes:
        given |= {"notes": False, "marks": ()}  # which would be explained in notes
    shown = definition.columns if columns is None else parse_columns(columns, definition)
    if baseline and (columns is None or any(choice.key == CLASSIFICATION.primary for choice in shown)):
        shown = with_comparison(shown, has_p=(cell or definition.cell) != "mean of groups")
    return checked(TableDefinition, {**definition.model_dump(), **given, "columns": shown})


def with_comparison(columns: Sequence[ColumnChoice], *, has_p: bool = True) -> tuple[ColumnChoice, ...]:
    """Return columns with a difference to the baseline and its p, unless something compares.

    It is that of top-1, or, where that is not shown, of the first metric of scripts.
    """
    if any(choice.shows in ("delta", "interval", "p") for choice in columns):
        return tuple(columns)
    places = {choice.key: index for index, choice in reversed([*enumerate(columns)]) if choice.shows == "value"}
    key = CLASSIFICATION.primary
    if key not in places:
        key = next((choice.key for choice in columns if choice.key in places and choice.key.startswith(FREE)), key)
    place = places.get(key, len(columns) - 1) + 1
    at = columns[place - 1].at if key in places else "last"
    compared = [ColumnChoice(key=key, at=at, shows=shows) for shows in ("delta", "p") if has_p or shows == "delta"]
    return (*columns[:place], *compared, *columns[place:])


def _orders(texts: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Read `dataset=cifar100,cifar10`, once for each key."""
    found: dict[str, tuple[str, ...]] = {}
    for text in texts:
        key, _, values = text.partition("=")
        entries = parse_keys(values)
        if not key.strip() or not entries or key.strip() in found:
            problem = "is there twice" if key.strip() in found else "is no order: write KEY=VALUE,VALUE"
            raise SpecError(f"--order {text!r} {problem}")
        found[key.strip()] = entries
    return found


def parse_keys(text: str | None) -> tuple[str, ...] | None:
    """Read `model,-top1`; None where nothing was given."""
    return None if text is None else tuple(key.strip() for key in text.split(",") if key.strip())


def parse_labels(texts: Sequence[str] | None) -> dict[str, str]:
    """Read `crop + flip=Standard`, of which there may be several.

    Raises:
        SpecError: one is not of that form, or two give one text different labels.
    """
    found: dict[str, str] = {}
    for text in texts or ():
        printed, sign, label = (word.strip() for word in text.partition("="))
        if not (printed and sign and label):
            raise SpecError(f"--labels {text!r}: write what is printed, = and what is to stand there: 'PRINTED=LABEL'")
        if found.setdefault(printed, label) != label:
            raise SpecError(f"--labels {text!r}: {printed!r} is called {found[printed]!r} already")
    return found


def parse_columns(text: str, definition: TableDefinition) -> tuple[ColumnChoice, ...]:
    """Read `model,top1:2=Accuracy,top1:p`; a column that the definition has already is as it is there.

    A heading may hold commas and `=`: it goes on up to a comma behind which a known column stands. In quotes it may
    hold anything else.

    Raises:
        SpecError: no column is named, one is no key, or it cannot be told whether a word is one.
    """
    known: dict[tuple[str, str], ColumnChoice] = {}
    for choice in definition.columns:
        known.setdefault((choice.key, choice.shows), choice)
    choices = [_choice(part, known) for part in _parts(text)]
    if not choices:
        raise SpecError(f"--columns {text!r} names no column: expdb table --columns help lists them")
    return tuple(choices)


def _choice(part: str, known: Mapping[tuple[str, str], ColumnChoice]) -> ColumnChoice:
    name, _, heading = (word.strip() for word in part.partition("="))
    key, *suffixes = (word.strip() for word in name.split(":"))
    shows, decimals = "value", None
    for suffix in suffixes:
        if suffix in get_args(Shows)[1:] and shows == "value":
            shows = suffix
        elif suffix.isdecimal() and decimals is None:
            decimals = int(suffix)
        else:
            way = f"use {', '.join(get_args(Shows)[1:])}, or a number of decimals"
            raise SpecError(f"{name!r}: {suffix!r} is nothing to show of a column: {way}")
    given: dict[str, Any] = {"heading": _unquoted(heading, part)} if heading else {}
    if decimals is not None:
        _check_decimals(name, key, shows, decimals)
        given["decimals"] = decimals
    try:
        choice = known.get((key, shows)) or ColumnChoice.model_validate({"key": key, "shows": shows})
    except ValueError as error:
        own = f", and a metric of a script is metrics.{key}" if "/" in key else ""
        raise SpecError(f"{name!r} is no column: expdb table --columns help lists them{own}") from error
    return choice.model_copy(update=given)


def _check_decimals(name: str, key: str, shows: str, decimals: int) -> None:
    """Raise SpecError where a number of decimals has no effect, or is out of range."""
    from expdb.report.columns import COLUMNS

    form = COLUMNS[key].format if key in COLUMNS else "number"
    if shows in ("p", "n") or form not in ("number", "percent", "millions", "millions_cut", "gigas"):
        raise SpecError(f"{name!r}: it prints without decimals of its own choice: leave out :{decimals}")
    if decimals > _MOST_DECIMALS:
        raise SpecError(f"{name!r}: at most {_MOST_DECIMALS} decimals")


def _unquoted(heading: str, part: str) -> str:
    if not heading.startswith('"'):
        return heading
    inner, _, rest = heading[1:].partition('"')
    if rest.strip() or heading.count('"') != 2 or not inner.strip():
        raise SpecError(f'{part!r}: a heading in quotes begins and ends with one: KEY="HEADING"')
    return inner.strip()


def _parts(text: str) -> list[str]:
    """Return the columns of a list: a comma within a heading separates none, unless a known column follows."""
    parts: list[str] = []
    for piece in text.split(","):
        if parts and "=" in parts[-1] and not _begins_column(piece, parts[-1]):
            parts[-1] += f",{piece}"
        else:
            parts.append(piece)
    if (
        text.strip()
        and (empty := next((part for part in parts if not part.strip() or part.strip().endswith("=")), None))
        is not None
    ):
        what = f"{empty.strip()!r} has no heading" if empty.strip() else "a column is missing between two commas"
        raise SpecError(f"--columns {text!r}: {what}: leave it out")
    return [part.strip() for part in parts if part.strip()]


def _begins_column(piece: str, before: str) -> bool:
    """Return whether a column begins behind a comma, or the heading before it goes on. Raises SpecError."""
    from expdb.report.columns import COLUMNS

    heading = before.partition("=")[2].strip()
    if heading.startswith('"') and heading.count('"') == 1:
        return False
    if heading.startswith('"'):
        return True
    key = re.split("[:=]", piece, maxsplit=1)[0].strip()
    if key in COLUMNS or key == "changes" or key.startswith(("settings.", "metrics.")):
        return True
    near = get_close_matches(key, [*COLUMNS, "changes"], n=1, cutoff=_NEAR) if key.isidentifier() else []
    if near:
        raise SpecError(
            f"--columns: {key!r} is no column: did you mean {near[0]}? If it belongs to the heading before it, write "
            f'that in quotes: {before.partition("=")[0].strip()}="{heading},{piece}"'
        )
    return False
