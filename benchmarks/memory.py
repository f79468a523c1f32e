"""Peak memory, beside a plain script's; each in a process of its own."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.engines import BenchEngine, bench_spec, data_for
from benchmarks.images import images_of
from benchmarks.plain import Variant, make_plain
from benchmarks.print_results import heading, ratio, table
from expdb.train.device import choose_device, peak_memory_bytes

CONTENDERS = ("fp32", "amp", "ours")


def measure_memory(models: Sequence[str], *, aug: str, batch_size: int, num_images: int, data_dir: Path | None) -> str:
    """Let each contender train an epoch in a fresh process; return a table of peak memory.

    On a CPU this is the resident memory of the training process, its loader processes not counted; on a GPU what
    its allocator gave out.
    """
    rows = []
    for model in models:
        peaks = {
            name: _in_own_process(
                ["--contender", name, "--models", model, "--aug", aug]
                + ["--batch-size", str(batch_size), "--images", str(num_images)]
                + (["--data-dir", str(data_dir)] if data_dir else [])
            )
            for name in CONTENDERS
        }
        megabytes = [f"{peaks[name] / 1e6:,.0f}" for name in CONTENDERS]
        rows.append([model, *megabytes, *(ratio(peaks["ours"] / peaks[name]) for name in ("fp32", "amp"))])
    headings = ["model", "plain, fp32 (MB)", "plain, AMP (MB)", "expdb (MB)", "expdb / fp32", "expdb / AMP"]
    device = choose_device(bench_spec(models[0], aug=aug, batch_size=batch_size))
    return (
        heading(f"Peak memory: {num_images:,} images, {aug}, batch {batch_size}", device) + "\n" + table(headings, rows)
    )


def peak_of(contender: str, model: str, *, aug: str, batch_size: int, num_images: int, data_dir: Path | None) -> int:
    """Train one epoch and return this process's peak memory in bytes."""
    spec = bench_spec(model, aug=aug, batch_size=batch_size)
    device = choose_device(spec)
    data = data_for(spec, num_images=num_images, data_dir=data_dir)
    if contender == "ours":
        BenchEngine(spec, data).epoch()
    else:
        variant: Variant = "amp" if contender == "amp" else "fp32"
        make_plain(spec, images_of(data), mean=data.mean, std=data.std, device=device, variant=variant).epoch()
    return peak_memory_bytes(device)


def _in_own_process(arguments: list[str]) -> int:
    command = [sys.executable, "-m", "benchmarks", "memory", *arguments]
    return int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)  # noqa: S603 - our own command
