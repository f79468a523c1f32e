"""What can be asked of trained networks. To add an analysis: a file in `expdb/analysis/`, an entry here, its metrics.

An entry names the function that computes it, so that listing analyses imports no torch. A test runs every entry.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from expdb.catalog.analysis_settings import (
    AgreementSettings,
    AnalysisSettings,
    AnatomySettings,
    AttentionSettings,
    CalibrationSettings,
    FilterSettings,
    FrequencySettings,
    HeatmapSettings,
    MapSettings,
    NoiseSettings,
    ShapeSettings,
    ShiftSettings,
    SizeSettings,
)
from expdb.domain.analyses.metrics import METRICS_OF
from expdb.domain.validation import checked
from expdb.errors import NotFoundError, unknown

MOST_FORWARD = 150_000  # images through a network, by default settings: about two CPU minutes of a small one


@dataclass(frozen=True, kw_only=True)
class AnalysisEntry:
    """One analysis.

    Attributes:
        title: above its charts.
        description: what it asks, in a sentence without a full stop.
        code: `module:function`; see `expdb.analysis.subject`.
        version: of what it computes.
        settings: the model of its settings.
        metrics: keys that it measures; the first says most.
        needs: the network itself, or the predictions that a run kept, or the architecture alone.
    """

    name: str
    title: str
    description: str
    code: str
    version: int = 1
    settings: type[AnalysisSettings] = AnalysisSettings
    metrics: tuple[str, ...] = ()
    needs: Literal["network", "predictions", "architecture"] = "network"


def _entry(name: str, title: str, description: str, **given: Any) -> AnalysisEntry:
    code = f"expdb.analysis.{name}:analyse_{name}"
    metrics = tuple(metric.key for metric in METRICS_OF.get(name, ()))
    return AnalysisEntry(name=name, title=title, description=description, code=code, metrics=metrics, **given)


ANALYSES: Mapping[str, AnalysisEntry] = {
    entry.name: entry
    for entry in (
        _entry(
            "frequency",
            "Spectra of feature maps",
            "which frequencies its feature maps hold, layer by layer, beside random weights and the resized image",
            settings=FrequencySettings,
        ),
        _entry(
            "noise",
            "Band-limited noise",
            "how much accuracy it loses when noise of one band of frequencies is added",
            settings=NoiseSettings,
        ),
        _entry(
            "filter",
            "Filtered images",
            "how much accuracy is left when high or low frequencies are taken out",
            settings=FilterSettings,
        ),
        _entry(
            "heatmap",
            "Fourier heat map",
            "how often it errs when one wave is added, wave by wave",
            settings=HeatmapSettings,
        ),
        _entry(
            "shape",
            "Shape against texture",
            "whether it decides by shape or texture, and what is left without the one or the other",
            settings=ShapeSettings,
        ),
        _entry(
            "agreement",
            "Agreement with people",
            "whether it errs where people err, and whether its mistakes are those that people make",
            settings=AgreementSettings,
            needs="predictions",
        ),
        _entry(
            "gradcam",
            "Grad-CAM",
            "which parts of an image speak for a class, by the gradients of a convolutional layer",
            settings=MapSettings,
        ),
        _entry(
            "attention",
            "Attention",
            "where attention looks, how far it reaches, and how far convolutions do",
            settings=AttentionSettings,
        ),
        _entry(
            "calibration",
            "Calibration",
            "whether its confidence is how often it is right",
            settings=CalibrationSettings,
        ),
        _entry(
            "shift",
            "Moved images",
            "whether its answer stays when the image moves by a few pixels",
            settings=ShiftSettings,
        ),
        _entry(
            "size",
            "Input sizes",
            "accuracy, multiply-accumulates, memory and time over sizes of the input, and which it refuses",
            settings=SizeSettings,
        ),
        _entry(
            "anatomy",
            "Anatomy",
            "its modules with shapes, parameters and multiply-accumulates, and a ViT's steps with their numbers",
            settings=AnatomySettings,
            needs="architecture",
        ),
    )
}


def analysis_entry(name: str) -> AnalysisEntry:
    """Return an analysis by its name.

    Raises:
        NotFoundError: there is none.
    """
    if name not in ANALYSES:
        raise NotFoundError(unknown("analysis", name, ANALYSES, listing="expdb analyze"))
    return ANALYSES[name]


def analysis_settings(entry: AnalysisEntry, given: Mapping[str, Any]) -> AnalysisSettings:
    """Return the settings of an analysis: its defaults, and what is given.

    Raises:
        SpecError: a setting is unknown, or has a value that it cannot have.
    """
    return checked(entry.settings, dict(given), place=entry.name)
