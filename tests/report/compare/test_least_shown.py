"""Beside what is not told apart stands the smallest difference that could have been shown."""

from expdb.domain.group import Sample
from expdb.report.compare.least_shown import could_show
from expdb.report.stats.power import smallest_detectable
from expdb.report.stats.t_tests import welch
from expdb.report.tables.build import build_table
from expdb.report.tables.explain import explain_table
from tests.report.built import define, marked
from tests.store_runs import add_seeds

BASE, NEAR, FAR = [0.80, 0.81, 0.83], [0.81, 0.81, 0.84], [0.95, 0.96, 0.97]
COMPARED = [{"key": "top1", "shows": shows} for shows in ("delta", "interval", "p")]


def add(store, *samples):
    for number, values in enumerate(samples, start=1):
        add_seeds(store, values, optim__lr=number / 10)


def told(table, row):
    return [[marked(table)[mark] for mark in cell.marks] for cell in table.rows[row].cells]


def test_each_p_and_interval_that_tells_nothing_apart_says_what_it_could_have_shown(store):
    add(store, BASE, NEAR, FAR)

    table = build_table(store, define(*COMPARED, baseline="lr = 0.1"))

    says = "not told apart; this design could show 5.73 points or more"
    least = "with 3 seeds against 3, a p below 0.1 rests on the assumption of normal values"
    assert told(table, 1) == [[], [says], [says]]
    assert told(table, 2) == [[], [], [least]]
    assert round(100 * smallest_detectable(((0.0152753**2 + 0.0173205**2) / 2) ** 0.5, 3), 2) == 5.73


def test_two_seeds_a_side_say_nothing_of_it(store):
    add(store, BASE[:2], NEAR[:2])

    table = build_table(store, define(*COMPARED, baseline="lr = 0.1"))

    assert not any("could show" in note.text for note in table.notes)


def test_many_different_ones_are_told_in_one_note(store):
    add(store, BASE, *([0.80 - step / 100, 0.81, 0.83 + step / 100] for step in range(1, 7)))

    table = build_table(store, define(COMPARED[2], baseline="lr = 0.1"))

    shown = {text for text in marked(table).values() if "could show" in text}
    assert shown == {"not told apart; this design could show 7.30 to 19.00 points or more"}


def test_pairs_say_what_pairs_could_show(store):
    add(store, BASE, [0.81, 0.81, 0.84])

    table = build_table(store, define({**COMPARED[2], "test": "paired"}, baseline="lr = 0.1"))

    assert "not told apart; this design could show 1.88 points or more" in marked(table).values()


def test_without_notes_nothing_is_marked(store):
    add(store, BASE, NEAR)

    table = build_table(store, define(*COMPARED, baseline="lr = 0.1", notes=False))

    assert not any(cell.marks for row in table.rows for cell in row.cells)


def test_an_explanation_says_it_beside_the_p(store):
    add(store, BASE, NEAR)

    assert "not told apart: this design could show 5.73 points or more (n = 3 and 3" in (
        explain_table(store, define("lr", "top1"))
    )


def test_losses_are_told_in_their_own_unit_and_nothing_where_nothing_is_known(store):
    test = welch(Sample(n=3, mean=1.0, std=0.1), Sample(n=3, mean=1.1, std=0.1))

    assert could_show([test], "number", 3) == "this design could show 0.351 or more"
    assert could_show([], "number", 3) == ""
