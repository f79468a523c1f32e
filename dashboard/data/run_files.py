"""What the pages read of files: a run's predictions and log, its dataset's images. Any may be on another machine."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import streamlit as st

from dashboard.data.store import reading_store
from expdb.config import load_config
from expdb.data.predictions import Predictions, read_predictions
from expdb.data.run_files import run_file
from expdb.domain.codec import spec_from_json, spec_to_json
from expdb.domain.run import Run
from expdb.errors import DataError, ExpdbError
from expdb.launch.read_log import LOG_FILE, log_tail


def load_predictions(run: Run) -> Predictions | None:
    """Return what the final model said of each test image; None where that was not kept, or is not on this machine."""
    if run.predictions_file is None or run.artifact_dir is None:
        return None
    try:
        path = run_file(reading_store().artifact_dir(run.id), run.predictions_file)
        return _predictions(str(path), path.stat().st_mtime_ns)
    except (ExpdbError, OSError):
        return None


def load_images(run: Run, positions: Sequence[int]) -> list[npt.NDArray[np.uint8]] | None:
    """Return test images of the run's dataset, each (H, W) or (H, W, 3) uint8; None: they are not on this machine.

    Args:
        run: names the dataset, and the part of its test split.
        positions: places in the order of the test split, from 0.
    """
    if run.spec is None or not positions:
        return None
    try:
        return _images(spec_to_json(run.spec), tuple(positions), load_config().data_dir)
    except ExpdbError:
        return None


def load_log(run: Run, num_lines: int) -> tuple[str, Path] | None:
    """Return the last lines of a run's log, and its file; None where none was kept, or is not on this machine.

    Raises:
        DataError: in its place is what is not read, a link for one.
    """
    if run.artifact_dir is None:
        return None
    try:
        path = reading_store().artifact_dir(run.id) / LOG_FILE
        return log_tail(path, num_lines), path
    except (ExpdbError, FileNotFoundError):
        return None
    except OSError as error:
        raise DataError(f"cannot read the log {str(path)!r}: {error.strerror}") from error


@st.cache_resource(max_entries=32, show_spinner=False)
def _predictions(path: str, changed_at: int) -> Predictions:  # noqa: ARG001 - the time is part of the key
    return read_predictions(Path(path))


@st.cache_resource(max_entries=64, show_spinner=False)
def _images(spec_json: str, positions: tuple[int, ...], data_dir: Path) -> list[npt.NDArray[np.uint8]]:
    from expdb.data.thumbnails import test_images  # which only pages with images should wait for

    return test_images(spec_from_json(spec_json), positions, data_dir)
