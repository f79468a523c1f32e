"""Whether two runs were tested on the same images, as far as their records say."""

from expdb.domain.run import Run
from expdb.report.testable import OTHER_DATASET, runs_apart


def other_images(a: Run, b: Run) -> str | None:
    """Return why two runs were not tested on the same images; None where they were, as far as is recorded."""
    reason = runs_apart(a, b, "top1")
    if not reason:
        return None
    if reason == OTHER_DATASET:
        return f"runs {a.id} and {b.id} were tested on other datasets: {a.dataset} and {b.dataset}"
    limits = [run.fields["test_limit"] for run in (a, b)]
    words = ["all" if limit is None else f"{limit:,} chosen ones" for limit in limits]
    if words[0] == words[1]:
        words = [str(run.results.num_test_images) for run in (a, b)]
    told = "their data digests differ" if words[0] == words[1] else f"{words[0]} and {words[1]}"
    return f"runs {a.id} and {b.id} were tested on other images of {a.dataset}: {told}"
