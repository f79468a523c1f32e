"""Targets that are not one class: label smoothing, mixup and CutMix."""

import numpy as np
import torch
from torch.nn import functional

from expdb.domain.spec import AugSpec
from expdb.train.random_streams import derive_seed


class Mixer:
    """Mixes each batch with itself in reverse order, by one ratio a batch that depends on (seed, epoch, step)."""

    def __init__(self, aug: AugSpec, *, num_classes: int) -> None:
        self._aug = aug
        self._num_classes = num_classes
        self.is_on = aug.mixup_alpha > 0 or aug.cutmix_alpha > 0

    def mix(
        self, images: torch.Tensor, labels: torch.Tensor, *, seed: int, epoch: int, step: int
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Return mixed images and their targets; to be called only where `is_on`.

        With both mixup and CutMix, each batch draws one of the two.

        Args:
            images: (B, C, H, W) float32, normalised.
            labels: (B,) int64.

        Returns:
            images, and (B, num_classes) float32 probabilities with label smoothing in them.

        Sources: Zhang et al. 2018, equation 2 (mixup); Yun et al. 2019, equations 1 and 2 (CutMix).
        """
        targets = smooth(labels, num_classes=self._num_classes, smoothing=self._aug.label_smoothing)
        random = np.random.default_rng(derive_seed(seed, epoch, step, "mix"))
        use_cutmix = self._aug.cutmix_alpha > 0 and (self._aug.mixup_alpha == 0 or random.random() < 0.5)
        alpha = self._aug.cutmix_alpha if use_cutmix else self._aug.mixup_alpha
        share = float(random.beta(alpha, alpha))
        if use_cutmix:
            images, share = _paste(images, share, random)
        else:
            images = images.lerp(images.flip(0), 1 - share)
        return images, targets.lerp(targets.flip(0), 1 - share)


def smooth(labels: torch.Tensor, *, num_classes: int, smoothing: float) -> torch.Tensor:
    """Return (B, num_classes) float32 targets, `smoothing` of them spread over all classes.

    Source: Szegedy et al. 2016, equation 3.
    """
    return functional.one_hot(labels, num_classes).float() * (1 - smoothing) + smoothing / num_classes


def _paste(images: torch.Tensor, share: float, random: np.random.Generator) -> tuple[torch.Tensor, float]:
    """Replace a rectangle by the partner's; return the images and the share of their own that is left."""
    height, width = images.shape[2:]
    half_height, half_width = (round(side * (1 - share) ** 0.5) // 2 for side in (height, width))
    row, column = int(random.integers(height)), int(random.integers(width))
    top, bottom = max(row - half_height, 0), min(row + half_height, height)
    left, right = max(column - half_width, 0), min(column + half_width, width)
    mixed = images.clone()
    mixed[:, :, top:bottom, left:right] = images.flip(0)[:, :, top:bottom, left:right]
    return mixed, 1 - (bottom - top) * (right - left) / (height * width)
