"""Networks that read what was planted in the images, and tiny ones as they are built: subjects for analyses."""

from collections.abc import Callable
from pathlib import Path

import torch
from torch import nn

from expdb.analysis.network import Network
from expdb.analysis.parts.fourier import FrequencyBand, in_band, radii, white_noise
from expdb.analysis.subject import Subject
from expdb.domain.spec import RunSpec
from tests.factories import make_spec

SIDE = 32
NUM_CLASSES = 4
LOW: FrequencyBand = (0.0, 0.3)
HIGH: FrequencyBand = (0.5, 0.9)
_SIGNAL = 0.1  # norm of a template in an image: soft, so that what is heard beside it decides


class Reader(nn.Module):
    """Answers with the class whose template an image holds most of, (B, 4) logits of (B, 1, 32, 32)."""

    def __init__(self, band: FrequencyBand) -> None:
        super().__init__()
        self.templates = nn.Parameter(templates_of(band).flatten(1).float(), requires_grad=False)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return images.flatten(1) @ self.templates.T


def templates_of(band: FrequencyBand) -> torch.Tensor:
    """Return one orthonormal pattern a class, (4, 32, 32) float64, of frequencies of the band alone."""
    spectrum = torch.fft.fft2(white_noise(range(NUM_CLASSES), (SIDE, SIDE), seed=round(10 * band[1])))
    patterns = torch.fft.ifft2(spectrum * in_band(radii(SIDE, SIDE), band)).real.flatten(1)
    return torch.linalg.qr(patterns.T).Q.T.reshape(NUM_CLASSES, SIDE, SIDE)


def planted_images(num_images: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Return images (N, 1, 32, 32) in [0, 1] that hold their class's template of both bands, and the labels."""
    labels = torch.arange(num_images) % NUM_CLASSES
    patterns = templates_of(LOW)[labels] + templates_of(HIGH)[labels]
    return 0.5 + _SIGNAL * patterns[:, None], labels


def planted(band: FrequencyBand, num_images: int = 40) -> Subject:
    """Return a subject that reads the templates of one band, and gets every image right by them."""
    pixels, labels = planted_images(num_images)
    return subject_of(lambda: Reader(band), make_spec(data__img_size=SIDE), (255 * pixels).round().byte(), labels)


def subject_of(
    build: Callable[[], nn.Module], spec: RunSpec, images: torch.Tensor, labels: torch.Tensor | None = None
) -> Subject:
    """Return a subject of a network that looks at images (N, C, H, W) uint8 as they are.

    Args:
        build: makes the network, with weights drawn from seed 0.
        spec: of the run that it is of.
        images: of the test split.
        labels: of these; None: what the network says of every second, and another class of the others.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        model = build().requires_grad_(requires_grad=False).eval()
    channels = images.shape[1]
    network = Network(
        spec=spec,
        model=model,
        images=images,
        labels=torch.zeros(len(images), dtype=torch.int64),
        mean=torch.full((channels, 1, 1), 0.5),
        std=torch.ones(channels, 1, 1),
        device=torch.device("cpu"),
    )
    if labels is None:
        answers = network.logits(network.pixels).argmax(1)
        labels = (answers + torch.arange(len(images)) % 2) % spec.data.num_classes
        network.num_forward = 0
    network.labels = labels
    return Subject(spec=spec, data_dir=Path("nowhere"), own_network=network)
