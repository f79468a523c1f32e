import multiprocessing
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from expdb.data.central_crop import evaluation_box
from expdb.data.image_folders import ImageFiles, find_files
from expdb.domain.spec import RunSpec
from expdb.errors import DataError, SpecError
from expdb.train.distributed import Team
from expdb.train.input.batches import FolderFeed, TrainImages, make_feed
from expdb.train.input.decode import read_image
from expdb.train.input.splits import load_data
from tests.factories import make_spec

CPU = torch.device("cpu")


def write_image(path: Path, *, width: int = 20, height: int = 16, seed: int = 0) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(seed).integers(256, size=(height, width, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(path)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Six images of cats and dogs each for training, two each for testing."""
    for split, number in (("train", 6), ("test", 2)):
        for name in ("cat", "dog"):
            for count in range(number):
                write_image(tmp_path / split / name / f"{count}.png", seed=count, width=16 + 4 * count)
    return tmp_path


def spec_of(folder: Path, **settings: object) -> RunSpec:
    return make_spec(data__dataset=f"folder:{folder}", data__img_size=16, batch_size=4, **settings)


def test_labels_are_the_positions_of_the_sorted_class_folders(folder: Path) -> None:
    files = find_files(folder)

    assert set(files) == {"train", "test"}
    assert [
        (path.parent.name, label) for path, label in zip(files["test"].paths, files["test"].labels, strict=True)
    ] == [
        ("cat", 0),
        ("cat", 0),
        ("dog", 1),
        ("dog", 1),
    ]


def test_validation_folder_serves_as_validation(folder: Path) -> None:
    for name in ("cat", "dog"):
        write_image(folder / "validation" / name / "0.png")

    data = load_data(spec_of(folder), Path())

    assert data.val is not None
    assert (len(data.train), len(data.val), len(data.test)) == (12, 2, 4)
    with pytest.raises(SpecError, match="has a validation folder"):
        load_data(spec_of(folder, data__val_fraction=0.2), Path())


def test_validation_is_taken_from_training_otherwise(folder: Path) -> None:
    data = load_data(spec_of(folder, data__val_fraction=0.25), Path())

    assert data.val is not None
    assert (len(data.train), len(data.val)) == (9, 3)


def test_folder_without_test_says_so(folder: Path) -> None:
    (folder / "test").rename(folder / "val")

    with pytest.raises(DataError, match=r"has no test/ folder: val/ serves for choosing"):
        find_files(folder)


def test_class_without_images_is_named(folder: Path) -> None:
    (folder / "train" / "emu").mkdir()
    (folder / "train" / "emu" / "notes.txt").write_text("no image", encoding="utf-8")

    with pytest.raises(DataError, match=r"train/emu' holds no images"):
        find_files(folder)


def test_class_of_test_that_training_lacks_is_named(folder: Path) -> None:
    write_image(folder / "test" / "emu" / "0.png")

    with pytest.raises(DataError, match=r"test/emu' is a class that train/ does not have"):
        find_files(folder)


def test_file_that_is_no_image_is_named_before_training(folder: Path) -> None:
    (folder / "train" / "dog" / "3.png").write_bytes(b"broken")

    with pytest.raises(DataError, match=r"broken image .*train/dog/3\.png'"):
        load_data(spec_of(folder), Path())


@pytest.mark.parametrize("split", ["train", "test"])
def test_truncated_image_is_named_when_it_is_read(folder: Path, split: str) -> None:
    victim = folder / split / "cat" / "1.png"
    victim.write_bytes(victim.read_bytes()[:400])
    spec = spec_of(folder)
    feed = make_feed(spec, load_data(spec, Path()), device=CPU, team=Team())

    with pytest.raises(DataError, match=rf"broken image .*{split}/cat/1\.png'") as caught:
        list(feed.train_batches(1) if split == "train" else feed.eval_batches("test", batch_size=4))

    assert "\n" not in str(caught.value)


def test_evaluation_sees_the_centre(folder: Path) -> None:
    pixels = np.zeros((80, 160, 3), dtype=np.uint8)
    pixels[5:75, 45:115] = 200
    Image.fromarray(pixels).save(folder / "test" / "cat" / "0.png")

    image = read_image(folder / "test" / "cat" / "0.png", size=16, choose_box=evaluation_box)

    assert image.shape == (3, 16, 16)
    assert (image[:, 1:-1, 1:-1] == 200).all()
    assert image.min() > 150


def test_palette_image_with_transparency_is_read_as_rgb(tmp_path: Path) -> None:
    Image.new("P", (20, 20), 3).save(tmp_path / "p.png", transparency=b"\x00\x80\xff\xff")

    assert read_image(tmp_path / "p.png", size=8, choose_box=evaluation_box).shape == (3, 8, 8)


@pytest.mark.parametrize("crop", ["resized", "pad", "none"])
def test_batches_are_the_same_whatever_the_number_of_workers(folder: Path, crop: str) -> None:
    padding = 2 if crop == "pad" else 0
    spec = spec_of(folder, aug__crop=crop, aug__crop_padding=padding, aug__policy="trivialaugment", seed=3)
    data = load_data(spec, Path())
    assert isinstance(data.train, ImageFiles)
    here = TrainImages(data.train, spec, mean=data.mean, epoch=2)
    feed = make_feed(spec, data, device=CPU, team=Team())
    assert isinstance(feed, FolderFeed)

    batches = list(feed.train_batches(2))

    expected = {here[index][0].numpy().tobytes() for index in range(len(data.train))}
    loaded = {image.numpy().tobytes() for batch in batches for image in batch.images}
    assert loaded == expected
    assert [len(batch.labels) for batch in batches] == [4, 4, 4]


def test_epochs_augment_an_image_differently(folder: Path) -> None:
    spec = spec_of(folder)
    data = load_data(spec, Path())
    assert isinstance(data.train, ImageFiles)

    first, second = (TrainImages(data.train, spec, mean=data.mean, epoch=epoch)[0][0] for epoch in (1, 2))

    assert not torch.equal(first, second)


def test_closing_a_pass_ends_its_workers(folder: Path) -> None:
    spec = spec_of(folder)
    batches = make_feed(spec, load_data(spec, Path()), device=CPU, team=Team()).train_batches(1)
    next(batches)
    assert multiprocessing.active_children()

    batches.close()

    assert not multiprocessing.active_children()
