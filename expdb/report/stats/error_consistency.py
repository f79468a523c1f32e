"""Whether two models err on the same images: Cohen's kappa of right and wrong answers."""

import numpy as np
from numpy.typing import NDArray

from expdb.report.stats.mcnemar import discordant


def kappa(correct_a: NDArray[np.bool_], correct_b: NDArray[np.bool_]) -> float | None:
    """Return the error consistency of two models: 1 the same errors, 0 as of independent models, negative below that.

    None where both are right, or both wrong, on every image: then nothing is left that chance does not explain.

    Raises:
        ValueError: the vectors are empty, not boolean, or not of the same length.

    Source: Geirhos et al., Beyond accuracy: quantifying trial-by-trial behaviour of CNNs and humans by measuring
    error consistency (2020), section 2 (Cohen's kappa of right and wrong).
    """
    lost, gained, num_images = discordant(correct_a, correct_b)
    right_a, right_b = int(np.count_nonzero(correct_a)), int(np.count_nonzero(correct_b))
    # All times N^2, in whole numbers: exact also where nearly all agree.
    expected = right_a * right_b + (num_images - right_a) * (num_images - right_b)
    if expected == num_images**2:
        return None
    return (num_images * (num_images - lost - gained) - expected) / (num_images**2 - expected)
