"""What torch complains of in a run, as errors that a user can act on."""

from expdb.domain.events import LOST_CONNECTION
from expdb.domain.spec import RunSpec
from expdb.errors import ExpdbError, SpecError, TrainingError
from expdb.train.device import is_out_of_memory
from expdb.train.distributed import is_lost_connection
from expdb.train.model.custom import what_happened


def run_error_of(error: BaseException, spec: RunSpec) -> ExpdbError | None:
    """Return what an error means for a run of this spec; None where it says that itself, or nobody knows."""
    if isinstance(error, ExpdbError):
        return None
    if is_out_of_memory(error):
        return _out_of_memory(spec)
    if is_lost_connection(error):
        return TrainingError("the connection to another process of the run broke", reason=LOST_CONNECTION)
    if isinstance(error, ValueError) and "more than 1 value per channel" in str(error):
        return too_few_images(spec)
    if isinstance(error, SystemExit):  # which would end the command as if all were well
        return TrainingError(f"model {spec.model.name} {what_happened(error, '', where='in the run')}", reason="error")
    return None


def too_few_images(spec: RunSpec) -> SpecError:
    """Return the error of a model whose batch norm gets one value of each channel in a step."""
    over = f" over gpus={spec.gpus}" if spec.gpus > 1 else ""
    return SpecError(
        f"batch_size={spec.batch_size}{over}: {spec.model.name} has batch norm, which needs more images a step"
    )


def _out_of_memory(spec: RunSpec) -> TrainingError:
    return TrainingError(
        f"out of memory with batch_size={spec.batch_size} at {spec.data.img_size} px: choose a smaller batch or image",
        reason="out of memory",
    )
