"""The shape bias is the published one for the published decisions, and what counts is what should."""

from functools import cache
from pathlib import Path

import pytest

from expdb.analysis.parts.cue_conflict import categories_of, find_stimuli, most_stimuli
from expdb.analysis.parts.shape_bias import Decision, cues_of, read_responses, shape_bias
from expdb.analysis.subject import NotApplicableError
from expdb.catalog.class_names import names_of_classes
from expdb.errors import DataError

IMAGENET = [f"n{number:08d}" for number in range(1000)]


read_once = cache(read_responses)


@pytest.mark.parametrize(
    ("who", "bias", "num_decisions"),
    [
        ("people", 0.9587, 9_634),
        ("resnet50", 0.2207, 734),
        ("vgg16", 0.0921, 912),
        ("alexnet", 0.2531, 719),
        ("googlenet session 1", 0.3119, 731),
        ("resnet50 (Stylized-ImageNet)", 0.8061, 727),
    ],
)
def test_published_decisions_give_the_published_shape_bias(real_data: Path, who: str, bias: float, num_decisions: int):
    found = shape_bias(read_once(real_data / "cue-conflict" / "responses")[who])

    assert found is not None
    assert (round(found.value, 4), found.n) == (bias, num_decisions)
    assert found.low is not None
    assert found.high is not None
    assert found.low < found.value < found.high


def test_only_decisions_for_shape_or_texture_of_conflicting_images_count():
    decisions = [
        Decision(image="cat1-dog2", answer="cat"),
        Decision(image="cat1-dog2", answer="dog"),
        Decision(image="cat1-dog2", answer="bird"),
        Decision(image="cat1-dog2", answer="na"),
        Decision(image="cat1-cat2", answer="cat"),
    ]

    found = shape_bias(decisions)

    assert found is not None
    assert (found.value, found.n) == (0.5, 2)
    assert shape_bias(decisions[2:]) is None


@pytest.mark.parametrize("name", ["cat-dog", "cat1_dog2", "cat1-lamp2", ""])
def test_a_name_that_says_no_cues_is_refused(name: str):
    with pytest.raises(DataError, match="no cue-conflict image"):
        cues_of(name)


def test_a_file_that_holds_no_decisions_is_refused(tmp_path: Path):
    (tmp_path / "experiment_subject-01_session_1.csv").write_text("a,b\n1,2\n")

    with pytest.raises(DataError, match="no published decisions"):
        read_responses(tmp_path)


@pytest.mark.parametrize(("dataset", "num_classes", "num_known"), [("cifar10", 10, 7), ("cifar100", 100, 8)])
def test_networks_of_small_images_know_some_of_the_categories(dataset: str, num_classes: int, num_known: int):
    assert len(categories_of(names_of_classes(dataset, num_classes))) == num_known


def test_there_are_as_many_images_as_were_published():
    assert most_stimuli(names_of_classes("cifar10", 10)) == 210
    assert most_stimuli(IMAGENET) == 1_200
    assert most_stimuli(names_of_classes("digits", 10)) == 0


def test_imagenet_is_known_by_all_its_ids_in_their_order():
    assert len(categories_of(IMAGENET)) == 16
    assert categories_of(IMAGENET[::-1]) == {}
    numbers = [number for classes in categories_of(IMAGENET).values() for number in classes]
    assert len(set(numbers)) == len(numbers) == 207


def test_a_network_of_imagenets_classes_is_asked_about_all_images_or_none(tmp_path: Path):
    (tmp_path / "cat").mkdir()
    (tmp_path / "cat" / "cat1-dog1.png").touch()

    with pytest.raises(NotApplicableError, match="asked about all 1,280 images"):
        find_stimuli(tmp_path, IMAGENET, channels=3)


@pytest.mark.parametrize(("names", "channels"), [(["0", "1"], 3), (["cat", "lamp"], 3), (["cat", "dog"], 1)])
def test_a_network_of_other_classes_or_without_colour_is_not_asked(tmp_path: Path, names: list[str], channels: int):
    with pytest.raises(NotApplicableError, match="colour images that knows two"):
        find_stimuli(tmp_path, names, channels=channels)


def test_an_image_in_the_folder_of_another_shape_is_refused(tmp_path: Path):
    (tmp_path / "dog").mkdir()
    (tmp_path / "dog" / "cat1-dog1.png").touch()

    with pytest.raises(DataError, match="a cat by its name, and a dog by its folder"):
        find_stimuli(tmp_path, ["cat", "dog"], channels=3)
