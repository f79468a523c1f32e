"""What is known of a run, by the names of its fields; and typed views of it."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Generic, Self, TypeVar, overload

from expdb.domain.codec import spec_from_json
from expdb.domain.settings import settings_by_name
from expdb.domain.spec import RunSpec
from expdb.domain.task import FREE, is_point, point_name

T = TypeVar("T")

Fields = Mapping[str, Any]  # of some runs only those that were asked for: reading another raises KeyError


class RunFields(dict[str, Any]):
    """The fields of a run whose spec is among them: a setting that has no entry of its own is read from the spec."""

    def get(self, name: str, default: Any = None) -> Any:
        """Return a field, or the default where it is not known of the run at all."""
        try:
            return self[name]
        except KeyError:
            return default

    def __missing__(self, name: str) -> Any:
        """Return a setting as the spec has it, or the last value of a task's metric that has no entry; None: unknown.

        Raises:
            KeyError: it is neither, or was not read.
        """
        if "metrics" in self and is_point(name):
            # What a document calls `ece` may be in percent: it is `metrics.ece`, not the task's.
            is_other = self.get("kind") == "reported" and not name.startswith(FREE)
            return None if is_other else self["metrics"].get(point_name(name))
        setting = settings_by_name().get(name)
        if setting is None or "spec_json" not in self:
            raise KeyError(name)
        spec = spec_of(self)
        return None if spec is None else setting.of(spec)


def spec_of(fields: Fields) -> RunSpec | None:
    """Return the spec among a run's fields; None where it has none."""
    text = fields["spec_json"]
    return None if text is None else _spec(text)


_spec = lru_cache(maxsize=4096)(spec_from_json)  # seeds apart, few specs are in one table; a spec never changes


class View:
    """A frozen, typed view of some of a run's fields."""

    def __init__(self, fields: Fields) -> None:
        """Look at these fields, which are not copied and never changed."""
        self.__dict__["fields"] = fields

    fields: Fields

    def __setattr__(self, name: str, value: object) -> None:
        """Refuse: a snapshot does not change."""
        raise AttributeError(f"{type(self).__name__} is frozen: {name} cannot be set")

    def __eq__(self, other: object) -> bool:
        """Tell whether the same is known of both."""
        return type(other) is type(self) and self.fields == other.fields

    __hash__ = None  # type: ignore[assignment] # some fields are mappings

    def __repr__(self) -> str:
        """Name what it is of."""
        return f"{type(self).__name__}({dict(self.fields)!r})"

    @classmethod
    def names(cls) -> tuple[str, ...]:
        """Return the names of the fields that it shows, in order."""
        return tuple(name for name, value in vars(cls).items() if isinstance(value, Known))


class Known(Generic[T]):
    """A field of a view, of this type."""

    def __set_name__(self, owner: type[View], name: str) -> None:
        """Take the field's name from the attribute's."""
        self._name = name

    @overload
    def __get__(self, view: None, owner: type[View]) -> Self: ...

    @overload
    def __get__(self, view: View, owner: type[View]) -> T: ...

    def __get__(self, view: View | None, owner: type[View]) -> Self | T:
        """Read the field."""
        if view is None:
            return self
        value: T = view.fields[self._name]
        return value
