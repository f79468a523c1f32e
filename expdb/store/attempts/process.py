"""Which process this is, and whether another one is gone: by boot, pid namespace, pid and start time.

A host's name and a pid are not enough: containers share names, and pids are used again.
"""

import json
import os
import socket
from pathlib import Path

from expdb.domain.run import ProcessIdentity

_PROC = Path("/proc")


def this_process() -> ProcessIdentity:
    """Return what tells this process from all others; where the system has no `/proc`, its host and pid only."""
    return ProcessIdentity(
        host=socket.gethostname(),
        boot_id=_boot_id(),
        pid_namespace=_pid_namespace(),
        pid=os.getpid(),
        process_started=_started(os.getpid()),
    )


def is_gone(process: ProcessIdentity) -> bool:
    """Whether a process is known to have ended; False where that cannot be known: another boot or pid namespace."""
    if process.pid is None or process.boot_id is None or process.process_started is None:
        return False
    if process.boot_id != _boot_id() or process.pid_namespace != _pid_namespace():
        return False
    return _started(process.pid) != process.process_started


def read_process(data: bytes) -> ProcessIdentity:
    """Return the process that a few bytes of JSON describe; nothing is known of one where they do not."""
    try:
        values = json.loads(data)
        texts = {name: values[name] for name in ("host", "boot_id") if isinstance(values[name], str)}
        numbers = {
            name: values[name] for name in ("pid_namespace", "pid", "process_started") if type(values[name]) is int
        }
        return ProcessIdentity(**texts, **numbers)
    except (ValueError, KeyError, TypeError, RecursionError):
        return ProcessIdentity()


def _boot_id() -> str | None:
    try:
        return (_PROC / "sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return None


def _pid_namespace() -> int | None:
    try:
        return (_PROC / "self/ns/pid").stat().st_ino
    except OSError:
        return None


def _started(pid: int) -> int | None:
    """Return when a process began, in ticks since the boot; None for one that is not there, or is a zombie."""
    try:
        # The name, in brackets, may hold blanks and brackets itself.
        state, *fields = (
            (_PROC / str(pid) / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        )
    except (OSError, ValueError):
        return None
    return None if state in ("Z", "X") else int(fields[18])
