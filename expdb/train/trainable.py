"""Before a run: whether its settings can be trained here, found out without images, weights or memory for them."""

import torch
from torch import nn

from expdb.catalog.models import is_own_model
from expdb.domain.spec import RunSpec
from expdb.errors import SpecError
from expdb.train.augment.progressive import check_sides
from expdb.train.device import check_graphs, choose_device
from expdb.train.distributed import has_batch_norm, with_shared_batch_norm
from expdb.train.evaluable import check_evaluable
from expdb.train.input.epoch_order import part_sizes
from expdb.train.model.build import build_model
from expdb.train.model.custom import RAISED_BY_OTHERS
from expdb.train.optim import make_optimizer
from expdb.train.torch_errors import too_few_images


def check_trainable(spec: RunSpec) -> list[str]:
    """Check that the settings go with this machine's devices and with the model; return what one should know of them.

    What these settings make a process refuse when it starts is refused here, before there is a run. The images are not
    looked at, nor the runs that this one builds on. Of a spec that trains nothing, its weights are.

    Raises:
        SpecError: there is no such device, the model or the optimizer cannot be built, a setting has no effect on it
            or cannot be had on this device, a step has too few images, or weights do not fit.
        DataError: weights that are evaluated cannot be read.
    """
    if not spec.is_trained:
        return check_evaluable(spec)
    device = choose_device(spec)
    check_graphs(spec, device)
    meta = torch.device("cpu" if is_own_model(spec.model.arch) else "meta")  # see `describe_model`
    with meta:
        model = build_model(spec, meta)
    with_shared_batch_norm(model, spec, device)
    check_sides(model, spec, meta)
    make_optimizer(spec, model, device=meta)
    num_images = _images_a_step(spec)
    at_once = min(part_sizes(num_images // spec.gpus, spec.grad_accumulation))
    _check_batch_norm(model, spec, meta, num_images=at_once)
    normalised = at_once * (spec.gpus if spec.sync_bn else 1)
    if not has_batch_norm(model) or (spec.gpus == 1 and spec.grad_accumulation == 1) or normalised == num_images:
        return []
    is_shareable = device.type == "cuda" and spec.gpus > 1 and not spec.sync_bn
    shares = ": sync_bn=true shares it between the devices" if is_shareable else ""
    return [f"batch norm over {normalised} of the {num_images} images of a step{shares}"]


def _images_a_step(spec: RunSpec) -> int:
    """Return how many images the first step has, as far as the settings say. Raises SpecError: fewer than processes."""
    num_images = spec.batch_size if spec.data.limit is None else min(spec.batch_size, spec.data.limit)
    if num_images < spec.gpus:
        raise SpecError(
            f"gpus={spec.gpus}: {num_images} images a step (data.limit={spec.data.limit}) are fewer than processes; "
            "choose fewer"
        )
    return num_images


def _check_batch_norm(model: nn.Module, spec: RunSpec, device: torch.device, *, num_images: int) -> None:
    if num_images > 1 or spec.sync_bn:
        return
    images = torch.zeros(num_images, spec.data.channels, spec.data.img_size, spec.data.img_size, device=device)
    try:
        with torch.no_grad():
            model.train()(images)
    except ValueError as error:
        if "more than 1 value per channel" in str(error):
            raise too_few_images(spec) from error
    except RAISED_BY_OTHERS:  # what it does not take is said where it is described
        pass
