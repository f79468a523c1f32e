"""Whether the process that a run is said to be running in is still there."""

import os
import socket

from expdb.store.store import Store


def lost_segment(store: Store, run_id: int) -> int | None:
    """Return the number of a run's last segment if its process was on this machine and is gone, else None.

    A pid that some other process has by now counts as there: then the run's heartbeat decides, after a while.
    """
    segments = store.segments(run_id)
    if not segments or segments[-1].pid is None or segments[-1].host != socket.gethostname():
        return None
    try:
        os.kill(segments[-1].pid, 0)  # signal 0 only asks
    except ProcessLookupError:
        return segments[-1].number
    except OSError:
        return None
    return None
