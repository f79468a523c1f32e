"""Documentation that drifts from the code is a failing test."""

import re
import runpy
from pathlib import Path

from expdb.catalog.augmentations import AUGMENTATIONS
from expdb.catalog.datasets import DATASETS
from expdb.catalog.model_aliases import ALIASES
from expdb.catalog.optimizers import OPTIMIZERS
from expdb.domain.spec import spec_fields
from expdb.report.columns import COLUMNS

ROOT = Path(__file__).parents[1]
REFERENCE = (ROOT / "docs" / "reference.md").read_text(encoding="utf-8")


def test_the_reference_is_what_the_code_says():
    build = runpy.run_path(str(ROOT / "docs" / "build.py"))
    assert build["reference"]() == REFERENCE, "run: make docs"


def test_the_reference_names_every_entry_of_the_catalog_every_setting_and_every_column():
    names = [*ALIASES, *DATASETS, *AUGMENTATIONS, *OPTIMIZERS, *spec_fields(), *COLUMNS]
    assert [name for name in names if f"`{name}`" not in REFERENCE] == []


def test_every_command_in_the_readme_exists():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    used = set(re.findall(r"\bexpdb (?:--db \S+ )?([a-z]+)\b", readme))
    known = {match.split()[0] for match in re.findall(r"### `expdb ([^`]*)`", REFERENCE)}
    assert used - known == set()


def test_every_file_that_the_readme_links_to_exists():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    links = re.findall(r"\]\(([^)#]+)\)", readme)
    assert links
    assert [link for link in links if "://" not in link and not (ROOT / link).exists()] == []


def test_every_make_target_of_the_readme_exists():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert set(re.findall(r"(?:`|    )make ([a-z]+)", readme)) - targets == set()
