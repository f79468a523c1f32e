"""Before a run is recorded: whether it can be trained on this machine."""

from pathlib import Path

from expdb.domain.run import Run
from expdb.domain.spec import RunSpec
from expdb.errors import RunFinishedError
from expdb.launch.source_runs import gather_sources
from expdb.store.store import Store


def require_means(store: Store, spec: RunSpec, *, data_dir: Path) -> None:
    """Check that what a spec needs is at hand: its device and images, a model that can be built, and weights.

    Raises:
        SpecError: there is no such device or model, or a run that it builds on has no weights here.
        DataError: the images, or the pretrained weights, are not at hand.
    """
    from expdb.train.device import choose_device  # torch: seconds to import
    from expdb.train.input.splits import find_data
    from expdb.train.model.count import describe_model
    from expdb.train.model.pretrained import find_pretrained

    choose_device(spec)
    describe_model(spec)
    find_pretrained(spec)
    find_data(spec, data_dir)
    gather_sources(store, spec)


def spec_of(run: Run) -> RunSpec:
    """Return what a recorded run trains. Raises RunFinishedError for one that was not trained by expdb."""
    if run.spec is None:
        raise RunFinishedError(f"run {run.id} is {run.kind}: there is nothing to train")
    return run.spec
