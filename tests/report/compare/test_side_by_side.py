"""What sets a few runs apart, and the table that compares them."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from expdb.domain.group import RunGroup, Sample
from expdb.domain.run import Environment
from expdb.report.columns import COLUMNS
from expdb.report.compare.side_by_side import (
    MEASURES,
    METHODS,
    comparability,
    comparison_definition,
    environment_table,
    power_sentence,
    results_table,
    settings_table,
    single_group,
)
from expdb.report.figures.parallel import axes_of
from expdb.report.measures import measure_of
from tests.factories import make_run, make_spec

TOP1 = MEASURES[0]


def make_group(run_id, *, spec=None, n=3, std=0.002, **values):
    run = make_run(**({"id": run_id, "spec": spec, "group_digest": f"d{run_id}"} | values))
    samples = {TOP1: Sample(n=n, mean=0.9, std=std if n > 1 else None)}
    return RunGroup(run=run, seeds={run_id + index: index for index in range(n)}, samples=samples)


def cells_of(table) -> Mapping[str, list[str]]:
    return {row.cells[0].text: [cell.text for cell in row.cells[1:]] for row in table.rows}


def test_only_settings_that_differ_are_listed():
    groups = [
        make_group(1, spec=make_spec()),
        make_group(5, spec=make_spec(optim__lr=0.5)),
        make_group(9, spec=make_spec(epochs=3)),
    ]

    assert cells_of(settings_table(groups, groups[0])) == {
        "optim.lr": ["0.1", "0.5", "0.1"],
        "epochs": ["2", "2", "3"],
    }


def test_seeds_differ_in_no_setting():
    groups = [make_group(1, spec=make_spec()), make_group(2, spec=make_spec(seed=1))]

    assert settings_table(groups, groups[0]).rows == ()


def test_what_a_document_does_not_state_is_not_taken_for_equal():
    base = make_group(1, kind="reported", model="ResNet50", optimizer="sgd", epochs=200, lr=None)
    other = make_group(5, kind="reported", model="ResNet101", optimizer=None, epochs=100, lr=None)

    found = cells_of(settings_table([base, other], base))

    assert found["depth"] == ["50", "101"]
    assert found["epochs"] == ["200", "100"]
    assert found["optimizer"] == ["sgd", "–"]


def test_a_setting_that_goes_by_two_names_is_listed_once():
    base = make_group(1, spec=make_spec())
    other = make_group(5, spec=make_spec(optim__lr=0.5, optim__name="adamw"), optimizer="adamw", lr=0.5)
    reported = make_group(9, kind="reported", model="resnet_mini", optimizer="adamw", lr=0.3)

    found = cells_of(settings_table([base, other, reported], base))

    assert found["optim.lr"] == ["0.1", "0.5", "0.3"]
    assert found["optim.name"] == ["sgd", "adamw", "adamw"]
    assert not {"lr", "optimizer"} & set(found)


def test_what_a_document_says_without_one_reading_is_quoted():
    base = make_group(1, kind="reported", model="ResNet50", unparsed=("weight decay 5e-",))
    other = make_group(5, kind="reported", model="ResNet50")

    assert cells_of(settings_table([base, other], base))["also said, without one reading"] == ["weight decay 5e-", "–"]


def test_results_are_means_with_their_spread():
    found = cells_of(results_table([make_group(1), make_group(5, n=1)]))

    assert found["Top-1 (last, %)"] == ["90.00 ± 0.20 (3)", "90.00"]
    assert found["Params"] == ["23.7M", "23.7M"]
    assert "Val top-1 (last, %)" not in found


def test_the_environment_says_what_differs_and_what_does_not():
    one = make_group(1, environment=Environment(host="a", packages={"torch": "2.10"}), device_name="H100")
    two = make_group(5, environment=Environment(host="b", packages={}), device_name="H100")

    table, same = environment_table([one, two])

    assert cells_of(table) == {"Host": ["a", "b"], "torch": ["2.10", "–"]}
    assert {"Dataset", "Device", "Devices"} == set(same)


def test_a_run_alone_is_a_group_with_what_it_knows():
    group = single_group(make_run(id=7, seed=2, top1=0.5, train_seconds=None, status="failed"))

    assert (group.run_ids, group.seeds) == ((7,), {7: 2})
    assert group.samples[TOP1] == Sample(n=1, mean=0.5, std=None)
    assert measure_of(COLUMNS["train_seconds"]) not in group.samples


@pytest.mark.parametrize("method", METHODS)
def test_groups_are_compared_by_digest_and_runs_by_id(method):
    groups = [make_group(1), make_group(5), make_group(9, kind="reported", group_digest=None)]

    together = comparison_definition(groups, groups[1], metric="top1", method=method, is_collapsed=True)
    each = comparison_definition(groups, groups[1], metric="top1", method=method, is_collapsed=False)

    assert (together.where, together.rows) == ("id in (9) or group_digest in (d1, d5)", "groups")
    assert (each.where, each.rows) == ("id in (1, 5, 9)", "runs")
    assert together.baseline == each.baseline == "id = 5"


def test_what_is_not_comparable_is_said_once_for_all_such_runs():
    groups = [make_group(1), make_group(5, epochs=100), make_group(9), make_group(13, epochs=100)]
    assert comparability(groups, groups[0], ["top1"]) == [
        "run 5, 13: not comparable as it stands: other number of epochs (100 instead of 200)"
    ]


def test_times_of_other_machines_are_not_comparable():
    groups = [make_group(1, device_name="H100"), make_group(5, device_name="A100")]

    def lines(metric):
        return comparability(groups, groups[0], [metric])

    assert lines("top1") == []
    assert "A100 instead of H100" in lines("train_seconds")[0]


def test_few_seeds_say_what_they_can_show():
    groups = [make_group(1), make_group(5)]

    sentence = power_sentence(groups, groups[0], "top1")

    assert sentence.startswith("With 3 seeds a side and their pooled standard deviation of 0.20 percentage points")
    assert "0.70 percentage points" in sentence


def test_one_seed_each_shows_nothing():
    groups = [make_group(1, n=1), make_group(5, n=1)]

    assert power_sentence(groups, groups[0], "top1").startswith("One seed each")


def test_two_seeds_a_side_say_nothing_of_what_they_could_show():
    groups = [make_group(1, n=2), make_group(5, n=2)]

    assert power_sentence(groups, groups[0], "top1").startswith("Two seeds a side are too few")


def test_groups_that_are_never_tested_say_nothing_of_the_spread():
    base, same, other = make_group(1), make_group(5), make_group(9, std=0.05, dataset="digits")

    assert power_sentence([base, same, other], base, "top1") == power_sentence([base, same], base, "top1") != ""


@pytest.mark.parametrize(
    "groups",
    [
        [make_group(1)],
        [make_group(1, std=0.0), make_group(5, std=0.0)],
        [make_group(1, kind="reported"), make_group(5)],
    ],
)
def test_where_nothing_is_known_of_the_spread_nothing_is_said(groups):
    assert power_sentence(groups, groups[-1], "top1") == ""


def test_axes_are_numeric_settings_that_differ_then_results_with_the_metric_last():
    groups = [make_group(1, spec=make_spec()), make_group(5, spec=make_spec(optim__lr=0.5, aug__preset="randaugment"))]

    axes = axes_of(groups, groups[0], "top1")

    assert [axis.title for axis in axes] == ["lr", "Params", "MACs (G)", "Top-1 (%)"]
    assert axes[0].values == (0.1, 0.5)
    assert axes[-1].texts == ("90.00", "90.00")


def test_a_run_that_stands_for_its_group_names_it():
    group = make_group(1)

    table = results_table([replace(group, run=make_run(id=3, group_digest="d1"))])

    assert table.columns[1].heading == "3 ResNet50"
