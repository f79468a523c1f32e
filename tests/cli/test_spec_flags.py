"""The flags of settings, made from the one list of them."""

import json

import pytest
import typer

from expdb.catalog.flags import FLAGS
from expdb.cli.main import make_app
from tests.cli.conftest import Cli

_VALUES = {
    "--dataset": "digits", "--model": "resnet_mini", "--aug": "autoaugment", "--epochs": "3", "--batch-size": "16",
    "--optimizer": "adamw", "--lr": "0.01", "--weight-decay": "0.02", "--momentum": "0.8", "--scheduler": "step",
    "--warmup-epochs": "1", "--img-size": "16", "--seed": "7", "--gpus": "1", "--device": "cpu",
}  # fmt: skip


def test_every_flag_of_the_list_is_an_option_of_run():
    root = typer.main.get_command(make_app("run"))
    options = {name for each in root.commands["run"].params for name in each.opts}

    assert set(FLAGS) <= options


@pytest.mark.parametrize("flag", [flag for flag in FLAGS if flag in _VALUES])
def test_a_flag_sets_its_setting(cli: Cli, flag: str):
    base = {"--dataset": "digits", "--model": "resnet_mini", flag: _VALUES[flag]}
    words = [word for pair in base.items() for word in pair]

    shown = cli("run", *words, "--dry-run", "--json")

    assert shown.code == 0, shown.err
    assert str(flatten_json(shown.out)[FLAGS[flag]]).removesuffix(".0") == _VALUES[flag]


@pytest.mark.parametrize("flag", ["--amp", "--compile"])
def test_a_switch_turns_its_setting_on_and_off(cli: Cli, flag: str):
    for given, expected in ((flag, True), (flag.replace("--", "--no-"), False)):
        shown = cli("run", "--dataset", "digits", "--model", "resnet_mini", given, "--dry-run", "--json")
        assert flatten_json(shown.out)[FLAGS[flag]] is expected


def flatten_json(text: str) -> dict[str, object]:
    parts = json.loads(text)["spec"]
    return {
        key: value
        for name, part in parts.items()
        for key, value in (
            {f"{name}.{leaf}": item for leaf, item in part.items()} if isinstance(part, dict) else {name: part}
        ).items()
    }
