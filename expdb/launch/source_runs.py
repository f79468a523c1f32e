"""The recorded runs that another one builds on: whose weights it starts from, whose predictions it learns."""

from collections.abc import Mapping
from pathlib import Path

from expdb.data.run_files import run_file
from expdb.domain.spec import RunSpec
from expdb.errors import NotFoundError, SpecError
from expdb.store.store import Store


def gather_sources(store: Store, spec: RunSpec) -> Mapping[int, tuple[RunSpec, Path]]:
    """Return spec and final weights of each run that a spec names in `model.init_from` and `distill.teacher`.

    Raises:
        SpecError: such a run is not there, or has no final weights on this machine.
    """
    named = {"model.init_from": spec.model.init_from, "distill.teacher": spec.distill.teacher}
    return {run_id: _source(store, key, run_id) for key, run_id in named.items() if run_id is not None}


def _source(store: Store, key: str, run_id: int) -> tuple[RunSpec, Path]:
    try:
        run = store.run(run_id)
    except NotFoundError as error:
        raise SpecError(f"{key}={run_id}: {error}") from error
    if run.spec is None:
        raise SpecError(f"{key}={run_id}: that run is {run.kind}, so it has no weights: choose one trained here")
    if run.weights_file is None:
        raise SpecError(f"{key}={run_id}: that run is {run.status} and has no final weights: choose a finished one")
    folder = store.artifact_dir(run_id)
    try:
        return run.spec, run_file(folder, run.weights_file)
    except FileNotFoundError as error:
        path = str(folder / run.weights_file)
        raise SpecError(f"{key}={run_id}: its weights {path!r} are not on this machine: copy them there") from error
    except OSError as error:
        path = str(folder / run.weights_file)
        raise SpecError(f"{key}={run_id}: its weights {path!r} cannot be read: {error.strerror}") from error
