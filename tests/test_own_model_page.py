"""docs/own-model.md: its network is trained by its commands, and its arguments do what is said of them."""

import json
import re
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from expdb.catalog.compose_spec import compose_spec
from expdb.cli.settings import gather_settings
from tests.cli.conftest import Cli, cli  # noqa: F401 - a fixture

PAGE = (Path(__file__).parents[1] / "docs" / "own-model.md").read_text(encoding="utf-8")
COMMANDS = [line.strip() for line in re.findall(r"^ {4}expdb .*$", PAGE, re.MULTILINE)]


@pytest.fixture
def folder(cli: Cli, tmp_path: Path) -> Iterator[Path]:  # noqa: F811 - `cli` makes it the current one
    """The current folder, with the page's file in it."""
    source = re.search(r"```python\n# (\w+\.py)\n(.*?)```", PAGE, re.DOTALL)
    assert source is not None
    (tmp_path / source[1]).write_text(source[2], encoding="utf-8")
    yield tmp_path
    sys.modules.pop(source[1].removesuffix(".py"), None)


@pytest.mark.usefixtures("folder")
def test_the_example_is_trained_by_the_commands_of_the_page(cli: Cli) -> None:  # noqa: F811
    for command in COMMANDS:
        result = cli(*shlex.split(command)[1:])
        assert result.code == 0, result

    runs = json.loads(cli("ls", "--json").out)
    assert sorted(run["num_params"] for run in runs) == [186, 362]


def test_every_way_to_write_arguments_on_the_page_is_read() -> None:
    written = [word for text in re.findall(r"`(--set [^`]*)`", PAGE) for word in shlex.split(text)[1:]]

    read = [compose_spec(gather_settings({}, assignments=[word], file=None)).model.kwargs for word in written]

    assert read == [{"width": 32}, {"block": {"norm": "layer"}}, {"width": 32}, {"width": 32}]


def test_one_argument_leaves_those_that_the_size_implies() -> None:
    implied = compose_spec({"model.name": "vit_mini"}).model.kwargs

    assert compose_spec({"model.name": "vit_mini", "model.kwargs.depth": 4}).model.kwargs == {**implied, "depth": 4}
    assert set(implied) == {"img_size", "patch_size"}
