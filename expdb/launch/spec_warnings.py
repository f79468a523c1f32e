"""What a spec asks for that is likely not meant: told in a line each before a run is recorded, and in the dry run."""

import numpy as np

from expdb.catalog.datasets import dataset
from expdb.catalog.models import small_patch
from expdb.data.holdout import split_training
from expdb.data.image_folders import find_pictures, folder_root
from expdb.data.image_source import Labels
from expdb.data.test_limit import choose_test
from expdb.domain.spec import RunSpec


def spec_warnings(spec: RunSpec) -> list[str]:
    """Return what somebody should know of a spec that can be trained.

    The splits are made on paper, by the classes of a folder's images or, of a dataset with a name, by the numbers of
    its images: nothing has to be there yet.

    Raises:
        SpecError: the model cannot be built, the dataset not be divided as `limit`, `val_fraction` or `test_limit`
            say, or a folder lacks splits, classes or images.
    """
    from expdb.train.model.count import describe_model  # torch: seconds to import

    return [*_of_splits(spec), *_of_sizes(spec, describe_model(spec).last_grid)]


def _of_splits(spec: RunSpec) -> list[str]:
    data = spec.data
    labels = _labels(spec)
    if labels is None:
        return []
    train, test = labels
    if not spec.is_trained:
        asked = f"data.test_limit={data.test_limit}"
        return _lacking(spec, test[choose_test(test, data)], asked, "test") if data.test_limit else []
    trained, held_out = split_training(train, data)
    told = []
    if data.limit is not None or data.val_fraction:
        asked = " and ".join(
            f"data.{key}={getattr(data, key):g}" for key in ("limit", "val_fraction") if getattr(data, key)
        )
        told += _lacking(spec, train[trained], f"{asked}: {len(trained):,} images are left to train on", "training")
    if data.val_fraction:
        asked = f"data.val_fraction={data.val_fraction:g}: {len(held_out):,} images are held out"
        told += _lacking(spec, train[held_out], asked, "validation")
    tested = choose_test(test, data)
    if data.test_limit is not None:
        told += _lacking(spec, test[tested], f"data.test_limit={data.test_limit}", "test")
    if spec.batch_size > len(trained):
        told.append(
            f"batch_size={spec.batch_size:,} is more than the {len(trained):,} training images: an epoch is one step "
            "with all of them"
        )
    return told


def _labels(spec: RunSpec) -> tuple[Labels, Labels] | None:
    """Return the labels of the training and test images; of a dataset with a name as if its classes were alike."""
    entry = dataset(spec.data.dataset)
    if entry.source == "folder":
        splits = find_pictures(folder_root(entry.name)).splits
        return splits["train"].labels, splits["test"].labels
    if entry.num_train is None or entry.num_test is None:
        return None
    train, test = (np.arange(number) % entry.num_classes for number in (entry.num_train, entry.num_test))
    return train, test


def _lacking(spec: RunSpec, labels: Labels, why: str, split: str) -> list[str]:
    num_classes = spec.data.num_classes
    num_without = num_classes - len(np.unique(labels))
    return [f"{why}; {num_without} of {num_classes} classes have no {split} images"] if num_without else []


def _of_sizes(spec: RunSpec, last_grid: tuple[int, int] | None) -> list[str]:
    told = []
    side, name = spec.data.img_size, spec.model.name
    patch = small_patch(spec)
    if patch is not None:
        pixels = "one pixel" if patch == 1 else f"{patch} pixels"
        told.append(
            f"data.img_size={side}: {name} looks at {(side // patch) ** 2:,} patches of {pixels}, as {side} has no "
            "better divisor: choose another size"
        )
    if last_grid == (1, 1):
        told.append(
            f"data.img_size={side}: the last feature map of {name} is 1 x 1, too coarse to tell places apart: choose "
            "larger images or a model for small ones"
        )
    return told
