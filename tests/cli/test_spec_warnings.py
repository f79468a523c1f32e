"""Warnings of a spec, and splits that cannot be had: in the dry run as before a run."""

import json

import pytest

from tests.cli.conftest import Cli

RUN = ("run", "--dataset", "digits", "--model", "resnet_mini", "--epochs", "1", "--img-size", "16")


def test_dry_run_warns_and_prints_settings_alone_on_stdout(cli: Cli):
    result = cli(*RUN, "--set", "data.limit=4", "--batch-size", "4", "--dry-run", "--json")

    assert (result.code, json.loads(result.out)["warnings"]) == (0, [result.err.strip().removeprefix("warning: ")])
    assert "6 of 10 classes have no training images" in result.err


def test_run_warns_once_for_all_its_seeds(cli: Cli):
    result = cli(*RUN, "--set", "data.limit=4", "--batch-size", "4", "--seeds", "2", "--set", "data.test_limit=20")

    assert result.code == 0
    assert result.err.count("6 of 10 classes have no training images") == 1


@pytest.mark.parametrize("words", [("--dry-run",), ()])
@pytest.mark.parametrize(
    "setting", ["data.limit=5000", "data.val_fraction=0.0001", "data.test_limit=361", "data.test_limit=0"]
)
def test_split_that_cannot_be_had_is_refused_before_there_is_a_run(cli: Cli, setting: str, words: tuple[str, ...]):
    result = cli(*RUN, "--set", setting, *words)

    assert result.code == 2
    assert result.err.count("\n") == 1
    assert setting.partition("=")[0] in result.err
    assert json.loads(cli("ls", "--json").out or "[]") == []  # of a dry run there is not even a database


@pytest.mark.parametrize("side", ["517", "1024"])
def test_large_images_of_a_dataset_with_a_name_are_padded_in_proportion(cli: Cli, side: str):
    result = cli("run", "--dataset", "cifar10", "--model", "resnet_mini", "--img-size", side, "--dry-run", "--json")

    assert result.code == 0
    assert json.loads(result.out)["spec"]["aug"]["crop_padding"] == round(int(side) / 8)
