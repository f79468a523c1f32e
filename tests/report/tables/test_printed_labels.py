"""A definition's own texts for printed values: of cells, headings of a pivot, sections, and names in notes."""

import pytest

from expdb.domain.table import TableDefinition
from expdb.errors import SpecError
from expdb.report.check.check import check_text
from expdb.report.tables.build import build_table
from expdb.report.tables.definition_files import definition_to_text, definitions_from_text
from expdb.report.writers.render import render
from tests.store_runs import add_finished, add_seeds


def define(*columns, **values):
    return TableDefinition.model_validate({"name": "t", "columns": columns or ("aug_label", "top1"), **values})


def test_a_label_stands_in_the_cell_and_the_value_stays(store):
    add_finished(store)
    table = build_table(store, define(labels={"crop": "Standard"}))

    [cell] = [row.cells[0] for row in table.rows]
    assert (cell.value, cell.text) == ("crop", "Standard")


def test_headings_of_a_pivot_and_of_sections_have_labels_and_addresses_do_not(store):
    for dataset in ("digits", "cifar10"):
        add_finished(store, data__dataset=dataset)
    labels = {"cifar10": "C10"}
    pivot = build_table(store, define("model", "top1", rows=["model"], across=["dataset"], labels=labels))
    sections = build_table(store, define("model", "top1", section="dataset", labels=labels))

    assert {"C10"} == {column.under for column in pivot.columns if column.address == "top1@cifar10"}
    assert "C10" in {row.section for row in sections.rows}


def test_a_note_calls_a_dataset_as_its_section_is_headed(store):
    for dataset in ("digits", "cifar10"):
        add_seeds(store, [0.90, 0.91, 0.92], data__dataset=dataset, optim__lr=0.1)
        add_seeds(store, [0.90, 0.91, 0.93], data__dataset=dataset, optim__lr=0.2)
    table = build_table(store, define("lr", "top1", section="dataset", labels={"cifar10": "C10"}))

    [note] = [note.text for note in table.notes if note.text.startswith("No value is bold")]
    assert ", C10" in note
    assert "cifar10" not in note


def test_two_columns_of_a_pivot_cannot_have_one_label(store):
    for dataset in ("digits", "cifar10"):
        add_finished(store, data__dataset=dataset)
    with pytest.raises(SpecError, match="'cifar10' and 'digits' would both head columns as 'D'"):
        build_table(
            store,
            define("model", "top1", rows=["model"], across=["dataset"], labels={"cifar10": "D", "digits": "D"}),
        )


def test_rows_that_a_label_makes_alike_are_told_apart(store):
    add_finished(store)
    add_finished(store, aug__cutout_size=8)
    texts = [row.cells[0].text for row in build_table(store, define(labels={"Cutout": "crop"})).rows]

    assert texts == ["crop", "crop (cutout size 8)"]


def test_a_label_of_nothing_that_is_printed_is_told(store):
    add_finished(store)
    notes = [note.text for note in build_table(store, define(labels={"flip": "C", "crop": "S"})).notes]

    assert "Labels of what stands in no cell of text: “flip”." in notes


def test_targets_call_rows_by_their_labels(store):
    add_finished(store)
    definition = define(labels={"crop": "Standard"}, targets={"top1": "> 10%"})

    assert build_table(store, definition).notes[0].text.endswith("met by Standard.")


def test_a_written_table_with_labels_is_confirmed(store):
    add_seeds(store, [0.8, 0.81])
    add_finished(store, aug__cutout_size=8)
    definition = define(labels={"crop": "Standard"})
    for printed in (definition, define()):  # before it had labels, too
        text = render(build_table(store, printed), "md")
        [checked] = check_text(f"<!-- expdb:table t -->\n{text}", store, [definition])

        assert {finding.status for finding in checked.findings} == {"confirmed"}


def test_a_definition_without_labels_is_stored_as_ever_and_one_with_them_is_read_back():
    assert "labels" not in define().model_dump(mode="json")
    definition = define(labels={"crop": "Standard, α = 1"})
    for form in ("toml", "yaml"):
        assert definitions_from_text(definition_to_text(definition, form), form) == [definition]
