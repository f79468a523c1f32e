"""What a table says of groups whose runs are not all alike, and what it refuses to say."""

import pytest

from expdb.domain.run import ReportedRun
from expdb.domain.table import TableDefinition
from expdb.errors import SpecError
from expdb.report.check.check import check_text
from expdb.report.compare.comparability import apart
from expdb.report.tables.build import build_table, check_definition
from expdb.report.writers.markdown import to_markdown
from expdb.report.writers.render import render
from tests.report.built import column_of, define, general, marked, texts
from tests.store_runs import add_finished, add_seeds


def reported(model: str) -> ReportedRun:
    return ReportedRun(name=model, group="r", source="a report", quote={}, dataset="digits", model=model, top1=0.7)


@pytest.mark.parametrize("key", ["seed", "id", "digest", "top1", "train_seconds", "created_at"])
@pytest.mark.parametrize("place", ["rows", "across", "section"])
def test_what_each_run_has_for_itself_names_no_group(store, place, key):
    add_seeds(store, [0.5, 0.6])
    keyed = {"rows": ("model",)} if place != "section" else {}
    definition = define("model", "top1", **{**keyed, place: key if place == "section" else (key,)})

    for use in (check_definition, build_table):
        with pytest.raises(SpecError, match=f"{place} '{key}': each run of a group has its own"):
            use(store, definition)


def test_single_runs_may_stand_under_what_is_their_own(store):
    add_seeds(store, [0.5, 0.6])

    table = build_table(store, define("top1", rows="runs", section="seed"))

    assert [row.section for row in table.rows] == ["0", "1"]


def test_a_group_on_several_devices_stands_where_its_newest_run_does_and_a_note_says_so(store):
    for seed, device in enumerate(["A100", "A100", "H100"]):
        add_finished(store, seed=seed, start={"device_name": device})
    add_finished(store, optim__lr=0.2, start={"device_name": "A100"})

    told = "Device name differs within a group (runs 1-3: A100, H100): it stands where its newest run does."
    pivot = define("lr", "top1", rows=("lr",), across=("device_name",))
    assert told in general(build_table(store, pivot))
    sections = build_table(store, define("lr", "top1", section="device_name"))
    assert [row.section for row in sections.rows] == ["A100, H100", "A100"]


def test_order_and_targets_are_of_the_epochs_that_are_shown(store):
    add_finished(store, optim__lr=0.1, curve=[0.1, 0.9, 0.5])
    add_finished(store, optim__lr=0.2, curve=[0.2, 0.6, 0.7])
    shown = {"sort": ("-top1",), "targets": {"top1": "> 80%"}, "emphasis": "none"}

    best = build_table(store, define("lr", {"key": "top1", "at": "best"}, **shown))
    last = build_table(store, define("lr", "top1", {"key": "top1", "at": "best"}, **shown))
    runs = build_table(store, define("lr", {"key": "top1", "at": "best"}, rows="runs", **shown))

    assert texts(best) == texts(runs) == [["0.1", "90.00"], ["0.2", "70.00"]]
    assert general(best)[0] == "Target Top-1 (best) > 80%: met by run 1."
    assert texts(last) == [["0.2", "70.00", "70.00"], ["0.1", "50.00", "90.00"]]
    assert general(last)[0] == "Target Top-1 > 80%: met by no row."


def test_headings_say_of_which_epochs_a_loss_is(store):
    add_finished(store)
    at = ({"key": "test_loss", "at": "best"}, {"key": "test_loss", "at": "mean-2"})
    own = ({"key": "top1", "at": "mean-2", "heading": "Acc"}, {"key": "top5", "at": "best", "heading": "Five"})

    table = build_table(store, define("test_loss", *at, *own))

    headings = [column.heading for column in table.columns]
    assert headings == ["Test loss", "Test loss (best)", "Test loss (mean of last 2)", "Acc", "Five"]
    assert "Acc: mean of last 2 epochs." in general(table)
    assert "Five: best epoch, chosen on the split it is reported of: an optimistic number." in general(table)


@pytest.mark.parametrize(
    ("choice", "heading", "text"),
    [
        ({"key": "top1", "format": "number", "decimals": 3}, "Top-1 (last)", "0.500"),
        ({"key": "macs", "format": "integer"}, "MACs", "10,000,000"),
        ({"key": "num_params", "format": "gigas"}, "Params (G)", "0.01"),
        ({"key": "train_seconds", "format": "number", "decimals": 1}, "Train time (s)", "2.0"),
        ({"key": "top1", "unit": "%"}, "Top-1 (last, %)", "50.00"),
        ({"key": "top1", "format": "number", "heading": "Acc (%)"}, "Acc (%)", "0.5"),
    ],
)
def test_a_heading_has_the_unit_that_its_column_prints_in(store, choice, heading, text):
    start = {"macs": 10_000_000, "num_params": 10_000_000}
    add_finished(store, top1=0.5, start=start, last={"train_seconds": 2.0})

    table = build_table(store, define(choice))

    assert ([column.heading for column in table.columns], texts(table)) == ([heading], [[text]])


def test_runs_that_a_mean_is_not_of_are_named(store):
    for seed, loss in enumerate([1.2, float("nan"), 1.4]):
        add_finished(store, seed=seed, last={"test_loss": loss})

    table = build_table(
        store, define("test_loss", {"key": "test_loss", "shows": "n"}, {"key": "val_top1", "shows": "n"})
    )

    assert texts(table) == [["1.3000 ± 0.1414 (2)", "2", "0"]]
    assert "Left out of Test loss: run 2 (not known, or not finite)." in general(table)


