"""Whether what a recorded run is made of is still the same: the user's own code, and the images."""

from collections.abc import Callable
from pathlib import Path

from expdb.catalog.models import is_own_model
from expdb.domain.run import Run
from expdb.domain.spec import RunSpec
from expdb.errors import DataError, SpecError
from expdb.store.store import Store


def require_unchanged(
    store: Store,
    run_id: int,
    *,
    data_dir: Path,
    resume: bool,
    accept_changed_data: bool = False,
    warn: Callable[[str], None] = lambda _: None,
) -> None:
    """Check that a run would be trained by the code that it was recorded with and, resumed, go on with its images.

    Args:
        run_id: of a run that is about to begin; of no run, or one that has no spec, nothing is said here.
        data_dir: where datasets are.
        resume: it goes on from a checkpoint, if it has one.
        accept_changed_data: it may go on with other images.
        warn: called with what could not be checked.

    Raises:
        SpecError: its own code is another by now.
        DataError: its images are others by now.
    """
    run = store.run(run_id)
    is_startable = run.status in (("failed", "killed", "crashed") if resume else ("queued",))
    if run.spec is None or not is_startable:  # of which it is said when it is begun
        return
    _require_same_code(run, run.spec)
    if resume and run.spec.model.code is None and is_own_model(run.spec.model.arch):
        warn(f"run {run_id}: whether its own code is the same as then cannot be checked: its digest was not recorded")
    if resume and not accept_changed_data and _has_checkpoint(store, run):
        _require_same_data(store, run, run.spec, data_dir, warn)


def _require_same_code(run: Run, spec: RunSpec) -> None:
    if spec.model.code is None or not is_own_model(spec.model.arch):
        return
    from expdb.train.model.count import describe_model  # torch: seconds to import

    code = describe_model(spec).code
    if code != spec.model.code:
        raise SpecError(
            f"run {run.id}: the code of {spec.model.arch} is not what it was recorded with (digest "
            f"{spec.model.code} then, {code} now): put it back, or train what it is now by expdb rerun {run.id}"
        )


def _has_checkpoint(store: Store, run: Run) -> bool:
    """Tell whether there is something to go on from; perhaps it cannot be read."""
    from expdb.train.checkpoint import has_checkpoint

    return has_checkpoint(store.artifact_dir(run.id))


def _require_same_data(store: Store, run: Run, spec: RunSpec, data_dir: Path, warn: Callable[[str], None]) -> None:
    """Compare the images with those that the run's epochs so far were trained on."""
    from expdb.train.input.fingerprint import data_digest
    from expdb.train.input.splits import load_data

    data = load_data(spec, data_dir)
    now = {"train": len(data.train), "val": len(data.val) if data.val else 0, "test": len(data.test)}
    then = {
        "train": run.results.num_train_images,
        "val": run.results.num_val_images,
        "test": run.results.num_test_images,
    }
    differ = [
        f"{count} {name} images then, {now[name]} now" for name, count in then.items() if count not in (None, now[name])
    ]
    known = _digest_so_far(store, run)
    if known is None and not differ:
        warn(f"run {run.id}: whether its images are the same as then cannot be checked: as many, no digest recorded")
        return
    digest = data_digest(data)
    if digest == known:
        return
    digests = f"digest {known or 'not recorded'} then, {digest} now"
    raise DataError(
        f"run {run.id}: the images of {spec.data.dataset} are not those that it was trained on so far "
        f"({'; '.join([*differ, digests])}): put them back, or go on with --accept-changed-data (the run is marked), "
        f"or train anew by expdb rerun {run.id}"
    )


def _digest_so_far(store: Store, run: Run) -> str | None:
    """Return the digest of the images that the newest epochs of a run were trained on."""
    last = max((epoch.attempt for epoch in store.epochs(run.id)), default=None)
    own = [attempt.data_digest for attempt in store.attempts.of(run.id) if attempt.number == last]
    return next((digest for digest in own if digest is not None), run.results.data_digest)
