"""No two rows of a table read alike: what differs stands in brackets behind their first text, or in a note."""

import itertools
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from expdb.catalog.reported import reported_runs
from expdb.domain.table import TableDefinition
from expdb.errors import SpecError
from expdb.report.check.check import check_text
from expdb.report.columns import COLUMNS
from expdb.report.tables.build import build_table, build_upright
from expdb.report.tables.explain import explain_table
from expdb.report.writers.render import render
from expdb.store.store import Store
from tests.store_runs import add_finished, add_seeds


def define(*columns, **values):
    return TableDefinition.model_validate({"name": "t", "columns": columns or ("model", "top1"), **values})


def firsts(store, *columns, **values):
    return [row.cells[0].text for row in build_table(store, define(*columns, **values)).rows]


def marked_notes(table):
    return {note.mark: note.text for note in table.notes if note.mark}


def test_rows_that_read_alike_say_the_setting_that_differs(store):
    for lr in (0.1, 0.05):
        add_seeds(store, [0.8, 0.81], optim__lr=lr)
    add_finished(store, model__name="senet_mini")

    assert firsts(store) == ["resnet_mini (lr 0.1)", "resnet_mini (lr 0.05)", "senet_mini"]
    assert firsts(store, "model", "lr", "top1") == ["resnet_mini", "resnet_mini", "senet_mini"]


def test_the_value_of_the_cell_stays_the_plain_label(store):
    for lr in (0.1, 0.05):
        add_finished(store, optim__lr=lr)

    cells = [row.cells[0] for row in build_table(store, define()).rows]
    assert [cell.value for cell in cells] == ["resnet_mini", "resnet_mini"]


def test_a_setting_that_follows_from_another_is_not_named(store):
    add_finished(store)
    add_finished(store, optim__name="adamw")

    assert firsts(store) == ["resnet_mini (optimizer sgd)", "resnet_mini (optimizer adamw)"]


def test_single_runs_of_one_group_say_their_seed_and_repeated_ones_their_number(store):
    add_seeds(store, [0.8, 0.81])
    add_finished(store, seed=1)

    assert firsts(store, rows="runs") == [
        "resnet_mini (seed 0)",
        "resnet_mini (seed 1, run 2)",
        "resnet_mini (seed 1, run 3)",
    ]


def test_rows_that_differ_in_many_settings_have_a_mark_that_names_them(store):
    add_finished(store)
    add_finished(store, optim__lr=0.3, epochs=3, batch_size=32, aug__label_smoothing=0.1, optim__momentum=0.5)

    table = build_table(store, define())
    notes = marked_notes(table)
    texts = [notes[row.cells[0].marks[0]] for row in table.rows]
    assert all(text.startswith("reads like another row; this one: ") for text in texts)
    assert "and 1 more" in texts[1]
    assert texts[0] != texts[1]


def test_a_setting_that_is_off_is_not_named(store):
    add_finished(store, start={"num_test_images": 500})
    add_finished(store, seed=1, data__test_limit=100, start={"num_test_images": 100})
    add_finished(store, start={"num_test_images": 900}, model__name="senet_mini")

    assert firsts(store)[:2] == ["resnet_mini", "resnet_mini (test limit 100)"]


def test_of_many_settings_a_row_says_only_what_is_not_as_with_most(store):
    add_finished(store)
    add_finished(store, optim__lr=0.3)
    add_finished(store, aug__cutout_size=2)
    add_finished(store, aug__cutout_size=2, epochs=3)
    add_finished(store, batch_size=32)

    assert firsts(store) == [
        "resnet_mini",
        "resnet_mini (lr 0.3)",
        "resnet_mini (cutout size 2)",
        "resnet_mini (cutout size 2, epochs 3)",
        "resnet_mini (batch size 32)",
    ]


def test_a_reported_row_beside_a_measured_one_of_its_name_says_so(reported):
    name = next(run.model for run in reported.runs("kind = reported"))
    add_finished(reported, model__name="resnet50")
    texts = firsts(reported, {"key": "model_label"}, rows="runs", where=f'model = "{name}" or kind = measured')

    assert len(set(texts)) == len(texts) or all("(" in text for text in texts)


def test_reported_rows_whose_label_is_of_the_augmentation_say_their_models(reported):
    texts = firsts(reported, "aug_label", "top1", where="kind = reported and group = report-1")

    assert "– (model ResNet50)" in texts
    assert "– (model SENet50)" in texts


