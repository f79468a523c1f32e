"""Which group a row was held against, where several that differ in settings fit its words: each reader is told."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from expdb.domain.run import Run
from expdb.domain.value_text import format_value
from expdb.report.check.expected import ExpectedRow
from expdb.report.check.findings import Finding
from expdb.report.compare.differences import differences, words_of
from expdb.report.run_ids import runs_text

_MOST_COMPARED = 20  # groups whose settings are compared with those of the one that is meant
_MOST_SETTINGS = 3
_MOST_GROUPS = 4


@dataclass(frozen=True, kw_only=True)
class Choice:
    """One group of several that fit a row: `settings` are those that tell it from the others, by what they are called.

    Attributes:
        run_ids: of the one that the row was held against.
        num_fitting: how many fit.
        is_of_runs: they are single runs, not groups.
    """

    run_ids: tuple[int, ...]
    settings: tuple[tuple[str, str], ...]
    num_fitting: int
    is_of_runs: bool


def choice_of(found: Iterable[Finding], others: Sequence[ExpectedRow], *, is_of_runs: bool) -> Choice | None:
    """Return the group that a row agrees with, of several that differ in settings; None where nothing was open."""
    held = next(filter(_agrees, found), None)
    chosen = next((other for other in others if held is not None and set(held.run_ids) == set(other.run_ids)), None)
    run = None if chosen is None else _run(chosen)
    if chosen is None or run is None:
        return None
    settings: dict[str, str] = {}
    for other in others[:_MOST_COMPARED]:
        another = _run(other)
        if other is not chosen and another is not None:
            for key, (value, _) in differences(run, another).differ.items():
                settings.setdefault(words_of(key), format_value(value, "text"))
    if not settings:
        return None
    return Choice(
        run_ids=chosen.run_ids,
        settings=tuple(settings.items()),
        num_fitting=len(others),
        is_of_runs=is_of_runs,
    )


def told_choices(choices: Iterable[Choice]) -> Iterator[str]:
    """Yield a line for all rows that leave the same settings open, beside equally many others."""
    alike: dict[tuple[tuple[str, ...], int, bool], dict[Choice, None]] = {}
    for choice in choices:
        names = tuple(name for name, _ in choice.settings)
        alike.setdefault((names, choice.num_fitting, choice.is_of_runs), {})[choice] = None
    for (names, num_fitting, is_of_runs), same in alike.items():
        more = len(names) - _MOST_SETTINGS
        named = ", ".join(names[:_MOST_SETTINGS]) + (f" and {more} more" if more > 0 else "")
        held = [f"{runs_text(choice.run_ids)} ({_values(choice)})" for choice in same]
        left = len(held) - _MOST_GROUPS
        listed = ", ".join(held[:_MOST_GROUPS]) + (f" and {left} more" if left > 0 else "")
        kind = "runs" if is_of_runs else "groups"
        yield f"rows do not say {named}: held against {listed} of {num_fitting} {kind} that fit"


def _agrees(finding: Finding) -> bool:
    return finding.is_number and finding.status in ("confirmed", "rounded differently") and bool(finding.run_ids)


def _run(row: ExpectedRow) -> Run | None:
    return next((group.run for group in row.groups if group is not None), None)


def _values(choice: Choice) -> str:
    """Return what a group's settings are: a word alone, `autoaugment`; numbers with what they are, `epochs 200`."""
    shown = choice.settings[:_MOST_SETTINGS]
    return ", ".join(
        value if len(shown) == 1 and not value[:1].isdigit() else f"{name} {value}" for name, value in shown
    )
