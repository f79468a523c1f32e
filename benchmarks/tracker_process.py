"""One run of one tracker in a process of its own, as `benchmarks.tracking` asks for it: `NAME FOLDER KIND NUMBER`.

What happened is printed as lines of JSON with times in nanoseconds of the machine's one monotonic clock.
"""

import json
import mmap
import struct
import sys
import time
from pathlib import Path

from benchmarks.trackers import METRICS, TRACKERS, Params, Tracker

PARAMS: Params = {"model": "resnet50", "dataset": "cifar100", "seed": 0, "lr": 0.1} | {
    f"p{n}": n / 10 for n in range(26)
}
PACE_SECONDS = 0.005
ACKNOWLEDGED = "acknowledged"  # a file with the number of steps whose call returned


def main(name: str, folder: str, kind: str, number: str) -> None:
    """Do what was asked for."""
    tracker = TRACKERS[name](Path(folder))
    started = time.monotonic_ns()
    tracker.load()
    loaded = time.monotonic_ns()
    tracker.begin(PARAMS)
    say(begun=time.monotonic_ns(), import_ns=loaded - started, create_ns=time.monotonic_ns() - loaded)
    match kind:
        case "startup":
            tracker.log(0, {METRICS[0]: 0.5})
        case "burst":
            burst(tracker, int(number))
        case "paced":
            paced(tracker, Path(folder) / ACKNOWLEDGED)
    sys.stdin.readline()  # until told to finish
    started = time.monotonic_ns()
    tracker.finish()
    say(finish_ns=time.monotonic_ns() - started)


def burst(tracker: Tracker, num_steps: int) -> None:
    """Log as fast as it goes, for ten seconds at most."""
    calls = list[int]()
    begun = now = time.monotonic_ns()
    for step in range(num_steps):
        metrics = values(step)
        before = time.monotonic_ns()
        tracker.log(step, metrics)
        now = time.monotonic_ns()
        calls.append(now - before)
        if now - begun > 10_000_000_000:
            break
    say(first=begun, last=now, calls=calls)


def paced(tracker: Tracker, path: Path) -> None:
    """Log every five milliseconds until killed, and keep the number of steps whose call returned where it outlives."""
    path.write_bytes(bytes(8))
    with path.open("r+b") as file, mmap.mmap(file.fileno(), 8) as kept:
        say(logging=True)
        step = 0
        while True:
            tracker.log(step, values(step))
            step += 1
            struct.pack_into("<q", kept, 0, step)
            time.sleep(PACE_SECONDS)


def values(step: int) -> dict[str, float]:
    """Return 20 metrics that differ from step to step."""
    return {name: (step * 31 + number) / 7919 for number, name in enumerate(METRICS)}


def say(**what: object) -> None:
    """Print a line; trackers print what they like between."""
    print("\x1e" + json.dumps(what), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
