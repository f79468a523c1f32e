"""What all pages share, and the saved tables, run in process."""

from pathlib import Path

import pytest

from expdb.domain.table import ColumnChoice, TableDefinition
from expdb.report.tables.build import build_table
from expdb.report.writers.markdown import to_markdown
from expdb.store.store import Store
from tests.dashboard.opened import APP, open_page, shown_text


def test_one_module_opens_the_store():
    folder = APP.parent

    assert [path for path in folder.rglob("*.py") if "Store.open(" in path.read_text(encoding="utf-8")] == [
        folder / "data" / "store.py"
    ]


@pytest.mark.parametrize("name", ["report-1", "report-2"])
def test_saved_tables_print_the_reports_tables(reported, name):
    app = open_page("views/tables.py", table=name)

    golden = Path(__file__).parents[1] / "report" / "golden" / f"{name}.md"
    assert app.selectbox(key="table").value == name
    assert app.code[0].value + "\n" == golden.read_text(encoding="utf-8")
    assert "never measured here" in shown_text(app)


def test_a_table_of_measured_runs_is_drawn_and_copied(measured):
    app = open_page("views/tables.py")

    with Store.open(measured) as store:
        definition = store.table("demo")
        expected = to_markdown(build_table(store, definition))
    assert app.code[0].value + "\n" == expected
    assert len(app.dataframe[0].value) == 6
    assert "never measured here" not in shown_text(app)
    assert len(app.get("download_button")) == 2


def test_a_table_with_a_column_of_another_version_is_one_line(measured):
    with Store.open(measured) as store:
        store.saved_tables.save(TableDefinition(name="a-future", columns=(ColumnChoice(key="flux"),)))

    app = open_page("views/tables.py", table="a-future")

    assert len(app.error) == 1
    assert "flux" in app.error[0].value


def test_a_table_that_no_run_passes_shows_its_filter(measured):
    with Store.open(measured) as store:
        store.saved_tables.save(TableDefinition(name="none", where="top1 > 99.9%", columns=(ColumnChoice(key="id"),)))

    app = open_page("views/tables.py", table="none")

    assert app.code[0].value == "top1 > 99.9%"
    assert any("No run has top1 > 99.9%" in caption.value.replace("\\", "") for caption in app.caption)
