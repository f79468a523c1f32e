"""Whether a run that was done again came out the same, and what was different from the start."""

from collections.abc import Sequence
from dataclasses import asdict

from expdb.domain.own_package import comparable_packages
from expdb.domain.run import Environment, Epoch, Run

# Of last top-1; about twice the spread between seeds (0.2 to 0.3 points).
TOLERANCE = 0.005

_MEASURED_TIME = (
    *("train_seconds", "eval_seconds", "images_per_second", "peak_memory_bytes"),
    *("cpu_seconds", "cpu_wait_seconds"),
)
_MOST_NAMED = 5
_FIRST_NAMED = ("torch", "timm", "torchvision", "numpy")


def changes_since(then: Environment, now: Environment) -> list[str]:
    """Return what of code and packages differs, one fact a line; nothing where all is known to be the same."""
    return [*_code_changes(then, now), *_package_changes(then, now)]


def data_change(then: str | None, now: str | None) -> str:
    """Return one line about the data, by their digests."""
    if then is None or now is None:
        return "data: not known whether they are the same as then"
    return "data: the same as then" if then == now else f"data: not the same as then ({then}, now {now})"


def threads_change(then: Run, now: int) -> list[str]:
    """Return what of the number of CPU threads differs, which results depend on to the bit; nothing of a GPU's."""
    differ = then.machine.device == "cpu" and then.machine.num_threads not in (None, now)
    return [f"threads: {now}, then {then.machine.num_threads}"] if differ else []


def data_words(run: Run) -> str:
    """Return the digest of a run's images, and where it went on with others, both; empty where it is not known."""
    if run.results.earlier_data_digest is None:
        return run.results.data_digest or ""
    return f"{run.results.data_digest or 'not known'}, of two data: it began with {run.results.earlier_data_digest}"


def code_change(then: str | None, now: str | None) -> str | None:
    """Return one line about the user's own code, by its digests; None where there is none, or it is the same."""
    if now is None or then == now:
        return None
    if then is None:
        return f"own code: not known whether it is the same as then (digest not recorded, now {now})"
    return f"own code: not the same as then (digest {then}, now {now}): this is no repetition"


def reproduction_verdict(
    first: Run, first_epochs: Sequence[Epoch], again: Run, again_epochs: Sequence[Epoch], *, same_weights: bool | None
) -> str:
    """Return in one line whether a run's result was reproduced: to the bit, within the tolerance, or not.

    A network of other code reproduces nothing. It says where one of the two is of two data.

    Args:
        same_weights: whether the final weights are equal to the bit; None where they are not at hand.
    """
    told = _verdict(first, first_epochs, again, again_epochs, same_weights=same_weights)
    two = [f"run {run.id} is of two data" for run in (first, again) if run.results.earlier_data_digest is not None]
    unknown = code_change(None, again.fields["code_digest"]) if first.fields["code_digest"] is None else None
    return "; ".join([told, *filter(None, [unknown]), *two])


def _verdict(
    first: Run, first_epochs: Sequence[Epoch], again: Run, again_epochs: Sequence[Epoch], *, same_weights: bool | None
) -> str:
    if (
        first.fields["code_digest"]
        and again.fields["code_digest"]
        and first.fields["code_digest"] != again.fields["code_digest"]
    ):
        codes = f"digest {first.fields['code_digest']}, now {again.fields['code_digest']}"
        told = f"run {again.id} is of other code than run {first.id} ({codes}): no repetition"
        for run in (first, again):
            if run.status != "finished":
                return f"{told}; run {run.id} is {run.status}"
        return (
            told if first.results.top1 is None or again.results.top1 is None else f"{told}; {_difference(first, again)}"
        )
    if first.status != "finished" or again.status != "finished":
        which = first if first.status != "finished" else again
        return f"run {which.id} is {which.status}: there are no two results to compare"
    if first.results.top1 is None or again.results.top1 is None:
        return f"run {first.id} has no epochs recorded: there are no two results to compare"
    if same_weights is not False and [_results(row) for row in first_epochs] == [_results(row) for row in again_epochs]:
        of_weights = "" if same_weights else " (weights not compared: they are not on this machine)"
        return f"run {again.id} reproduces run {first.id} to the bit{of_weights}"
    difference = _difference(first, again)
    if abs(again.results.top1 - first.results.top1) <= TOLERANCE:
        return (
            f"run {again.id} reproduces run {first.id} within {100 * TOLERANCE:g} points, not to the bit: {difference}"
        )
    return f"run {again.id} does not reproduce run {first.id}: {difference}"


def _difference(first: Run, again: Run) -> str:
    assert first.results.top1 is not None and again.results.top1 is not None  # noqa: S101, PT018 - the callers have looked
    points = 100 * (again.results.top1 - first.results.top1)
    return f"last top-1 {again.results.top1:.2%} against {first.results.top1:.2%} ({points:+.2f} points)"


def _results(row: Epoch) -> dict[str, object]:
    return {name: value for name, value in asdict(row).items() if name not in _MEASURED_TIME}


def _code_changes(then: Environment, now: Environment) -> list[str]:
    if then.git_commit is None or now.git_commit is None:
        return ["code: not known whether it is the same as then (no git commit recorded)"]
    if then.git_commit != now.git_commit:
        return [f"code: commit {now.git_commit[:10]}, then {then.git_commit[:10]}"]
    if then.git_diff != now.git_diff or then.git_dirty != now.git_dirty:
        return [f"code: the same commit {now.git_commit[:10]}, other uncommitted changes"]
    return []


def _package_changes(then: Environment, now: Environment) -> list[str]:
    if not then.packages:
        return ["packages: not known whether they are the same as then"]
    old, new = comparable_packages(then.packages), comparable_packages(now.packages)
    changed = sorted(
        (name for name in {*old, *new} if old.get(name) != new.get(name)),
        key=lambda name: (name not in _FIRST_NAMED, name.lower()),
    )
    python = [("Python", then.python_version, now.python_version)] if then.python_version != now.python_version else []
    versions = python + [(name, old.get(name), new.get(name)) for name in changed]
    if not versions:
        return []
    listed = ", ".join(f"{name} {here or 'none'} (then {was or 'none'})" for name, was, here in versions[:_MOST_NAMED])
    return [f"packages: {listed}" + (f" and {len(versions) - _MOST_NAMED} more" * (len(versions) > _MOST_NAMED))]
