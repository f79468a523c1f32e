"""Grad-CAM: which layer, which maps, and whether they depend on what was learnt."""

import numpy as np
import pytest
import torch
from torch import nn

from expdb.analysis.gradcam import analyse_gradcam, fitting_layer, gradcam_maps, num_forward_gradcam
from expdb.analysis.maps.feature_maps import SeenMap, in_order_of_use
from expdb.analysis.maps.map_sanity import map_sanity, partly_random, rank_correlations
from expdb.analysis.subject import NotApplicableError
from expdb.catalog.analysis_settings import MapSettings
from expdb.errors import SpecError
from tests.analysis.small_networks import network_with_images, spec_of, subject_of

SETTINGS = MapSettings(shown=3, compared=8, random_networks=1)


class ConvPoolLinear(nn.Module):
    """A convolution, the mean over places, and a linear layer."""

    def __init__(self, *, activation: nn.Module) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 6, kernel_size=3, padding=1)
        self.activation = activation
        self.head = nn.Linear(6, 4)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return self.head(self.activation(self.conv(images)).mean((2, 3)))


def images(number: int = 2, side: int = 32) -> torch.Tensor:
    return torch.randn(number, 3, side, side, generator=torch.Generator().manual_seed(1))


def test_of_a_convolution_mean_and_linear_layer_it_is_the_class_activation_map_by_the_number_of_places() -> None:
    torch.manual_seed(0)
    model = ConvPoolLinear(activation=nn.Tanh()).double().eval()
    inputs, classes = images(5, 9).double(), torch.tensor([0, 1, 2, 3, 1])

    maps = gradcam_maps(model, inputs, classes, layer="activation")

    features = model.activation(model.conv(inputs))
    activation_maps = torch.einsum("bk,bkhw->bhw", model.head.weight[classes], features).relu()
    assert (maps - activation_maps / 81).abs().max() < 1e-9
    assert maps.max() > 0


def test_changes_in_place_after_the_layer_do_not_reach_its_map() -> None:
    torch.manual_seed(0)
    model = ConvPoolLinear(activation=nn.ReLU()).eval()
    expected = gradcam_maps(model, images(), torch.tensor([0, 1]), layer="conv")

    model.activation.inplace = True
    assert torch.equal(gradcam_maps(model, images(), torch.tensor([0, 1]), layer="conv"), expected)


@pytest.mark.parametrize(
    ("name", "layer", "side"),
    [
        ("resnet20", "blocks", 8),  # the last of three stages
        ("cct_2_3x2", "pool", 8),
        ("test_resnet", "layer3", 8),  # the last is of 4
        ("localvit_tiny", None, 8),
    ],
)
def test_the_layer_is_the_deepest_with_seven_by_seven_places_that_the_answer_depends_on(
    name: str, layer: str | None, side: int
) -> None:
    network = network_with_images(spec_of(name), num_images=2)

    found = fitting_layer(network.model, images())

    assert layer in (None, found)
    maps = gradcam_maps(network.model, images(), torch.tensor([0, 1]), layer=found)
    assert maps.shape == (2, side, side)


def test_where_no_map_is_of_seven_places_the_finest_after_the_stem_is_taken() -> None:
    sides = (("conv1", 6, 1), ("layer1", 4, 3), ("layer2", 4, 5), ("layer3", 2, 7))
    maps = [SeenMap(name=name, side=side, channels=8, num_convolutions=count) for name, side, count in sides]

    assert [one.name for one in in_order_of_use(maps)] == ["layer2", "layer1", "layer3", "conv1"]


def test_a_vit_is_referred_to_attention() -> None:
    with pytest.raises(NotApplicableError, match="no convolution but that which makes its patches"):
        analyse_gradcam(subject_of(spec_of("vit_mini")), SETTINGS)


def test_tokens_of_a_hybrid_are_laid_on_their_grid() -> None:
    network = network_with_images(spec_of("cct_2_3x2"), num_images=2)

    assert gradcam_maps(network.model, images(), torch.tensor([0, 1]), layer="blocks.1").shape == (2, 8, 8)


@pytest.mark.parametrize(
    ("layer", "said"), [("block9", "has no such module; it has blocks"), ("head", "which is no map")]
)
def test_a_layer_that_is_none_or_gives_no_map_is_refused(layer: str, said: str) -> None:
    with pytest.raises(SpecError, match=said):
        analyse_gradcam(subject_of(spec_of("resnet20")), MapSettings(layer=layer, compared=2))


def test_maps_of_drawn_and_of_picked_images_are_kept_with_what_they_are() -> None:
    spec = spec_of("resnet20")
    subject = subject_of(spec)

    found = analyse_gradcam(subject, SETTINGS)

    arrays = found.arrays
    kinds = arrays["kind"].tolist()
    assert kinds[:3] == ["random"] * 3
    wrong = arrays["true"] != arrays["predicted"]
    assert all(wrong[place] == (kind == "mistake") for place, kind in enumerate(kinds) if kind != "random")
    assert arrays["maps"].dtype == np.float16
    assert arrays["maps"].shape == (len(kinds), 8, 8)
    assert set(arrays["maps"].max((1, 2)).tolist()) <= {0, 1}
    labels = subject.network.labels[torch.from_numpy(arrays["positions"])]
    assert labels.tolist() == arrays["true"].tolist()
    assert subject.network.num_forward <= num_forward_gradcam(SETTINGS, 12, spec=spec)
    other = analyse_gradcam(subject_of(spec_of("resnet_mini")), SETTINGS)
    assert other.arrays["positions"][:3].tolist() == arrays["positions"][:3].tolist()


def test_it_comes_out_the_same_twice() -> None:
    one, other = (analyse_gradcam(subject_of(spec_of("resnet20")), SETTINGS) for _ in range(2))

    assert one.values == other.values
    assert one.charts == other.charts
    assert all((one.arrays[name] == other.arrays[name]).all() for name in one.arrays)


def test_maps_that_do_not_depend_on_weights_fail_the_sanity_check() -> None:
    spec = spec_of("resnet20")
    network = network_with_images(spec)
    edges = network.pixels.mean(1).diff(dim=1).diff(dim=2)

    sanity = map_sanity(lambda _: edges, network.model, spec, networks=2, seed=0)

    assert sanity.whole.value == pytest.approx(1)
    assert sanity.whole.n == len(edges)


def test_maps_that_are_the_same_everywhere_are_left_out_of_the_sanity_check() -> None:
    spec = spec_of("resnet20")
    network = network_with_images(spec)

    sanity = map_sanity(lambda _: torch.ones(12, 4, 4), network.model, spec, networks=1, seed=0)

    assert (sanity.whole.n, sanity.num_left_out) == (0, 12)


def test_rank_correlation_follows_order_alone() -> None:
    maps = torch.rand(3, 4, 4, generator=torch.Generator().manual_seed(0))

    assert rank_correlations(maps, maps.exp()).tolist() == pytest.approx([1, 1, 1])
    assert rank_correlations(maps, -maps).tolist() == pytest.approx([-1, -1, -1])


def test_layers_become_random_from_the_output() -> None:
    spec = spec_of("resnet20")
    model, fresh = (network_with_images(spec, seed=seed).model for seed in (0, 1))

    half = partly_random(model, fresh, share=0.5)

    assert torch.equal(half.head.weight, fresh.head.weight)
    assert torch.equal(half.conv1.weight, model.conv1.weight)
    assert not torch.equal(model.head.weight, fresh.head.weight)
    whole = partly_random(model, fresh, share=1)
    assert all(torch.equal(one, other) for one, other in zip(whole.parameters(), fresh.parameters(), strict=True))
