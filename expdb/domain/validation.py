"""What is wrong with values that somebody wrote, in one line of their own words."""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from inspect import isclass
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from expdb.errors import SpecError

_Checked = TypeVar("_Checked", bound=BaseModel)

_MOST_SHOWN = 60  # letters of a value


def checked(model: type[_Checked], values: Any, *, place: str = "") -> _Checked:
    """Return values as a model; `place` is what an error calls them. Raises SpecError with the first mistake."""
    try:
        return model.model_validate(values)
    except ValidationError as error:
        told = _told(error.errors()[0], model)
        raise SpecError(f"{place}: {told}" if place else told) from error


def _told(found: ErrorDetails, model: type[BaseModel]) -> str:
    value = found["input"]
    *outer, last = [step for step in found["loc"] if "[" not in str(step)] or [""]  # a choice among types is no place
    above, place = (".".join(map(str, steps)) for steps in (outer, (*outer, last)))
    match found["type"]:
        case "extra_forbidden":
            told = f"unknown key {last!r}: {_meant(str(last), _fields_at(model, outer))}"
            return f"{above}: {told}" if above else told
        case "missing":
            return f"{place} is missing"
        case "too_short" | "string_too_short" if not value:
            return f"{place} is empty: name at least one" if found["type"] == "too_short" else f"{place} is empty"
        case "string_pattern_mismatch" if form := _fields_at(model, outer).get(str(last)):
            return f"{place} {value!r}: use {form}"
        case "tuple_type" | "list_type":
            message = "a list is expected, in brackets"
        case "model_type":
            message = "keys and values are expected"
        case "value_error":  # our own words, which name the value
            return ": ".join(filter(None, (place, found["msg"].removeprefix("Value error, "))))
        case _:
            message = found["msg"]
    return ": ".join(filter(None, (place, f"{message} (got {_short(value)})")))


def _meant(key: str, known: Iterable[str]) -> str:
    near = get_close_matches(key, list(known), n=1, cutoff=0.6)
    return f"did you mean {near[0]}?" if near else f"choose {', '.join(known)}"


def _fields_at(model: type[BaseModel], steps: Sequence[str | int]) -> dict[str, str | None]:
    """Return what a part of a model may hold, by key: in words, or None."""
    for step in steps:
        if isinstance(step, str) and step in model.model_fields:
            model = _model_in(model.model_fields[step].annotation) or model
    return {name: field.description for name, field in model.model_fields.items()}


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isclass(annotation) and issubclass(annotation, BaseModel):
        return annotation
    return next(filter(None, map(_model_in, get_args(annotation))), None)


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= _MOST_SHOWN else f"{text[: _MOST_SHOWN - 3]}..."
