import hashlib
import io
import multiprocessing
import os
import unicodedata
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import ExifTags, Image

from expdb.catalog.compose_spec import compose_spec
from expdb.data.central_crop import central_box
from expdb.data.folder_data import without_images
from expdb.data.image_folders import ImageFiles, find_pictures, images_per_class
from expdb.data.picture_counts import counts_text, recorded_counts
from expdb.domain.spec import DataSpec, RunSpec
from expdb.errors import DataError, SpecError
from expdb.train.distributed import Team
from expdb.train.input.batches import FolderFeed, TrainImages, make_feed
from expdb.train.input.decode import read_image
from expdb.train.input.fingerprint import data_digest
from expdb.train.input.splits import find_data, load_data
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
    files = find_pictures(folder).splits

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

    with pytest.raises(SpecError, match=r"has no test/ folder: val/ serves for choosing"):
        find_pictures(folder)


def test_class_without_images_is_named(folder: Path) -> None:
    (folder / "train" / "emu").mkdir()
    (folder / "train" / "emu" / "notes.txt").write_text("no image", encoding="utf-8")

    with pytest.raises(SpecError, match=r"train/emu' holds no images"):
        find_pictures(folder)


def test_class_of_test_that_training_lacks_is_named(folder: Path) -> None:
    write_image(folder / "test" / "emu" / "0.png")

    with pytest.raises(SpecError, match=r"test/emu' is a class that train/ does not have"):
        find_pictures(folder)


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

    image = read_image(
        folder / "test" / "cat" / "0.png", spec_of(folder).data, choose_box=partial(central_box, share=0.875)
    )

    assert image.shape == (3, 16, 16)
    assert (image[:, 1:-1, 1:-1] == 200).all()
    assert image.min() > 150


def test_a_class_of_the_test_split_may_lack_images(folder: Path) -> None:
    for file in (folder / "test" / "dog").iterdir():
        file.unlink()
    (folder / "val" / "cat").mkdir(parents=True)
    write_image(folder / "val" / "cat" / "0.png")

    splits = find_pictures(folder).splits

    assert images_per_class(splits["test"], 2).tolist() == [2, 0]
    assert images_per_class(splits["val"], 2).tolist() == [1, 0]
    assert without_images(splits["test"], ("cat", "dog")) == ["dog"]


def test_a_test_split_without_any_image_is_named(folder: Path) -> None:
    for file in folder.glob("test/*/*"):
        file.rename(file.with_suffix(".heic"))

    with pytest.raises(SpecError, match=r"/test' holds no images \(left out: 4 \.heic\)"):
        find_pictures(folder)


HIDDEN = (
    *("._0.png", ".DS_Store", "Thumbs.db", ".ipynb_checkpoints/0-checkpoint.png", "__MACOSX/._0.png", "@eaDir/0.png"),
    *("sub/.ipynb_checkpoints/0.png", "sub/._0.png"),
)


@pytest.mark.parametrize("name", HIDDEN)
@pytest.mark.parametrize("split", ["train", "test"])
def test_hidden_copies_are_no_images_anywhere_below_a_class(folder: Path, name: str, split: str) -> None:
    before = find_pictures(folder)
    path = folder / split / "cat" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes((folder / "train" / "cat" / "0.png").read_bytes())

    found = find_pictures(folder)

    assert found.splits[split].paths == before.splits[split].paths
    assert found.left_out == {"hidden": 1}


@pytest.mark.parametrize("name", [".ipynb_checkpoints", "__MACOSX", ".cache"])
@pytest.mark.parametrize("split", ["train", "test", "."])
def test_hidden_folders_are_no_classes_and_no_splits(folder: Path, name: str, split: str) -> None:
    write_image(folder / split / name / "0.png")

    assert find_pictures(folder).classes == ("cat", "dog")


@pytest.mark.parametrize("name", ["val", "valid", "validation", "Valid"])
def test_every_name_of_the_validation_folder_is_understood(folder: Path, name: str) -> None:
    write_image(folder / name / "cat" / "0.png")

    assert len(find_pictures(folder).splits["val"]) == 1


def test_two_validation_folders_are_refused(folder: Path) -> None:
    for name in ("valid", "val"):
        write_image(folder / name / "cat" / "0.png")

    with pytest.raises(SpecError, match="has val/ and valid/, which are one split"):
        find_pictures(folder)


