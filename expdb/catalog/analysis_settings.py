"""What analyses can be told: their settings and the defaults of these."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class AnalysisSettings(BaseModel):
    """What every analysis can be told.

    Attributes:
        images: at most so many of the test split, as many of each class as can be; 0: all.
        seed: of whatever is drawn: noise, pairs, order.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    images: int = Field(2_000, ge=0)
    seed: int = Field(0, ge=0)


class FrequencySettings(AnalysisSettings):
    """Of feature-map spectra: `cutoff` of the high-frequency ratio, in Nyquist; random networks to compare with."""

    images: int = Field(256, ge=1)
    cutoff: float = Field(0.5, gt=0, lt=1.4)
    random_networks: int = Field(3, ge=0, le=10)


class NoiseSettings(AnalysisSettings):
    """Of band-limited noise: its `norms` an image, over all channels, pixels in [0, 1]; the first is the metrics'."""

    images: int = Field(5_000, ge=0)
    norms: tuple[Positive, ...] = Field((4.0, 2.0), min_length=1)


class FilterSettings(AnalysisSettings):
    """Of filtered images: `cutoffs` in Nyquist; masks that cut sharply, or Gaussian ones of that width."""

    images: int = Field(5_000, ge=0)
    cutoffs: tuple[Positive, ...] = Field((0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.7, 1.0), min_length=1)
    mask: Literal["ideal", "gaussian"] = "ideal"


class HeatmapSettings(AnalysisSettings):
    """Of the Fourier heat map: the `norm` of a wave at 32 px; it grows with the side of the image."""

    images: int = Field(250, ge=1)
    norm: float = Field(4.0, gt=0)


class ShapeSettings(AnalysisSettings):
    """Of shape against texture: where the cue-conflict images are, and how strong each change is."""

    images: int = Field(2_000, ge=0)
    cue_conflict: str = "cue-conflict"
    cutoffs: tuple[float, ...] = Field((0.1, 0.2, 0.3, 0.4, 0.5), min_length=1)
    grids: tuple[int, ...] = Field((2, 4, 8), min_length=1)
    blurs: tuple[float, ...] = Field((0.5, 1.0, 2.0), min_length=1)
    contrasts: tuple[float, ...] = Field((0.5, 0.3, 0.15), min_length=1)


class AgreementSettings(AnalysisSettings):
    """Of agreement with people: where their answers are."""

    images: int = Field(0, ge=0)
    labels: str = "cifar-labels"


class GallerySettings(AnalysisSettings):
    """Of maps over images: how many are `shown` of each kind (drawn, confident mistakes, confident hits).

    Attributes:
        images: from which they are chosen.
        compared: images whose maps are compared with those of networks with random weights.
        random_networks: how many of these.
    """

    images: int = Field(2_000, ge=0)
    shown: int = Field(16, ge=1, le=100)
    compared: int = Field(128, ge=2)
    random_networks: int = Field(3, ge=1, le=10)


class MapSettings(GallerySettings):
    """Of explanation maps: the `layer` by its name, the deepest with 7 by 7 places or more where it is empty."""

    layer: str = ""


class AttentionSettings(GallerySettings):
    """Of attention maps: how many images distances and receptive fields are averaged over."""

    distance_images: int = Field(256, ge=2)


class AnatomySettings(AnalysisSettings):
    """Of anatomy, which looks at no images of a dataset: how deep the tree of modules is shown."""

    images: int = Field(0, ge=0, le=0)
    depth: int = Field(3, ge=1, le=20)


class CalibrationSettings(AnalysisSettings):
    """Of calibration: `bins` of equal width in confidence."""

    images: int = Field(0, ge=0)
    bins: int = Field(15, ge=2, le=100)


class ShiftSettings(AnalysisSettings):
    """Of moved images: by how many pixels, in each of four directions; what comes in mirrors the image."""

    shifts: tuple[int, ...] = Field((1, 2, 3, 4), min_length=1)


class SizeSettings(AnalysisSettings):
    """Of input sizes: `sides` in pixels; empty: half, three quarters, once, one and a half times, twice the own."""

    images: int = Field(1_000, ge=1)
    sides: tuple[int, ...] = ()
