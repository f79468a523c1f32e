import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import ExifTags, Image, ImageCms, TiffImagePlugin
from PIL.PngImagePlugin import PngInfo

from expdb.data.pictures import FIRST_FRAME, ON_BACKGROUND, TURNED, open_rgb, picture_suffixes, reading_of
from expdb.domain.spec import DataSpec
from expdb.errors import DataError

DATA = DataSpec()
RED, GREEN, BLUE, WHITE, BLACK = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255), (0, 0, 0)


def tiff_of(*, bits: int, width: int, pixels: bytes, photometric: int = 1) -> bytes:
    """Return a TIFF of one row of grey, in little endian."""
    tags = {256: width, 257: 1, 258: bits, 259: 1, 262: photometric, 273: 0, 277: 1, 278: 1, 279: len(pixels)}
    tags[273] = 8 + 2 + 12 * len(tags) + 4
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in sorted(tags.items()))
    return struct.pack("<2sHI", b"II", 42, 8) + struct.pack("<H", len(tags)) + entries + bytes(4) + pixels


def shown(path: Path, data: DataSpec = DATA) -> Image.Image:
    """Read a picture, and see that what its header tells of reading it can be told."""
    reading_of(path, data)
    return open_rgb(path, data)


def grey_ramp(path: Path, values: np.ndarray, mode: str | None = None, **options: object) -> list[int]:
    """Write one row of samples and return what is seen of it."""
    image = Image.fromarray(values[None])
    (image if mode is None else image.convert(mode)).save(path, **options)
    return [int(value) for value in np.asarray(shown(path))[0, :, 0]]


@pytest.mark.parametrize("suffix", [".png", ".tif", ".pgm"])
def test_grey_of_16_bits_keeps_its_shades(tmp_path: Path, suffix: str) -> None:
    values = np.array([0, 257, 128 * 257, 65535], dtype=np.uint16)

    assert grey_ramp(tmp_path / f"x{suffix}", values) == [0, 1, 128, 255]
    assert reading_of(tmp_path / f"x{suffix}", DATA) == ("scaled from 16 bits",)


def test_grey_of_16_bits_of_the_other_byte_order_keeps_its_shades(tmp_path: Path) -> None:
    image = Image.frombytes("I;16B", (2, 1), struct.pack(">2H", 0, 65535))
    image.save(tmp_path / "x.tif")

    assert np.asarray(shown(tmp_path / "x.tif"))[0, :, 0].tolist() == [0, 255]


def test_colours_of_16_bits_keep_their_shades(tmp_path: Path) -> None:
    rows = b"\x00" + struct.pack(">3H", 65535, 128 * 257, 257)
    (tmp_path / "x.png").write_bytes(png_of(width=1, depth=16, colour_type=2, rows=rows))

    assert shown(tmp_path / "x.png").getpixel((0, 0)) == (255, 128, 1)


def png_of(*, width: int, depth: int, colour_type: int, rows: bytes, extra: bytes = b"") -> bytes:
    header = struct.pack(">2I5B", width, 1, depth, colour_type, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b"")]
    packed = [chunk(kind, content) for kind, content in chunks]
    return b"\x89PNG\r\n\x1a\n" + packed[0] + extra + b"".join(packed[1:])


def chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def test_tiff_of_12_bits_is_scaled_by_the_bits_that_it_states(tmp_path: Path) -> None:
    tags = TiffImagePlugin.ImageFileDirectory_v2()
    tags[281] = 4095
    values = np.array([0, 2048, 4095], dtype=np.uint16)

    assert grey_ramp(tmp_path / "x.tif", values, tiffinfo=tags) == [0, 128, 255]


def test_tiff_whose_highest_sample_is_no_range_is_scaled_by_its_type(tmp_path: Path) -> None:
    tags = TiffImagePlugin.ImageFileDirectory_v2()
    tags[281] = 40_000
    values = np.array([0, 40_000], dtype=np.uint16)

    assert grey_ramp(tmp_path / "x.tif", values, tiffinfo=tags) == [0, round(40_000 / 257)]


