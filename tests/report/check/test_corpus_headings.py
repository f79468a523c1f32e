"""Headings of the corpus that are no known quantity, above a number that a measured run has: never confirmed."""

from collections.abc import Iterator

import pytest

from expdb.report.check.check import check_text
from expdb.store.store import Store
from tests.report.written.answers import answered_documents
from tests.store_runs import add_finished

# What a run that finished has too, if only as the same number.
KNOWN = ("Depth", "crop_pct", "Accuracy", "CIFAR-10", "Clean accuracy (%)", "최고 정확도 (%)", "Top-1 error (%)")
OWN = sorted(
    {
        heading
        for document in answered_documents()
        for answers in document.tables
        for column in answers[0].get("columns", ())
        if column.startswith("own")
        and (heading := column.removeprefix("own").removeprefix("?").strip()) not in KNOWN
        and "|" not in heading
    }
)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A store with one run of 4.88 in whatever it measures."""
    with Store.open(f"sqlite:///{tmp_path_factory.mktemp('headings')}/runs.db") as opened:
        add_finished(
            opened,
            top1=0.0488,
            last={"top5": 0.0488, "train_seconds": 4.88, "eval_seconds": 4.88},
            start={"num_params": 4_880_000, "num_trainable_params": 4_880_000, "macs": 4_880_000_000},
            data__dataset="cifar10",
            model__name="resnet18",
            epochs=5,
        )
        yield opened


@pytest.mark.parametrize("heading", OWN)
def test_a_number_under_a_heading_of_its_own_is_never_confirmed(heading, store):
    text = (
        f"# CIFAR-10\n\n| Model | Epochs | Top-1 (%) | {heading} |\n|---|---|---|---|\n| ResNet18 | 5 | 4.88 | 4.88 |\n"
    )

    [table] = check_text(text, store, ())

    confirmed = {one.column for one in table.findings if one.status == "confirmed"}
    assert confirmed == {"Top-1 (%)", "Epochs"}
