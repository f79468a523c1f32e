"""Whole epochs, beside a plain script: images a second by the clock and by the processors."""

from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks.engines import BenchEngine, bench_spec, data_for
from benchmarks.images import images_of
from benchmarks.measure import compare
from benchmarks.plain import make_plain
from benchmarks.print_results import heading, rate, ratio, table
from expdb.domain.spec import RunSpec
from expdb.train.device import choose_device
from expdb.train.input.splits import TrainingData

_LABELS = {
    "fp32": "plain, fp32",
    "amp": "plain, AMP + channels last",
    "ours": "expdb",
    "compiled": "expdb, compiled",
    "graphs": "expdb, compiled, CUDA graphs",
}


def measure_epochs(
    models: Sequence[str],
    *,
    aug: str,
    batch_size: int,
    num_images: int,
    rounds: int,
    data_dir: Path | None,
    with_compile: bool,
) -> str:
    """Measure epochs of training, interleaved; return a table with ratios to both variants of the plain script."""
    rows = []
    for model in models:
        spec = bench_spec(model, aug=aug, batch_size=batch_size)
        data = data_for(spec, num_images=num_images, data_dir=data_dir)
        costs = compare(_contenders(spec, data, with_compile=with_compile), rounds=rounds, device=choose_device(spec))
        for name, cost in costs.items():
            rows.append(
                [
                    f"{model}, {_LABELS[name]}",
                    rate(len(data.train) / cost.wall_seconds),
                    rate(len(data.train) / cost.cpu_seconds),
                    *(ratio(costs[base].wall_seconds / cost.wall_seconds) for base in ("fp32", "amp")),
                    *(ratio(costs[base].cpu_seconds / cost.cpu_seconds) for base in ("fp32", "amp")),
                ]
            )
    headings = ["model", "images/s", "images/CPU-s", "x fp32", "x AMP", "x fp32 (CPU-s)", "x AMP (CPU-s)"]
    title = f"Epochs of {num_images:,} images, {aug}, batches of {batch_size}"
    return heading(title, choose_device(spec)) + "\n" + table(headings, rows)


def _contenders(spec: RunSpec, data: TrainingData, *, with_compile: bool) -> dict[str, Callable[[], object]]:
    device, split = choose_device(spec), images_of(data)
    contenders: dict[str, Callable[[], object]] = {
        "fp32": make_plain(spec, split, mean=data.mean, std=data.std, device=device, variant="fp32").epoch,
        "amp": make_plain(spec, split, mean=data.mean, std=data.std, device=device, variant="amp").epoch,
        "ours": BenchEngine(spec, data).epoch,
    }
    if with_compile:
        contenders["compiled"] = BenchEngine(spec.model_copy(update={"compile": True}), data).epoch
    if with_compile and device.type == "cuda":
        update = {"compile": True, "cuda_graphs": True}
        contenders["graphs"] = BenchEngine(spec.model_copy(update=update), data).epoch
    return contenders
