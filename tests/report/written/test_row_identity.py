"""What a written row is known by."""

import itertools
import unicodedata
from pathlib import Path

import pytest

from expdb.errors import SpecError
from expdb.report.written.row_identity import document_key, key_parts, numbered_key, row_key, row_keys, same_spelling

RESNET = (("model", "ResNet-50"), ("augmentation", "CutMix"))


def key(*, document="deit/README.md", table="Results", described=RESNET, occurrence=1) -> str:
    return row_key(document, table, described, occurrence)


@pytest.mark.parametrize(
    "described",
    [
        RESNET[::-1],
        (("Model", "resnet-50"), ("Augmentation", "cutmix")),
        (("model", " ResNet‑50 "), ("augmentation", "CutMix")),
        (("model", "ResNet–50"), ("augmentation", "CutMix")),
        (("model", "ＲｅｓＮｅｔ-50"), ("augmentation", "Cut\u200bMix")),
        (("model", "ResNet - 50"), ("augmentation", "CutMix")),
        (*RESNET, ("remark", "")),
        (*RESNET, ("remark", "—")),
    ],
)
def test_the_same_row_spelled_otherwise_has_the_same_key(described):
    assert key(described=described) == key()


def test_a_decomposed_korean_name_has_the_same_key():
    composed, decomposed = (unicodedata.normalize(form, "모델") for form in ("NFC", "NFD"))
    assert composed != decomposed
    assert key(table=decomposed, described=[(decomposed, decomposed)]) == key(
        table=composed, described=[(composed, composed)]
    )


def test_document_and_table_are_the_same_in_another_case_and_spacing():
    assert key(document="DeiT/readme.md", table=" results ") == key()


def test_another_document_table_cell_heading_or_occurrence_is_another_row():
    keys = {
        key(),
        key(document="swin/README.md"),
        key(table="Results on CIFAR-100"),
        key(described=(("model", "ResNet-101"), ("augmentation", "CutMix"))),
        key(described=(("model", "CutMix"), ("augmentation", "ResNet-50"))),
        key(described=RESNET[:1]),
        key(described=(*RESNET, ("pretrained", "✓"))),
        key(described=(*RESNET, ("pretrained", "✗"))),
        key(occurrence=2),
    }
    assert len(keys) == 9


def test_blanks_between_words_and_numbers_count():
    texts = ("0.1 5", "0.15", "01 5", "0. 15 1", "a b", "ab")
    assert len({key(described=[("settings", text)]) for text in texts}) == len(texts)


def test_what_stands_in_one_cell_is_not_what_stands_in_two():
    assert key(described=[("a", 'b","c')]) != key(described=[("a", "b"), ("", "c")])


def test_rows_alike_are_counted_in_their_order_whatever_stands_between_them():
    other = ("Results", (("model", "SENet"),))
    same = ("Results", RESNET)
    respelled = ("results", (("Model", "resnet-50"), ("augmentation", "cutmix")))

    keys = row_keys("deit/README.md", [other, same, other, respelled])

    assert keys[1:] == [key(), key(described=other[1], occurrence=2), key(occurrence=2)]
    assert len(set(keys)) == 4


def test_rows_alike_have_keys_that_tell_so():
    first, second = key(), key(occurrence=12)

    assert key_parts(first) == (first, 1)
    assert key_parts(second) == (first, 12)
    assert numbered_key(first, 12) == second


def test_a_row_that_moves_keeps_its_key():
    rows = [("Results", (("model", name),)) for name in ("A", "B", "C")]
    by_name = dict(zip("ABC", row_keys("d", rows), strict=True))

    for order in itertools.permutations(range(3)):
        moved = row_keys("d", [rows[index] for index in order])
        assert moved == [by_name["ABC"[index]] for index in order]


def test_a_key_fits_an_index_however_long_its_cells_are():
    assert len(key(described=[("settings", "x" * 100_000)])) == len(key()) == 32


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("deit/resmlp-results.md", "resmlp-results.md"),
        ("deit/README.md", "deit/README.md"),
        ("deit/readme.ko.md", "deit/readme.ko.md"),
        ("deit/README_zh-CN.md", "deit/README_zh-CN.md"),
        ("deit/../swin/report.md", "swin/report.md"),
        ("mine/thesis/main.tex", "mine/thesis/main.tex"),
        ("mine/docs/index.html", "mine/docs/index.html"),
        ("mine/paper-v2.tex", "mine/paper-v2.tex"),
        ("mine/보고서.md", "mine/보고서.md"),
        ("mine/report on cutout.md", "report on cutout.md"),
        ("mine/mainly.md", "mainly.md"),
    ],
)
def test_a_document_is_its_files_name_with_its_folder_where_that_says_nothing(path, expected):
    assert document_key(Path("/home/x") / path) == expected


def test_a_file_of_the_working_folder_is_called_by_that_folder(tmp_path, monkeypatch):
    folder = tmp_path / "vit"
    folder.mkdir()
    monkeypatch.chdir(folder)
    assert document_key("README.md") == document_key(Path("../vit/README.md")) == "vit/README.md"


def test_a_declared_key_is_the_documents_key():
    assert document_key("deit/README.md", "  my  study ") == "my study"


@pytest.mark.parametrize("declared", ["", "  ", "a\0b"])
def test_a_declared_key_is_printable_text(declared):
    with pytest.raises(SpecError, match="document"):
        document_key("deit/README.md", declared)


def test_spelling_keeps_what_makes_a_name_another_one():
    names = ("ResNet50", "ResNet-50", "ResNet_50", "ResNet 50", "ResNet+50")
    assert len({same_spelling(name) for name in names}) == len(names)
