"""Which number a run of the other database has here, and texts that name runs by number, written with these.

A run's number is its database's own. So where a run builds on another one (`init_from`, `teacher`), or a filter names
runs, the number that is stored here must be the one that the named run has here: else it would be another run. What
names no run that was renumbered stays as it is, to the bit.
"""

import hashlib
import json
from collections.abc import Callable
from typing import Any

from expdb.domain.codec import digest, group_digest, spec_from_json, spec_to_json
from expdb.domain.table import TableDefinition
from expdb.errors import SpecError
from expdb.store.filtering.renumbered import renumbered
from expdb.store.row_values import Values

NumberHere = Callable[[int], int]

_LACKING = 2**30  # numbers from here on stand for runs that are nowhere
_OF_SPEC = {"init_from": ("model", "init_from"), "teacher": ("distill", "teacher")}


def number_of_lacking(database_uuid: str, number: int) -> int:
    """Return the number that stands here for a run which the other database names and does not have.

    Its own may be another run's here. It is the same however often a database is merged, and no run comes to have it.
    """
    hashed = hashlib.sha256(f"{database_uuid} {number}".encode()).digest()
    return _LACKING + int.from_bytes(hashed[:4]) % (_LACKING - 1)


def referred(values: Values) -> list[int]:
    """Return the numbers of the runs that a run builds on."""
    return [values[name] for name in _OF_SPEC if values.get(name) is not None]


def with_numbers(values: Values, number_here: NumberHere) -> Values:
    """Return a run's columns with the numbers that the runs it builds on have here; its digests follow from these.

    Raises:
        SpecError: its spec cannot be read.
    """
    new = {name: number_here(values[name]) for name in _OF_SPEC if values.get(name) is not None}
    if all(values[name] == number for name, number in new.items()):
        return values
    changed = values | new
    if values.get("spec_json") is None:
        return changed
    spec = spec_from_json(values["spec_json"])
    for name, number in new.items():
        part, key = _OF_SPEC[name]
        spec = spec.model_copy(update={part: getattr(spec, part).model_copy(update={key: number})})
    return changed | {"spec_json": spec_to_json(spec), "digest": digest(spec), "group_digest": group_digest(spec)}


def filter_with_numbers(text: str, number_here: NumberHere) -> tuple[str, list[str]]:
    """Return a filter with the numbers that the runs it names have here, and what of it could not be written so."""
    if not text:
        return text, []
    try:
        return renumbered(text, number_here)
    except SpecError:
        return text, []  # one that is not understood was of no use before


def definition_with_numbers(definition_json: str, number_here: NumberHere) -> tuple[str, list[str]]:
    """Return a table's definition with the numbers that the runs it names have here, and what stays as it is."""
    values: dict[str, Any] = json.loads(definition_json)
    odd: list[str] = []

    def written(text: str) -> str:
        new, left = filter_with_numbers(text, number_here)
        odd.extend(left)
        return new

    new = dict(values)
    for name in ("where", "baseline"):
        if values.get(name):
            new[name] = written(values[name])
    if values.get("keys"):
        new["keys"] = {key: written(where) for key, where in values["keys"].items()}
    if values.get("marks"):
        new["marks"] = [{**mark, "where": written(mark["where"])} for mark in values["marks"]]
    if values.get("specs"):
        new["specs"] = [
            {
                key: number_here(value)
                if key in ("model.init_from", "distill.teacher") and value is not None
                else value
                for key, value in spec.items()
            }
            for spec in values["specs"]
        ]
    if new == values:
        return definition_json, odd
    return TableDefinition.model_validate(new).model_dump_json(), odd


def renamed_definition(definition_json: str, name: str) -> str:
    """Return a table's definition under another name."""
    return TableDefinition.model_validate({**json.loads(definition_json), "name": name}).model_dump_json()


def claim_test_with_numbers(test_json: str, number_here: NumberHere) -> tuple[str, list[str]]:
    """Return a claim's test with the numbers that the runs it names have here, and what stays as it is."""
    values: dict[str, Any] = json.loads(test_json)
    (a, odd_a), (b, odd_b) = (filter_with_numbers(values.get(side) or "", number_here) for side in ("a", "b"))
    if (a, b) == (values.get("a"), values.get("b")):
        return test_json, [*odd_a, *odd_b]
    return json.dumps({**values, "a": a, "b": b}, separators=(",", ":"), ensure_ascii=False), [*odd_a, *odd_b]
