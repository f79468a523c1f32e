"""Compare, run in process on an empty database, on reported runs, and on measured ones."""

from pathlib import Path

import pyarrow as pa
import pytest
from streamlit.testing.v1 import AppTest

import dashboard
from expdb.store.store import Store
from tests.dashboard.conftest import add_measured
from tests.factories import make_spec

APP = Path(dashboard.__file__).parent / "app.py"


@pytest.fixture
def seeded(url) -> str:
    """Three groups of three seeds: runs 1-3 and 4-6 differ in the model, 7-9 from both in the augmentation too."""
    with Store.open(url) as store:
        for settings in ({}, {"model__name": "senet_mini"}, {"model__name": "vit_mini", "aug__preset": "randaugment"}):
            for seed in range(3):
                add_measured(store, make_spec(seed=seed, epochs=4, **settings), epochs=4)
    return url


def open_compare(**query):
    app = AppTest.from_file(str(APP), default_timeout=60)
    app.switch_page("views/compare.py")
    app.query_params.update(query)
    app.run()
    assert not app.exception
    return app


def frame_of(app, number=0):
    """Return a table of the page as it is read, by its headings; zero-width spaces tell equal ones apart."""
    shown = app.dataframe[number].proto.arrow_data.styler.display_values
    return pa.ipc.open_stream(shown).read_pandas().rename(columns=lambda name: name.strip("\N{ZERO WIDTH SPACE}"))


def shown(elements):
    return "\n".join(element.value.replace("\\", "") for element in elements)


def test_an_empty_database_says_how_to_begin(empty):
    app = open_compare()

    assert app.info
    assert "expdb run" in app.code[0].value


def test_without_runs_they_are_offered(seeded):
    app = open_compare()

    assert "Choose two runs" in app.info[0].value
    assert list(app.dataframe[0].value["Run"]) == [9, 6, 3]
    assert list(app.dataframe[0].value["n"]) == [3, 3, 3]


def test_runs_stand_for_their_groups(seeded):
    app = open_compare(runs="1,4,9")

    frame = frame_of(app)
    assert [text[:7] for text in frame["Run"]] == ["1, 2, 3", "4, 5, 6", "7, 8, 9"]
    assert list(frame["Top-1 (last, %)"].str.contains("±")) == [True, True, True]
    assert app.selectbox(key="baseline").options == ["1", "4", "9"]
    assert len(app.get("plotly_chart")) == 1


def test_the_baseline_metric_and_test_come_from_the_address(seeded):
    app = open_compare(runs="1,4,7", baseline="4", metric="test_loss", test="paired")

    assert app.subheader[0].value.replace("\\", "") == "Test loss against 4 SENet-mini"
    assert list(frame_of(app)["Differs from the baseline in"])[1] == "baseline"
    assert "paired by seed" in shown(app.caption)


def test_few_seeds_are_said_to_show_little(seeded):
    captions = shown(open_compare(runs="1,4,7").caption)

    assert "With 3 seeds a side" in captions
    assert "Holm's correction over 2 comparisons" in captions


def test_seeds_can_be_compared_one_by_one(seeded):
    app = open_compare(runs="1,2,3", seeds="one by one")

    assert [text.split()[0] for text in frame_of(app)["Run"]] == ["1", "2", "3"]
    assert "One seed each" in shown(app.caption)


def test_what_is_not_known_keeps_its_footnote(seeded):
    texts = list(frame_of(open_compare(runs="1,4,7", seeds="one by one"))["Δ Top-1, p (Welch)"])

    assert sorted(texts) == ["–", "–ᵃ", "–ᵃ"]


def test_results_sort_by_exact_values(seeded):
    frame = open_compare(runs="1,4,7").dataframe[0].value

    top1 = next(frame[name] for name in frame.columns if name.endswith("Top-1 (last, %)"))
    assert top1.dtype == float
    assert 0.5 < top1.min() < 1


def test_seeds_of_one_group_are_no_comparison(seeded):
    assert "seeds of one group" in open_compare(runs="1,2").info[0].value


def test_unknown_and_odd_ids_are_named(seeded):
    app = open_compare(runs="1,4,99,x")

    assert "99" in shown(app.warning)
    assert "x" in shown(app.warning)
    assert len(frame_of(app)) == 2


def test_unfinished_runs_have_no_mean_and_are_named(measured):
    app = open_compare(runs="1,4,5")

    assert "1 ResNet-mini (running)" in shown(app.warning)
    assert len(frame_of(app)) == 2


def test_what_cannot_be_compared_is_a_warning(measured):
    with Store.open(measured) as store:
        other = add_measured(store, make_spec(epochs=2), epochs=2)

    assert "epochs (2 instead of 12)" in shown(open_compare(runs=f"4,{other}").warning)


@pytest.mark.parametrize(
    ("part", "words"),
    [("Settings", "aug.preset"), ("Results", "Params"), ("Environment", "Dataset"), ("Parallel coordinates", "axis")],
)
def test_each_part_is_opened_by_the_address(measured, part, words):
    app = open_compare(runs="4,5,6", part=part)

    frames = [str(frame.value) for frame in app.dataframe]
    assert words in "\n".join([*frames, shown(app.caption)])
    assert len(app.get("plotly_chart")) == (part == "Parallel coordinates")


def test_curves_choose_quantity_band_and_scale(seeded):
    app = open_compare(runs="1,4", curve="test_loss", band="std", log="true")

    assert "one sample standard deviation" in shown(app.caption)
    assert '"type":"log"' in app.get("plotly_chart")[0].proto.spec.replace(" ", "")


def test_reported_runs_are_subtracted_and_never_tested(reported):
    app = open_compare(runs="1,2,4", metric="top1")

    assert "a reported value is never tested" in shown(app.caption)
    assert list(frame_of(app)["Δ Top-1 (points)"])[1].startswith(("+", "-"))
    assert "No epochs" in shown(app.caption)


def test_the_table_can_be_taken_away(seeded):
    labels = [button.proto.label for button in open_compare(runs="1,4").get("download_button")]

    assert labels == ["Download .md", "Download .tex", "Download .csv"]


def test_names_are_never_markup(measured):
    app = open_compare(runs="2,4", seeds="one by one")

    assert "<script>" not in shown(app.markdown)
    assert len(frame_of(app)) == 2


@pytest.mark.parametrize("query", [{"baseline": "77"}, {"metric": "nonsense"}, {"part": "Nowhere"}, {"seeds": "?"}])
def test_what_the_address_says_in_vain_is_passed_over(seeded, query):
    assert len(frame_of(open_compare(runs="1,4", **query))) == 2
