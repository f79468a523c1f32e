"""Tables in a notebook."""

from pathlib import Path

import pytest

import expdb
from expdb.domain.table import ColumnChoice, TableDefinition
from expdb.errors import NotFoundError, SpecError
from expdb.report.tables.build import build_table
from expdb.report.writers.render import FORMATS, render
from expdb.store.store import Store
from tests.store_runs import add_finished, add_seeds

MAIN = TableDefinition(
    name="main",
    title="Main <results>",
    where="group = main",
    columns=(ColumnChoice(key="model_label"), ColumnChoice(key="top1"), ColumnChoice(key="num_params")),
)


@pytest.fixture
def url(sqlite_url: str) -> str:
    with Store.open(sqlite_url) as store:
        add_seeds(store, [0.5, 0.75], group="main")
        add_seeds(store, [0.9, 0.8], group="main", model__name="senet_mini")
        store.saved_tables.save(MAIN)
    return sqlite_url


@pytest.mark.parametrize("form", [form for form in FORMATS if form != "macros"])
def test_a_table_is_written_as_the_command_writes_it(url: str, form: str):
    with Store.open(url, is_read_only=True) as store:
        expected = render(build_table(store, MAIN), form)

    assert expdb.table("main", db=url).to_format(form) == expected


def test_a_table_has_the_writers_that_a_report_needs(url: str):
    table = expdb.table("main", db=url)

    assert table.to_latex() == table.to_format("latex")
    assert table.to_latex(notes_in_caption=True) == table.to_format("latex-caption")
    assert str(table) == table.to_markdown() == table.to_format("md")
    assert repr(table) == "<expdb table 'main': 2 rows, 3 columns>"


def test_a_notebook_shows_a_table_escaped_and_without_a_style_for_the_whole_page(url: str):
    shown = expdb.table("main", db=url)._repr_html_()

    assert "<caption>Main &lt;results&gt;</caption>" in shown
    assert "62.50 ± 17.68 (2)" in shown
    assert "Mean ± sample standard deviation" in shown
    assert not any(word in shown for word in ("<style", "<html", "<body", "<script", "id="))


def test_the_exact_values_behind_a_table_are_a_frame(url: str):
    frame = expdb.table("main", db=url).to_dataframe()

    assert list(frame)[:5] == ["model_label", "top1", "top1.std", "top1.n", "top1.runs"]
    assert frame["top1"].tolist() == pytest.approx([0.625, 0.85])
    assert frame["top1.std"].tolist() == pytest.approx([0.17677669529, 0.07071067812])
    assert frame["top1.n"].tolist() == [2, 2]
    assert frame["top1.runs"].tolist() == [[1, 2], [3, 4]]
    assert not any(name.endswith((".low", ".high")) for name in frame)


def test_an_interval_has_its_ends_in_the_frame_and_an_empty_table_its_columns(url: str):
    wanted = {"columns": ["model_label", {"key": "top1", "spread": "interval"}], "where": "group = main"}

    frame = expdb.table(wanted, db=url).to_dataframe()

    assert (frame["top1.low"] < frame["top1"]).all()
    assert (frame["top1.high"] > frame["top1"]).all()
    assert list(expdb.table({**wanted, "where": "epochs = 77"}, db=url).to_dataframe()) == ["model_label", "top1"]


def test_a_definition_needs_no_saving(url: str, tmp_path: Path):
    file = tmp_path / "main.toml"
    file.write_text('name = "main"\nwhere = "group = main"\ncolumns = ["model_label", "top1"]\n', encoding="utf-8")
    values = {"where": "group = main", "columns": ["model_label", "top1"]}

    tables = [expdb.table(which, db=url) for which in (file, values, TableDefinition(name="main", **values))]

    assert len({table.to_format("csv") for table in tables}) == 1


def test_a_table_that_is_none_is_refused(url: str, tmp_path: Path):
    file = tmp_path / "two.toml"
    entry = '[[tables]]\nname = "{}"\ncolumns = ["top1"]\n'
    file.write_text(entry.format("one") + entry.format("two"), encoding="utf-8")

    with pytest.raises(NotFoundError, match="mian"):
        expdb.table("mian", db=url)
    with pytest.raises(SpecError, match="wher"):
        expdb.table({"columns": ["top1"], "wher": ""}, db=url)
    with pytest.raises(SpecError, match="defines 2 tables \\(one, two\\)"):
        expdb.table(file, db=url)
    with pytest.raises(NotFoundError, match="format 'pdf'"):
        expdb.table("main", db=url).to_format("pdf")


def test_a_table_stays_as_it_was_built(url: str):
    table = expdb.table("main", db=url)
    with Store.open(url) as store:
        add_finished(store, top1=0.1, seed=7, group="main")

    assert table.to_dataframe()["top1.n"].tolist() == [2, 2]
    assert expdb.table("main", db=url).to_dataframe()["top1.n"].tolist() == [3, 2]
