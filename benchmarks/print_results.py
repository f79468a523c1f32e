"""What a benchmark prints: where and with what it was measured, and a Markdown table."""

import os
import platform
from collections.abc import Sequence
from importlib.metadata import version

import torch

from expdb.data.cpus import num_usable_cpus
from expdb.domain.own_package import DISTRIBUTION
from expdb.train.device import describe_device

_PACKAGES = (DISTRIBUTION, "torch", "torchvision", "timm", "pillow")


def heading(title: str, device: torch.device) -> str:
    """Return a heading with hardware, load and versions below it."""
    versions = ", ".join(f"{name} {version(name)}" for name in _PACKAGES)
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    return (
        f"### {title}\n\n"
        f"{describe_device(device).name} ({device.type}), {num_usable_cpus()} processors, "
        f"{torch.get_num_threads()} threads, load {load}; Python {platform.python_version()}, {versions}\n"
    )


def table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table whose first column is text and whose others are numbers."""
    lines = [headings, ["---", *("---:" for _ in headings[1:])], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def rate(number: float) -> str:
    """Return a number of images a second with three digits that count."""
    return f"{number:,.0f}" if number >= 100 else f"{number:.3g}"


def ratio(number: float) -> str:
    """Return a ratio to print: `2.41x`."""
    return f"{number:.3g}x"
