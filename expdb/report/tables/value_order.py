"""Values in an order of somebody's own: what an entry of a definition's `order` means."""

import re
from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from expdb.catalog.augmentations import AUGMENTATIONS
from expdb.catalog.datasets import DATASETS, dataset_label
from expdb.catalog.models import model_label
from expdb.domain.fields import run_fields
from expdb.domain.value_text import NUMERIC, format_value, is_known, is_number
from expdb.errors import SpecError
from expdb.report.columns import Column

OrderEntry = str | bool | int | float


def is_meant(entry: OrderEntry, value: Any, known: Column) -> bool:
    """Return whether an entry means a value of a key: as it is recorded, or as cells print it."""
    if is_number(entry) and is_number(value):
        return entry == value
    return _plain(entry) in _texts(value, known)


def check_order(order: Mapping[str, Sequence[OrderEntry]], keys: Mapping[str, Column]) -> None:
    """Check the lists by key against the columns that they may order.

    Raises:
        SpecError: a list of another key, an entry that is there twice, or one that no run can have.
    """
    for key, entries in order.items():
        if key not in keys:
            there = ", ".join(keys) or "no key"
            raise SpecError(f"order {key!r}: no row, column or section of the table is named by it, but by {there}")
        seen: set[str] = set()
        for entry in entries:
            _check_entry(entry, keys[key])
            if _plain(entry) in seen:
                raise SpecError(f"order {key!r}: {entry!r} is there twice")
            seen.add(_plain(entry))


def check_found(entries: Sequence[OrderEntry], known: Column, found: Iterable[Any]) -> None:
    """Refuse entries of an order that no run has and that are nearly what one has, where names are the catalog's.

    Raises:
        SpecError: the first of them.
    """
    names, values = _CATALOGS.get(known.key, ()), set(found)
    for entry in entries if names else ():
        # No run may have it yet.
        is_there = _plain(entry) in map(_plain, names) or any(is_meant(entry, value, known) for value in values)
        printed = [format_value(value, known.format) for value in values if is_known(value)]
        near = [] if is_there else get_close_matches(str(entry), [*printed, *names], n=1)
        if near:
            raise SpecError(f"order {known.key!r}: no run has {entry!r}: did you mean {near[0]}?")


_CATALOGS: Mapping[str, tuple[str, ...]] = {
    "dataset": tuple(DATASETS),
    "aug": tuple(AUGMENTATIONS),
}


def _check_entry(entry: OrderEntry, known: Column) -> None:
    field = run_fields().get(known.key)
    if field is not None and field.choices and _plain(entry) not in map(_plain, field.choices):
        near = get_close_matches(str(entry), field.choices, n=1)
        hint = f"did you mean {near[0]}?" if near else f"it is {', '.join(field.choices)}"
        raise SpecError(f"order {known.key!r}: no run can have {entry!r}: {hint}")
    if known.format in NUMERIC and not is_number(entry) and not re.search(r"\d|^[-–]$", str(entry)):
        raise SpecError(f"order {known.key!r}: {entry!r} is no number, and {known.heading} is one")


def _texts(value: Any, known: Column) -> set[str]:
    if not is_known(value):
        return {"–", "-", ""}
    texts = {str(value), format_value(value, known.format, known.decimals)}
    if known.key == "model":
        texts.add(model_label(str(value)))
    if known.key == "dataset":
        texts.add(dataset_label(str(value)))
    if known.key == "aug" and value in AUGMENTATIONS:
        texts.add(AUGMENTATIONS[value].label)
    if known.key == "aug_label":
        texts |= {name for name, preset in AUGMENTATIONS.items() if preset.label == value}
    return set(map(_plain, texts))


def _plain(entry: Any) -> str:
    """Return a text without what it may be written with or without: case, spaces, hyphens."""
    text = str(entry).casefold()
    return re.sub(r"(?<=\w)[\s_-]+(?=\w)", "", text)
