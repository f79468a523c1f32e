"""`--heading` of import and check, beside the headings that files have."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Cli

REPORT = """\
# A report

## Results on CIFAR-100

| Model | Fidelity | Latency [ms] |
|---|---|---|
| ResNet50 | 79.05 | 3.2 |
| SENet50 | 80.00 | 3.4 |
"""


@pytest.fixture
def report(cli: Cli, tmp_path: Path) -> Path:
    """An imported report."""
    path = tmp_path / "study.md"
    path.write_text(REPORT, encoding="utf-8")
    cli("import", "report", str(path), "--heading", "Fidelity=top1")
    return path


@pytest.mark.parametrize(
    "command", [("import", "report"), ("import", "report", "--dry-run"), ("check", "--allow-empty")]
)
def test_a_heading_that_no_file_has_is_warned_of(cli: Cli, report: Path, command: tuple[str, ...]) -> None:
    found = cli(*command, str(report), "--heading", "Fidelty=top1", "--heading", "Fidelity=top1")

    assert "warning: --heading 'Fidelty=top1': no table has such a heading: did you mean 'Fidelity'?" in found.err
    assert "'Fidelity=top1'" not in found.err
    assert found.code == 0


@pytest.mark.parametrize("command", [("import", "report"), ("check",)])
def test_two_headings_for_one_quantity_are_refused(cli: Cli, report: Path, command: tuple[str, ...]) -> None:
    text = report.read_text(encoding="utf-8").replace("Latency [ms]", "Score")
    report.write_text(text, encoding="utf-8")

    found = cli(*command, str(report), "--heading", "Score=top1", "--heading", "Fidelity=top1")
    assert found.code == 2
    assert "'Score=top1'" in found.err
    assert "'Fidelity=top1'" in found.err


@pytest.mark.parametrize(
    ("heading", "cells", "word"),
    [
        ("FLOPs (G)", ("4.1", "5.2"), "macs"),
        ("Fidelity", ("79.05", "80.00"), "top1"),
        ("Failures in 100", ("20.95 ± 0.10", "20.00 ± 0.2"), "top1_error"),
        ("Zeit", ("1h 7m 26s", "2h 0m 0s"), "train_seconds"),
        ("Cost of a card", ("1.5h", "2.5h"), "gpu_hours"),
        ("Sweeps", ("90", "100"), "epochs"),
        ("Size of it", ("25.6M", "28.1M"), "num_params"),
    ],
)
def test_an_import_without_the_word_of_an_earlier_one_keeps_its_values(
    cli: Cli, tmp_path: Path, heading: str, cells: tuple[str, str], word: str
) -> None:
    rows = "".join(f"| A{place} | {80 + place}.0 | {cell} |\n" for place, cell in enumerate(cells))
    named = "Test acc" if not word.startswith("top1") else "Top-5"
    text = f"# Results on CIFAR-100\n\n| Model | {named} | {heading} |\n|---|---|---|\n{rows}"
    path = tmp_path / "study.md"
    path.write_text(text, encoding="utf-8")
    first = cli("import", "report", str(path), "--heading", f"{heading}={word}")
    before = [json.loads(cli("show", str(run), "--json").out) for run in (1, 2)]
    found = cli("import", "report", str(path))
    after = [json.loads(cli("show", str(run), "--json").out) for run in (1, 2)]

    assert (first.code, found.code) == (0, 0)
    assert [{**one, "row_key": None} for one in after] == [{**one, "row_key": None} for one in before]
    assert "warning: results-on-cifar-100: “" in found.err
    assert f"say --heading '{heading}={word.removesuffix('_error')}" in found.err
    assert cli("import", "report", str(path), "--heading", f"{heading}={word}").err == ""


def test_a_cell_that_the_document_corrected_is_not_kept(cli: Cli, report: Path) -> None:
    report.write_text(REPORT.replace("80.00", "81.00"), encoding="utf-8")
    found = cli("import", "report", str(report))

    assert "“Fidelity” was top1" in found.err
    assert json.loads(cli("show", "1", "--json").out)["top1"] == 0.7905
    assert json.loads(cli("show", "2", "--json").out)["top1"] is None


def test_another_word_for_a_heading_is_taken(cli: Cli, report: Path) -> None:
    found = cli("import", "report", str(report), "--heading", "Fidelity=top5")

    assert found.err == ""
    shown = json.loads(cli("show", "1", "--json").out)
    assert (shown["top1"], shown["top5"]) == (None, 0.7905)
