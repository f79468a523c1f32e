"""What role a column plays: by its heading where its cells bear that out, else by its cells."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from expdb.report.columns import COLUMNS
from expdb.report.written.reading.cell_words import bare_unit, cell_words
from expdb.report.written.reading.heading import Heading
from expdb.report.written.reading.model_cell import is_named
from expdb.report.written.reading.numbers import cell_unit, is_blank
from expdb.report.written.reading.quantities import Form
from expdb.report.written.reading.settings_cell import known_setting, read_truth
from expdb.report.written.reading.units import Dimension, dimension_said, is_either
from expdb.report.written.tables.columns import OWN_FORMS, RESULTS, ROLES, Role, read_printed
from expdb.report.written.written_table import WrittenCell

# Numbers that say what was done, not what came of it. `n`: of seeds in one paper, of layers in the next.
_SETTING_KEYS = frozenset(("year", "row", "venue", "remarks", "id", "runs", "n", "seed"))
_LARGE_SETTINGS = ("depth", "width", "layers")
_LEAST_ACCURACY = 10  # percent; no mixup or dropout is that strong
_LONGEST_NAME = 12  # words; more are a sentence


@dataclass(frozen=True, kw_only=True)
class OwnRole:
    """What a column of no known quantity is, by its cells.

    Attributes:
        dimension: what their units measure.
        unit: another one that all of them have.
        reason: where they say less than they seem to.
    """

    role: Literal["metric", "setting", "tick", "nothing"]
    dimension: Dimension | None = None
    unit: str = ""
    reason: str = ""


def role_by_heading(heading: Heading) -> Role | None:
    """Return what a heading says that a column is; None of results of other images or epochs than a row's own."""
    if heading.left or heading.split in ("train", "val") or heading.at not in (None, "last"):
        return None
    return ROLES.get(heading.key or "") or next((ROLES[key] for key in heading.keys if key in ROLES), None)


def reason_against(role: Role, heading: Heading, cells: Sequence[WrittenCell]) -> str:
    """Return why the cells of a column do not bear out what its heading says; empty where they do."""
    texts = [cell.text for cell in cells if not is_blank(cell.text)]
    units = (heading.unit,) if heading.unit else ()
    if not texts:
        return ""
    if role in RESULTS or role in ("epochs", "batch_size"):
        form = RESULTS.get(role, "integer")
        if any(read_printed(text, form, units) for text in texts):
            return ""
        if role == "train_seconds" and any(read_printed(text, "number") for text in texts):
            return "no unit of time is said"
        return f"its cells are no {role}" if any(map(_is_quantity, texts)) else ""
    if role in ("dataset", "optimizer", "settings") and all(map(_is_number, texts)):
        return f"its cells are numbers, no {'names' if role != 'settings' else 'settings'}"
    return ""


def own_role(heading: Heading, cells: Sequence[WrittenCell]) -> OwnRole:
    """Return what the cells of a column say whose heading is none that is known, or that they do not bear out."""
    texts = [cell.text for cell in cells if not is_blank(cell.text)]
    if not heading.text or not texts:
        return OwnRole(role="nothing")
    if all(read_truth(text) is not None for text in texts):
        return OwnRole(role="tick" if all(read_truth(text) for text in texts) else "setting")
    if _is_setting(heading):
        if not _may_be_large(heading) and _are_accuracies(texts):
            return OwnRole(role="metric", reason="its numbers are results, no settings")
        return OwnRole(role="setting")
    units = [cell_unit(text) for text in texts]
    said_unit = bare_unit(heading.unit)
    foreign = [unit for unit in units if bare_unit(unit) != said_unit]
    dimension = dimension_said(heading.text, foreign)
    form: Form = "number" if dimension is None else OWN_FORMS[dimension]
    said = (heading.unit,) if heading.unit else ()
    read = [read_printed(text, form, said) is not None for text in texts]
    own_units = {
        unit for unit, is_read in zip(units, read, strict=True) if is_read and bare_unit(unit) not in ("", said_unit)
    }
    unit = next(iter(own_units), "") if dimension is None else ""
    is_understood = dimension is not None or not own_units or (len(own_units) == 1 and _is_kept(unit, units))
    if is_understood and sum(read) * 2 > len(read):
        return OwnRole(role="metric", dimension=dimension, unit=unit)
    either = next((text for text, unit in zip(texts, units, strict=True) if is_either(unit)), None)
    reason = f"“{either}” may be minutes or millions" if either is not None and dimension is None else ""
    return OwnRole(role="setting", reason=reason)


def _may_be_large(heading: Heading) -> bool:
    """Tell whether a setting may be a number of two digits and decimals; a probability, rate or strength is none."""
    return heading.key in _SETTING_KEYS or known_setting(heading.text) in _LARGE_SETTINGS


def _are_accuracies(texts: Sequence[str]) -> bool:
    """Tell whether numbers can be no strength of an augmentation: in percent, with decimals."""
    read = [read_printed(text, "percent") for text in texts]
    return all(cell is not None and _LEAST_ACCURACY < cell.main.value <= 100 and cell.main.step < 1 for cell in read)


def _is_kept(unit: str, units: Sequence[str]) -> bool:
    """Tell whether a unit that is not known can stand behind a metric's name: a rate or %, and each number has it."""
    return ("/" in unit or unit == "%") and all(other in (unit, "") for other in units) and "" not in units


def are_links(heading: Heading, cells: Sequence[WrittenCell]) -> bool:
    """Tell whether a column leads elsewhere: all its cells are links, and say the same or only what they lead to."""
    written = [cell for cell in cells if not is_blank(cell.text)]
    if "links" in heading.keys and written and any(cell.links for cell in written):
        return True
    if not written or not all(cell.links for cell in written):
        return False
    words = [cell.text.casefold() for cell in written]
    is_same = len(words) > 1 and len(set(words)) == 1
    return is_same or all(
        part in cell_words().kinds["links"] for word in words for part in re.split(r"[\s|/,·]+", word) if part
    )


def are_names(heading: Heading, cells: Sequence[WrittenCell]) -> bool:
    """Tell whether a column names things: words, neither numbers nor ticks nor links of the same words."""
    texts = [cell.text for cell in cells if is_named(cell.text)]
    if not texts or are_links(heading, cells):
        return False
    named = [
        text
        for text in texts
        if any(char.isalpha() for char in text)
        and read_truth(text) is None
        and not _is_number(text)
        and len(text.split()) <= _LONGEST_NAME
    ]
    return len(named) * 2 > len(texts)


def _is_number(text: str) -> bool:
    return read_printed(text, "number") is not None or read_printed(text, "count") is not None


def _is_quantity(text: str) -> bool:
    """Tell whether a cell is a number of anything: one that is none at all may stand under every heading."""
    return any(read_printed(text, form) is not None for form in ("number", "count", "duration", "bytes"))


def _is_setting(heading: Heading) -> bool:
    """Tell whether a heading is a setting's: what was done, not what came of it."""
    key = heading.key
    if not heading.left and known_setting(heading.text):
        return True
    if key is None or heading.left:
        return False
    if key in _SETTING_KEYS:
        return True
    column = COLUMNS.get(key)
    return column is not None and column.higher_is_better is None and key not in ("best_epoch", "epochs_done")