def test_models_are_told_apart_by_the_name_that_tables_print(store):
    add_finished(store)
    add_finished(store, model__name="senet_mini")

    labels = {"ResNet-mini": "Net", "SENet-mini": "Net"}
    assert firsts(store, "model_label", labels=labels) == ["Net (model ResNet-mini)", "Net (model SENet-mini)"]


def test_a_label_of_a_number_is_told_to_have_no_effect(store):
    add_finished(store)

    notes = [note.text for note in build_table(store, define("model", "lr", labels={"0.1": "0.3"})).notes]
    assert "Labels of what stands in no cell of text: “0.1”." in notes


def test_rows_that_wait_for_their_first_run_are_told_apart_too(store):
    specs = [{"data.dataset": "digits", "model.name": "resnet_mini", "optim.lr": lr} for lr in (0.1, 0.2)]

    assert firsts(store, specs=specs) == ["resnet_mini (lr 0.1)", "resnet_mini (lr 0.2)"]


def test_many_rows_that_nothing_short_tells_apart_have_one_note_and_their_runs(store):
    for number in range(9):
        add_finished(
            store, optim__lr=0.1 + number, epochs=2 + number, batch_size=8 + number, optim__momentum=0.1 * number
        )

    table = build_table(store, define())
    assert [row.cells[0].text for row in table.rows][:2] == ["resnet_mini (run 1)", "resnet_mini (run 2)"]
    told = [note.text for note in table.notes if "read alike" in note.text]
    assert told == ["9 rows read alike but for their runs: they differ in lr, momentum, epochs, batch size."]


def test_without_notes_the_runs_tell_rows_apart(store):
    add_finished(store)
    add_finished(store, optim__lr=0.3, epochs=3, batch_size=32, aug__label_smoothing=0.1, optim__momentum=0.5)

    assert firsts(store, notes=False) == ["resnet_mini (run 1)", "resnet_mini (run 2)"]


def test_a_table_without_any_text_says_so_in_a_note(store):
    for lr in (0.1, 0.05):
        add_finished(store, optim__lr=lr)

    notes = [note.text for note in build_table(store, define("top1")).notes]
    assert "Rows read alike, since no column says what they are: they differ in lr." in notes


def test_targets_and_explanations_call_rows_as_the_table_does(store):
    for lr, top1 in ((0.1, 0.8), (0.05, 0.7)):
        add_finished(store, optim__lr=lr, top1=top1)
    definition = define(targets={"top1": "> 75%"})

    assert build_table(store, definition).notes[0].text.endswith("met by resnet_mini (lr 0.1).")
    assert "1. resnet_mini (lr 0.1)" in explain_table(store, definition)


def add_two_datasets(store):
    add_seeds(store, [0.80, 0.82])
    add_seeds(store, [0.90, 0.92], model__name="senet_mini", data__dataset="cifar10")


def test_rows_of_several_datasets_say_theirs_where_nothing_else_does(store):
    add_two_datasets(store)
    told = ["resnet_mini (digits)", "senet_mini (cifar10)"]

    assert firsts(store) == firsts(store, notes=False) == firsts(store, rows=["model"]) == told
    assert firsts(store, labels={"cifar10": "C10"}) == ["resnet_mini (digits)", "senet_mini (C10)"]
    for shown in ({"section": "dataset"}, {"rows": ["model", "dataset"]}, {"rows": ["model"], "across": ["dataset"]}):
        assert not any("(" in text for text in firsts(store, **shown)), shown
    assert firsts(store, "model", "dataset", "top1") == ["resnet_mini", "senet_mini"]
    assert firsts(store, where="dataset = digits") == ["resnet_mini"]


def test_a_table_of_several_datasets_without_any_text_says_so_in_a_note(store):
    add_two_datasets(store)

    notes = [note.text for note in build_table(store, define("top1")).notes]
    assert "Rows are of several datasets (digits, cifar10), and no column says which is of which." in notes


def test_cells_of_one_row_of_a_pivot_say_their_datasets_where_these_differ(store):
    add_seeds(store, [0.80, 0.82])
    add_seeds(store, [0.90, 0.92], data__dataset="cifar10", epochs=7)

    table = build_table(store, define(rows=["model"], across=["epochs"]))
    assert table.rows[0].cells[0].text == "resnet_mini (digits, cifar10)"
    of_mark = marked_notes(table)
    assert [
        [of_mark[mark] for mark in cell.marks if of_mark[mark].startswith("of ")] for cell in table.rows[0].cells
    ] == [
        [],
        ["of digits"],
        ["of cifar10"],
    ]


