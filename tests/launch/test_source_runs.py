from pathlib import Path

import pytest

from expdb.errors import SpecError
from expdb.launch.source_runs import gather_sources
from expdb.store.store import Store
from tests.factories import make_spec
from tests.store.events import FINISHED, running


@pytest.fixture
def sqlite_store(tmp_path: Path):
    with Store.open(f"sqlite:///{tmp_path / 'runs.db'}") as store:
        yield store


def with_model(**settings: int):
    spec = make_spec()
    return spec.model_copy(update={"model": spec.model.model_copy(update=settings)})


def test_sources_are_spec_and_weights_by_run(sqlite_store: Store):
    run_id = running(sqlite_store, seed=3)
    weights = sqlite_store.artifact_dir(run_id, create=True) / FINISHED.weights_file
    weights.write_bytes(b"weights")
    sqlite_store.record(run_id, FINISHED)

    assert gather_sources(sqlite_store, make_spec()) == {}
    assert gather_sources(sqlite_store, with_model(init_from=run_id)) == {run_id: (make_spec(seed=3), weights)}
    weights.unlink()
    with pytest.raises(SpecError, match=r"are not on this machine"):
        gather_sources(sqlite_store, with_model(init_from=run_id))


def test_source_without_final_weights_is_refused(sqlite_store: Store):
    run_id = running(sqlite_store)

    with pytest.raises(SpecError, match=f"model.init_from={run_id}: that run is running and has no final weights"):
        gather_sources(sqlite_store, with_model(init_from=run_id))
    with pytest.raises(SpecError, match=r"model.init_from=9: no run 9"):
        gather_sources(sqlite_store, with_model(init_from=9))
