"""The images that are trained on: random ones, or CIFAR-10 from a folder."""

from pathlib import Path

import torch

from expdb.catalog.datasets import dataset
from expdb.domain.spec import RunSpec
from expdb.train.input.splits import ImageTensor, TrainingData, load_data


def training_data(spec: RunSpec, *, num_images: int, data_dir: Path | None) -> TrainingData:
    """Return a training split of `num_images` images in the form of the spec's dataset, and a small test split.

    Raises:
        DataError: the dataset is not in the folder.
    """
    if data_dir is not None:
        limited = spec.model_copy(update={"data": spec.data.model_copy(update={"limit": num_images})})
        return load_data(limited, data_dir)
    entry = dataset(spec.data.dataset)
    random = torch.Generator().manual_seed(0)

    def split(size: int) -> ImageTensor:
        shape = (size, spec.data.channels, spec.data.img_size, spec.data.img_size)
        return ImageTensor(
            images=torch.randint(256, shape, dtype=torch.uint8, generator=random),
            labels=torch.randint(spec.data.num_classes, (size,), generator=random),
        )

    return TrainingData(train=split(num_images), val=None, test=split(64), mean=entry.mean, std=entry.std)


def images_of(data: TrainingData) -> ImageTensor:
    """Return the training split, which lies in memory."""
    if isinstance(data.train, ImageTensor):
        return data.train
    raise TypeError(data.train)
