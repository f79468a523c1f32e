"""Two models on the same items: the paired tests of what each got of every item."""

from dataclasses import replace
from typing import Literal

from expdb.data.outcomes import Outcomes
from expdb.domain.points import is_same_mean
from expdb.report.stats.comparison import Test
from expdb.report.stats.mcnemar import mcnemar
from expdb.report.stats.paired_bootstrap import paired_bootstrap, paired_bootstrap_of_scores


def compare_outcomes(
    a: Outcomes, b: Outcomes, name: Literal["mcnemar", "bootstrap"], *, metric: tuple[float | None, float | None]
) -> Test | str:
    """Compare outcomes with the baseline's, a; or say in words why not.

    Args:
        a: of the baseline.
        b: of the other one.
        name: which test; McNemar's is of right and wrong.
        metric: the value of the metric that each run has, where it is known: it need not be the mean over items.
    """
    if a.values.size != b.values.size:
        return f"outcomes of {a.values.size:,} and of {b.values.size:,} items: not the same ones"
    if a.items and b.items and a.items != b.items:
        return "outcomes of other items, or in another order"
    if a.is_binary and b.is_binary:
        right = a.values.astype(bool), b.values.astype(bool)
        found = mcnemar(*right) if name == "mcnemar" else paired_bootstrap(*right)
    elif name == "mcnemar":
        return "McNemar's test is of outcomes that are 0 or 1; test = 'bootstrap' takes any"
    else:
        found = paired_bootstrap_of_scores(a.values, b.values)
    are_means = all(is_same_mean(value, own.mean) for value, own in zip(metric, (a, b), strict=True))
    told = "" if are_means else f"of means over {a.values.size:,} items, which are not the metric itself"
    return replace(found, left_out=told)
