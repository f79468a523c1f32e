"""The page of saved tables and the form that edits them, run in process."""

import pytest

from dashboard.tables_page.draft import build_error, columns_of, field_errors, grid_rows, read_draft
from dashboard.widgets.sortable_table import marked_runs
from expdb.config import READ_ONLY_VARIABLE
from expdb.domain.table import ColumnChoice, TableDefinition
from expdb.report.tables.build import build_table
from expdb.report.writers.latex import to_latex
from expdb.store.store import Store
from tests.dashboard.conftest import add_measured
from tests.dashboard.test_pages import open_page, shown_text
from tests.factories import make_spec

KEYS = ("model_label", "top1", "train_seconds")


def columns(*keys):
    return tuple(ColumnChoice(key=key) for key in keys)


@pytest.fixture
def seeded(measured) -> str:
    """A table of two groups of three seeds, with a section each, beside the other runs."""
    with Store.open(measured) as store:
        for model in ("resnet_mini", "senet_mini"):
            for seed in range(3):
                add_measured(store, make_spec(model__name=model, seed=seed, epochs=3), epochs=3, group="pair")
        store.saved_tables.save(
            TableDefinition(
                name="pair",
                where="group = pair",
                columns=columns(*KEYS),
                section="dataset",
                sort=("-top1",),
                clear_only=False,
            )
        )
    return measured


def open_tables(**query):
    return open_page("views/tables.py", **query)


def form_key(app, name):
    """Return the key of a field of the form."""
    return next(widget.key for widget in app.text_input if (widget.key or "").endswith(f"_{name}"))


def links(app):
    return [link.proto.label for link in app.get("page_link")]


def test_a_table_prints_sections_means_over_seeds_and_the_best(seeded):
    app = open_tables(table="pair")

    printed = app.table[0].value
    assert len(printed) == 3  # the section's heading, and two rows
    assert "Bold\\: the best" in shown_text(app)
    assert "6 runs where group" in shown_text(app).replace("\\", "")


def test_a_table_that_is_not_there_is_said_to_be_none(seeded):
    app = open_tables(table="*pairs*")

    assert app.warning[0].value.replace("\\", "") == "No table is called *pairs*: this is demo."
    assert app.selectbox(key="table").value == "demo"


def test_the_list_sorts_by_exact_values(seeded):
    frame = open_tables(table="pair").dataframe[0].value

    top1 = next(frame[name] for name in frame.columns if "Top-1" in name)
    assert top1.dtype == float
    assert top1[0] > top1[1] > 0.5


def test_every_format_can_be_copied(seeded):
    app = open_tables(table="pair", form="LaTeX")

    with Store.open(seeded) as store:
        expected = to_latex(build_table(store, store.table("pair")))
    assert app.code[0].value + "\n" == expected
    assert [button.proto.label for button in app.get("download_button")] == ["Download .csv", "Download .tex"]


def test_macros_can_be_copied_once_the_rows_have_keys_and_until_then_it_says_which_to_add(seeded):
    app = open_tables(table="pair", form="LaTeX macros")
    assert any("keys.ours = 'model = senet_mini" in info.value for info in app.info)

    with Store.open(seeded) as store:
        keys = {"base": "model = resnet_mini and group = pair", "ours": "model = senet_mini and group = pair"}
        store.saved_tables.save(store.table("pair").model_copy(update={"keys": keys}))

    app = open_tables(table="pair", form="LaTeX macros")
    assert "\\expdbset{pair}{ours}{top1}" in app.code[0].value


def test_the_runs_behind_every_row_can_be_said(seeded):
    assert "10-12" in open_tables(table="pair", link="true").code[0].value


def test_what_can_be_concluded_is_in_the_address(seeded):
    assert "explain" not in shown_text(open_tables(table="pair"))
    app = open_tables(table="pair", explain="true")

    assert any("Neighbouring rows" in code.value for code in app.code)


def test_missing_seeds_come_with_the_command_that_trains_them(seeded):
    app = open_tables(table="pair", missing="true", seeds="5")

    assert any("expdb fill pair --seeds 5" in code.value for code in app.code)
    assert "4 runs." in shown_text(app)


