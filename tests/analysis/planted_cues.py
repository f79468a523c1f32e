"""Networks of which it is known what they look at, and the images for them."""

from collections.abc import Callable
from pathlib import Path

import torch
from torch import nn

from expdb.analysis.network import Network
from expdb.analysis.parts.fourier import radii
from expdb.analysis.subject import Subject
from expdb.catalog.class_names import names_of_classes
from tests.factories import make_spec

SIDE = 32
NUM_CLASSES = 10


class Planted(nn.Module):
    """Answers as a function of images (B, C, H, W) in [0, 1] says."""

    def __init__(self, logits: Callable[[torch.Tensor], torch.Tensor]) -> None:
        super().__init__()
        self._logits = logits

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        return self._logits(pixels)


def planted_network(
    logits: Callable[[torch.Tensor], torch.Tensor],
    images: torch.Tensor,
    labels: torch.Tensor,
    *,
    dataset: str = "cifar10",
) -> Network:
    """A network that answers so, with images (N, C, H, W) in [0, 1], unnormalised."""
    channels = images.shape[1]
    return Network(
        spec=make_spec(data__dataset=dataset, data__img_size=images.shape[-1]),
        model=Planted(logits),
        images=(images.clamp(0, 1) * 255).round().to(torch.uint8),
        labels=labels,
        mean=torch.zeros(channels, 1, 1),
        std=torch.ones(channels, 1, 1),
        device=torch.device("cpu"),
    )


def subject_of(network: Network, data_dir: Path = Path("nowhere")) -> Subject:
    """What an analysis is given of a network."""
    data = network.spec.data
    return Subject(
        spec=network.spec,
        data_dir=data_dir,
        class_names=names_of_classes(data.dataset, data.num_classes),
        own_network=network,
    )


def band_templates(low: float, high: float, *, seed: int) -> torch.Tensor:
    """A pattern of each class whose frequencies are from `low` to `high` Nyquist, (10, 3, 32, 32), of spread 1."""
    noise = torch.randn(NUM_CLASSES, 3, SIDE, SIDE, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    where = radii(SIDE, SIDE)
    mask = (where >= low) & (where <= high) & (where > 0)
    found = torch.fft.ifft2(torch.fft.fft2(noise) * mask).real
    return (found / found.std((1, 2, 3), keepdim=True)).float()


def matching(templates: torch.Tensor) -> Callable[[torch.Tensor], torch.Tensor]:
    """Logits that are the correlation of an image with the template of each class."""
    return lambda pixels: pixels.flatten(1) @ templates.flatten(1).T


def images_of(*templates: torch.Tensor, num_images: int = 60) -> tuple[torch.Tensor, torch.Tensor]:
    """Images that hold their class's template of each kind around mid-grey, and their labels."""
    labels = torch.arange(num_images) % NUM_CLASSES
    return 0.5 + 0.08 * sum(kind[labels] for kind in templates), labels
