"""The temperature: what logits are divided by so that the negative log-likelihood of the true classes is least.

Source: Guo, Pleiss, Sun and Weinberger 2017, "On calibration of modern neural networks", section 4.2.
"""

import math
from dataclasses import dataclass

import torch

LEAST, MOST = 0.01, 100.0
_HALVINGS = 40  # to eleven digits
_Z = 1.959963984540054  # of a 95 % interval


@dataclass(frozen=True, kw_only=True)
class Fitted:
    """A temperature.

    Attributes:
        low, high: ends of its 95 % interval over images; None where that is not defined.
        is_at_end: none in the range that is searched is better than its end.
    """

    temperature: float
    low: float | None
    high: float | None
    is_at_end: bool


def fit_temperature(logits: torch.Tensor, labels: torch.Tensor) -> Fitted:
    """Return the temperature of logits (N, C) of images of these classes, (N,).

    In 1/T the likelihood is concave: the place where its slope is 0 is found by halving. The interval is that of an
    M-estimator (the sandwich of White 1982): the spread of the images' slopes over their mean curvature.
    """
    logits = logits.double()
    own = logits.gather(1, labels[:, None])[:, 0]

    def slopes(inverse: float) -> torch.Tensor:
        """Return d nll / d(1/T) of each image: the mean logit that it expects, less that of the true class."""
        return ((logits * inverse).softmax(1) * logits).sum(1) - own

    low, high = 1 / MOST, 1 / LEAST
    if slopes(low).sum() >= 0 or slopes(high).sum() <= 0:
        end = low if slopes(low).sum() >= 0 else high
        return Fitted(temperature=1 / end, low=None, high=None, is_at_end=True)
    for _ in range(_HALVINGS):
        middle = math.sqrt(low * high)
        if slopes(middle).sum() > 0:
            high = middle
        else:
            low = middle
    inverse = math.sqrt(low * high)
    probabilities = (logits * inverse).softmax(1)
    curvature = ((probabilities * logits**2).sum(1) - (probabilities * logits).sum(1) ** 2).mean().item()
    spread = slopes(inverse).std().item() / math.sqrt(len(labels)) if len(labels) > 1 else math.nan
    half = _Z * spread / curvature if curvature > 0 else math.nan
    is_known = half < inverse
    return Fitted(
        temperature=1 / inverse,
        low=1 / (inverse + half) if is_known else None,
        high=1 / (inverse - half) if is_known else None,
        is_at_end=False,
    )