def test_a_full_table_lacks_nothing(seeded):
    assert "Nothing is missing" in shown_text(open_tables(table="pair", missing="true"))


def test_a_table_of_reported_runs_cannot_be_filled(reported):
    assert "nothing can be filled" in shown_text(open_tables(table="report-1", missing="true"))


def test_the_definition_can_be_taken_as_a_file(seeded):
    app = open_tables(table="pair", definition="true")

    assert any(code.value.startswith('version = 2\nname = "pair"') for code in app.code)


def test_an_edited_title_is_previewed_and_saved_as_the_next_revision(seeded):
    app = open_tables(table="pair", mode="Edit")
    app.text_input(key=form_key(app, "title")).set_value("Pairs").run()

    assert "Becomes revision 2" in shown_text(app)
    assert len(app.table) == 1
    app.button(key="save_table").click().run()

    assert not app.exception
    assert "Pairs" in [heading.value for heading in app.subheader]
    with Store.open(seeded) as store:
        assert store.table("pair").title == "Pairs"
        assert [number for number, _ in store.saved_tables.history("pair")] == [1, 2]


def test_saving_what_was_not_changed_keeps_the_definition(seeded):
    with Store.open(seeded) as store:
        before = store.table("pair")
    app = open_tables(table="pair", mode="Edit")

    app.button(key="save_table").click().run()

    with Store.open(seeded) as store:
        assert store.table("pair") == before
        assert len(store.saved_tables.history("pair")) == 1


def test_a_filter_that_cannot_be_read_is_told_below_its_field_and_not_saved(seeded):
    app = open_tables(table="pair", mode="Edit")
    app.text_input(key=form_key(app, "where")).set_value("top1 >> 1").run()

    errors = [text.value for text in app.markdown if text.value.startswith(":red[")]
    assert len(errors) == 2  # below the field, and beside the button
    assert app.button(key="save_table").disabled
    assert not app.table


def test_a_new_table_is_made_and_shown(seeded):
    app = open_tables(mode="New")
    app.text_input(key=form_key(app, "name")).set_value("mine").run()
    app.text_input(key=form_key(app, "where")).set_value("group = pair").run()

    app.button(key="save_table").click().run()

    assert not app.exception
    assert app.selectbox(key="table").value == "mine"
    with Store.open(seeded) as store:
        assert store.table("mine").where == "group = pair"


def test_the_first_table_of_a_database_can_be_made_here(empty):
    app = open_tables(mode="New")

    assert app.button(key="save_table").label == "Save"


def test_a_name_that_is_taken_is_said(seeded):
    app = open_tables(table="pair", mode="Edit")
    app.text_input(key=form_key(app, "name")).set_value("demo").run()

    assert "There is a table demo already" in shown_text(app).replace("\\", "")


def test_a_revision_saved_by_somebody_else_is_said(seeded):
    app = open_tables(table="pair", mode="Edit")
    with Store.open(seeded) as store:
        store.saved_tables.save(store.table("pair").model_copy(update={"title": "theirs"}))

    app.text_input(key=form_key(app, "title")).set_value("mine").run()

    assert "Somebody saved revision 2 since you began with 1" in shown_text(app).replace("\\", "")


def test_the_form_changes_nothing_where_the_dashboard_only_reads(seeded, monkeypatch):
    monkeypatch.setenv(READ_ONLY_VARIABLE, "1")

    app = open_tables(table="pair", mode="Edit", history="true")

    assert not [button for button in app.button if button.key == "save_table"]
    assert not app.radio
    assert "restore" not in app.dataframe[-1].value.columns


def test_older_revisions_can_be_restored(seeded):
    with Store.open(seeded) as store:
        store.saved_tables.save(store.table("pair").model_copy(update={"title": "Newer"}))

    frame = open_tables(table="pair", history="true").dataframe[-1].value

    assert list(frame["Revision"]) == [2, 1]
    assert list(frame["restore"].fillna("")) == ["", "Restore"]


