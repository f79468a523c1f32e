"""Before a run is recorded: whether it can be trained on this machine."""

from pathlib import Path

from expdb.domain.codec import with_code
from expdb.domain.run import Run
from expdb.domain.spec import RunSpec
from expdb.errors import RunFinishedError, SpecError
from expdb.launch.source_runs import gather_sources
from expdb.store.store import Store


def require_means(store: Store, spec: RunSpec, *, data_dir: Path) -> tuple[RunSpec, list[str]]:
    """Check that what a spec needs is at hand: its device and images, a model that can be built, and weights.

    Returns:
        the spec as it is to be recorded: with the digest of the user's own code that builds the model now.
        what one should know of how it is trained, line by line.

    Raises:
        SpecError: there is no such device or model, a setting does not go with them, a run that it builds on has no
            weights here, or what is evaluated alone is of another network, other classes or other code.
        DataError: the images, or the pretrained weights, are not at hand.
    """
    from expdb.train.input.splits import find_data  # torch: seconds to import
    from expdb.train.model.count import describe_model
    from expdb.train.model.pretrained import find_pretrained
    from expdb.train.trainable import check_trainable

    remarks = check_trainable(spec)
    summary = describe_model(spec)
    find_pretrained(spec)
    find_data(spec, data_dir)
    sources = gather_sources(store, spec)
    if not spec.is_trained and spec.model.init_from is not None:
        _require_code_then(spec, sources[spec.model.init_from][0], summary.code)
    complete = with_code(spec, summary.code)
    if summary.code is not None:
        remarks += _other_code(store, complete)
    return complete, remarks


def _require_code_then(spec: RunSpec, source: RunSpec, code: str | None) -> None:
    """Raise SpecError where a run's weights would be evaluated in a network of other code."""
    if source.model.code not in (None, code):
        raise SpecError(
            f"the code of {spec.model.arch} is not what run {spec.model.init_from} was recorded with (digest {code}, "
            f"then {source.model.code}): put it back"
        )


def _other_code(store: Store, spec: RunSpec) -> list[str]:
    """Say that the user's own code was another one in the runs so far: they are no seeds of this one."""
    own = store.own_code.group_of(spec)
    if not any(group != own for group in store.own_code.groups_of_settings(spec)):
        return []
    return [f"{spec.model.arch} was other code in earlier runs of these settings: they are no seeds of this one"]


def trained_spec(run: Run) -> RunSpec:
    """Return what a recorded run trains. Raises RunFinishedError for one that was not trained by expdb."""
    if run.spec is None:
        of_script = f'its own script trains it, and goes on with it by expdb.track(..., resume="must", run={run.id})'
        nothing = of_script if run.kind == "tracked" else "there is nothing to train"
        raise RunFinishedError(f"run {run.id} is {run.kind}: {nothing}")
    return run.spec
