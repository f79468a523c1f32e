"""The system's load while a script runs, as of runs that are trained here."""

import pytest

import expdb
from expdb.data.load_file import LOAD_FILE
from expdb.store.store import Store


@pytest.mark.parametrize("place", ["epoch", "step", None])
def test_the_load_is_a_file_and_columns_of_the_run(store: Store, monkeypatch: pytest.MonkeyPatch, place: str | None):
    monkeypatch.setenv("EXPDB_LOAD_SECONDS", "10")
    for _ in range(2):
        with expdb.track(model="net", dataset="set", name="one", resume="allow") as run:
            run.log({"loss": sum(range(300_000)) * 1.0}, **({} if place is None else {place: 7}))  # some work

    found = store.run("one")
    assert found.fields["ram_bytes_peak"] > 1e6
    assert (store.artifact_dir(found.id) / LOAD_FILE).is_file()
    (last,) = store.points.of([found.id], ["ram_bytes_peak"])
    own = store.points.of([found.id], ["loss"])
    assert last.attempt == 2
    assert (last.epoch, last.step) == {"epoch": (7, None), "step": (None, 8), None: (None, 2)}[place or None]
    assert [(point.epoch, point.step) for point in own] == {
        "epoch": [(7, None)],
        "step": [(None, 7)],
        None: [(None, 0), (None, 1)],
    }[place]


def test_nothing_is_watched_where_nobody_wants_it(store: Store):
    with expdb.track(model="net", dataset="set") as run:
        run.log(epoch=1, loss=1.0)

    assert not (store.artifact_dir(1) / LOAD_FILE).exists()
    assert set(store.points.summaries([1])[1]) == {"loss"}
