"""One printed row, cell by cell, on its way to a reported run."""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from expdb.catalog.optimizers import OPTIMIZERS
from expdb.report.written.reading.cell_words import cell_words
from expdb.report.written.reading.model_cell import is_named, model_name, named_settings
from expdb.report.written.reading.numbers import PrintedCell, bare_cell, is_blank
from expdb.report.written.reading.settings_cell import known_setting, read_setting, read_settings, read_size, read_value
from expdb.report.written.tables.augmentation_headings import augmentation_settings
from expdb.report.written.tables.columns import ACCURACIES, Coordinate, ReadColumn
from expdb.report.written.written_table import WrittenCell

_DEVICES = r"(?:(?P<parallel>DDP|DP|FSDP|DataParallel)\s*[-–:/,x×*]?\s*)?(?P<number>\d+)\s*"

_LEAST_ROUNDED = 1000  # of a count that is printed in millions; a smaller one with decimals is none of ones


class RowReader:
    """Gathers what the cells of one row state; a cell without a single reading is kept verbatim.

    Attributes:
        has_result: a cell held a result.
        links: where cells lead to, with the heading of a column of links before it.
    """

    def __init__(self, datasets: Mapping[str, str]) -> None:
        """Begin a row.

        Args:
            datasets: what the catalog calls the datasets that cells name.
        """
        self.has_result = False
        self.links: list[str] = []
        self._datasets = datasets
        self._fields: dict[str, Any] = {}
        self._settings: dict[str, Any] = {}
        self._metrics: dict[str, float] = {}
        self._unparsed: list[str] = []
        self._extends_another = False

    def values(self) -> dict[str, Any]:
        """Return what was stated, by field of `ReportedRun`; settings fill the fields of the same name."""
        stated = dict(self._fields)
        for name in ("epochs", "batch_size"):
            number = self._settings.get(name)
            if isinstance(number, int) and not isinstance(number, bool) and 0 <= number < 2**31:
                stated.setdefault(name, number)
        if isinstance(optimizer := self._settings.get("optimizer"), str):
            stated.setdefault("optimizer", optimizer)
        size = self._settings.get("image_size")
        if isinstance(size, list) and size[0] == size[1]:
            stated.setdefault("img_size", size[0])
        return {
            **stated,
            "settings": self._settings,
            "metrics": self._metrics,
            "unparsed": tuple(dict.fromkeys(self._unparsed)),
            "extends_another": self._extends_another,
        }

    def read(self, column: ReadColumn, cell: WrittenCell) -> None:
        """Take in one cell."""
        for link in cell.links:
            self._link(link if column.role != "links" else f"{column.quoted} {link}")
        text = column.text_of(cell.text)
        if column.role == "tick":
            self.state(column.name, not is_blank(cell.text))
        elif column.role == "model":
            if is_named(cell.text):
                self._model(cell.text)
        elif column.role in ("nothing", "links") or is_blank(cell.text) or (text is not None and is_blank(text)):
            return
        elif text is None or not self._is_read(column, text):
            self.leave(column, cell)

    def leave(self, column: ReadColumn, cell: WrittenCell) -> None:
        """Keep a cell verbatim."""
        self._unparsed.append(f"{column.quoted} {cell.text}")

    def place(self, of: tuple[Coordinate, ...]) -> None:
        """Take in what the heading of a column says that its results are of."""
        for kind, name in of:
            if kind == "dataset":
                self._fields["dataset"] = name
            else:
                for setting, value in (augmentation_settings(name) or {}).items():
                    if not self.state(setting, value):
                        self._unparsed.append(name)

    def state(self, name: str, value: Any) -> bool:
        """Take in a setting; False where it was stated otherwise before."""
        return bool(self._settings.setdefault(name, value) == value)

    def _link(self, link: str) -> None:
        if not any(link.endswith(other.rpartition(" ")[2]) for other in self.links):
            self.links.append(link)

    def _is_read(self, column: ReadColumn, cell: str) -> bool:
        match column.role:
            case "dataset":
                self._fields["dataset"] = self._datasets.get(cell, cell)
            case "settings":
                self._settings_cell(cell)
            case "optimizer":
                self._optimizer(cell)
            case "optimizer_batch":
                return self._optimizer_and_batch(cell)
            case "devices":
                return self._devices(cell)
            case "img_size":
                return self._size(cell)
            case "setting":
                return self._setting(column, cell)
            case _:
                return self._number(column, cell)
        return True

    def _model(self, cell: str) -> None:
        """A model cell may name settings: `ResNet50 + AutoAugment`, or build on the row above: `+ mixup`."""
        self._fields["model"] = model_name(cell)
        self._extends_another |= cell.startswith("+")
        for pair in named_settings(cell).items():
            self.state(*pair)

    def _settings_cell(self, cell: str) -> None:
        stated = read_settings(cell)
        self._extends_another |= stated.extends_another
        self._unparsed += stated.unparsed
        self._unparsed += [f"{name} {value}" for name, value in stated.values.items() if not self.state(name, value)]

    def _optimizer(self, cell: str) -> None:
        self._fields["optimizer"] = cell.casefold() if cell.casefold() in OPTIMIZERS else cell

    def _optimizer_and_batch(self, cell: str) -> bool:
        name, _, size = (part.strip() for part in cell.partition("/"))
        if not name or not re.fullmatch(r"\d{1,9}", size):
            return False
        self._optimizer(name)
        self._fields["batch_size"] = int(size)
        return True

    def _devices(self, cell: str) -> bool:
        match = re.fullmatch(f"{_DEVICES}{cell_words().pattern('devices')}?", cell.strip(), re.IGNORECASE)
        if match is None or len(match["number"]) > 9:
            return False
        self._fields["num_devices"] = int(match["number"])
        if match["parallel"]:
            self._fields["parallel"] = match["parallel"]
        return True

    def _size(self, cell: str) -> bool:
        size = read_size(cell)
        if size is None or size[0] != size[1]:
            return False
        self._fields["img_size"] = size[0]
        return True

    def _setting(self, column: ReadColumn, cell: str) -> bool:
        if known := known_setting(column.name):
            pair = read_setting(f"{known} {cell}")
            return pair is not None and pair[0] == known and self.state(*pair)
        return self.state(column.name, read_value(cell))

    def _number(self, column: ReadColumn, cell: str) -> bool:
        """Take in a result; what is printed with it, as spread and n, are metrics named after it."""
        read = column.read_text(cell)
        if (
            read is None
            or read.is_below
            or (not column.is_result and read.main.text != bare_cell(cell))
            or not self._result(column, _said(column, read.main.value))
        ):
            return False
        name = column.name or column.role
        low, high = read.low, read.high
        if column.is_error:
            low, high = high, low
        scale = Decimal(100 if column.is_fraction else 1) / _unit_of(column)
        beside: dict[str, Decimal | int | None] = {
            "spread": None if read.std is None else read.std.value * scale,
            "n": read.n if read.n is not None else column.heading.n,
            "low": None if low is None else _said(column, low.value) / _unit_of(column),
            "high": None if high is None else _said(column, high.value) / _unit_of(column),
            "delta": None if read.delta is None else read.delta.value * (-scale if column.is_error else scale),
            **_images(column, read),
        }
        self._metrics |= {f"{name}_{part}": float(number) for part, number in beside.items() if number is not None}
        return True

    def _result(self, column: ReadColumn, value: Decimal) -> bool:
        match column.role:
            case "metric":
                self._metrics[column.name] = float(value / _unit_of(column))
            case "top1" | "top5" if 0 <= value <= 100:
                self._fields[column.role] = float(value / 100)
            case "num_params" | "macs":
                return self._count(column, value * (10**6 if column.role == "num_params" else 10**9))
            case "epochs" | "batch_size":
                return self._count(column, value)
            case "train_seconds" if value >= 0:
                self._fields["train_seconds"] = float(value)
            case _:
                return False
        self.has_result = True
        return True

    def _count(self, column: ReadColumn, value: Decimal) -> bool:
        is_small = column.form == "integer"
        is_part = bool(value % 1) and (is_small or value < _LEAST_ROUNDED)
        if not 0 <= value < (2**31 if is_small else 2**63) or is_part:
            return False
        self._fields[column.role] = int(value)
        self.has_result |= column.is_result
        return True


def _said(column: ReadColumn, value: Decimal) -> Decimal:
    """Return what a cell says: an error as the accuracy that it leaves, a fraction in percent."""
    if column.role not in ACCURACIES:
        return value
    percent = value * 100 if column.is_fraction else value
    return 100 - percent if column.is_error else percent


def _unit_of(column: ReadColumn) -> int:
    """Return how many of the units that a column is read in make one of those that its metric is kept in."""
    return 3600 if column.name == "gpu_hours" and column.dimension == "time" else 1


def _images(column: ReadColumn, read: PrintedCell) -> dict[str, Decimal | int | None]:
    """Return how many images of how many were right, where the cell says so."""
    if read.hits is None or read.total is None:
        return {}
    return {"correct": read.total - read.hits if column.is_error else read.hits, "images": read.total}
