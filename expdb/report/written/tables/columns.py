"""What a column of a written table is read as: a field of a run, a quantity of its own, or links."""

import math
import re
import unicodedata
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from expdb.report.written.reading.cell_words import bare_unit, cell_words
from expdb.report.written.reading.heading import Heading
from expdb.report.written.reading.numbers import PrintedCell, is_blank, read_cell
from expdb.report.written.reading.quantities import Form
from expdb.report.written.reading.units import Dimension

Role = Literal[
    "model",
    "dataset",
    "settings",
    "optimizer",
    "optimizer_batch",
    "devices",
    "img_size",
    "epochs",
    "batch_size",
    "top1",
    "top5",
    "num_params",
    "macs",
    "train_seconds",
    "metric",
    "setting",
    "tick",
    "links",
    "nothing",
]

# Columns of `report.columns` -> what they are here: a field of a reported run, or cells that hold several things.
ROLES: Mapping[str, Role] = {
    **dict.fromkeys(("model_aug", "model_label", "model", "arch"), "model"),
    **dict.fromkeys(("aug_label", "settings", "aug", "policy"), "settings"),
    **dict.fromkeys(("gpus", "num_devices"), "devices"),
    "dataset": "dataset",
    "links": "links",
    "optimizer": "optimizer",
    "optimizer_batch": "optimizer_batch",
    "batch_size": "batch_size",
    "epochs": "epochs",
    "img_size": "img_size",
    "top1": "top1",
    "top5": "top5",
    "num_params": "num_params",
    "macs": "macs",
    "train_seconds": "train_seconds",
}
RESULTS: Mapping[str, Form] = {
    "top1": "percent",
    "top5": "percent",
    "num_params": "millions",
    "macs": "gigas",
    "train_seconds": "duration",
}
ACCURACIES = ("top1", "top5")
OWN_FORMS: Mapping[Dimension, Form] = {"time": "duration", "memory": "bytes", "count": "count"}
_KEPT_IN: Mapping[Dimension, str] = {"time": "s", "memory": "bytes", "count": ""}
_UNIT_IN_BRACKETS = re.compile(r"\s*(?:\([^()]*\)|\[[^\[\]]*\])\s*$")

# Units that say what is counted once more; `128/GPU` is no batch size.
_COUNTED: Mapping[str, tuple[Literal["epochs", "images"], tuple[str, ...]]] = {
    "epochs": ("epochs", ("",)),
    "batch_size": ("images", ("", "k")),
}
_MAY_BE_THOUSAND = re.compile(r"\d{1,3}\.\d{3}(?!\d)")  # 1.000, as a point parts thousands in many countries

Coordinate = tuple[Literal["dataset", "augmentation"], str]


