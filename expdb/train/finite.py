"""What a diverged run looks like: a loss, a logit or a weight that is not finite. All processes decide alike."""

import math
from collections.abc import Mapping

import torch

from expdb.errors import TrainingError
from expdb.train.distributed import max_over
from expdb.train.engine import Engine
from expdb.train.epoch import TrainedEpoch
from expdb.train.evaluate import Evaluations
from expdb.train.input.batches import EvalSplit

_SPLITS: Mapping[EvalSplit, str] = {"val": "validation", "test": "test"}


def require_finite_training(engine: Engine, epoch: int, trained: TrainedEpoch) -> None:
    """Raise TrainingError if the training loss of an epoch is not finite."""
    if not math.isfinite(trained.loss):
        raise _diverged(engine, f"the training loss became {trained.loss} in epoch {epoch}")


def require_finite(engine: Engine, epoch: int, found: Evaluations) -> None:
    """Raise TrainingError if an image of an evaluated split got logits or a loss that are not finite."""
    for split, evaluation in found.items():
        if evaluation.num_not_finite:
            num_images, at = len(evaluation.predictions.label), f", epoch {epoch}" if epoch else ""
            raise _diverged(
                engine,
                f"{_SPLITS[split]} split{at}: {evaluation.num_not_finite:,} of {num_images:,} images have "
                f"logits or a loss that are not finite (mean loss {evaluation.loss:g})",
            )


def require_finite_weights(engine: Engine, epoch: int) -> None:
    """Raise TrainingError if a weight is not finite: after an epoch that no evaluation looks at."""
    models = {id(model): model for model in (engine.model, engine.evaluated_model)}.values()
    tensors = [tensor for model in models for tensor in model.state_dict().values() if tensor.is_floating_point()]
    # One look at the device for all of them.
    num_broken = torch.stack([(~tensor.isfinite()).any() for tensor in tensors]).sum() if tensors else torch.zeros(())
    if max_over(engine.team, [float(num_broken)], engine.device)[0]:
        raise _diverged(engine, f"weights of the model are not finite after epoch {epoch}")


def _diverged(engine: Engine, what: str) -> TrainingError:
    if not engine.spec.is_trained:
        return TrainingError(f"{what}: the weights are not of this network, or not whole", reason="diverged")
    return TrainingError(
        f"{what}: lower optim.lr (now {engine.spec.optim.lr:g}) or lengthen the warm-up", reason="diverged"
    )
