"""How much of the processor's or GPU's arithmetic a training epoch uses."""

import statistics
from collections.abc import Sequence
from pathlib import Path

import torch

from benchmarks.engines import BenchEngine, bench_spec, data_for
from benchmarks.measure import compare, cost_of
from benchmarks.print_results import heading, rate, table
from expdb.domain.spec import RunSpec
from expdb.train.device import choose_device, precision_of
from expdb.train.model.count import describe_model

# A training step is a forward pass and a backward pass of twice its arithmetic; a MAC is two operations.
_FLOPS_A_MAC = 6
_MATRIX_SIDE = {"cpu": 2048, "cuda": 8192}


def measure_utilisation(
    models: Sequence[str], *, aug: str, batch_size: int, num_images: int, rounds: int, data_dir: Path | None
) -> str:
    """Measure epochs; return a table of their arithmetic a second as a share of a large matrix product's."""
    rows = []
    for model in models:
        spec = bench_spec(model, aug=aug, batch_size=batch_size)
        device = choose_device(spec)
        data = data_for(spec, num_images=num_images, data_dir=data_dir)
        cost = compare({"epoch": BenchEngine(spec, data).epoch}, rounds=rounds, device=device)["epoch"]
        limit = _matmul_flops_a_second(spec, device, rounds=rounds)
        macs = describe_model(spec).macs or 0
        achieved = _FLOPS_A_MAC * macs * len(data.train) / cost.wall_seconds
        rows.append(
            [
                f"{model}, {precision_of(spec, device)}",
                rate(len(data.train) / cost.wall_seconds),
                f"{macs / 1e6:,.0f}",
                f"{achieved / 1e12:.3g}",
                f"{limit / 1e12:.3g}",
                f"{achieved / limit:.1%}",
            ]
        )
    headings = ["model", "images/s", "MMACs an image", "TFLOP/s", "matmul, TFLOP/s", "share"]
    return heading(f"Arithmetic used: {aug}, batch {batch_size}", device) + "\n" + table(headings, rows)


def _matmul_flops_a_second(spec: RunSpec, device: torch.device, *, rounds: int) -> float:
    """Return the rate of a large square matrix product in the run's precision."""
    side = _MATRIX_SIDE[device.type]
    dtype = torch.bfloat16 if precision_of(spec, device) == "bf16" else torch.float32
    left = torch.randn(side, side, device=device, dtype=dtype)
    right = left.clone()
    _ = left @ right
    return 2 * side**3 / statistics.median(cost_of(lambda: left @ right, device).wall_seconds for _ in range(rounds))
