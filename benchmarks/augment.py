"""Augmentation alone: images a processor second, beside PIL and torchvision image by image."""

from collections.abc import Callable, Sequence
from pathlib import Path

import torch
from torchvision.transforms import v2

from benchmarks.engines import bench_spec, data_for
from benchmarks.images import images_of
from benchmarks.measure import compare
from benchmarks.plain import PilImages, policy_transform
from benchmarks.print_results import heading, rate, ratio, table
from expdb.domain.spec import RunSpec
from expdb.train.augment.pipeline import AugmentPipeline
from expdb.train.input.splits import ImageTensor

AUGS = ("standard", "autoaugment", "randaugment", "trivialaugment", "augmix")

# Only so many images are done image by image: each costs the same, however many there are.
_SHARE_OF_SLOW = 10


def measure_augmentation(augs: Sequence[str], *, num_images: int, rounds: int, data_dir: Path | None) -> str:
    """Measure whole epochs of augmentation; return a table of images a processor second."""
    device = torch.device("cpu")
    rows = []
    for aug in augs:
        spec = bench_spec("resnet18", aug=aug, batch_size=1)
        data = data_for(spec, num_images=num_images, data_dir=data_dir)
        split = images_of(data)
        num_few = max(1, len(split) // _SHARE_OF_SLOW)
        few = ImageTensor(images=split.images[:num_few], labels=split.labels[:num_few])
        costs = compare(
            {"ours": _ours(spec, split, data.mean), "pil": _pil(spec, few), "v2": _v2(spec, few)},
            rounds=rounds,
            device=device,
        )
        ours = len(split) / costs["ours"].cpu_seconds
        pil, stock = (num_few / costs[name].cpu_seconds for name in ("pil", "v2"))
        rows.append([aug, rate(ours), rate(pil), rate(stock), ratio(ours / pil), ratio(ours / stock)])
    headings = ["augmentation", "expdb", "PIL", "torchvision v2", "expdb / PIL", "expdb / v2"]
    title = f"Augmentation of {num_images:,} images of 32 px: images a processor second"
    return heading(title, device) + "\n" + table(headings, rows)


def _ours(spec: RunSpec, split: ImageTensor, mean: Sequence[float]) -> Callable[[], None]:
    augmentation = AugmentPipeline(spec.aug, img_size=spec.data.img_size, mean=mean)
    epochs = iter(range(1_000_000))

    def work() -> None:
        random = torch.Generator().manual_seed(next(epochs))
        draws = augmentation.draw(len(split), random)
        for some in torch.split(torch.randperm(len(split), generator=random), 10_000):
            augmentation.apply(split.images.index_select(0, some), draws.of(some))

    return work


def _pil(spec: RunSpec, split: ImageTensor) -> Callable[[], None]:
    images = PilImages(split, spec)

    def work() -> None:
        for index in range(len(split)):
            images[index]

    return work


def _v2(spec: RunSpec, split: ImageTensor) -> Callable[[], None]:
    steps = [v2.RandomCrop(spec.data.img_size, padding=spec.aug.crop_padding), v2.RandomHorizontalFlip()]
    transform = v2.Compose([*steps, *policy_transform(spec, v2)])

    def work() -> None:
        for image in split.images:
            transform(image)

    return work
