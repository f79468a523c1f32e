"""Points, front and chart of quality against cost."""

import pytest

from expdb.domain.group import Measure, RunGroup, Sample
from expdb.report.compare.model_families import OTHER, family_of
from expdb.report.compare.tradeoffs import front_of, points_of, points_table, size_words
from expdb.report.figures.tradeoffs import places_of_names, tradeoff_figure
from expdb.report.writers.csv_json import to_csv
from tests.factories import make_run

TOP1, SECONDS = Measure(field="top1"), Measure(field="train_seconds", is_higher_better=False)


def make_group(run_id, *, top1, seconds=60.0, std=None, n=1, **values):
    run = make_run(**({"id": run_id, "name": f"r{run_id}"} | values))
    samples = {TOP1: Sample(n=n, mean=top1, std=std), SECONDS: Sample(n=1, mean=seconds, std=None)}
    return RunGroup(run=run, seeds={run_id + index: index for index in range(n)}, samples=samples)


GROUPS = [
    make_group(10, top1=0.90, num_params=10_000_000, seconds=100.0, std=0.01, n=3),
    make_group(20, top1=0.95, num_params=20_000_000, seconds=400.0),
    make_group(30, top1=0.80, num_params=30_000_000, seconds=900.0, model="vit_mini", arch="vit_tiny_patch16_224"),
    make_group(40, top1=0.99, num_params=5_000_000, kind="reported", model="SENet50 + AutoAugment", arch=None),
]


def test_points_have_mean_spread_and_number_of_seeds():
    points = points_of(GROUPS, quality="top1", cost="num_params", size="train_seconds")

    assert [(point.run_id, point.cost, point.quality, point.std, point.cells["top1"].n) for point in points][:2] == [
        (10, 10_000_000, 0.90, 0.01, 3),
        (20, 20_000_000, 0.95, None, 1),
    ]
    assert [point.size for point in points] == [100.0, 400.0, 900.0, 60.0]
    assert [point.is_reported for point in points] == [False, False, False, True]


@pytest.mark.parametrize("cost", [None, 0])
def test_groups_that_do_not_know_the_cost_are_left_out(cost):
    assert points_of([make_group(1, top1=0.9, num_params=cost)], quality="top1", cost="num_params") == []


def test_groups_without_a_run_that_counts_are_left_out():
    waiting = RunGroup(run=make_run(status="failed"), seeds={}, samples={TOP1: Sample(n=1, mean=0.5, std=None)})

    assert points_of([waiting], quality="top1", cost="num_params") == []


def test_reported_rows_do_not_push_measured_ones_off_the_front():
    points = points_of(GROUPS, quality="top1", cost="num_params")

    assert [point.run_id for point in front_of(points, quality="top1")] == [10, 20]
    assert [point.run_id for point in front_of(points[3:], quality="top1")] == [40]
    assert front_of([], quality="top1") == []


@pytest.mark.parametrize(
    ("values", "family"),
    [
        ({}, "ResNet"),
        ({"arch": "vit_small_patch16_224"}, "ViT"),
        ({"arch": None, "model": "SENet101 + AutoAugment"}, "ResNet"),
        ({"arch": None, "model": "ResNet-200 + CutMix"}, "ResNet"),
        ({"arch": None, "model": "CoAtNet-7"}, "CoAtNet and MaxViT"),
        ({"arch": None, "model": "ViT-L/16 (T)"}, "ViT"),
        ({"arch": None, "model": "EffNetV2-XL"}, "EfficientNet"),
        ({"arch": None, "model": "ResNet + ViT-L/16"}, OTHER),
        ({"arch": None, "model": "T2T-ViT-24"}, OTHER),
        ({"arch": None, "model": "a wonder"}, OTHER),
        ({"arch": "my.module:net", "model": "my.module:net"}, OTHER),
    ],
)
def test_families_come_from_the_catalog(values, family):
    assert family_of(make_run(**values)) == family


def test_the_chart_tells_families_and_reported_rows_apart():
    points = points_of(GROUPS, quality="top1", cost="num_params", size="train_seconds")
    front = front_of(points, quality="top1")

    figure = tradeoff_figure(points, front, quality="top1", cost="num_params", size="train_seconds", is_log=True)

    traces = {trace.name: trace for trace in figure.data if trace.name}
    assert set(traces) == {"Pareto front", "ResNet", "ResNet (reported)", "ViT"}
    assert traces["ResNet (reported)"].marker.symbol == f"{traces['ResNet'].marker.symbol}-open"
    assert traces["ResNet"].marker.symbol != traces["ViT"].marker.symbol
    assert [data[0] for data in traces["ResNet"].customdata] == [10, 20]
    assert (figure.layout.dragmode, figure.layout.xaxis.type) == ("select", "log")


