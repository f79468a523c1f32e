"""Calibration: a network that says how often it is right has nothing to mend, one that exaggerates is found out."""

import numpy as np
import pytest
import torch

from expdb.analysis.calibration import (
    analyse_calibration,
    confidences_of,
    equal_mass_error,
    error_if_calibrated,
    num_forward_calibration,
)
from expdb.analysis.parts.temperature import fit_temperature
from expdb.analysis.subject import NotApplicableError
from expdb.catalog.analysis_settings import CalibrationSettings
from expdb.report.predictions.class_metrics import calibration_error
from tests.analysis.planted_cues import planted_network, subject_of


def drawn(num_images: int, *, seed: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    """Logits (N, 10), and labels that are drawn by their very probabilities."""
    generator = torch.Generator().manual_seed(seed)
    logits = 2 * torch.randn(num_images, 10, generator=generator, dtype=torch.float64)
    return logits, torch.multinomial(logits.softmax(1), 1, generator=generator)[:, 0]


@pytest.mark.parametrize("factor", [1.0, 3.0, 0.4])
def test_the_temperature_is_what_logits_were_multiplied_by(factor: float):
    logits, labels = drawn(6_000)

    fitted = fit_temperature(factor * logits, labels)

    assert fitted.temperature == pytest.approx(factor, rel=0.06)
    assert fitted.low is not None
    assert fitted.high is not None
    assert fitted.low < factor < fitted.high


def test_no_other_temperature_has_a_lower_nll():
    logits, labels = drawn(500, seed=3)
    fitted = fit_temperature(logits, labels).temperature

    best, *others = (confidences_of(logits, labels, fitted * by).nll for by in (1.0, 0.99, 1.01))

    assert best < min(others)


def test_of_a_network_that_is_always_right_no_temperature_is_low_enough():
    logits, _ = drawn(50)

    fitted = fit_temperature(logits, logits.argmax(1))

    assert fitted.is_at_end
    assert (fitted.temperature, fitted.low) == (pytest.approx(0.01), None)


def test_the_interval_covers_the_truth_about_as_often_as_it_says():
    covered = 0
    for seed in range(40):
        fitted = fit_temperature(*drawn(400, seed=seed))
        covered += fitted.low is not None and fitted.high is not None and fitted.low < 1 < fitted.high

    assert 34 <= covered <= 40


def test_the_error_of_a_calibrated_network_is_that_of_calibrated_ones():
    said = confidences_of(*drawn(4_000, seed=1))

    mean, most = error_if_calibrated(said, 15, seed=0)

    assert 0 < mean < most
    assert calibration_error(said.confidence, said.is_right) < 1.5 * most
    exaggerated = confidences_of(*drawn(4_000, seed=1), temperature=0.3)
    assert calibration_error(exaggerated.confidence, exaggerated.is_right) > 5 * most


def test_the_bias_shrinks_with_the_images():
    few, many = (error_if_calibrated(confidences_of(*drawn(number)), 15, seed=0)[0] for number in (200, 8_000))

    assert few > 4 * many


def test_equal_mass_bins_of_one_bin_compare_means():
    said = confidences_of(*drawn(300))

    assert equal_mass_error(said, 1) == pytest.approx(abs(said.confidence.mean() - said.is_right.mean()))


def test_an_exaggerating_network_is_mended_and_the_two_halves_are_all_images():
    logits, labels = drawn(2_000)
    # The image says which row of logits is its own: red and green are its number.
    numbers = torch.arange(2_000)
    images = torch.zeros(2_000, 3, 8, 8)
    images[:, 0], images[:, 1] = (
        (values / 255)[:, None, None].expand(-1, 8, 8) for values in (numbers // 256, numbers % 256)
    )
    rows = (3 * logits).float()

    def looked_up(pixels: torch.Tensor) -> torch.Tensor:
        red, green = ((pixels[:, channel, 0, 0] * 255).round().long() for channel in (0, 1))
        return rows[256 * red + green]

    network = planted_network(looked_up, images, labels)
    settings = CalibrationSettings()
    found = analyse_calibration(subject_of(network), settings)

    temperature, error = found.values["fitted_temperature"], found.values["tempered_ece"]
    assert temperature.value == pytest.approx(3, rel=0.1)
    assert temperature.n + error.n == 2_000
    (before, after) = next(listing for listing in found.listings if listing.key == "errors").rows
    assert float(before[3]) > 3 * float(after[3])  # type: ignore[arg-type]
    assert error.low is not None
    assert error.low <= error.value <= (error.high or 0)
    bins = next(listing for listing in found.listings if listing.key == "bins").rows
    assert sum(int(row[1] or 0) for row in bins) == 2_000
    assert network.num_forward == num_forward_calibration(settings, 2_000, spec=network.spec)
    assert found == analyse_calibration(subject_of(network), settings)


def test_too_few_images_are_refused():
    images, labels = torch.rand(3, 3, 8, 8), torch.arange(3)
    network = planted_network(lambda pixels: pixels.flatten(1)[:, :10], images, labels)

    with pytest.raises(NotApplicableError, match="at least 4 images, not 3"):
        analyse_calibration(subject_of(network), CalibrationSettings())


def test_bins_are_open_at_the_lower_end():
    said = np.array([0.5, 0.5000001])

    assert calibration_error(said, np.array([True, False]), 2) == pytest.approx(0.5)
