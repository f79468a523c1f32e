"""Image files as a person sees them: turned, on a background, of 8 bits; or refused by name. Imports no torch."""

import re
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Final

from PIL import ExifTags, Image, ImageCms, PngImagePlugin, UnidentifiedImageError

from expdb.data.sample_range import WIDE_MODES, kind_of_samples, to_8_bits
from expdb.domain.spec import DataSpec
from expdb.errors import DataError

# What Pillow raises for a damaged file, depending on its format.
_BROKEN: Final = (
    *(OSError, ValueError, SyntaxError, TypeError, EOFError, KeyError, IndexError, AttributeError, OverflowError),
    *(struct.error, ZeroDivisionError, RuntimeError),
)
# What Pillow opens and is no picture of pixels: documents, drawings, films, measurements (whose range it ignores), and
# containers that it only passes on.
_NO_PICTURES: Final = ("BUFR", "EPS", "FITS", "GRIB", "HDF5", "IPTC", "MPEG", "PALM", "PDF", "WMF")
_LONG_TEXT: Final = 1 << 28  # bytes; of a PNG's text chunks, which Pillow would refuse from 1 MB on

# What reading a picture does beyond decoding, in words that are counted and recorded.
TURNED: Final = "turned as EXIF says"
ON_BACKGROUND: Final = "with transparency, laid on the background"
FIRST_FRAME: Final = "first of several frames"

# How to show what is stored, by the EXIF orientation.
_TURNS: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
# What files with the suffix of a picture often are: their first bytes.
_OTHER_CONTENT: Final = {
    rb"version https://git-lfs": "a pointer of Git LFS: get the file itself with `git lfs pull`",
    rb"....ftyp(heic|heix|mif1|heim|heis|hevc)": "an HEIC picture, which is not read: convert it to JPEG or PNG",
    rb"\s*(<!doctype html|<html)": "a web page: download the picture again",
    rb"\s*(<\?xml|<svg)": "a drawing (SVG or XML): render it as PNG",
    rb"%PDF": "a PDF document: render it as PNG",
    rb"II\*\0|MM\0\*": "a TIFF of a kind that is not read, or cut off: convert it to 8 bits",
}


@cache
def picture_formats() -> tuple[str, ...]:
    """Return the formats that are read: all that the installed Pillow reads as pixels."""
    Image.init()
    return tuple(name for name in Image.OPEN if name not in _NO_PICTURES)


@cache
def picture_suffixes() -> frozenset[str]:
    """Return the suffixes of files that are taken for pictures, in small letters with their dot."""
    formats = {*picture_formats(), "MPO"}  # which opens as JPEG
    return frozenset(suffix for suffix, name in Image.registered_extensions().items() if name in formats)


def open_rgb(path: Path, data: DataSpec) -> Image.Image:
    """Decode a picture to RGB of 8 bits as a person sees it: turned as EXIF says, transparency on `data.background`.

    Of several frames it is the first one.

    Raises:
        DataError: it is broken, larger than `data.max_megapixels`, or nothing says what its numbers mean.
    """
    with _opened(path, data) as image:
        image.load()
        turn = _TURNS.get(_orientation(image))
        try:
            seen = to_8_bits(image) if image.mode in WIDE_MODES else image
        except DataError as error:
            raise DataError(f"{str(path)!r} {error}: scale it to 8 or 16 bits (data.md says what is read)") from error
        rgb = _opaque(seen, data.background)
        return rgb if turn is None else rgb.transpose(turn)


def reading_of(path: Path, data: DataSpec) -> tuple[str, ...]:
    """Return from a picture's header what `open_rgb` will do with it, in words that are counted and recorded.

    Raises:
        DataError: it is no picture, or larger than `data.max_megapixels`.
    """
    with _opened(path, data) as image:
        samples = kind_of_samples(image)
        marks = (
            (TURNED, _header_orientation(image, path) in _TURNS),
            (ON_BACKGROUND, image.has_transparency_data),
            (f"scaled from {samples}", samples is not None),
            (FIRST_FRAME, _has_frames(image)),
        )
        return tuple(mark for mark, is_so in marks if is_so)


