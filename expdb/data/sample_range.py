"""Grey pictures of more than 8 bits, made 8 bits by the range that their samples have. Imports no torch."""

import numpy as np
import numpy.typing as npt
from PIL import Image

from expdb.errors import DataError

# Pillow's modes of one channel with more than 8 bits.
WIDE_MODES = frozenset(("I;16", "I;16L", "I;16B", "I;16N", "I", "F"))
_BITS_PER_SAMPLE, _PHOTOMETRIC, _HIGHEST = 258, 262, (281, 341)  # tags of TIFF
_WHITE_IS_ZERO = 0
_SCALED_TO_16_BITS = ("PNG", "PPM")  # Pillow does so with what these have of more than 8 bits, whatever the mode


def kind_of_samples(image: Image.Image) -> str | None:
    """Return how the samples of a picture are told: `16 bits`, `32 bits` or `floats`; None: of 8 bits or fewer."""
    if image.mode not in WIDE_MODES:
        return None
    if image.mode == "F":
        return "floats"
    return "32 bits" if image.mode == "I" and image.format not in _SCALED_TO_16_BITS else "16 bits"


def to_8_bits(image: Image.Image) -> Image.Image:
    """Return a loaded picture of one of the wide modes as grey of 8 bits (or grey and alpha, where it says so).

    Raises:
        DataError: no range is stated, or the samples are not in it; the text says what it holds.
    """
    samples = np.asarray(image)
    lowest, highest = samples.min(), samples.max()
    most = _highest(image)
    if not (np.isfinite(lowest) and np.isfinite(highest)):
        raise DataError("holds values that are not finite")
    if most is None:
        raise DataError(f"holds integers from {lowest} to {highest} whose range is not stated")
    if lowest < 0 or highest > most:
        raise DataError(f"holds {_numbers(image)} from {lowest:g} to {highest:g}, outside of 0 to {most:g}")
    grey = np.rint(samples.astype(np.float64) * (255 / most)).astype(np.uint8)
    if image.format == "TIFF" and _tag(image, _PHOTOMETRIC) == _WHITE_IS_ZERO:
        grey = 255 - grey
    picture = Image.fromarray(grey)
    clear = image.info.get("transparency")
    if isinstance(clear, int):
        picture.putalpha(Image.fromarray(_mask(samples, clear)))
    return picture


def _highest(image: Image.Image) -> float | None:
    """Return the sample that is white, or None where nothing says it."""
    if image.mode == "F":
        return 1.0
    if image.format == "TIFF":
        stated = next((value for tag in _HIGHEST if (value := _tag(image, tag)) is not None), None)
        # Some programs write the brightest sample of the picture there: only 2^n - 1 is a range.
        if stated is not None and stated > 0 and (int(stated) + 1).bit_count() == 1:
            return stated
        bits = _tag(image, _BITS_PER_SAMPLE)
        return None if image.mode == "I" or bits is None else 2.0**bits - 1
    return None if image.mode == "I" and image.format not in _SCALED_TO_16_BITS else 65535.0


def _tag(image: Image.Image, number: int) -> float | None:
    value = getattr(image, "tag_v2", {}).get(number)
    first = value[0] if isinstance(value, tuple) and value else value
    return float(first) if isinstance(first, int | float) else None


def _numbers(image: Image.Image) -> str:
    return "floats" if image.mode == "F" else "integers"


def _mask(samples: npt.NDArray[np.generic], clear: int) -> npt.NDArray[np.uint8]:
    return np.where(samples == clear, 0, 255).astype(np.uint8)