def test_folders_behind_links_are_followed_once(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    write_image(elsewhere / "9.png")
    cat = folder / "train" / "cat"
    (cat / "more").symlink_to(elsewhere)
    (cat / "again").symlink_to(elsewhere)
    (cat / "self").symlink_to(cat)
    (cat / "all").symlink_to(folder / "train")
    (cat / "root").symlink_to(folder)
    (cat / "loop.txt").symlink_to(cat / "loop.txt")

    found = find_pictures(folder)

    assert images_per_class(found.splits["train"], 2).tolist() == [7, 6]
    assert found.left_out == {"links to folders that are read already": 4, ".txt": 1}


def test_a_link_to_the_folder_of_another_class_is_refused(folder: Path) -> None:
    (folder / "train" / "cat" / "more").symlink_to(folder / "train" / "dog")

    with pytest.raises(SpecError, match="is in two classes, cat and dog"):
        find_pictures(folder)


def test_what_is_left_out_is_counted_by_suffix_and_reason(folder: Path) -> None:
    for name in ("train/cat/a.txt", "train/cat/b.TXT", "test/dog/c.heic", "train/dog/README"):
        (folder / name).write_bytes(b"")
    write_image(folder / "train" / "loose.png")
    write_image(folder / "extra" / "cat" / "0.png")
    os.mkfifo(folder / "train" / "cat" / "pipe.png")
    (folder / "train" / "cat" / "link.png").symlink_to("pipe.png")

    found = find_pictures(folder)

    assert found.left_out == {
        ".txt": 2,
        ".heic": 1,
        "without a suffix": 1,
        "images outside of class folders": 1,
        "images outside of the splits": 1,
        "no plain files": 2,
    }
    assert counts_text(recorded_counts({"turned": 2}, found.left_out), label="images: ") == (
        "images: 2 turned; left out: 1 .heic, 2 .txt, 1 images outside of class folders, "
        "1 images outside of the splits, 2 no plain files, 1 without a suffix"
    )


def test_two_ways_to_write_a_letter_are_one_class(folder: Path) -> None:
    one, two = unicodedata.normalize("NFC", "café"), unicodedata.normalize("NFD", "café")
    write_image(folder / "train" / one / "0.png")
    write_image(folder / "test" / two / "0.png")

    apart = find_pictures(folder)
    write_image(folder / "train" / two / "1.png")
    both = find_pictures(folder)

    assert apart.classes == both.classes == (one, "cat", "dog")
    assert images_per_class(apart.splits["test"], 3).tolist() == [1, 2, 2]
    assert images_per_class(both.splits["train"], 3).tolist() == [2, 6, 6]
    assert both.splits["train"].names[:2] == (f"{one}/0.png", f"{one}/1.png")


def test_a_folder_one_level_too_high_says_where_the_splits_are(folder: Path) -> None:
    below = folder / "data"
    below.mkdir()
    for split in ("train", "test"):
        (folder / split).rename(below / split)

    with pytest.raises(SpecError, match=r"has no train/ folder, but data/ in it has: use folder:.*/data"):
        compose_spec({"data.dataset": f"folder:{folder}"})


@pytest.mark.parametrize("names", [("images", "masks"), ("JPEGImages", "SegmentationClass")])
def test_pictures_and_their_masks_are_no_classes(folder: Path, names: tuple[str, str]) -> None:
    for split in ("train", "test"):
        for old, new in zip(("cat", "dog"), names, strict=True):
            (folder / split / old).rename(folder / split / new)

    with pytest.raises(SpecError, match=f"holds {names[0]} and {names[1]}, as data for segmentation"):
        find_pictures(folder)


def test_a_folder_without_splits_says_what_it_holds(folder: Path) -> None:
    (folder / "train").rename(folder / "training")

    with pytest.raises(SpecError, match=r"has no train/ folder \(it holds test/, training/\)"):
        compose_spec({"data.dataset": f"folder:{folder}"})


@pytest.mark.parametrize("split", ["train", "test"])
def test_a_truncated_picture_is_found_before_training(folder: Path, split: str) -> None:
    victim = folder / split / "cat" / "1.png"
    victim.write_bytes(victim.read_bytes()[:400])

    for verify in ("auto", "all"):
        with pytest.raises(DataError, match=rf"broken image .*{split}/cat/1\.png'"):
            find_data(spec_of(folder, data__verify=verify), Path())
    find_data(spec_of(folder, data__verify="headers"), Path())


def test_all_broken_pictures_are_counted(folder: Path) -> None:
    for name in ("train/cat/1.png", "train/dog/2.png", "test/dog/0.png"):
        (folder / name).write_bytes(b"broken")

    with pytest.raises(DataError, match=r"train/cat/1\.png': no format .* \(and 2 more such files\)"):
        find_data(spec_of(folder), Path())


def test_a_picture_that_was_mended_is_read_again(folder: Path) -> None:
    victim = folder / "train" / "cat" / "1.png"
    whole = victim.read_bytes()
    victim.write_bytes(whole[:400])
    with pytest.raises(DataError, match="broken"):
        find_data(spec_of(folder), Path())

    victim.write_bytes(whole)

    find_data(spec_of(folder), Path())


def test_12_bits_in_files_of_16_that_do_not_say_so_are_refused(folder: Path) -> None:
    samples = np.linspace(0, 4095, 64, dtype=np.uint16).reshape(8, 8)
    for file in folder.glob("*/*/*.png"):
        Image.fromarray(samples).save(file)

    with pytest.raises(DataError, match="none of the 16 pictures of 16 bits uses more than a 16th of that range"):
        find_data(spec_of(folder, data__verify="headers"), Path())


def test_how_pictures_were_read_is_counted(folder: Path) -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    Image.new("RGB", (8, 4)).save(folder / "train" / "cat" / "7.jpg", exif=exif)
    Image.new("RGBA", (8, 4)).save(folder / "test" / "dog" / "8.png")
    Image.fromarray(np.full((8, 8), 40_000, dtype=np.uint16)).save(folder / "test" / "dog" / "9.png")
    (folder / "test" / "dog" / "a.txt").write_bytes(b"")

    data = load_data(spec_of(folder), Path())

    assert data.picture_counts == {
        "scaled from 16 bits": 1,
        "turned as EXIF says": 1,
        "with transparency, laid on the background": 1,
        "left out: .txt": 1,
    }


def digest_of(folder: Path) -> str:
    return data_digest(load_data(spec_of(folder), Path()))


def test_the_digest_of_a_plain_folder_is_what_it_was(folder: Path) -> None:
    hasher = hashlib.blake2b(digest_size=8)
    for split, number in (("train", 12), ("val", 0), ("test", 4)):
        hasher.update(f"{split} {number}\n".encode())
        for path in sorted((folder / split).rglob("*.png")):
            hasher.update(f"{path.parent.name}/{path.name} {path.stat().st_size}\n".encode())
        hasher.update(np.repeat([0, 1], number // 2).tobytes() if number else b"")

    assert digest_of(folder) == hasher.hexdigest()


def test_pictures_of_which_the_reading_changed_make_another_digest(folder: Path) -> None:
    before = digest_of(folder)
    victim = folder / "train" / "cat" / "0.png"
    size = victim.stat().st_size
    victim.write_bytes(png_bytes("RGB").ljust(size, b"\0"))
    plain = digest_of(folder)
    victim.write_bytes(png_bytes("RGBA").ljust(size, b"\0"))

    assert plain == before
    assert digest_of(folder) != before


def png_bytes(mode: str) -> bytes:
    file = io.BytesIO()
    Image.new(mode, (8, 8)).save(file, "PNG")
    return file.getvalue()


def test_the_place_of_a_nested_picture_counts(folder: Path) -> None:
    write_image(folder / "train" / "cat" / "a" / "x.png")
    before = digest_of(folder)
    (folder / "train" / "cat" / "b").mkdir()
    (folder / "train" / "cat" / "a").rename(folder / "train" / "cat" / "b" / "a")

    assert digest_of(folder) != before


def test_palette_image_with_transparency_is_read_as_rgb(tmp_path: Path) -> None:
    Image.new("P", (20, 20), 3).save(tmp_path / "p.png", transparency=b"\x00\x80\xff\xff")

    assert read_image(tmp_path / "p.png", DataSpec(img_size=8), choose_box=central_box).shape == (3, 8, 8)


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