def test_packed_12_bits_are_scaled_by_their_range(tmp_path: Path) -> None:
    (tmp_path / "x.tif").write_bytes(tiff_of(bits=12, width=2, pixels=bytes([0x00, 0x0F, 0xFF])))

    assert np.asarray(shown(tmp_path / "x.tif"))[0, :, 0].tolist() == [0, 255]


def test_16_bits_of_which_white_is_zero_are_turned_round(tmp_path: Path) -> None:
    (tmp_path / "x.tif").write_bytes(tiff_of(bits=16, width=2, pixels=struct.pack("<2H", 0, 65535), photometric=0))

    assert np.asarray(shown(tmp_path / "x.tif"))[0, :, 0].tolist() == [255, 0]


def test_floats_from_0_to_1_are_shades(tmp_path: Path) -> None:
    assert grey_ramp(tmp_path / "x.tif", np.array([0, 0.5, 1], dtype=np.float32)) == [0, 128, 255]


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (np.array([0, 255], dtype=np.float32), "floats from 0 to 255, outside of 0 to 1"),
        (np.array([-0.1, 1], dtype=np.float32), "floats from -0.1 to 1, outside of 0 to 1"),
        (np.array([0, np.nan], dtype=np.float32), "not finite"),
        (np.array([0, np.inf], dtype=np.float32), "not finite"),
        (np.array([0, 70_000], dtype=np.int32), "integers from 0 to 70000 whose range is not stated"),
    ],
)
def test_numbers_whose_range_nobody_states_are_refused_by_name(tmp_path: Path, values: np.ndarray, words: str) -> None:
    Image.fromarray(values[None]).save(tmp_path / "x.tif")

    with pytest.raises(DataError, match=rf"x\.tif' holds (values that are )?{words}") as caught:
        shown(tmp_path / "x.tif")

    assert "repair" not in str(caught.value)


@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "tif", "avif"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_picture_is_turned_as_exif_says(tmp_path: Path, suffix: str, orientation: int) -> None:
    upright = Image.new("RGB", (48, 32), WHITE)
    upright.paste(RED, (0, 0, 24, 16))  # the upper left
    upright.paste(BLUE, (24, 0, 48, 16))
    undo = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}  # Image.Transpose, from what is seen to what is stored
    stored = upright if orientation == 1 else upright.transpose(Image.Transpose(undo[orientation]))
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    path = tmp_path / f"x.{suffix}"
    stored.save(path, exif=exif, quality=95)

    seen = shown(path)

    assert seen.size == (48, 32)
    corners = [seen.getpixel(place) for place in ((12, 8), (36, 8), (12, 24))]
    for colour, expected in zip(corners, (RED, BLUE, WHITE), strict=True):
        assert np.abs(np.array(colour) - expected).max() < 40, (orientation, corners)
    assert (TURNED in reading_of(path, DATA)) is (orientation != 1)


