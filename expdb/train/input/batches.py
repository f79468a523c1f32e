"""Batches for the loop: uint8 images on the device, augmented, from memory or from files."""

import warnings
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal, Protocol

import torch
from torch.utils.data import DataLoader, Dataset

from expdb.data.central_crop import Box, central_box
from expdb.data.cpus import num_loaders, num_usable_cpus
from expdb.data.image_folders import ImageFiles
from expdb.domain.spec import AugSpec, RunSpec
from expdb.errors import DataError
from expdb.train.augment.boxes import draw_crops
from expdb.train.augment.pipeline import AugmentPipeline
from expdb.train.device import move
from expdb.train.distributed import Team
from expdb.train.input.decode import read_image
from expdb.train.input.epoch_order import Step, epoch_steps
from expdb.train.input.splits import ImageTensor, TrainingData
from expdb.train.random_streams import generator

EvalSplit = Literal["val", "test"]
Item = tuple[torch.Tensor, int] | DataError

# Images are augmented in chunks: the operations of a policy cost the same for 128 images and for 10,000.
_CHUNK_BYTES = 32 * 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class Batch:
    """Images (B, C, H, W) uint8 and labels (B,) int64 on the device; `num_images` of all processes together."""

    images: torch.Tensor
    labels: torch.Tensor
    num_images: int


class Feed(Protocol):
    """What the loop trains and evaluates from. Closing an iterator stops the loader processes behind it."""

    def train_batches(self, epoch: int) -> Generator[Batch]:
        """Return this process's share of an epoch, in the order of its steps."""
        ...

    def eval_batches(self, split: EvalSplit, *, batch_size: int) -> Generator[Batch]:
        """Return this process's share of a split (every `team.size`-th image), as it is."""
        ...


def make_feed(spec: RunSpec, data: TrainingData, *, device: torch.device, team: Team) -> Feed:
    """Return the feed that fits where the images are."""
    match data:
        case TrainingData(train=ImageTensor() as train, val=None | ImageTensor() as val, test=ImageTensor() as test):
            splits = {"train": train, "test": test} | ({"val": val} if val else {})
            return TensorFeed(spec, splits, mean=data.mean, device=device, team=team)
        case TrainingData(train=ImageFiles() as train, val=None | ImageFiles() as val, test=ImageFiles() as test):
            files = {"train": train, "test": test} | ({"val": val} if val else {})
            return FolderFeed(spec, files, mean=data.mean, device=device, team=team)
    raise TypeError(data)


def steps_of(spec: RunSpec, num_images: int, epoch: int, team: Team) -> list[Step]:
    """Return the steps of an epoch of this run."""
    return epoch_steps(num_images, batch_size=spec.batch_size, seed=spec.seed, epoch=epoch, team=team)


