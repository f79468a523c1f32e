"""Which images make up which step: a pure function of (seed, epoch), sliced by process."""

from dataclasses import dataclass

import torch

from expdb.train.distributed import Team
from expdb.train.random_streams import generator


@dataclass(frozen=True, kw_only=True)
class Step:
    """One step of an epoch.

    Attributes:
        indices: (n,) int64 on the CPU, this process's images, by position in the training split.
        num_images: of all processes together.
    """

    indices: torch.Tensor
    num_images: int


def epoch_steps(num_images: int, *, batch_size: int, seed: int, epoch: int, team: Team) -> list[Step]:
    """Return the steps of an epoch: a fresh permutation, cut into batches.

    Every batch is the same however many processes share it. The last one is smaller; it is left out only where it
    would give a process fewer than two images (batch norm needs two), unless it is the only one.
    """
    order = torch.randperm(num_images, generator=generator(seed, epoch, "order"))
    steps = []
    for start in range(0, num_images, batch_size):
        batch = order[start : start + batch_size]
        size = len(batch)
        if start > 0 and size < min(batch_size, 2 * team.size):
            break
        first, last = size * team.rank // team.size, size * (team.rank + 1) // team.size
        steps.append(Step(indices=batch[first:last], num_images=size))
    return steps


def part_sizes(num_images: int, num_parts: int) -> list[int]:
    """Return how many images each part of a step has: as even as can be, at least two (batch norm needs two)."""
    num_parts = min(num_parts, max(1, num_images // 2))
    return [num_images * (part + 1) // num_parts - num_images * part // num_parts for part in range(num_parts)]
