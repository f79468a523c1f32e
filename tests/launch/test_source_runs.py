import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from expdb.domain.run import Environment
from expdb.errors import SpecError
from expdb.launch.source_runs import gather_sources
from expdb.launch.still_running import lost_segment
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


def test_segment_is_lost_when_its_process_is_gone(sqlite_store: Store):
    run_id = sqlite_store.add_run(make_spec())
    assert lost_segment(sqlite_store, run_id) is None

    sqlite_store.start_run(run_id, Environment(host=socket.gethostname()))

    assert lost_segment(sqlite_store, run_id) is None  # it is this process


def test_process_that_has_ended_is_gone(sqlite_store: Store, tmp_path: Path):
    run_id = sqlite_store.add_run(make_spec())
    program = (
        "import socket, sys; from expdb.store.store import Store; from expdb.domain.run import Environment\n"
        "with Store.open(sys.argv[1]) as store:\n"
        "    store.start_run(int(sys.argv[2]), Environment(host=socket.gethostname()))"
    )
    command = [sys.executable, "-c", program, f"sqlite:///{tmp_path / 'runs.db'}", str(run_id)]
    subprocess.run(command, check=True, env=os.environ)

    assert lost_segment(sqlite_store, run_id) == 1
