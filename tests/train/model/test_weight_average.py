import pytest
import torch
from torch import nn

from expdb.train.model.weight_average import WeightAverage


def test_the_average_follows_with_a_growing_decay() -> None:
    model = nn.Linear(1, 1, bias=False)
    nn.init.zeros_(model.weight)
    average = WeightAverage(model, decay=0.5)
    nn.init.ones_(model.weight)
    (weight,) = average.model.parameters()

    values = []
    for step in (0, 1, 1000):
        average.follow(step)
        values.append(weight.item())

    # decays 1/10, 2/11 and 0.5
    assert values == pytest.approx([0.9, 1 - 0.1 * 2 / 11, 1 - 0.1 * 2 / 11 * 0.5])
    assert model.weight.item() == 1
    assert not weight.requires_grad


def test_statistics_of_batch_norm_are_taken_over() -> None:
    model = nn.BatchNorm1d(2)
    average = WeightAverage(model, decay=0.99)
    model(torch.tensor([[1.0, 2.0], [3.0, 8.0]]))

    average.copy_buffers()

    for own, source in zip(average.model.buffers(), model.buffers(), strict=True):
        assert torch.equal(own, source)
    assert not average.model.training
