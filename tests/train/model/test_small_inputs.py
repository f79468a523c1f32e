import copy

import pytest
import torch
from torch import nn

from expdb.train.model.small_inputs import guard_small_inputs


def leave_no_numbers_in_memory(size: int) -> None:
    """Fill memory that is given back at once: who reads what it did not write finds no number there."""
    for dtype in (torch.float32, torch.bfloat16):
        blocks = [torch.full((size,), float("nan"), dtype=dtype) for _ in range(3)]
        del blocks


@pytest.mark.parametrize(("side", "stride"), [(1, 2), (3, 4), (2, 2), (8, 2)])
def test_every_weight_of_a_strided_convolution_gets_its_gradient(side: int, stride: int):
    torch.manual_seed(0)
    convolution = nn.Conv2d(64, 64, 3, padding=1, stride=stride, bias=False).to(memory_format=torch.channels_last)
    images = torch.randn(32, 64, side, side).contiguous(memory_format=torch.channels_last)
    convolution(images).square().mean().backward()
    expected = convolution.weight.grad.clone()
    model = nn.Sequential(copy.deepcopy(convolution))
    guard_small_inputs(model)

    for _ in range(5):
        model.zero_grad()
        leave_no_numbers_in_memory(convolution.weight.numel())
        with torch.autocast("cpu", torch.bfloat16):
            logits = model(images)
        leave_no_numbers_in_memory(convolution.weight.numel())
        logits.float().square().mean().backward()

        torch.testing.assert_close(model[0].weight.grad, expected, rtol=0.05, atol=float(expected.abs().max()) / 50)


def test_a_copy_of_a_guarded_network_has_weights_of_its_own():
    model = nn.Sequential(nn.Conv2d(1, 1, 3, stride=2, padding=1, bias=False))
    guard_small_inputs(model)
    copied = copy.deepcopy(model)

    with torch.no_grad():
        model[0].weight.zero_()

    assert copied(torch.ones(1, 1, 1, 1)).abs().max() > 0
    assert model(torch.ones(1, 1, 1, 1)).abs().max() == 0