def test_a_table_of_several_datasets_is_confirmed_when_it_is_checked(store):
    add_two_datasets(store)
    definition = define(notes=False)
    text = render(build_table(store, definition), "md")

    [checked] = check_text(f"<!-- expdb:table t -->\n{text}", store, [definition])
    assert {finding.status for finding in checked.findings} == {"confirmed"}


def test_the_baseline_is_the_same_row_when_its_name_changes(store):
    for lr in (0.1, 0.05):
        add_seeds(store, [0.8, 0.81, 0.82], optim__lr=lr)

    built = build_upright(store, define("model", {"key": "top1", "shows": "delta"}, baseline="lr = 0.05"))
    assert built.baseline is not None
    assert built.baseline.rows[0] is built.lines[1]
    assert [row.cells[1].value is None for row in built.table.rows] == [False, True]


def test_a_table_of_rows_that_read_alike_is_confirmed_when_it_is_checked(store):
    for lr in (0.1, 0.05):
        add_seeds(store, [0.8 + lr, 0.82 + lr], optim__lr=lr)
    definition = define("model", "epochs", "top1", notes=False)
    text = render(build_table(store, definition), "md")

    [checked] = check_text(f"<!-- expdb:table t -->\n{text}", store, [definition])
    assert {finding.status for finding in checked.findings} == {"confirmed"}
    [older] = check_text(f"<!-- expdb:table t -->\n{re.sub(r' .lr [0-9.]+.', '', text)}", store, [definition])
    assert {finding.status for finding in older.findings} == {"confirmed"}


CHANGES = {
    "optim__lr": (0.1, 0.2),
    "aug__cutout_size": (0, 8),
    "aug__label_smoothing": (0.0, 0.1),
    "epochs": (2, 3),
    "batch_size": (16, 32),
    "model__drop_path": (0.0, 0.1),
    "optim__clip_grad_norm": (None, 1.0),
    "seed": (0, 1),
}
DESCRIBING = ("model", "model_label", "aug_label", "dataset", "lr", "epochs", "batch_size", "optimizer", "seed", "kind")


@pytest.fixture(scope="module")
def many(tmp_path_factory):
    """Runs that differ in few and in many settings, repeated ones, and reported rows."""
    with Store.open(f"sqlite:///{tmp_path_factory.mktemp('many') / 'runs.db'}") as store:
        for run in reported_runs():
            store.add_reported(run)
        for values in itertools.islice(itertools.product(*CHANGES.values()), 0, 256, 7):
            add_finished(store, **dict(zip(CHANGES, values, strict=True)))
        for images in (50, 60, 60):
            add_finished(store, seed=9, start={"num_test_images": images})
        yield store


@settings(max_examples=80)
@given(
    columns=st.lists(st.sampled_from(DESCRIBING), max_size=4, unique=True),
    rows=st.sampled_from(["groups", "runs", ["lr"], ["epochs", "batch_size"]]),
    where=st.sampled_from(["", "kind = measured", "kind = reported", "lr = 0.1", "seed = 9", "id < 40"]),
    section=st.sampled_from([None, "kind", "epochs"]),
    notes=st.booleans(),
)
def test_no_two_rows_read_alike_without_a_note(many, columns, rows, where, section, notes):
    if section == "epochs" and rows == "runs":
        section = None
    definition = define(*columns, "top1", rows=rows, where=where, section=section, notes=notes, emphasis="none")
    refused = ""
    try:
        table = build_table(many, definition)
    except SpecError as error:
        refused = str(error)
    if refused:
        assert "groups fall into" in refused
        return
    described = [place for place, column in enumerate(table.columns) if not column.key.startswith("top1")]
    is_text = any(COLUMNS[key].format == "text" for key in columns)
    seen = [
        (row.section, *((row.cells[place].text, row.cells[place].marks) for place in described)) for row in table.rows
    ]
    if is_text:
        assert len(set(seen)) == len(seen)
    elif notes and len(set(seen)) < len(seen):
        assert any(note.text.startswith("Rows read alike") for note in table.notes)
