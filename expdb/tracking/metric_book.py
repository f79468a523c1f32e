"""The metrics of one run by the names that its script logs them under: which are known here, and which are free.

Used by the thread that writes alone. What is odd is said once for each name; nothing here raises.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

from expdb.domain.events import Logged
from expdb.domain.metric import Metric
from expdb.domain.points import is_same_mean
from expdb.domain.scripts.metric_names import (
    MetricName,
    fault_of_name,
    is_value_of,
    percent_doubt,
    read_metric_name,
)
from expdb.domain.task import metrics_by_key
from expdb.tracking.logged_values import logged_number, named_numbers

MOST_METRICS: Final = 10_000  # of one run: names that hold the number of a step would fill the database
LOGGED: Final = "logged/"  # before the name of a value that is not what we call so
_MOST_KEPT: Final = 10_000
_MOST_PLACE: Final = 2**63 - 1
_MOST_EPOCH: Final = 2**31 - 1


@dataclass
class _Named:
    """What a name stands for.

    Attributes:
        key: that its values are recorded under.
        known: a fraction of ours that it is, as long as no value says otherwise.
        early: the values of that so far, should a later one show that they were percentages.
        last: its last value; None: it has none yet.
    """

    key: str
    known: str | None = None
    early: list[tuple[int | None, int | None, float]] = field(default_factory=list)
    last: float | None = None


@dataclass(frozen=True, kw_only=True)
class OutcomesMean:
    """The mean of a metric's outcomes.

    Attributes:
        mean: of those that were logged last.
        before: of those that an earlier attempt kept; None: it kept none.
    """

    mean: float
    before: float | None


class MetricBook:
    """Turns what is logged into values by metric and place."""

    def __init__(
        self, say: Callable[[str], None], *, next_step: int = 0, earlier: Mapping[str, float] = MappingProxyType({})
    ) -> None:
        """Begin with no name known.

        Args:
            say: called with what is odd, each once.
            next_step: of values that are logged without any place.
            earlier: last values of what earlier attempts of the run have recorded, by key.
        """
        self._say, self._next_step, self._earlier = say, next_step, earlier
        self._beside: dict[str, float] = {}
        self._last_epoch: int | None = None
        self._named: dict[str, _Named | None] = {}
        self._said: set[object] = set()
        self._new: list[Metric] = []

    def define(self, metric: Metric) -> None:
        """Note what the script says of a metric: its name means that, whatever its words say."""
        self._named[metric.key] = _Named(metric.key)
        self._new.append(metric)

    def take_defined(self) -> tuple[Metric, ...]:
        """Return the metrics that came up since, each once."""
        found, self._new = tuple(self._new), []
        return found

    def rows(self, epoch: Any, step: Any, values: Mapping[str, Any]) -> list[Logged]:
        """Return what one call logged: mostly one row, none where nothing of it is a number."""
        of_epoch, at_step = self._place("epoch", epoch, _MOST_EPOCH), self._place("step", step, _MOST_PLACE)
        if of_epoch is not None:
            self._last_epoch = of_epoch
        if at_step is None and of_epoch is None:
            at_step = self._next_step
        if at_step is not None:
            self._next_step = max(self._next_step, min(at_step + 1, _MOST_PLACE))
        found: dict[str, float] = {}
        taken_back: list[Logged] = []
        for name, given in named_numbers(dict(values)):
            named = self._metric_of(name)
            number = None if named is None else self._number(name, given)
            if named is None or number is None:
                continue
            if named.known is not None and not is_value_of(named.known, number):
                taken_back += self._take_back(name, named, number)
            elif named.known is not None and len(named.early) < _MOST_KEPT:
                named.early.append((of_epoch, at_step, number))
            found[named.key] = named.last = number
        return [*taken_back, *([Logged(of_epoch, at_step, found)] if found else [])]

    def rows_beside(self, values: Mapping[str, float]) -> list[Logged]:
        """Return what was measured beside the script, by our keys, of the last epoch or else of the next step.

        What the script has logged under such a key itself stays as it is.
        """
        logged = {named.key for named in self._named.values() if named is not None}
        found = {key: value for key, value in values.items() if key not in logged}
        self._beside |= found
        if not found:
            return []
        if self._last_epoch is not None:
            return [Logged(self._last_epoch, None, found)]
        self._next_step += 1
        return [Logged(None, self._next_step - 1, found)]

    def rows_of_means(self, means: Mapping[str, OutcomesMean]) -> list[Logged]:
        """Return means of outcomes as values of the metrics that the script has not logged itself, at the same place.

        Where it has, and the value is another one than the mean, that is said.
        """
        found: dict[str, float] = {}
        for name, outcomes in means.items():
            named = self._metric_of(name)
            if named is None:
                continue
            own = {one.key: one.last for one in self._named.values() if one is not None and one.last is not None}
            last = {**self._beside, **own}.get(named.key)
            if last is None:
                before = self._earlier.get(named.key)
                is_mean_of_before = outcomes.before is not None and is_same_mean(before, outcomes.before)
                last = None if is_mean_of_before else before
            if last is None:
                found[name] = outcomes.mean
            elif not is_same_mean(last, outcomes.mean):
                self._say(
                    f"{name} was logged last as {last:.4g}, and the mean of its outcomes is {outcomes.mean:.4g}: "
                    "tables show the value, and tests item by item compare the outcomes"
                )
        return self.rows(self._last_epoch, None, found)

    def _place(self, what: str, given: Any, most: int) -> int | None:
        if given is None:
            return None
        try:
            place = int(given)
            if place == given and 0 <= place <= most:
                if what == "epoch" and place == 0:
                    self._say_once(
                        "epoch 0", "epoch=0: epochs count from 1 here, or one is missing: log epoch=epoch + 1"
                    )
                return place
        except (TypeError, ValueError, OverflowError):
            pass
        self._say_once(what, f"{what}={str(given)[:40]} is no whole number from 0 on: what is logged so has no {what}")
        return None

    def _metric_of(self, name: Any) -> _Named | None:
        """Return what a name stands for; None: nothing can be recorded under it."""
        key = name if isinstance(name, str) else repr(name)
        if key not in self._named:
            fault, subject = fault_of_name(name), key
            if fault is None and len(self._named) >= MOST_METRICS:
                fault = f"this run has {MOST_METRICS:,} metrics already: give what differs by step= or epoch="
                subject = "one more"  # and not each of them
            if fault is not None:
                self._say_once((subject, "name"), f"{key[:60]!r} is not logged: {fault}")
                return None
            self._named[key] = self._first_met(key)
        return self._named[key]

    def _first_met(self, name: str) -> _Named:
        read = read_metric_name(name)
        if read.known is not None:
            if read.known not in metrics_by_key():  # those of an epoch alone, as the learning rate
                self._new.append(_metric(read.known, read))
            known = metrics_by_key().get(read.known)
            return _Named(read.known, read.known if known is not None and known.unit == "fraction" else None)
        key = name
        if name in metrics_by_key():
            key = LOGGED + name
            self._say_once(name, f"{name} is measured here otherwise: what the script logs so is kept as metrics.{key}")
        self._new.append(_metric(key, read))
        return _Named(key)

    def _take_back(self, name: str, named: _Named, number: float) -> list[Logged]:
        """Let a name be a free one from now on; return its values so far under that, and that they are none of ours."""
        assert named.known is not None  # noqa: S101 - only then
        key = LOGGED + name if name in metrics_by_key() else name
        self._say_once(name, percent_doubt(name, number, named.known, key))
        rows = [Logged(epoch, step, {named.known: math.nan, key: value}) for epoch, step, value in named.early]
        self._new.append(_metric(key, read_metric_name(name)))
        named.key, named.known, named.early = key, None, []
        return rows

    def _number(self, name: str, given: Any) -> float | None:
        if type(given) is float:
            return given
        try:
            return logged_number(given)
        except TypeError as error:
            self._say_once((name, "value"), f"{name} is not logged: it is no number but {error}")
        except OverflowError as error:
            self._say_once((name, "value"), f"{name} is not logged: it is {error}")
        return None

    def _say_once(self, what: object, text: str) -> None:
        if what not in self._said:
            self._said.add(what)
            self._say(text)


def _metric(key: str, read: MetricName) -> Metric:
    split = None if read.known == "lr" else read.split
    return Metric(key=key, unit=read.unit, split=split, higher_is_better=read.higher_is_better, is_point=True)
