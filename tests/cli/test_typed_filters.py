"""Filters as they are typed behind options: what is said where they are not understood, or find nothing."""

from pathlib import Path

import pytest

from expdb.domain.run import Environment, ReportedRun
from expdb.store.store import Store
from tests.cli.conftest import Cli
from tests.factories import make_spec
from tests.store.events import FINISHED, epoch


@pytest.fixture
def filled(cli: Cli, tmp_path: Path) -> Cli:
    """A finished run of resnet_mini on digits, and two rows of a document with metrics."""
    with Store.open(f"sqlite:///{tmp_path}/runs.db") as store:
        run_id = store.add_run(make_spec(), group="mine", tags=["best"])
        store.start_run(run_id, Environment())
        store.record(run_id, epoch(1, top1=0.9))
        store.record(run_id, epoch(2, top1=0.9))
        store.record(run_id, FINISHED)
        for name, value in (("low", 60.0), ("high", 80.5)):
            stated = {"source": "a report", "quote": {}, "dataset": "ade20k", "metrics": {"mIoU": value}}
            store.add_reported(ReportedRun(name=name, group="report", model="ViT", **stated))
    return cli


def test_a_status_that_no_run_has_is_refused_by_its_option(filled: Cli):
    refused = filled("ls", "--status", "done", "--where", "id > 0")

    assert refused.code == 2
    assert refused.err == (
        "error: --status done: status is queued, running, finished, failed, killed or crashed: did you mean finished?\n"
    )


def test_places_in_messages_count_what_was_typed(filled: Cli):
    refused = filled("ls", "--group", "mine", "--where", "top1 > 98")

    assert refused.code == 2
    assert refused.err.startswith("error: '98' at position 8 of the filter: accuracies are fractions: write 98%")
    assert "(" not in refused.err


def test_a_lone_word_as_baseline_is_told_its_field(filled: Cli):
    refused = filled("table", "--baseline", "resnet_mini")

    assert refused.code == 2
    assert "say model = resnet_mini" in refused.err


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("ls", "--model", "resnet_min"), 'no run has model = "resnet_min": did you mean resnet_mini?'),
        (("ls", "--group", "mine", "--where", "kind = reported"), 'no run has both group = "mine" and kind = reported'),
        (("ls", "--where", "top1 > 95%"), "no run has top1 > 95%: it is 90.00%"),
        (("rm", "--where", "tag = bets", "--yes"), "no run has tag = bets: did you mean best?"),
    ],
)
def test_lists_without_a_run_name_the_term_that_leaves_none(filled: Cli, arguments: tuple[str, ...], told: str):
    listed = filled(*arguments)

    assert (listed.code, listed.out) == (0, f"{told}\n")


def test_a_table_without_a_row_says_which_term_leaves_none(filled: Cli):
    table = filled("table", "--where", "dataset = cifar and top1 > 10%")

    assert table.code == 0
    assert "no run has dataset = cifar" in table.err
    assert "no run" not in filled("table", "--where", "dataset = digits").err


def test_lists_are_sorted_and_filtered_by_metrics_of_documents(filled: Cli):
    listed = filled("ls", "--csv", "--columns", "name,metrics.mIoU", "--sort", "-metrics.mIoU")
    chosen = filled("ls", "--csv", "--columns", "name", "--where", "metrics.mIoU > 70")

    assert [line.split(",")[0] for line in listed.out.splitlines()[1:]] == ["high", "low", ""]
    assert [line.split(",")[0] for line in chosen.out.splitlines()[1:]] == ["high"]
