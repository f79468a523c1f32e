"""Which processes of a job record."""

import pytest

from expdb.errors import SpecError
from expdb.tracking.which_process import is_import_of_child, is_recording, rank_of


@pytest.mark.parametrize(
    ("environ", "rank"),
    [
        ({}, 0),
        ({"RANK": "0", "LOCAL_RANK": "0", "WORLD_SIZE": "2"}, 0),
        ({"RANK": "3", "LOCAL_RANK": "0"}, 3),
        ({"RANK": "0", "SLURM_PROCID": "2", "SLURM_NTASKS": "4"}, 0),
        ({"LOCAL_RANK": "1"}, 1),
        ({"SLURM_PROCID": "2", "SLURM_NTASKS": "4"}, 2),
        ({"SLURM_PROCID": "0", "SLURM_NTASKS": "4"}, 0),
        ({"SLURM_PROCID": "2", "SLURM_NTASKS": "1"}, 0),
        ({"SLURM_PROCID": "2"}, 0),
        ({"OMPI_COMM_WORLD_RANK": "1"}, 1),
        ({"PMI_RANK": "1"}, 1),
        ({"RANK": ""}, 0),
        ({"RANK": "-1"}, 0),
    ],
    ids=str,
)
def test_of_several_ranks_the_first_records(environ: dict[str, str], rank: int):
    assert rank_of(environ) == rank
    assert is_recording(environ) is (rank == 0)


@pytest.mark.parametrize(
    ("mode", "records"), [("disabled", False), ("OFF", False), ("0", False), ("on", True), ("", False)]
)
def test_a_switch_beats_the_rank(mode: str, records: bool):
    assert is_recording({"RANK": "1", "EXPDB_MODE": mode}) is records
    assert is_recording({"EXPDB_MODE": mode}) is (records or mode == "")


def test_a_switch_that_is_none_is_refused_in_one_line():
    with pytest.raises(SpecError, match=r"^EXPDB_MODE='offline' is not known: disabled records nothing, on records"):
        is_recording({"EXPDB_MODE": "offline"})


def test_the_main_script_loaded_again_by_a_child_is_known():
    assert is_import_of_child({"__name__": "__mp_main__"})
    assert not is_import_of_child({"__name__": "__main__"})
