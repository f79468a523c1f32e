"""The data files of published numbers, claims and papers: read as they are, typed values held against the cells."""

import re
import tomllib
from decimal import Decimal
from importlib.resources import files
from itertools import pairwise
from pathlib import Path
from typing import get_args

import pytest

from expdb.domain.claim import ClaimStatus

CATALOG = files("expdb.catalog")
FILES = sorted(path.name for path in (CATALOG / "reported_tables").iterdir() if path.name.endswith(".toml"))
MULTIPLIERS = {"": 1, "K": 10**3, "M": 10**6, "G": 10**9, "B": 10**9}


def read(*parts):
    return tomllib.loads(CATALOG.joinpath(*parts).read_text(encoding="utf-8"), parse_float=Decimal)


def rows_of(name):
    return [(table, row) for table in read("reported_tables", name)["tables"] for row in table["rows"]]


def numbers_in(cells):
    """Every number that the cells print, a suffix such as M taken as its factor."""
    found = (match for cell in cells for match in re.findall(r"(\d+(?:\.\d+)?)([KMGB]?)(?![A-Za-z])", cell))
    return {Decimal(digits) * MULTIPLIERS[suffix] for digits, suffix in found}


def test_each_document_has_its_file():
    assert FILES == ["coatnet.toml", "convnext.toml", "swin.toml", "vit_adapter.toml", "vit_comer.toml"]


@pytest.mark.parametrize("name", FILES)
def test_every_row_has_a_cell_for_each_heading(name):
    assert read("reported_tables", name)["title"]
    for table, row in rows_of(name):
        assert len(row["cells"]) == len(table["headings"]) == len(set(table["headings"])), row
        assert row["dataset"]
        assert row["model"]


@pytest.mark.parametrize("name", FILES)
def test_every_typed_number_is_printed_in_its_row(name):
    for _, row in rows_of(name):
        typed = [row[key] for key in ("top1_percent", "num_params", "macs", "img_size") if key in row]
        # A table at one resolution prints it above the rows, if at all.
        if row.get("img_size") == 224 and not any("^2" in cell for cell in row["cells"]):
            typed.remove(224)
        typed += row.get("metrics", {}).values()
        assert typed, row
        assert set(typed) <= numbers_in(row["cells"]), row


@pytest.mark.parametrize("name", FILES)
def test_top1_is_in_percent_and_families_are_named(name):
    for _, row in rows_of(name):
        assert 50 < row.get("top1_percent", 99) < 100
        if row["dataset"] == "imagenet-1k":
            assert row["settings"]["family"] in {"ConvNet", "Transformer", "Hybrid"}
            assert row["settings"]["pretrain"] in {"IN-1K", "IN-22K", "IN-21K+1K", "JFT-300M", "JFT-3B"}


def test_groups_are_unique_and_short():
    groups = [table["group"] for name in FILES for table in read("reported_tables", name)["tables"]]

    assert len(groups) == len(set(groups))
    assert all(re.fullmatch(r"[a-z0-9-]+", group) for group in groups)


@pytest.mark.parametrize("name", FILES)
def test_no_row_stands_twice(name):
    # Equal cells are one printed row with a number for each of two training sets.
    seen = [(table["group"], *row["cells"], repr(row.get("settings"))) for table, row in rows_of(name)]

    assert len(seen) == len(set(seen))


def test_gains_of_the_ablation_lead_from_row_to_row():
    rows = [row["metrics"] for table, row in rows_of("vit_comer.toml") if table["group"] == "vit-comer-ablation"]

    for before, after in pairwise(rows):
        for metric in ("ap_box", "ap_mask"):
            assert after[metric] - before[metric] == after[f"{metric}_gain"]
    assert rows[-1]["ap_box"] - rows[0]["ap_box"] == Decimal("5.6")
    assert rows[-1]["ap_mask"] - rows[0]["ap_mask"] == Decimal("3.4")


def test_claims_are_complete_and_in_order():
    claims = read("claims.toml")["claims"]

    assert [claim["key"] for claim in claims] == [f"K{number}" for number in range(1, 24)]
    for claim in claims:
        assert set(claim) - {"test", "small"} == {"key", "sentence", "source", "tested_by", "known", "status"}
        assert claim["status"] in get_args(ClaimStatus)
        assert all(claim[key] for key in claim if key != "known")


def test_small_tests_of_claims_are_those_that_were_fixed_before_their_runs():
    page = (Path(__file__).parents[2] / "docs" / "small-scale-study.md").read_text(encoding="utf-8")
    roles = {"resnet20": "CNN", "vit_mini": "ViT", "cct_2_3x2": "hybrid"}
    fixed = {
        (claim.split()[0], metric, tuple(difference.split(" − ")), float(smallest))
        for claim, metric, difference, smallest in re.findall(
            r"^\| (K\d+[^|]*) \| `(\w+)`[^|]* \| ([^|]+) \| ([\d.]+) \|$", page, re.MULTILINE
        )
    }
    told = {
        (
            claim["key"],
            small["metric"],
            tuple(roles[small[side].split()[-1]] for side in "ba"),
            float(small["smallest"]),
        )
        for claim in read("claims.toml")["claims"]
        for small in claim.get("small", ())
    }

    assert len(fixed) == 7
    assert told == fixed


def test_papers_are_complete_and_in_order():
    papers = read("papers.toml")["papers"]

    assert [paper["order"] for paper in papers] == list(range(1, 26))
    assert list(dict.fromkeys(paper["week"] for paper in papers)) == ["1", "2", "3", "4", "5 & 6", "7", "8"]
    for paper in papers:
        assert set(paper) - {"note", "link"} == {"order", "week", "title", "venue", "year", "uses"}
        assert paper["uses"]
        assert paper.get("link", "https://").startswith("https://")
