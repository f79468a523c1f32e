"""The first forward pass of a network: whether it takes images of this size, and gives a row of numbers for each."""

from typing import Any

import torch
from torch import nn

from expdb.domain.spec import RunSpec
from expdb.errors import SpecError
from expdb.train.model.custom import error_line


def pass_forward(model: nn.Module, spec: RunSpec, device: torch.device, *, num_images: int = 1) -> torch.Tensor | None:
    """Return the logits of black images; None where the network reads values, of which the meta device has none.

    Raises:
        SpecError: the network fails, or gives something other than logits.
    """
    side = spec.data.img_size
    images = torch.zeros(num_images, spec.data.channels, side, side, device=device)
    try:
        output = model(images)
    except Exception as error:  # other people's code raises anything
        if device.type == "meta" and (isinstance(error, NotImplementedError) or "meta" in str(error)):
            return None
        raise SpecError(
            f"model {_named(spec)} fails in {_mode(model)} on images of shape {list(images.shape)} (images, channels, "
            f"height, width): {type(error).__name__}: {error_line(error)}"
        ) from error
    return _logits(output, spec, model, num_images=num_images)


def check_own_model(model: nn.Module, spec: RunSpec) -> None:
    """Try a network of the user's on the CPU as a run will use it: in evaluation and in training, on several images.

    Raises:
        SpecError: it fails, gives something other than logits, or has nothing to learn.
    """
    if not any(parameter.requires_grad for parameter in model.parameters()):
        raise SpecError(f"model {spec.model.name} has no weights to train: its module holds no trainable parameters")
    cpu = torch.device("cpu")
    with torch.no_grad():
        for num_images in (1, 2):  # the last images of a split may be one; who squeezes loses a dimension then
            pass_forward(model.eval(), spec, cpu, num_images=num_images)
    logits = pass_forward(model.train(), spec, cpu, num_images=2)
    model.eval()
    if logits is not None and not logits.requires_grad:
        raise SpecError(
            f"model {spec.model.name} cannot learn: its output in training does not depend on its weights (detached, "
            "or computed without torch)"
        )


def require_fresh(model: nn.Module, again: nn.Module, spec: RunSpec) -> None:
    """Refuse a builder whose networks share weights: the second run would go on from what the first one learnt.

    Args:
        again: what the same builder returned when it was called once more.

    Raises:
        SpecError: a parameter or a buffer is in both.
    """
    own = {id(tensor) for tensor in (*model.parameters(), *model.buffers())}
    for name, tensor in (*again.named_parameters(), *again.named_buffers()):
        if id(tensor) in own:
            raise SpecError(
                f"model {spec.model.name} returns the same {name} again when it is called again: build a new network "
                "in every call, or runs go on with what others have learnt"
            )


def _logits(output: Any, spec: RunSpec, model: nn.Module, *, num_images: int) -> torch.Tensor:
    wanted = (num_images, spec.data.num_classes)
    if isinstance(output, torch.Tensor) and output.shape == wanted and output.is_floating_point():
        return output
    raise SpecError(
        f"model {_named(spec)} returns {_described(output)} in {_mode(model)} for a batch of {num_images}: needed is a "
        f"float tensor of shape {list(wanted)}, a number for each of data.num_classes={spec.data.num_classes}"
    )


def _named(spec: RunSpec) -> str:
    return spec.model.name + (f" with model.kwargs={spec.model.kwargs}" if spec.model.kwargs else "")


def _mode(model: nn.Module) -> str:
    return "training" if model.training else "evaluation"


def _described(output: Any) -> str:
    """Say what came, in a few words."""
    if isinstance(output, torch.Tensor):
        return f"a tensor of shape {list(output.shape)} and type {str(output.dtype).removeprefix('torch.')}"
    if isinstance(output, dict):
        return f"{type(output).__name__} with the keys {', '.join(sorted(map(str, output))[:5])}"
    if isinstance(output, tuple | list):
        return f"{type(output).__name__} of {len(output)} ({', '.join(type(part).__name__ for part in output[:5])})"
    return type(output).__name__
