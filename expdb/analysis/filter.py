"""How much accuracy is left when high or low frequencies are taken out of the images.

Source: the low-pass and high-pass curves of Geirhos et al. 2018, "Generalisation in humans and deep neural networks";
here masks are in units of Nyquist, so that they mean the same at every size.
"""

import torch

from expdb.analysis.estimates import kept, share
from expdb.analysis.parts.fourier import high_passed, low_passed
from expdb.analysis.subject import Found, Subject
from expdb.catalog.analysis_settings import FilterSettings
from expdb.domain.analyses.result import Chart, Estimate, Line
from expdb.domain.spec import RunSpec

_PASSES = {"low pass": low_passed, "high pass": high_passed}
_AXIS = "cut-off (Nyquist = 1)"


def num_forward_filter(settings: FilterSettings, num_images: int, *, spec: RunSpec) -> int:  # noqa: ARG001
    """Return how many images go through the network."""
    return num_images * (1 + len(_PASSES) * len(settings.cutoffs))


def analyse_filter(subject: Subject, settings: FilterSettings) -> Found:
    """Compare accuracy on filtered images with that on the images as they are, cut-off by cut-off."""
    network = subject.network
    clean = network.clean_hits()

    def hits_of(name: str, cutoff: float) -> torch.Tensor:
        return network.hits(lambda pixels, _: _PASSES[name](pixels, cutoff, settings.mask))

    hits = {name: torch.stack([hits_of(name, cutoff) for cutoff in settings.cutoffs]) for name in _PASSES}
    left = {name: [kept(clean, one) for one in found] for name, found in hits.items()}
    accuracies = {name: [share(one) for one in found] for name, found in hits.items()}
    unchanged = share(clean).value
    baseline = Line(label="clean", x=settings.cutoffs, y=(unchanged,) * len(settings.cutoffs), kind="baseline")
    charts = (
        Chart(
            key="filter_kept",
            title="Accuracy that is left of filtered images",
            x_label=_AXIS,
            y_label="accuracy, relative to clean (%)",
            percent=True,
            lines=tuple(_line(name, found, settings) for name, found in left.items()),
        ),
        Chart(
            key="filter_accuracy",
            title="Accuracy on filtered images",
            x_label=_AXIS,
            y_label="accuracy (%)",
            percent=True,
            lines=(*(_line(name, found, settings) for name, found in accuracies.items()), baseline),
        ),
    )
    kind = "cut sharply, and ring" if settings.mask == "ideal" else "are Gaussian, of the cut-off as standard deviation"
    return Found(
        values={"low_pass_kept": kept(clean, hits["low pass"]), "high_pass_kept": kept(clean, hits["high pass"])},
        charts=charts,
        notes=(
            f"masks {kind}; a high pass takes colour out too, and leaves each image its mean brightness",
            "filtered images are unlike any that it was trained on: what is lost is not only what it used",
        ),
    )


def _line(name: str, found: list[Estimate], settings: FilterSettings) -> Line:
    return Line(
        label=name,
        x=settings.cutoffs,
        y=tuple(one.value for one in found),
        low=tuple(one.low or 0 for one in found),
        high=tuple(one.high or 0 for one in found),
    )
