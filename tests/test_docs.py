"""Documentation that drifts from the code is a failing test."""

import re
import runpy
import tomllib
from pathlib import Path

import pytest

from expdb.catalog.augmentations import AUGMENTATIONS
from expdb.catalog.datasets import DATASETS
from expdb.catalog.model_aliases import ALIASES
from expdb.catalog.optimizers import OPTIMIZERS
from expdb.domain.spec import spec_fields
from expdb.interop.papers_and_claims import read_claims, read_papers
from expdb.interop.report_yaml import read_yaml
from expdb.report.columns import COLUMNS
from expdb.report.written.reading.datasets_said import datasets_said
from expdb.report.written.reading.heading import read_heading
from expdb.report.written.reading.said_around import read_surroundings
from expdb.report.written.reading.vocabulary import default_vocabulary
from expdb.report.written.written_table import Surroundings
from tests.source_names import is_defined

ROOT = Path(__file__).parents[1]
REFERENCE = (ROOT / "docs" / "reference.md").read_text(encoding="utf-8")
PAGES = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]
DECISIONS = sorted((ROOT / "docs" / "decisions").glob("[a-z]*.md"))


def test_the_reference_is_what_the_code_says():
    build = runpy.run_path(str(ROOT / "docs" / "build.py"))
    assert build["reference"]() == REFERENCE, "run: make docs"


def test_the_reference_names_every_entry_of_the_catalog_every_setting_and_every_column():
    names = [*ALIASES, *DATASETS, *AUGMENTATIONS, *OPTIMIZERS, *spec_fields(), *COLUMNS]
    assert [name for name in names if f"`{name}`" not in REFERENCE] == []


def test_the_example_of_a_file_of_headings_gives_its_words_their_meaning():
    example = REFERENCE.partition("\n## Headings of written tables\n")[2].partition("```toml\n")[2].partition("```")[0]
    vocabulary = default_vocabulary().with_additions(documents={"example.toml": example})
    read = [read_heading(text, vocabulary) for text in ("Acc. (ours)", "score", "최종 성능 (%)", "Wall hours")]

    assert [(heading.key, heading.unit) for heading in read] == [
        ("top1", ""), ("top1", ""), ("top1", "%"), ("train_seconds", "h"),
    ]  # fmt: skip
    assert read_heading("학습 시간 (분 단위)", vocabulary).unit == "min"
    assert read_heading("Training time (Minuten)", vocabulary).unit == "min"
    assert datasets_said("CIFAR-100-LT", vocabulary) == datasets_said("Long-tailed CIFAR-100", vocabulary)
    assert read_surroundings(Surroundings(caption="Images with fog"), vocabulary).other_images


def test_the_reference_names_every_section_of_a_file_of_headings():
    sections = tomllib.loads((ROOT / "expdb" / "catalog" / "headings.toml").read_text(encoding="utf-8"))

    assert [name for name in sections if f"`[{name}." not in REFERENCE] == []
    for section in ("around", "cells", "models", "captions"):
        assert [name for name in sections[section] if f"`{name}`" not in REFERENCE] == []


def _example(section: str, language: str, number: int = 0) -> str:
    text = REFERENCE.partition(f"\n## {section}\n")[2].partition("\n## ")[0]
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)[number]


def test_the_example_of_a_list_of_rows_is_read_as_described():
    (table,) = read_yaml(_example("Files of rows, papers and claims", "yaml"), name="rows.yaml")
    (run,) = table.runs

    assert (run.name, run.document, run.dataset, run.model) == ("study/1", "study-2", "cifar100", "ResNet50")
    assert (run.top1, run.top5, run.num_params, run.macs) == (0.7905, 0.9394, 23_000_000, None)
    assert (run.train_seconds, run.num_devices, run.parallel) == (4046.0, 2, "DDP")
    assert run.source == "An Initial Study, p. 8, table “Results on CIFAR-100”, row 1"
    assert (run.settings, run.quote) == ({"auto_augment": True, "lr": 0.1}, {"Train time": "1h 7m 26s"})


def test_the_examples_of_papers_and_claims_are_read_as_described(tmp_path: Path):
    file = tmp_path / "papers.toml"
    file.write_text(_example("Files of rows, papers and claims", "toml", 0), encoding="utf-8")
    (paper,) = read_papers(file)
    file.write_text(_example("Files of rows, papers and claims", "toml", 1), encoding="utf-8")
    (claim,) = read_claims(file)

    assert (paper.title, paper.year, paper.position) == ("Deep Residual Learning for Image Recognition", 2016, 1)
    assert (claim.key, claim.status) == ("K1", "untested")
    assert claim.test is not None
    assert (claim.test.at_least, claim.test.at_most) == (0.01, None)


@pytest.mark.parametrize("page", [*PAGES], ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_to_a_section_of_the_reference_leads_to_one(page: Path):
    titles = re.findall(r"^#+ (.*)", REFERENCE, re.MULTILINE)
    anchors = {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}
    text = page.read_text(encoding="utf-8")
    used = re.findall(r"reference\.md#([\w-]+)", text)
    if page.name == "reference.md" or page.parent.name == "parts":
        used += re.findall(r"\]\(#([\w-]+)\)", text)
    assert set(used) - anchors == set()


def test_every_command_in_the_readme_exists():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    used = set(re.findall(r"\bexpdb (?:--db \S+ )?([a-z]+)\b", readme))
    known = {match.split()[0] for match in re.findall(r"### `expdb ([^`]*)`", REFERENCE)}
    assert used - known == set()


def test_every_make_target_of_the_readme_exists():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert set(re.findall(r"(?:`|    )make ([a-z]+)", readme)) - targets == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_of_a_page_leads_to_a_file(page: Path):
    links = re.findall(r"\]\(([^)#\s]+)\)", page.read_text(encoding="utf-8"))
    assert [link for link in links if "://" not in link and not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_module_and_function_that_a_page_names_exists(page: Path):
    named = re.findall(r"`((?:expdb|dashboard)\.[a-z]\w*(?:\.\w+)*)`", page.read_text(encoding="utf-8"))
    contracts = re.findall(r'"((?:expdb|dashboard)\.\w+(?:\.\w+)*)"', (ROOT / "pyproject.toml").read_text())
    assert sorted(name for name in set(named) - set(contracts) if not is_defined(name)) == []


@pytest.mark.parametrize("page", DECISIONS, ids=lambda page: page.stem)
def test_a_decision_is_short_listed_and_says_why(page: Path):
    text = page.read_text(encoding="utf-8")
    assert re.findall(r"^## (.*)", text, re.MULTILINE) == [
        *("Context", "Decision", "Consequences", "What would change our mind"),
    ]
    assert 15 <= len(text.splitlines()) <= 40
    assert f"]({page.name})" in (page.parent / "README.md").read_text(encoding="utf-8")
