"""The average of a model's weights over the steps of a run."""

import copy

import torch
from torch import nn


class WeightAverage:
    """A second model that follows the trained one: its weights are an exponential moving average of the other's.

    Attributes:
        model: the averaged model, for evaluation only.

    Source: Tan and Le 2019, section 5.2 (EfficientNet), as timm's ModelEmaV3 has it with its warm-up.
    """

    def __init__(self, model: nn.Module, *, decay: float) -> None:
        self.model = copy.deepcopy(model).requires_grad_(requires_grad=False).eval()
        self._decay = decay
        self._weights: list[torch.Tensor] = list(self.model.parameters())
        self._sources: list[torch.Tensor] = list(model.parameters())
        self._buffers, self._source_buffers = list(self.model.buffers()), list(model.buffers())

    @torch.no_grad()
    def follow(self, step: int) -> None:
        """Move a little towards the trained weights, after a step counted from 0 over the whole run.

        The decay grows to its final value: an average of the last ten steps at first, when weights change fast.
        """
        decay = min(self._decay, (1 + step) / (10 + step))
        torch._foreach_lerp_(self._weights, self._sources, 1 - decay)

    @torch.no_grad()
    def copy_buffers(self) -> None:
        """Take over what is no weight: the statistics of batch norm, which are averages already."""
        for own, source in zip(self._buffers, self._source_buffers, strict=True):
            own.copy_(source)
