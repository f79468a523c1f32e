"""Odd pictures that people report, each with what must happen: what a person sees, or a line that says why not."""

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageCms, PngImagePlugin
from PIL.TiffImagePlugin import ImageFileDirectory_v2

from tests.data import odd_files
from tests.data.odd_files import COLOURS, GREY_COLOURS, GREYS, SIDE, chunk, picture, quarters, write_png, write_tiff

Quarters = Sequence[tuple[int, int, int]]
TURNED = "turned as EXIF says"
ON_WHITE = "with transparency, laid on the background"
FIRST = "first of several frames"
SCALED = "scaled from 16 bits"
WHITE = (255, 255, 255)
HALF_RED = (238, 138, 138)  # half transparent on white


@dataclass(frozen=True, kw_only=True)
class OddPicture:
    """One file, and what must happen to it.

    Attributes:
        name: of the file.
        write: makes it.
        seen: the colours of its quarters as a person sees them.
        refused: words of the line that refuses it, in place of `seen`.
        left_out: the reason by which it is counted, in place of `seen`.
        counted: what reading it is counted as.
        within: how far a value may be from what is seen (lossy formats).
    """

    name: str
    write: Callable[[Path], object]
    seen: Quarters | None = None
    refused: str | None = None
    left_out: str | None = None
    counted: Sequence[str] = ()
    within: int = 0


def saved(image: Image.Image | Callable[[], Image.Image], **options: Any) -> Callable[[Path], None]:
    """Return what saves an image; the format is that of the file's name unless it is given."""
    return lambda path: (image() if callable(image) else image).save(path, **options)


def _colours(
    name: str, image: Any = None, *, within: int = 0, counted: Sequence[str] = (), **options: Any
) -> OddPicture:
    made = picture() if image is None else image
    return OddPicture(name=name, write=saved(made, **options), seen=COLOURS, within=within, counted=counted)


def _greys(name: str, write: Callable[[Path], object], *, within: int = 0, counted: Sequence[str] = ()) -> OddPicture:
    return OddPicture(name=name, write=write, seen=GREY_COLOURS, within=within, counted=counted)


def _bytes(name: str, content: bytes, **outcome: Any) -> OddPicture:
    return OddPicture(name=name, write=lambda path: path.write_bytes(content), **outcome)


def encoded(image: Image.Image, kind: str, **options: Any) -> bytes:
    """Return the bytes of a file of that format."""
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def _wide(values: Sequence[float], dtype: str = "<u2") -> Image.Image:
    return Image.fromarray(quarters(values, dtype=dtype))


def _lab() -> Image.Image:
    profiles = ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB")
    lab = ImageCms.applyTransform(picture(), ImageCms.buildTransform(*profiles, "RGB", "LAB"))
    assert lab is not None
    return lab


def _tags(**values: int) -> ImageFileDirectory_v2:
    tags = ImageFileDirectory_v2()
    for name, value in values.items():
        tags[{"photometric": 262, "max_sample": 281}[name]] = value
    return tags


