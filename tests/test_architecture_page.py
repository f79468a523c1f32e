"""docs/architecture.md draws the contracts and leaves no folder out; what it names exists (see `test_docs`)."""

import re
import runpy
from pathlib import Path

import pytest

from tests.source_names import is_defined

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
BUILD = runpy.run_path(str(ROOT / "docs" / "build.py"))


def folders(package: str) -> set[str]:
    """Every folder of a package with files of the project in it."""
    files = (path for path in (ROOT / package).rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {f"{path.parent.relative_to(ROOT).as_posix()}/" for path in files}


def test_the_picture_is_what_the_contracts_say():
    assert BUILD["architecture"](PAGE, BUILD["read_linter"]()) == PAGE, "run: make docs"


def test_another_layer_is_another_picture():
    linter = BUILD["read_linter"]()
    layers = next(contract for contract in linter["contracts"] if contract["type"] == "layers")
    layers["layers"].append("below_all")

    assert '["below_all"]' in BUILD["architecture"](PAGE, linter)


def test_the_picture_shows_every_package_and_layer():
    picture = PAGE.partition("```mermaid")[2].partition("```")[0].replace("<br/>", " ")
    linter = BUILD["read_linter"]()
    layers = [layer for contract in linter["contracts"] for layer in contract.get("layers", ())]

    assert [layer for layer in layers if f'["{layer}"]' not in picture] == []
    assert [root for root in linter["root_packages"] if not re.search(rf"\b{root}\b", picture)] == []


@pytest.mark.parametrize("package", ["expdb", "dashboard"])
def test_every_folder_has_its_line_and_no_other_has_one(package: str):
    told = re.findall(rf"^- `({package}/(?:[\w./]+/)?)`: \S", PAGE, re.MULTILINE)

    assert sorted(told) == sorted(folders(package))


def test_the_folders_beside_the_packages_are_there():
    beside = re.findall(r"^- `(\w+/)`: \S", PAGE, re.MULTILINE)

    assert [folder for folder in beside if not (ROOT / folder).is_dir()] == []


@pytest.mark.parametrize("name", ["expdb.store.store.Store.open", "expdb.store", "expdb.domain.events.Event"])
def test_what_exists_is_found(name: str):
    assert is_defined(name)


@pytest.mark.parametrize("name", ["expdb.store.store.Store.gone", "expdb.gone", "expdb.cli.gone", "gone"])
def test_what_is_gone_is_not(name: str):
    assert not is_defined(name)
