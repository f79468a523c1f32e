"""Whether a network's confidence is how often it is right, and what one temperature mends of it.

Sources: Guo, Pleiss, Sun and Weinberger 2017, "On calibration of modern neural networks" (ECE, temperature); Bröcker
and Smith 2007, "Increasing the reliability of reliability diagrams", and Vaicenavicius et al. 2019, "Evaluating model
calibration in classification" (consistency resampling: what ECE a calibrated network would have on so many images).
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch

from expdb.analysis.estimates import share
from expdb.analysis.parts.chart_lines import line_of
from expdb.analysis.parts.temperature import Fitted, fit_temperature
from expdb.analysis.subject import Found, NotApplicableError, Subject
from expdb.catalog.analysis_settings import CalibrationSettings
from expdb.domain.analyses.result import Chart, Estimate, Line, Listing
from expdb.domain.spec import RunSpec
from expdb.report.predictions.class_metrics import Probabilities, calibration_error, confidence_bins

LEAST_IMAGES = 4  # two to fit, two to test
_DRAWS = 300


def num_forward_calibration(settings: CalibrationSettings, num_images: int, *, spec: RunSpec) -> int:  # noqa: ARG001
    """Return how many images go through the network."""
    return num_images


@dataclass(frozen=True, kw_only=True)
class Confidences:
    """What a network says of images, and whether it is so.

    Attributes:
        confidence: (N,) in [0, 1], the probability of the class that it takes an image for.
        is_right: (N,) bool.
        nll: mean negative log-likelihood of the true class, in nats.
    """

    confidence: Probabilities
    is_right: npt.NDArray[np.bool_]
    nll: float


def confidences_of(logits: torch.Tensor, labels: torch.Tensor, temperature: float = 1.0) -> Confidences:
    """Return the confidences of logits (N, C), divided by a temperature."""
    log_probabilities = (logits.double() / temperature).log_softmax(1)
    best = log_probabilities.max(1)
    return Confidences(
        confidence=best.values.exp().numpy(),
        is_right=(best.indices == labels).numpy(),
        nll=-log_probabilities.gather(1, labels[:, None]).mean().item(),
    )


def equal_mass_error(said: Confidences, num_bins: int) -> float:
    """Return the calibration error over bins of the same number of images, in the order of confidence.

    Source: Nixon et al. 2019, "Measuring calibration in deep learning", of the top label alone.
    """
    order = np.argsort(said.confidence, kind="stable")
    gaps = [(said.confidence[some] - said.is_right[some]).sum() for some in np.array_split(order, num_bins)]
    return float(np.abs(gaps).sum()) / len(order)


def error_if_calibrated(said: Confidences, num_bins: int, seed: int) -> tuple[float, float]:
    """Return what ECE a network of these confidences has that is right just so often: its mean, and 95 % of draws."""
    generator = np.random.default_rng(seed)
    drawn = [
        calibration_error(said.confidence, generator.random(len(said.confidence)) < said.confidence, num_bins)
        for _ in range(_DRAWS)
    ]
    return float(np.mean(drawn)), float(np.quantile(drawn, 0.95))


def analyse_calibration(subject: Subject, settings: CalibrationSettings) -> Found:
    """Compare confidence with accuracy, before and after a temperature that is fitted on half of the images."""
    network = subject.network
    labels = network.labels
    if len(labels) < LEAST_IMAGES:
        raise NotApplicableError(f"calibration needs at least {LEAST_IMAGES} images, not {len(labels)}: raise --images")
    logits = torch.cat([network.logits(network.images[some].float() / 255) for some in network.batches()])
    order = torch.randperm(len(labels), generator=torch.Generator().manual_seed(settings.seed))
    fitting, testing = order[: len(order) // 2].sort().values, order[len(order) // 2 :].sort().values
    fitted = fit_temperature(logits[fitting], labels[fitting])
    before = confidences_of(logits[testing], labels[testing])
    after = confidences_of(logits[testing], labels[testing], fitted.temperature)
    return Found(
        values={
            "fitted_temperature": Estimate(value=fitted.temperature, n=len(fitting), low=fitted.low, high=fitted.high),
            "tempered_ece": _error(after, settings),
        },
        charts=(_diagram(confidences_of(logits, labels), after, settings.bins),),
        listings=(
            _errors(before, after, settings),
            _bins(confidences_of(logits, labels), settings.bins),
        ),
        notes=_notes(fitted, len(fitting), len(testing)),
    )


def _error(said: Confidences, settings: CalibrationSettings) -> Estimate:
    """Return ECE with its basic bootstrap interval, which allows for that it is too large of few images.

    Source: Efron and Tibshirani 1993, "An Introduction to the Bootstrap", section 13.3 (2 value - quantile).
    """
    value = calibration_error(said.confidence, said.is_right, settings.bins)
    generator = np.random.default_rng(settings.seed)
    drawn = []
    for _ in range(_DRAWS):
        some = generator.integers(0, len(said.confidence), len(said.confidence))
        drawn.append(calibration_error(said.confidence[some], said.is_right[some], settings.bins))
    low, high = 2 * value - np.quantile(drawn, [0.975, 0.025])
    return Estimate(
        value=value, n=len(said.confidence), low=max(0.0, min(float(low), value)), high=max(float(high), value)
    )


def _diagram(before: Confidences, after: Confidences, num_bins: int) -> Chart:
    """Return accuracy by confidence, of the bins that hold images."""
    lines = [_reliability("as it is", before, num_bins), _reliability("at its temperature", after, num_bins)]
    lines.append(Line(label="calibrated", x=(0.0, 1.0), y=(0.0, 1.0), kind="baseline"))
    return Chart(
        key="reliability",
        title="Reliability",
        x_label="mean confidence of a bin",
        y_label="right answers (%)",
        percent=True,
        lines=tuple(lines),
    )


def _reliability(label: str, said: Confidences, num_bins: int) -> Line:
    bins = confidence_bins(said.confidence, num_bins)
    filled = [number for number in range(num_bins) if (bins == number).any()]
    means = [float(said.confidence[bins == number].mean()) for number in filled]
    return line_of(label, means, [share(torch.from_numpy(said.is_right[bins == number])) for number in filled])


def _errors(before: Confidences, after: Confidences, settings: CalibrationSettings) -> Listing:
    rows = []
    for name, said in (("as it is", before), ("at its temperature", after)):
        mean, most = error_if_calibrated(said, settings.bins, settings.seed)
        shares = (
            float(said.confidence.mean()),
            calibration_error(said.confidence, said.is_right, settings.bins),
            equal_mass_error(said, settings.bins),
            mean,
            most,
        )
        rows.append((name, round(said.nll, 4), *(round(100 * value, 2) for value in shares)))
    return Listing(
        key="errors",
        title="On the half that the temperature was not fitted on (shares in %)",
        headings=("", "NLL", "confidence", "ECE", "equal mass", "if calibrated", "up to"),
        rows=tuple(rows),
    )


def _bins(said: Confidences, num_bins: int) -> Listing:
    """Return what the reliability diagram is drawn from: bin by bin, of all images as they are."""
    bins = confidence_bins(said.confidence, num_bins)
    rows: list[tuple[str | int | float | None, ...]] = []
    for number in range(num_bins):
        own = bins == number
        name = f"{100 * number / num_bins:.0f} to {100 * (number + 1) / num_bins:.0f}"
        if not own.any():
            rows.append((name, 0, None, None, None, None))
            continue
        right = share(torch.from_numpy(said.is_right[own]))
        shares = (float(said.confidence[own].mean()), right.value, right.low or 0, right.high or 0)
        rows.append((name, int(own.sum()), *(round(100 * value, 1) for value in shares)))
    return Listing(
        key="bins",
        title="By confidence, of all images as they are (%)",
        headings=("confidence", "images", "mean", "right", "low", "high"),
        rows=tuple(rows),
    )


def _notes(fitted: Fitted, num_fitting: int, num_testing: int) -> tuple[str, ...]:
    halves = f"the temperature is of {num_fitting:,} of the test images, drawn by the seed; its ECE of the other"
    bias = "ECE is above 0 of calibrated networks too: 'if calibrated' is their mean, 95 % of them stay below 'up to'"
    notes = [f"{halves} {num_testing:,}", bias]
    if fitted.is_at_end:
        notes.append("the temperature is at the end of the range that is searched: no other one fits")
    return tuple(notes)