@contextmanager
def _opened(path: Path, data: DataSpec) -> Iterator[Image.Image]:
    """Open a picture; what reading it raises inside comes out as DataError."""
    # Pillow's own limits stand for the whole process; ours is a setting, and has a name.
    Image.MAX_IMAGE_PIXELS = None
    PngImagePlugin.MAX_TEXT_CHUNK = PngImagePlugin.MAX_TEXT_MEMORY = _LONG_TEXT
    try:
        with Image.open(path, formats=picture_formats()) as image:
            _check_size(image, path, data)
            yield image
    except DataError:
        raise
    except MemoryError as error:
        raise DataError(f"image {str(path)!r} is too large for this machine's memory: scale it") from error
    except _BROKEN as error:
        raise _unread(path, error) from error


def _check_size(image: Image.Image, path: Path, data: DataSpec) -> None:
    megapixels = image.width * image.height / 1e6
    if megapixels > data.max_megapixels:
        raise DataError(
            f"image {str(path)!r} is too large: {image.width} x {image.height} px are {megapixels:,.1f} megapixels, "
            f"more than data.max_megapixels={data.max_megapixels:g}; raise it, or scale the image"
        )


def _unread(path: Path, error: Exception) -> DataError:
    """Return why a file could not be read: it is broken, something else, or out of reach."""
    if isinstance(error, OSError) and error.errno is not None:
        return DataError(f"cannot read the image {str(path)!r}: {error.strerror}")
    reason = (str(error).splitlines() or [type(error).__name__])[0]
    if isinstance(error, UnidentifiedImageError):
        with path.open("rb") as file:
            start = file.read(64)
        for pattern, words in _OTHER_CONTENT.items():
            if re.match(pattern, start, re.IGNORECASE | re.DOTALL):
                return DataError(f"{str(path)!r} is {words}")
        reason = "no format that is read" if start else "it is empty"
    return DataError(f"broken image {str(path)!r}: {reason}; repair or remove it")


def _opaque(image: Image.Image, background: str) -> Image.Image:
    """Return a loaded picture as RGB."""
    if image.mode == "LAB":
        lab, rgb = ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB")
        transform = ImageCms.buildTransform(lab, rgb, "LAB", "RGB")
        return ImageCms.applyTransform(image, transform) or image  # None only where it is done in place
    if not image.has_transparency_data:
        return image.convert("RGB")
    # Pillow goes from premultiplied grey to colours by way of plain grey only.
    layer = (image.convert("LA") if image.mode == "La" else image).convert("RGBA")
    page = Image.new("RGBA", image.size, background)
    page.alpha_composite(layer)
    return page.convert("RGB")


def _orientation(image: Image.Image) -> int:
    """Return the EXIF orientation; 1 (as it is) where none can be read, as programs that show pictures do."""
    try:
        return int(image.getexif().get(ExifTags.Base.Orientation, 1))
    except _BROKEN:
        return 1


def _header_orientation(image: Image.Image, path: Path) -> int:
    """Return the orientation without decoding the picture, which Pillow does to find EXIF at the end of a PNG."""
    if image.format != "PNG" or "exif" in image.info or _has_late_exif(path):
        return _orientation(image)
    try:
        return int(Image.Image.getexif(image).get(ExifTags.Base.Orientation, 1))
    except _BROKEN:
        return 1


def _has_late_exif(path: Path) -> bool:
    with path.open("rb") as file:
        file.seek(8)
        while len(head := file.read(8)) == 8:
            length, kind = struct.unpack(">I4s", head)
            if kind == b"eXIf":
                return True
            file.seek(length + 4, 1)
    return False


def _has_frames(image: Image.Image) -> bool:
    """Whether more pictures follow in the file; the layers of a PSD are none, as it holds them merged too."""
    try:
        return image.format != "PSD" and bool(getattr(image, "is_animated", False))
    except _BROKEN:
        return False
