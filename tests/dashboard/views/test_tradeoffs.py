"""Trade-offs, run in process on an empty database, on reported runs, and on measured ones."""

import json
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

import dashboard
from dashboard.widgets.run_picker import marked_runs

APP = Path(dashboard.__file__).parent / "app.py"


def open_tradeoffs(**query):
    app = AppTest.from_file(str(APP), default_timeout=60)
    app.switch_page("views/tradeoffs.py")
    app.query_params.update(query)
    app.run()
    assert not app.exception
    return app


def traces(app):
    return json.loads(app.get("plotly_chart")[0].proto.spec)["data"]


def shown(elements):
    return "\n".join(element.value.replace("\\", "") for element in elements)


def test_an_empty_database_says_how_to_begin(empty):
    app = open_tradeoffs()

    assert app.info
    assert "expdb run" in app.code[0].value


def test_measured_groups_are_points_with_a_front(measured):
    app = open_tradeoffs()

    assert {"Pareto front", "ResNet", "ViT"} <= {trace.get("name") for trace in traces(app)}
    assert "6 groups" in shown(app.caption)
    assert len(app.dataframe[0].value) >= 1
    assert [button.label for button in app.button] == ["Compare marked points", "Compare the front"]


def test_points_carry_the_ids_of_their_runs(measured):
    ids = [data[0] for trace in traces(open_tradeoffs()) for data in trace.get("customdata", [])]

    assert sorted(ids) == [4, 5, 6, 7, 8, 9]


def test_axes_area_and_scale_come_from_the_address(measured):
    app = open_tradeoffs(y="test_loss", x="train_seconds", size="macs", scale="linear")

    layout = json.loads(app.get("plotly_chart")[0].proto.spec)["layout"]
    assert layout["xaxis"]["title"]["text"] == "Train time (s)"
    assert layout["xaxis"]["type"] == "linear"
    assert layout["yaxis"]["title"]["text"] == "Test loss"
    assert "The area of a bubble is its MACs" in shown(app.caption)


def test_the_filter_language_chooses_points(measured):
    app = open_tradeoffs(points_where="model = vit_mini")

    assert "2 groups" in shown(app.caption)


def test_a_filter_that_cannot_be_read_is_one_line(measured):
    assert len(open_tradeoffs(points_where="model ==").error) == 1


def test_a_cost_that_nobody_knows_says_so(measured):
    app = open_tradeoffs(x="gpu_hours")

    assert "No run of these knows both" in app.info[0].value
    assert "GPUs only" in shown(app.caption)


def test_reported_rows_are_hollow(reported):
    app = open_tradeoffs(x="train_seconds")

    symbols = {trace["marker"]["symbol"] for trace in traces(app) if str(trace.get("name")).endswith("(reported)")}
    assert symbols
    assert all(symbol.endswith("-open") for symbol in symbols)
    assert "Hollow: reported" in shown(app.caption)


def test_one_dataset_is_shown_at_a_time(measured, reported):
    assert "6 groups" in shown(open_tradeoffs(data="digits").caption)


@pytest.mark.parametrize(
    ("points", "ids"),
    [
        ([{"customdata": {"0": 4, "1": "text"}}, {"customdata": {"0": 7}}, {"customdata": {"0": 4}}], [4, 7]),
        ([{"customdata": [5, "text"]}], [5]),
        ([{}, {"customdata": None}, {"customdata": []}, {"customdata": {"0": "x"}}], []),
    ],
)
def test_marked_points_name_their_runs(points, ids):
    assert marked_runs(points) == ids