def test_bubbles_of_unknown_size_are_as_small_as_the_smallest():
    points = points_of([*GROUPS, make_group(50, top1=0.7, num_params=None, seconds=50.0)], quality="top1",
                       cost="train_seconds", size="num_params")  # fmt: skip

    figure = tradeoff_figure(points, [], quality="top1", cost="train_seconds", size="num_params", is_log=False)

    marker = next(trace.marker for trace in figure.data if trace.name == "ResNet")
    assert list(marker.size) == [10_000_000, 20_000_000, 5_000_000]


def test_bubbles_have_areas_in_proportion():
    points = points_of(GROUPS, quality="top1", cost="num_params", size="train_seconds")

    figure = tradeoff_figure(points, [], quality="top1", cost="num_params", size="train_seconds", is_log=False)

    marker = next(trace.marker for trace in figure.data if trace.name == "ResNet")
    assert (marker.sizemode, list(marker.size)) == ("area", [100.0, 400.0])


@pytest.mark.parametrize(
    ("qualities", "is_higher_better", "side"), [((0.5, 0.7, 0.9), True, "top"), ((0.9, 0.7, 0.5), False, "bottom")]
)
def test_names_stand_where_the_front_leaves_room(qualities, is_higher_better, side):
    groups = [make_group(10 * n, top1=q, num_params=10**n) for n, q in enumerate(qualities, start=4)]
    front = points_of(groups, quality="top1", cost="num_params")

    places = places_of_names(front, front, is_log=True, is_higher_better=is_higher_better)

    assert places == {40: f"{side} right", 50: f"{side} left", 60: f"{side} left"}


def test_names_that_would_cover_each_other_are_left_out_but_the_best():
    groups = [make_group(n, top1=0.9 + n / 10_000, num_params=10**7 + 1000 * n) for n in range(1, 13)]
    worst = make_group(99, top1=0.1, num_params=10**5)
    points = points_of([worst, *groups], quality="top1", cost="num_params")

    places = places_of_names(points, points, is_log=True, is_higher_better=True)

    assert set(places) == {99, 12}


@pytest.mark.parametrize(
    ("longest", "factor", "unit"), [(90.0, 1, "s"), (1200.0, 1 / 60, "minutes"), (9000.0, 1 / 3600, "hours")]
)
def test_times_are_drawn_in_a_unit_that_fits(longest, factor, unit):
    points = points_of([make_group(1, top1=0.9, seconds=longest)], quality="top1", cost="train_seconds")

    figure = tradeoff_figure(points, [], quality="top1", cost="train_seconds", size=None, is_log=True)

    assert list(figure.data[0].x) == [pytest.approx(longest * factor)]
    assert figure.layout.xaxis.title.text == f"Train time ({unit})"


def test_names_in_the_chart_are_never_markup():
    points = points_of(
        [make_group(1, top1=0.9, arch=None, kind="reported", model="<a href='x'>net</a>")],
        quality="top1",
        cost="num_params",
    )

    figure = tradeoff_figure(points, points, quality="top1", cost="num_params", size=None, is_log=True)

    assert "<a" not in figure.to_json()


def test_the_sizes_are_said_in_words():
    points = points_of(GROUPS, quality="top1", cost="num_params", size="train_seconds")

    assert size_words(points, "train_seconds") == (
        "The area of a bubble is its Train time: the smallest 1m 0s, the largest 15m 0s."
    )
    assert "not known of any" in size_words(points_of(GROUPS, quality="top1", cost="num_params"), "macs")


def test_points_are_listed_with_exact_values():
    points = points_of(GROUPS[:2], quality="top1", cost="num_params", size="num_params")

    table = points_table(points, quality="top1", cost="num_params", size="num_params")

    assert [cell.text for cell in table.rows[0].cells] == ["10", "ResNet50", "ResNet", "90.00 ± 1.00 (3)", "10.0M"]
    assert to_csv(table).splitlines()[1].startswith("10,ResNet50,ResNet,90,")


def test_of_three_quantities_all_are_listed():
    points = points_of(GROUPS[:1], quality="top1", cost="num_params", size="train_seconds")

    table = points_table(points, quality="top1", cost="num_params", size="train_seconds")

    assert [cell.value for cell in table.rows[0].cells][3:] == [0.90, 10_000_000, 100.0]
