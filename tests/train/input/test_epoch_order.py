import numpy as np
import torch

from expdb.data.stratify import stratified_order
from expdb.train.distributed import Team
from expdb.train.input.epoch_order import epoch_steps

ALONE = Team()


def test_every_image_is_in_exactly_one_step() -> None:
    steps = epoch_steps(100, batch_size=32, seed=0, epoch=1, team=ALONE)

    assert [step.num_images for step in steps] == [32, 32, 32, 4]
    assert sorted(torch.cat([step.indices for step in steps]).tolist()) == list(range(100))


def test_order_is_a_function_of_seed_and_epoch() -> None:
    def order(seed: int, epoch: int) -> list[int]:
        return torch.cat(
            [step.indices for step in epoch_steps(50, batch_size=8, seed=seed, epoch=epoch, team=ALONE)]
        ).tolist()

    assert order(1, 2) == order(1, 2)
    assert order(1, 2) != order(1, 3)
    assert order(1, 2) != order(2, 2)


def test_a_last_batch_of_one_image_is_left_out() -> None:
    steps = epoch_steps(65, batch_size=32, seed=0, epoch=1, team=ALONE)

    assert [step.num_images for step in steps] == [32, 32]


def test_batches_of_one_image_are_kept_where_they_were_asked_for() -> None:
    assert len(epoch_steps(5, batch_size=1, seed=0, epoch=1, team=ALONE)) == 5


def test_processes_share_the_same_batches() -> None:
    whole = epoch_steps(75, batch_size=32, seed=4, epoch=3, team=ALONE)
    shares = [epoch_steps(75, batch_size=32, seed=4, epoch=3, team=Team(rank=rank, size=2)) for rank in range(2)]

    for step, first, second in zip(whole, *shares, strict=True):
        assert torch.equal(torch.cat([first.indices, second.indices]), step.indices)
        assert first.num_images == second.num_images == step.num_images


def test_every_beginning_of_the_stratified_order_has_the_classes_in_proportion() -> None:
    labels = np.repeat(np.array([0, 1, 2]), [600, 300, 100])

    order = stratified_order(labels, stream="any")

    assert sorted(order) == list(range(1000))
    for length in (100, 250, 500):
        counts = np.bincount(labels[order[:length]], minlength=3)
        assert np.abs(counts - length * np.array([0.6, 0.3, 0.1])).max() <= 2


def test_streams_give_different_orders() -> None:
    labels = np.zeros(100, dtype=np.int64)

    assert not np.array_equal(stratified_order(labels, stream="a"), stratified_order(labels, stream="b"))
