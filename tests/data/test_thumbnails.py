import subprocess
import sys

import numpy as np
import pytest
import torch
from PIL import Image

from expdb.data.thumbnails import test_images as images_of
from expdb.errors import DataError
from expdb.train.input.splits import load_data
from tests.factories import make_spec


def test_images_are_those_that_predictions_are_recorded_of(tmp_path):
    data = load_data(make_spec(data__img_size=8), tmp_path)

    shown = images_of(make_spec(), [3, 0, 359], tmp_path)

    assert [image.shape for image in shown] == [(8, 8)] * 3
    expected = data.test.images[torch.tensor([3, 0, 359])]
    assert all(np.array_equal(image, tensor[0].numpy()) for image, tensor in zip(shown, expected, strict=True))


def test_images_are_the_square_that_evaluation_looks_at(tmp_path):
    (whole,) = images_of(make_spec(), [7], tmp_path)

    (seen,) = images_of(make_spec(eval__crop=0.5), [7], tmp_path)

    assert np.array_equal(seen, whole[2:6, 2:6])


def test_images_of_a_folder_are_its_middle_in_the_order_of_classes_and_names(tmp_path):
    for split in ("train", "test"):
        for number, name in enumerate(("a", "b")):
            (tmp_path / split / name).mkdir(parents=True)
            Image.new("RGB", (30, 20), (200 * number, 0, 0)).save(tmp_path / split / name / "x.png")

    first, second = images_of(make_spec(data__dataset=f"folder:{tmp_path}"), [0, 1], tmp_path)

    assert first.shape == (160, 160, 3)
    assert (first[80, 80].tolist(), second[80, 80].tolist()) == ([0, 0, 0], [200, 0, 0])


@pytest.mark.parametrize("position", [-1, 360])
def test_a_position_that_is_not_there_is_named(tmp_path, position):
    with pytest.raises(DataError, match=f"digits has 360 test images: there is none at position {position}"):
        images_of(make_spec(), [position], tmp_path)


def test_images_of_a_missing_dataset_say_what_to_do(tmp_path):
    with pytest.raises(DataError, match="no cifar10 in"):
        images_of(make_spec(data__dataset="cifar10"), [0], tmp_path)


def test_looking_at_images_imports_no_torch():
    code = "import sys, expdb.data.thumbnails; print('torch' in sys.modules, 'torchvision' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.split() == ["False", "False"]
