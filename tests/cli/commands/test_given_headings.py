"""`--heading` of import and check, beside the headings that files have."""

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
