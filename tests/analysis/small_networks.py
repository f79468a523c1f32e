"""Networks of random weights with drawn images, for tests of what looks into them."""

from pathlib import Path

import torch
from torch import nn

from expdb.analysis.network import Network
from expdb.analysis.random_networks import random_network
from expdb.analysis.subject import Subject
from expdb.catalog.compose_spec import compose_spec
from expdb.domain.spec import RunSpec

CPU = torch.device("cpu")


def network_with_images(
    spec: RunSpec, model: nn.Module | None = None, *, num_images: int = 12, seed: int = 0
) -> Network:
    """Return a network of random weights, or the given one, with images of noise."""
    generator = torch.Generator().manual_seed(seed)
    shape = (num_images, spec.data.channels, spec.data.img_size, spec.data.img_size)
    middle = torch.full((spec.data.channels, 1, 1), 0.5)
    return Network(
        spec=spec,
        model=model or random_network(spec, seed=seed + 100, device=CPU),
        images=torch.randint(0, 256, shape, generator=generator, dtype=torch.uint8),
        labels=torch.arange(num_images) % spec.data.num_classes,
        mean=middle,
        std=middle / 2,
        device=CPU,
    )


def spec_of(model: str, **settings: object) -> RunSpec:
    """Return the spec of a model on 32 px images of ten classes, or as the settings say."""
    return compose_spec({"model.name": model, "data.dataset": "cifar10", "epochs": 1, **settings})


def subject_of(spec: RunSpec, **given: object) -> Subject:
    """Return what an analysis is given of such a network."""
    return Subject(spec=spec, data_dir=Path(), own_network=network_with_images(spec, **given))