class TensorFeed:
    """All images stay on the device; augmentation runs there, a chunk of steps at a time."""

    def __init__(
        self,
        spec: RunSpec,
        splits: Mapping[str, ImageTensor],
        *,
        mean: Sequence[float],
        device: torch.device,
        team: Team,
    ) -> None:
        self._spec, self._device, self._team = spec, device, team
        self._splits = {
            name: ImageTensor(images=split.images.to(device), labels=split.labels.to(device))
            for name, split in splits.items()
        }
        side = self._splits["train"].images.shape[-1]
        self._augmentation = AugmentPipeline(_scaled(spec, side), img_size=side, mean=mean)

    def train_batches(self, epoch: int) -> Generator[Batch]:
        """Return this process's share of an epoch, in the order of its steps."""
        train = self._splits["train"]
        draws = self._augmentation.draw(len(train), generator(self._spec.seed, epoch, "augment"))
        steps = steps_of(self._spec, len(train), epoch, self._team)
        chunk = max(1, _CHUNK_BYTES // (len(steps[0].indices) * train.images[0].numel()))
        for start in range(0, len(steps), chunk):
            part = steps[start : start + chunk]
            indices = torch.cat([step.indices for step in part])
            positions = move(indices, self._device)
            sizes = [len(step.indices) for step in part]
            images = torch.split(
                self._augmentation.apply(train.images.index_select(0, positions), draws.of(indices)), sizes
            )
            labels = torch.split(train.labels.index_select(0, positions), sizes)
            for step, some_images, some_labels in zip(part, images, labels, strict=True):
                yield Batch(images=some_images, labels=some_labels, num_images=step.num_images)

    def eval_batches(self, split: EvalSplit, *, batch_size: int) -> Generator[Batch]:
        """Return this process's share of a split (every `team.size`-th image), as it is."""
        own = self._splits[split]
        for start in range(self._team.rank, len(own), batch_size * self._team.size):
            some = slice(start, start + batch_size * self._team.size, self._team.size)
            yield Batch(images=own.images[some], labels=own.labels[some], num_images=len(own.labels[some]))


def _scaled(spec: RunSpec, side: int) -> AugSpec:
    """Return the augmentation with its pixels, which are those of `data.img_size`, as pixels of images of `side`."""
    share = side / spec.data.img_size
    return spec.aug.model_copy(
        update={
            "crop_padding": round(spec.aug.crop_padding * share),
            "cutout_size": round(spec.aug.cutout_size * share),
        }
    )


class FolderFeed:
    """Images are read and augmented by loader processes, started for each pass."""

    def __init__(
        self,
        spec: RunSpec,
        splits: Mapping[str, ImageFiles],
        *,
        mean: Sequence[float],
        device: torch.device,
        team: Team,
    ) -> None:
        self._spec, self._splits, self._device, self._team = spec, splits, device, team
        self._mean = mean

    def train_batches(self, epoch: int) -> Generator[Batch]:
        """Return this process's share of an epoch, in the order of its steps."""
        files = self._splits["train"]
        steps = steps_of(self._spec, len(files), epoch, self._team)
        images = TrainImages(files, self._spec, mean=self._mean, epoch=epoch)
        return self._load(images, [step.indices.tolist() for step in steps], [step.num_images for step in steps])

    def eval_batches(self, split: EvalSplit, *, batch_size: int) -> Generator[Batch]:
        """Return this process's share of a split (every `team.size`-th image), as it is."""
        files = self._splits[split]
        own = range(self._team.rank, len(files), self._team.size)
        indices = [list(own[start : start + batch_size]) for start in range(0, len(own), batch_size)]
        images = EvalImages(files, self._spec)
        return self._load(images, indices, [len(batch) for batch in indices])

    def _load(
        self, images: "TrainImages | EvalImages", batches: list[list[int]], num_images: list[int]
    ) -> Generator[Batch]:
        loader = DataLoader(
            images,
            batch_sampler=batches,
            num_workers=num_loaders(num_usable_cpus() // self._team.size, torch.get_num_threads()),
            collate_fn=_collate,
            pin_memory=self._device.type == "cuda",
        )
        with warnings.catch_warnings():
            # Python 3.12 warns of forks beside threads; the loader processes touch none of the parent's locks.
            warnings.filterwarnings("ignore", ".*multi-threaded, use of fork.*", DeprecationWarning)
            loaded: Any = iter(loader)
        try:
            for batch, total in zip(loaded, num_images, strict=True):
                if isinstance(batch, DataError):
                    raise batch
                yield Batch(
                    images=batch[0].to(self._device, non_blocking=True),
                    labels=batch[1].to(self._device, non_blocking=True),
                    num_images=total,
                )
        finally:
            # Dropping it would end the loader processes too, but the traceback of an interrupt may hold it.
            loaded._shutdown_workers()  # noqa: SLF001 - torch offers no public way


class TrainImages(Dataset[Item]):
    """Augmented images: what happens to one depends on (seed, epoch, its position) alone, whatever process does it."""

    def __init__(self, files: ImageFiles, spec: RunSpec, *, mean: Sequence[float], epoch: int) -> None:
        self._files, self._spec, self._epoch = files, spec, epoch
        # A resized crop is taken while decoding, from the whole picture.
        in_place = spec.aug.model_copy(update={"crop": "none"}) if spec.aug.crop == "resized" else spec.aug
        self._augmentation = AugmentPipeline(in_place, img_size=spec.data.img_size, mean=mean)

    def __getitem__(self, index: int) -> Item:
        """Return the image (3, H, W) uint8 and its label, or the error that reading it gave."""
        random = generator(self._spec.seed, self._epoch, index, "image")
        choose_box = partial(self._choose_box, random)
        try:
            pixels = read_image(self._files.paths[index], self._spec.data, choose_box=choose_box)
        except DataError as error:
            return error
        changed = self._augmentation.apply(pixels[None], self._augmentation.draw(1, random))[0]
        return changed, int(self._files.labels[index])

    def _choose_box(self, random: torch.Generator, width: int, height: int) -> Box:
        match self._spec.aug.crop:
            case "resized":
                least = self._spec.aug.crop_min_scale
                box = draw_crops(1, height=height, width=width, min_scale=least, random=random)[0]
                top, left, crop_height, crop_width = box.tolist()
                return left, top, left + crop_width, top + crop_height
            case "pad":
                return central_box(width, height)
        return central_box(width, height, share=self._spec.eval.crop)  # as evaluation sees them


class EvalImages(Dataset[Item]):
    """Images as evaluation sees them: the central square of `eval.crop` of the short side."""

    def __init__(self, files: ImageFiles, spec: RunSpec) -> None:
        self._files, self._data = files, spec.data
        self._choose_box = partial(central_box, share=spec.eval.crop)

    def __getitem__(self, index: int) -> Item:
        """Return the image (3, H, W) uint8 and its label, or the error that reading it gave."""
        try:
            pixels = read_image(self._files.paths[index], self._data, choose_box=self._choose_box)
        except DataError as error:
            return error
        return pixels, int(self._files.labels[index])


def _collate(items: list[Item]) -> tuple[torch.Tensor, torch.Tensor] | DataError:
    """Stack a batch. An error travels as a value: raised in a loader process it would arrive as a long traceback."""
    images, labels = [], []
    for item in items:
        if isinstance(item, DataError):
            return item
        images.append(item[0])
        labels.append(item[1])
    return torch.stack(images), torch.tensor(labels)