def test_hours_of_a_group_on_different_devices_are_not_known(store):
    for seed, start in enumerate([{"device": "cpu"}, {"device": "cuda"}]):
        add_finished(store, seed=seed, device="auto", start=start, last={"train_seconds": 3600.0})

    table = build_table(store, define("gpu_hours", targets={"gpu_hours": "<= 6"}))

    assert texts(table) == [["–"]]
    assert "No GPU-hours of runs 1, 2, which did not all run on the same devices." in general(table)
    assert general(table)[0] == "Target GPU-hours <= 6: met by no row."


@pytest.mark.parametrize(
    ("where", "is_biased"),
    [
        ("top1 in (0.5, 0.6)", True),
        ("train_seconds < 100", True),
        ("top1 >= 0.5", True),
        ("val_top1 = null", False),
        ("lr = 0.1", False),
    ],
)
def test_a_filter_of_results_is_pointed_out(store, where, is_biased):
    add_seeds(store, [0.5, 0.6])

    notes = general(build_table(store, define("top1", where=where)))

    assert any("chooses runs by their result" in note for note in notes) is is_biased


def test_what_neither_row_states_is_not_equal_where_another_row_states_it(store):
    for model in ("ResNet50", "SENet50"):
        store.add_reported(reported(model))
    add_finished(store)
    definition = define("model_label", {"key": "top1", "shows": "delta"}, baseline="model = ResNet50")

    texts_of = marked(build_table(store, definition)).values()

    assert any("not stated: image size, epochs, precision" in text for text in texts_of)


def test_a_measured_model_is_the_reported_one_of_the_same_name(store):
    measured = store.run(add_finished(store, model__name="mobilenet_v2"))
    other = store.run(store.add_reported(reported("MobileNetV2")))

    assert "model" not in apart(measured, other, is_timed=False).differ


def test_differences_to_the_row_above_begin_anew_in_every_section(store):
    for epochs, values in ((2, [0.5, 0.6]), (3, [0.7, 0.9])):
        for lr, top1 in zip((0.1, 0.2), values, strict=True):
            add_finished(store, epochs=epochs, optim__lr=lr, top1=top1)

    for against in ("previous", "first"):
        delta = {"key": "top1", "shows": "delta", "against": against}
        table = build_table(store, define("lr", delta, section="epochs", notes=False))
        assert column_of(table, 1) == ["–", "+10.00", "–", "+20.00"]


def test_a_transposed_table_with_sections_and_marks_is_checked_as_it_was_written(store):
    add_seeds(store, [0.5, 0.6])
    add_finished(store, epochs=9, top1=0.9)
    add_finished(store, epochs=9, top1=0.8, model__name="senet_mini", aug__preset="autoaugment")
    definition = define("model_label", "top1", "lr", name="t", transpose=True, section="aug", clear_only=False)
    table = build_table(store, definition)
    assert any(column.marks for column in table.columns)
    text = f"<!-- expdb:table t -->\n{to_markdown(table)}<!-- /expdb:table -->\n"

    [found] = check_text(text, store, [definition])

    assert {finding.status for finding in found.findings} == {"confirmed"}
    assert not found.missing
    for form in ("latex", "typst", "html"):
        mark = next(mark for column in table.columns for mark in column.marks)
        raised = {"latex": rf"\textsuperscript{{{mark}}}", "typst": f'super("{mark}")', "html": f"<sup>{mark}</sup>"}
        assert raised[form] in render(table, form)


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"sort": ["-"]}, "sort '-' names no column"),
        ({"sort": ["top1@cifar10"]}, "only measures of a pivot have a column of each value"),
        (
            {"marks": [{"where": "", "mark": "a", "note": "x"}, {"where": "", "mark": " a ", "note": "y"}]},
            "mark 'a' has two notes",
        ),
    ],
)
def test_what_cannot_be_built_is_no_definition(values, told):
    with pytest.raises(ValueError, match=told):
        TableDefinition.model_validate({"name": "t", "columns": ["top1"], **values})


def test_columns_that_compare_with_other_rows_have_headings_of_their_own(store):
    for lr, top1 in ((0.1, 0.5), (0.2, 0.6), (0.3, 0.8)):
        add_finished(store, optim__lr=lr, top1=top1)
    deltas = [{"key": "top1", "shows": "delta", "against": against} for against in ("previous", "first")]

    upright = build_table(store, define("lr", *deltas))
    turned = build_table(store, define("lr", *deltas, transpose=True))

    headings = ["Δ Top-1 (points), to the row above", "Δ Top-1 (points), to the first row"]
    assert [column.heading for column in upright.columns[1:]] == headings
    assert texts(turned)[0][0] == "Δ Top-1 (points), to the column to the left"
    assert not any(note.startswith("Δ: ") for table in (upright, turned) for note in general(table))  # headings say it


def test_differences_of_other_tests_have_headings_of_their_own(store):
    for lr in (0.1, 0.2):
        add_seeds(store, [0.5, 0.6], optim__lr=lr)
    deltas = [{"key": "top1", "shows": "delta", "test": test} for test in ("welch", "paired")]

    table = build_table(store, define("lr", *deltas, baseline="lr = 0.1"))

    assert [column.heading for column in table.columns[1:]] == ["Δ Top-1 (points), Welch", "Δ Top-1 (points), paired t"]
