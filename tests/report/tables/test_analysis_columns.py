import pytest

from expdb.domain.analyses.result import Estimate
from expdb.domain.table import TableDefinition
from expdb.report.tables.build import build_table
from expdb.store.store import Store
from tests.analysis_results import analysis_result
from tests.store_runs import add_seeds


def analysed(store: Store, values: list[float], *, images: int = 2000, **settings) -> list[int]:
    """Add seeds of one group, each with a share of answers that stay."""
    ids = list(add_seeds(store, [0.5] * len(values), **settings))
    for run_id, value in zip(ids, values, strict=True):
        own = analysis_result(values={"shift_consistency": value}, settings={"images": images})
        store.analyses.save(run_id, own, epoch=1)
    return ids


def table(store: Store, **changes):
    columns = ["model", "shift_consistency", {"key": "shift_consistency", "shows": "p"}]
    given = {"name": "t", "columns": columns, "baseline": "model = vit_mini", "clear_only": False, **changes}
    return build_table(store, TableDefinition.model_validate(given))


def test_a_group_of_analysed_runs_has_mean_std_and_p(store: Store):
    analysed(store, [0.7, 0.72, 0.74], model__name="vit_mini")
    analysed(store, [0.8, 0.82, 0.84], model__name="resnet_mini")

    built = table(store)

    assert [row.cells[1].text for row in built.rows] == ["72.00 ± 2.00 (3)", "82.00 ± 2.00 (3)"]
    assert [row.cells[1].rank for row in built.rows] == [2, 1]
    assert built.rows[1].cells[2].text == "0.004"
    texts = [note.text for note in built.notes]
    assert (
        "Shift consistency (%): a run's value is counted from 100, which alone makes it uncertain by ±3.00 points "
        "(95 %)." in texts
    )
    assert "Moved images: of a test." in texts


def test_what_was_not_analysed_alike_is_neither_ranked_nor_tested(store: Store):
    analysed(store, [0.7, 0.72], model__name="vit_mini")
    analysed(store, [0.8, 0.82], model__name="resnet_mini", images=500)

    built = table(store)

    assert [row.cells[1].rank for row in built.rows] == [0, 0]
    assert built.rows[1].cells[2].text == "–"
    assert any(
        "not analysed as the baseline (expdb analyze shift makes them alike)" in note.text for note in built.notes
    )


def test_seeds_that_were_not_analysed_alike_say_so(store: Store):
    analysed(store, [0.7, 0.72], model__name="vit_mini")
    other = analysed(store, [0.8, 0.82], model__name="resnet_mini")
    store.analyses.save(other[0], analysis_result(values={"shift_consistency": 0.9}, settings={"images": 7}), epoch=1)

    built = table(store)

    assert (built.rows[1].cells[1].rank, built.rows[1].cells[2].text) == (0, "–")
    assert any("its own seeds were not analysed alike" in note.text for note in built.notes)


def test_where_neither_way_is_better_nothing_is_ranked_and_means_are_tested(store: Store):
    for name, values in (("vit_mini", [0.2, 0.22, 0.24]), ("resnet_mini", [0.1, 0.12, 0.14])):
        for run_id, value in zip(add_seeds(store, [0.5] * 3, model__name=name), values, strict=True):
            store.analyses.save(run_id, analysis_result("shape", values={"shape_bias": value}), epoch=1)

    built = table(store, columns=["model", "shape_bias", {"key": "shape_bias", "shows": "p"}])

    assert [(row.cells[1].text, row.cells[1].rank) for row in built.rows] == [
        ("22.00 ± 2.00 (3)", 0),
        ("12.00 ± 2.00 (3)", 0),
    ]
    assert built.rows[1].cells[2].text == "0.004"


def test_a_filter_and_an_order_know_what_an_analysis_found(store: Store):
    low, high = analysed(store, [0.7, 0.9])

    assert store.ids("shift_consistency > 80%") == {high}
    assert [run.id for run in store.runs(sort=["-shift_consistency"])] == [high, low]


def test_an_analysis_made_anew_replaces_the_earlier_one(store: Store):
    [run_id] = analysed(store, [0.7])

    store.analyses.save(run_id, analysis_result(values={"shift_consistency": 0.6}), epoch=1)

    assert store.run(run_id).fields["shift_consistency"] == 0.6
    assert store.analyses.of([run_id])[run_id]["shift"].values["shift_consistency"] == Estimate(
        value=0.6, n=100, low=0.57, high=0.63
    )


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_result_is_a_number(value: float):
    with pytest.raises(ValueError, match="finite"):
        analysis_result(values={"shift_consistency": value})
