"""What commands say of attempts that are not recorded to their end."""

from typing import TYPE_CHECKING

from expdb.cli.output import remark, warn

if TYPE_CHECKING:
    from expdb.launch.sync import SyncedAttempt
    from expdb.store.store import Store


def bring_in(store: "Store") -> None:
    """Record what waits, as every command does that writes, and say what was found."""
    from expdb.launch.sync import sync_pending

    for synced in sync_pending(store):
        (warn if synced.problem else remark)(synced_line(synced))


def tell_waiting(store: "Store") -> None:
    """Say how many attempts wait to be recorded, as every command does that reads."""
    from expdb.launch.sync import attempts_wait, count_waiting

    number = count_waiting(store)
    if number:
        remark(f"{attempts_wait(number)} to be recorded: expdb db sync brings in what they said")


def synced_line(synced: "SyncedAttempt") -> str:
    """Return in a line what was done about an attempt."""
    run = f"run {synced.run_id}" if synced.run_id is not None else f"run {synced.uuid[:8]}"
    if synced.problem:
        return f"{run}, attempt {synced.attempt}, is not recorded: {synced.problem}"
    events = "1 event" if synced.num_events == 1 else f"{synced.num_events} events"
    return f"{run}, attempt {synced.attempt}: recorded {events} that waited in its folder"
