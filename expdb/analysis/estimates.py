"""Numbers over images with their 95 % intervals: what every analysis reports of what it counted."""

import numpy as np
import numpy.typing as npt
import torch

from expdb.analysis.subject import NotApplicableError
from expdb.domain.analyses.result import Estimate
from expdb.report.stats.intervals import sample_of, t_interval, wilson_interval

DRAWS = 2_000
_SEED = 0  # of the bootstrap alone, so that the same images give the same interval


def share(hits: torch.Tensor) -> Estimate:
    """Return the share of what is true of (N,) bool, with Wilson's interval; 0 of none has no interval."""
    if not len(hits):
        return Estimate(value=0.0, n=0)
    value = hits.double().mean().item()
    found = wilson_interval(value, len(hits))
    return Estimate(value=value, n=len(hits), low=found.low, high=found.high)


def mean_of(values: torch.Tensor) -> Estimate:
    """Return the mean of one number of each image, (N,), with Student's interval."""
    listed = values.double().tolist()
    found = t_interval(sample_of(listed)) if len(listed) > 1 else None
    return Estimate(
        value=float(np.mean(listed)),
        n=len(listed),
        low=found.low if found else None,
        high=found.high if found else None,
    )


def kept(clean: torch.Tensor, changed: torch.Tensor) -> Estimate:
    """Return accuracy after a change relative to that before: (N,) bool each, of the same images.

    Of several changes of the same images, (K, N), it is the mean over them. The interval is a percentile bootstrap over
    images, which draws an image with all that was done to it.

    Raises:
        NotApplicableError: no image is right before the change.
    """
    before = _right_before(clean)
    after = _of_each(changed)
    drawn = _drawn(np.stack([before, after]))
    ratios = drawn[1] / np.maximum(drawn[0], 1e-12)
    return _estimate(float(after.mean() / before.mean()), ratios, len(before))


def kept_difference(clean: torch.Tensor, one: torch.Tensor, other: torch.Tensor) -> Estimate:
    """Return what `kept` gives of `one` less what it gives of `other`, with the interval of the difference.

    Raises:
        NotApplicableError: no image is right before the change.
    """
    before = _right_before(clean)
    first, second = (_of_each(hits) for hits in (one, other))
    drawn = _drawn(np.stack([before, first - second]))
    differences = drawn[1] / np.maximum(drawn[0], 1e-12)
    return _estimate(float((first - second).mean() / before.mean()), differences, len(before))


def _right_before(clean: torch.Tensor) -> npt.NDArray[np.float64]:
    if not clean.any():
        raise NotApplicableError(
            f"it gets none of {len(clean):,} images right: there is no accuracy to lose; take more images, or another "
            "run"
        )
    return clean.numpy().astype(np.float64)


def preference(one: torch.Tensor, other: torch.Tensor) -> Estimate | None:
    """Return the share of decisions for the one, of those for either: the mean over (K, N) bool, of K rows alike.

    `n` counts the decisions. A row without any does not count; None where no row has any. The interval is a percentile
    bootstrap over images.
    """
    decided = (one | other).any(1)
    if not decided.any():
        return None
    first, second = (hits[decided].double().numpy() for hits in (one, other))
    means = _drawn(np.concatenate([first, second])).reshape(2, len(first), -1)
    both = means.sum(0)
    num_decided = (both > 0).sum(0)  # rows of each draw in which any decision is left
    shares = (means[0] / np.maximum(both, 1e-12)).sum(0)[num_decided > 0] / num_decided[num_decided > 0]
    value = float((first.sum(1) / (first + second).sum(1)).mean())
    return _estimate(value, shares, int((one | other).sum()))


def consistency(right: torch.Tensor, likely: torch.Tensor) -> Estimate | None:
    """Return Cohen's kappa of right and wrong, (N,) bool, with somebody who is right about each image so likely.

    Observed is the mean over images of c p + (1 - c)(1 - p), expected the same of the means of c and p, kappa is
    (observed - expected) / (1 - expected); None where nothing is left beyond chance. The interval is a percentile
    bootstrap over images.

    Source: Geirhos et al. 2020, "Beyond accuracy: quantifying trial-by-trial behaviour of CNNs and humans by measuring
    error consistency", equations 1 to 3, with a person drawn anew for each image.
    """
    c, p = (values.double().numpy() for values in (right, likely))
    rows = np.stack([c, p, c * p + (1 - c) * (1 - p)])

    def kappas(means: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        expected = means[0] * means[1] + (1 - means[0]) * (1 - means[1])
        found: npt.NDArray[np.float64] = (means[2] - expected)[expected < 1] / (1 - expected)[expected < 1]
        return found

    own = kappas(rows.mean(1, keepdims=True))
    return _estimate(float(own[0]), kappas(_drawn(rows)), len(c)) if len(own) else None


def _of_each(hits: torch.Tensor) -> npt.NDArray[np.float64]:
    """Return the share of hits of each image over what was done to it: (K, N) or (N,) bool."""
    found: npt.NDArray[np.float64] = hits.reshape(-1, hits.shape[-1]).double().mean(0).numpy()
    return found


def _drawn(rows: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return the means of rows (R, N) over images drawn with replacement, (R, DRAWS)."""
    generator = np.random.default_rng(_SEED)
    num_images = rows.shape[1]
    counts = generator.multinomial(num_images, np.full(num_images, 1 / num_images), size=DRAWS)
    found: npt.NDArray[np.float64] = rows @ counts.T / num_images
    return found


def _estimate(value: float, drawn: npt.NDArray[np.float64], num_images: int) -> Estimate:
    low, high = np.quantile(drawn, [0.025, 0.975])
    return Estimate(value=value, n=num_images, low=float(low), high=float(high))
