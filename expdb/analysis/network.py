"""A trained network and the test images that it is asked about: loaded once, for all that one analysis does with it."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import torch
from torch import nn

from expdb.domain.spec import RunSpec
from expdb.train.augment.progressive import resize
from expdb.train.distributed import team_of
from expdb.train.input.batches import make_feed
from expdb.train.input.splits import TrainingData, find_data, load_test, normalisation_of, places_of_test
from expdb.train.model.teacher import network_of_run

BATCH = 256  # images; results do not depend on it beyond rounding, so it is no setting
_IMAGES_OF_BATCH = 32 * 32 * BATCH  # pixels of one batch: larger images go in smaller batches


@dataclass(kw_only=True)
class Network:
    """A run's network in evaluation mode, float32, with images of its test split.

    Attributes:
        model: gives (B, num_classes) logits of normalised images (B, C, H, W).
        images: (N, C, H, W) uint8 on the CPU, at the side at which they are stored.
        labels: (N,) int64 on the CPU.
        positions: (N,) int64, which images of the run's own test split these are, as predictions count them; all
            where none are given.
        mean, std: (C, 1, 1) float32, of images in [0, 1].
        tell: called with the number of images that went through the network so far.
        num_forward: that number.
    """

    spec: RunSpec
    model: nn.Module
    images: torch.Tensor
    labels: torch.Tensor
    mean: torch.Tensor
    std: torch.Tensor
    device: torch.device
    positions: torch.Tensor = field(default_factory=lambda: torch.empty(0, dtype=torch.int64))
    tell: Callable[[int], None] = field(default=lambda _: None)
    num_forward: int = 0

    def __post_init__(self) -> None:
        if not len(self.positions):
            self.positions = torch.arange(len(self.images))

    @property
    def pixels(self) -> torch.Tensor:
        """The images as (N, C, H, W) float32 in [0, 1]: 12 KB each at 32 px, so take few of large ones."""
        return self.images.float() / 255

    @property
    def data_digest(self) -> str:
        """16 hex digits that name these images with their labels, in this order."""
        hasher = hashlib.blake2b(str(tuple(self.images.shape)).encode(), digest_size=8)
        hasher.update(self.images.contiguous().numpy().reshape(-1).data)
        hasher.update(self.labels.numpy().tobytes())
        return hasher.hexdigest()

    @property
    def batch_size(self) -> int:
        """Images that go through the network at once."""
        side = max(self.images.shape[-1], self.spec.data.img_size)
        return max(1, min(BATCH, _IMAGES_OF_BATCH // side**2))

    def batches(self, num_images: int | None = None) -> Iterator[slice]:
        """Yield the images in parts that go through the network at once: all, or the first so many."""
        total = len(self.images) if num_images is None else num_images
        for start in range(0, total, self.batch_size):
            yield slice(start, min(start + self.batch_size, total))

    def prepared(self, pixels: torch.Tensor) -> torch.Tensor:
        """Return images (B, C, H, W) in [0, 1] as the network takes them: normalised, at its side, on its device.

        What was done to them may have left [0, 1]: that is cut off here, so that every change is one that an image
        can have.
        """
        inside = pixels.to(self.device, torch.float32).clamp(0, 1)
        normalised = ((inside - self.mean) / self.std).contiguous(memory_format=torch.channels_last)
        return resize(normalised, self.spec.data.img_size)

    @torch.no_grad()
    def logits(self, pixels: torch.Tensor) -> torch.Tensor:
        """Return (B, num_classes) float32 logits, on the CPU, of images (B, C, H, W) in [0, 1]; any number of them."""
        parts = []
        for some in torch.split(pixels, self.batch_size):
            parts.append(self.model(self.prepared(some)).float().cpu())
            self.count(len(some))
        return torch.cat(parts)

    def count(self, num_images: int) -> None:
        """Note that images went through the network, and tell it."""
        self.num_forward += num_images
        self.tell(self.num_forward)

    def clean_hits(self) -> torch.Tensor:
        """Return which images it gets right as they are, (N,) bool."""
        return self.hits(lambda pixels, _: pixels)

    def hits(self, change: Callable[[torch.Tensor, slice], torch.Tensor]) -> torch.Tensor:
        """Return which images it gets right after a change, (N,) bool.

        Args:
            change: gives (B, C, H, W) in [0, 1] of the images (B, C, H, W) at these places.
        """
        found = []
        for some in self.batches():
            pixels = self.images[some].float() / 255
            found.append(self.logits(change(pixels, some)).argmax(1) == self.labels[some])
        return torch.cat(found)


def open_network(
    spec: RunSpec, weights: Path, *, run_id: int, data_dir: Path, most: int, device: torch.device
) -> Network:
    """Load a run's network, and images of its test split.

    Args:
        spec: of the run.
        weights: its final ones.
        run_id: what errors name it by.
        data_dir: where datasets are.
        most: at most so many images, as many of each class as can be; 0: all.
        device: to compute on.

    Raises:
        SpecError: the network cannot be built, or its code is another by now.
        DataError: weights or images cannot be read.
    """
    model = network_of_run(spec, weights, setting=f"run {run_id}", device=device)
    find_data(spec, data_dir)
    test = load_test(spec, data_dir, most=most)
    mean, std = normalisation_of(spec)
    data = TrainingData(train=test, val=None, test=test, mean=mean, std=std)
    cpu = torch.device("cpu")
    feed = make_feed(spec, data, device=cpu, team=team_of(spec.model_copy(update={"gpus": 1})))
    batches = list(feed.eval_batches("test", batch_size=BATCH))
    return Network(
        spec=spec,
        model=model,
        images=torch.cat([batch.images for batch in batches]),
        labels=torch.cat([batch.labels for batch in batches]),
        mean=torch.tensor(mean, device=device)[:, None, None],
        std=torch.tensor(std, device=device)[:, None, None],
        device=device,
        positions=torch.from_numpy(places_of_test(spec, data_dir, most=most)),
    )
