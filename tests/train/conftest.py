from collections.abc import Iterator

import pytest
import torch

from tests.train.forked import Trainer


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    """Results to the bit need a fixed number of threads; and other tests run beside these."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def trainer() -> Iterator[Trainer]:
    """A process that trains in forked children."""
    trainer = Trainer()
    yield trainer
    trainer.close()
