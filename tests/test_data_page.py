"""docs/data.md says what the code does; what it says of single pictures and folders is held in the other tests here."""

from pathlib import Path

from expdb.catalog.augmentations import AUGMENTATIONS
from expdb.catalog.split_folders import is_hidden
from expdb.data.check_pictures import MOST_DECODED
from expdb.domain.spec import AugSpec, DataSpec, spec_fields

PAGE = (Path(__file__).parents[1] / "docs" / "data.md").read_text(encoding="utf-8")


def test_the_page_names_the_settings_of_pictures_with_their_defaults() -> None:
    data = DataSpec()

    for key in ("data.background", "data.max_megapixels", "data.verify", "data.normalize", "eval.crop", "aug.crop"):
        assert key in PAGE
        assert key in spec_fields()
    assert f"`data.background` ({data.background};" in PAGE
    assert f"`data.max_megapixels` ({data.max_megapixels:g})" in PAGE
    assert f"at most {MOST_DECODED / 1e9:g} GB" in PAGE


def test_the_page_names_what_is_hidden_and_what_standard_means() -> None:
    assert all(name in PAGE and is_hidden(name) for name in (".ipynb_checkpoints", "._x.jpg", "__MACOSX", "Thumbs.db"))
    assert f"{AugSpec().crop_min_scale:.0%}".removesuffix("%") + " to 100 %" in PAGE
    assert "standard" in AUGMENTATIONS
