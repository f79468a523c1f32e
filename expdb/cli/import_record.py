"""What the JSON of `import` holds: its keys and what they mean, from which the reference is made."""

from collections.abc import Mapping
from typing import Annotated, Final, TypedDict

from expdb.domain.claim import Claim, Paper
from expdb.domain.run import ReportedRun
from expdb.interop.reported.enter import EnteredTable


class TextCellRecord(TypedDict):
    """A cell that is no single number."""

    line: Annotated[int, "where it is printed, from 1"]
    text: str


class ReadingRecord(TypedDict):
    """How a table was read."""

    file: Annotated[str, "its path, as given"]
    line: Annotated[int | None, "the table's first line, from 1; null: a file of rows"]
    group: Annotated[str | None, "the group that it asks for; null: it has no rows"]
    dataset: Annotated[str | None, "of its rows where neither column nor row says it; null: nothing does"]
    dataset_said_by: Annotated[
        str | None, "where that is said: a heading, caption, sentence, or `--dataset`; null: nowhere"
    ]
    headings: Annotated[dict[str, str], "how each column was read, a sentence each, by heading"]
    kept_as_text: Annotated[
        list[TextCellRecord], "cells that are no single number: `line` and `text` of each column that has some"
    ]
    skipped: Annotated[list[str], "why the table, or a row of it, was not read"]


class ReadReportRecord(TypedDict):
    """What `import report --json` tells of the files, entered or not."""

    skipped: Annotated[list[str], "tables, rows and cells that were not read, a line each, with file, line and reason"]
    readings: Annotated[list[ReadingRecord], "how each table was read, one object each; none of `.yaml`"]


class EnteredReportRecord(ReadReportRecord):
    """What `import report --json` tells."""

    tables: Annotated[list[EnteredTable], "what became of the rows, one object a group"]


class ShownReportRecord(ReadReportRecord):
    """What `import report --dry-run --json` tells."""

    rows: Annotated[list[ReportedRun], "the rows as they would be entered, one object each"]


class PapersRecord(TypedDict):
    """What `import papers --json` tells."""

    papers: Annotated[list[Paper], "those of the file"]
    new: Annotated[int | None, "how many were not there yet; null: `--dry-run`"]


class ClaimsRecord(TypedDict):
    """What `import claims --json` tells."""

    claims: Annotated[list[Claim], "those of the file"]
    new: Annotated[int | None, "how many were not there yet; null: `--dry-run`"]


ENTERED_TABLE_KEYS: Final[Mapping[str, str]] = {
    "document": "the key that its rows are known under",
    "group": "the group of its rows",
    "wanted": "the group that the table asked for; the same unless another document or an earlier import has it",
    "new": "rows that were entered: run ids by name, as in the next three",
    "restored": "rows that had been removed and are back",
    "present": "rows that were there already, changed or not",
    "gone": "rows that the document does not have any more; they are kept",
    "changed": "by name, those of the restored and present rows that take new values: `run` (its id), `old_values` and "
    "`new_values` by field, null where nothing is stated",
    "titles": "what rows that were there cite as their document, and what the file calls itself, where these differ",
    "kept": "by heading, what it meant at an earlier import and nothing says now: its rows keep that value",
    "copies": "by document, how many of the new rows are there from it already, cell by cell",
}
REPORTED_ROW_KEYS: Final[Mapping[str, str]] = {
    "name": "the run's name, if it is free",
    "group": "the group that its table asks for",
    "source": "the document with page, table, row and line",
    "quote": "the cells as printed, by heading",
    "dataset": "as expdb calls it; one that it does not know as printed",
    "model": "as printed",
    "document": "the key of the document",
    "row_key": "what tells the row from others of the document",
    "settings": "what the row states, by name; true: named without a value",
    "unparsed": "what it says that has no single reading, as printed",
    "extends_another": 'whether it starts with "+": it builds on a row that it does not name',
    "optimizer": "as printed",
    "batch_size": "images a step, over all devices",
    "epochs": "epochs",
    "num_devices": "devices trained on",
    "parallel": "how they work together (DDP), as printed",
    "img_size": "side of the square input, in pixels",
    "top1": "test top-1, a fraction of 1",
    "top5": "test top-5, a fraction of 1",
    "num_params": "parameters, counted in ones",
    "macs": "multiply-accumulates an image, counted in ones",
    "train_seconds": "train time, in seconds",
    "metrics": "other numbers: of a column of expdb by its key (`images_per_second`), else by heading (`FLOPs_(G)`), "
    "as printed, or in the unit of `_(s)` or `_(bytes)` behind it; `top1_spread`, `top1_low` and `top1_high` are in "
    "percent (points), `top1_n` counts seeds",
}
