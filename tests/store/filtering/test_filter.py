"""The filter language, on every back end."""

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from expdb.domain.run import Environment
from expdb.errors import SpecError
from expdb.store.filtering.filter import FIELDS, MAX_LENGTH, compile_filter
from expdb.store.store import Store
from tests.factories import make_spec
from tests.store.conftest import BACK_ENDS
from tests.store.events import epoch


@pytest.fixture(scope="module")
def filled(shared_store):
    """Three runs named a, b and c, of top-1 0.82, 0.9 and unknown, and one more; nobody writes into it."""
    fill(shared_store)
    return shared_store


def fill(store):
    for name, top1, options in (
        ("a", 0.82, {"tags": ["best", "wide"], "group": "my group", "note": "50% of Data"}),
        ("b", 0.9, {"tags": ["Best"], "group": "lr", "note": "a_b"}),
        ("c", None, {}),
    ):
        run_id = store.add_run(make_spec(aug__preset="none" if name == "b" else "standard"), name=name, **options)
        store.start_run(run_id, Environment(git_dirty=name == "a"))
        if top1:
            store.record(run_id, epoch(1, top1=top1))
    store.edits.rename(store.add_run(make_spec()), "d")


CASES = {
    "": "abcd",
    "  ": "abcd",
    "name = a": "a",
    "NAME = A": "a",
    "status = queued": "d",
    "status != queued": "abc",
    "not status = queued": "abc",
    "status in (queued, failed)": "d",
    "status not in (queued, failed)": "abc",
    "not status in (queued, failed)": "abc",
    "top1 > 0.82": "b",
    "top1 >= 82%": "ab",
    "top1 = 82.00%": "a",
    "top1 < 9e-1": "a",
    "top1 <= .9": "ab",
    "top1 != 0.9": "acd",
    "not top1 > 0.85": "acd",
    "top1 = null": "cd",
    "top1 != NULL": "ab",
    "tag = best": "ab",
    "tag != best": "cd",
    "tag ~ id": "a",
    "tag = null": "cd",
    "tag in (wide, x)": "a",
    "not (tag = wide)": "bcd",
    'group = "my group"': "a",
    "group = 'MY GROUP'": "a",
    "group != lr": "acd",
    "group = null or name = b": "bcd",
    "group in (null, lr)": "bcd",
    "name = a or name = b and status = queued": "a",
    "(name = a or name = b) and status = running": "ab",
    "dataset = digits and top1 > 80% and (tag = wide or group = 'my group') and not status in (failed, killed)": "a",
    "text ~ DATA": "a",
    "text ~ '50%'": "a",
    "text ~ 'a_b'": "b",
    "text ~ resnet": "abcd",
    "note ~ data": "a",
    "model ~ net": "abcd",
    "aug = none": "b",
    "git_dirty = true": "a",
    "git_dirty != true": "bcd",
    "git_dirty = false": "bc",
    "created_at > 2020-01-01": "abcd",
    "created_at < 2020-01-01T10:00:00+09:00": "",
    "started_at = null": "d",
    "epochs > 1.5": "abcd",
    "id > 99999999999999999999999": "",
    "seed = -1": "",
    'name = "and"': "",
    r'name = "a\"b"': "",
    "name=a": "a",
    "not not name = a": "a",
}


@pytest.mark.parametrize("where", CASES)
def test_filter_chooses(filled, where):
    assert "".join(run.name for run in filled.runs(where)) == CASES[where]


WRONG = {
    "top": "unknown field 'top' at position 1 of the filter: did you mean top5",
    "name = a and lrr > 1": "unknown field 'lrr' at position 14",
    "name": "expected one of = != < <= > >= ~ in at position 5, found the end",
    "name =": "expected a value .* at position 7",
    "name = and": "expected a value .* found 'and'",
    "name = a b": "expected and, or, or the end at position 10, found 'b'",
    "(name = a": r"expected '\)' at position 10",
    "name = a)": "position 9",
    "name in a": r"expected '\('",
    "name in (a, )": "expected a value",
    "name not = a": "expected in",
    "name = 'a": "a quote is not closed at position 8",
    "name ! a": "'!' is not understood at position 6",
    "and": "expected a field",
    "= a": "expected a field",
    "top1 > high": "'high' at position 8 of the filter: top1 is a number",
    "top1 > nan": "nan goes with = and != only",
    "top1 > 1e999": "finite",
    "top1 ~ 8": "searches text",
    "name > a": "name is text",
    "git_dirty = maybe": "true or false",
    "git_dirty > true": "true or false",
    "created_at > soon": "a time like",
    "created_at > 0001-01-01T00:00+23:00": "a time like",
    "top1 > null": "null goes with = and != only",
    "text = a": "searched with ~",
    "text = null": "null goes with",
    "spec_json ~ a": "unknown field",
    "name = 'a\0'": "not printable",
    "name = '\ud800'": "not printable",
    "(" * 40 + "name = a" + ")" * 40: "nested deeper than 30",
    "not " * 40 + "name = a": "nested deeper",
    "name = " + "a" * MAX_LENGTH: "at most 2000",
}


@pytest.mark.parametrize("where", WRONG)
def test_wrong_filter_says_where(where):
    with pytest.raises(SpecError, match=WRONG[where]):
        compile_filter(where)


def test_longest_filter_runs(filled):
    where = " or ".join(["id=1"] * (MAX_LENGTH // 8))

    assert [run.name for run in filled.runs(where)] == ["a"]


def test_value_is_never_sql(filled):
    for value in ("x'; DROP TABLE runs; --", "' OR 1=1 --", "%", "_", "\\"):
        quoted = '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
        assert filled.runs(f"name = {quoted}") == []
        assert filled.runs(f"name ~ {quoted}") == []
    assert len(filled.runs()) == 4


_WORDS = st.sampled_from(
    [
        *FIELDS,
        "and",
        "or",
        "not",
        "in",
        "null",
        "(",
        ")",
        ",",
        "=",
        "!=",
        "<",
        "<=",
        ">",
        ">=",
        "~",
        "'a b'",
        '"',
        "82%",
        "1h",
        "2026-11",
        "metrics.a",
        "settings.é",
        "==",
        "like",
        "10,000",
    ]
)


@pytest.fixture(scope="module", params=BACK_ENDS)
def shared(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("query")
    url = f"sqlite:///{folder}/runs.db" if request.param == "sqlite" else request.getfixturevalue("new_postgres_url")()
    with Store.open(url, artifact_root=folder / "artifacts") as store:
        store.add_run(make_spec(), tags=["x"])
        yield store


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    where=st.one_of(st.text(max_size=60), st.lists(st.one_of(_WORDS, st.text(max_size=5)), max_size=12).map(" ".join))
)
@example(where="created_at = 9999-12-31T23:59:59-23:59")
@example(where="lr > 1e999999999")
@example(where="lr > ٣")
@example(where="train_seconds = " + "9" * 400 + "h")
@example(where="id = 1e308")
@example(where="created_at > 9999")
@example(where="metrics.a~''")
@example(where="settings.' = 1 or 'a' = 2")
@example(where="aug = ' + ' or model = 'a (b)' or model = '(pretrained)'")
@example(where="text ~ İŞß or note = 'a\\'")
def test_any_text_is_a_filter_or_a_spec_error(shared, where):
    try:
        found = shared.runs(where)
    except SpecError:
        return
    assert len(shared.runs(f"not ({where})" if where.strip() else "id = 0")) == 1 - len(found)
    assert (shared.searching.why_none(where) is None) == bool(found)
