"""Views of what is known of a run, and what each setting says of how it shows."""

import copy
import pickle
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from expdb.domain.fields import run_fields
from expdb.domain.known import RunFields
from expdb.domain.run import Machine, Results, Run, RunPart, field_names
from expdb.domain.settings import settings_by_key, settings_by_name
from expdb.domain.spec import leaves
from tests.factories import make_run, make_spec

# What a run is computed on is no setting of it: `Machine` says what it became.
NOT_SHOWN = {"version", "device", "gpus", "model.init_group", "model.weights_path"}


def test_every_field_of_the_spec_says_how_it_shows() -> None:
    assert set(leaves()) - set(settings_by_key()) == NOT_SHOWN


def test_no_two_fields_have_one_name_or_one_heading() -> None:
    assert len(settings_by_name()) == len(settings_by_key()) == len(leaves()) - len(NOT_SHOWN)
    headings = Counter(field.heading for field in run_fields().values())
    assert {heading for heading, number in headings.items() if number > 1} == set()


def test_no_setting_is_called_as_something_that_is_recorded() -> None:
    views = {*Machine.names(), *Results.names(), *RunPart.names(), *Run.names()}
    assert views & set(settings_by_name()) == {"dataset", "model"}  # of both a run has one, also where it has no spec


def test_every_setting_is_a_field_of_a_run_that_says_how_it_is_called() -> None:
    assert set(settings_by_name()) <= set(field_names())
    assert set(settings_by_name()) <= set(run_fields())


@pytest.mark.parametrize("view", [make_run(), make_run().results, make_run().machine, RunPart({"id": 1})])
def test_a_view_is_frozen(view: Any) -> None:
    with pytest.raises(AttributeError, match="frozen"):
        view.id = 2
    with pytest.raises(AttributeError, match="frozen"):
        view.fields = {}


def test_views_are_equal_where_the_same_is_known_of_both() -> None:
    assert make_run() == make_run()
    assert make_run() != make_run(top1=0.5)
    assert make_run().results == make_run().results
    assert Machine({"device": "cpu"}) != Results({"device": "cpu"})
    assert RunPart({"id": 1}) != RunPart({"id": 1, "name": "a"})


def test_a_changed_run_leaves_the_first_as_it_was() -> None:
    run = make_run(spec=make_spec())

    changed = run.changed(top1=0.25)

    assert (run.results.top1, changed.results.top1) == (0.7905, 0.25)
    assert changed.spec == run.spec


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, lambda view: pickle.loads(pickle.dumps(view))])
def test_a_view_is_copied_and_pickled_whole(copied: Callable[[Run], Run]) -> None:
    run = make_run(spec=make_spec(optim__nesterov=False))
    del run.fields["nesterov"]  # type: ignore[attr-defined] # as a store reads it: from the spec

    found = copied(run)

    assert found == run
    assert (found.results, found.machine, found.spec) == (run.results, run.machine, run.spec)
    assert (found.fields["nesterov"], found.results.top1) == (False, 0.7905)
    with pytest.raises(AttributeError, match="frozen"):
        found.id = 2  # type: ignore[misc]


def test_part_of_a_run_knows_only_what_was_asked_for() -> None:
    part = RunPart(RunFields({"id": 1, "lr": 0.1}))

    assert (part.id, part.fields["lr"], part.fields.get("epochs", 3)) == (1, 0.1, 3)
    for name in ("epochs", "nesterov", "top1"):
        with pytest.raises(KeyError, match=name):
            part.fields[name]
    with pytest.raises(KeyError, match="status"):
        _ = part.status


def test_setting_without_an_entry_is_read_from_the_spec_and_none_without_one() -> None:
    text = make_run(spec=make_spec(optim__nesterov=False)).spec_json

    assert RunFields({"spec_json": text})["nesterov"] is False
    assert RunFields({"spec_json": None})["nesterov"] is None
    with pytest.raises(KeyError, match="nestorov"):
        RunFields({"spec_json": text})["nestorov"]
