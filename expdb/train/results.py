"""What a run leaves: predictions and weights, for which there must be room."""

import warnings
from collections.abc import Callable
from pathlib import Path

from expdb.data.atomic_files import remove_leftovers
from expdb.data.disk_space import require_room, unwritten
from expdb.data.predictions import Predictions, predictions_bytes, write_predictions
from expdb.domain.spec import RunSpec
from expdb.errors import TrainingWarning, UnwrittenError
from expdb.train.checkpoint import Checkpoints, write_weights
from expdb.train.checkpoint_state import file_sizes, written_bytes
from expdb.train.engine import Engine

WEIGHTS_FILE = "weights.safetensors"
PREDICTIONS_FILE = "predictions.npz"


def require_room_for_run(engine: Engine, checkpoints: Checkpoints, out_dir: Path) -> None:
    """Check before anything is trained that there is room for the results; warn if there is none for a checkpoint.

    Raises:
        UnwrittenError: there is no room for the results, even without the checkpoints of before.
    """
    for name in (PREDICTIONS_FILE, WEIGHTS_FILE):
        remove_leftovers(out_dir / name)
    weights = written_bytes(engine.evaluated_model.state_dict())
    sizes = [weights, predictions_bytes(engine.num_test, engine.spec.data.num_classes)]
    taken = checkpoints.taken_bytes()
    try:
        require_room(out_dir, sizes, freed=taken)
    except OSError as error:
        problem = unwritten(error, "weights and predictions", out_dir, sum(sizes))
        raise UnwrittenError(
            f"{problem}; {problem.way_out}, then expdb resume: nothing was trained now",
            reason=problem.reason,
            way_out=problem.way_out,
            is_lack_of_space=problem.is_lack_of_space,
        ) from error
    if checkpoints.last_epoch:
        return
    state = engine.state_dict()
    # Before the first step most optimizers keep nothing, and after it as much as there are parameters, or twice that.
    checkpoint = [*file_sizes(state), sum(parameter.nbytes for parameter in engine.model.parameters())]
    try:
        require_room(out_dir, checkpoint, freed=taken)
    except OSError as error:
        problem = unwritten(error, "a checkpoint", out_dir, sum(checkpoint))
        warnings.warn(f"{problem}: a run that is stopped or killed begins anew", TrainingWarning, stacklevel=2)


def write_results(engine: Engine, predictions: Predictions, checkpoints: Checkpoints, out_dir: Path) -> None:
    """Write predictions, which are small, and then weights. Checkpoints give way to them where the disk is full.

    Raises:
        UnwrittenError: it is too full, or they cannot be written.
    """
    num_bytes = predictions_bytes(engine.num_test, engine.spec.data.num_classes)
    _write(lambda: write_predictions(predictions, out_dir / PREDICTIONS_FILE), checkpoints, num_bytes)
    num_bytes = written_bytes(engine.evaluated_model.state_dict())
    _write(lambda: write_weights(engine.evaluated_model, out_dir / WEIGHTS_FILE), checkpoints, num_bytes)


def what_to_do(error: UnwrittenError, checkpoints: Checkpoints, spec: RunSpec) -> UnwrittenError:
    """Return an error of writing results with the way out, which depends on the newest checkpoint."""
    match checkpoints.last_epoch:
        case spec.epochs:
            goes_on = "goes on without training an epoch again"
        case 0:
            goes_on = "starts from the beginning, for no checkpoint could be written either"
        case epoch:
            goes_on = f"goes on after epoch {epoch}, for no later checkpoint could be written either"
    return UnwrittenError(
        f"{error}; {error.way_out}, then expdb resume {goes_on}",
        reason=error.reason,
        way_out=error.way_out,
        is_lack_of_space=error.is_lack_of_space,
    )


def _write(write: Callable[[], None], checkpoints: Checkpoints, num_bytes: int) -> None:
    while True:
        try:
            return write()
        except UnwrittenError as error:
            if not (error.is_lack_of_space and checkpoints.make_room(num_bytes)):
                raise
