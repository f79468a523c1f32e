"""The attempts that are not recorded to their end, in one small folder: those under way, and those that need a look.

`ARTIFACTS/pending/UUID.ATTEMPT` is there from before an attempt's first event until its last one is recorded, and holds
what tells the process that records it from all others. Attempt 0 stands for a run that is queued.
"""

import json
import re
import stat
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from expdb.data.atomic_files import replacing
from expdb.data.run_files import is_for_group, make_folder
from expdb.domain.run import ProcessIdentity
from expdb.store.attempts.process import is_gone, read_process, this_process
from expdb.store.judged_status import attempt_key

PENDING_FOLDER = "pending"

_MAX_BYTES = 4096
_NAME = re.compile(r"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.(0|[1-9]\d{0,5})", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class PendingAttempt:
    """An attempt that is not recorded to its end.

    Attributes:
        uuid: of the run.
        attempt: its number; 0 for a run that is queued.
        process: that records it.
    """

    uuid: str
    attempt: int
    process: ProcessIdentity

    @property
    def key(self) -> str:
        """What names the attempt."""
        return attempt_key(self.uuid, self.attempt)


def mark(artifact_root: Path, uuid: str, attempt: int) -> None:
    """Say that this process records an attempt, or will train a queued run. Raises OSError."""
    folder = artifact_root / PENDING_FOLDER
    make_folder(artifact_root, is_group_readable=False)
    make_folder(folder, is_group_readable=is_for_group(artifact_root))
    with replacing(folder / attempt_key(uuid, attempt)) as temporary:
        temporary.write_text(json.dumps(asdict(this_process())), encoding="utf-8")


def mark_awaited(artifact_root: Path, uuid: str, *, is_group_readable: bool) -> None:
    """Say that this process will train a queued run; where that cannot be said, its heartbeat has to do."""
    with suppress(OSError):
        make_folder(artifact_root, is_group_readable=is_group_readable)
        mark(artifact_root, uuid, 0)


def unmark(artifact_root: Path, uuid: str, attempt: int) -> None:
    """Say that an attempt is recorded to its end; it may be said more than once."""
    with suppress(OSError):
        (artifact_root / PENDING_FOLDER / attempt_key(uuid, attempt)).unlink(missing_ok=True)


def pending_attempts(artifact_root: Path) -> Iterator[PendingAttempt]:
    """Yield the marked attempts, by name. What is no mark of ours is passed over."""
    try:
        paths = sorted((artifact_root / PENDING_FOLDER).iterdir())
    except OSError:
        return
    for path in paths:
        match = _NAME.fullmatch(path.name)
        if match is not None:
            yield PendingAttempt(uuid=match[1], attempt=int(match[2]), process=_read_process(path))


def gone_attempts(artifact_root: Path) -> frozenset[str]:
    """Return the keys of the marked attempts whose processes were on this machine and are known to be gone."""
    return frozenset(pending.key for pending in pending_attempts(artifact_root) if is_gone(pending.process))


def _read_process(path: Path) -> ProcessIdentity:
    """Return what a mark says; nothing of one that is no mark."""
    try:
        status = path.lstat()
        if not stat.S_ISREG(status.st_mode) or status.st_size > _MAX_BYTES:
            return ProcessIdentity()
        return read_process(path.read_bytes())
    except OSError:
        return ProcessIdentity()
