"""Odd pictures that people report: each is read as a person sees it, refused in one line, or counted as left out."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from expdb.catalog.compose_spec import compose_spec
from expdb.data.central_crop import central_box
from expdb.data.image_folders import ImageFiles
from expdb.errors import DataError
from expdb.train.input.batches import EvalImages, TrainImages
from expdb.train.input.decode import read_image
from expdb.train.input.splits import TrainingData, find_data, load_data
from tests.data.odd_files import COLOURS, SIDE, picture
from tests.data.odd_pictures import ODD_PICTURES, OddPicture


def load_folder(root: Path, *, size: int = SIDE, **settings: object) -> TrainingData:
    spec = compose_spec({"data.dataset": f"folder:{root}", "data.img_size": size, **settings})
    find_data(spec, root, download=False)
    return load_data(spec, root)


def write_folder_of_two(root: Path) -> Path:
    """Write a dataset of two classes with one picture each; return the folder of the first class."""
    for split in ("train", "test"):
        for name in ("cat", "dog"):
            (root / split / name).mkdir(parents=True)
            picture().save(root / split / name / "plain.bmp")
    return root / "train" / "cat"


@pytest.mark.filterwarnings("ignore::UserWarning")  # Pillow's, where a file is written
@pytest.mark.parametrize("fact", [pytest.param(odd, id=name) for name, odd in ODD_PICTURES.items()])
def test_an_odd_picture_is_seen_or_refused_or_counted(tmp_path: Path, fact: OddPicture) -> None:
    path = write_folder_of_two(tmp_path) / fact.name
    fact.write(path)

    if fact.refused is not None:
        with pytest.raises(DataError, match=fact.refused) as caught:
            load_folder(tmp_path)
        assert "\n" not in str(caught.value)
        return
    data = load_folder(tmp_path)
    counted = dict.fromkeys(fact.counted, 1) | ({f"left out: {fact.left_out}": 1} if fact.left_out else {})
    assert data.picture_counts == counted
    assert (path in data.train.paths) == (fact.left_out is None)
    if fact.seen is not None:
        image = read_image(
            path,
            compose_spec({"data.dataset": f"folder:{tmp_path}", "data.img_size": SIDE}).data,
            choose_box=central_box,
        )
        quarter = SIDE // 4
        found = [image[:, y, x].tolist() for y in (quarter, -quarter) for x in (quarter, -quarter)]
        assert np.abs(np.array(found) - np.array(fact.seen)).max() <= fact.within, found


@pytest.mark.parametrize(("width", "height"), [(1, 1), (1, 5000), (20_000, 1), (7, 3)])
@pytest.mark.parametrize("crop", ["none", "pad", "resized"])
def test_a_picture_of_an_odd_shape_trains_and_is_evaluated(tmp_path: Path, width: int, height: int, crop: str) -> None:
    Image.new("RGB", (width, height), COLOURS[0]).save(write_folder_of_two(tmp_path) / "odd.png")
    spec = compose_spec(
        {"data.dataset": f"folder:{tmp_path}", "data.img_size": SIDE, "aug.crop": crop, "aug.hflip_prob": 0.0}
    )
    find_data(spec, tmp_path)
    files = load_data(spec, tmp_path).train
    assert isinstance(files, ImageFiles)
    position = [path.name for path in files.paths].index("odd.png")

    for seen in (EvalImages(files, spec), TrainImages(files, spec, mean=(0.0, 0.0, 0.0), epoch=1)):
        item = seen[position]
        assert not isinstance(item, DataError)
        image = item[0]
        assert image.shape == (3, SIDE, SIDE)
        assert image[:, SIDE // 2, SIDE // 2].tolist() == list(COLOURS[0])


def test_a_limit_that_is_lifted_reads_a_large_picture(tmp_path: Path) -> None:
    Image.new("L", (2000, 1000), 7).save(write_folder_of_two(tmp_path) / "large.png")

    with pytest.raises(DataError, match=r"is too large: 2000 x 1000 px are 2\.0 megapixels"):
        load_folder(tmp_path, **{"data.max_megapixels": 1.5})
    assert len(load_folder(tmp_path, **{"data.max_megapixels": 2.5}).train) == 3


def test_transparency_is_laid_on_the_colour_that_was_chosen(tmp_path: Path) -> None:
    path = write_folder_of_two(tmp_path) / "clear.png"
    Image.new("RGBA", (SIDE, SIDE), (9, 9, 9, 0)).save(path)
    spec = compose_spec({"data.dataset": f"folder:{tmp_path}", "data.img_size": SIDE, "data.background": "#102030"})

    assert read_image(path, spec.data, choose_box=central_box)[:, 5, 5].tolist() == [0x10, 0x20, 0x30]
