"""Which frequencies the feature maps of a network hold, layer by layer.

Source: Park and Kim 2022, "How Do Vision Transformers Work?", figures 2a and 8, and their notebooks. The share of
energy at high frequencies, and what it is read against (random weights, the resized image), are this project's:
amplitude relative to zero frequency says as much of a map's mean as of its spectrum, and down-sampling raises every
frequency.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

import torch
from torch import nn
from torch.nn import functional

from expdb.analysis.estimates import mean_of
from expdb.analysis.network import Network
from expdb.analysis.parts.feature_taps import Tap, tapped
from expdb.analysis.parts.fourier import high_frequency_ratio, log_amplitudes, spectrum_of, tells_high_from_low
from expdb.analysis.subject import Found, NotApplicableError, Subject
from expdb.catalog.analysis_settings import FrequencySettings
from expdb.domain.analyses.result import Chart, Estimate, Line, Listing
from expdb.domain.spec import RunSpec
from expdb.train.model.teacher import fresh_network

_MOST_AT_ONCE = 2**21  # numbers of maps whose spectrum is computed at once: 32 MiB of it


@dataclass(kw_only=True)
class TapSpectrum:
    """What was read at one place of a network.

    Attributes:
        side, channels: of its maps.
        ratios: high-frequency ratio of each image, (N,); NaN where a map shows no pattern.
        logs: log amplitude along the diagonal, (N, K), mean over channels.
        variances: over space, (N,), mean over channels.
    """

    tap: Tap
    side: int
    channels: int
    ratios: torch.Tensor
    logs: torch.Tensor
    variances: torch.Tensor

    @property
    def deltas(self) -> list[float]:
        """Mean log amplitude less that at zero frequency, of frequencies 2 k / side."""
        means = self.logs.mean(0)
        return (means - means[0]).tolist()


def num_forward_frequency(settings: FrequencySettings, num_images: int, *, spec: RunSpec) -> int:  # noqa: ARG001
    """Return how many images go through the network, and through random ones."""
    return num_images * (1 + settings.random_networks)


def analyse_frequency(subject: Subject, settings: FrequencySettings) -> Found:
    """Read the spectra of the network's maps, of as many with random weights, and of the resized images."""
    network, cutoff = subject.network, settings.cutoff
    own = spectra_of(network, network.model, cutoff)
    if not own:
        raise NotApplicableError(
            f"{type(network.model).__name__} has no feature map of more than one place at "
            f"{network.spec.data.img_size} px: analyse a run on larger images"
        )
    seeds = range(settings.seed + 1, settings.seed + 1 + settings.random_networks)
    random = [spectra_of(network, _random_model(network, seed), cutoff) for seed in seeds]
    resized = _ratios_of_input(network, {one.side for one in own}, cutoff)
    values, notes = _values(own, random, cutoff)
    notes += (
        "frequencies are of each map's own grid: read them within a stage (maps of one side), against random weights",
        "a step from stage to stage is mostly down-sampling: the resized image takes it too",
        "the amplitude relative to zero frequency depends on a map's mean, the high-frequency ratio does not",
    )
    if random:
        notes += (f"random weights: mean of {len(random)} networks as drawn, in evaluation mode, on the same images",)
    rows = _rows(own, random, resized, cutoff)
    return Found(values=values, charts=_charts(own, rows, cutoff), listings=(_listing(own, rows),), notes=notes)


