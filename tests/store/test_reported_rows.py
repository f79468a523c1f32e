"""Rows of documents: their keys, what they said before, and entering them, on every back end."""

from dataclasses import replace

import pytest

from expdb.domain.run import ReportedChange, ReportedRun
from expdb.errors import NotFoundError, SpecError
from tests.factories import make_spec

ROW = ReportedRun(
    name="results/1",
    group="results",
    source="A study, table “Results”, row 1 (line 7)",
    quote={"Model": "ResNet-50", "Top-1": "82.10 ± 0.20"},
    dataset="cifar100",
    model="ResNet-50",
    document="study/README.md",
    row_key="a1",
    settings={"lr": 0.5, "cutmix": True, "auto_augment": "v0"},
    top1=0.821,
    metrics={"top1_spread": 0.2},
)
OTHER = replace(ROW, name="results/2", row_key="b2", model="SENet-50")


def test_a_row_keeps_its_document_and_key(store):
    run = store.run(store.add_reported(ROW))

    assert (run.document, run.row_key) == ("study/README.md", "a1")
    assert store.runs("document = study/README.md") == [run]


def test_a_row_without_a_key_has_none(store):
    for name in ("a", "b"):
        run = store.run(store.add_reported(replace(ROW, name=name, document="", row_key="")))

        assert (run.document, run.row_key) == (None, None)
    assert store.run_parts("document = null", ["document"])


def test_a_key_is_given_once_also_after_its_row_was_removed(store):
    run_id = store.add_reported(ROW)
    store.edits.remove(run_id)

    with pytest.raises(SpecError, match=f"row 'x' of 'study/README.md' is run {run_id} already"):
        store.add_reported(replace(ROW, name="x"))


def test_rows_of_a_document_are_read_by_key_without_removed_ones_and_those_of_others(store):
    first, second = store.add_reported(ROW), store.add_reported(OTHER)
    store.add_reported(replace(ROW, name="results/3", document="other.md", row_key="c3"))
    store.add_reported(replace(ROW, name="results/4", row_key=""))
    store.add_run(make_spec())

    assert store.reported_rows("study/README.md") == {"a1": store.run(first), "b2": store.run(second)}
    store.edits.remove(first)
    assert list(store.reported_rows("study/README.md")) == ["b2"]
    assert store.reported_rows("none.md") == {}


def test_inside_a_transaction_removed_rows_count_too(store):
    first, second = store.add_reported(ROW), store.add_reported(replace(OTHER, row_key="", document=""))
    store.edits.remove(first)
    store.edits.remove(second)
    store.add_run(make_spec(), name="results/x", group="results")

    with store.reported.entering() as rows:
        assert [run.id for run in rows.of("study/README.md")] == [first]
        assert [run.id for run in rows.without_key()] == [second]
        assert rows.names("results") == {"results/1", "results/2", "results/x"}
        assert rows.names("result") == rows.names("r%") == set()
        assert rows.documents("results") == {"study/README.md", None}
        rows.restore(first)
    assert store.run(first).removed_at is None


def test_a_changed_row_says_the_new_values_under_its_own_name_and_keeps_the_old_ones(store):
    run_id = store.add_reported(ROW)
    store.edits.change_tags(run_id, add=["mine"])
    store.edits.set_note(run_id, "a note")
    changed = replace(ROW, name="x/9", group="x", top1=0.824, settings={"lr": 0.1}, metrics={}, source="A study, row 2")

    with store.reported.entering() as rows:
        rows.change(run_id, changed, old_values={"top1": 0.821}, new_values={"top1": 0.824})
    with store.reported.entering() as rows:
        rows.change(run_id, ROW, old_values={"top1": 0.824, "num_params": None}, new_values={"top1": 0.821})
    with store.reported.entering() as rows:
        rows.change(run_id, changed, old_values={}, new_values={})

    run = store.run(run_id)
    assert (run.name, run.group, run.tags, run.note) == ("results/1", "results", ("mine",), "a note")
    assert (run.results.top1, run.settings, run.metrics, run.source) == (0.824, {"lr": 0.1}, {}, "A study, row 2")
    assert (run.fields["lr"], run.fields["policy"]) == (0.1, None)
    first, second = store.reported.changes(run_id)
    assert isinstance(first, ReportedChange)
    assert (first.number, first.old_values, first.new_values) == (1, {"top1": 0.821}, {"top1": 0.824})
    assert first.source == "A study, row 2"
    assert (second.number, second.old_values) == (2, {"top1": 0.824, "num_params": None})
    assert first.changed_at <= second.changed_at


def test_a_run_that_never_changed_has_no_history(store):
    assert store.reported.changes(store.add_run(make_spec())) == []
    with pytest.raises(NotFoundError, match="no run 7"):
        store.reported.changes(7)


def broken_off(store, run_id, error):
    with store.reported.entering() as rows:
        rows.add(OTHER)
        rows.change(run_id, replace(ROW, top1=0.5), old_values={"top1": 0.821}, new_values={"top1": 0.5})
        rows.restore(run_id)
        raise error


@pytest.mark.parametrize("error", [KeyboardInterrupt, SpecError, ZeroDivisionError])
def test_what_is_broken_off_enters_nothing(store, error):
    run_id = store.add_reported(ROW)
    store.edits.remove(run_id)
    before = store.run(run_id)

    with pytest.raises(error):
        broken_off(store, run_id, error("broken off"))

    assert store.runs(include_removed=True) == [before]
    assert store.reported.changes(run_id) == []
