import json

from expdb.catalog.recipes import RECIPES
from tests.cli.conftest import Cli


def test_recipes_lists_all_with_their_accuracy(cli: Cli) -> None:
    result = cli("recipes")

    assert result.code == 0
    assert all(name in result.out for name in RECIPES)
    assert "79.05 %" in result.out


def test_one_recipe_shows_its_settings_as_set_reads_them(cli: Cli) -> None:
    out = cli("recipes", "cifar-fast").out

    assert "aug.cutmix_alpha" in out
    assert "[20, 32]" in out
    assert "true" in out


def test_recipes_as_json_hold_the_settings(cli: Cli) -> None:
    found = json.loads(cli("recipes", "--json").out)

    assert {entry["name"]: entry["settings"] for entry in found} == json.loads(
        json.dumps({entry.name: dict(entry.settings) for entry in RECIPES.values()})
    )


def test_an_unknown_recipe_is_an_error_of_use(cli: Cli) -> None:
    for arguments in (["recipes", "cifar-fats"], ["run", "--recipe", "cifar-fats", "--dry-run"]):
        result = cli(*arguments)

        assert result.code == 2
        assert "unknown recipe 'cifar-fats': did you mean cifar-fast" in result.err


def test_flags_and_set_change_what_the_recipe_says(cli: Cli) -> None:
    result = cli("run", "--recipe", "cifar-fast-cpu", "--epochs", "7", "--set", "optim.lr=0.3", "--dry-run", "--json")

    spec = json.loads(result.out)["spec"]
    assert (spec["epochs"], spec["optim"]["lr"], spec["batch_size"]) == (7, 0.3, 256)
    assert spec["model"]["name"] == "resnet_mini"
