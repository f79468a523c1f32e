"""How fine a network still sees when it decides: the last feature map's size, or the token grid's."""

import math
from typing import Any

import torch
from torch import nn

# Poolings that end in one value whatever comes in: what they leave is no map any more.
_GLOBAL_POOLINGS = (nn.AdaptiveAvgPool2d, nn.AdaptiveMaxPool2d)
_MOST_PREFIX_TOKENS = 2  # a class token and a distillation token, where the network does not tell


class GridObserver:
    """Watches one forward pass of a network.

    `forward_features`, which timm's networks and this project's have, says what the last features are; in any other
    network they are the last output with four dimensions that is not globally pooled.
    """

    def __init__(self, model: nn.Module) -> None:
        self._model = model
        self._features: torch.Tensor | None = None
        features_of: Any = getattr(model, "forward_features", None)
        if callable(features_of):

            def forward_features(*inputs: Any, **options: Any) -> Any:
                self._features = output = features_of(*inputs, **options)
                return output

            model.forward_features = forward_features  # type: ignore[assignment]  # for this one look
        else:
            for module in model.modules():
                module.register_forward_hook(self._remember_map)

    def last_grid(self) -> tuple[int, int] | None:
        """Return (height, width) of the features that were seen, or None where they are laid out otherwise."""
        if not isinstance(self._features, torch.Tensor):
            return None
        shape = self._features.shape
        if len(shape) == 4:
            is_channels_last = getattr(self._model, "num_features", None) == shape[3] != shape[1]
            return (shape[1], shape[2]) if is_channels_last else (shape[2], shape[3])
        return self._token_grid(shape[1]) if len(shape) == 3 else None

    def _remember_map(self, module: nn.Module, _inputs: Any, output: Any) -> None:
        if isinstance(output, torch.Tensor) and output.ndim == 4 and not isinstance(module, _GLOBAL_POOLINGS):
            self._features = output

    def _token_grid(self, num_tokens: int) -> tuple[int, int] | None:
        """Images are square, so the grid is; tokens that stand for no place (a class, say) come on top."""
        known = getattr(self._model, "num_prefix_tokens", None)
        least = int(hasattr(self._model, "cls_token"))  # PiT gives the class token alone
        for num_prefix_tokens in range(least, _MOST_PREFIX_TOKENS + 1) if known is None else (known,):
            side = math.isqrt(max(0, num_tokens - num_prefix_tokens))
            if side and side**2 == num_tokens - num_prefix_tokens:
                return side, side
        return None
