"""Spectra of feature maps of networks whose spectra are known."""

import pytest
import torch
from torch import nn
from torch.nn import functional

from expdb.analysis.frequency import TapSpectrum, analyse_frequency, change_in_stages, spectra_of
from expdb.analysis.parts.fourier import high_frequency_ratio, spectrum_of
from expdb.analysis.subject import NotApplicableError, Subject
from expdb.catalog.analysis_settings import FrequencySettings
from expdb.train.model.teacher import fresh_network
from tests.analysis.planted import planted_images, subject_of
from tests.factories import make_spec

SHARPEN = ((0.0, -1.0, 0.0), (-1.0, 5.0, -1.0), (0.0, -1.0, 0.0))
BLUR = ((1 / 9,) * 3,) * 3


class KernelBlock(nn.Module):
    """One filter over images that go round."""

    def __init__(self, kernel: tuple[tuple[float, ...], ...]) -> None:
        super().__init__()
        self.kernel = nn.Parameter(torch.tensor(kernel)[None, None], requires_grad=False)

    def forward(self, maps: torch.Tensor) -> torch.Tensor:
        return functional.conv2d(functional.pad(maps, [1] * 4, mode="circular"), self.kernel)


class Chain(nn.Module):
    """Filters one after the other; where one is None, the map is halved instead."""

    def __init__(self, *kernels: tuple[tuple[float, ...], ...] | None) -> None:
        super().__init__()
        self.steps = nn.Sequential(*(nn.AvgPool2d(2) if one is None else KernelBlock(one) for one in kernels))

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return self.steps(images).mean((2, 3))


def chain(*kernels: tuple[tuple[float, ...], ...] | None) -> Subject:
    pixels, labels = planted_images(6)
    spec = make_spec(data__img_size=32)
    return subject_of(lambda: Chain(*kernels), spec, (255 * pixels).round().byte(), labels)


def read(*kernels: tuple[tuple[float, ...], ...] | None) -> list[TapSpectrum]:
    subject = chain(*kernels)
    return spectra_of(subject.network, subject.network.model, 0.5)


def test_a_sharpening_block_raises_high_frequencies_and_a_blurring_one_lowers_them() -> None:
    sharpened, blurred = (change_in_stages(read(kernel), 0.5) for kernel in (SHARPEN, BLUR))

    assert sharpened is not None
    assert blurred is not None
    assert sharpened.min() > 0.05
    assert blurred.max() < -0.05


def test_deltas_of_a_block_are_those_of_its_filter() -> None:
    before, after = read(SHARPEN)
    omega = 2 * torch.pi * torch.arange(16, dtype=torch.float64) / 32
    change = torch.tensor(after.deltas) - torch.tensor(before.deltas)

    has_energy = before.logs.mean(0) > 0  # the images hold nothing from 0.3 to 0.5 and above 0.9 but their rounding
    assert change[has_energy].numpy() == pytest.approx(
        torch.log(5 - 4 * torch.cos(omega))[has_energy].numpy(), abs=1e-3
    )


def test_change_is_counted_within_stages_and_down_sampling_is_none() -> None:
    taps = read(BLUR, None, SHARPEN, BLUR)

    assert [one.side for one in taps] == [32, 32, 16, 16]
    expected = ((taps[1].ratios - taps[0].ratios) + (taps[3].ratios - taps[2].ratios)) / 2
    change = change_in_stages(taps, 0.5)
    assert change is not None
    assert torch.equal(change, expected)


def test_variance_and_ratio_are_those_of_the_maps() -> None:
    first = read(SHARPEN)[0]
    subject = chain(SHARPEN)
    seen = subject.network.prepared(subject.network.pixels)

    assert first.variances.numpy() == pytest.approx(seen.double().var((2, 3), correction=0).mean(1).numpy(), rel=1e-9)
    expected = high_frequency_ratio(spectrum_of(seen), width=32, cutoff=0.5)
    assert first.ratios.numpy() == pytest.approx(expected.numpy(), abs=1e-12)


def test_a_network_of_random_weights_changes_as_random_ones_do_and_lines_stand_beside_its_own() -> None:
    spec = make_spec(model__name="vit_mini", data__img_size=32)
    images = (255 * planted_images(6)[0]).round().byte()
    found = analyse_frequency(
        subject_of(lambda: fresh_network(spec, torch.device("cpu")), spec, images),
        FrequencySettings(images=6, seed=0, random_networks=2),
    )
    ratio, delta, variance = found.charts

    change = found.values["feature_hf_change"]
    assert change.low is not None
    assert abs(change.value) < 0.05
    assert change.n == 6
    assert [(line.label, line.kind) for line in ratio.lines] == [
        ("8 x 8", "network"),
        ("random weights", "baseline"),
        ("resized image", "baseline"),
    ]
    assert len({line.y for line in (ratio.lines[2],)}) == 1
    assert len(delta.lines) == len(ratio.lines[0].x) == 13
    assert delta.lines[0].x == (0, 0.25, 0.5, 0.75)
    assert {line.y[0] for line in delta.lines} == {0}
    assert [line.label for line in variance.lines] == ["8 x 8", "random weights"]
    last = found.listings[0].rows[-1]
    assert last[:3] == ("blocks.5, MLP", "mlp", "64 x 8 x 8")
    own = ratio.lines[0]
    assert found.values["feature_hf_ratio"].value == pytest.approx(own.y[-1], rel=1e-5)
    assert last[4] == round(found.values["feature_hf_ratio"].value, 3)
    assert len(own.low) == len(own.y)


def test_maps_too_coarse_for_high_and_low_are_left_out_and_said() -> None:
    found = analyse_frequency(chain(BLUR, None, None, None, None, SHARPEN), FrequencySettings(random_networks=0))

    assert "feature_hf_ratio is of steps.0 (32 x 32)" in found.notes[0]
    assert "no random network" in found.notes[1]
    assert set(found.values) == {"feature_hf_ratio"}
    assert [line.label for line in found.charts[0].lines] == ["32 x 32", "resized image"]


def test_a_network_without_maps_is_refused_in_one_line() -> None:
    subject = chain(None)
    subject.network.model = nn.Sequential(nn.Conv2d(1, 4, 32), nn.Flatten())

    with pytest.raises(NotApplicableError, match="no feature map of more than one place at 32 px"):
        analyse_frequency(subject, FrequencySettings())
