"""Which images of the training split train, and which are held out for choosing. Imports no torch."""

import numpy as np

from expdb.data.image_source import Labels
from expdb.data.stratify import stratified_order
from expdb.domain.spec import DataSpec
from expdb.errors import SpecError


def split_training(labels: Labels, data: DataSpec) -> tuple[Labels, Labels]:
    """Return positions for training and for validation, each sorted; the second may be empty.

    Raises:
        SpecError: `val_fraction` leaves one of them without images, or `limit` is more than there is.
    """
    order = stratified_order(labels, stream="validation")
    num_val = round(data.val_fraction * len(labels))
    if data.val_fraction and not 0 < num_val <= len(labels) - 2:
        raise SpecError(
            f"data.val_fraction={data.val_fraction:g} of {len(labels)} training images gives {num_val} for "
            "validation: choose another share"
        )
    val, train = np.sort(order[:num_val]), np.sort(order[num_val:])
    if data.limit is not None:
        if data.limit > len(train):
            raise SpecError(
                f"data.limit={data.limit} has no effect: {data.dataset} has {len(train)} training images; leave it out"
            )
        train = np.sort(train[stratified_order(labels[train], stream="limit")[: data.limit]])
    return train, val
