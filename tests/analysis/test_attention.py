"""Attention: reading it, maps of it, how far it reaches, and how far networks see."""

import math

import numpy as np
import pytest
import torch
from torch import nn

from expdb.analysis.attention import analyse_attention, num_forward_attention
from expdb.analysis.maps.attention_maps import (
    attention_distances,
    even_distance,
    gradient_attention,
    over_places,
    rollout,
)
from expdb.analysis.maps.attention_weights import attention_modules, attention_read, why_unusable
from expdb.analysis.maps.feature_maps import TokenGrid
from expdb.analysis.maps.receptive_field import field_side, squared_gradient
from expdb.analysis.subject import NotApplicableError
from expdb.catalog.analysis_settings import AttentionSettings
from expdb.train.model.zoo.attention import SelfAttention
from tests.analysis.small_networks import network_with_images, spec_of, subject_of

SETTINGS = AttentionSettings(shown=2, compared=4, random_networks=1, distance_images=4)


def images(number: int = 2, side: int = 32) -> torch.Tensor:
    return torch.randn(number, 3, side, side, generator=torch.Generator().manual_seed(1))


def attention(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed)).softmax(-1)


@pytest.mark.parametrize("name", ["vit_mini", "cct_2_3x2", "localvit_tiny", "test_vit", "convit_tiny"])
def test_all_layers_are_read_and_the_answer_stays(name: str) -> None:
    model = network_with_images(spec_of(name), num_images=1).model
    with torch.no_grad():
        plain = model(images())
        with attention_read(model) as layers:
            read = model(images())
        again = model(images())

    assert len(layers) == len(attention_modules(model)) > 0
    assert (plain - read).abs().max() < 1e-6
    assert torch.equal(plain, again)
    assert why_unusable(layers, num_images=2, model=model) is None
    assert all((layer.weights.sum(-1) - 1).abs().max() < 1e-6 for layer in layers)


def test_self_attention_of_the_zoo_says_the_same_fused_or_not_and_drops_alike_in_training() -> None:
    torch.manual_seed(0)
    module = SelfAttention(16, num_heads=4, has_qkv_bias=True, drop_rate=0.5)
    tokens = torch.randn(2, 9, 16)
    fused = module.eval()(tokens)
    module.fused_attn = False

    assert (module(tokens) - fused).abs().max() < 1e-6
    assert not torch.equal(module.train()(tokens), fused)
    assert set(module.state_dict()) == {"qkv.weight", "qkv.bias", "proj.weight", "proj.bias"}


def test_rollout_has_rows_that_sum_to_one() -> None:
    flow = rollout([attention(2, 3, 10, 10, seed=seed) for seed in range(12)])

    assert (flow.sum(-1) - 1).abs().max() < 4e-7


def test_rollout_of_identity_is_identity_and_of_equal_weights_a_constant_map() -> None:
    identity = torch.eye(10).expand(1, 2, 10, 10)
    assert torch.equal(rollout([identity] * 3), torch.eye(10)[None])

    even = torch.full((1, 2, 10, 10), 0.1)
    lain = over_places(rollout([even] * 3), TokenGrid(side=3, prefix=1), from_class_token=True)
    assert lain.max() - lain.min() < 1e-7


def test_gradient_attention_takes_what_raises_the_class_and_nothing_else() -> None:
    weights = attention(1, 1, 5, 5)
    gradient = torch.zeros(1, 1, 5, 5)
    gradient[..., 0, 3], gradient[..., 0, 4] = 1, -1

    relevance = gradient_attention([weights], [gradient])

    expected = torch.eye(5)
    expected[0, 3] = weights[0, 0, 0, 3]
    assert torch.equal(relevance[0], expected)


def test_places_of_the_class_tokens_row_or_of_the_mean_over_places() -> None:
    relations = torch.arange(25.0).reshape(1, 5, 5)
    grid = TokenGrid(side=2, prefix=1)

    assert over_places(relations, grid, from_class_token=True).tolist() == [[[1, 2], [3, 4]]]
    assert over_places(relations, grid, from_class_token=False).tolist() == [[[13.5, 14.5], [15.5, 16.5]]]


