"""What is told before a run is recorded, because it is likely not meant."""

from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from expdb.errors import SpecError
from expdb.launch.spec_warnings import spec_warnings
from tests.factories import make_spec

QUIET: dict[str, Any] = {"model__name": "resnet_mini", "data__img_size": 16, "batch_size": 32}


def told(**settings: Any) -> list[str]:
    return spec_warnings(make_spec(**(QUIET | settings)))


def write_folder(root: Path, **numbers: tuple[int, int]) -> str:
    """Make a folder dataset; keywords are classes with their training and test images."""
    for name, splits in numbers.items():
        for split, number in zip(("train", "test"), splits, strict=True):
            (root / split / name).mkdir(parents=True)
            for index in range(number):
                Image.new("RGB", (8, 8), (index, 0, 0)).save(root / split / name / f"{index}.png")
    return f"folder:{root}"


def test_ordinary_runs_are_told_nothing() -> None:
    assert told() == []
    assert told(model__name="vit_mini", data__img_size=32, data__limit=500, data__val_fraction=0.1) == []
    assert spec_warnings(make_spec(data__dataset="cifar10", model__name="resnet50", data__test_limit=1000)) == []


def test_fewer_training_images_than_classes_are_told() -> None:
    (line,) = told(data__limit=4, batch_size=4)

    assert line == "data.limit=4: 4 images are left to train on; 6 of 10 classes have no training images"


def test_as_many_training_images_as_classes_give_each_one() -> None:
    assert told(data__limit=10, batch_size=10) == []


def test_small_class_of_a_folder_that_the_limit_leaves_out_is_told(tmp_path: Path) -> None:
    name = write_folder(tmp_path / "few", many=(40, 2), few=(1, 2))
    settings = {"data__dataset": name, "data__limit": 3, "batch_size": 2}

    lines = told(**settings)

    assert len(lines) == 1
    assert "data.limit=3" in lines[0]
    assert "1 of 2 classes have no training images" in lines[0]


def test_fewer_validation_images_than_classes_are_told() -> None:
    (line,) = told(data__val_fraction=0.005)

    assert line == "data.val_fraction=0.005: 7 images are held out; 3 of 10 classes have no validation images"


def test_fewer_test_images_than_classes_are_told() -> None:
    assert told(data__test_limit=9) == ["data.test_limit=9; 1 of 10 classes have no test images"]


def test_batch_larger_than_the_training_split_is_told() -> None:
    (line,) = told(batch_size=2000)

    assert line == ("batch_size=2,000 is more than the 1,437 training images: an epoch is one step with all of them")


@pytest.mark.parametrize(
    ("name", "side", "words"),
    [
        ("vit_mini", 17, "289 patches of one pixel, as 17 has no better divisor"),
        ("vit_mini", 67, "4,489 patches of one pixel, as 67"),
        ("vit_mini", 34, "289 patches of 2 pixels, as 34"),
        ("deit_tiny_patch16_224", 31, "961 patches of one pixel"),
    ],
)
def test_image_size_that_leaves_tiny_patches_is_told(name: str, side: int, words: str) -> None:
    lines = told(model__name=name, data__img_size=side)

    assert [line for line in lines if words in line] == lines
    assert lines


@pytest.mark.parametrize("side", [16, 20, 28, 32, 48, 64, 96, 224])
def test_usual_image_sizes_of_transformers_are_told_nothing(side: int) -> None:
    assert told(model__name="vit_mini", data__img_size=side) == []


def test_patch_that_was_asked_for_is_told_nothing() -> None:
    assert told(model__name="vit_mini", data__img_size=16, model__kwargs={"img_size": 16, "patch_size": 1}) == []


def test_last_feature_map_of_one_place_is_told() -> None:
    (line,) = told(data__img_size=8)

    assert line.startswith("data.img_size=8: the last feature map of resnet_mini is 1 x 1")


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"data__limit": 1438}, "data.limit=1438 has no effect: digits has 1437 training images"),
        ({"data__limit": 1400, "data__val_fraction": 0.1}, "data.limit=1400 has no effect: digits has 1293"),
        ({"data__val_fraction": 0.0001}, "data.val_fraction=0.0001 of 1437 training images gives 0 for validation"),
        ({"data__test_limit": 360}, "data.test_limit=360 has no effect: digits has 360 test images"),
        ({"data__dataset": "cifar100", "data__test_limit": 20_000}, "cifar100 has 10000 test images"),
    ],
)
def test_splits_that_cannot_be_had_are_refused_without_any_image(settings: dict[str, Any], words: str) -> None:
    with pytest.raises(SpecError, match=words):
        told(**settings)


def test_splits_of_a_folder_that_cannot_be_had_are_refused(tmp_path: Path) -> None:
    name = write_folder(tmp_path / "few", one=(2, 1), two=(2, 1))

    for settings, words in (({"data__limit": 5}, "has 4 training"), ({"data__test_limit": 2}, "has 2 test")):
        with pytest.raises(SpecError, match=words):
            told(data__dataset=name, **settings)


def test_folder_without_a_test_split_is_refused(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / "bare" / "train" / name).mkdir(parents=True)
        Image.new("RGB", (8, 8)).save(tmp_path / "bare" / "train" / name / "0.png")

    with pytest.raises(SpecError, match="has no test/ folder"):
        told(data__dataset=f"folder:{tmp_path / 'bare'}")
