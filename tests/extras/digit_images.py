"""Real images that need no download: 8×8 digits, as tensors and as folders."""

from pathlib import Path

import numpy as np
import torch
from PIL import Image
from sklearn.datasets import load_digits

NUM_TRAIN, NUM_TEST = 240, 120


def digits() -> dict[str, tuple[torch.Tensor, torch.Tensor]]:
    """Images (N, 1, 8, 8) in [0, 1] and labels of two splits."""
    found = load_digits()
    images = torch.tensor(found.images / 16, dtype=torch.float32).unsqueeze(1)
    labels = torch.tensor(found.target)
    last = NUM_TRAIN + NUM_TEST
    return {
        "train": (images[:NUM_TRAIN], labels[:NUM_TRAIN]),
        "test": (images[NUM_TRAIN:last], labels[NUM_TRAIN:last]),
    }


def write_folders(root: Path) -> None:
    """Write them as `train/3/0007.png` and `validation/…`, 32 pixels wide and coloured."""
    for split, (images, labels) in digits().items():
        for number, (image, label) in enumerate(zip(images, labels, strict=True)):
            folder = root / {"train": "train", "test": "validation"}[split] / str(int(label))
            folder.mkdir(parents=True, exist_ok=True)
            pixels = Image.fromarray((np.asarray(image[0]) * 255).astype(np.uint8))
            pixels.resize((32, 32)).convert("RGB").save(folder / f"{number:04}.png")


def loader(split: str, *, seed: int | None = None) -> "torch.utils.data.DataLoader[tuple[torch.Tensor, ...]]":
    """Batches of 40; shuffled by a seed where there is one."""
    data = torch.utils.data.TensorDataset(*digits()[split])
    order = None if seed is None else torch.Generator().manual_seed(seed)
    return torch.utils.data.DataLoader(data, batch_size=40, shuffle=seed is not None, generator=order)
