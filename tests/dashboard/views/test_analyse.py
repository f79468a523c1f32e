"""Analyse, run in process on results as analyses store them."""

import json

import numpy as np
import pytest

from expdb.analysis.stored_arrays import write_arrays
from expdb.domain.analyses.result import Listing
from expdb.store.store import Store
from tests.analysis.analysed import make_result
from tests.dashboard.opened import open_page, shown_text
from tests.report.figures.charts import make_chart
from tests.store_runs import add_finished

NOTE = "<b>a note</b> of $x$"
MODULES = (
    ("stem", "Conv2d", 100),
    ("blocks", None, 300),
    ("blocks.0", "Block", 300),
    ("blocks.0.attn", "Attention", 200),
)


@pytest.fixture
def analysed(url) -> str:
    """Runs 1 and 2 are seeds, 3 to 7 other models; all but 7 were analysed for shift, 6 with other settings.

    Run 1 and 3 keep maps of Grad-CAM; those of run 3 are elsewhere.
    """
    with Store.open(url) as store:
        for number in range(1, 8):
            add_finished(store, seed=number, epochs=2 if number < 3 else number)
        for number in range(1, 7):
            given = {"settings": {"images": 100, "seed": 0}, "data_digest": "other"} if number == 6 else {}
            chart = make_chart("shift", number)
            shift = make_result("shift", values={"shift_consistency": 0.9 - number / 100}, charts=(chart,), **given)
            store.analyses.save(number, shift.model_copy(update={"notes": (NOTE,)}), epoch=2)
        for number in (1, 3):
            run = store.run(str(number))
            name = write_arrays(store, run, "gradcam", _arrays(number))
            store.analyses.save(number, make_result("gradcam", arrays_file=name), epoch=2)
        (store.artifact_dir(3) / name).unlink()
        listing = Listing(key="modules", title="Modules", headings=("module", "kind", "parameters"), rows=MODULES)
        store.analyses.save(1, make_result("anatomy", listings=(listing,), charts=(make_chart("positions"),)), epoch=2)
    return url


def _arrays(number):
    return {
        "positions": np.arange(4),
        "kind": np.array(["random", "random", "mistake", "hit"]),
        "true": np.arange(4),
        "predicted": np.array([0, 1, 9, 3]),
        "probability": np.full(4, 0.75, np.float32),
        "maps": np.eye(4, dtype=np.float16).reshape(4, 2, 2) * number,
    }


def show(**query):
    return open_page("views/analyse.py", **query)


def traces(app):
    return [json.loads(chart.proto.spec)["data"] for chart in app.get("plotly_chart")]


def text_of(app):
    elements = (*app.warning, *app.markdown, *app.caption, *app.info)
    return "\n".join([shown_text(app), *(element.value for element in elements)]).replace("\\", "")


def test_without_runs_those_that_were_analysed_are_offered(analysed):
    app = show()

    assert "Choose one run or more" in text_of(app)
    assert 7 not in list(app.dataframe[0].value["Run"])


def test_one_run_has_its_values_chart_and_notes(analysed):
    app = show(runs="1", analysis="shift")

    table = app.dataframe[0].value
    assert list(table.iloc[0])[-3:] == pytest.approx([0.89, 0.88, 200])
    [drawn] = traces(app)
    assert {trace["name"] for trace in drawn if trace.get("showlegend")} == {"stays", "chance"}
    assert NOTE in text_of(app)
    assert "200 images" in text_of(app)


def test_the_analysis_that_was_made_is_shown_first(analysed):
    assert show(runs="3").selectbox(key="analysis").value == "gradcam"


def test_six_runs_share_one_pair_of_axes_and_a_seventh_is_left_out(analysed):
    app = show(runs="1,2,3,4,5,6,7", analysis="shift")
    [drawn] = traces(app)

    own = [trace for trace in drawn if trace.get("mode") == "lines+markers"]
    assert len({trace["line"]["color"] for trace in own}) == 6
    assert "the first 6" in text_of(app)


def test_a_run_that_was_not_analysed_is_named_with_the_command(analysed):
    app = show(runs="1,7", analysis="shift")

    assert "Not analysed so yet: 7" in text_of(app)
    assert [code.value for code in app.code][:1] == ["expdb analyze shift 7"]
    assert len(traces(app)) == 1


def test_runs_that_were_analysed_otherwise_are_told_of_in_what(analysed):
    warning = text_of(show(runs="1,6", analysis="shift"))

    assert "run 6 unlike run 1: images 100, there 200" in warning
    assert "other images" in warning
    assert "Not analysed alike" not in text_of(show(runs="1,2", analysis="shift"))


def test_seeds_have_their_mean_beside_them(analysed):
    app = show(runs="1,2,3", analysis="shift")

    frame = app.dataframe[0].value
    assert [name.strip("\N{ZERO WIDTH SPACE}") for name in frame.columns][-1] == "Its seeds here"
    assert "Seeds: mean ±" in text_of(app)


def test_maps_stand_over_the_same_images_and_lost_ones_are_named(analysed):
    app = show(runs="1,3", analysis="gradcam")

    text = text_of(app)
    assert "Run 3: the maps of gradcam are not on this machine" in text
    assert "A random sample" in text
    assert "label 0 · image 0" in text
    assert "1 ResNet-mini: ✓ 0 (75.0%)" in text
    assert not app.exception


def test_picked_images_are_called_so(analysed):
    text = text_of(show(runs="1", analysis="gradcam", images="mistake"))

    assert "Picked by hand" in text
    assert "✗ 9 (75.0%)" in text


def test_images_that_are_not_here_are_told_in_one_line(analysed, monkeypatch, tmp_path):
    with Store.open(analysed) as store:
        run = add_finished(store, data__dataset="cifar10", epochs=1)
        name = write_arrays(store, store.run(str(run)), "gradcam", _arrays(1))
        store.analyses.save(run, make_result("gradcam", arrays_file=name), epoch=1)
    monkeypatch.setenv("EXPDB_DATA_DIR", str(tmp_path))

    assert "images are not on this machine" in text_of(show(runs=str(run), analysis="gradcam"))


def test_modules_are_a_tree_that_opens_level_by_level(analysed):
    app = show(runs="1", analysis="anatomy")

    assert [cell.strip() for cell in app.dataframe[0].value.iloc[:, 0]] == ["stem", "blocks", "0"]
    app.selectbox(key="part_modules_1").set_value("blocks.0").run()
    assert [cell.strip() for cell in app.dataframe[0].value.iloc[:, 0]] == ["blocks.0", "attn"]


def test_a_page_that_only_reads_shows_the_same(analysed, monkeypatch):
    monkeypatch.setenv("EXPDB_DASHBOARD_READ_ONLY", "1")

    assert len(traces(show(runs="1", analysis="shift"))) == 1


def test_the_page_of_a_run_leads_here(analysed):
    app = open_page("views/run.py", run="1", part="Analyses")

    [link] = [one for one in app.get("page_link") if "Charts and images" in one.proto.label]
    assert "shift" in link.proto.label
    assert link.proto.query_string == "runs=1"
