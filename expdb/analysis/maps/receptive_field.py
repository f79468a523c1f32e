"""How far a network sees: the effective receptive field of a feature in the middle of its last map.

Source: Luo et al. 2016, "Understanding the Effective Receptive Field in Deep Convolutional Neural Networks", section 2:
the gradient of a central feature over the input. They sum the channels, and a LayerNorm makes that sum almost constant;
here they are summed with random signs, whose squared gradient is on average that of all channels, one by one.
"""

import torch
from torch import nn

from expdb.analysis.maps.feature_maps import last_features

SHARE = 0.95


def squared_gradient(model: nn.Module, inputs: torch.Tensor, *, generator: torch.Generator) -> torch.Tensor:
    """Return the squared gradient of the central feature of each image, (B, H, W), summed over the input's channels.

    Raises:
        NotApplicableError: the features lie on no grid.
    """
    with torch.enable_grad():
        leaf = inputs.detach().clone().requires_grad_()
        features = last_features(model, leaf)
        middle = features[:, :, features.shape[2] // 2, features.shape[3] // 2]
        signs = torch.randint(0, 2, (middle.shape[1],), generator=generator).to(middle) * 2 - 1
        (gradient,) = torch.autograd.grad((middle * signs).sum(), leaf)
    return gradient.double().square().sum(1)


def field_side(energy: torch.Tensor, *, grid: int, share: float = SHARE) -> torch.Tensor:
    """Return the side in pixels of the square that holds a share of each energy (B, H, W); NaN where there is none.

    The square is centred on the place of the central feature of `grid` a side; where it would leave the image, it ends
    there, so that it is never larger than the image.
    """
    side = energy.shape[-1]
    centre = (grid // 2 + 0.5) * side / grid
    axis = (torch.arange(side, dtype=torch.float64, device=energy.device) + 0.5 - centre).abs() + 0.5
    distance = torch.maximum(axis[:, None], axis[None, :]).flatten()
    order = distance.argsort(stable=True)
    held = energy.flatten(1)[:, order].cumsum(1)
    total = held[:, -1:]
    first = (held < share * total).sum(1).clamp_max(len(order) - 1)
    sides = (2 * distance[order][first]).clamp_max(side)
    return torch.where(total[:, 0] > 0, sides, torch.nan)
