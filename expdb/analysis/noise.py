"""How much accuracy a network loses when noise of one band of frequencies is added.

Source: Park and Kim 2022, "How Do Vision Transformers Work?", figure 2b, whose code was never released: here noise is
of radial bands, and has one norm in all of them.
"""

import torch

from expdb.analysis.estimates import kept, kept_difference, share
from expdb.analysis.parts.fourier import BANDS, HIGH_BANDS, LOW_BANDS, band_noise, white_noise
from expdb.analysis.subject import Found, Subject
from expdb.catalog.analysis_settings import NoiseSettings
from expdb.domain.analyses.result import Chart, Estimate, Line
from expdb.domain.spec import RunSpec

_MIDDLES = tuple(round((low + high) / 2, 3) for low, high in BANDS)
_AXIS = "middle of the band (Nyquist = 1)"


def num_forward_noise(settings: NoiseSettings, num_images: int, *, spec: RunSpec) -> int:  # noqa: ARG001
    """Return how many images go through the network."""
    return num_images * (1 + len(BANDS) * len(settings.norms))


def analyse_noise(subject: Subject, settings: NoiseSettings) -> Found:
    """Compare accuracy under noise of each band and norm with that of the images as they are."""
    network = subject.network
    clean = network.clean_hits()
    parts = []  # (norms, bands, B) of each batch
    for some in network.batches():
        pixels = network.images[some].double() / 255
        white = white_noise(range(some.start, some.stop), tuple(pixels.shape[1:]), seed=settings.seed)
        spectrum = torch.fft.fft2(white)
        answers = []
        for band in BANDS:
            noise = band_noise(spectrum, band)
            answers.append(
                torch.stack([network.logits(pixels + norm * noise).argmax(1) for norm in settings.norms])
                == network.labels[some]
            )
        parts.append(torch.stack(answers, 1))
    hits = dict(zip(settings.norms, torch.cat(parts, -1), strict=True))
    first = hits[settings.norms[0]]
    low, high = first[list(LOW_BANDS)], first[list(HIGH_BANDS)]
    return Found(
        values={
            "noise_low_drop": _lost(clean, low),
            "noise_high_drop": _lost(clean, high),
            # What is lost more at high frequencies is kept more at low ones.
            "noise_high_minus_low": kept_difference(clean, low, high),
        },
        charts=_charts(clean, hits),
        notes=(
            f"the columns are of norm {settings.norms[0]:g} an image, over all channels, pixels in [0, 1]",
            "low: mean of the three bands up to 0.3 of Nyquist, without zero frequency; high: of those from 0.7 to 1.0",
            "drops are relative to clean accuracy: compare networks whose clean accuracies are alike",
        ),
    )


def _lost(clean: torch.Tensor, noisy: torch.Tensor) -> Estimate:
    """Return what is lost relative to clean accuracy: 1 less what is kept."""
    left = kept(clean, noisy)
    low, high = left.low, left.high
    assert low is not None and high is not None  # noqa: S101, PT018 - a bootstrap has both
    return Estimate(value=1 - left.value, n=left.n, low=1 - high, high=1 - low)


def _charts(clean: torch.Tensor, hits: dict[float, torch.Tensor]) -> tuple[Chart, ...]:
    accuracies = {norm: [share(one) for one in found] for norm, found in hits.items()}
    drops = {norm: [_lost(clean, one) for one in found] for norm, found in hits.items()}
    unchanged = share(clean).value
    baseline = Line(label="clean", x=_MIDDLES, y=(unchanged,) * len(BANDS), kind="baseline")
    return (
        Chart(
            key="noise_drop",
            title="Accuracy lost under noise of one band",
            x_label=_AXIS,
            y_label="accuracy lost, relative to clean (%)",
            percent=True,
            lines=tuple(_line(norm, found) for norm, found in drops.items()),
        ),
        Chart(
            key="noise_accuracy",
            title="Accuracy under noise of one band",
            x_label=_AXIS,
            y_label="accuracy (%)",
            percent=True,
            lines=(*(_line(norm, found) for norm, found in accuracies.items()), baseline),
        ),
    )


def _line(norm: float, found: list[Estimate]) -> Line:
    return Line(
        label=f"norm {norm:g}",
        x=_MIDDLES,
        y=tuple(one.value for one in found),
        low=tuple(one.low or 0 for one in found),
        high=tuple(one.high or 0 for one in found),
    )
