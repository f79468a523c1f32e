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
