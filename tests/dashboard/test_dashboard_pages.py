"""Every page on an empty database, on reported runs and on measured ones, run in process."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

import dashboard
from expdb.domain.table import ColumnChoice, TableDefinition
from expdb.report.markdown import to_markdown
from expdb.report.table import build_table
from expdb.store.store import Store

APP = Path(dashboard.__file__).parent / "app.py"
PAGES = ("views/runs.py", "views/tables.py", "views/run.py")


def open_page(page="views/runs.py", **query):
    app = AppTest.from_file(str(APP), default_timeout=60)
    app.query_params.update(query)
    app.run()
    if page != "views/runs.py":
        app.switch_page(page)
        app.query_params.update(query)
        app.run()
    assert not app.exception
    return app


def cells(app, key):
    """Return a column of the page's first table."""
    frame = app.dataframe[0].value
    return list(next(frame[name] for name in frame.columns if name.split()[0] == key))


def shown_text(app):
    kinds = (app.title, app.subheader, app.text, app.markdown, app.caption, app.info, app.error, app.code)
    return "\n".join(element.value for kind in kinds for element in kind)


@pytest.mark.parametrize("page", PAGES)
def test_an_empty_database_says_what_to_do(empty, page):
    app = open_page(page)

    assert app.info
    assert page == "views/run.py" or "expdb" in app.code[0].value


@pytest.mark.parametrize("page", PAGES)
def test_a_missing_database_is_one_line_with_a_way_out(url, page):
    app = open_page(page, run="1")

    assert len(app.error) == 1
    assert "runs" in app.error[0].value
    assert "Traceback" not in shown_text(app)


def test_runs_are_listed_newest_first(measured):
    app = open_page()

    assert cells(app, "id") == [9, 8, 7, 6, 5, 4, 3, 2, 1]
    assert cells(app, "state")[:4] == ["finished"] * 4
    assert app.caption[0].value.startswith("9 of 9 runs")


def test_reported_runs_are_marked(reported):
    assert cells(open_page(), "state") == ["reported"] * 10


def test_filters_come_from_the_address(measured):
    app = open_page(model="ViT-mini", aug="RandAugment")

    assert app.multiselect(key="model").value == ["ViT-mini"]
    assert cells(app, "id") == [9]
    assert app.caption[0].value.startswith("1 of 9 runs")


def test_a_chosen_status_filters(measured):
    app = open_page()

    app.multiselect(key="status").select("failed").run()

    assert cells(app, "id") == [2]


def test_the_filter_language_selects_runs(reported):
    assert cells(open_page(where="top1 > 82%"), "id") == [4]


def test_a_filter_that_cannot_be_read_is_one_line(reported):
    app = open_page(where="top1 >> 82")

    assert len(app.error) == 1
    assert not app.dataframe


def test_a_filter_that_nothing_passes_says_so(reported):
    assert "No run" in open_page(where="top1 > 99%").info[0].value


def test_columns_can_be_chosen(measured):
    app = open_page()

    app.multiselect(key="columns").set_value(["id", "lr"]).run()

    assert [name.split()[0] for name in app.dataframe[0].value.columns] == ["open", "id", "lr"]


def test_the_listed_runs_can_be_downloaded(measured):
    assert [button.proto.label for button in open_page().get("download_button")] == ["Download .csv"]


def test_a_removed_run_disappears_without_a_restart(measured):
    app = open_page()
    with Store.open(measured) as store:
        store.remove_run(4)

    app.run()

    assert 4 not in cells(app, "id")


def test_names_are_shown_as_they_are(measured):
    assert cells(open_page(), "name")[-3:-1] == ["이미지 분류 :red[실험] *9*", "|<script>alert(1)</script>"]


def test_a_finished_run_shows_results_curves_settings_and_its_command(measured):
    app = open_page("views/run.py", run="4")

    assert app.title[0].value == "Run 4"
    assert {metric.label: metric.value for metric in app.metric}["Params"] == "0.38M"
    assert len(app.get("plotly_chart")) == 4
    assert app.code[0].value == (
        "expdb run --dataset digits --model resnet_mini --epochs 12 --set data.val_fraction=0.1"
        " --group demo --tag baseline"
    )
    assert {"Settings", "Results", "Epochs", "Packages", "Uncommitted changes"} <= {tab.label for tab in app.tabs}
    settings = app.dataframe[0].value
    assert dict(zip(settings["Setting"], settings["Value"], strict=True))["data.val_fraction"] == "0.1"
    assert "chosen on the validation split" in app.caption[0].value


def test_a_failed_run_says_why(measured):
    app = open_page("views/run.py", run="2")

    assert app.error[0].value == "This run did not finish:"
    assert app.code[0].value.splitlines() == [
        "diverged",
        "TrainingError: the loss of epoch 2 is nan: lower --lr (50)",
    ]
    assert "Traceback" in {tab.label for tab in app.tabs}
    assert "so the number is optimistic" in app.caption[0].value


def test_a_running_run_shows_what_is_there(measured):
    app = open_page("views/run.py", run="still running")

    assert "running" in shown_text(app)
    assert len(app.get("plotly_chart")) == 4


def test_a_queued_run_has_no_curves_yet(measured):
    app = open_page("views/run.py", run="3")

    assert "No epoch is recorded yet." in shown_text(app)
    assert "이미지 분류 :red[실험] *9*" in app.text[0].value
    assert "한국어 메모" in app.text[0].value


def test_a_reported_run_says_so_and_shows_the_cells_as_printed(reported):
    app = open_page("views/run.py", run="10")

    assert "copied from a document, never measured here" in shown_text(app)
    assert "Source: " in shown_text(app)
    assert {metric.label for metric in app.metric} == {"Top-1 (last, %)", "Train time"}
    assert "As printed" in {tab.label for tab in app.tabs}
    assert not app.get("plotly_chart")
    assert not app.code


@pytest.mark.parametrize("run", ["99", "nobody", "-1", "1 or 1=1", "<script>", "9" * 30])
def test_an_unknown_run_is_one_line(measured, run):
    app = open_page("views/run.py", run=run)

    assert len(app.error) == 1
    assert not app.title


def test_without_a_run_the_page_says_how_to_open_one(measured):
    assert "?run=ID" in open_page("views/run.py").info[0].value


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
        expected = to_markdown(build_table(store.runs(definition.where), definition))
    assert app.code[0].value + "\n" == expected
    assert len(app.dataframe[0].value) == 6
    assert "never measured here" not in shown_text(app)
    assert len(app.get("download_button")) == 2


def test_a_table_with_a_column_of_another_version_is_one_line(measured):
    with Store.open(measured) as store:
        store.save_table(TableDefinition(name="a-future", columns=(ColumnChoice(key="flux"),)))

    app = open_page("views/tables.py", table="a-future")

    assert len(app.error) == 1
    assert "flux" in app.error[0].value


def test_a_table_that_no_run_passes_shows_its_filter(measured):
    with Store.open(measured) as store:
        store.save_table(TableDefinition(name="none", where="top1 > 99.9%", columns=(ColumnChoice(key="id"),)))

    app = open_page("views/tables.py", table="none")

    assert app.code[0].value == "top1 > 99.9%"
