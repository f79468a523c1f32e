"""What analyses of trained networks measure.

A metric of an analysis is one entry here; the analysis that measures it names it in `catalog.analyses`. Of how many
images a value is, and its interval over these, stands in the analysis's result.
"""

from collections.abc import Mapping

from expdb.domain.metric import DataSplit, Metric, Unit


def _metric(
    key: str,
    heading: str,
    description: str,
    *,
    unit: Unit = "fraction",
    split: DataSplit | None = "test",
    higher_is_better: bool | None = None,
    decimals: int | None = None,
) -> Metric:
    return Metric(
        key=key,
        unit=unit,
        split=split,
        higher_is_better=higher_is_better,
        heading=heading,
        description=description,
        decimals=decimals,
        is_point=True,
    )


def _kept(key: str, heading: str, description: str) -> Metric:
    return _metric(
        key, heading, f"accuracy that is left {description}, relative to clean accuracy", higher_is_better=True
    )


# By analysis, the one that says most first. Neither way is better of what says how a network decides, and not how well.
METRICS_OF: Mapping[str, tuple[Metric, ...]] = {
    "frequency": (
        _metric(
            "feature_hf_change",
            "Feature HF change",
            "change of the high-frequency ratio within a stage, mean over stages, less that of random weights",
            unit="none",
            decimals=3,
        ),
        _metric(
            "feature_hf_ratio",
            "Feature HF ratio (%)",
            "energy above half of Nyquist in the last feature map of 4 by 4 places or more, zero frequency left out",
        ),
    ),
    "noise": (
        _metric(
            "noise_high_minus_low",
            "Noise drop, high − low",
            "noise_high_drop less noise_low_drop",
            unit="none",
            decimals=3,
        ),
        _metric(
            "noise_high_drop",
            "Noise drop, high (%)",
            "accuracy lost under noise of the bands from 0.7 to 1.0 of Nyquist, relative to clean accuracy",
        ),
        _metric(
            "noise_low_drop",
            "Noise drop, low (%)",
            "accuracy lost under noise of the bands up to 0.3 of Nyquist, relative to clean accuracy",
        ),
    ),
    "filter": (
        _kept("low_pass_kept", "Low-pass kept (%)", "when high frequencies are taken out, mean over the cut-offs"),
        _kept("high_pass_kept", "High-pass kept (%)", "when low frequencies are taken out, mean over the cut-offs"),
    ),
    "heatmap": (
        _metric(
            "heatmap_high_error",
            "Fourier error, high (%)",
            "error under one wave of a frequency above half of Nyquist, mean over the waves",
            higher_is_better=False,
        ),
        _metric(
            "heatmap_low_error",
            "Fourier error, low (%)",
            "error under one wave of a frequency up to half of Nyquist, mean over the waves",
            higher_is_better=False,
        ),
    ),
    "shape": (
        _metric(
            "shape_bias",
            "Shape bias (%)",
            "share of decisions for the shape, of those for shape or texture, on cue-conflict images",
        ),
        _metric(
            "low_frequency_preference",
            "Low-frequency preference (%)",
            "share of decisions for the low frequencies' class, of those for either, on hybrid images of two classes",
        ),
        _metric(
            "phase_preference",
            "Phase preference (%)",
            "share of decisions for the phase's class, of those for either, on images with swapped phases",
        ),
        _kept("shuffle_kept", "Shuffle kept (%)", "when 4 by 4 patches are shuffled"),
        _kept("blur_kept", "Blur kept (%)", "under a Gaussian blur, mean over its widths"),
        _kept("grey_kept", "Grey kept (%)", "without colour"),
        _kept("contrast_kept", "Contrast kept (%)", "with less contrast, mean over its strengths"),
        _kept("edges_kept", "Edges kept (%)", "when edges alone are shown"),
    ),
    "agreement": (
        _metric(
            "people_kappa",
            "People's kappa",
            "agreement with people beyond chance on which images are mistaken (CIFAR-10H)",
            unit="none",
            decimals=3,
        ),
        _metric(
            "people_agreement",
            "People's agreement (%)",
            "share of people who answer as the network does, mean over the images (CIFAR-10H)",
            higher_is_better=True,
        ),
        _metric(
            "people_mistakes",
            "Mistakes of people (%)",
            "share of its mistakes whose answer at least a tenth of people give too (CIFAR-10H)",
        ),
        _metric(
            "label_doubts",
            "Doubtful labels (%)",
            "share of its mistakes on images whose label most people do not give (CIFAR-10H)",
        ),
    ),
    "gradcam": (
        _metric(
            "map_sanity",
            "Map sanity",
            "rank correlation of its maps with those of random weights: near 0 they depend on what was learnt",
            unit="none",
            higher_is_better=None,
            decimals=3,
        ),
    ),
    "attention": (
        _metric(
            "attention_distance",
            "Attention distance (px)",
            "mean distance in pixels from which attention takes, over heads, layers and queries",
            unit="none",
            decimals=1,
        ),
        _metric(
            "receptive_field",
            "Effective receptive field (px)",
            "side of the square of pixels that holds 95 % of the gradient of a central feature",
            unit="none",
            decimals=1,
        ),
    ),
    "calibration": (
        _metric(
            "fitted_temperature",
            "Fitted temperature",
            "what logits are divided by for the least NLL, fitted on one half of the test images",
            unit="none",
            decimals=3,
        ),
        _metric(
            "tempered_ece",
            "ECE, tempered (%)",
            "expected calibration error at that temperature, on the other half",
            higher_is_better=False,
        ),
    ),
    "shift": (
        _metric(
            "shift_consistency",
            "Shift consistency (%)",
            "share of answers that stay when the image is moved by 1 to 4 px",
            higher_is_better=True,
        ),
    ),
}


_ANALYSIS_OF = {metric.key: name for name, metrics in METRICS_OF.items() for metric in metrics}


def conditions_key(analysis: str) -> str:
    """Return under which key stands how runs were analysed: a number that is equal where they were analysed alike."""
    return f"{analysis}_conditions"


def analysis_of_metric(key: str) -> str | None:
    """Return which analysis measures a metric; None: none does."""
    return _ANALYSIS_OF.get(key)


def _conditions(analysis: str) -> Metric:
    return _metric(
        conditions_key(analysis),
        f"Conditions of {analysis}",
        f"names version, settings and images of the analysis {analysis}: equal where runs were analysed alike",
        unit="none",
        split=None,
        decimals=0,
    )


ANALYSIS_METRICS = tuple(metric for name, metrics in METRICS_OF.items() for metric in (*metrics, _conditions(name)))
