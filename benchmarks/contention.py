"""What a training loses beside another one, or beside a busy program, by its number of threads."""

import multiprocessing
import statistics
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from itertools import count
from multiprocessing.connection import Connection
from pathlib import Path
from time import perf_counter

import torch

from benchmarks.engines import BenchEngine, bench_spec, data_for
from benchmarks.print_results import heading, rate, ratio, table
from expdb.data.cpus import CpuWatch
from expdb.train.model.count import describe_model
from expdb.train.step import take_step
from expdb.train.threads import use_threads

_PROCESSES = multiprocessing.get_context("spawn")
_SITUATIONS = {"alone": (1, 0), "two at once": (2, 0), "beside a busy loop": (1, 1)}  # trainings, busy loops


def measure_contention(
    models: Sequence[str],
    *,
    threads: Sequence[int],
    aug: str,
    batch_size: int,
    num_images: int,
    seconds: float,
    rounds: int,
    data_dir: Path | None,
) -> str:
    """Train in every situation with each number of threads, and with the one chosen there; return a table of ratios.

    Each situation starts its processes anew, so that what is chosen is chosen in it.

    Args:
        seconds: of training in each measured round.
    """
    rows = []
    for model in models:
        settings = (model, aug, batch_size, num_images, data_dir)
        for told in (*threads, None):
            found = {
                name: _measure(settings, told, seconds=seconds, rounds=rounds, num_trainings=num, num_busy=busy)
                for name, (num, busy) in _SITUATIONS.items()
            }
            alone = found["alone"][0]
            rows.append(
                [
                    model,
                    "chosen: " + ", ".join(each[1] for each in found.values()) if told is None else str(told),
                    rate(alone),
                    *(ratio(images / alone) for images, _ in list(found.values())[1:]),
                ]
            )
    headings = ["model", "threads", "alone, images/s", *(f"{name} / alone" for name in list(_SITUATIONS)[1:])]
    title = f"A training beside others: batch {batch_size}, {aug}, {rounds} rounds of {seconds:g} s"
    return heading(title, torch.device("cpu")) + "\n" + table(headings, rows)


def _measure(
    settings: tuple[str, str, int, int, Path | None],
    told: int | None,
    *,
    seconds: float,
    rounds: int,
    num_trainings: int,
    num_busy: int,
) -> tuple[float, str]:
    """Return images a second of each training (the mean of those at once, the median of rounds), and their threads."""
    with ExitStack() as stack:
        for _ in range(num_busy):
            stack.enter_context(_started(_compute_for_ever))
        ours, theirs = zip(*(_PROCESSES.Pipe() for _ in range(num_trainings)), strict=True)
        for end in theirs:
            stack.enter_context(_started(_train, settings, told, end))
        threads = [end.recv() for end in ours]
        rates = []
        for _ in range(rounds):
            for end in ours:
                end.send(seconds)
            rates.append(statistics.mean(end.recv() for end in ours))
        return statistics.median(rates), " and ".join(map(str, threads))


@contextmanager
def _started(*call: object) -> Iterator[None]:
    """Let a process do something in the block."""
    function, *arguments = call
    process = _PROCESSES.Process(target=function, args=arguments, daemon=True)  # type: ignore[arg-type]
    process.start()
    try:
        yield
    finally:
        process.kill()
        process.join()


def _compute_for_ever() -> None:
    for _ in count():
        pass


def _train(settings: tuple[str, str, int, int, Path | None], told: int | None, end: Connection) -> None:
    """Train whenever a number of seconds comes, and send images a second; before, the number of threads."""
    model, aug, batch_size, num_images, data_dir = settings
    cpus, spec = CpuWatch(), bench_spec(model, aug=aug, batch_size=batch_size)
    macs, cpu = describe_model(spec).macs, torch.device("cpu")
    num_macs = macs and macs * batch_size
    use_threads(told, num_macs=num_macs, has_loaders=False, device=cpu, num_free=cpus.num_free, environ={})
    engine = BenchEngine(spec, data_for(spec, num_images=num_images, data_dir=data_dir)).engine
    engine.model.train()
    batches = (batch for epoch in count(1) for batch in engine.feed.train_batches(epoch))
    end.send(torch.get_num_threads())
    while True:
        seconds, num_done, begun_at = end.recv(), 0, perf_counter()
        while perf_counter() < begun_at + seconds:
            batch = next(batches)
            take_step(engine, batch, epoch=1, step=0)
            num_done += batch.num_images
        end.send(num_done / (perf_counter() - begun_at))
