"""Input sizes: what a network takes is measured at each, what it does not take is said in its own words."""

import pytest
import timm
import torch
from torch import nn

from expdb.analysis.network import Network
from expdb.analysis.parts.tensor_memory import TensorMemory
from expdb.analysis.size import TIMING, analyse_size, num_forward_size, sides_of_size
from expdb.catalog.analysis_settings import SizeSettings
from expdb.errors import SpecError
from tests.analysis.planted_cues import planted_network, subject_of


def network_of(model: nn.Module, *, side: int = 32) -> Network:
    generator = torch.Generator().manual_seed(0)
    images = torch.rand(12, 3, side, side, generator=generator)
    network = planted_network(lambda pixels: pixels, images, torch.arange(12) % 10)
    network.model = model.eval()
    return network


@pytest.fixture(scope="module")
def convolutional() -> nn.Module:
    torch.manual_seed(0)
    return timm.create_model("test_resnet", num_classes=10)


def test_a_convolutional_network_takes_every_size_for_work_that_grows_with_its_square(convolutional: nn.Module):
    network = network_of(convolutional)
    settings = SizeSettings(sides=(64, 32))

    found = analyse_size(subject_of(network), settings)

    small, large = next(one for one in found.listings if one.key == "sides").rows
    assert (small[0], large[0]) == (32, 64)
    assert float(large[4]) == pytest.approx(4 * float(small[4]), rel=0.05)  # type: ignore[arg-type]
    assert float(large[5]) == pytest.approx(4 * float(small[5]), rel=0.05)  # type: ignore[arg-type]
    assert network.num_forward == num_forward_size(settings, 12, spec=network.spec)
    assert not found.values


def test_at_its_own_size_it_is_right_as_often_as_ever(convolutional: nn.Module):
    network = network_of(convolutional)

    found = analyse_size(subject_of(network), SizeSettings(sides=(32,)))

    assert found.charts[0].lines[0].y[0] == pytest.approx(network.clean_hits().double().mean().item(), rel=1e-5)


def test_a_network_of_a_fixed_grid_says_why_it_refuses_other_sizes():
    torch.manual_seed(0)
    vit = timm.create_model("test_vit", num_classes=10, img_size=32, dynamic_img_size=False)
    network = network_of(vit)

    found = analyse_size(subject_of(network), SizeSettings(sides=(32, 48)))

    taken, refused = next(one for one in found.listings if one.key == "sides").rows
    assert taken[-1] is None
    assert refused[1:-1] == (None,) * 5
    assert "48" in str(refused[-1])
    assert found.charts[0].lines[0].x == (32,)
    assert any("it refuses 48 px" in note for note in found.notes)


def test_all_but_time_comes_out_the_same_twice(convolutional: nn.Module):
    network = network_of(convolutional)

    first, second = (analyse_size(subject_of(network), SizeSettings(sides=(16, 32))) for _ in range(2))

    assert first.charts == second.charts
    assert [one for one in first.listings if one.key != TIMING] == [one for one in second.listings if one.key != TIMING]


def test_sizes_are_by_default_around_its_own():
    network = network_of(nn.Identity())

    assert sides_of_size(SizeSettings(), network.spec) == (16, 24, 32, 48, 64)


def test_a_side_that_no_image_has_is_refused():
    with pytest.raises(SpecError, match="sides: 0 is no side"):
        sides_of_size(SizeSettings(sides=(0,)), network_of(nn.Identity()).spec)


def test_memory_is_what_is_held_at_once():
    given = torch.zeros(1000)

    with TensorMemory() as memory:
        one = given + 1
        two = one * 2
        del one
        three = two.view(10, 100) + 1  # the view takes none

    assert memory.peak == 8000
    assert three.numel() == two.numel() == 1000


def test_memory_that_is_let_go_of_can_be_taken_again():
    given = torch.zeros(1000)

    with TensorMemory() as memory:
        for _ in range(5):
            given = given + 1

    assert memory.peak == 8000
