"""`expdb ls`: which runs are there."""

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from expdb.cli.code_page import is_lossless
from expdb.cli.context import context_of
from expdb.cli.output import TablePrinter, in_stdout, print_line, remark, remark_lost
from expdb.cli.table_options import SortOption, changed_definition
from expdb.cli.table_view import warn_unstated
from expdb.domain.run import Run
from expdb.domain.table import ColumnChoice, TableDefinition
from expdb.domain.task import FREE
from expdb.errors import FilterError, SpecError

if TYPE_CHECKING:
    from expdb.report.filled_columns import FilledColumns
    from expdb.report.source import MeasuredPoints
    from expdb.report.table import TableColumn
    from expdb.store.store import Store

# Narrow headings: a list has to fit 80 columns.
LIST_COLUMNS = tuple(
    ColumnChoice(key=key, heading=heading, decimals=decimals)
    for key, heading, decimals in (
        ("id", "id", None),
        ("state", "status", None),
        ("dataset", "dataset", None),
        ("model", "model", None),
        ("aug_label", "aug", None),
        ("epochs", "epochs", None),
        ("seed", "seed", None),
        ("top1", "top-1", None),
        ("num_params", "params", None),
        ("train_seconds", "time", None),
        ("name", "name", None),
    )
)

CSV_KEYS = (
    *("id", "name", "status", "kind", "group", "dataset", "model", "aug", "epochs", "seed", "top1", "top5"),
    *("num_params", "train_seconds"),
)
BULKY = ("environment", "traceback", "quote")  # one run at a time: expdb show --json
OPTIONAL = ("params", "seed", "dataset")  # left out, in this order, where the terminal is too narrow
MOST_METRICS = 2  # of scripts, in place of columns that are empty
MOST_SHOWN = 50
BLOCK = 500  # runs that are read, laid out and written at a time
_LIMIT_HELP = f"at most so many, the newest or the first by --sort [{MOST_SHOWN}; --all, --csv, --json: all]; 0: all"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("ls", rich_help_panel="Look")(list_runs)


def list_runs(
    ctx: typer.Context,
    where: Annotated[str | None, typer.Option(help="filter, as in: dataset = cifar10 and top1 > 90%")] = None,
    status: Annotated[str | None, typer.Option(help="only this status")] = None,
    dataset: Annotated[str | None, typer.Option(help="only this dataset")] = None,
    model: Annotated[str | None, typer.Option(help="only this model")] = None,
    group: Annotated[str | None, typer.Option(help="only this group")] = None,
    tag: Annotated[str | None, typer.Option(help="only runs with this tag")] = None,
    sort: SortOption = None,
    limit: Annotated[int | None, typer.Option("-n", "--limit", min=0, help=_LIMIT_HELP)] = None,
    columns: Annotated[str | None, typer.Option(help="comma-separated columns (expdb table --columns help)")] = None,
    show_all: Annotated[bool, typer.Option("--all", help="every run, removed ones too")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="as CSV, accuracies as fractions")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="as JSON, accuracies as fractions")] = False,
) -> None:
    """List the newest runs, the newest last; as CSV and JSON, all of them."""
    from expdb.report.tables.build import unstated_keys

    if as_csv and as_json:
        raise SpecError("--csv and --json: give one of them")
    equals = {"status": status, "dataset": dataset, "model": model, "group": group, "tag": tag}
    given = {f"--{field} {value}": f"{field} = {quoted(value)}" for field, value in equals.items() if value is not None}
    filters = (*given.values(), where or "")
    usual = TableDefinition(name="runs", columns=LIST_COLUMNS)
    definition = changed_definition(usual, columns=columns, sort=sort)
    most = limit if limit is not None else None if show_all or as_csv or as_json else MOST_SHOWN
    with context_of(ctx).open_store(is_read_only=True) as store:
        _check_options(store, given)
        unstated = unstated_keys(store, definition.model_copy(update={"rows": "runs"})) if columns or sort else {}
        listed = ListedRuns(store, filters, sort=definition.sort, most=most or None, with_removed=show_all)
        if as_json:
            _write_json(listed)
        elif as_csv:
            exact = exact_definition(definition if columns else None)
            _write_csv(listed, exact)
            _remark_parts(listed, exact)
        elif listed.is_empty:
            first = "no runs yet; train one: expdb run --dataset digits --model resnet_mini --epochs 10"
            is_asked = any(text.strip() for text in filters)
            told = store.searching.why_none(filters, include_removed=show_all) if is_asked else first
            print_line(told or "no run matches")
        else:
            found = None if columns else listed.filled_columns(LIST_COLUMNS)
            shown = definition.model_copy(update={"columns": found.choices}) if found else definition
            _print_table(listed, shown, is_usual=columns is None)
            _remark_parts(listed, shown)
            if found and found.others:
                remark(f"other metrics: {found.others_text} (expdb ls --columns id,model,{found.others[0]})")
    warn_unstated(unstated)


def _optional(columns: "Sequence[TableColumn]") -> list[str]:
    """Return the headings that are left out first where the terminal is too narrow: of metrics, all but the first."""
    own = [column.heading for column in columns if column.key.startswith(FREE)][1:]
    return [*reversed(own), *(heading for heading in OPTIONAL if heading in {column.heading for column in columns})]


def _check_options(store: "Store", given: Mapping[str, str]) -> None:
    """Raise SpecError where an option has a value that no run can have."""
    for option, where in given.items():
        try:
            store.searching.check(where)
        except FilterError as error:
            raise SpecError(f"{option}: {error.reason or error}") from error


