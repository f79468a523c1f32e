"""Spectra, bands, filters and waves against what mathematics says of them."""

import math

import pytest
import torch

from expdb.analysis.heatmap import cells_of
from expdb.analysis.parts.fourier import (
    BANDS,
    band_noise,
    high_frequency_ratio,
    high_passed,
    in_band,
    log_amplitudes,
    low_passed,
    radii,
    spectrum_of,
    tells_high_from_low,
    wave,
    white_noise,
)

SIDE = 32


def random_maps(*shape: int) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(3), dtype=torch.float64)


def deltas(maps: torch.Tensor) -> torch.Tensor:
    logs = log_amplitudes(spectrum_of(maps)).mean(0)
    return logs - logs[0]


def ratio(maps: torch.Tensor, cutoff: float = 0.5) -> torch.Tensor:
    return high_frequency_ratio(spectrum_of(maps), width=maps.shape[-1], cutoff=cutoff)


def diagonal(factor: torch.Tensor) -> torch.Tensor:
    return factor[: SIDE // 2]


OMEGA = 2 * math.pi * torch.arange(SIDE // 2, dtype=torch.float64) / SIDE


def test_an_impulse_has_a_flat_spectrum() -> None:
    maps = torch.zeros(1, 1, SIDE, SIDE, dtype=torch.float64)
    maps[..., 5, 7] = 1

    assert deltas(maps).abs().max() < 1e-12


def test_white_noise_lies_half_a_log_2_above_its_zero_frequency() -> None:
    """The zero frequency is real, the others complex: the mean log amplitude of these is (ln 2) / 2 higher."""
    noise = white_noise(range(64), (64, SIDE, SIDE), seed=0)
    found = deltas(noise)[1:]

    assert found.mean().item() == pytest.approx(math.log(2) / 2, abs=3 * 0.017)


def test_a_cosine_has_its_maximum_where_it_is() -> None:
    steps = torch.arange(SIDE, dtype=torch.float64)
    maps = 1 + torch.cos(2 * math.pi * 5 * (steps[:, None] + steps) / SIDE)
    found = deltas(maps[None, None])

    assert found[1:].argmax() + 1 == 5
    assert found[5].item() == pytest.approx(math.log(0.5), abs=1e-6)


@pytest.mark.parametrize("power", [1, 2])
def test_a_power_law_has_its_slope(power: int) -> None:
    radius = radii(64, 64)
    amplitude = torch.where(radius > 0, radius, 1.0) ** -power
    logs = log_amplitudes(spectrum_of(torch.fft.ifft2(amplitude).real[None, None]))[0, 1:]
    across = torch.log(radius.diagonal()[1:32])
    slope = torch.linalg.lstsq(torch.stack([across, torch.ones_like(across)], 1), logs[:, None]).solution[0].item()

    assert slope == pytest.approx(-power, abs=1e-3)


def test_a_box_blur_and_a_sharpening_change_the_spectrum_by_their_transfer_functions() -> None:
    maps = random_maps(4, 8, SIDE, SIDE)
    rows = maps + maps.roll(1, -2) + maps.roll(-1, -2)
    blurred = (rows + rows.roll(1, -1) + rows.roll(-1, -1)) / 9
    neighbours = sum(maps.roll(step, axis) for step in (1, -1) for axis in (-2, -1))
    sharpened = 5 * maps - neighbours

    by_blur = deltas(blurred) - deltas(maps)
    by_sharpening = deltas(sharpened) - deltas(maps)

    assert by_blur.numpy() == pytest.approx(torch.log(((1 + 2 * torch.cos(OMEGA)) / 3) ** 2).numpy(), abs=1e-3)
    assert by_sharpening.numpy() == pytest.approx(torch.log(5 - 4 * torch.cos(OMEGA)).numpy(), abs=1e-6)


def test_scale_changes_no_delta_and_neither_scale_nor_offset_the_ratio() -> None:
    maps = random_maps(4, 8, SIDE, SIDE)

    assert deltas(7.3 * maps).numpy() == pytest.approx(deltas(maps).numpy(), abs=1e-6)
    assert ratio(7.3 * maps).numpy() == pytest.approx(ratio(maps).numpy(), abs=1e-11)
    assert ratio(maps + 3).numpy() == pytest.approx(ratio(maps).numpy(), abs=1e-11)
    assert (deltas(maps + 3) - deltas(maps))[1:].mean() < -2  # the confound that the ratio has not


@pytest.mark.parametrize("side", [7, 8])
def test_the_ratio_is_that_of_the_whole_plane(side: int) -> None:
    """It is computed from half of it."""
    maps = random_maps(3, 2, side, side)
    radius, energy = radii(side, side), torch.fft.fft2(maps).abs() ** 2
    expected = (energy[..., radius > 0.5].sum(-1) / energy[..., radius > 0].sum(-1)).mean(1)

    assert ratio(maps).numpy() == pytest.approx(expected.numpy(), abs=1e-12)


def test_dead_channels_do_not_count_and_a_map_of_nothing_else_has_no_ratio() -> None:
    maps = random_maps(2, 3, 8, 8)
    with_dead = torch.cat([maps, torch.full((2, 2, 8, 8), 0.7, dtype=torch.float64)], 1)

    assert ratio(with_dead).numpy() == pytest.approx(ratio(maps).numpy(), abs=1e-12)
    assert ratio(torch.full((1, 2, 8, 8), 0.7)).isnan().all()


def test_a_grid_of_three_cannot_tell_high_from_low() -> None:
    assert [tells_high_from_low(side, 0.5) for side in (1, 2, 3, 4, 5, 8)] == [False, False, False, True, True, True]


def test_bands_part_the_plane_and_leave_the_zero_frequency_out() -> None:
    for side in (8, 20, 28, SIDE, 40):
        held = torch.stack([in_band(radii(side, side), band) for band in BANDS]).sum(0)

        assert held.sum() == side**2 - 1
        assert held.flatten()[1:].unique().tolist() == [1]
    assert [int(in_band(radii(SIDE, SIDE), BANDS[place]).sum()) for place in (0, 4, 9)] == [8, 64, 136]


def test_noise_of_a_band_has_its_norm_and_all_its_energy_there() -> None:
    white = torch.fft.fft2(white_noise(range(5), (3, SIDE, SIDE), seed=1))
    for band in BANDS:
        noise = 4 * band_noise(white, band)
        energy = torch.fft.fft2(noise).abs() ** 2

        assert torch.linalg.vector_norm(noise.flatten(1), dim=1).numpy() == pytest.approx(4, abs=1e-9)
        assert (energy[..., in_band(radii(SIDE, SIDE), band)].sum() / energy.sum()).item() == pytest.approx(
            1, abs=1e-12
        )


def test_noise_of_an_image_depends_on_its_place_and_the_seed_alone() -> None:
    whole = white_noise(range(6), (1, 4, 4), seed=2)

    assert torch.equal(whole[4:], white_noise(range(4, 6), (1, 4, 4), seed=2))
    assert not torch.equal(whole, white_noise(range(6), (1, 4, 4), seed=3))
    assert not torch.equal(whole[0], whole[1])


@pytest.mark.parametrize("mask", ["ideal", "gaussian"])
def test_low_and_high_pass_together_are_the_image(mask: str) -> None:
    pixels = random_maps(2, 3, SIDE, SIDE)
    low, high = low_passed(pixels, 0.3, mask), high_passed(pixels, 0.3, mask)  # type: ignore[arg-type]

    together = low + high - pixels.mean((1, 2, 3), keepdim=True)
    assert together.numpy() == pytest.approx(pixels.numpy(), abs=1e-12)
    assert high.mean((1, 2, 3)).numpy() == pytest.approx(pixels.mean((1, 2, 3)).numpy(), abs=1e-12)


def test_an_ideal_low_pass_twice_is_once_and_a_cosine_passes_from_its_frequency_on() -> None:
    pixels = random_maps(2, 3, SIDE, SIDE)
    once = low_passed(pixels, 0.3)
    cosine = torch.cos(2 * math.pi * 6 * torch.arange(SIDE, dtype=torch.float64) / SIDE).expand(1, 1, SIDE, SIDE)

    assert low_passed(once, 0.3).numpy() == pytest.approx(once.numpy(), abs=1e-12)
    assert low_passed(cosine, 0.375).numpy() == pytest.approx(cosine.numpy(), abs=1e-12)
    assert low_passed(cosine, 0.38).numpy() == pytest.approx(cosine.numpy(), abs=1e-12)
    assert low_passed(cosine, 0.37).abs().max() < 1e-12


def test_a_gaussian_mask_lets_the_cutoff_pass_by_its_share() -> None:
    cosine = torch.cos(2 * math.pi * 6 * torch.arange(SIDE, dtype=torch.float64) / SIDE).expand(1, 1, SIDE, SIDE)

    assert low_passed(cosine, 0.375, "gaussian").numpy() == pytest.approx((math.exp(-0.5) * cosine).numpy(), abs=1e-12)


def test_the_waves_of_the_heat_map_are_orthonormal_and_hold_one_frequency_and_its_mirror() -> None:
    cells = cells_of(SIDE, SIDE)
    waves = torch.stack([wave(down, right, height=SIDE, width=SIDE) for down, right in cells])
    flat = waves.flatten(1)
    spectra = torch.fft.fft2(waves).abs() > 1e-9

    assert len(cells) == 514
    assert (flat @ flat.T - torch.eye(514, dtype=torch.float64)).abs().max() < 1e-12
    for (down, right), held in zip(cells, spectra, strict=True):
        expected = {(down % SIDE, right % SIDE), (-down % SIDE, -right % SIDE)}
        assert set(map(tuple, held.nonzero().tolist())) == expected
