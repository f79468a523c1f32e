"""What other programs read of the project says the same everywhere."""

import re
import shutil
import subprocess
import tomllib
from importlib.metadata import entry_points, version
from pathlib import Path

import pytest
import yaml

import expdb
from expdb.domain.own_package import DISTRIBUTION

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def test_the_citation_is_of_this_version_and_licence():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))

    assert citation["cff-version"] == "1.2.0"
    assert {"message", "title", "authors"} <= set(citation)  # what the format asks for
    assert (citation["type"], citation["title"], citation["license"]) == (
        "software",
        expdb.__name__,
        PROJECT["license"],
    )
    assert citation["version"] == PROJECT["version"]


def test_the_package_knows_its_version():
    assert expdb.__version__ == PROJECT["version"] == version(DISTRIBUTION)


def test_the_distribution_has_a_name_of_its_own_and_the_command_stays():
    assert DISTRIBUTION == PROJECT["name"] != expdb.__name__
    (command,) = entry_points(group="console_scripts", name="expdb")
    assert command.dist is not None
    assert command.dist.name == DISTRIBUTION


# A word that an installer would look up on an index: our old or new name, with extras or a version, but no path.
OURS = re.compile(r"(image[-_.])?expdb(\[[\w,-]*\])?([=<>~!@].*)?")
INSTALLER = re.compile(
    r"\b(?:(?:pip3?|uv|poetry|pdm|conda|mamba)\s(?:[^`#;&|()\n]*\s)?(?:install|add|download)|uvx|pipx\s(?:install|run))\s"
    r"([^`#;&|()\n]*)"
)
EXTRA = re.compile(r"\bexpdb\[[a-z]+\]")


def index_installs(text: str) -> list[str]:
    """Return the words of a text that send an installer to an index for this package."""
    commands = INSTALLER.findall(text.replace("\\\n", " "))
    words = [word.strip("'\".,:") for command in commands for word in command.split()]
    return [word for word in words if OURS.fullmatch(word)] + EXTRA.findall(text)


@pytest.mark.parametrize("name", ["expdb", "image-expdb", "image_expdb"])
@pytest.mark.parametrize(
    "words",
    [
        "pip install {}", "pip install '{}==0.1.0'", "`pip install -U {}`.", "python -m pip install --user {}",
        "uv pip install -q --python x {}", "uv tool install {}", "uv add {}", "pipx install {}", "uvx {}",
        "conda install {}", "pip install \\\n    {}", "pip install torch {}",
    ],
)  # fmt: skip
def test_an_install_by_name_is_seen(words: str, name: str):
    assert len(index_installs(words.format(name))) == 1


@pytest.mark.parametrize(
    "words",
    [
        "pip install '.[postgres]'", "uv pip install -e '.[postgres]'", "pip install . # expdb", "uv run expdb ls",
        "pip install 'image_expdb-0.1.0-py3-none-any.whl[postgres]'", "pip install ./expdb", "(pip install x) expdb",
    ],
)  # fmt: skip
def test_an_install_from_the_clone_or_a_wheel_is_none(words: str):
    assert index_installs(words) == []


@pytest.mark.skipif(shutil.which("git") is None or not (ROOT / ".git").exists(), reason="no clone")
def test_no_text_installs_expdb_from_an_index():
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    texts = {name: ROOT / name for name in listed.split("\0") if (ROOT / name).is_file()}
    found = {name: index_installs(path.read_text(encoding="utf-8", errors="ignore")) for name, path in texts.items()}

    assert len(found) > 500
    assert {name: words for name, words in found.items() if words} == {}


def test_what_runs_before_a_commit_is_the_lint_of_the_gate_and_comes_from_here():
    repos = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))["repos"]
    hooks = [hook for repo in repos for hook in repo["hooks"]]
    lint = re.search(r"^lint:.*\n((?:\t.*\n)+)", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)

    assert [repo["repo"] for repo in repos] == ["local"]
    assert {hook["language"] for hook in hooks} == {"system"}
    checks = [line.split()[0].replace("$(BIN)", ".venv/bin") for line in lint[1].splitlines()]
    assert [hook["entry"].split()[0] for hook in hooks] == checks