class ListedRuns:
    """The runs that a list shows, read block by block: of a long list, the first lines are there at once.

    Attributes:
        num_more: how many the list leaves out.
    """

    def __init__(
        self, store: "Store", where: tuple[str, ...], *, sort: Sequence[str], most: int | None, with_removed: bool
    ) -> None:
        """Choose the first `most` by `sort`, or the newest ones, the newest last; None: all of them."""
        self._store, self._where, self._with_removed = store, where, with_removed
        self._ids = sorted(store.ids(where, include_removed=with_removed))
        num_found = len(self._ids)
        if sort:
            found = store.run_parts(where, ("id",), sort=sort, limit=most, include_removed=with_removed)
            self._ids = [run.id for run in found]
        elif most is not None:
            self._ids = self._ids[-most:]
        self.num_more = num_found - len(self._ids)

    @property
    def points(self) -> "MeasuredPoints":
        """What was measured of them that has no column."""
        return self._store.points

    def filled_columns(self, choices: Sequence[ColumnChoice]) -> "FilledColumns | None":
        """Return the usual columns with what scripts measured in place of empty ones; None: as they are."""
        from expdb.report.filled_columns import filled_columns, read_of

        if self._store.ids("kind = tracked", include_removed=self._with_removed).isdisjoint(self._ids):
            return None
        ids = set(self._ids)
        parts = self._store.run_parts(self._where, read_of(choices), include_removed=self._with_removed)
        shown = [run for run in parts if run.id in ids]
        return filled_columns(choices, shown, self.points, most=MOST_METRICS)

    @property
    def is_empty(self) -> bool:
        """Whether no run was found."""
        return not self._ids

    @property
    def has_reported(self) -> bool:
        """Whether any of them was copied from a document."""
        reported = self._store.ids("kind = reported", include_removed=self._with_removed)
        return not reported.isdisjoint(self._ids)

    @property
    def of_a_part(self) -> list[int]:
        """Ids of those that were evaluated on a part of the test images, in order."""
        found = self._store.ids("test_limit > 0 and top1 >= 0", include_removed=self._with_removed)
        return sorted(found.intersection(self._ids))

    def __iter__(self) -> Iterator[list[Run]]:
        """Yield block after block, in order."""
        for first in range(0, len(self._ids), BLOCK):
            ids = self._ids[first : first + BLOCK]
            found = {run.id: run for run in self._store.runs(ids=ids, include_removed=True)}
            yield [found[run_id] for run_id in ids]


def _print_table(listed: ListedRuns, definition: TableDefinition, *, is_usual: bool) -> None:
    from expdb.report.tables.build import table_of_runs

    unsorted = definition.model_copy(update={"sort": ()})  # they are in order already
    printer: TablePrinter | None = None
    for runs in listed:
        built = table_of_runs(runs, unsorted, points=listed.points)
        if printer is None:
            headings, aligns = zip(*((column.heading, column.align) for column in built.columns), strict=True)
            printer = TablePrinter(headings, aligns, optional=_optional(built.columns) if is_usual else ())
        printer.print_rows([[cell.text for cell in row.cells] for row in built.rows])
    if printer is not None:
        printer.close()
    if listed.num_more:
        runs_are = "run is" if listed.num_more == 1 else "runs are"
        remark(f"{listed.num_more:,} more {runs_are} not shown: -n 0 lists all")


def _remark_parts(listed: ListedRuns, definition: TableDefinition) -> None:
    """Say which accuracies are of a part of the test split, unless a column does."""
    from expdb.report.measures import OF_TEST_IMAGES
    from expdb.report.run_ids import runs_text

    keys = {choice.key for choice in definition.columns}
    if "test_limit" not in keys and keys & OF_TEST_IMAGES and (ids := listed.of_a_part):
        remark(f"evaluated on a part of the test images (--columns test_limit): {runs_text(ids)}")


def _write_csv(listed: ListedRuns, definition: TableDefinition) -> None:
    from expdb.report.tables.build import table_of_runs
    from expdb.report.writers.csv_json import to_csv

    says_reported, lost = listed.has_reported, ""
    if listed.is_empty:
        sys.stdout.write(to_csv(table_of_runs([], definition)))
    for number, runs in enumerate(listed):
        built = table_of_runs(runs, definition, points=listed.points)
        text = to_csv(built, has_headings=number == 0, says_reported=says_reported)
        sys.stdout.write(text)
        lost = lost or ("" if is_lossless(text) else text)
    remark_lost(lost)


def _write_json(listed: ListedRuns) -> None:
    """Write an array, object by object, to the letter as `print_json` would."""
    from expdb.report.run_data import run_record

    before = "[\n"
    for run in (run for runs in listed for run in runs):
        record = {key: value for key, value in run_record(run).items() if key not in BULKY}
        text = in_stdout(json.dumps(record, indent=2, ensure_ascii=False, allow_nan=False), "json")
        sys.stdout.write(before + "\n".join(f"  {line}" for line in text.split("\n")))
        before = ",\n"
    sys.stdout.write("[]\n" if listed.is_empty else "\n]\n")


def exact_definition(chosen: TableDefinition | None) -> TableDefinition:
    """Return the table for programs: keys as headings, values as they are recorded (accuracies as fractions)."""
    keys = [choice.key for choice in chosen.columns] if chosen else CSV_KEYS
    columns = tuple(ColumnChoice(key=key, heading=key, format="text") for key in keys)
    return TableDefinition(name="runs", columns=columns)


def quoted(value: str) -> str:
    """Return a value as a quoted word of the filter language."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
