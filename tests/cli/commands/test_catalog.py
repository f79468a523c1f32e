import json
from pathlib import Path

import pytest

from tests.cli.conftest import Cli


def test_zoo_is_listed_once_with_its_counts(cli: Cli) -> None:
    result = cli("models", "wrn_28", "--json")

    found = {entry["name"]: (entry["arch"], entry["version"], entry["num_params"]) for entry in json.loads(result.out)}
    assert found == {"wrn_28_8": ("zoo:wrn_28_8", 1, 23_401_012), "wrn_28_10": ("zoo:wrn_28_10", 1, 36_536_884)}


def test_own_model_is_sized_by_a_dry_run(cli: Cli) -> None:
    Path("nets.py").write_text(
        "from torch import nn\n\n"
        "def build(num_classes, in_chans, img_size):\n"
        "    return nn.Sequential(nn.Flatten(), nn.Linear(in_chans * img_size**2, num_classes))\n"
    )

    result = cli("run", "--model", "nets:build", "--dataset", "digits", "--dry-run", "--json")

    assert result.code == 0
    assert json.loads(result.out)["num_params"] == 16 * 16 * 10 + 10


@pytest.mark.parametrize(("name", "words"), [("nots:build", "no module 'nots'"), ("nets:b d", "in plain identifiers")])
def test_wrong_name_of_an_own_model_is_one_line(cli: Cli, name: str, words: str) -> None:
    result = cli("run", "--model", name, "--dataset", "digits", "--dry-run")

    assert result.code == 2
    assert words in result.err
    assert len(result.err.splitlines()) == 1
