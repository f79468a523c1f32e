"""Which images of the test split a run is evaluated on. Imports no torch."""

import numpy as np

from expdb.data.image_source import Labels
from expdb.data.stratify import stratified_order
from expdb.domain.spec import DataSpec
from expdb.errors import SpecError


def choose_test(labels: Labels, data: DataSpec) -> Labels:
    """Return positions in the whole test split, sorted: of all its images, or of a fixed subset by `test_limit`.

    Raises:
        SpecError: `test_limit` is not less than there are.
    """
    if data.test_limit is None:
        return np.arange(len(labels))
    if data.test_limit >= len(labels):
        raise SpecError(
            f"data.test_limit={data.test_limit} has no effect: {data.dataset} has {len(labels)} test images; leave it "
            "out"
        )
    return np.sort(stratified_order(labels, stream="test")[: data.test_limit])
