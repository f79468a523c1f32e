"""Whether a train time was measured while other work held the processors: then it says little of the network."""

from expdb.domain.known import Fields

# What `is_contended` reads of a run.
CONTENTION_FIELDS = ("device", "num_devices", "train_seconds", "cpu_seconds", "cpu_wait_seconds")
# Columns that it makes doubtful.
CONTENDED_COLUMNS = frozenset({"train_seconds", "images_per_second"})
_MOST_WAITING = 0.1
_LEAST_COMPUTING = 0.7


def is_contended(run: Fields) -> bool:
    """Tell whether the processors that a run trained on were wanted by others too; False where that is not known.

    Of the time that its threads wanted a processor, those of a training alone on two processors waited for 1 to 2 %
    (one thread) or 4 to 6 % (two). Beside a busy program or another training it was 40 to 50 % with two threads, and
    40 to 75 % where three or more programs shared the two processors. A training with one thread that another one left
    a processor waited for 3 to 9 %, and was as fast as alone. So a tenth tells: it is what the time is longer by.

    Where waiting is not known, a run is taken for contended that did not keep even one processor busy, of each process:
    alone, one thread computes for 99 % of the train time, and two for 188 to 192 %. Steal by a hypervisor is not seen.
    """
    seconds, waiting = run["cpu_seconds"], run["cpu_wait_seconds"]
    if run["device"] != "cpu" or seconds is None or not run["train_seconds"]:
        return False
    if waiting is not None:
        return bool(waiting > _MOST_WAITING * (seconds + waiting))
    return bool(seconds < _LEAST_COMPUTING * run["train_seconds"] * (run["num_devices"] or 1))
