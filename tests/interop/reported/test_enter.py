"""Rows of documents on their way into the store, on every back end."""

from dataclasses import replace

import pytest

from expdb.catalog.reported import reported_runs
from expdb.domain.run import ReportedRun
from expdb.errors import SpecError
from expdb.interop.report_yaml import read_yaml
from expdb.interop.reported.documents import by_document
from expdb.interop.reported.enter import ReportedTable, enter, row_source
from expdb.report.written.row_identity import row_keys
from expdb.store.reported_rows import EnteringRows
from tests.factories import make_spec

ROWS = {"VGG16": 0.7, "ResNet-50": 0.821, "SENet-50": 0.83}


def table(
    rows=ROWS, *, document="study/README.md", title="A study", heading="Results", group="results", **changed
) -> ReportedTable:
    keys = row_keys(document, [(heading, [("model", model)]) for model in rows])
    runs = tuple(
        ReportedRun(
            name=f"{group}/{number}",
            group=group,
            source=row_source(title, page=None, table=heading, row=f"{number} (line {number + 6})"),
            quote={"Model": model, "Top-1": f"{100 * top1:.2f}"},
            dataset="cifar100",
            model=model,
            document=document,
            row_key=key,
            top1=top1,
            **changed,
        )
        for number, ((model, top1), key) in enumerate(zip(rows.items(), keys, strict=True), start=1)
    )
    return ReportedTable(file="README.md", group=group, runs=runs)


def without_key(entered: ReportedTable) -> list[ReportedRun]:
    """The rows as they were entered before rows had a key."""
    return [replace(row, document="", row_key="") for row in entered.runs]


def models(store) -> dict[str, str]:
    return {str(run.name): run.model for run in store.runs(include_removed=True)}


def test_new_rows_are_entered_under_their_names(store):
    [entered] = enter(store, [table()])

    assert entered.new == {"results/1": 1, "results/2": 2, "results/3": 3}
    assert (entered.group, entered.wanted) == ("results", "results")
    assert not (entered.present)
    assert not (entered.restored)
    assert not entered.changed
    assert not entered.gone
    assert {run.document for run in store.runs()} == {"study/README.md"}


def test_a_second_time_changes_nothing(store):
    enter(store, [table()])
    before = store.runs()
    [entered] = enter(store, [table()])

    assert list(entered.present.values()) == [1, 2, 3]
    assert not entered.new
    assert not entered.changed
    assert store.runs() == before
    assert store.reported.changes(2) == []


@pytest.mark.parametrize("order", [("SENet-50", "VGG16", "ResNet-50"), ("ResNet-50", "SENet-50", "VGG16")])
def test_rows_that_move_say_their_new_place_and_keep_their_names(store, order):
    enter(store, [table()])
    [entered] = enter(store, [table({model: ROWS[model] for model in order})])

    assert not entered.new
    assert not entered.changed
    assert not entered.gone
    assert models(store) == {"results/1": "VGG16", "results/2": "ResNet-50", "results/3": "SENet-50"}
    assert store.run("results/1").source.endswith(f"row {order.index('VGG16') + 1} (line {order.index('VGG16') + 7})")


@pytest.mark.parametrize("place", range(4))
def test_an_inserted_row_is_entered_alone(store, place):
    enter(store, [table()])
    rows = [*ROWS.items()]
    rows.insert(place, ("ViT-S", 0.9))
    [entered] = enter(store, [table(dict(rows))])

    assert entered.new == {"results/4": 4}
    assert models(store)["results/4"] == "ViT-S"
    assert not entered.changed
    assert not entered.gone


