"""The splits of a dataset that is a folder of pictures, as a run uses them. Imports no torch."""

from collections import Counter
from dataclasses import dataclass
from typing import Final

from expdb.data.check_pictures import read_ahead
from expdb.data.holdout import split_training
from expdb.data.image_folders import ImageFiles, find_pictures, folder_root, images_per_class
from expdb.data.picture_counts import counts_text, recorded_counts
from expdb.data.test_limit import choose_test
from expdb.domain.spec import DataSpec
from expdb.errors import SpecError

_MOST_NAMED: Final = 12  # classes; more nobody reads one by one


@dataclass(frozen=True, kw_only=True)
class FolderData:
    """What a run trains on, chooses by and reports on.

    Attributes:
        classes: names, by label.
        counts: what reading does to how many pictures, what is left out, and classes without images.
        is_decoded: whether every picture was decoded, or headers alone were read.
    """

    classes: tuple[str, ...]
    train: ImageFiles
    val: ImageFiles | None
    test: ImageFiles
    counts: dict[str, int]
    is_decoded: bool


def read_folder(data: DataSpec) -> FolderData:
    """List the pictures of a run, and see that they can be read.

    Raises:
        DataError: a picture, or a folder, cannot be read.
        SpecError: the folder lacks splits, classes or images, or `val_fraction`, `limit` or `test_limit` cannot be had.
    """
    found = find_pictures(folder_root(data.dataset))
    splits = found.splits
    if "val" in splits and data.val_fraction:
        raise SpecError(
            f"data.val_fraction={data.val_fraction:g} has no effect: {data.dataset} has a "
            "validation folder; leave it out"
        )
    chosen, held_out = split_training(splits["train"].labels, data)
    val = splits.get("val") or (splits["train"].of(held_out) if len(held_out) else None)
    used = {"training": splits["train"].of(chosen), "test": splits["test"].of(choose_test(splits["test"].labels, data))}
    if val is not None:
        used["validation"] = val
    read, is_decoded = read_ahead(list(used.values()), data)
    used = dict(zip(used, read, strict=True))
    without = {name: len(without_images(files, found.classes)) for name, files in used.items()}
    words = Counter(word for files in read for words in files.readings for word in words)
    return FolderData(
        classes=found.classes,
        train=used["training"],
        val=used.get("validation"),
        test=used["test"],
        counts=recorded_counts(words, found.left_out, without),
        is_decoded=is_decoded,
    )


def describe_folder(folder: FolderData) -> list[tuple[str, str]]:
    """Return what there is of each class, and what was done with the files, by what it is called."""
    splits = {"training": folder.train, "validation": folder.val, "test": folder.test}
    rows = [
        (f"{name} images", f"{len(files):,} ({_by_class(files, folder.classes)})")
        for name, files in splits.items()
        if files is not None
    ]
    looked = "decoded" if folder.is_decoded else "headers and sizes read (data.verify=all decodes them)"
    return [
        *rows,
        ("checked", f"every picture {looked}"),
        ("pictures", counts_text(folder.counts) or "nothing left out"),
    ]


def without_images(files: ImageFiles, classes: tuple[str, ...]) -> list[str]:
    """Return the classes that a split has no images of."""
    counts = images_per_class(files, len(classes))
    return [name for name, count in zip(classes, counts, strict=True) if count == 0]


def _by_class(files: ImageFiles, classes: tuple[str, ...]) -> str:
    counts = images_per_class(files, len(classes))
    if len(classes) <= _MOST_NAMED:
        return ", ".join(f"{name} {count:,}" for name, count in zip(classes, counts, strict=True))
    none = without_images(files, classes)
    named = ", ".join(none[:_MOST_NAMED]) + (", ..." if len(none) > _MOST_NAMED else "")
    return f"{counts.min():,} to {counts.max():,} a class" + (f"; none of {named}" if none else "")
