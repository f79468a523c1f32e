"""How often a network errs when one wave is added, wave by wave: a map over the plane of frequencies.

Source: Yin et al. 2019, "A Fourier Perspective on Model Robustness in Computer Vision", section 2.
"""

import math
from collections.abc import Callable

import numpy as np
import torch

from expdb.analysis.estimates import mean_of, share
from expdb.analysis.parts.fourier import BANDS, in_band, wave
from expdb.analysis.subject import Found, Subject
from expdb.catalog.analysis_settings import HeatmapSettings
from expdb.catalog.datasets import dataset
from expdb.data.central_crop import central_box
from expdb.domain.analyses.result import Chart, Line
from expdb.domain.spec import FOLDER_PREFIX, RunSpec
from expdb.train.input.splits import stored_side

GRID = 32  # frequencies along an axis: all that there are of images of 32 px
_MIDDLE = 0.5  # of Nyquist: where low ends and high begins

Periods = tuple[int, int]  # periods down, and to the right


def num_forward_heatmap(settings: HeatmapSettings, num_images: int, *, spec: RunSpec) -> int:  # noqa: ARG001
    """Return how many images go through the network."""
    side = _side_of(spec)
    return num_images * (1 + len(cells_of(side, side)))


def cells_of(height: int, width: int) -> list[Periods]:
    """Return one wave of each pair of mirror images: 514 of images of 32 px.

    Of larger images, every second, third ... frequency of an axis, over the whole plane, so that they are as many.
    """
    plane = [(down, right) for down in _periods(height) for right in _periods(width)]
    return [cell for cell in plane if cell >= _mirrored(cell, height, width)]


def analyse_heatmap(subject: Subject, settings: HeatmapSettings) -> Found:
    """Count the errors under each wave, with a sign drawn for each image, channel and wave."""
    network = subject.network
    num_images, num_channels, height, width = network.images.shape
    norm = settings.norm * math.sqrt(height * width) / GRID
    clean = ~network.clean_hits()
    cells = cells_of(height, width)
    generator = np.random.default_rng(settings.seed)
    errors = torch.empty(len(cells), num_images, dtype=torch.bool)
    for place, (down, right) in enumerate(cells):
        drawn = torch.from_numpy(generator.integers(0, 2, (num_images, num_channels, 1, 1)) * 2 - 1)
        added = norm * wave(down, right, height=height, width=width)
        errors[place] = ~network.hits(_adding(added, signs=drawn))
    radius = torch.tensor([math.hypot(2 * down / height, 2 * right / width) for down, right in cells])
    low, high = errors[(radius > 0) & (radius <= _MIDDLE)], errors[radius > _MIDDLE]
    values = {
        key: mean_of(found.double().mean(0))
        for key, found in (("heatmap_high_error", high), ("heatmap_low_error", low))
        if len(found)
    }
    step = _step(height)
    thinned = f", every {step}. frequency of an axis" if step > 1 else ""
    return Found(
        values=values,
        charts=(
            _map(dict(zip(cells, errors.double().mean(1).tolist(), strict=True)), height, width),
            _by_radius(errors, radius, clean),
        ),
        notes=(
            f"{len(cells)} waves of norm {norm:.3g} in each channel{thinned}; the map shows each and its mirror image",
            f"clean error is {100 * clean.double().mean().item():.1f} %; the columns leave the zero frequency out",
        ),
    )


def _adding(pattern: torch.Tensor, *, signs: torch.Tensor) -> Callable[[torch.Tensor, slice], torch.Tensor]:
    """Return a change of images that adds a pattern (H, W) with the sign of each image and channel, (N, C, 1, 1)."""
    return lambda pixels, some: pixels + signs[some] * pattern


def _periods(side: int) -> list[int]:
    """Return the periods a side that are asked, least first; half a side stands for its mirror image too."""
    most = side // 2 // _step(side)
    return [_step(side) * place for place in range(-most, most + 1) if 2 * _step(side) * place > -side]


def _step(side: int) -> int:
    return -(-side // GRID)


def _mirrored(cell: Periods, height: int, width: int) -> Periods:
    down, right = -cell[0], -cell[1]
    return (height // 2 if 2 * down == -height else down, width // 2 if 2 * right == -width else right)


def _side_of(spec: RunSpec) -> int:
    """Return the side at which images of a run's test split are stored."""
    if spec.data.dataset.startswith(FOLDER_PREFIX):
        return spec.data.img_size
    native = dataset(spec.data.dataset).img_size
    left, _, right, _ = central_box(native, native, share=spec.eval.crop)
    return stored_side(right - left, spec.data.img_size)


def _map(errors: dict[Periods, float], height: int, width: int) -> Chart:
    """Return the map of the whole plane, its edges on both sides, the zero frequency in the middle."""
    most_down, most_right = _periods(height)[-1], _periods(width)[-1]

    def at(down: int, right: int) -> float:
        cell = (
            down + height if 2 * down == -height else down,
            right + width if 2 * right == -width else right,
        )
        return errors[cell] if cell in errors else errors[_mirrored(cell, height, width)]

    rows = range(most_down, -most_down - 1, -_step(height))
    columns = range(-most_right, most_right + 1, _step(width))
    across, up = 2 * most_right / width, 2 * most_down / height
    return Chart(
        key="heatmap",
        title="Error under one wave",
        x_label="frequency across (Nyquist = 1)",
        y_label="frequency down (Nyquist = 1)",
        kind="map",
        percent=True,
        grid=tuple(tuple(at(down, right) for right in columns) for down in rows),
        extent=(-across, across, -up, up),
    )


def _by_radius(errors: torch.Tensor, radius: torch.Tensor, clean: torch.Tensor) -> Chart:
    held = [(band, errors[in_band(radius, band)]) for band in BANDS]
    known = [((low + high) / 2, mean_of(found.double().mean(0))) for (low, high), found in held if len(found)]
    middles = tuple(round(middle, 3) for middle, _ in known)
    line = Line(
        label="one wave",
        x=middles,
        y=tuple(one.value for _, one in known),
        low=tuple(one.low or 0 for _, one in known),
        high=tuple(one.high or 0 for _, one in known),
    )
    baseline = Line(label="clean", x=middles, y=(share(clean).value,) * len(middles), kind="baseline")
    return Chart(
        key="heatmap_radius",
        title="Error under one wave, by its frequency",
        x_label="middle of the band (Nyquist = 1)",
        y_label="error (%)",
        percent=True,
        lines=(line, baseline),
    )
