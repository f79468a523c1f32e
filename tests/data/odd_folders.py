"""Odd folders that people report (other tools' exports, what systems leave behind), each with what must happen."""

import os
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from PIL import Image

PICTURE = Image.new("RGB", (8, 8), (200, 100, 50))
HIDDEN, LOOSE, BESIDE = "hidden", "images outside of class folders", "images outside of the splits"
PLAIN = ("train/cat/1.png", "train/dog/1.png", "test/cat/1.png", "test/dog/1.png")


@dataclass(frozen=True, kw_only=True)
class OddFolder:
    """One dataset, and what must happen to it.

    Attributes:
        pictures: paths below the dataset's folder, where small pictures lie.
        others: paths of files that are something else.
        links: from a path below the folder to what its symbolic link says.
        build: makes what else there is.
        classes: names that are read, in the order of the labels.
        numbers: of images for training, validation (0: no such split) and testing.
        left_out: number of files by reason.
        refused: words of the line that refuses the folder, in place of all that.
    """

    pictures: Sequence[str] = PLAIN
    others: Sequence[str] = ()
    links: Mapping[str, str] = field(default_factory=dict)
    build: Callable[[Path], object] | None = None
    classes: Sequence[str] = ("cat", "dog")
    numbers: tuple[int, int, int] = (2, 0, 2)
    left_out: Mapping[str, int] = field(default_factory=dict)
    refused: str | None = None

    def write(self, root: Path) -> None:
        """Make it."""
        for name in self.pictures:
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            kind = "JPEG" if Path(name).suffix.lower() in (".jpg", ".jpeg") else "PNG"
            PICTURE.save(root / name, kind)
        for name in self.others:
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text("no picture", encoding="utf-8")
        for name, target in self.links.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).symlink_to(target)
        if self.build is not None:
            self.build(root)


def _refused(words: str, *pictures: str, others: Sequence[str] = ()) -> OddFolder:
    return OddFolder(pictures=pictures, others=others, refused=words)


def _splits(*splits: str, folder: str = "{split}/{name}/1.png") -> tuple[str, ...]:
    return tuple(folder.format(split=split, name=name) for split in splits for name in ("cat", "dog"))


_COMPOSED, _APART = (unicodedata.normalize(form, "café") for form in ("NFC", "NFD"))

