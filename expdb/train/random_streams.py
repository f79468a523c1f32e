"""Random streams as pure functions of their names: (seed, epoch, image) always draws the same."""

import hashlib

import torch


def derive_seed(*parts: int | str) -> int:
    """Return a seed in [0, 2**63) for the stream of that name; different names give unrelated streams."""
    text = "/".join(str(part) for part in parts)
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest()) >> 1


def generator(*parts: int | str) -> torch.Generator:
    """Return a CPU generator for the stream of that name.

    Everything is drawn on the CPU and then moved: so a GPU run sees the same draws, and deciding what to do with
    them never waits for the device.
    """
    return torch.Generator().manual_seed(derive_seed(*parts))