def spectra_of(network: Network, model: nn.Module, cutoff: float) -> list[TapSpectrum]:
    """Return what is read of a model that sees the network's images, in the order of computing.

    Args:
        network: whose images.
        model: the network's, or another of the same run.
        cutoff: of the high-frequency ratio.
    """
    parts: dict[str, list[TapSpectrum]] = {}

    def see(tap: Tap, maps: torch.Tensor) -> None:
        at_once = max(1, _MOST_AT_ONCE // maps[0].numel())
        for some in torch.split(maps.cpu(), at_once):
            parts.setdefault(tap.name, []).append(_spectrum(tap, some, cutoff))

    with tapped(model, see), torch.no_grad():
        for some in network.batches():
            model(network.prepared(network.images[some].float() / 255))
            network.count(some.stop - some.start)
    return [
        TapSpectrum(
            tap=found[0].tap,
            side=found[0].side,
            channels=found[0].channels,
            ratios=torch.cat([one.ratios for one in found]),
            logs=torch.cat([one.logs for one in found]),
            variances=torch.cat([one.variances for one in found]),
        )
        for found in parts.values()
    ]


def change_in_stages(taps: Sequence[TapSpectrum], cutoff: float) -> torch.Tensor | None:
    """Return how the ratio of each image changes from the first to the last map of a stage, (N,), mean over stages.

    A stage is the maps of one side that follow each other; one of a single map does not count. None where no stage has
    both high and low frequencies.
    """
    changes = [
        stage[-1].ratios - stage[0].ratios
        for stage in _stages(taps)
        if len(stage) > 1 and tells_high_from_low(stage[0].side, cutoff)
    ]
    return torch.stack(changes).mean(0) if changes else None


def _spectrum(tap: Tap, maps: torch.Tensor, cutoff: float) -> TapSpectrum:
    spectrum = spectrum_of(maps)
    side = maps.shape[-1]
    return TapSpectrum(
        tap=tap,
        side=side,
        channels=maps.shape[1],
        ratios=high_frequency_ratio(spectrum, width=side, cutoff=cutoff),
        logs=log_amplitudes(spectrum),
        variances=maps.double().var((-2, -1), correction=0).mean(1),
    )


def _random_model(network: Network, seed: int) -> nn.Module:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return fresh_network(network.spec, torch.device("cpu")).to(network.device)


def _ratios_of_input(network: Network, sides: set[int], cutoff: float) -> dict[int, float]:
    """Return the ratio of the images that the network sees, averaged to grids of these sides."""
    found: dict[int, list[torch.Tensor]] = {side: [] for side in sides}
    for some in network.batches():
        seen = network.prepared(network.images[some].float() / 255).cpu()
        for side, ratios in found.items():
            spectrum = spectrum_of(functional.adaptive_avg_pool2d(seen, side))
            ratios.append(high_frequency_ratio(spectrum, width=side, cutoff=cutoff))
    return {side: _mean(torch.cat(ratios)) for side, ratios in found.items()}


def _values(
    own: Sequence[TapSpectrum], random: Sequence[Sequence[TapSpectrum]], cutoff: float
) -> tuple[dict[str, Estimate], tuple[str, ...]]:
    """Return the metrics, and why one is left out or is not of the last map."""
    values: dict[str, Estimate] = {}
    notes: list[str] = []
    fine = [one for one in own if tells_high_from_low(one.side, cutoff) and not one.ratios.isnan().all()]
    if not fine:
        notes.append("feature_hf_ratio is not measured: no map has both high and low frequencies")
    else:
        values["feature_hf_ratio"] = mean_of(_known(fine[-1].ratios))
        if fine[-1] is not own[-1]:
            notes.append(
                f"feature_hf_ratio is of {fine[-1].tap.name} ({_grid(fine[-1].side)}): maps after it are too coarse to "
                "have high and low frequencies"
            )
    change = change_in_stages(own, cutoff)
    drawn = [found for one in random if (found := change_in_stages(one, cutoff)) is not None]
    if change is None:
        notes.append("feature_hf_change is not measured: no stage has two maps with high and low frequencies")
    elif not drawn:
        notes.append("feature_hf_change is not measured: there is no random network to compare with")
    else:
        beyond = _known(change - torch.stack(drawn).mean(0))
        if len(beyond):
            values["feature_hf_change"] = mean_of(beyond)
    return values, tuple(notes)


@dataclass(frozen=True, kw_only=True)
class _Row:
    """Of one place: the network's, random weights' and the resized image's ratio; variance of the first two."""

    depth: float
    ratio: Estimate | None
    of_random: float | None
    of_input: float | None
    variance: Estimate
    variance_of_random: float | None


def _rows(
    own: Sequence[TapSpectrum],
    random: Sequence[Sequence[TapSpectrum]],
    resized: Mapping[int, float],
    cutoff: float,
) -> list[_Row]:
    rows = []
    for place, one in enumerate(own):
        is_told = tells_high_from_low(one.side, cutoff)
        same = [taps[place] for taps in random]
        rows.append(
            _Row(
                depth=place / max(1, len(own) - 1),
                ratio=mean_of(known) if is_told and len(known := _known(one.ratios)) else None,
                of_random=_finite(sum(_mean(tap.ratios) for tap in same) / len(same)) if is_told and same else None,
                of_input=_finite(resized[one.side]) if is_told else None,
                variance=mean_of(one.variances),
                variance_of_random=sum(_mean(tap.variances) for tap in same) / len(same) if same else None,
            )
        )
    return rows


def _charts(own: Sequence[TapSpectrum], rows: Sequence[_Row], cutoff: float) -> tuple[Chart, ...]:
    depths = tuple(round(row.depth, 4) for row in rows)
    spectra = [
        Line(label=one.tap.name, x=tuple(2 * k / one.side for k in range(len(deltas))), y=tuple(deltas))
        for one in own
        if len(deltas := one.deltas) > 1
    ]
    of_random = _baseline("random weights", depths, [row.of_random for row in rows])
    of_input = _baseline("resized image", depths, [row.of_input for row in rows])
    variance_of_random = _baseline("random weights", depths, [row.variance_of_random for row in rows])
    return (
        Chart(
            key="frequency_ratio",
            title=f"Energy above {cutoff:g} of Nyquist",
            x_label="depth (first 0, last 1)",
            y_label="high-frequency ratio (%)",
            percent=True,
            lines=(*_by_stage(own, depths, [row.ratio for row in rows]), *of_random, *of_input),
        ),
        Chart(
            key="frequency_delta",
            title="Spectra of feature maps along the diagonal",
            x_label="frequency (Nyquist = 1)",
            y_label="log amplitude less that at 0",
            lines=tuple(spectra),
        ),
        Chart(
            key="frequency_variance",
            title="Feature maps over space",
            x_label="depth (first 0, last 1)",
            y_label="variance",
            lines=(*_by_stage(own, depths, [row.variance for row in rows]), *variance_of_random),
        ),
    )


def _by_stage(own: Sequence[TapSpectrum], depths: Sequence[float], values: Sequence[Estimate | None]) -> list[Line]:
    """Return one line a stage, so that none crosses a change of the grid; with intervals where all maps have them."""
    lines, start = [], 0
    for stage in _stages(own):
        places = slice(start, start + len(stage))
        start += len(stage)
        found = values[places]
        ends = [(one.low, one.high) for one in found if one and one.low is not None and one.high is not None]
        if any(found):
            lines.append(
                Line(
                    label=_grid(stage[0].side),
                    x=tuple(depths[places]),
                    y=tuple(one.value if one else None for one in found),
                    low=tuple(low for low, _ in ends) if len(ends) == len(found) else (),
                    high=tuple(high for _, high in ends) if len(ends) == len(found) else (),
                )
            )
    return lines


def _baseline(label: str, depths: tuple[float, ...], values: list[float | None]) -> list[Line]:
    kind: Literal["baseline"] = "baseline"
    known = [value for value in values if value is not None]
    return [Line(label=label, x=depths, y=tuple(values), kind=kind)] if known else []


def _listing(own: Sequence[TapSpectrum], rows: Sequence[_Row]) -> Listing:
    return Listing(
        key="frequency_taps",
        title="Feature maps in their order, with their high-frequency ratios",
        headings=("map", "after", "shape", "delta", "ratio", "random", "resized", "variance"),
        rows=tuple(
            (
                one.tap.name,
                one.tap.kind,
                f"{one.channels} x {_grid(one.side)}",
                _rounded(one.deltas[-1] if len(one.deltas) > 1 else None),
                _rounded(row.ratio.value if row.ratio else None),
                _rounded(row.of_random),
                _rounded(row.of_input),
                row.variance.value,
            )
            for one, row in zip(own, rows, strict=True)
        ),
    )


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3)


def _stages(taps: Sequence[TapSpectrum]) -> list[list[TapSpectrum]]:
    return [list(stage) for _, stage in groupby(taps, key=lambda one: one.side)]


def _grid(side: int) -> str:
    return f"{side} x {side}"


def _known(values: torch.Tensor) -> torch.Tensor:
    return values[~values.isnan()]


def _mean(values: torch.Tensor) -> float:
    return values.nanmean().item()


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
