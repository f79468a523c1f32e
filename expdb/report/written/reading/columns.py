"""What the columns of a printed table state, by their headings and cells."""

import math
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace

from expdb.catalog.datasets import DATASETS
from expdb.domain.table import Format
from expdb.report.written.reading.headings import heading_units, heading_word, keys_of
from expdb.report.written.reading.numbers import PrintedCell, is_blank, read_cell
from expdb.report.written.reading.settings_cell import known_setting, read_truth

# Columns of `report.columns` -> what they are here: a field of a reported run, or cells that hold several things.
_ROLES = {
    **dict.fromkeys(("model_aug", "model_label", "model", "arch"), "model"),
    **dict.fromkeys(("aug_label", "settings", "aug", "policy"), "settings"),
    **dict.fromkeys(("gpus", "num_devices"), "devices"),
    **{
        name: name
        for name in (
            *("dataset", "optimizer", "optimizer_batch", "batch_size", "epochs", "img_size"),
            *("top1", "top5", "num_params", "macs", "train_seconds"),
        )
    },
}
_KOREAN = {
    "데이터": "dataset",
    "방법": "model",
    "증강": "settings",
    "데이터증강": "settings",
    "증강기법": "settings",
    "설정": "settings",
    "옵티마이저": "optimizer",
    "최적화": "optimizer",
    "배치크기": "batch_size",
    "배치": "batch_size",
    "에폭": "epochs",
    "이미지크기": "img_size",
    "입력크기": "img_size",
    "파라미터수": "num_params",
    "gpu수": "devices",
}
_RESULTS: dict[str, Format] = {
    "top1": "percent",
    "top5": "percent",
    "num_params": "millions",
    "macs": "gigas",
    "train_seconds": "duration",
}
# Numbers that say what was done, not what came of it. `n`: of seeds in one paper, of layers in the next.
_SETTING_WORDS = frozenset(
    ("year", "week", "no", "row", "rank", "id", "runid", "run", "n", "seeds", "numseeds", "depth", "width", "layers")
)
_DATASETS = {re.sub(r"[^a-z0-9]", "", name): name for name in DATASETS} | {
    "imagenet": "imagenet",
    "imagenet1k": "imagenet-1k",
    "in1k": "imagenet-1k",
    "coco": "coco",
    "ade20k": "ade20k",
    "mnist": "mnist",
    "svhn": "svhn",
    "fashionmnist": "fashion_mnist",
}


@dataclass(frozen=True, kw_only=True)
class StatedColumn:
    """One column.

    Attributes:
        role: `model`, `dataset`, `settings` (a cell of several), another field; or `setting`, `tick` (an empty cell
            means no) and `metric`, of `name`; `nothing` where the cells say nothing.
        quoted: the heading as the quote has it: unique in the table.
        units: the words in its brackets.
        is_fraction: accuracies are printed as fractions.
    """

    role: str
    heading: str
    quoted: str
    name: str = ""
    units: tuple[str, ...] = ()
    is_fraction: bool = False

    @property
    def is_result(self) -> bool:
        """Whether the column holds what came of a run."""
        return self.role in _RESULTS or self.role == "metric"

    @property
    def form(self) -> Format:
        """How the column's numbers are printed."""
        return _RESULTS.get(self.role, "integer" if self.role in ("batch_size", "epochs") else "number")


def stated_columns(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> list[StatedColumn]:
    """Return the columns of a table; of several with one meaning the first has it, the others keep their headings."""
    found: list[StatedColumn] = []
    for index, heading in enumerate(headings):
        cells = [row[index] for row in rows if not is_blank(row[index])]
        quoted = heading or f"column {index + 1}"
        while any(column.quoted == quoted for column in found):
            quoted += " (again)"
        role, units = _role(heading), heading_units(heading)
        if role is None or any(column.role == role for column in found):
            role = _free_role(heading, cells)
        column = StatedColumn(role=role, heading=heading, quoted=quoted, units=units)
        if role in ("setting", "tick", "metric"):
            column = replace(column, name=_name(quoted, role, {other.name for other in found}))
        if column.form == "percent":
            read = [read_printed(cell, "percent", units) for cell in cells]
            known = [cell.main for cell in read if cell is not None]
            column = replace(column, is_fraction=bool(known) and all(number.may_be_fraction for number in known))
        found.append(column)
    return found


def dataset_named(*texts: str) -> str | None:
    """Return the one dataset that texts name, as the catalog calls it; None where they name none or several."""
    words = (word for text in texts for word in re.findall(r"[a-z0-9-]+", text.casefold()))
    named = {_DATASETS[bare] for word in words if (bare := word.replace("-", "")) in _DATASETS}
    return named.pop() if len(named) == 1 else None


def dataset_name(cell: str) -> str:
    """Return a dataset as the catalog calls it, or as printed where the catalog has none of that name."""
    return _DATASETS.get(re.sub(r"[^a-z0-9]", "", cell.casefold()), cell)


def read_printed(cell: str, form: Format, units: Sequence[str] = ()) -> PrintedCell | None:
    """Return the numbers of a cell like `read_cell`; None also where one is beyond all measure (`1e9999999`)."""
    try:
        read = read_cell(cell, form, units)
    except ArithmeticError:
        return None
    return read if read is not None and math.isfinite(float(read.main.value)) else None


def _role(heading: str) -> str | None:
    """Return what a heading says on its own, its dataset left out: `ImageNet top-1 acc.` is a top-1."""
    bare = " ".join(word for word in heading.split() if dataset_named(word) is None) or heading
    for text in (heading, bare):
        if role := _KOREAN.get(heading_word(text)):
            return role
        if keys := keys_of(text):
            return next((_ROLES[key] for key in keys if key in _ROLES), None)
    return None


def _free_role(heading: str, cells: Sequence[str]) -> str:
    """Return what the cells of a heading that is not known say."""
    if not heading or not cells:
        return "nothing"
    if all(read_truth(cell) for cell in cells):
        return "tick"
    is_setting = known_setting(heading) is not None or heading_word(heading) in _SETTING_WORDS
    return "metric" if not is_setting and all(read_printed(cell, "number") for cell in cells) else "setting"


def _name(heading: str, role: str, taken: set[str]) -> str:
    """Return the heading as one word, as `settings.NAME` and `metrics.NAME` need it."""
    if role != "metric" and (known := known_setting(heading)) and known not in taken:
        return known
    if "images_per_second" in keys_of(heading) and "images_per_second" not in taken:
        return "images_per_second"
    word = _one_word(re.sub(r"\([^()]*\)", "", heading))  # without its unit
    return word if word and word not in taken else _one_word(heading)


def _one_word(text: str) -> str:
    return re.sub(r"[\s,=]+", "_", unicodedata.normalize("NFKC", text)).strip("_")
