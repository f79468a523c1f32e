"""The side of the images that a model sees: grown over the run, and made from images stored at another size."""

import torch
from torch import nn
from torch.nn import functional

from expdb.domain.spec import RunSpec
from expdb.errors import SpecError
from expdb.train.model.custom import RAISED_BY_OTHERS, current_folder_first

_STRIDE = 4  # pixels by which images grow


def side_at(epoch: int, spec: RunSpec) -> int:
    """Return the side in pixels of the training images of an epoch (1-based).

    With `progressive` it grows evenly from its start, by 4 pixels at a time; in the last quarter it has its end.
    """
    if spec.progressive is None:
        return spec.data.img_size
    start, end = spec.progressive
    num_growing = spec.epochs - -(-spec.epochs // 4)
    if epoch > num_growing:
        return end
    num_sizes = -(-(end - start) // _STRIDE)  # the last one aside
    return start + _STRIDE * ((epoch - 1) * num_sizes // num_growing)


def sides_of(spec: RunSpec) -> list[int]:
    """Return all sides that the model of a run is trained on, in the order of the epochs."""
    return list(dict.fromkeys(side_at(epoch, spec) for epoch in range(1, spec.epochs + 1)))


def resize(images: torch.Tensor, side: int) -> torch.Tensor:
    """Return images (B, C, H, W) float32 scaled to (side, side), smoothed where they shrink."""
    if images.shape[-1] == side:
        return images
    scaled = functional.interpolate(images, size=(side, side), mode="bilinear", antialias=True)
    return scaled.contiguous(memory_format=torch.channels_last)


def check_sides(model: nn.Module, spec: RunSpec, device: torch.device) -> None:
    """Make sure that the model takes images of every size of the run. Raises SpecError."""
    if spec.progressive is None:
        return
    model.eval()
    for side in sides_of(spec):
        image = torch.zeros(1, spec.data.channels, side, side, device=device)
        try:
            with torch.no_grad(), current_folder_first():
                model(image)
        except RAISED_BY_OTHERS as error:
            if device.type == "meta" and (isinstance(error, NotImplementedError) or "meta" in str(error)):
                return  # it reads values while it computes, and this device has none
            raise SpecError(
                f"progressive={spec.progressive[0]},{spec.progressive[1]}: {spec.model.name} does not take images of "
                f"{side} px; leave it out or start larger"
            ) from error
