"""`python -m tests.launch.held_process PLACES COMMAND...`: a command of expdb that waits before events.

Before the event of each of the places (`2,4`; from 1) it prints a line on standard error, and waits for one on standard
input. At its end it waits for the database a moment only, and so does each of its transactions.
"""

import sys
from typing import Any

from expdb.cli.main import main
from expdb.launch import recorder
from expdb.store.store import Store

LAST_WAIT_SECONDS = 0.5
BUSY_SECONDS = 0.3


def hold(places: set[int]) -> None:
    """Let the recorder wait before events, and be impatient."""
    record, num_events = recorder.Recorder.record, 0

    def held(self: recorder.Recorder, event: Any) -> None:
        nonlocal num_events
        num_events += 1
        if num_events in places:
            print(f"before event {num_events}", file=sys.stderr, flush=True)
            sys.stdin.readline()
        record(self, event)

    recorder.Recorder.record = held  # type: ignore[method-assign]
    recorder.Recorder.__init__.__kwdefaults__["last_wait_seconds"] = LAST_WAIT_SECONDS
    Store.open.__func__.__kwdefaults__["busy_seconds"] = BUSY_SECONDS  # type: ignore[attr-defined]
    recorder.HEARTBEAT_SECONDS = 0.2


if __name__ == "__main__":
    hold({int(place) for place in sys.argv[1].split(",") if place})
    main(sys.argv[2:])
