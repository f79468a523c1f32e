"""What is found of two networks on the same images."""

from typing import Annotated, TypedDict


class AgreementCounts(TypedDict):
    """Two networks on some images."""

    num_images: int
    n11: Annotated[int, "images that both get right"]
    n01: Annotated[int, "that only the first gets right"]
    n10: Annotated[int, "that only the second gets right"]
    n00: Annotated[int, "that neither gets right"]
    kappa: Annotated[float | None, "agreement on which images are mistaken, beyond chance; null where not defined"]


class ClassAgreementRecord(AgreementCounts):
    """Two networks on the images of a class."""

    name: Annotated[str, "of the class"]


class PairRecord(TypedDict):
    """What `analyze agreement` tells of two runs."""

    first: Annotated[int, "id of a run"]
    second: Annotated[int, "id of another"]
    reason: Annotated[str | None, "why they cannot be compared; null where they can"]
    disagreement: Annotated[float | None, "share of images to which they answer differently, right or wrong"]
    p: Annotated[float | None, "McNemar's exact test of their accuracies, on the same images"]
    overlap: Annotated[float | None, "of images that either gets wrong, the share that both do; null: no mistakes"]
    same_mistake: Annotated[float | None, "of images that both get wrong, the share with the same answer"]
    all: Annotated[AgreementCounts | None, "on all images"]
    classes: Annotated[list[ClassAgreementRecord], "class by class"]