ODD_FOLDERS: dict[str, OddFolder] = {
    # Left behind by notebooks, archives and file managers.
    "checkpoints_of_a_notebook": OddFolder(
        pictures=(
            *PLAIN,
            "train/.ipynb_checkpoints/1-checkpoint.png",
            "train/cat/.ipynb_checkpoints/1-checkpoint.png",
            ".ipynb_checkpoints/1.png",
        ),
        left_out={HIDDEN: 2},
    ),
    "archive_of_a_mac": OddFolder(
        pictures=(*PLAIN, "train/cat/._1.png", "train/__MACOSX/cat/._1.png", "__MACOSX/train/cat/._1.png"),
        others=("train/.DS_Store", "train/cat/.DS_Store", "test/.DS_Store"),
        left_out={HIDDEN: 5},
    ),
    "thumbnails_of_windows": OddFolder(
        others=("train/cat/Thumbs.db", "train/desktop.ini", "test/dog/Desktop.ini"), left_out={HIDDEN: 3}
    ),
    "thumbnails_of_a_storage_box": OddFolder(
        pictures=(*PLAIN, "train/cat/@eaDir/1.png/thumb.png"), left_out={HIDDEN: 1}
    ),
    "repository_of_git": OddFolder(others=(".git/config", ".gitattributes")),
    "backups_of_an_editor": OddFolder(
        others=("train/cat/1.png~", "train/cat/1.JPG~"), left_out={".png~": 1, ".jpg~": 1}
    ),
    # Names of splits.
    **{
        f"{name}_is_validation": OddFolder(pictures=(*PLAIN, *_splits(name)), numbers=(2, 2, 2))
        for name in ("val", "valid", "validation", "Val", "VALIDATION")
    },
    "two_folders_for_validation": OddFolder(
        pictures=(*PLAIN, *_splits("val", "valid")), refused="val/ and valid/, which are one split"
    ),
    "splits_in_capitals": OddFolder(pictures=_splits("Train", "TEST")),
    "no_test_split": _refused("has no test/ folder: val/ serves for choosing", *_splits("train", "val")),
    "training_and_testing": _refused(
        r"no train/ folder \(it holds testing/, training/\): rename testing/ to test/, training/ to train/$",
        *_splits("training", "testing"),
    ),
    "training_set_and_test_set": _refused(
        "rename test_set/ to test/, training_set/ to train/$", *_splits("training_set", "test_set")
    ),
    "splits_with_words_before": _refused(
        "rename seg_test/ to test/, seg_train/ to train/, seg_val/ to val/$",
        *_splits("seg_train", "seg_test", "seg_val"),
    ),
    "test_set_beside_train": _refused("no test/ folder: rename test_set/ to test/$", *_splits("train", "test_set")),
    "splits_one_level_too_deep": _refused(
        r"holds 1 class folders: .* \(train/ holds 2: if they are the classes, move them up\)$",
        *_splits("train/train", "test/test"),
    ),
    "classes_without_splits": _refused(
        r"no train/ folder \(it holds cat/, dog/\): if these are the classes, make train/ and test/ and put a part "
        "of each class into both, as train/cat/ and test/cat/$",
        *("cat/1.png", "dog/1.png"),
    ),
    "years_in_the_names": _refused(
        "no train/ folder", *_splits("train2017", "val2017"), others=("annotations/a.json",)
    ),
    "folder_in_a_folder": _refused(r"use folder:.*/pets", *_splits("pets/train", "pets/test")),
    "folder_two_levels_down": _refused(r"use folder:.*/Dataset/images$", *_splits("Dataset/images/train")),
    "folder_three_levels_down": _refused(r"use folder:.*/a/b/c$", *_splits("x/y", "a/b/c/Train")),
    "folder_further_down": _refused(r"no train/ folder \(it holds a/\): expected", *_splits("a/b/c/d/train")),
    "train_is_a_file": _refused("no train/ folder", *_splits("test"), others=("train",)),
    "empty_folder": _refused("no train/ folder"),
    # Exports of other tools.
    "kaggle_with_a_table_of_labels": _refused(
        "holds 0 class folders",
        "train/1.jpg",
        "train/2.jpg",
        "test/3.jpg",
        others=("labels.csv", "sample_submission.csv"),
    ),
    "kaggle_with_a_flat_test": _refused(
        "test' holds no images .*1 images outside of class folders", *_splits("train"), "test/9.jpg"
    ),
    "roboflow_with_one_table_a_split": _refused(
        "holds 0 class folders",
        "train/1.jpg",
        "valid/2.jpg",
        "test/3.jpg",
        others=("train/_classes.csv", "README.roboflow.txt"),
    ),
    "roboflow_with_class_folders": OddFolder(
        pictures=_splits("train", "valid", "test", folder="{split}/{name}/1_jpg.rf.0a1b.jpg"),
        others=("README.dataset.txt", "README.roboflow.txt"),
        numbers=(2, 2, 2),
    ),
    "yolo_with_images_above": _refused(
        "no train/ folder", "images/train/1.jpg", "images/val/2.jpg", others=("labels/train/1.txt",)
    ),
    "yolo_with_images_below": _refused(
        r"train/labels' holds no images .*2 \.txt",
        "train/images/1.jpg",
        "test/images/2.jpg",
        others=("train/labels/1.txt", "test/labels/2.txt", "data.yaml"),
    ),
    "hugging_face_with_metadata": OddFolder(
        others=("train/metadata.csv", "train/cat/metadata.jsonl"), left_out={".csv": 1, ".jsonl": 1}
    ),
    "hugging_face_below_data": _refused(
        r"use folder:.*/data", *_splits("data/train", "data/test"), others=("README.md",)
    ),
    "tiny_imagenet_as_it_comes": _refused(
        "test/images' is a class that train/ does not have",
        "train/n01/images/1.JPEG",
        "train/n02/images/1.JPEG",
        "val/images/1.JPEG",
        "test/images/1.JPEG",
        others=("val/val_annotations.txt", "wnids.txt", "words.txt"),
    ),
    "tiny_imagenet_sorted": OddFolder(
        pictures=_splits("train", "val", "test", folder="{split}/{name}/images/1.JPEG"),
        others=("train/cat/cat_boxes.txt", "val/val_annotations.txt"),
        numbers=(2, 2, 2),
        left_out={".txt": 2},
    ),
    "boxes_beside_images": OddFolder(others=("train/cat/1.xml", "train/cat/1.json"), left_out={".xml": 1, ".json": 1}),
    "other_pictures_beside": OddFolder(
        pictures=(*PLAIN, "extra/a/1.png", "unsorted/2.png", "cover.png"), left_out={BESIDE: 3}
    ),
    "pictures_beside_the_classes": OddFolder(pictures=(*PLAIN, "train/stray.png"), left_out={LOOSE: 1}),
    "archives_in_a_class": OddFolder(
        others=("train/cat/more.zip", "train/cat/noext"), left_out={".zip": 1, "without a suffix": 1}
    ),
    # Classes.
    "one_class": _refused("holds 1 class folders", "train/cat/1.png", "test/cat/1.png"),
    "class_of_test_alone": OddFolder(
        pictures=(*PLAIN, "test/emu/1.png"), refused="test/emu' is a class that train/ does not have"
    ),
    "class_without_test_images": OddFolder(pictures=PLAIN[:3], numbers=(2, 0, 1)),
    "class_whose_validation_is_missing": OddFolder(pictures=(*PLAIN, "val/cat/1.png"), numbers=(2, 1, 2)),
    "empty_class": OddFolder(build=lambda root: (root / "train/emu").mkdir(), refused="train/emu' holds no images"),
    "class_without_pictures": OddFolder(
        others=("train/emu/1.svg", "train/emu/2.svg"), refused=r"train/emu' holds no images .*2 \.svg"
    ),
    "class_of_broken_pictures": OddFolder(
        others=("train/emu/1.png", "train/emu/2.png"), refused=r"broken image .*train/emu/1\.png'.*\(and 1 more"
    ),
    "classes_that_differ_in_case": OddFolder(
        pictures=tuple(f"{split}/{name}/1.png" for split in ("train", "test") for name in ("cat", "Cat")),
        classes=("Cat", "cat"),
    ),
    "class_in_another_case_in_test": _refused(
        "test/Dog' is a class that train/ does not have", *PLAIN[:3], "test/Dog/1.png"
    ),
    "class_of_two_unicode_forms": OddFolder(
        pictures=(
            f"train/{_COMPOSED}/1.png",
            f"train/{_APART}/2.png",
            "train/tea/1.png",
            f"test/{_APART}/1.png",
            "test/tea/1.png",
        ),
        classes=(_COMPOSED, "tea"),
        numbers=(3, 0, 2),
    ),
    "classes_of_numbers": OddFolder(
        pictures=tuple(f"{split}/{name}/1.png" for split in ("train", "test") for name in (1, 2, 10)),
        classes=("1", "10", "2"),
        numbers=(3, 0, 3),
    ),
    "names_of_all_kinds": OddFolder(
        pictures=tuple(
            f"{split}/{name}/1.png"
            for split in ("train", "test")
            for name in ("a b", "c\nd", "\N{CAT FACE}", "e\udce9f", "[red]g")
        ),
        classes=("[red]g", "a b", "c\nd", "e\udce9f", "\N{CAT FACE}"),
        numbers=(5, 0, 5),
    ),
    "class_of_subfolders": OddFolder(
        pictures=(*PLAIN, "train/cat/persian/2.png", "train/cat/tabby/old/3.png"), numbers=(4, 0, 2)
    ),
    "folder_named_as_a_picture": OddFolder(pictures=(*PLAIN, "train/cat/x.jpg/2.png"), numbers=(3, 0, 2)),
    # Links.
    "linked_pictures": OddFolder(links={"train/cat/2.png": "../dog/1.png"}, numbers=(3, 0, 2)),
    "linked_class": OddFolder(
        pictures=(*PLAIN[:2], *PLAIN[2:], "store/emu/1.png"),
        links={"train/emu": "../store/emu"},
        classes=("cat", "dog", "emu"),
        numbers=(3, 0, 2),
        left_out={BESIDE: 1},
    ),
    "linked_split": OddFolder(
        pictures=_splits("train", "held/test"), links={"test": "held/test"}, left_out={BESIDE: 2}
    ),
    "linked_folder_in_a_class": OddFolder(
        pictures=(*PLAIN, "store/2.png"),
        links={"train/cat/more": "../../store"},
        numbers=(3, 0, 2),
        left_out={BESIDE: 1},
    ),
    "link_in_a_circle": OddFolder(
        links={"train/cat/again": ".", "train/cat/up": "..", "train/dog/root": "../.."},
        left_out={"links to folders that are read already": 3},
    ),
    "link_to_itself": OddFolder(links={"train/cat/2.png": "2.png"}, refused=r"train/cat/2\.png"),
    "link_to_nothing": OddFolder(
        links={"train/cat/2.png": "gone.png"}, refused=r"cannot read the image .*train/cat/2\.png'"
    ),
    "class_linked_to_another": OddFolder(
        links={"train/emu": "cat"}, classes=("cat", "dog", "emu"), refused="in two classes, cat and emu"
    ),
    "hard_links": OddFolder(
        build=lambda root: os.link(root / "train/cat/1.png", root / "train/cat/2.png"), numbers=(3, 0, 2)
    ),
    "pipe_named_as_a_picture": OddFolder(
        build=lambda root: os.mkfifo(root / "train/cat/2.png"), left_out={"no plain files": 1}
    ),
}
