"""What is done to images leaves what it should."""

import math

import pytest
import torch

from expdb.analysis.parts import image_changes as changes
from expdb.analysis.shape import other_class_partners


@pytest.fixture
def pixels() -> torch.Tensor:
    return torch.rand(5, 3, 14, 14, generator=torch.Generator().manual_seed(1))


def test_shuffled_patches_hold_the_same_pixels_also_where_they_do_not_fill_the_image(pixels: torch.Tensor):
    order = torch.rand(5, 16, generator=torch.Generator().manual_seed(2)).argsort(1)

    found = changes.shuffled(pixels, order)

    assert not torch.equal(found, pixels)
    assert torch.equal(found.flatten(2).sort(-1).values, pixels.flatten(2).sort(-1).values)


def test_one_patch_shuffled_is_the_image_itself(pixels: torch.Tensor):
    assert torch.equal(changes.shuffled(pixels, torch.zeros(5, 1, dtype=torch.int64)), pixels)


def test_a_shuffled_patch_is_the_one_that_the_order_names():
    pixels = torch.arange(16.0).reshape(1, 1, 4, 4)

    found = changes.shuffled(pixels, torch.tensor([[3, 1, 2, 0]]))

    assert found[0, 0, :2, :2].tolist() == pixels[0, 0, 2:, 2:].tolist()
    assert found[0, 0, :2, 2:].tolist() == pixels[0, 0, :2, 2:].tolist()


def test_a_hybrid_of_an_image_with_itself_is_the_image(pixels: torch.Tensor):
    assert torch.allclose(changes.hybrid_of(pixels, pixels, 0.3), pixels, atol=1e-6)


def test_a_hybrid_takes_mean_and_low_waves_of_the_one_and_high_waves_of_the_other():
    place = torch.arange(16, dtype=torch.float64)
    low, high = (torch.cos(2 * math.pi * k * place / 16).expand(1, 1, 16, 16) for k in (2, 6))  # 0.25 and 0.75 Nyquist

    found = changes.hybrid_of(0.3 + low, 0.9 + high + low, 0.25)

    assert torch.allclose(found, 0.3 + low + high, atol=1e-12)


def test_the_phase_of_an_image_itself_gives_the_image(pixels: torch.Tensor):
    assert torch.allclose(changes.with_phase_of(pixels, pixels), pixels, atol=1e-6)


def test_amplitude_is_kept_when_the_phase_is_another(pixels: torch.Tensor):
    found = changes.with_phase_of(pixels, pixels.flip(0))

    assert torch.allclose(torch.fft.fft2(found).abs(), torch.fft.fft2(pixels).abs(), atol=1e-3)


def test_style_is_mean_and_spread_of_the_other_image(pixels: torch.Tensor):
    other = 0.2 + 0.3 * pixels.flip(0)

    found = changes.with_style_of(pixels, other)

    assert torch.allclose(found.mean((-2, -1)), other.mean((-2, -1)), atol=1e-5)
    assert torch.allclose(found.std((-2, -1)), other.std((-2, -1)), atol=1e-5)


def test_a_blur_leaves_a_flat_image_and_spreads_a_point_as_its_width_says():
    point = torch.zeros(1, 2, 33, 33)
    point[..., 16, 16] = 1

    found = changes.blurred(point, 2.0)

    places = torch.arange(33.0) - 16
    assert (found[0, 1].sum(0) * places**2).sum().item() == pytest.approx(4, rel=0.03)  # cut off at three widths
    assert torch.allclose(changes.blurred(torch.full((1, 3, 9, 9), 0.4), 2.0), torch.full((1, 3, 9, 9), 0.4))


def test_edges_of_a_flat_image_are_black_and_the_strongest_of_another_is_white(pixels: torch.Tensor):
    assert changes.edges_alone(torch.full((1, 3, 8, 8), 0.7)).abs().max() < 1e-3
    assert torch.allclose(changes.edges_alone(pixels).amax((1, 2, 3)), torch.ones(5))


def test_an_edge_is_where_brightness_steps():
    step = torch.zeros(1, 1, 6, 6)
    step[..., 3:] = 1

    assert changes.edges_alone(step)[0, 0].sum(0).nonzero().flatten().tolist() == [2, 3]


def test_grey_is_the_luma_in_every_channel(pixels: torch.Tensor):
    found = changes.without_colour(pixels)

    assert torch.equal(found[:, 0], found[:, 2])
    assert torch.allclose(changes.without_colour(torch.ones(1, 3, 2, 2)), torch.ones(1, 3, 2, 2))


def test_contrast_goes_towards_mid_grey(pixels: torch.Tensor):
    assert torch.equal(changes.with_contrast(pixels, 1.0), pixels)
    assert torch.equal(changes.with_contrast(pixels, 0.0), torch.full_like(pixels, 0.5))


def test_partners_are_of_other_classes_and_depend_on_the_seed_alone():
    labels = torch.tensor([0, 1, 2, 0, 1, 2, 2, 2, 5])

    partners = other_class_partners(labels, 3)

    assert partners is not None
    assert (labels[partners] != labels).all()
    assert torch.equal(partners, other_class_partners(labels, 3))
    assert other_class_partners(torch.ones(4, dtype=torch.int64), 0) is None


def test_every_image_of_another_class_can_be_a_partner():
    labels = torch.tensor([0, 1, 1, 2])

    drawn = {int(found[1]) for seed in range(60) if (found := other_class_partners(labels, seed)) is not None}

    assert drawn == {0, 3}
