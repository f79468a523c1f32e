"""One printed row, cell by cell, on its way to a reported run."""

import re
from decimal import Decimal
from typing import Any

from expdb.catalog.optimizers import OPTIMIZERS
from expdb.report.written.reading.columns import StatedColumn, dataset_name, read_printed
from expdb.report.written.reading.numbers import is_blank
from expdb.report.written.reading.settings_cell import known_setting, read_setting, read_settings, read_size, read_value

_DEVICES = re.compile(
    r"(?:(?P<parallel>DDP|DP|FSDP|DataParallel)\s*[-–:/,x×*]?\s*)?(?P<number>\d+)\s*(?:개|장|대|gpus?|devices?)?", re.I
)


class RowReader:
    """Gathers what the cells of one row state; a cell without a single reading is kept verbatim.

    Attributes:
        has_result: a cell held a result.
    """

    def __init__(self) -> None:
        self.has_result = False
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
            "unparsed": tuple(self._unparsed),
            "extends_another": self._extends_another,
        }

    def read(self, column: StatedColumn, cell: str) -> None:
        """Take in one cell."""
        if column.role == "tick":
            self._tick(column, cell)
        elif column.role == "nothing" or is_blank(cell):
            return
        elif not self._is_read(column, cell):
            self._unparsed.append(f"{column.heading} {cell}")

    def state(self, name: str, value: Any) -> bool:
        """Take in a setting; False where it was stated otherwise before."""
        return bool(self._settings.setdefault(name, value) == value)

    def _is_read(self, column: StatedColumn, cell: str) -> bool:
        match column.role:
            case "model":
                self._model(cell)
            case "dataset":
                self._fields["dataset"] = dataset_name(cell)
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
        self._fields["model"] = cell
        self._extends_another |= cell.startswith("+")
        for part in re.split(r"(?:^|\s)\+\s*", cell)[1:]:
            pair = read_setting(part)
            if pair is not None and known_setting(pair[0]) is not None:
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
        match = _DEVICES.fullmatch(cell.strip())
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

    def _setting(self, column: StatedColumn, cell: str) -> bool:
        if known := known_setting(column.name):
            pair = read_setting(f"{known} {cell}")
            return pair is not None and pair[0] == known and self.state(*pair)
        return self.state(column.name, read_value(cell))

    def _tick(self, column: StatedColumn, cell: str) -> None:
        self.state(column.name, not is_blank(cell))

    def _number(self, column: StatedColumn, cell: str) -> bool:
        """Take in a result; what is printed with it, as spread and n, are metrics named after it."""
        read = read_printed(cell, column.form, column.units)
        if read is None or read.is_below:
            return False
        scale = 100 if column.is_fraction else 1
        if not self._result(column, read.main.value * scale):
            return False
        for name, number in (("spread", read.std), ("low", read.low), ("high", read.high)):
            if number is not None:
                self._metrics[f"{column.name or column.role}_{name}"] = float(number.value * scale)
        if read.n is not None:
            self._metrics[f"{column.name or column.role}_n"] = float(read.n)
        return True

    def _result(self, column: StatedColumn, value: Decimal) -> bool:
        match column.role:
            case "metric":
                self._metrics[column.name] = float(value)
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

    def _count(self, column: StatedColumn, value: Decimal) -> bool:
        is_small = column.form == "integer"
        if not 0 <= value < (2**31 if is_small else 2**63) or (is_small and value % 1):
            return False
        self._fields[column.role] = int(value)
        self.has_result |= column.is_result
        return True
