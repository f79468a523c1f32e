"""How many of the visible GPUs the script computes on, as far as torch knows; torch is never imported for it."""

import os
import sys


def num_gpus_in_use() -> int:
    """Return how many of the first visible GPUs the script's processes of this machine use so far."""
    torch = sys.modules.get("torch")
    try:
        if torch is None or not torch.cuda.is_initialized():
            return 0
        used = [index for index in range(torch.cuda.device_count()) if torch.cuda.memory_reserved(index) > 0]
        ranks = os.environ.get("LOCAL_WORLD_SIZE", "")
        return max([0, *(index + 1 for index in used), *([int(ranks)] if used and ranks.isdigit() else [])])
    except Exception:  # noqa: BLE001 - half imported, or another version: then it is not known
        return 0