def test_a_changed_value_of_any_kind_is_told_and_kept_as_history(store):
    enter(store, [table(settings={"lr": 0.1, "cutmix": True}, metrics={"ece": 1.5}, epochs=200)])
    changed = table({**ROWS, "ResNet-50": 0.824}, settings={"lr": 0.2}, metrics={"ece": 1.5, "miou": 3.0}, epochs=None)
    [entered] = enter(store, [changed])

    row = entered.changed["results/2"]
    expected = {
        "top1": (0.821, 0.824),
        "settings.lr": (0.1, 0.2),
        "settings.cutmix": (True, None),
        "metrics.miou": (None, 3.0),
        "epochs": (200, None),
        "quote.Top-1": ("82.10", "82.40"),
    }
    assert {name: (row.old_values[name], row.new_values[name]) for name in row.new_values} == expected
    assert "top1" not in entered.changed["results/1"].new_values
    [change] = store.reported.changes(2)
    assert (change.old_values, change.new_values) == (row.old_values, row.new_values)
    run = store.run(2)
    assert (run.results.top1, run.settings, run.fields["lr"], run.fields["epochs"]) == (0.824, {"lr": 0.2}, 0.2, None)


def test_a_number_printed_otherwise_is_kept_as_history_too(store):
    enter(store, [table()])
    again = table()
    first = replace(again.runs[0], quote={"Model": "VGG16", "Top-1": "70.0"})
    [entered] = enter(store, [replace(again, runs=(first, *again.runs[1:]))])

    assert entered.changed["results/1"].new_values == {"quote.Top-1": "70.0"}


def test_a_removed_row_is_restored_and_what_it_says_now_is_told(store):
    enter(store, [table()])
    store.edits.remove(1)
    store.edits.remove(2)
    [entered] = enter(store, [table({**ROWS, "ResNet-50": 0.824})])

    assert entered.restored == {"results/1": 1, "results/2": 2}
    assert list(entered.changed) == ["results/2"]
    assert all(run.removed_at is None for run in store.runs(include_removed=True))


def test_a_renamed_row_keeps_its_name_and_labels(store):
    enter(store, [table()])
    store.edits.rename(2, "ours")
    store.edits.change_tags(2, add=["best"])
    store.edits.rename(3, None)
    [entered] = enter(store, [table({**ROWS, "ResNet-50": 0.824})])

    assert entered.present == {"results/1": 1, "ours": 2, "run 3": 3}
    assert (store.run(2).tags, store.run(2).results.top1) == (("best",), 0.824)


def test_rows_that_the_document_does_not_have_any_more_are_told_and_kept(store):
    other = table(heading="Ablation", group="ablation")
    enter(store, [table(), other])
    results, ablation = enter(store, [table({"VGG16": 0.7})])

    assert (results.group, results.gone) == ("results", {"results/2": 2, "results/3": 3})
    assert (ablation.group, list(ablation.gone)) == ("ablation", ["ablation/1", "ablation/2", "ablation/3"])
    assert len(store.runs()) == 6
    store.edits.remove(2)
    assert enter(store, [table({"VGG16": 0.7})])[0].gone == {"results/3": 3}


@pytest.mark.parametrize(
    ("document", "group"),
    [("deit/README.md", "results-deit-readme"), ("other.md", "results-other"), ("연구.md", "results-연구")],
)
def test_a_second_document_with_the_same_heading_has_a_group_of_its_own(store, document, group):
    enter(store, [table()])
    [entered] = enter(store, [table(document=document, title="Another study")])
    [again] = enter(store, [table({"ViT-S": 0.9, **ROWS}, document=document, title="Another study")])

    assert (entered.group, entered.wanted) == (group, "results")
    assert entered.new == {f"{group}/1": 4, f"{group}/2": 5, f"{group}/3": 6}
    assert (again.group, again.new, len(again.present)) == (group, {f"{group}/4": 7}, 3)


def test_documents_that_are_called_alike_have_a_number_behind_their_group(store):
    for document, group in (("a.md", "results"), ("x/b.md", "results-x-b"), ("x-b.md", "results-x-b-2")):
        [entered] = enter(store, [table(document=document)])
        assert entered.group == group
    assert [enter(store, [table(document=name)])[0].new for name in ("a.md", "x/b.md", "x-b.md")] == [{}, {}, {}]


def test_rows_stand_beside_measured_runs_of_their_group_and_take_no_name_of_theirs(store):
    store.add_run(make_spec(), name="results/2", group="results")
    [entered] = enter(store, [table()])

    assert (entered.group, entered.new) == ("results", {"results/1": 2, "results/3": 3, "results/4": 4})
    assert store.run("results/2").kind == "measured"