def test_distances_of_attention_are_in_pixels_of_the_input() -> None:
    grid = TokenGrid(side=4, prefix=1)
    itself = torch.eye(17).expand(1, 1, 17, 17)
    right = torch.zeros(17, 17)
    right[:, 1:] = torch.eye(16).roll(1, dims=1).repeat(2, 1)[:17]
    neighbour = torch.zeros(1, 1, 17, 17)
    for place in range(16):
        neighbour[..., 1 + place, 1 + (place + 1 if place % 4 < 3 else place - 1)] = 0.5
        neighbour[..., 1 + place, 0] = 0.5  # to the class token: left out

    assert attention_distances(itself, grid, pixels=8).item() == 0
    assert attention_distances(neighbour, grid, pixels=8).item() == pytest.approx(8)
    even = torch.full((1, 1, 17, 17), 1 / 17)
    assert attention_distances(even, grid, pixels=8).item() == pytest.approx(even_distance(4, pixels=8))
    assert even_distance(2, pixels=1) == pytest.approx((2 + math.sqrt(2)) / 4)


@pytest.mark.parametrize("kernel", [3, 7])
def test_the_receptive_field_of_one_convolution_is_its_kernel(kernel: int) -> None:
    model = nn.Conv2d(3, 8, kernel, padding=kernel // 2)
    model.forward_features = model.forward
    nn.init.constant_(model.weight, 1.0)

    energy = squared_gradient(model, images(2, 15), generator=torch.Generator().manual_seed(0))

    assert field_side(energy, grid=15, share=1 - 1e-9).tolist() == [kernel, kernel]
    assert (energy > 0).sum().item() == 2 * kernel**2


def test_the_receptive_field_is_at_most_the_image_and_none_of_dead_units() -> None:
    energy = torch.stack([torch.ones(8, 8), torch.zeros(8, 8)]).double()

    sides = field_side(energy, grid=2)

    assert sides[0].item() == 8
    assert sides[1].isnan()


def test_a_vit_has_both_and_keeps_maps_of_each_kind() -> None:
    spec = spec_of("vit_mini")
    subject = subject_of(spec)

    found = analyse_attention(subject, SETTINGS)

    assert set(found.values) == {"attention_distance", "receptive_field"}
    assert 0 < found.values["attention_distance"].value < 32
    assert found.values["attention_distance"].n == 4
    number = len(found.arrays["positions"])
    heads = subject.network.model.blocks[-1].attn.num_heads
    assert found.arrays["maps"].shape == found.arrays["rollout"].shape == (number, 8, 8)
    assert found.arrays["heads"].shape == (number, heads, 8, 8)
    assert {chart.key for chart in found.charts} == {"attention_distance", "attention_sanity", "receptive_field"}
    assert subject.network.num_forward <= num_forward_attention(SETTINGS, 12, spec=spec)


def test_a_network_that_pools_its_tokens_has_maps_of_all_rows() -> None:
    found = analyse_attention(subject_of(spec_of("cct_2_3x2")), SETTINGS)

    assert set(found.values) == {"attention_distance", "receptive_field"}
    assert np.isfinite(found.arrays["maps"]).all()


def test_a_cnn_has_the_receptive_field_alone() -> None:
    found = analyse_attention(subject_of(spec_of("resnet20")), SETTINGS)

    assert set(found.values) == {"receptive_field"}
    assert 3 < found.values["receptive_field"].value <= 32
    assert found.arrays == {}
    assert found.notes[-1] == "no attention maps: resnet20 has no attention"


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("swin_tiny_patch4_window7_224", "looks at windows of"),
        ("cait_xxs24_224", "rows that do not sum to 1"),
        ("cvt_13", "cannot be read"),
    ],
)
def test_attention_that_does_not_lie_over_the_image_is_refused_with_its_reason(name: str, reason: str) -> None:
    found = analyse_attention(subject_of(spec_of(name), num_images=2), SETTINGS.model_copy(update={"images": 2}))

    assert set(found.values) == {"receptive_field"}
    assert reason in found.notes[-1]


def test_a_network_with_neither_attention_nor_a_map_is_refused() -> None:
    spec = spec_of("vit_mini")
    subject = subject_of(spec, model=nn.Sequential(nn.Flatten(), nn.Linear(3 * 32**2, 10)))

    with pytest.raises(NotApplicableError, match="has no attention; and Sequential decides on features that lie on no"):
        analyse_attention(subject, SETTINGS)


def test_it_comes_out_the_same_twice() -> None:
    one, other = (analyse_attention(subject_of(spec_of("vit_mini")), SETTINGS) for _ in range(2))

    assert (one.values, one.charts) == (other.values, other.charts)
    assert all((one.arrays[name] == other.arrays[name]).all() for name in one.arrays)
