"""What a terminal and a log say of a run: epochs that are evaluated and others, and what took how long."""

from typing import Any

import pytest

from expdb.domain.spec import RunSpec
from expdb.report.run_lines import RunLines
from tests.factories import make_spec
from tests.store.events import FINISHED, epoch, failed, started

UNKNOWN: dict[str, Any] = {"test_loss": None, "top1": None, "top5": None, "eval_seconds": 0.0}


def with_classes(number: int, **settings: Any) -> RunSpec:
    spec = make_spec(**settings)
    return spec.model_copy(update={"data": spec.data.model_copy(update={"num_classes": number})})


def told(lines: RunLines, *events: Any) -> list[str]:
    return [line for event in events for line in lines.of(event)]


def test_epoch_that_is_not_evaluated_has_dashes_in_place_of_its_accuracies() -> None:
    lines = RunLines(1, make_spec(epochs=2, eval__every=2))
    start = started()
    told(lines, start)

    (headings,) = lines.headings(start)
    first, second = told(lines, epoch(1, **UNKNOWN), epoch(2, top1=0.5, top5=0.9))

    assert first.split() == ["1/2", "0.1", "1.5000", "–", "–", "–", "700", "2.0s"]
    assert second.split() == ["2/2", "0.1", "1.5000", "1.2500", "50.00%", "90.00%", "700", "2.5s"]
    assert len(first) == len(second) == len(headings)


def test_five_classes_have_no_column_of_top5_nor_one_in_the_last_line() -> None:
    lines = RunLines(1, with_classes(5, epochs=1))
    start = started()
    told(lines, start)

    (headings,) = lines.headings(start)
    row, last = told(lines, epoch(1, top5=None), FINISHED)

    assert "top-5" not in headings + last
    assert len(row) == len(headings)
    assert "–" not in row


def test_last_line_says_what_training_evaluation_and_both_took() -> None:
    lines = RunLines(7, make_spec(epochs=3))
    epochs = [epoch(number, train_seconds=30.0, eval_seconds=10.0, top1=0.1 * number) for number in (1, 2, 3)]

    *_, last = told(lines, started(), *epochs, FINISHED)

    assert last == (
        "run 7 finished: top-1 30.00%, top-5 90.00% (last epoch); training 1m 30s, evaluation 30s, together 2m 0s; "
        "expdb show 7"
    )


def test_last_line_of_a_resumed_run_counts_the_epochs_of_before_that_count() -> None:
    before = [_row(number) for number in (1, 2, 3)]  # the third is done again
    lines = RunLines(7, make_spec(epochs=3), earlier=before)

    *_, last = told(lines, started(first_epoch=3), epoch(3, train_seconds=30.0, eval_seconds=10.0), FINISHED)

    assert "training 1m 30s, evaluation 30s, together 2m 0s" in last


def test_run_whose_epochs_were_all_trained_before_says_their_result() -> None:
    lines = RunLines(7, make_spec(epochs=3), earlier=[_row(number) for number in (1, 2, 3)])

    *_, last = told(lines, started(first_epoch=4), FINISHED)

    assert last.startswith("run 7 finished: top-1 50.00%")


@pytest.mark.parametrize(
    ("dataset", "part"), [("digits", "10 of 360 test images"), ("cifar10", "10 of 10,000 test images")]
)
def test_last_line_says_of_how_many_test_images_the_result_is(dataset: str, part: str) -> None:
    lines = RunLines(7, make_spec(epochs=1, data__dataset=dataset, data__test_limit=10))

    *_, last = told(lines, started(), epoch(1, top1=0.1, top5=0.5), FINISHED)

    assert last.startswith(f"run 7 finished: top-1 10.00%, top-5 50.00% on {part} (last epoch); ")


@pytest.mark.parametrize(
    ("before", "events", "after"),
    [
        ([], [], ""),
        ([], [started()], ""),
        ([], [started(), epoch(1), epoch(2)], " after epoch 2 of 3"),
        ([1, 2], [], " after epoch 2 of 3"),
        ([1, 2], [started(first_epoch=3)], " after epoch 2 of 3"),
        ([1, 2], [started(first_epoch=2)], " after epoch 1 of 3"),  # the second is done again
        ([1, 2], [started(first_epoch=1)], ""),  # there was no checkpoint
    ],
)
@pytest.mark.parametrize(
    ("status", "reason", "way_out"), [("killed", "interrupted", "resume"), ("failed", "error", "show")]
)
def test_line_of_an_early_end_says_after_which_epoch(
    before: list[int], events: list[Any], after: str, status: str, reason: str, way_out: str
) -> None:
    lines = RunLines(7, make_spec(epochs=3), earlier=[_row(number) for number in before])

    *_, last = told(lines, *events, failed(status=status, reason=reason))

    assert last == f"run 7 {status} ({reason}){after}; see expdb {way_out} 7"


def _row(number: int) -> Any:
    return epoch(number, train_seconds=30.0, eval_seconds=10.0)