def test_a_table_of_the_same_document_does_not_enter_another_ones_group(store):
    enter(store, [table()])
    new = table({"ViT-S": 0.9}, heading="Before", group="results")
    moved = table(group="results-2")
    first, second = enter(store, [new, moved])

    assert (second.group, len(second.present)) == ("results", 3)
    assert first.group == "results-study-readme"


@pytest.mark.parametrize("error", [KeyboardInterrupt, SpecError, MemoryError])
@pytest.mark.parametrize("method", ["add", "change", "restore"])
def test_what_is_broken_off_enters_nothing(store, monkeypatch, method, error):
    enter(store, [table()])
    store.edits.remove(3)
    before = store.runs(include_removed=True)
    calls = []
    original = getattr(EnteringRows, method)

    def broken(self, *arguments, **options):
        original(self, *arguments, **options)
        calls.append(method)
        raise error("broken off")

    monkeypatch.setattr(EnteringRows, method, broken)
    changed = table({"ResNet-50": 0.5, "SENet-50": 0.83, "ViT-S": 0.9, "VGG16": 0.7})
    with pytest.raises(error):
        enter(store, [changed, table(heading="More", group="more")])

    assert calls == [method]
    assert store.runs(include_removed=True) == before
    assert store.reported.changes(2) == []


def test_rows_entered_before_rows_had_a_key_are_recognised_by_their_cells(store):
    for row in without_key(table()):
        store.add_reported(row)
    store.edits.remove(3)
    [entered] = enter(store, [table({"ViT-S": 0.9, **ROWS})])

    assert entered.present == {"results/1": 1, "results/2": 2}
    assert (entered.restored, entered.new) == ({"results/3": 3}, {"results/4": 4})
    assert not entered.changed
    assert all(run.row_key and run.document == "study/README.md" for run in store.runs())


def test_an_old_row_that_was_corrected_since_is_recognised_by_its_name_and_model(store):
    for row in without_key(table()):
        store.add_reported(row)
    [entered] = enter(store, [table({**ROWS, "ResNet-50": 0.824})])

    assert list(entered.present) == ["results/1", "results/2", "results/3"]
    assert entered.changed["results/2"].old_values["top1"] == 0.821


def test_an_old_row_of_another_model_or_document_is_not_taken_for_a_new_one(store):
    for row in without_key(table({"VGG16": 0.7})):
        store.add_reported(row)
    [other_model] = enter(store, [table({"VGG19": 0.7})])
    [other_document] = enter(store, [table({"VGG16": 0.7}, title="Another study", document="other.md")])

    assert (len(other_model.new), len(other_document.new)) == (1, 1)
    assert store.run("results/1").row_key is None


def test_old_rows_alike_are_recognised_one_for_one(store):
    twice = table({"VGG16": 0.7})
    keys = row_keys("study/README.md", [("Results", [("model", "VGG16")])] * 2)
    rows = tuple(replace(twice.runs[0], name=f"results/{n}", row_key=key) for n, key in enumerate(keys, start=1))
    for row in without_key(replace(twice, runs=rows)):
        store.add_reported(row)
    [entered] = enter(store, [replace(twice, runs=rows)])

    assert entered.present == {"results/1": 1, "results/2": 2}


def seeds(*values) -> ReportedTable:
    """Rows that only their results tell apart."""
    keys = row_keys("study/README.md", [("Results", [("model", "VGG16")])] * len(values))
    run = table({"VGG16": 0.5}).runs[0]
    rows = (
        replace(run, name=f"results/{number}", row_key=key, top1=value, quote={"Model": "VGG16", "Top-1": str(value)})
        for number, (key, value) in enumerate(zip(keys, values, strict=True), start=1)
    )
    return ReportedTable(file="README.md", group="results", runs=tuple(rows))


