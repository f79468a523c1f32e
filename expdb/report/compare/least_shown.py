"""What a difference that is not told apart says all the same: from which size on the design would have shown one."""

from collections.abc import Sequence

from expdb.domain.table import Format
from expdb.domain.value_text import distance_text
from expdb.report.stats.comparison import Test
from expdb.report.stats.power import least_shown


def could_show(tests: Sequence[Test], form: Format, decimals: int | None) -> str:
    """Return from which difference on such comparisons show one, as `this design could show 1.20 points or more`.

    Of several it says the range; empty where nothing is known (no spread, less than three seeds a side).

    Args:
        tests: the comparisons.
        form: how differences of what is compared print.
        decimals: digits after the point.
    """
    found = sorted(least for test in tests if (least := least_shown(test)) is not None)
    if not found:
        return ""
    ends = list(dict.fromkeys(distance_text(least, form, decimals) for least in (found[0], found[-1])))
    unit = " points" if form == "percent" else ""
    return f"this design could show {' to '.join(ends)}{unit} or more"