def test_exif_behind_the_pixels_of_a_png_counts(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    file = io.BytesIO()
    Image.new("RGB", (4, 2)).save(file, "PNG")
    whole = file.getvalue()
    late = chunk(b"eXIf", exif.tobytes().removeprefix(b"Exif\x00\x00"))
    (tmp_path / "x.png").write_bytes(whole[:-12] + late + whole[-12:])

    assert shown(tmp_path / "x.png").size == (2, 4)
    assert reading_of(tmp_path / "x.png", DATA) == (TURNED,)


@pytest.mark.parametrize("orientation", [0, 9, 77])
def test_an_orientation_that_means_nothing_turns_nothing(tmp_path: Path, orientation: int) -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    Image.new("RGB", (4, 2)).save(tmp_path / "x.jpg", exif=exif)

    assert shown(tmp_path / "x.jpg").size == (4, 2)
    assert reading_of(tmp_path / "x.jpg", DATA) == ()


@pytest.mark.filterwarnings("ignore:Corrupt EXIF data")
def test_broken_exif_leaves_a_picture_as_it_is(tmp_path: Path) -> None:
    Image.new("RGB", (4, 2), RED).save(tmp_path / "x.jpg", exif=b"Exif\x00\x00MM\x00*broken")

    assert shown(tmp_path / "x.jpg").size == (4, 2)


TRANSPARENT = {
    "rgba.png": Image.new("RGBA", (8, 8), (*RED, 0)),
    "la.png": Image.new("LA", (8, 8), (0, 0)),
    "rgba.webp": Image.new("RGBA", (8, 8), (*RED, 0)),
    "rgba.tif": Image.new("RGBA", (8, 8), (*RED, 0)),
    "palette.png": Image.new("RGB", (8, 8), RED).quantize(4),
    "palette.gif": Image.new("P", (8, 8), 3),
    "grey.png": Image.new("L", (8, 8), 3),
    "colour.png": Image.new("RGB", (8, 8), (3, 3, 3)),
    "wide.png": Image.fromarray(np.full((8, 8), 3, dtype=np.uint16)),
}
CLEAR = {"grey.png": 3, "colour.png": (3, 3, 3), "wide.png": 3, "palette.png": 0, "palette.gif": 3}


@pytest.mark.parametrize("name", TRANSPARENT)
@pytest.mark.parametrize(("background", "seen"), [("white", WHITE), ("black", BLACK), ("#00ff00", GREEN)])
def test_transparency_is_laid_on_the_background(
    tmp_path: Path, name: str, background: str, seen: tuple[int, int, int]
) -> None:
    options = {"transparency": CLEAR[name]} if name in CLEAR else {"lossless": True} if name.endswith("webp") else {}
    TRANSPARENT[name].save(tmp_path / name, **options)

    picture = shown(tmp_path / name, DataSpec(background=background))

    assert (picture.mode, picture.getpixel((2, 2))) == ("RGB", seen)
    assert ON_BACKGROUND in reading_of(tmp_path / name, DATA)


def test_half_transparency_mixes_with_the_background(tmp_path: Path) -> None:
    Image.new("RGBA", (8, 8), (255, 0, 0, 128)).save(tmp_path / "x.png")

    assert shown(tmp_path / "x.png").getpixel((0, 0)) == (255, 127, 127)


OPAQUE = {
    "bit.png": (Image.new("1", (8, 8), 1), WHITE),
    "bit.tif": (Image.new("1", (8, 8), 1), WHITE),
    "grey.jpg": (Image.new("L", (8, 8), 128), (128, 128, 128)),
    "palette.png": (Image.new("RGB", (8, 8), RED).quantize(4), RED),
    "palette.bmp": (Image.new("RGB", (8, 8), RED).quantize(4), RED),
    "cmyk.jpg": (Image.new("CMYK", (8, 8), (0, 255, 255, 0)), RED),
    "cmyk.tif": (Image.new("CMYK", (8, 8), (0, 255, 255, 0)), RED),
    "ycbcr.tif": (Image.new("RGB", (8, 8), RED).convert("YCbCr"), RED),
    "colour.jp2": (Image.new("RGB", (8, 8), RED), RED),
    "colour.avif": (Image.new("RGB", (8, 8), RED), RED),
    "colour.tga": (Image.new("RGB", (8, 8), RED), RED),
    "colour.ico": (Image.new("RGB", (16, 16), RED), RED),
    "colour.ppm": (Image.new("RGB", (8, 8), RED), RED),
}


@pytest.mark.parametrize("name", OPAQUE)
def test_every_colour_space_is_seen_in_its_colours(tmp_path: Path, name: str) -> None:
    image, expected = OPAQUE[name]
    image.save(tmp_path / name)

    seen = shown(tmp_path / name)

    assert np.abs(np.array(seen.getpixel((4, 4))) - expected).max() <= 6
    assert tmp_path.joinpath(name).suffix in picture_suffixes()


def test_lab_is_seen_in_its_colours(tmp_path: Path) -> None:
    transform = ImageCms.buildTransform(ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB"), "RGB", "LAB")
    image = ImageCms.applyTransform(Image.new("RGB", (8, 8), (200, 30, 40)), transform)
    assert image is not None
    image.save(tmp_path / "x.tif")

    assert np.abs(np.array(shown(tmp_path / "x.tif").getpixel((0, 0))) - (200, 30, 40)).max() <= 4


@pytest.mark.parametrize("suffix", ["gif", "tif", "webp", "png"])
def test_of_several_frames_the_first_is_read_and_that_is_said(tmp_path: Path, suffix: str) -> None:
    frames = [Image.new("RGB", (8, 8), colour) for colour in (RED, BLUE)]
    path = tmp_path / f"x.{suffix}"
    frames[0].save(path, save_all=True, append_images=frames[1:], **({"lossless": True} if suffix == "webp" else {}))

    assert shown(path).getpixel((0, 0)) == RED
    assert FIRST_FRAME in reading_of(path, DATA)


def test_a_picture_over_the_limit_is_too_large_and_the_setting_is_named(tmp_path: Path) -> None:
    Image.new("1", (2000, 1000)).save(tmp_path / "x.png")

    with pytest.raises(
        DataError, match=r"too large: 2000 x 1000 px are 2\.0 megapixels, more than data\.max_"
    ) as caught:
        shown(tmp_path / "x.png", DataSpec(max_megapixels=1.9))

    assert "repair" not in str(caught.value)
    assert shown(tmp_path / "x.png", DataSpec(max_megapixels=2)).size == (2000, 1000)


def test_a_picture_over_pillows_own_limit_is_read_if_the_setting_lets_it(tmp_path: Path) -> None:
    Image.new("1", (20_000, 9000)).save(tmp_path / "x.png")

    with pytest.raises(DataError, match=r"are 180\.0 megapixels, more than data\.max_megapixels=179"):
        reading_of(tmp_path / "x.png", DATA)
    assert reading_of(tmp_path / "x.png", DataSpec(max_megapixels=200)) == ()


def test_a_png_with_long_text_is_read(tmp_path: Path) -> None:
    text = PngInfo()
    text.add_text("comment", "a" * 3_000_000, zip=True)
    Image.new("RGB", (4, 2), RED).save(tmp_path / "x.png", pnginfo=text)

    assert shown(tmp_path / "x.png").getpixel((0, 0)) == RED


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "broken image .* it is empty; repair or remove"),
        (b"no picture at all", "broken image .* no format that is read; repair or remove"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:1", "is a pointer of Git LFS"),
        (b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic", "is an HEIC picture, which is not read: convert it"),
        (b"<!DOCTYPE html><html><head>", "is a web page"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "is a drawing"),
        (tiff_of(bits=64, width=1, pixels=bytes(8)), "is a TIFF of a kind that is not read"),
        (b"%PDF-1.7 and so on", "is a PDF document"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "no format that is read"),
    ],
)
def test_what_is_no_picture_is_refused_by_what_it_is(tmp_path: Path, content: bytes, words: str) -> None:
    (tmp_path / "x.jpg").write_bytes(content)

    with pytest.raises(DataError, match=words) as caught:
        shown(tmp_path / "x.jpg")

    assert "\n" not in str(caught.value)


def test_a_picture_that_is_not_there_is_not_called_broken(tmp_path: Path) -> None:
    (tmp_path / "x.jpg").symlink_to(tmp_path / "nowhere.jpg")

    with pytest.raises(DataError, match=r"cannot read the image .*x\.jpg': No such file") as caught:
        shown(tmp_path / "x.jpg")

    assert "repair" not in str(caught.value)


@pytest.mark.parametrize("suffix", [".avif", ".bmp", ".gif", ".ico", ".jp2", ".jpg", ".mpo", ".png", ".qoi", ".tif"])
def test_every_kind_of_picture_that_pillow_reads_is_read(suffix: str) -> None:
    assert suffix in picture_suffixes()


@pytest.mark.parametrize(
    "suffix", [".pdf", ".eps", ".mpeg", ".h5", ".wmf", ".fits", ".heic", ".svg", ".npy", ".txt", ""]
)
def test_documents_and_films_are_no_pictures(suffix: str) -> None:
    assert suffix not in picture_suffixes()
