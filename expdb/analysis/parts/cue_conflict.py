"""A network's decisions on cue-conflict images: the shape of one thing, the texture of another.

A network decides among the categories that it knows, as people do who are shown sixteen: by the mean of the
probabilities of the classes that are of a category; its other classes do not count.

Source: Geirhos et al. 2019, "ImageNet-trained CNNs are biased towards texture", and its repository
rgeirhos/texture-vs-shape, which has the images, the people's decisions and how classes go together.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from expdb.analysis.network import Network
from expdb.analysis.parts.shape_bias import CATEGORIES, Decision, cues_of
from expdb.analysis.subject import NotApplicableError
from expdb.errors import DataError

NUM_IMAGES = 1_280  # of all sixteen categories
_OF_EACH_PAIR = 5  # images of one shape with one texture
_CALLED = {"automobile": "car", "ship": "boat", "pickup truck": "truck"}  # in CIFAR-10 and CIFAR-100
_WORDNET_ID = re.compile(r"n\d{8}")


def _span(*parts: int | tuple[int, int]) -> tuple[int, ...]:
    ends = ((part, part) if isinstance(part, int) else part for part in parts)
    return tuple(number for first, last in ends for number in range(first, last + 1))


_NOT_DOGS = {192, 204, 227, 242, 251, 258, 260, 264}
# ImageNet's classes (ILSVRC 2012, in the order of their WordNet ids, from 0) of each category.
_OF_IMAGENET: Mapping[str, tuple[int, ...]] = {
    "airplane": (404,),
    "bear": _span((294, 297)),
    "bicycle": (444, 671),
    "bird": _span(8, (10, 16), (18, 20), (22, 24), (80, 83), (87, 96), (98, 100), (127, 133), (135, 145)),
    "boat": (472, 554, 625, 814, 914),
    "bottle": (440, 720, 737, 898, 899, 901, 907),
    "car": (436, 511, 817),
    "cat": _span((281, 286)),
    "chair": (423, 559, 765, 857),
    "clock": (409, 530, 892),
    "dog": tuple(number for number in _span((152, 268)) if number not in _NOT_DOGS),
    "elephant": (385, 386),
    "keyboard": (508, 878),
    "knife": (499,),
    "oven": (766,),
    "truck": (555, 569, 656, 675, 717, 734, 864, 867),
}


@dataclass(frozen=True, kw_only=True)
class Stimuli:
    """The images that a network can be asked about.

    Attributes:
        files: whose shape and texture differ, in the order of their names.
        categories: that the network knows: to each its classes.
    """

    files: tuple[Path, ...]
    categories: Mapping[str, tuple[int, ...]]


def categories_of(class_names: Sequence[str]) -> dict[str, tuple[int, ...]]:
    """Return the categories that a network of these classes knows: to each the numbers of its classes."""
    if is_imagenet(class_names):
        return dict(_OF_IMAGENET)
    found: dict[str, tuple[int, ...]] = {}
    for number, given in enumerate(class_names):
        name = given.lower().replace("_", " ")
        category = _CALLED.get(name, name)
        if category in CATEGORIES:
            found[category] = (*found.get(category, ()), number)
    return found


def is_imagenet(class_names: Sequence[str]) -> bool:
    """Tell whether classes are the thousand of ImageNet, called by their WordNet ids in their order."""
    return (
        len(class_names) == 1000
        and all(map(_WORDNET_ID.fullmatch, class_names))
        and sorted(class_names) == [*class_names]
    )


def most_stimuli(class_names: Sequence[str]) -> int:
    """Return how many cue-conflict images there are for a network of these classes, where all are at hand."""
    known = len(categories_of(class_names))
    return known * (known - 1) * _OF_EACH_PAIR


def find_stimuli(folder: Path, class_names: Sequence[str], *, channels: int) -> Stimuli:
    """Find the cue-conflict images whose shape and texture a network knows. Reads none of them.

    Args:
        folder: with a folder of each shape's images, or with `images` that has these.
        class_names: of the network.
        channels: of its images.

    Raises:
        NotApplicableError: it knows fewer than two categories or sees no colours, or the images are not there.
        DataError: a file there is no cue-conflict image.
    """
    categories = categories_of(class_names)
    if len(categories) < 2 or channels != 3:
        raise NotApplicableError(
            "cue conflict: not measured, for it needs a network of colour images that knows two of the categories "
            + ", ".join(CATEGORIES)
        )
    root = folder / "images" if (folder / "images").is_dir() else folder
    files = sorted(root.glob("*/*.png"))
    if not files:
        raise NotApplicableError(
            f"cue conflict: not measured, for there are no images in {str(folder)!r} (put those of "
            "rgeirhos/texture-vs-shape there, in folders by shape, or set cue_conflict; then analyse --again)"
        )
    if is_imagenet(class_names) and len(files) != NUM_IMAGES:
        raise NotApplicableError(
            f"cue conflict: not measured, for a network of ImageNet's classes is asked about all {NUM_IMAGES:,} images "
            f"and {str(folder)!r} has {len(files):,}"
        )
    chosen = []
    for file in files:
        shape, texture = cues_of(file.stem)
        if shape != file.parent.name:
            raise DataError(f"{str(file)!r}: a {shape} by its name, and a {file.parent.name} by its folder")
        if shape != texture and {shape, texture} <= set(categories):
            chosen.append(file)
    if not chosen:
        raise NotApplicableError(
            f"cue conflict: not measured, for no image in {str(folder)!r} is of two of the categories "
            + ", ".join(categories)
        )
    return Stimuli(files=tuple(chosen), categories=categories)


def decide(network: Network, stimuli: Stimuli) -> list[Decision]:
    """Return what a network answers to each image.

    Raises:
        DataError: an image is broken.
    """
    names = list(stimuli.categories)
    found = []
    for files, pixels in _read(stimuli.files, network.batch_size):
        probabilities = network.logits(pixels).double().softmax(1)
        of_category = torch.stack([probabilities[:, stimuli.categories[name]].mean(1) for name in names], dim=1)
        answers = of_category.argmax(1).tolist()
        found += [Decision(image=file.stem, answer=names[answer]) for file, answer in zip(files, answers, strict=True)]
    return found


def _read(files: Sequence[Path], at_once: int) -> Iterator[tuple[Sequence[Path], torch.Tensor]]:
    """Yield images of one size, in [0, 1], with their files, as they come: at most so many."""
    some: list[Path] = []
    read: list[torch.Tensor] = []
    for file in files:
        try:
            with Image.open(file) as image:
                pixels = torch.from_numpy(np.array(image.convert("RGB"))).permute(2, 0, 1).float() / 255
        except (OSError, ValueError, SyntaxError) as error:
            raise DataError(f"{str(file)!r} is no image: {error}") from error
        if read and (len(read) == at_once or read[0].shape != pixels.shape):
            yield some, torch.stack(read)
            some, read = [], []
        some.append(file)
        read.append(pixels)
    if read:
        yield some, torch.stack(read)
