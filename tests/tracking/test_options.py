"""Options of `track`: of another kind, or without effect, they are refused in one line before a run begins."""

from pathlib import Path
from typing import Any

import pytest

import expdb
from expdb.errors import SpecError
from expdb.store.store import Store


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"name": 5}, "name=5 is no text"),
        ({"group": 5}, "group=5 is no text"),
        ({"note": b"x"}, "note=b'x' is no text"),
        ({"tags": "a"}, "tags='a' is no list of texts"),
        ({"tags": [1]}, r"tags=\(1,\) is no list of texts"),
        ({"run": True, "resume": "must"}, "run=True is no run"),
        ({"run": 3}, "say resume='must' too, or leave it out"),
        ({"run": "long", "resume": "allow"}, "say name= in place of run="),
    ],
    ids=str,
)
def test_an_option_of_another_kind_or_without_effect_is_refused(store: Store, options: dict[str, Any], told: str):
    with pytest.raises(SpecError, match=told):
        expdb.track(model="net", dataset="set", **options)

    assert store.runs() == []


def test_a_database_that_is_no_text_is_refused():
    with pytest.raises(SpecError, match="db=5 is no text"):
        expdb.track(model="net", dataset="set", db=5)  # type: ignore[arg-type]


def test_tags_may_be_any_iterable(store: Store):
    expdb.track(model="net", dataset="set", tags=(tag for tag in "ab")).finish()

    assert store.run(1).tags == ("a", "b")


@pytest.mark.parametrize("odd", ["\ud800", "out/\udcff.pt", "a\0b"], ids=ascii)
@pytest.mark.parametrize("place", ["text", "list", "table", "path", "model"])
def test_a_parameter_that_no_database_takes_is_named_with_the_way_out(store: Store, place: str, odd: str):
    given = {
        "text": {"p": odd},
        "list": {"p": ["x", odd]},
        "table": {"p": {"q": odd}},
        "path": {"p": Path(odd)},
        "model": {"model": odd},
    }[place]
    name = {"table": "p.q", "model": "model"}.get(place, "p")
    with pytest.raises(SpecError, match=f"parameter '{name}' holds '.*', which is no character of a text") as refused:
        expdb.track(dataset="set", **given)

    assert "give it without, as ascii(text) writes it" in str(refused.value)
    assert str(refused.value).isprintable()
    assert store.runs() == []
