"""What an analysis keeps beside the database, maps of single images for one: a file in the run's folder.

Without torch, so that pages can read it.
"""

import io
import zipfile
from collections.abc import Mapping
from typing import TYPE_CHECKING

from expdb.data.atomic_files import write_whole
from expdb.data.run_files import open_run_file
from expdb.domain.analyses.result import AnalysisResult
from expdb.domain.run import Run
from expdb.errors import DataError, NotFoundError
from expdb.store.store import Store

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

_FOLDER = "analyses"


def write_arrays(store: Store, run: Run, name: str, arrays: Mapping[str, "npt.NDArray[np.generic]"]) -> str | None:
    """Write what an analysis keeps of a run; return the file's name in the run's folder, None without any."""
    if not arrays:
        return None
    import numpy as np

    folder = store.artifact_dir(run.id, create=True) / _FOLDER
    folder.mkdir(exist_ok=True)
    file = io.BytesIO()
    np.savez_compressed(file, **arrays)  # type: ignore[arg-type] # its other argument is no array
    write_whole(file.getvalue(), folder / f"{name}.npz")
    return f"{_FOLDER}/{name}.npz"


def read_arrays(store: Store, run: Run, result: AnalysisResult) -> Mapping[str, "npt.NDArray[np.generic]"]:
    """Return what an analysis of a run left in its folder, by name.

    Raises:
        NotFoundError: it left nothing.
        DataError: the file is not on this machine, or cannot be read.
    """
    import numpy as np

    if result.arrays_file is None:
        raise NotFoundError(f"run {run.id}: {result.name} leaves no maps")
    # Of what the database says only the last part counts: it may have come from anybody.
    path = store.artifact_dir(run.id) / _FOLDER / result.arrays_file.rpartition("/")[2]
    try:
        with open_run_file(path) as file, np.load(file, allow_pickle=False) as arrays:
            return dict(arrays)
    except FileNotFoundError as error:
        raise DataError(f"run {run.id}: the maps of {result.name} are not on this machine: {str(path)!r}") from error
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise DataError(f"run {run.id}: the maps of {result.name} cannot be read: {str(path)!r}: {error}") from error
