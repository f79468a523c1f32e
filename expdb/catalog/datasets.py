"""The datasets that have a name. To add one: an entry here (a new kind of source: also in `data/dataset_files.py`)."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from expdb.catalog.split_folders import class_names, deeper_hint, train_folder
from expdb.domain.spec import FOLDER_PREFIX
from expdb.errors import NotFoundError, SpecError, unknown


@dataclass(frozen=True, kw_only=True)
class Dataset:
    """What is known of a dataset before any image is read.

    Attributes:
        source: which reader loads it.
        files: of which dataset its files are, where it is a copy of another; empty: its own.
        label: as tables print it; empty: its name.
        img_size: input side used unless asked otherwise, in pixels.
        mean, std: per channel, of training images scaled to [0, 1].
        has_mirror_symmetry: a mirrored image is still of its class (not so for digits): flips are allowed.
        where: files to put under the data folder when there is no network, as a person needs to be told.
    """

    name: str
    title: str
    source: Literal["digits", "cifar", "fashion_mnist", "folder"]
    num_classes: int
    channels: Literal[1, 3]
    img_size: int
    mean: tuple[float, ...]
    std: tuple[float, ...]
    num_train: int | None = None
    num_test: int | None = None
    has_mirror_symmetry: bool = True
    where: str = ""
    files: str = ""
    label: str = ""


_CIFAR10_MEAN, _CIFAR10_STD = (0.4914, 0.4822, 0.4465), (0.2470, 0.2435, 0.2616)
_CIFAR100_MEAN, _CIFAR100_STD = (0.5071, 0.4865, 0.4409), (0.2673, 0.2564, 0.2762)
_IMAGENET_MEAN, _IMAGENET_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)

DATASETS: dict[str, Dataset] = {
    entry.name: entry
    for entry in (
        Dataset(
            name="cifar10",
            title="CIFAR-10: 32x32 colour photographs",
            source="cifar",
            num_classes=10,
            channels=3,
            img_size=32,
            mean=_CIFAR10_MEAN,
            std=_CIFAR10_STD,
            num_train=50_000,
            num_test=10_000,
            where="cifar-10-batches-py/ (the Python pickles) or cifar10/**/{train,test}-*.parquet",
        ),
        # Saved again as JPEG it is another dataset: published networks lose ten points on it, so that an accuracy on it
        # never stands beside one on the original.
        Dataset(
            name="cifar10_jpeg",
            title="a copy of CIFAR-10 whose images were saved as JPEG",
            source="cifar",
            num_classes=10,
            channels=3,
            img_size=32,
            mean=_CIFAR10_MEAN,
            std=_CIFAR10_STD,
            num_train=50_000,
            num_test=10_000,
            where="cifar10/**/{train,test}-*.parquet with JPEG files in it",
            files="cifar10",
            label="CIFAR-10 (JPEG copy)",
        ),
        Dataset(
            name="cifar100",
            title="CIFAR-100: 32x32 colour photographs",
            source="cifar",
            num_classes=100,
            channels=3,
            img_size=32,
            mean=_CIFAR100_MEAN,
            std=_CIFAR100_STD,
            num_train=50_000,
            num_test=10_000,
            where="cifar-100-python/ (the Python pickles) or cifar100/**/{train,test}-*.parquet",
        ),
        Dataset(
            name="digits",
            title="scikit-learn's handwritten digits: 8x8 grey, bundled",
            source="digits",
            num_classes=10,
            channels=1,
            img_size=16,
            mean=(0.3053,),
            std=(0.3765,),
            num_train=1_437,
            num_test=360,
            has_mirror_symmetry=False,
        ),
        Dataset(
            name="fashion_mnist",
            title="Fashion-MNIST: 28x28 grey pictures of clothes",
            source="fashion_mnist",
            num_classes=10,
            channels=1,
            img_size=28,
            mean=(0.2860,),
            std=(0.3530,),
            num_train=60_000,
            num_test=10_000,
            where="FashionMNIST/raw/{train,t10k}-{images-idx3,labels-idx1}-ubyte[.gz]",
        ),
    )
}


def dataset(name: str) -> Dataset:
    """Return the dataset of that name; `folder:PATH` is read from the names of its class folders.

    Raises:
        NotFoundError: no such catalog name.
        SpecError: the folder does not exist or has no classes.
    """
    if name.startswith(FOLDER_PREFIX):
        return _folder(name)
    if name not in DATASETS:
        raise NotFoundError(unknown("dataset", name, [*DATASETS, FOLDER_PREFIX + "PATH"], listing="expdb datasets"))
    return DATASETS[name]


def normalisation(name: str, entry: Dataset) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return mean and std of each channel, of images scaled to [0, 1], that `data.normalize` asks for.

    Args:
        name: `dataset` for the images' own, `half`, `imagenet`, or a dataset whose numbers a network was trained with.
        entry: the dataset whose images are normalised.

    Raises:
        SpecError: no such name, or its images have other channels.
    """
    known = {
        "dataset": (entry.mean, entry.std),
        "half": ((0.5,) * entry.channels,) * 2,
        "imagenet": (_IMAGENET_MEAN, _IMAGENET_STD),
        **{each.name: (each.mean, each.std) for each in DATASETS.values()},
    }
    if name not in known:
        raise SpecError(f"data.normalize={name!r} is not known: choose {', '.join(known)}")
    if len(known[name][0]) != entry.channels:
        raise SpecError(
            f"data.normalize={name}: its images have {len(known[name][0])} channels, those of {entry.name} "
            f"{entry.channels}: choose dataset or half"
        )
    return known[name]


def dataset_label(name: str) -> str:
    """Return what tables call a dataset: mostly its name, and `folder:clothing` for a folder, whatever its path."""
    if name.startswith(FOLDER_PREFIX):
        return FOLDER_PREFIX + Path(name.removeprefix(FOLDER_PREFIX)).name
    return (name in DATASETS and DATASETS[name].label) or name


def tested_part(dataset: str, test_limit: int | None) -> str | None:
    """Return of how many test images results are, as in "50 of 360 test images"; None where they are of all."""
    if test_limit is None:
        return None
    known = DATASETS.get(dataset)
    of_all = f"{known.num_test:,}" if known is not None and known.num_test is not None else "its"
    return f"{test_limit:,} of {of_all} test images"


def _folder(name: str) -> Dataset:
    root = Path(name.removeprefix(FOLDER_PREFIX)).expanduser()
    if not root.is_dir():
        raise SpecError(f"no folder {str(root)!r}: dataset folder:PATH wants a folder with train/ and test/")
    train = train_folder(root)
    classes = class_names(train)
    if len(classes) < 2:
        raise SpecError(f"{str(train)!r} holds {len(classes)} class folders: at least 2 are needed{deeper_hint(train)}")
    return Dataset(
        name=name,
        title=f"images in {root}",
        source="folder",
        num_classes=len(classes),
        channels=3,
        img_size=224,
        mean=_IMAGENET_MEAN,
        std=_IMAGENET_STD,
    )
