"""Forward passes of other people's networks: whether one takes these images, and gives a row of numbers for each."""

from typing import Any

import torch
from torch import nn

from expdb.domain.spec import RunSpec
from expdb.errors import ExpdbError, SpecError, TrainingError
from expdb.train.input.epoch_order import part_sizes
from expdb.train.model.custom import RAISED_BY_OTHERS, current_folder_first, what_happened
from expdb.train.torch_errors import run_error_of


def pass_forward(model: nn.Module, spec: RunSpec, device: torch.device, *, num_images: int = 1) -> torch.Tensor | None:
    """Return the logits of black images; None where the network reads values, of which the meta device has none.

    Raises:
        SpecError: the network fails, or gives something other than logits.
    """
    side = spec.data.img_size
    images = torch.zeros(num_images, spec.data.channels, side, side, device=device)
    try:
        with current_folder_first():
            output = model(images)
    except RAISED_BY_OTHERS as error:
        if device.type == "meta" and (isinstance(error, NotImplementedError) or "meta" in str(error)):
            return None
        raise SpecError(f"model {_named(spec)} {what_happened(error, 'fails', where=_where(model, images))}") from error
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
    if logits is not None:
        _try_gradient(logits, spec)
        model.zero_grad(set_to_none=True)


def _try_gradient(logits: torch.Tensor, spec: RunSpec) -> None:
    try:
        with current_folder_first():
            logits.sum().backward()  # type: ignore[no-untyped-call]
    except RAISED_BY_OTHERS as error:
        told = what_happened(error, "fails", where="when its gradient is computed")
        raise SpecError(f"model {_named(spec)} {told}") from error


def check_whole_batch(model: nn.Module, spec: RunSpec) -> None:
    """Try a network of the user's in training on a whole batch, on the meta device: no memory, no computing.

    A network that cannot do this with two images says nothing about more of them.

    Args:
        model: is not usable any more afterwards.

    Raises:
        SpecError: it takes two images, but fails with as many, or gives something other than logits.
    """
    meta = torch.device("meta")
    num_images = min(spec.batch_size, spec.data.limit or spec.batch_size) // spec.gpus
    num_images = max(part_sizes(num_images, spec.grad_accumulation))
    if num_images <= 2:
        return
    with torch.no_grad():
        try:
            if pass_forward(model.to(meta).train(), spec, meta, num_images=2) is None:
                return
        except RAISED_BY_OTHERS:  # the CPU has said that it can
            return
        pass_forward(model, spec, meta, num_images=num_images)


def logits_in_run(model: nn.Module, images: torch.Tensor, spec: RunSpec) -> torch.Tensor:
    """Return the logits of a network of the user's, in a run.

    Raises:
        TrainingError: it fails, or gives something other than logits.
        ExpdbError: what torch complains of, see `run_error_of`.
    """
    try:
        with current_folder_first():
            output = model(images)
    except ExpdbError:
        raise
    except RAISED_BY_OTHERS as error:
        known = run_error_of(error, spec)
        if known is None:
            told = what_happened(error, "fails", where=_where(model, images))
            known = TrainingError(f"model {_named(spec)} {told}", reason="error")
        raise known from error
    try:
        return _logits(output, spec, model, num_images=len(images))
    except SpecError as error:
        raise TrainingError(str(error), reason="error") from error


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


def _where(model: nn.Module, images: torch.Tensor) -> str:
    return f"in {_mode(model)} on images of shape {list(images.shape)} (images, channels, height, width)"


def _described(output: Any) -> str:
    """Say what came, in a few words."""
    if isinstance(output, torch.Tensor):
        return f"a tensor of shape {list(output.shape)} and type {str(output.dtype).removeprefix('torch.')}"
    if isinstance(output, dict):
        return f"{type(output).__name__} with the keys {', '.join(sorted(map(str, output))[:5])}"
    if isinstance(output, tuple | list):
        return f"{type(output).__name__} of {len(output)} ({', '.join(type(part).__name__ for part in output[:5])})"
    return type(output).__name__
