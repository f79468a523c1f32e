"""The share of an epoch that is not the model's forward pass, backward pass and step."""

from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks.engines import BenchEngine, bench_spec, data_for, forward_backward_step
from benchmarks.measure import compare
from benchmarks.print_results import heading, rate, table
from expdb.train.device import choose_device


def measure_overhead(
    models: Sequence[str], *, aug: str, batch_size: int, num_images: int, rounds: int, data_dir: Path | None
) -> str:
    """Measure epochs beside as many bare steps on one batch; return a table of what is left."""
    rows = []
    for model in models:
        spec = bench_spec(model, aug=aug, batch_size=batch_size)
        data = data_for(spec, num_images=num_images, data_dir=data_dir)
        costs = compare(
            {"epoch": BenchEngine(spec, data).epoch, "steps": _bare_steps(BenchEngine(spec, data))},
            rounds=rounds,
            device=choose_device(spec),
        )
        epoch, steps = costs["epoch"], costs["steps"]
        rows.append(
            [
                model,
                rate(len(data.train) / epoch.wall_seconds),
                rate(len(data.train) / steps.wall_seconds),
                f"{1 - steps.wall_seconds / epoch.wall_seconds:.1%}",
                f"{1 - steps.cpu_seconds / epoch.cpu_seconds:.1%}",
            ]
        )
    headings = ["model", "epoch, images/s", "bare steps, images/s", "other share", "other share (CPU-s)"]
    title = f"What an epoch takes beyond forward, backward and step: {num_images:,} images, {aug}, batch {batch_size}"
    return heading(title, choose_device(spec)) + "\n" + table(headings, rows)


def _bare_steps(bench: BenchEngine) -> Callable[[], None]:
    """Return what does an epoch's number of steps, always on the same batch, normalised before."""
    engine = bench.engine
    engine.model.train()
    batch = next(engine.feed.train_batches(1))
    images = engine.normalise(batch.images)

    def work() -> None:
        for _ in range(engine.steps_per_epoch):
            forward_backward_step(engine, images, batch.labels)

    return work
