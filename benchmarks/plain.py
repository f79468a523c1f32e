"""The script that the trainer is compared with: what timm's train.py does, without its options.

A DataLoader with workers, augmentation of PIL images in them, timm's own collating and prefetching loader, timm's
optimizer, and the loss read with `.item()` in every step. `variant` is its two usual forms: float32 in the default
memory format, or automatic mixed precision and channels last.
"""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import torch
from PIL import Image
from timm.data.loader import PrefetchLoader, fast_collate
from timm.optim._optim_factory import create_optimizer_v2
from torch import nn
from torch.nn import functional
from torch.utils.data import DataLoader, Dataset
from torchvision import transforms

from expdb.data.cpus import num_usable_cpus
from expdb.domain.spec import RunSpec
from expdb.train.input.splits import ImageTensor
from expdb.train.model.build import build_model

Variant = Literal["fp32", "amp"]

_TIMM_WORKERS = 4  # timm's default


class PilImages(Dataset[tuple[Any, int]]):
    """Images that are made PIL images, augmented and made arrays one by one."""

    def __init__(self, split: ImageTensor, spec: RunSpec) -> None:
        self._arrays = split.images.permute(0, 2, 3, 1).contiguous().numpy()
        self._labels = split.labels.tolist()
        crop = transforms.RandomCrop(spec.data.img_size, padding=spec.aug.crop_padding)
        flip = transforms.RandomHorizontalFlip(spec.aug.hflip_prob)
        self._transform = transforms.Compose([crop, flip, *policy_transform(spec, transforms)])

    def __len__(self) -> int:
        """Return the number of images."""
        return len(self._labels)

    def __getitem__(self, index: int) -> tuple[Any, int]:
        """Return an image (C, H, W) uint8 as an array, and its label."""
        image = self._transform(Image.fromarray(self._arrays[index]))
        return np.ascontiguousarray(np.asarray(image).transpose(2, 0, 1)), self._labels[index]


def policy_transform(spec: RunSpec, library: Any) -> list[Any]:
    """Return the spec's policy as a step of torchvision's: of `transforms` (PIL images) or `transforms.v2`."""
    match spec.aug.policy:
        case "autoaugment":
            return [library.AutoAugment(library.AutoAugmentPolicy(spec.aug.autoaugment_policy))]
        case "randaugment":
            return [library.RandAugment(spec.aug.randaugment_num_ops, spec.aug.randaugment_magnitude)]
        case "trivialaugment":
            return [library.TrivialAugmentWide()]
        case "augmix":
            return [library.AugMix()]
    return []


@dataclass(frozen=True, kw_only=True)
class PlainTrainer:
    """A model, its optimizer and its loader, as a plain script holds them."""

    model: nn.Module
    optimizer: torch.optim.Optimizer
    loader: Any
    device: torch.device
    variant: Variant

    def epoch(self) -> float:
        """Train one epoch and return its mean loss."""
        self.model.train()
        losses = []
        for loaded, labels in self.loader:
            images = loaded.contiguous(memory_format=torch.channels_last) if self.variant == "amp" else loaded
            with self._autocast():
                loss = functional.cross_entropy(self.model(images), labels)
            self.optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            self.optimizer.step()
            losses.append(loss.item())
        return float(np.mean(losses))

    def _autocast(self) -> AbstractContextManager[Any]:
        return torch.autocast(self.device.type, dtype=torch.bfloat16, enabled=self.variant == "amp")


def make_plain(
    spec: RunSpec,
    split: ImageTensor,
    *,
    mean: Sequence[float],
    std: Sequence[float],
    device: torch.device,
    variant: Variant,
) -> PlainTrainer:
    """Build the plain script for the spec's model, batch and augmentation."""
    model = build_model(spec, device)
    if variant == "amp":
        model = model.to(memory_format=torch.channels_last)
    num_workers = min(_TIMM_WORKERS, num_usable_cpus())
    loader = DataLoader(
        PilImages(split, spec),
        batch_size=spec.batch_size,
        shuffle=True,
        drop_last=True,
        num_workers=num_workers,
        collate_fn=fast_collate,
        pin_memory=device.type == "cuda",
        persistent_workers=True,
    )
    return PlainTrainer(
        model=model,
        optimizer=create_optimizer_v2(
            model, opt=spec.optim.name, lr=spec.optim.lr, weight_decay=spec.optim.weight_decay, momentum=0.9
        ),
        loader=PrefetchLoader(loader, tuple(mean), tuple(std), device=device),
        device=device,
        variant=variant,
    )
