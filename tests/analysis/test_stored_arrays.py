"""What an analysis keeps in a run's folder."""

import subprocess
import sys

import numpy as np
import pytest

from expdb.analysis.stored_arrays import read_arrays, write_arrays
from expdb.errors import DataError, NotFoundError
from expdb.store.store import Store
from tests.analysis.analysed import make_result
from tests.store_runs import add_finished


@pytest.fixture
def stored(tmp_path):
    """A store with a finished run, the run, and what its analysis says of maps that it wrote."""
    with Store.open(f"sqlite:///{tmp_path / 'runs.db'}") as store:
        run = store.run(str(add_finished(store)))
        name = write_arrays(store, run, "gradcam", {"maps": np.eye(3, dtype=np.float16)})
        yield store, run, make_result("gradcam", arrays_file=name)


def test_maps_come_back_as_they_were(stored):
    arrays = read_arrays(*stored)

    assert arrays["maps"].dtype == np.float16
    assert np.array_equal(arrays["maps"], np.eye(3))


def test_an_analysis_without_maps_says_so(stored):
    store, run, result = stored

    assert write_arrays(store, run, "shift", {}) is None
    with pytest.raises(NotFoundError, match="leaves no maps"):
        read_arrays(store, run, result.model_copy(update={"arrays_file": None}))


def test_maps_that_are_elsewhere_are_told_from_damaged_ones(stored):
    store, run, _result = stored
    [path] = (store.artifact_dir(run.id) / "analyses").iterdir()

    path.write_bytes(path.read_bytes()[:50])
    with pytest.raises(DataError, match="cannot be read"):
        read_arrays(*stored)
    path.unlink()
    with pytest.raises(DataError, match="not on this machine"):
        read_arrays(*stored)


@pytest.mark.parametrize("name", ["../../runs.db", "/etc/passwd", "analyses/", ".."])
def test_a_name_from_the_database_never_leaves_the_folder_of_analyses(stored, name):
    store, run, result = stored

    with pytest.raises(DataError):
        read_arrays(store, run, result.model_copy(update={"arrays_file": name}))


def test_reading_maps_needs_no_torch():
    code = "import expdb.analysis.stored_arrays, sys; assert 'torch' not in sys.modules"

    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
