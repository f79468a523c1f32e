"""What the pages read of analyses: their results in the database, and maps of single images in the runs' folders."""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import streamlit as st

from dashboard.data.store import one_line_errors, reading_store
from expdb.analysis.stored_arrays import read_arrays
from expdb.domain.analyses.result import AnalysisResult
from expdb.domain.run import Run
from expdb.errors import DataError, NotFoundError


@one_line_errors()
def load_analyses(run_ids: Sequence[int]) -> Mapping[int, Mapping[str, AnalysisResult]]:
    """Return what analyses found of runs, by run and name; a run without any is missing."""
    return reading_store().analyses.of(run_ids)


@one_line_errors()
def load_analysed_ids() -> frozenset[int]:
    """Return the runs that any analysis was made of."""
    return reading_store().analyses.run_ids()


def load_arrays(run: Run, result: AnalysisResult) -> Mapping[str, npt.NDArray[np.generic]] | str:
    """Return the maps that an analysis left in a run's folder, by name; or in one line why they cannot be shown."""
    try:
        return _arrays(run, result, result.made_at.isoformat())
    except (DataError, NotFoundError) as error:
        return str(error)


@st.cache_resource(max_entries=12, show_spinner=False, hash_funcs={Run: lambda run: run.id, AnalysisResult: repr})
def _arrays(run: Run, result: AnalysisResult, made_at: str) -> Mapping[str, npt.NDArray[np.generic]]:  # noqa: ARG001 - the time is part of the key
    return read_arrays(reading_store(), run, result)
