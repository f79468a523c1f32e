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


def test_auto_is_listed_with_what_it_takes(cli: Cli) -> None:
    listed, taken = cli("recipes").out, cli("recipes", "auto").out

    assert "auto " in listed
    assert "cnn-small" in taken
    assert "cifar-fast" not in taken
    assert "images beyond 64 px" in taken


def test_a_recipe_does_not_change_the_dataset_that_was_asked_for(cli: Cli) -> None:
    for name in ("cifar-fast", "auto"):
        result = cli("run", "--recipe", name, "--dataset", "cifar10", "--dry-run", "--json")

        assert json.loads(result.out)["spec"]["data"]["dataset"] == "cifar10", result.err


def test_auto_is_told_by_the_name_of_what_it_takes(cli: Cli) -> None:
    arguments = ("run", "--model", "vit_tiny", "--recipe", "auto", "--epochs", "3", "--dry-run")
    text, told = cli(*arguments), json.loads(cli(*arguments, "--json").out)

    assert "recipe transformer-small: for transformers" in text.out
    assert text.err == ""
    assert (told["recipe"], told["warnings"], told["spec"]["optim"]["name"]) == ("transformer-small", [], "adamw")
    assert told["spec"]["epochs"] == 3


def test_a_transformer_at_the_default_optimizer_is_warned_of(cli: Cli) -> None:
    arguments = ("run", "--model", "vit_tiny", "--dry-run")
    text, told = cli(*arguments), cli(*arguments, "--json")
    (warning,) = json.loads(told.out)["warnings"]

    assert "sgd at lr 0.1, is a classic CNN's" in warning
    assert text.err == told.err == f"warning: {warning}\n"
    assert json.loads(told.out)["spec"]["optim"]["name"] == "sgd"


def test_auto_for_a_model_of_ones_own_is_an_error_of_use(cli: Cli) -> None:
    result = cli("run", "--model", "my_nets.small:build", "--recipe", "auto", "--dry-run")

    assert (result.code, result.out) == (2, "")
    assert "no recipe fits my_nets.small:build" in result.err


def test_the_recipe_that_a_run_started_from_is_recorded_as_its_tag(cli: Cli) -> None:
    small = ("--dataset", "digits", "--model", "test_vit", "--epochs", "1", "--set", "data.limit=32")
    result = cli("run", *small, "--recipe", "auto", "--tag", "own", "--device", "cpu")

    assert result.code == 0, result.err
    assert result.out.startswith("recipe transformer-small: ")
    assert "own, recipe:transformer-small" in cli("show", "1").out
    assert [run["id"] for run in json.loads(cli("ls", "--tag", "recipe:transformer-small", "--json").out)] == [1]
