"""Whether a network decides by shape or by texture, and how much accuracy is left without the one or the other.

Sources: cue conflict, see `parts/cue_conflict.py`; what is done to images, see `parts/image_changes.py`. Which
frequencies a network decides by (hybrid images) is not the same as shape or texture.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import torch

from expdb.analysis.estimates import kept, preference, share
from expdb.analysis.network import Network
from expdb.analysis.parts import image_changes
from expdb.analysis.parts.chart_lines import line_of
from expdb.analysis.parts.cue_conflict import decide, find_stimuli, is_imagenet, most_stimuli
from expdb.analysis.parts.shape_bias import of_images, read_responses, shape_bias
from expdb.analysis.parts.shape_bias_chart import about_stimuli, published_listing, shape_bias_chart
from expdb.analysis.subject import Found, NotApplicableError, Subject
from expdb.catalog.analysis_settings import ShapeSettings
from expdb.catalog.class_names import names_of_classes
from expdb.domain.analyses.result import Chart, Estimate, Listing
from expdb.domain.spec import RunSpec
from expdb.errors import DataError, SpecError

SHUFFLE_GRID = 4  # of the metric

_KEPT = "accuracy kept (% of clean)"
_FEW_HITS = 10
ImageChange = Callable[[torch.Tensor, slice], torch.Tensor]


def num_forward_shape(settings: ShapeSettings, num_images: int, *, spec: RunSpec) -> int:
    """Return how many images go through the network, where all cue-conflict images are at hand."""
    strengths = (settings.cutoffs, settings.grids, settings.blurs, settings.contrasts)
    is_colour = spec.data.channels == 3
    passes = sum(map(len, strengths)) + 4 + is_colour  # as they are, phase, edges, style
    stimuli = most_stimuli(names_of_classes(spec.data.dataset, spec.data.num_classes)) if is_colour else 0
    return passes * num_images + stimuli


def analyse_shape(subject: Subject, settings: ShapeSettings) -> Found:
    """Ask about images of conflicting cues, about images mixed of two, and about images that lost something."""
    network = subject.network
    _check_grids(settings, network)
    mixed = _Parts()
    partners = other_class_partners(network.labels, settings.seed)
    if partners is None:
        mixed.notes.append("hybrid images, phase and style: not measured, for the images are of one class")
    else:
        _ask_about_hybrids(network, partners, settings, mixed)
        _ask_about_phase(network, partners, mixed)
    _ask_about_changes(network, partners, settings, mixed)
    digest = _ask_about_conflicts(subject, settings, mixed)
    return Found(
        values=mixed.values,
        charts=tuple(mixed.charts),
        listings=tuple(mixed.listings),
        notes=tuple(mixed.notes),
        data_digest=digest,
    )


@dataclass(kw_only=True)
class _Parts:
    """What was found so far."""

    values: dict[str, Estimate] = field(default_factory=dict)
    charts: list[Chart] = field(default_factory=list)
    listings: list[Listing] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def other_class_partners(labels: torch.Tensor, seed: int) -> torch.Tensor | None:
    """Return for each image the place of another, drawn from those of other classes, (N,); None of a single class."""
    order = torch.argsort(labels, stable=True)
    counts = torch.bincount(labels)
    if int((counts > 0).sum()) < 2:
        return None
    starts = (counts.cumsum(0) - counts)[labels]
    own = counts[labels]
    drawn = torch.rand(len(labels), generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    place = (drawn * (len(labels) - own)).long()
    return order[torch.where(place < starts, place, place + own)]


def _answers(network: Network, change: ImageChange) -> torch.Tensor:
    """Return the class that the network takes each image for after a change, (N,)."""
    pixels = ((some, network.images[some].float() / 255) for some in network.batches())
    return torch.cat([network.logits(change(images, some)).argmax(1) for some, images in pixels])


def _with_partner(
    network: Network, partners: torch.Tensor, mixed: Callable[[torch.Tensor, torch.Tensor], torch.Tensor]
) -> ImageChange:
    """Return the change that mixes images with those of their partners."""
    return lambda pixels, some: mixed(pixels, network.images[partners[some]].float() / 255)


def _ask_about_hybrids(network: Network, partners: torch.Tensor, settings: ShapeSettings, parts: _Parts) -> None:
    low_labels, high_labels = network.labels, network.labels[partners]
    low, high = [], []
    for cutoff in settings.cutoffs:
        answers = _answers(network, _with_partner(network, partners, partial(image_changes.hybrid_of, cutoff=cutoff)))
        low.append(answers == low_labels)
        high.append(answers == high_labels)
    found = preference(torch.stack(low), torch.stack(high))
    if found is None:
        parts.notes.append("hybrid images: it decides for neither class")
        return
    parts.values["low_frequency_preference"] = found
    decided = [one | other for one, other in zip(low, high, strict=True)]
    shares = [share(one[either]) if either.any() else None for one, either in zip(low, decided, strict=True)]
    parts.charts.append(
        Chart(
            key="hybrid",
            title="Hybrid images of two classes",
            x_label="cut-off (Nyquist)",
            y_label="decisions for the low frequencies (%)",
            percent=True,
            lines=(line_of("low-frequency preference", settings.cutoffs, shares),),
        )
    )
    if not all(either.any() for either in decided):
        parts.notes.append("hybrid images: the mean is over those cut-offs at which it decides for either class")


def _ask_about_phase(network: Network, partners: torch.Tensor, parts: _Parts) -> None:
    answers = _answers(network, _with_partner(network, partners, image_changes.with_phase_of))
    is_phase = answers == network.labels[partners]
    either = is_phase | (answers == network.labels)
    if either.any():
        parts.values["phase_preference"] = share(is_phase[either])
    else:
        parts.notes.append("amplitude and phase: it decides for neither class")


def _ask_about_changes(network: Network, partners: torch.Tensor | None, settings: ShapeSettings, parts: _Parts) -> None:
    clean = network.clean_hits()
    if not clean.any():
        parts.notes.append("changed images: it gets no image right as they are, so that nothing could be kept")
        return
    if int(clean.sum()) < _FEW_HITS:
        parts.notes.append(f"changed images: only {int(clean.sum())} are right as they are; what is kept says little")
    strengths: tuple[tuple[str, str, str, Sequence[float], Callable[[float], ImageChange]], ...] = (
        ("shuffle", "Shuffled patches", "patches a side", settings.grids, _shuffling(network, settings.seed)),
        ("blur", "Blurred images", "standard deviation (px)", settings.blurs, _plain(image_changes.blurred)),
        ("contrast", "Images of less contrast", "contrast", settings.contrasts, _plain(image_changes.with_contrast)),
    )
    for key, title, x_label, values, change in strengths:
        hits = {value: network.hits(change(value)) for value in values}
        estimates = [kept(clean, one) for one in hits.values()]
        if key != "shuffle":
            parts.values[f"{key}_kept"] = kept(clean, torch.stack(list(hits.values())))
        elif SHUFFLE_GRID in hits:
            parts.values["shuffle_kept"] = estimates[list(hits).index(SHUFFLE_GRID)]
        line = line_of("accuracy kept", list(hits), estimates)
        parts.charts.append(Chart(key=key, title=title, x_label=x_label, y_label=_KEPT, percent=True, lines=(line,)))
    others: dict[str, ImageChange] = {"edges alone": lambda pixels, _: image_changes.edges_alone(pixels)}
    if network.images.shape[1] == 3:
        others = {"grey": lambda pixels, _: image_changes.without_colour(pixels), **others}
    if partners is not None:
        others["another's colours"] = _with_partner(network, partners, image_changes.with_style_of)
    found = {name: kept(clean, network.hits(change)) for name, change in others.items()}
    for name, key in (("grey", "grey_kept"), ("edges alone", "edges_kept")):
        if name in found:
            parts.values[key] = found[name]
    parts.charts.append(
        Chart(
            key="changes",
            title="Images without colour, of edges alone, and of another's mean and contrast",
            x_label="what is done",
            y_label=_KEPT,
            kind="bars",
            percent=True,
            lines=(line_of("accuracy kept", list(found), list(found.values())),),
        )
    )


def _plain(change: Callable[[torch.Tensor, float], torch.Tensor]) -> Callable[[float], ImageChange]:
    return lambda strength: lambda pixels, _: change(pixels, strength)


def _shuffling(network: Network, seed: int) -> Callable[[float], ImageChange]:
    def of_grid(grid: float) -> ImageChange:
        generator = torch.Generator().manual_seed(seed)
        order = torch.rand(len(network.images), int(grid) ** 2, generator=generator).argsort(1)
        return lambda pixels, some: image_changes.shuffled(pixels, order[some])

    return of_grid


def _check_grids(settings: ShapeSettings, network: Network) -> None:
    side = min(network.images.shape[-2:])
    for grid in settings.grids:
        if not 1 <= grid <= side:
            raise SpecError(f"grids: {grid} patches a side cannot be had of images of {side} px: choose 1 to {side}")
    for name, values, most in (("blurs", settings.blurs, side / 3), ("contrasts", settings.contrasts, 1.0)):
        for value in values:
            if not 0 < value <= most:
                raise SpecError(f"{name}: {value:g} is not above 0 and at most {most:g}")


def _ask_about_conflicts(subject: Subject, settings: ShapeSettings, parts: _Parts) -> str:
    """Add what cue conflict says; return the digest of all images that were looked at."""
    network = subject.network
    folder = subject.data_dir / Path(settings.cue_conflict).expanduser()
    if settings.cue_conflict != type(settings)().cue_conflict and not folder.is_dir():
        raise DataError(f"cue_conflict: no folder {str(folder)!r}")
    try:
        stimuli = find_stimuli(folder, subject.class_names, channels=network.images.shape[1])
    except NotApplicableError as error:
        parts.notes.append(str(error))
        return network.data_digest
    decisions = decide(network, stimuli)
    published = {
        name: of_images(some, [decision.image for decision in decisions])
        for name, some in read_responses(folder / "responses").items()
    }
    bias = shape_bias(decisions)
    if bias is None:
        parts.notes.append("cue conflict: it decides for neither shape nor texture")
    else:
        parts.values["shape_bias"] = bias
    parts.charts.append(shape_bias_chart(decisions, published.get("people", [])))
    if published:
        parts.listings.append(published_listing(published))
    parts.notes.append(about_stimuli(stimuli, is_partial=not is_imagenet(subject.class_names)))
    hasher = hashlib.blake2b(network.data_digest.encode(), digest_size=8)
    for file in stimuli.files:
        hasher.update(file.read_bytes())
    return hasher.hexdigest()
