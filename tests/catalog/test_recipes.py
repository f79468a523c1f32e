from typing import Any

import pytest

from expdb.catalog.compose_spec import compose_spec, settings_of
from expdb.catalog.recipes import RECIPES, fitting_recipe, recipe, unsuited_default
from expdb.domain.spec import flatten
from expdb.errors import NotFoundError, SpecError


@pytest.mark.parametrize("name", RECIPES)
def test_every_recipe_composes_to_a_spec_that_says_what_the_recipe_says(name: str) -> None:
    entry = RECIPES[name]

    flat = flatten(compose_spec(entry.settings))

    assert {key: flat[key] for key in entry.settings} == dict(entry.settings)


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipes_spec_can_be_written_as_settings_again(name: str) -> None:
    spec = compose_spec(RECIPES[name].settings)

    assert compose_spec(settings_of(spec)) == spec


@pytest.mark.parametrize("name", RECIPES)
def test_every_recipe_says_where_it_is_from_and_what_to_expect(name: str) -> None:
    entry = RECIPES[name]

    assert entry.description
    assert entry.source
    assert "%" in entry.expected or "not measured" in entry.expected


def test_an_unknown_recipe_is_named_with_its_likes() -> None:
    with pytest.raises(NotFoundError, match="did you mean cifar-fast"):
        recipe("cifar-fats")


@pytest.mark.parametrize(
    ("settings", "name"),
    [
        ({}, "cnn-small"),
        ({"model.name": "vit_tiny"}, "transformer-small"),
        ({"model.name": "swin_s3_tiny_224", "data.dataset": "cifar10"}, "transformer-small"),
        ({"model.name": "coatnet_0", "data.img_size": 224}, "transformer-large"),
        ({"model.name": "resnet50", "data.img_size": 224}, "cnn-large"),
        ({"model.name": "zoo:cct_7_3x1", "optim.name": "sgd", "data.img_size": 64}, "transformer-small"),
    ],
)
def test_auto_takes_the_recipe_of_the_models_family_and_the_images_size(settings: dict[str, Any], name: str) -> None:
    assert fitting_recipe(settings).name == name


def test_there_is_one_recipe_for_each_fit() -> None:
    fits = [entry.fits for entry in RECIPES.values() if entry.fits]

    assert len(set(fits)) == len(fits) == 4


def test_auto_says_where_no_recipe_fits() -> None:
    with pytest.raises(SpecError, match=r"--recipe auto: no recipe fits my_nets.small:build, .* name one"):
        fitting_recipe({"model.name": "my_nets.small:build"})


@pytest.mark.parametrize("model", ["vit_tiny", "deit_small", "coatnet_nano_rw", "hybrid_tiny", "mixer_s16_224"])
def test_the_default_optimizer_is_said_to_be_a_cnns_where_the_model_is_none(model: str) -> None:
    text = unsuited_default({"model.name": model})

    assert text is not None
    assert f"sgd at lr 0.1, is a classic CNN's, and {model} is no such network: --recipe auto" in text


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"model.name": "resnet50"},
        {"model.name": "vit_tiny", "optim.name": "sgd"},
        {"model.name": "vit_tiny", "optim.name": "adamw"},
        {"model.name": "my_nets.small:build"},
    ],
)
def test_nothing_is_said_of_an_optimizer_that_suits_was_chosen_or_may_suit(settings: dict[str, Any]) -> None:
    assert unsuited_default(settings) is None


@pytest.mark.parametrize("name", [entry.name for entry in RECIPES.values() if entry.fits])
@pytest.mark.parametrize("epochs", [1, 5])
def test_a_recipe_that_auto_takes_sets_no_data_and_no_model_and_goes_with_a_short_run(name: str, epochs: int) -> None:
    settings = RECIPES[name].settings

    assert not any(key.startswith(("data.", "model.")) for key in settings)
    assert compose_spec({**settings, "epochs": epochs}).epochs == epochs