@dataclass(frozen=True, kw_only=True)
class ReadColumn:
    """One column, or one of the quantities that a column holds side by side.

    Attributes:
        place: of the written column.
        heading: what its heading says; of one of several quantities, what its part says.
        quoted: the written heading as a quote has it: unique in the table.
        role: a field of a reported run; `settings`, `optimizer_batch` and `devices` are cells of several things;
            `setting`, `tick` (an empty cell means no) and `metric` are of `name`; `links` lead elsewhere; `nothing`
            where neither heading nor cells say anything.
        name: of a setting or metric.
        dimension: what the units in its cells measure, where its heading is none that is known.
        unit: another one that all its cells have.
        is_plain: counts without a unit are in ones.
        bare_unit: what counts are taken to be in, of which some have no unit; empty where all say theirs.
        is_fraction: accuracies are printed as fractions of one.
        is_error: cells are 1 - the accuracy.
        is_rival: another column may be the same quantity, and none says more.
        reason: why it is a quantity of its own though its heading may sound like a known one; empty elsewhere.
        doubt: why its numbers may be none of its role, with `name` of the metric that they are kept as then; a
            database may tell.
        hint: what a person may say to have it read as a known one; empty where there is nothing to say.
        said_by: where it is said what the results are, if not in the heading.
        part, num_parts: which of the quantities in a cell it is, from 0, and of how many.
        of: what its results are of, where its heading says so: of a dataset, of an augmentation (`none` too).
    """

    place: int
    heading: Heading
    quoted: str
    role: Role
    name: str = ""
    dimension: Dimension | None = None
    unit: str = ""
    is_plain: bool = False
    bare_unit: str = ""
    is_fraction: bool = False
    is_error: bool = False
    is_rival: bool = False
    reason: str = ""
    doubt: str = ""
    hint: str = ""
    said_by: str = ""
    part: int = 0
    num_parts: int = 1
    of: tuple[Coordinate, ...] = ()

    @property
    def is_result(self) -> bool:
        """Whether the column holds what came of a run."""
        return self.role in RESULTS or self.role == "metric"

    def as_entered(self) -> "ReadColumn":
        """Return the column as its numbers are kept: those of a doubted one under its own heading."""
        if not self.doubt:
            return self
        hint = "" if self.is_error else f"--heading '{self.quoted}={self.role}_error'"
        return replace(self, role="metric", is_error=False, is_fraction=False, reason=self.doubt, hint=hint)

    @property
    def form(self) -> Form:
        """How the column's numbers are read."""
        if self.dimension is not None:
            return OWN_FORMS[self.dimension]
        return RESULTS.get(self.role, "integer" if self.role in ("batch_size", "epochs") else "number")

    @property
    def units(self) -> tuple[str, ...]:
        """The unit of numbers that have none in their cell."""
        if self.is_plain:
            return ("1",)
        return (self.heading.unit,) if self.heading.unit else ()

    def text_of(self, cell: str) -> str | None:
        """Return what of a cell is of this column; None of one that does not print all quantities of its heading."""
        return cell if self.num_parts == 1 else _part_of(cell, self.part, self.num_parts)

    def read(self, cell: str) -> PrintedCell | None:
        """Return the numbers of a cell; None where it holds none that are read."""
        text = self.text_of(cell)
        return None if text is None else self.read_text(text)

    def read_text(self, text: str) -> PrintedCell | None:
        """Return the numbers of what `text_of` gives of a cell; None where they are none."""
        read = read_printed(text, self.form, self.units)
        if read is None or not (self.role in RESULTS or self.role in _COUNTED):
            return read
        is_difference = read.main.text[0] in "+-"
        if self.role in _COUNTED and (
            not _is_counted(self.role, bare_unit(read.main.unit)) or _MAY_BE_THOUSAND.match(read.main.text)
        ):
            return None
        return None if is_difference else read


def _is_counted(role: Role, unit: str) -> bool:
    kind, others = _COUNTED[role]
    return unit in others or unit in cell_words().kinds[kind]


def read_printed(text: str, form: Form, units: Sequence[str] = ()) -> PrintedCell | None:
    """Return the numbers of a cell like `read_cell`; None also where one is beyond all measure (`1e9999999`)."""
    try:
        read = read_cell(text, form, tuple(units))
    except ArithmeticError:
        return None
    return read if read is not None and math.isfinite(float(read.main.value)) else None


def own_name(column: ReadColumn, taken: Container[str]) -> str:
    """Return a heading as one word, as `settings.NAME` and `metrics.NAME` need it, with the unit of its values.

    Args:
        column: of no known quantity.
        taken: names that others have.
    """
    heading = column.heading.text if column.num_parts > 1 else column.quoted
    unit = column.unit if column.dimension is None else _KEPT_IN[column.dimension]
    if unit and column.heading.unit:
        heading = _UNIT_IN_BRACKETS.sub("", heading)
    word = one_word(heading) + (f"_({unit})" if unit else "")
    name, number = word, 2
    while name in taken:
        name, number = f"{word}_{number}", number + 1
    return name


def one_word(text: str) -> str:
    """Return a text without blanks, commas and equals signs."""
    return re.sub(r"[\s,=]+", "_", unicodedata.normalize("NFKC", text)).strip("_")


def _part_of(cell: str, part: int, num_parts: int) -> str | None:
    """Return one of the quantities that a cell prints side by side, as in `76.1/92.9` or `76.1 (92.9)`."""
    for pieces in (re.split(r"\s*[/|]\s*", cell), re.split(r",\s+", cell), re.split(r"\s*[()]\s*", cell.strip(" )"))):
        if len(pieces) == num_parts and all(pieces):
            return pieces[part]
    return "" if is_blank(cell) else None
