"""Networks that decide by one band of frequencies come out as such, and nothing else hurts them."""

import pytest
import torch

from expdb.analysis.filter import analyse_filter
from expdb.analysis.heatmap import analyse_heatmap
from expdb.analysis.noise import analyse_noise
from expdb.analysis.parts.fourier import BANDS
from expdb.analysis.subject import NotApplicableError
from expdb.catalog.analyses import analysis_entry, analysis_settings
from expdb.catalog.analysis_settings import FilterSettings, HeatmapSettings, NoiseSettings
from expdb.domain.analyses.result import Chart, Estimate
from expdb.errors import SpecError
from tests.analysis.planted import HIGH, LOW, FrequencyBand, planted

EITHER = pytest.mark.parametrize("band", [LOW, HIGH], ids=["low", "high"])


def chart_of(charts: tuple[Chart, ...], key: str) -> Chart:
    return next(chart for chart in charts if chart.key == key)


def is_inside(low: float, high: float, band: FrequencyBand) -> bool:
    return low < band[1] - 1e-9 and high > band[0] + 1e-9


def holds(estimate: Estimate) -> bool:
    assert estimate.low is not None
    assert estimate.high is not None
    return estimate.low - 1e-12 <= estimate.value <= estimate.high + 1e-12


@EITHER
def test_noise_hurts_in_the_planted_band_alone(band: FrequencyBand) -> None:
    found = analyse_noise(planted(band, 80), NoiseSettings(norms=(3.0, 0.5)))
    loud, soft = chart_of(found.charts, "noise_drop").lines

    for place, (low, high) in enumerate(BANDS):
        assert loud.y[place] > 0.15 if is_inside(low, high, band) else loud.y[place] == 0  # type: ignore[operator]
    assert sum(soft.y) < sum(loud.y)  # type: ignore[arg-type]
    value = found.values["noise_high_minus_low"].value
    assert value == pytest.approx(found.values["noise_high_drop"].value - found.values["noise_low_drop"].value)
    assert value > 0.1 if band == HIGH else value < -0.3
    assert all(holds(one) and one.n == 80 for one in found.values.values())


@EITHER
def test_the_heat_map_errs_in_the_planted_band_alone(band: FrequencyBand) -> None:
    found = analyse_heatmap(planted(band, 8), HeatmapSettings(images=8))
    grid = torch.tensor(chart_of(found.charts, "heatmap").grid)
    along = torch.arange(-16, 17) / 16
    radius = torch.hypot(along[:, None], along[None, :])
    inside = (radius > 0) & (radius < 0.3) if band == LOW else (radius >= 0.5) & (radius < 0.9)

    assert grid.shape == (33, 33)
    assert grid[~inside].max() == 0
    assert grid[inside].mean() > 0.1
    assert torch.equal(grid, grid.flip(0, 1))
    assert (found.values["heatmap_high_error"].value > 0) == (band == HIGH)


@EITHER
def test_a_filter_leaves_what_the_planted_band_passes(band: FrequencyBand) -> None:
    found = analyse_filter(planted(band), FilterSettings(cutoffs=(0.05, 0.4, 1.0)))
    low_pass, high_pass = chart_of(found.charts, "filter_kept").lines

    assert low_pass.y[2] == high_pass.y[0] == 1
    assert (low_pass.y[1] == 1, high_pass.y[1] == 1) == (band == LOW, band == HIGH)
    kept = found.values["low_pass_kept"].value, found.values["high_pass_kept"].value
    assert (kept[0] > kept[1]) == (band == LOW)
    assert kept[0] == pytest.approx(sum(low_pass.y) / 3)  # type: ignore[arg-type]


def test_a_network_that_is_never_right_is_refused_in_one_line() -> None:
    subject = planted(LOW, 8)
    subject.network.labels = (subject.network.labels + 1) % 4

    with pytest.raises(NotApplicableError, match="none of 8 images right"):
        analyse_noise(subject, NoiseSettings())


@pytest.mark.parametrize(("name", "given"), [("noise", {"norms": [4, 0]}), ("filter", {"cutoffs": [-0.1]})])
def test_a_norm_or_cutoff_of_nothing_is_refused(name: str, given: dict[str, list[float]]) -> None:
    with pytest.raises(SpecError, match="greater than 0"):
        analysis_settings(analysis_entry(name), given)
