"""The same architecture with weights that nobody trained: what a trained network is read against."""

import torch
from torch import nn

from expdb.domain.spec import RunSpec
from expdb.train.model.teacher import fresh_network


def random_network(spec: RunSpec, *, seed: int, device: torch.device) -> nn.Module:
    """Return the spec's network with fresh weights that the seed draws, frozen and in evaluation mode.

    Raises:
        SpecError: it cannot be built.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return fresh_network(spec, torch.device("cpu")).to(device)
