"""What became of a merge: how many of each kind, and a line for everything that a person should know."""

from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(kw_only=True)
class MergeOutcome:
    """What was brought in, or would be. Filled while merging.

    Attributes:
        database: uuid of the other database.
        label: how messages name it.
        is_dry_run: nothing was changed.
        num_runs: that the other one has.
        num_new: that were not here.
        num_further: that were here at an earlier stage.
        num_same: that were here as they are there, or further.
        num_left: that are running here, and were left alone.
        num_tables, num_papers, num_claims: that were new here.
        num_files, num_bytes: that were copied.
        num_without_files: runs whose files are neither here nor there.
        told: what differs, was renamed or left out, a line each.
        lost: what cannot be read of a damaged database, a line each.
        failed: the runs that this database does not take, a line each.
    """

    database: str
    label: str
    is_dry_run: bool = False
    num_runs: int = 0
    num_new: int = 0
    num_further: int = 0
    num_same: int = 0
    num_left: int = 0
    num_tables: int = 0
    num_papers: int = 0
    num_claims: int = 0
    num_files: int = 0
    num_bytes: int = 0
    num_without_files: int = 0
    told: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)

    def record(self) -> dict[str, Any]:
        """Return it as plain JSON data."""
        return asdict(self)