def _palette(**options: Any) -> Callable[[Path], None]:
    image = picture().quantize(8, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    red = image.getpixel((0, 0))
    assert isinstance(red, int)
    clear = bytes(0 if index == red else 255 for index in range(8)) if options.pop("as_bytes", False) else red
    return saved(image, transparency=clear, **options)


def _long_text() -> PngImagePlugin.PngInfo:
    text = PngImagePlugin.PngInfo()
    text.add_text("parameters", "a prompt " * 600_000)
    text.add_text("workflow", "a node " * 600_000, zip=True)
    return text


def _turn(orientation: int) -> bytes:
    exif = Image.Exif()
    exif[274] = orientation
    return exif.tobytes().removeprefix(b"Exif\0\0")


_RGBA = quarters([(*colour, alpha) for colour, alpha in zip(COLOURS, (255, 0, 128, 255), strict=True)])
_GREY_ALPHA = quarters([(0, 255), (64, 0), (128, 255), (255, 255)], dtype="u2")
_ON_WHITE = (COLOURS[0], WHITE, (137, 137, 237), COLOURS[3])
_RED_GONE = (WHITE, *COLOURS[1:])
_OTHER = Image.new("RGB", (SIDE, SIDE), (9, 9, 9))  # a second frame
_JPEG = encoded(picture(), "JPEG", quality=95)
_PNG = encoded(picture(), "PNG")
_SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()

ODD_PICTURES: dict[str, OddPicture] = {
    # More than 8 bits.
    "png_of_16_bits": _greys("x.png", saved(_wide([257 * grey for grey in GREYS])), counted=[SCALED]),
    "tiff_of_16_bits": _greys("x.tif", saved(_wide([257 * grey for grey in GREYS])), counted=[SCALED]),
    "tiff_of_16_bits_big_endian": _greys(
        "x.tiff", saved(_wide([257 * grey for grey in GREYS], ">u2")), counted=[SCALED]
    ),
    "jpeg2000_of_16_bits": _greys("x.jp2", saved(_wide([257 * grey for grey in GREYS])), within=1, counted=[SCALED]),
    "pgm_of_16_bits": _greys(
        "x.pgm",
        lambda path: path.write_bytes(
            b"P5 %d %d 65535\n" % (SIDE, SIDE) + quarters([257 * g for g in GREYS], dtype=">u2").tobytes()
        ),
        counted=[SCALED],
    ),
    "colour_png_of_16_bits": OddPicture(
        name="x.png",
        write=lambda path: write_png(path, quarters(COLOURS).astype(np.uint16) * 257, kind=2),
        seen=COLOURS,
    ),
    "colour_png_of_16_bits_with_alpha": OddPicture(
        name="x.png",
        write=lambda path: write_png(path, _RGBA.astype(np.uint16) * 257, kind=6),
        seen=_ON_WHITE,
        within=1,
        counted=[ON_WHITE],
    ),
    "tiff_that_states_12_bits": _greys(
        "x.tif",
        saved(_wide([round(grey * 4095 / 255) for grey in GREYS]), tiffinfo=_tags(max_sample=4095)),
        within=1,
        counted=[SCALED],
    ),
    "png_of_12_bits_in_16": OddPicture(
        name="x.png", write=saved(_wide([round(grey * 4095 / 255) for grey in GREYS])), refused="seem to hold 12 bits"
    ),
    "tiff_of_floats_to_1": _greys(
        "x.tif", saved(_wide([g / 255 for g in GREYS], "f4")), counted=["scaled from floats"]
    ),
    "tiff_of_floats_to_65535": OddPicture(
        name="x.tif",
        write=saved(_wide([257.0 * g for g in GREYS], "f4")),
        refused="floats from 0 to 65535, outside of 0 to 1",
    ),
    "tiff_of_floats_that_are_not_finite": OddPicture(
        name="x.tif", write=saved(_wide([0, 1, np.nan, np.inf], "f4")), refused="not finite"
    ),
    "tiff_of_negative_floats": OddPicture(
        name="x.tif", write=saved(_wide([-1, 0, 0.5, 1], "f4")), refused="floats from -1 to 1, outside of 0 to 1"
    ),
    "tiff_of_32_bit_integers": OddPicture(
        name="x.tif", write=saved(_wide([0, 64, 128, 70_000], "i4")), refused="range is not stated"
    ),
    "float_map": _greys("x.pfm", odd_files.write_float_map, counted=["scaled from floats"]),
    # Few bits, palettes, transparency.
    "png_of_1_bit": OddPicture(
        name="x.png",
        write=saved(lambda: picture((0, 255, 255, 0)).convert("1")),
        seen=((0, 0, 0), WHITE, WHITE, (0, 0, 0)),
    ),
    "fax_whose_white_is_zero": OddPicture(
        name="x.tif",
        write=saved(
            lambda: picture((0, 255, 255, 0)).convert("1"), compression="group4", tiffinfo=_tags(photometric=0)
        ),
        seen=((0, 0, 0), WHITE, WHITE, (0, 0, 0)),
    ),
    "png_of_2_bits": OddPicture(
        name="x.png",
        write=saved(lambda: picture().quantize(4, dither=Image.Dither.NONE), bits=2),
        seen=COLOURS,
        within=2,
    ),
    "grey_with_alpha": OddPicture(
        name="x.png",
        write=saved(picture([(0, 255), (64, 0), (128, 255), (255, 255)])),
        seen=((0, 0, 0), WHITE, (128,) * 3, WHITE),
        counted=[ON_WHITE],
    ),
    "tiff_palette_with_alpha": OddPicture(
        name="x.tif",
        write=saved(lambda: picture().quantize(8, dither=Image.Dither.NONE).convert("PA")),
        seen=COLOURS,
        within=2,
        counted=[ON_WHITE],
    ),
    "palette_with_transparency_as_bytes": OddPicture(
        name="x.png", write=_palette(as_bytes=True), seen=_RED_GONE, within=2, counted=[ON_WHITE]
    ),
    "palette_with_transparency_as_a_number": OddPicture(
        name="x.png", write=_palette(), seen=_RED_GONE, within=2, counted=[ON_WHITE]
    ),
    "gif_with_transparency": OddPicture(name="x.gif", write=_palette(), seen=_RED_GONE, within=2, counted=[ON_WHITE]),
    "rgb_with_one_transparent_colour": OddPicture(
        name="x.png", write=saved(picture(), transparency=COLOURS[0]), seen=_RED_GONE, counted=[ON_WHITE]
    ),
    "grey_with_one_transparent_value": OddPicture(
        name="x.png", write=saved(picture(GREYS), transparency=0), seen=(WHITE, *GREY_COLOURS[1:]), counted=[ON_WHITE]
    ),
    **{
        f"{kind}_with_alpha": OddPicture(
            name=f"x.{kind}",
            write=saved(Image.fromarray(_RGBA), **options),
            seen=_ON_WHITE,
            within=within,
            counted=[ON_WHITE],
        )
        for kind, options, within in (
            ("png", {}, 1),
            ("tif", {}, 1),
            ("tga", {}, 1),
            ("webp", {"lossless": True, "exact": True}, 1),
            ("ico", {"sizes": [(SIDE, SIDE)]}, 1),
            ("avif", {"quality": 95}, 12),
            ("qoi", {}, 1),
            ("dds", {}, 1),
            ("jp2", {}, 1),
        )
    },
    # Colour spaces.
    "cmyk_jpeg_as_adobe_inverts_it": _colours("x.jpg", picture().convert("CMYK"), quality=95, within=6),
    "cmyk_tiff": _colours("x.tif", picture().convert("CMYK"), within=1),
    "lab_tiff": OddPicture(name="x.tif", write=saved(_lab), seen=COLOURS, within=6),
    "ycbcr_tiff": OddPicture(name="x.tif", write=saved(picture().convert("YCbCr")), seen=COLOURS, within=3),
    "tiff_of_jpeg": _colours("x.tif", compression="jpeg", quality=95, within=6),
    "jpeg_of_rgb_not_ycbcr": _colours("x.jpg", quality=95, keep_rgb=True, within=6),
    "jpeg_with_a_colour_profile": _colours("x.jpg", quality=95, icc_profile=_SRGB, within=6),
    "jpeg_with_a_broken_colour_profile": _colours("x.jpg", quality=95, icc_profile=b"nonsense", within=6),
    "png_with_a_broken_colour_profile": _colours("x.png", icc_profile=b"nonsense"),
    # Several frames: the first one, and it is counted.
    "animated_gif": _colours("x.gif", save_all=True, append_images=[_OTHER], within=2, counted=[FIRST]),
    "animated_png": _colours("x.png", save_all=True, append_images=[_OTHER], counted=[FIRST]),
    "animated_webp": _colours("x.webp", save_all=True, append_images=[_OTHER], lossless=True, counted=[FIRST]),
    "tiff_of_pages": _colours("x.tif", save_all=True, append_images=[_OTHER], counted=[FIRST]),
    "jpeg_of_two_views": _colours(
        "x.jpg", format="MPO", save_all=True, append_images=[_OTHER], quality=95, within=6, counted=[FIRST]
    ),
    # Ways of writing the same.
    "interlaced_png": OddPicture(
        name="x.png", write=lambda path: write_png(path, quarters(COLOURS), kind=2, interlaced=True), seen=COLOURS
    ),
    "progressive_jpeg": _colours("x.jpg", progressive=True, quality=95, within=6),
    "photoshop_file": OddPicture(name="x.psd", write=odd_files.write_psd, seen=COLOURS),
    "icns": OddPicture(
        name="x.icns", write=saved(picture().resize((128, 128), 0)), seen=COLOURS, within=1, counted=[ON_WHITE]
    ),
    "bmp": _colours("x.bmp"),
    "pcx": _colours("x.pcx"),
    "sgi": _colours("x.sgi"),
    "netpbm_in_letters": _greys(
        "x.pgm", lambda path: path.write_text(f"P2 {SIDE} {SIDE} 255\n" + " ".join(map(str, quarters(GREYS).flat)))
    ),
    "xbm": OddPicture(
        name="x.xbm",
        write=saved(lambda: picture((0, 255, 255, 0)).convert("1")),
        seen=((0, 0, 0), WHITE, WHITE, (0, 0, 0)),
    ),
    "png_with_5_megabytes_of_text": _colours("x.png", pnginfo=_long_text()),
    "jpeg_with_something_after_its_end": _bytes("x.jpg", _JPEG + b"\0trailing" * 50, seen=COLOURS, within=6),
    "jpeg_with_broken_exif": _colours("x.jpg", exif=b"Exif\0\0MM\0*\xff\xff\xff\xff", quality=95, within=6),
    # Names that say something else than the content.
    "jpeg_named_png": _bytes("x.png", _JPEG, seen=COLOURS, within=6),
    "png_named_jpg": _bytes("x.jpg", _PNG, seen=COLOURS),
    "webp_named_jpg": _bytes("x.jpg", encoded(picture(), "WEBP", lossless=True), seen=COLOURS),
    "suffix_in_capitals": _bytes("X.JPG", _JPEG, seen=COLOURS, within=6),
    "suffix_jpe": _bytes("x.JPe", _JPEG, seen=COLOURS, within=6),
    "suffix_jfif": _bytes("x.jfif", _JPEG, seen=COLOURS, within=6),
    "spaces_and_a_newline_in_the_name": _bytes("a b\n c.png", _PNG, seen=COLOURS),
    "emoji_in_the_name": _bytes("\N{CAT FACE}.png", _PNG, seen=COLOURS),
    "bytes_in_the_name_that_are_no_text": _bytes("caf\udce9.png", _PNG, seen=COLOURS),
    "two_suffixes": _bytes("x.tar.png", _PNG, seen=COLOURS),
    "icon_of_two_sizes": _colours(
        "x.ico", picture().convert("RGBA"), sizes=[(16, 16), (SIDE, SIDE)], counted=[ON_WHITE]
    ),
    "grey_jpeg": OddPicture(name="x.jpg", write=saved(picture(GREYS), quality=95), seen=GREY_COLOURS, within=4),
    "grey_of_16_bits_with_alpha": OddPicture(
        name="x.png",
        write=lambda path: write_png(path, _GREY_ALPHA * 257, kind=4),
        seen=((0, 0, 0), WHITE, (128,) * 3, WHITE),
        counted=[ON_WHITE],
    ),
    "grey_of_16_bits_with_one_transparent_value": OddPicture(
        name="x.png",
        write=lambda path: write_png(
            path, quarters([257 * g for g in GREYS], dtype="u2"), kind=0, before=chunk(b"tRNS", b"\0\0")
        ),
        seen=(WHITE, *GREY_COLOURS[1:]),
        counted=[ON_WHITE, SCALED],
    ),
    "tiff_of_16_bits_whose_white_is_zero": _greys(
        "x.tif", saved(_wide([65535 - 257 * g for g in GREYS]), tiffinfo=_tags(photometric=0)), counted=[SCALED]
    ),
    "tiff_of_8_bits_whose_white_is_zero": _greys("x.tif", saved(picture(GREYS), tiffinfo=_tags(photometric=0))),
    "tiff_of_doubles": OddPicture(
        name="x.tif",
        write=lambda path: write_tiff(path, quarters([0, 0.1, 0.2, 1], dtype="<f8"), 3),
        refused="kind that is not read|no format that is read",
    ),
    "tiff_of_signed_16_bits": OddPicture(
        name="x.tif",
        write=lambda path: write_tiff(path, quarters([-5, 0, 5, 900], dtype="<i2"), 2),
        refused="range is not stated",
    ),
    "tiff_of_16_bit_colours": OddPicture(
        name="x.tif", write=lambda path: write_tiff(path, quarters(COLOURS).astype("<u2") * 257, 1), seen=COLOURS
    ),
    "tiff_of_five_bands": OddPicture(
        name="x.tif",
        write=lambda path: write_tiff(path, np.zeros((SIDE, SIDE, 5), np.uint8), 1),
        refused="kind that is not read|no format that is read",
    ),
    "fits_of_16_bits": OddPicture(name="x.fits", write=odd_files.write_fits, left_out=".fits"),
    "exif_after_the_pixels": OddPicture(
        name="x.png",
        write=lambda path: path.write_bytes(_PNG[:-12] + chunk(b"eXIf", _turn(3)) + _PNG[-12:]),
        seen=COLOURS[::-1],
        counted=[TURNED],
    ),
    "orientation_that_does_not_exist": _colours("x.png", exif=_turn(9)),
    "orientation_of_0": _colours("x.png", exif=_turn(0)),
    "jpeg_without_its_last_bytes": _bytes("x.jpg", _JPEG[:-2], refused="truncated"),
    "png_without_its_end": _bytes("x.png", _PNG[:-12], seen=COLOURS),
    "png_of_no_width": OddPicture(
        name="x.png",
        write=lambda path: write_png(path, np.zeros((SIDE, 0, 3), np.uint8), kind=2),
        refused="broken image",
    ),
    # No pictures.
    "empty_file": _bytes("x.jpg", b"", refused="is empty"),
    "truncated_jpeg": _bytes("x.jpg", _JPEG[: len(_JPEG) // 2], refused="broken image .*[Tt]runcated"),
    "truncated_png": _bytes("x.png", _PNG[:70], refused="broken image"),
    "png_with_a_wrong_checksum": _bytes("x.png", _PNG.replace(b"IDAT", b"IDAT\x01", 1), refused="broken image"),
    "web_page": _bytes("x.jpg", b"<!DOCTYPE html><html>404</html>", refused="is a web page"),
    "pointer_of_git_lfs": _bytes(
        "x.jpg", b"version https://git-lfs.github.com/spec/v1\noid sha256:00\n", refused="Git LFS"
    ),
    "text": _bytes("x.png", b"no picture at all", refused="broken image .*no format that is read"),
    "picture_of_a_phone": OddPicture(name="x.jpg", write=odd_files.write_heic, refused="HEIC"),
    "drawing_named_png": _bytes("x.png", b'<svg xmlns="http://www.w3.org/2000/svg"/>', refused="drawing"),
    "bomb": OddPicture(
        name="x.png", write=odd_files.write_bomb, refused=r"is too large: 30000 x 30000 px .* data\.max_megapixels"
    ),
    **{
        f"suffix_{suffix.strip('.~') or 'none'}": _bytes(
            f"x{suffix}", _PNG, left_out=suffix.lower() or "without a suffix"
        )
        for suffix in (
            ".svg",
            ".heic",
            ".hdr",
            ".exr",
            ".npy",
            ".txt",
            ".xml",
            ".mp4",
            ".pdf",
            ".eps",
            ".dcm",
            ".jpg~",
            ".part",
            "",
        )
    },
    **{
        f"hidden_{name}": _bytes(name, b"\0\5\x16\7 of a file manager", left_out="hidden")
        for name in ("._x.jpg", ".DS_Store", ".x.png", "Thumbs.db", "desktop.ini", "Desktop.ini")
    },
}