def test_a_grid_of_columns_reads_back_as_it_was():
    choices = (
        ColumnChoice(key="model_label", heading="Model"),
        ColumnChoice(key="top1", decimals=1, spread="interval", under="CIFAR-10"),
        ColumnChoice(key="top1", shows="delta", against="previous"),
    )

    assert tuple(ColumnChoice(**row) for row in columns_of(grid_rows(choices))) == choices


def test_a_grid_is_read_by_place_without_the_lines_that_name_no_column():
    rows = [
        {"place": 2.0, "key": "top1", "decimals": 1.0, "heading": " "},
        {"place": None, "key": "seed"},
        {"place": 1.0, "key": "model"},
        {"place": 3.0, "key": None, "heading": "x"},
        {"place": 0.0, "key": "id"},
    ]

    assert columns_of(rows) == [{"key": "id"}, {"key": "model"}, {"key": "top1", "decimals": 1}, {"key": "seed"}]


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"name": "no spaces"}, "name"),
        ({"columns": []}, "columns"),
        ({"columns": [{"key": "top1", "shows": "delta"}]}, "baseline"),
        ({"columns": [{"key": "top1", "decimals": 40}]}, "columns"),
        ({"across": ["dataset"], "rows": "runs"}, "across"),
        ({"rows": []}, "rows"),
    ],
)
def test_what_is_wrong_is_told_of_its_field(values, field):
    draft, errors = read_draft({"name": "x", "columns": [{"key": "top1"}], **values})

    assert draft is None
    assert list(errors) == [field]
    assert "\n" not in errors[field]


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"where": "bad"}, "where"),
        ({"baseline": "bad"}, "baseline"),
        ({"columns": ("flux",)}, "columns"),
        ({"sort": ("-flux",)}, "sort"),
        ({"section": "flux"}, "section"),
        ({"rows": ("flux",)}, "rows"),
        ({"targets": {"top1": "much"}}, "targets"),
        ({"marks": ({"where": "bad", "mark": "*", "note": "x"},)}, "marks"),
    ],
)
def test_what_the_catalog_does_not_know_is_told_of_its_field(values, field):
    definition = TableDefinition.model_validate({"name": "x", "columns": ("top1",), **values})

    errors = field_errors(definition, lambda where: "it is bad" if where == "bad" else None)

    assert list(errors) == [field]


def test_a_baseline_that_picks_no_row_is_told_of_the_baseline():
    assert list(build_error("baseline 'x' of table 'y' must pick one of its rows: it picks none")) == ["baseline"]


def test_a_cell_is_marked_with_the_runs_behind_it(seeded):
    with Store.open(seeded) as store:
        table = build_table(store, store.table("pair"))
    names = list(KEYS)

    words, groups = marked_runs(table, names, [], [(1, "top1")])

    assert words.startswith("Top-1 (last, %): ")
    assert groups == (table.rows[1].run_ids,)
    assert marked_runs(table, names, [0, 1], [])[1] == tuple(row.run_ids for row in table.rows)
    assert marked_runs(table, names, [], [(7, "top1")])[1] == ()
    assert marked_runs(table, names, [9], [])[1] == ()


@pytest.mark.parametrize(
    "values",
    [
        {"specs": [{"data.dataset": "digits", "model.name": "resnet_mini", "epochs": 3}]},
        {"footnotes": ["Trained on one GPU."]},
        {"rows": ["model_label"], "across": ["aug_label"], "where": "group = demo", "sort": ["-top1@crop"]},
        {"where": "group = pair", "baseline": "model = resnet_mini", "targets": {"top1": "> 90%"}},
        {"where": "group = pair", "keys": {"ours": "model = senet_mini"}, "labels": {"crop": "Standard"}},
        {"rows": "runs", "transpose": True, "marks": [{"where": "seed = 0", "mark": "*", "note": "first"}]},
    ],
)
def test_the_form_keeps_what_it_is_given(seeded, values):
    columns = ["model_label", {"key": "top1", "decimals": 1, "spread": "interval"}]
    definition = TableDefinition.model_validate({"name": "given", "columns": columns, **values})
    with Store.open(seeded) as store:
        store.saved_tables.save(definition)
    app = open_tables(table="given", mode="Edit")

    app.button(key="save_table").click().run()

    with Store.open(seeded) as store:
        assert store.table("given") == definition
