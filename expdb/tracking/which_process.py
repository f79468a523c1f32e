"""Which processes record: of several ranks of one job the first, and none at all where the environment says so."""

import os
import sys
from collections.abc import Mapping
from typing import Final

from expdb.errors import SpecError

MODE_VARIABLE: Final = "EXPDB_MODE"
_ON, _OFF = ("on", "online", "1", "true", "yes"), ("disabled", "off", "0", "false", "no")
# What launchers tell each process of a job; the first that is there counts.
_RANKS: Final = ("RANK", "OMPI_COMM_WORLD_RANK", "PMI_RANK", "PMIX_RANK", "LOCAL_RANK")


def is_recording(environ: Mapping[str, str] = os.environ) -> bool:
    """Tell whether this process is one that records.

    Raises:
        SpecError: the mode is none that is known.
    """
    mode = environ.get(MODE_VARIABLE, "").strip().lower()
    if mode in _OFF:
        return False
    if mode in _ON:  # whatever rank this is
        return True
    if mode:
        raise SpecError(f"{MODE_VARIABLE}={mode!r} is not known: disabled records nothing, on records in every process")
    return rank_of(environ) == 0


def rank_of(environ: Mapping[str, str]) -> int:
    """Return which of the processes of a job this is, from 0; 0 where it is the only one."""
    group = sys.modules.get("torch.distributed")  # never imported for this
    if group is not None and group.is_available() and group.is_initialized():
        return int(group.get_rank())
    for name in _RANKS:
        if environ.get(name, "").strip().isdigit():
            return int(environ[name])
    if environ.get("SLURM_PROCID", "").isdigit() and environ.get("SLURM_NTASKS", "1") not in ("", "1"):
        return int(environ["SLURM_PROCID"])
    return 0


def is_import_of_child(caller: Mapping[str, object]) -> bool:
    """Tell whether the module that calls is the main script, loaded again by a process that multiprocessing started."""
    return caller.get("__name__") == "__mp_main__"
