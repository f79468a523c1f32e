"""Images of a run that was evaluated on a part of the test split: its predictions count them from 0."""

import numpy as np
import pytest
from PIL import Image

from expdb.data.thumbnails import test_images as images_of
from expdb.errors import DataError
from expdb.train.input.splits import load_data
from tests.factories import make_spec


def test_images_of_a_part_are_those_that_predictions_are_recorded_of(tmp_path):
    spec = make_spec(data__img_size=8, data__test_limit=40)
    data = load_data(spec, tmp_path)

    shown = images_of(spec, range(40), tmp_path)

    assert len(data.test) == 40
    assert all(np.array_equal(one, tensor[0].numpy()) for one, tensor in zip(shown, data.test.images, strict=True))
    with pytest.raises(DataError, match="there is none at position 40"):
        images_of(spec, [40], tmp_path)


def test_images_of_a_part_of_a_folder_are_those_that_predictions_are_recorded_of(tmp_path):
    for split, number in (("train", 2), ("test", 10)):
        for label, name in enumerate(("a", "b")):
            (tmp_path / split / name).mkdir(parents=True)
            for index in range(number):
                color = (200 * label, 20 * index, 0)
                Image.new("RGB", (8, 8), color).save(tmp_path / split / name / f"{index}.png")
    spec = make_spec(data__dataset=f"folder:{tmp_path}", data__img_size=8, data__test_limit=6)
    files = load_data(spec, tmp_path).test

    shown = images_of(spec, range(6), tmp_path)

    assert np.bincount(files.labels).tolist() == [3, 3]
    for image, path in zip(shown, files.paths, strict=True):
        with Image.open(path) as expected:
            assert image[80, 80].tolist() == list(expected.getpixel((4, 4)))
