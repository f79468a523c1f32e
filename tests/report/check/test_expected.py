"""Which row of a table is which: also of rows that wait for their runs, and while runs are added."""

from collections.abc import Sequence

import pytest

from expdb.catalog.reported import report_tables
from expdb.domain.table import TableDefinition
from expdb.report.check.check import check_text
from expdb.report.check.expected import expected_table
from expdb.report.check.findings import CheckedTable, summary
from expdb.report.tables.build import build_table
from expdb.report.writers.markdown import to_markdown
from expdb.store.store import Store
from tests.report.built import define
from tests.store_runs import add_finished

SPECS = tuple(
    {"data.dataset": "digits", "model.name": name, "epochs": epochs}
    for name, epochs in (("resnet_mini", 5), ("senet_mini", 7), ("vit_mini", 9))
)
COLUMNS = ("model_label", "epochs", "top1")


def checked(store: Store, definition: TableDefinition, edits: Sequence[tuple[str, str]]) -> CheckedTable:
    """Check the table as it prints now, with some texts of it put in place of others."""
    text = to_markdown(build_table(store, definition))
    lines = text.splitlines()
    for old, new in edits:
        [place] = [index for index, line in enumerate(lines) if old in line]
        lines[place] = lines[place].replace(old, new)
    [table] = check_text("\n".join([f"<!-- expdb:table {definition.name} -->", *lines]), store, [definition])
    return table


def wrong(table: CheckedTable) -> list[tuple[str, str, str | None]]:
    return [(one.column, one.printed, one.recorded) for one in table.findings if one.status == "contradicted"]


def test_a_waiting_row_with_the_name_of_another_one_is_contradicted(store: Store):
    table = checked(store, define(*COLUMNS, specs=SPECS), [("ResNet-mini", "ViT-mini ")])

    assert wrong(table) == [("Epochs", "5", None)]
    assert table.findings[0].message == "Epochs of ViT-mini: 5 printed, table t has no such row"


def test_waiting_rows_as_they_are_confirm_every_number(store: Store):
    table = checked(store, define(*COLUMNS, specs=SPECS), [])

    assert (wrong(table), table.missing, summary([table])) == ([], (), "3 numbers: 3 confirmed")


def test_waiting_rows_that_swapped_their_names_are_contradicted(store: Store):
    definition = define(*COLUMNS, specs=SPECS)

    table = checked(store, definition, [("ResNet-mini", "@"), ("SENet-mini", "ResNet-mini"), ("@", "SENet-mini")])

    assert {(printed, recorded) for _, printed, recorded in wrong(table)} == {("5", "7"), ("7", "5")}


@pytest.mark.parametrize("name", ["ResNet-mini", "ViT-mini"])
def test_a_waiting_row_that_a_marked_table_leaves_out_is_missing(store: Store, name: str):
    add_finished(store, top1=0.5, model__name="senet_mini", epochs=7)
    definition = define(*COLUMNS, specs=SPECS)
    lines = [line for line in to_markdown(build_table(store, definition)).splitlines() if name not in line]

    [table] = check_text("\n".join(["<!-- expdb:table t -->", *lines]), store, [definition])

    assert table.missing == (f"row {name}",)


def test_a_waiting_row_beside_a_measured_one_keeps_its_own_name(store: Store):
    add_finished(store, top1=0.5, model__name="vit_mini", epochs=9)
    definition = define(*COLUMNS, specs=SPECS)

    assert wrong(checked(store, definition, [])) == []
    assert wrong(checked(store, definition, [("SENet-mini", "ViT-mini")])) == [("Epochs", "7", None)]


def test_a_measured_row_and_a_waiting_one_are_not_confirmed_under_each_others_names(store: Store):
    add_finished(store, top1=0.5, model__name="vit_mini", epochs=9)
    definition = define(*COLUMNS, specs=SPECS)

    table = checked(store, definition, [("ViT-mini", "@"), ("SENet-mini", "ViT-mini"), ("@", "SENet-mini")])

    assert wrong(table) != []


def test_a_pivot_with_cells_that_wait_is_confirmed_and_its_wrong_name_is_not(store: Store):
    add_finished(store, top1=0.5, model__name="resnet_mini", epochs=5)
    add_finished(store, top1=0.6, model__name="senet_mini", epochs=7)
    definition = define("model_label", "top1", specs=SPECS, rows=("model_label",), across=("epochs",))

    assert wrong(checked(store, definition, [])) == []
    assert wrong(checked(store, definition, [("SENet-mini", "ViT-mini")])) == [("Model", "ViT-mini", "SENet-mini")]


@pytest.mark.parametrize("definition", report_tables(), ids=lambda definition: definition.name)
def test_every_row_that_was_copied_from_a_document_is_of_its_own_run(reported: Store, definition: TableDefinition):
    expected = expected_table(reported, definition)

    for row in expected.rows:
        assert row.run_ids != ()
        assert {group.run.id for group in row.groups if group is not None} == set(row.run_ids)


class GrowingStore:
    """A store to which another process adds a run behind every reading."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._num_added = 0

    def __getattr__(self, name: str):
        read = getattr(self._store, name)

        def reading(*arguments, **settings):
            found = read(*arguments, **settings)
            self._num_added += 1
            add_finished(self._store, top1=0.5, seed=self._num_added)
            add_finished(self._store, top1=0.5, seed=0, optim__lr=0.1 + self._num_added / 100)
            return found

        return reading


@pytest.mark.parametrize(
    "definition",
    [
        define(*COLUMNS),
        define(*COLUMNS, rows="runs"),
        define(*COLUMNS, rows="runs", limit=1),
        define("model_label", "top1", rows=("model_label",), across=("dataset",)),
        define(*COLUMNS, specs=({"data.dataset": "digits", "model.name": "resnet_mini", "epochs": 2}, *SPECS)),
    ],
    ids=["groups", "runs", "first run", "pivot", "specs"],
)
def test_a_run_that_is_added_while_a_table_is_made_changes_nothing_of_it(store: Store, definition: TableDefinition):
    add_finished(store, top1=0.5, seed=0)

    expected = expected_table(GrowingStore(store), definition)

    for row in expected.rows:
        assert {run_id for cell in row.cells for run_id in cell.run_ids} == set(row.run_ids)
