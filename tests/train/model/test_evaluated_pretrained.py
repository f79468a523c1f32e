"""Pretrained weights are evaluated as they were made for, and on images of their own classes alone."""

from pathlib import Path
from typing import Any

import pytest
import torch

from expdb.catalog.evaluation_spec import spec_of_pretrained
from expdb.domain.events import Evaluated, RunStarted
from expdb.domain.spec import RunSpec
from expdb.errors import SpecError
from expdb.train.input.splits import load_data
from expdb.train.loop import train
from expdb.train.model.build import build_model
from expdb.train.model.pretrained_facts import pretrained_facts
from expdb.train.trainable import check_trainable
from tests.cli.commands.test_evaluate import folder_of_pictures
from tests.train.model.test_pretrained import TAGGED, cache, store_in_cache, weights_of  # noqa: F401 - a fixture

HUB = "hf-hub:someone/cats"


def stored(cache: Path, **config: Any) -> dict[str, torch.Tensor]:  # noqa: F811
    """Lay down a network of two classes with its description."""
    weights = weights_of("test_resnet", num_classes=2)
    described = {"num_classes": 2, "input_size": [3, 48, 48], "mean": [0.5] * 3, "std": [0.5] * 3, "crop_pct": 0.9}
    pretrained = {**described, "first_conv": "conv1.0", "classifier": "fc", **config}
    store_in_cache(
        cache, "someone/cats", config={"architecture": "test_resnet", "pretrained_cfg": pretrained}, weights=weights
    )
    return weights


def evaluated(folder: Path, **settings: Any) -> RunSpec:
    asked = {"model.name": HUB, "data.dataset": f"folder:{folder}", "device": "cpu"}
    asked |= {key.replace("__", "."): value for key, value in settings.items()}
    return spec_of_pretrained(asked, pretrained_facts(spec_of_pretrained(asked)))


def test_images_are_prepared_as_the_weights_were_made_for(cache: Path, tmp_path: Path) -> None:  # noqa: F811
    stored(cache)
    folder = folder_of_pictures(tmp_path / "pets", ("cat", "dog"), seed=0)

    spec = evaluated(folder)
    told = evaluated(folder, data__img_size=64, data__normalize="imagenet")

    assert (spec.data.img_size, spec.eval.crop, spec.data.normalize, spec.model.stem) == (48, 0.9, "half", "default")
    assert load_data(spec, tmp_path).mean == (0.5, 0.5, 0.5)
    assert (told.data.img_size, told.eval.crop, told.data.normalize) == (64, 0.9, "dataset")  # a folder's own


def test_pretrained_network_is_evaluated_with_all_its_weights(cache: Path, tmp_path: Path) -> None:  # noqa: F811
    weights = stored(cache, label_names=["Cat", "dog"])
    spec = evaluated(folder_of_pictures(tmp_path / "pets", ("cat", "dog"), seed=0))

    remarks = check_trainable(spec)
    events = list(train(spec, data_dir=tmp_path, out_dir=tmp_path / "out"))

    state = build_model(spec, torch.device("cpu")).state_dict()
    assert all(torch.equal(state[name], tensor) for name, tensor in weights.items())
    assert remarks == []  # the classes are known
    started, ended = events[0], next(event for event in events if isinstance(event, Evaluated))
    assert isinstance(started, RunStarted)
    assert started.pretrained_tag is not None
    assert started.pretrained_tag.startswith("hf-hub:someone/cats@")
    assert ended.top5 is None


def test_weights_that_name_no_classes_are_taken_in_the_order_of_the_images(cache: Path, tmp_path: Path) -> None:  # noqa: F811
    stored(cache)
    spec = evaluated(folder_of_pictures(tmp_path / "pets", ("cat", "dog"), seed=0))

    assert check_trainable(spec) == [
        "the weights do not say which classes they tell apart: taken in this order: cat, dog"
    ]


@pytest.mark.parametrize(
    ("names", "label_names", "words"),
    [
        (("cat", "dog", "emu"), None, f"weights of {HUB} are of 2 classes, folder:"),
        (("cat", "cow"), ["cat", "dog"], f"is 'cow', of the pretrained weights of {HUB} 'dog': name the class folders"),
        (("cat", "dog"), ["dog", "cat"], "class 0 of folder:"),
    ],
)
def test_images_of_classes_that_the_weights_do_not_know_are_refused(
    cache: Path,  # noqa: F811
    tmp_path: Path,
    names: tuple[str, ...],
    label_names: list[str] | None,
    words: str,
) -> None:
    stored(cache, label_names=label_names)
    spec = evaluated(folder_of_pictures(tmp_path / "pets", names, seed=0))

    with pytest.raises(SpecError) as caught:
        check_trainable(spec)
    assert words in str(caught.value)


def test_images_of_other_channels_and_of_another_number_of_classes_than_timms_are_refused(cache: Path) -> None:  # noqa: F811
    store_in_cache(cache, f"timm/{TAGGED}", weights=weights_of("test_resnet"))
    asked = {"model.name": TAGGED, "data.dataset": "cifar10", "device": "cpu"}

    with pytest.raises(SpecError, match=r"are of 1,000 classes, cifar10 has 10: .* or train a new last layer by"):
        check_trainable(spec_of_pretrained(asked, pretrained_facts(spec_of_pretrained(asked))))


def test_numbers_of_no_name_ask_for_a_choice(cache: Path, tmp_path: Path) -> None:  # noqa: F811
    stored(cache, mean=[0.1, 0.2, 0.3])
    folder = folder_of_pictures(tmp_path / "pets", ("cat", "dog"), seed=0)

    with pytest.raises(SpecError, match=r"mean \(0.1, 0.2, 0.3\) and std .*--set data.normalize=imagenet or half"):
        evaluated(folder)
    assert evaluated(folder, data__normalize="half").data.normalize == "half"