@pytest.mark.parametrize("values", [(0.9, 0.7, 0.8), (0.7, 0.9, 0.8), (0.8, 0.7, 0.9), (0.8, 0.9, 0.7)])
def test_a_row_inserted_among_rows_alike_but_for_their_results_changes_none(store, values):
    enter(store, [seeds(0.7, 0.8)])
    [entered] = enter(store, [seeds(*values)])
    [again] = enter(store, [seeds(*values)])

    assert (len(entered.new), entered.changed, entered.gone) == (1, {}, {})
    assert {run.name: run.results.top1 for run in store.runs()} == {
        "results/1": 0.7,
        "results/2": 0.8,
        "results/3": 0.9,
    }
    assert not again.changed
    assert [run.results.top1 for _, run in sorted(store.reported_rows("study/README.md").items())] == list(values)


@pytest.mark.parametrize(("kept", "gone"), [(0.7, 2), (0.8, 1)])
def test_of_rows_alike_but_for_their_results_the_one_that_is_missing_is_told(store, kept, gone):
    enter(store, [seeds(0.7, 0.8)])
    for _ in range(2):
        [entered] = enter(store, [seeds(kept)])
        assert (list(entered.gone.values()), entered.changed) == ([gone], {})
    [back] = enter(store, [seeds(0.8, 0.7)])

    assert (back.gone, back.changed, back.new) == ({}, {}, {})


def test_of_rows_alike_but_for_their_results_the_one_that_changed_is_told(store):
    enter(store, [seeds(0.7, 0.8, 0.9)])
    [entered] = enter(store, [seeds(0.9, 0.75, 0.8)])

    assert [(row.run, row.new_values["top1"]) for row in entered.changed.values()] == [(1, 0.75)]


def test_other_headings_of_the_same_values_are_no_change_and_the_cells_are_kept(store):
    enter(store, [table()])
    again = table()
    rows = tuple(replace(row, quote={"Network": row.model, "Acc.": row.quote["Top-1"]}) for row in again.runs)
    [entered] = enter(store, [replace(again, runs=rows)])

    assert not entered.changed
    assert store.run(1).quote == {"Network": "VGG16", "Acc.": "70.00"}
    [change] = store.reported.changes(1)
    assert change.old_values["quote.Model"] == "VGG16"


LIST = """\
format: reported-runs/1
source: {document: "007", title: "A study"}
runs:
  - {id: mine/1, group: mine, dataset: cifar100, model: ResNet50, metrics: {top1: 79.05}}
  - {id: extra, group: mine, dataset: cifar100, model: SENet50, metrics: {top1: 80}}
"""


def entered_list(store, text, *, name="rows.yaml"):
    [tables] = by_document(read_yaml(text, name=name))
    return enter(store, tables)


def test_two_lists_of_the_same_document_update_each_other(store):
    entered_list(store, LIST)
    second = (
        LIST.replace("79.05", "79.50").replace("A study", "A better study").replace("model: SENet50", "model: SE50")
    )
    [entered] = entered_list(store, second, name="newer.yaml")

    assert entered.present == {"mine/1": 1, "extra": 2}
    assert entered.changed["mine/1"].new_values["top1"] == 0.795
    assert entered.changed["extra"].new_values["model"] == "SE50"


def test_lists_of_two_documents_with_the_same_ids_are_both_entered(store):
    entered_list(store, LIST)
    [entered] = entered_list(store, LIST.replace('"007"', '"008"').replace("A study", "Another"))

    assert entered.new == {"mine-008/1": 3, "mine-008/extra": 4}


def test_the_rows_that_come_with_expdb_are_recognised_as_those_of_their_document(store):
    shipped = reported_runs()[:4]
    for row in shipped:
        store.add_reported(row)
    keys = row_keys("002", [("t", [("id", row.name)]) for row in shipped])
    rows = tuple(replace(row, document="002", row_key=key) for row, key in zip(shipped, keys, strict=True))
    [entered] = enter(store, [ReportedTable(file="x.md", group="report-1", runs=rows)])

    assert list(entered.present.values()) == [1, 2, 3, 4]
    assert not entered.changed


def test_document_whose_tables_are_all_refused_enters_nothing(store):
    assert enter(store, [ReportedTable(file="a.md", line=3, skipped=("no column names a model",))]) == []
    assert enter(store, []) == []
