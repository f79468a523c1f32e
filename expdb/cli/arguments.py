"""Arguments and options that several commands have."""

from pathlib import Path
from typing import Annotated

import typer

from expdb.config import CHECKPOINT_VARIABLE, THREADS_VARIABLE
from expdb.domain.checkpoint_minutes import DEFAULT_CHECKPOINT_MINUTES

RunRef = Annotated[str, typer.Argument(metavar="RUN", help="a run's id, name, or the first 8 digits of its uuid")]
RunRefs = Annotated[list[str], typer.Argument(metavar="RUN...", help="ids, ranges of ids (22-25), names or uuids")]
TableName = Annotated[str, typer.Argument(metavar="NAME", help="a saved table (expdb tables)")]
OutputFile = Annotated[Path | None, typer.Option("-o", "--output", metavar="FILE", help="write to a file")]
JsonFlag = Annotated[bool, typer.Option("--json", help="as JSON")]
CheckpointMinutes = Annotated[
    str | None,  # read by `training_setup`, as the variable is
    typer.Option(
        metavar="MINUTES",
        help="least time between two checkpoints; 0: one after every epoch "
        f"(default ${CHECKPOINT_VARIABLE}, or {DEFAULT_CHECKPOINT_MINUTES:g})",
    ),
]
ThreadsOption = Annotated[
    str | None,  # read by `training_setup`, as the variable is
    typer.Option(
        "--threads",
        metavar="N",
        help="CPU threads to compute with; results depend on it to the bit "
        f"(default ${THREADS_VARIABLE}, else $OMP_NUM_THREADS, else as many as help and are free)",
    ),
]
