"""GoogLeNet, which torchvision has and timm has not.

Source: Szegedy et al. 2015, "Going Deeper with Convolutions", table 1; torchvision's version has batch norm.
"""

from torch import nn
from torchvision.models import googlenet as torchvision_googlenet


def googlenet(*, num_classes: int = 100, in_chans: int = 3) -> nn.Module:
    """Return torchvision's GoogLeNet without the two auxiliary heads and without its own normalisation of inputs."""
    network: nn.Module = torchvision_googlenet(
        num_classes=num_classes, aux_logits=False, transform_input=False, init_weights=True
    )
    if in_chans != 3:
        stem = nn.Conv2d(in_chans, 64, kernel_size=7, stride=2, padding=3, bias=False)
        nn.init.trunc_normal_(stem.weight, std=0.01)  # as torchvision draws the one it replaces
        network.set_submodule("conv1.conv", stem)
    return network
