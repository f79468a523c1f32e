"""docs/evaluate.md: its commands do what is said of them."""

import json
import re
import shlex
from pathlib import Path

import torch

from expdb.train.model.build import build_model
from tests.cli.conftest import Cli, cli  # noqa: F401 - a fixture
from tests.factories import make_spec

PAGE = (Path(__file__).parents[1] / "docs" / "evaluate.md").read_text(encoding="utf-8")
COMMANDS = [line.strip() for line in re.findall(r"^ {4}expdb .*$", PAGE, re.MULTILINE)]


def test_commands_of_the_page_evaluate_what_they_name(cli: Cli, tmp_path: Path) -> None:  # noqa: F811
    torch.save(build_model(make_spec(), torch.device("cpu")).state_dict(), tmp_path / "mini.pt")
    results = {command: cli(*shlex.split(command)[1:]) for command in COMMANDS}

    of_imagenet = next(command for command in COMMANDS if "imagenet" in command)
    refused = results.pop(of_imagenet)
    assert {command: result.code for command, result in results.items()} == dict.fromkeys(results, 0), results
    assert "imagenet': dataset folder:PATH wants a folder" in refused.err  # all else of it is understood
    runs = {run["name"]: run for run in json.loads(cli("ls", "--json").out)}
    assert {name: run["epochs_done"] for name, run in runs.items()} == {"theirs": 0, "ours": 2, "ours on digits": 0}
    found = json.loads(cli("ls", "--where", "epochs_done = 0 and status = finished", "--json").out)
    assert {run["name"] for run in found} == {"theirs", "ours on digits"}
