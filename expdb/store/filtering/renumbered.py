"""A filter with other numbers for the runs that it names."""

from collections.abc import Callable

from expdb.store.filtering.filter import parse_filter

_OF_RUNS = ("id", "init_from", "teacher")  # fields whose values are numbers of runs


def renumbered(text: str, new_id: Callable[[int], int]) -> tuple[str, list[str]]:
    """Return a filter with other numbers for the runs that it names, and what in it names runs otherwise.

    Args:
        text: the filter.
        new_id: gives the number that stands for one.

    Raises:
        FilterError: the filter cannot be understood.
    """
    odd: list[str] = []
    named = []
    for comparison in parse_filter(text).comparisons:
        if comparison.field.name not in _OF_RUNS or comparison.value.is_null:
            continue
        if comparison.operator not in ("=", "!="):
            odd.append(f"{comparison.field.name} {comparison.operator} {comparison.value.text}")
        elif comparison.value.text.isdecimal():
            named.append(comparison.value)
        else:
            odd.append(comparison.value.text)
    for value in reversed(named):
        text = text[: value.start] + str(new_id(int(value.text))) + text[value.start + len(value.text) :]
    return text, odd
