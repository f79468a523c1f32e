import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    """Results to the bit need a fixed number of threads; and other tests run beside these."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def real_data() -> Path:
    """The folder with real CIFAR-10 and clothing images."""
    default = Path(__file__).parents[3] / "shared" / "data"
    folder = Path(os.environ.get("EXPDB_TEST_DATA") or default)
    if not folder.is_dir():
        pytest.skip(f"no real images in {folder} (set EXPDB_TEST_DATA)")
    return folder
