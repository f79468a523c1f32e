"""What other programs read of the project says the same everywhere."""

import re
import tomllib
from pathlib import Path

import yaml

import expdb

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def test_the_citation_is_of_this_version_and_licence():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))

    assert citation["cff-version"] == "1.2.0"
    assert {"message", "title", "authors"} <= set(citation)  # what the format asks for
    assert (citation["type"], citation["title"], citation["license"]) == (
        "software",
        PROJECT["name"],
        PROJECT["license"],
    )
    assert citation["version"] == PROJECT["version"]


def test_the_package_knows_its_version():
    assert expdb.__version__ == PROJECT["version"]


def test_what_runs_before_a_commit_is_the_lint_of_the_gate_and_comes_from_here():
    repos = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))["repos"]
    hooks = [hook for repo in repos for hook in repo["hooks"]]
    lint = re.search(r"^lint:.*\n((?:\t.*\n)+)", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)

    assert [repo["repo"] for repo in repos] == ["local"]
    assert {hook["language"] for hook in hooks} == {"system"}
    checks = [line.split()[0].replace("$(BIN)", ".venv/bin") for line in lint[1].splitlines()]
    assert [hook["entry"].split()[0] for hook in hooks] == checks
