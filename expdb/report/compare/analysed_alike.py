"""Whether values of an analysis may stand side by side: made by the same version, with the same settings and images."""

from collections import Counter
from operator import itemgetter

from expdb.domain.analyses.metrics import analysis_of_metric, conditions_key
from expdb.report.compare.comparability import AS_IT_STANDS, Reason, Reasons, RowGroups


def analysis_reasons(groups: RowGroups, bases: RowGroups | None, metric: str, against: str) -> Reasons:
    """Return for every group why its value of an analysis is not comparable with its base or, without any, with most.

    Args:
        groups: of every row.
        bases: what each of them is compared with, None where with nothing; None: with what most have.
        metric: key of the column.
        against: how a sentence calls the bases.
    """
    analysis = analysis_of_metric(metric)
    if analysis is None:
        return [None] * len(groups)
    read = itemgetter(conditions_key(analysis))
    made = [[] if group is None else [one for one in group.values(read) if one is not None] for group in groups]
    counts = Counter(values[0] for values in made if len(values) == 1)
    usual = counts.most_common(1)[0][0] if counts else None
    wanted = [usual] * len(groups)
    if bases is not None:
        wanted = [None if base is None else read(base.run.fields) for base in bases]
    again = f"expdb analyze {analysis} makes them alike"
    reasons: Reasons = []
    for values, other in zip(made, wanted, strict=True):
        if len(values) > 1:
            reasons.append(_reason(f"{AS_IT_STANDS}: its own seeds were not analysed alike ({again})"))
        elif values and other is not None and values[0] != other:
            who = "the others" if bases is None else against
            reasons.append(_reason(f"{AS_IT_STANDS}: not analysed as {who} ({again})"))
        else:
            reasons.append(None)
    return reasons


def _reason(text: str) -> Reason:
    return Reason(text=text, short=text)
