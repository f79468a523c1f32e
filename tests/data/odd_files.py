"""Files that Pillow cannot write, or not in this way, by their bytes."""

import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

SIDE = 32  # of the test pictures in pixels

# Colours of the quarters of a picture: top left, top right, bottom left, bottom right.
COLOURS = ((220, 20, 20), (20, 200, 20), (20, 20, 220), (128, 128, 128))
GREYS = (0, 64, 128, 255)
GREY_COLOURS = tuple((grey, grey, grey) for grey in GREYS)


def quarters(values: object, *, dtype: npt.DTypeLike = np.uint8, side: int = SIDE) -> npt.NDArray[np.generic]:
    """Return an image (side, side) or (side, side, C) whose quarters have these values."""
    half = side // 2
    return np.array(values, dtype=dtype).reshape(2, 2, *np.shape(values)[1:]).repeat(half, 0).repeat(half, 1)


def picture(values: object = COLOURS) -> Image.Image:
    """Return such an image of 8 bits: RGB, RGBA or grey."""
    return Image.fromarray(quarters(values))


def write_png(
    path: Path, samples: npt.NDArray[np.generic], *, kind: int, interlaced: bool = False, before: bytes = b""
) -> None:
    """Write a PNG of 8 or 16 bits.

    Args:
        samples: (H, W) or (H, W, C) uint8 or uint16.
        kind: of colour: 0 grey, 2 RGB, 4 grey and alpha, 6 RGBA.
        interlaced: in the seven passes of Adam7.
        before: chunks that stand before the pixels.
    """
    height, width = samples.shape[:2]
    header = struct.pack(">IIBBBBB", width, height, samples.itemsize * 8, kind, 0, 0, interlaced)
    passes = _adam7(samples) if interlaced else iter((samples,))
    rows = b"".join(b"\0" + row.tobytes() for part in passes for row in part.astype(samples.dtype.newbyteorder(">")))
    chunks = chunk(b"IHDR", header) + before + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunks)


def chunk(name: bytes, content: bytes) -> bytes:
    """Return one chunk of a PNG."""
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def _adam7(samples: npt.NDArray[np.generic]) -> Iterator[npt.NDArray[np.generic]]:
    for top, left, down, right in (
        (0, 0, 8, 8),
        (0, 4, 8, 8),
        (4, 0, 8, 4),
        (0, 2, 4, 4),
        (2, 0, 4, 2),
        (0, 1, 2, 2),
        (1, 0, 2, 1),
    ):
        yield samples[top::down, left::right]


def write_bomb(path: Path) -> None:
    """Write a PNG that says it has 30,000 x 30,000 pixels and holds next to none."""
    header = struct.pack(">IIBBBBB", 30_000, 30_000, 8, 2, 0, 0, 0)
    content = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 1000)) + chunk(b"IEND", b"")
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + content)


def write_psd(path: Path) -> None:
    """Write a Photoshop file of one merged picture, not compressed."""
    planes = quarters(COLOURS).transpose(2, 0, 1).tobytes()
    header = b"8BPS" + struct.pack(">H6xHIIHH", 1, 3, SIDE, SIDE, 8, 3)
    path.write_bytes(header + struct.pack(">IIIH", 0, 0, 0, 0) + planes)


def write_heic(path: Path) -> None:
    """Write the first bytes of a picture from a phone."""
    path.write_bytes(struct.pack(">I", 24) + b"ftypheic\0\0\0\0mif1heic" + b"\0" * 200)


def write_float_map(path: Path) -> None:
    """Write a portable float map of values from 0 to 1, whose rows go from the bottom up."""
    rows = (quarters(GREYS, dtype="<f4") / 255).astype("<f4")[::-1]
    path.write_bytes(b"Pf\n%d %d\n-1.0\n" % (SIDE, SIDE) + rows.tobytes())


def write_tiff(path: Path, samples: npt.NDArray[np.generic], sample_format: int) -> None:
    """Write a TIFF of one strip, not compressed.

    Args:
        path: of the file.
        samples: (H, W) or (H, W, C), little endian.
        sample_format: 1 unsigned, 2 signed, 3 floats.
    """
    height, width, channels = (*samples.shape, 1)[:3]
    bits, offset = samples.itemsize * 8, 8
    after = offset + samples.nbytes
    many = struct.pack(f"<{channels}H", *[bits] * channels) + struct.pack(f"<{channels}H", *[sample_format] * channels)
    place = (after, after + 2 * channels)
    tags = [
        (256, 4, 1, width),
        (257, 4, 1, height),
        (258, 3, channels, place[0] if channels > 2 else bits),
        (259, 3, 1, 1),
        (262, 3, 1, 2 if channels > 2 else 1),
        (273, 4, 1, offset),
        (277, 3, 1, channels),
        (278, 4, 1, height),
        (279, 4, 1, samples.nbytes),
        (339, 3, channels, place[1] if channels > 2 else sample_format),
    ]
    directory = struct.pack("<H", len(tags)) + b"".join(struct.pack("<HHII", *tag) for tag in tags) + bytes(4)
    path.write_bytes(b"II*\0" + struct.pack("<I", after + len(many)) + samples.tobytes() + many + directory)


def write_fits(path: Path) -> None:
    """Write an astronomer's picture of unsigned 16 bits, which is stored signed, from the bottom up."""
    cards = [
        "SIMPLE  = T",
        "BITPIX  = 16",
        "NAXIS   = 2",
        f"NAXIS1  = {SIDE}",
        f"NAXIS2  = {SIDE}",
        "BZERO   = 32768",
        "END",
    ]
    samples = quarters([257 * grey for grey in GREYS], dtype=np.int64)[::-1] - 32768
    header = "".join(card.ljust(80) for card in cards).ljust(2880).encode()
    path.write_bytes(header + samples.astype(">i2").tobytes().ljust(2880, b"\0"))
