"""A mean with its spread and n has one text, wherever it stands."""

import pytest

from expdb.domain.claim import Claim, ClaimTest
from expdb.domain.group import Measure, RunGroup, Sample
from expdb.domain.run import Environment
from expdb.report.columns import COLUMNS
from expdb.report.compare.side_by_side import MEASURES, results_table
from expdb.report.compare.tradeoffs import points_of, points_table
from expdb.report.figures.tradeoffs import tradeoff_figure
from expdb.report.library.claims import claim_verdict
from expdb.report.mean_text import mean_text, measure_text
from expdb.report.tables.build import build_table
from expdb.report.written.reading.numbers import read_cell
from expdb.store.store import Store
from tests.factories import make_spec
from tests.report.built import define
from tests.store.events import FINISHED, epoch, started


def train(store: Store, *, top1: float, train_seconds: float, images_per_second: float, **settings) -> None:
    run_id = store.add_run(make_spec(**settings))
    store.start_run(run_id, Environment())
    store.record(run_id, started(device="cuda", num_devices=2))
    of_epoch = {"train_seconds": train_seconds / 2, "images_per_second": images_per_second}
    store.record(run_id, epoch(1, top1=0.0, **of_epoch))
    store.record(run_id, epoch(2, top1=top1, **of_epoch))
    store.record(run_id, FINISHED)


def trained(store: Store) -> RunGroup:
    """Record three seeds and return their group."""
    for seed, seconds in enumerate((12.6, 12.7, 12.8)):
        top1 = 0.79 + seed / 1_000_000  # 0.00 points apart, to two decimals
        train(store, seed=seed, top1=top1, train_seconds=seconds, images_per_second=700.0 + seed / 10)
    [group] = store.groups("", MEASURES)
    return group


TEXTS = {
    "top1": "79.0001 ± 0.0001 (3)",
    "train_seconds": "12.7s ± 0.1s (3)",
    "images_per_second": "700.1 ± 0.1 (3)",
    "gpu_hours": "0.0071 ± 0.0001 (3)",
}


@pytest.mark.parametrize("key", TEXTS)
def test_a_quantity_prints_alike_in_a_table_and_in_compare(store: Store, key: str):
    group = trained(store)

    in_compare = {row.cells[0].text: row.cells[1].text for row in results_table([group]).rows}

    assert build_table(store, define(key)).rows[0].cells[0].text == TEXTS[key]
    assert in_compare[COLUMNS[key].heading] == TEXTS[key]


@pytest.mark.parametrize("cost", ["train_seconds", "gpu_hours"])
def test_a_quantity_prints_alike_in_tradeoffs(store: Store, cost: str):
    points = points_of([trained(store)], quality="top1", cost=cost)

    listed = points_table(points, quality="top1", cost=cost)
    drawn = tradeoff_figure(points, points, quality="top1", cost=cost, size=None, is_log=False)

    assert [cell.text for cell in listed.rows[0].cells[3:]] == [TEXTS["top1"], TEXTS[cost]]
    hover = drawn.data[0].customdata[0][1]
    assert f"{COLUMNS['top1'].heading}: {TEXTS['top1']}<br>{COLUMNS[cost].heading}: {TEXTS[cost]}" in hover


@pytest.mark.parametrize("metric", ["top1", "train_seconds", "images_per_second"])
def test_a_quantity_prints_alike_in_a_claim(store: Store, metric: str):
    trained(store)
    test = ClaimTest(metric=metric, a="model = resnet_mini", b="model = senet_mini", at_least=0)

    [group] = claim_verdict(store, Claim(key="K", sentence="s", source="us", status="untested", test=test)).a

    assert [measure_text(measure, sample) for measure, sample in group.samples.items()] == [TEXTS[metric]]


@pytest.mark.parametrize(
    ("mean", "spread", "form", "decimals", "text"),
    [
        (0.8285, 0.0012, "percent", None, "82.85 ± 0.12 (3)"),
        (0.8285, 0.00004, "percent", None, "82.850 ± 0.004 (3)"),
        (0.8285, 0.0, "percent", None, "82.85 ± 0.00 (3)"),
        (0.8285, 0.0004, "percent", 1, "82.85 ± 0.04 (3)"),
        (0.8285, 1e-17, "percent", None, "82.85 ± 0.00 (3)"),  # what rounding leaves of no spread
        (12.66, 0.1, "duration", None, "12.7s ± 0.1s (3)"),
        (12.66, 0.04, "duration", None, "12.66s ± 0.04s (3)"),
        (72.661, 0.004, "duration", None, "1m 12.661s ± 0.004s (3)"),
        (12.66, 0.0, "duration", None, "12.7s ± 0.0s (3)"),
        (1234.56, 0.4, "integer", None, "1,234.6 ± 0.4 (3)"),
        (1234.56, 0.5, "integer", None, "1,235 ± 1 (3)"),
        (8_589_934_592.0, 3000.0, "gigas", None, "8.589935 ± 0.000003 (3)"),
        (0.5, 0.00001, "number", 4, "0.50000 ± 0.00001 (3)"),
        (0.5, 0.25, "number", None, "0.5 ± 0.25 (3)"),
        (-0.5, 0.001, "number", 2, "-0.500 ± 0.001 (3)"),
    ],
)
def test_a_spread_prints_as_zero_only_where_it_is(mean, spread, form, decimals, text):
    sample = Sample(n=3, mean=mean, std=spread)

    assert mean_text(sample, form, decimals) == text
    read = read_cell(text, form)
    assert read is not None
    assert (read.n, read.std is None) == (3, False)


def test_one_seed_is_a_value_alone():
    assert mean_text(Sample(n=1, mean=0.5, std=None), "percent") == "50.00"
    assert mean_text(Sample(n=2, mean=0.5, std=0.1), "percent", shows_n=False) == "50.00 ± 10.00"
    assert mean_text(Sample(n=2, mean=0.5, std=0.1), "percent", spread=0.25) == "50.00 ± 25.00 (2)"


def test_a_measure_without_a_column_is_a_number():
    assert measure_text(Measure(field="warmth"), Sample(n=2, mean=0.5, std=0.25)) == "0.5 ± 0.25 (2)"
