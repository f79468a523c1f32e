import pytest

from expdb.catalog.compose_spec import compose_spec, settings_of
from expdb.catalog.recipes import RECIPES, recipe
from expdb.domain.spec import flatten
from expdb.errors import NotFoundError


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
