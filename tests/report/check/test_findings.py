"""What is told of findings: whose rows are meant, in how many digits, and why nothing is known."""

import pytest

from expdb.report.check.check import check_text
from expdb.report.check.findings import CheckedTable, Finding, summary
from tests.store_runs import add_finished


def reported(document, status="as reported"):
    return Finding(
        line=1, column="Top-1", part="", row="r", printed="1", recorded="1", status=status, document=document
    )


@pytest.mark.parametrize(
    ("documents", "said"),
    [
        (["vit.md"], "1 number: 1 as reported in vit.md"),
        (["vit.md", "vit.md"], "2 numbers: 2 as reported in vit.md"),
        (["vit.md", "deit.md", "vit.md"], "3 numbers: 3 as reported in 2 documents"),
        (["A Study"], "1 number: 1 as reported in “A Study”"),
        (
            ["A study of very many networks and all images"],
            "1 number: 1 as reported in “A study of very many networks…”",
        ),
    ],
)
def test_last_line_says_whose_rows_are_meant_within_80_columns(documents, said):
    table = CheckedTable(line=1, findings=tuple(map(reported, documents)))

    assert summary([table], says_documents=True) == said
    assert " in " not in summary([table])
    assert len(said) <= 80


def told(store, heading, cell):
    add_finished(store, top1=0.772, start={"num_params": 11_173_962, "macs": 556_000_000}, model__name="resnet18")
    text = f"# digits\n\n| Model | {heading} |\n|---|{'---|' * (1 + heading.count('|'))}\n| ResNet18 | {cell} |\n"
    return [one for table in check_text(text, store, []) for one in table.findings if one.status != "confirmed"]


@pytest.mark.parametrize(
    ("heading", "cell", "recorded"),
    [
        ("Top-1 | Params (M)", "77.2 | 11.2G", "0.01117G"),
        ("Top-1 | Params", "77.2 | 12B", "0.0112B"),
        ("Top-1 | MACs (G)", "77.2 | 1.3T", "0.00056T"),
    ],
)
def test_number_in_a_unit_too_large_is_told_beside_digits_that_are_not_all_0(store, heading, cell, recorded):
    [finding] = told(store, heading, cell)

    assert (finding.status, finding.recorded) == ("contradicted", recorded)


@pytest.mark.parametrize("cell", ["77.2 [70.0, 80.0]", "77.2 ± 0.1"])
def test_what_is_printed_beside_a_number_and_not_recorded_is_unknown_with_a_reason(store, cell):
    found = told(store, "Top-1", cell)

    assert {one.status for one in found} == {"unknown"}
    assert all("nothing of the kind is recorded" in one.reason for one in found)
