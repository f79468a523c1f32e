"""The words of written reports stand in one file, a language beside a language: the code has none, a third works."""

import ast
import re
from pathlib import Path

import pytest

from expdb.interop.report_document import read_report
from expdb.report.check.same_words import same_words
from expdb.report.written.reading.cell_words import cell_words, shipped_cell_words, words_in_use
from expdb.report.written.reading.numbers import is_blank, read_cell
from expdb.report.written.reading.settings_cell import read_settings, read_truth
from expdb.report.written.reading.units import dimension_of_unit, power_of, seconds_of
from expdb.report.written.reading.vocabulary import Vocabulary, default_vocabulary
from expdb.report.written.reading.vocabulary_file import shipped_vocabulary

REPORT = Path(__file__).parents[3] / "expdb" / "report"
HANGUL = re.compile(r"[\u1100-\u11ff\u3130-\u318f\uac00-\ud7a3]")
# What Hangul stands for there is no word: the letters of a script; names of files, of which recorded keys are made.
ALLOWED = {"written/reading/pieces.py", "written/row_identity.py"}

GERMAN = """
[quantities.top1]
de = ["Genauigkeit"]
[quantities.train_seconds]
de = ["Trainingszeit"]
[quantities.model]
de = ["Modell"]
[quantities.remark]
de = ["Bemerkung"]
[words.accuracy]
de = ["Genauigkeit"]
[units.time.min]
de = ["Minute", "Minuten"]
[units.time.h]
de = ["Stunde", "Stunden"]
[units.count.M]
de = ["Mio", "Millionen"]
[units.time.week]
factor = 604800
de = ["Woche", "Wochen"]
[settings.cutmix]
de = ["Schnittmix"]
[settings.lr]
de = ["Lernrate"]
[cells.blank]
de = ["keine Angabe"]
[cells.yes]
de = ["ja"]
[cells.no]
de = ["nein"]
[cells.seeds]
de = ["Läufe"]
[cells.plain]
de = ["ohne Augmentierung"]
[around.names_before]
de = ["auf dem Datensatz"]
[around.pretrained_behind]
de = ["vortrainiert"]
[around.lists]
de = ["und"]
[captions.table]
de = ["Tabelle"]
"""


def german() -> Vocabulary:
    return default_vocabulary().with_additions(documents={"german.toml": GERMAN})


def read(text: str, vocabulary: Vocabulary | None = None):
    reading = read_report(text, name="bericht.md", vocabulary=vocabulary or german())
    [table] = reading.tables
    return list(table.runs)


def texts_of(module: Path) -> list[str]:
    """Return the text constants of a module that are no docstrings; its comments are none of them."""
    tree = ast.parse(module.read_text(encoding="utf-8"))
    with_docstring = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, with_docstring) and node.body and isinstance(node.body[0], ast.Expr)
    }
    return [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings
    ]


def test_no_korean_word_stands_in_the_code():
    modules = {path.relative_to(REPORT).as_posix(): path for path in sorted(REPORT.rglob("*.py"))}
    with_words = {name for name, path in modules.items() if any(map(HANGUL.search, texts_of(path)))}

    assert with_words == ALLOWED


def test_every_unit_of_headings_is_one_behind_numbers_and_the_other_way_round():
    for dimension, units in shipped_vocabulary().units.items():
        for unit, entry in units.items():
            if dimension not in ("time", "memory", "count"):
                continue
            assert entry.factor, unit
            for word in entry.all_words():
                assert dimension_of_unit(word) in (dimension, None), word
                meant = [one for one in default_vocabulary().meanings(same_words(word)) if one.kind == "unit"]
                assert any((one.dimension, one.value) == (dimension, unit) for one in meant) or "^" in word, word


@pytest.mark.parametrize("kind", ["blank", "yes", "no", "seeds", "devices", "epochs", "images", "links", "plain"])
def test_every_kind_of_cell_has_words_in_both_languages(kind):
    languages = shipped_vocabulary().cells[kind].words

    assert languages["en"]
    assert languages["ko"]


def test_german_headings_units_and_blanks_are_read():
    [row, other] = read(
        """# CIFAR-100

| Modell | Genauigkeit (%) | Trainingszeit | Params |
| --- | --- | --- | --- |
| ResNet50 | 82.85 ± 0.12 (3 Läufe) | 90 Minuten | 23.7 Mio |
| ResNet18 | 80.10 | keine Angabe | 11.2 Millionen |
"""
    )

    assert (row.model, row.dataset, row.top1) == ("ResNet50", "cifar100", 0.8285)
    assert row.metrics["top1_n"] == 3
    assert (row.train_seconds, other.train_seconds) == (5400, None)
    assert (row.num_params, other.num_params) == (23_700_000, 11_200_000)
    assert other.unparsed == ()


def test_a_german_column_without_augmentation_stands_beside_those_of_augmentations():
    rows = read(
        """# CIFAR-100

Tabelle 2: Genauigkeit (%)

| Modell | ohne Augmentierung | + Schnittmix |
| --- | --- | --- |
| ResNet50 | 76.10 | 78.20 |
"""
    )

    assert [(row.top1, dict(row.settings)) for row in rows] == [(0.761, {}), (0.782, {"cutmix": True})]


@pytest.mark.parametrize(
    ("sentence", "dataset"),
    [
        ("Alle Netze wurden auf dem Datensatz CIFAR-10 trainiert.", "cifar10"),
        ("Netze, mit ImageNet vortrainiert, auf CIFAR-100.", "cifar100"),
        ("Alle Netze wurden auf dem Datensatz Pets trainiert.", "pets"),
    ],
)
def test_a_german_sentence_says_the_dataset(sentence, dataset):
    [row] = read(f"{sentence}\n\n| Modell | Genauigkeit |\n| --- | --- |\n| ResNet50 | 76.10 |\n")

    assert row.dataset == dataset


def test_german_cells_are_read_while_the_words_are_in_use_and_not_after():
    with words_in_use(german().cells):
        assert read_truth("Ja") is True
        assert read_truth("nein") is False
        assert is_blank("keine Angabe")
        assert read_settings("Schnittmix 1 / Lernrate 0.1").values == {"cutmix": 1.0, "lr": 0.1}
        assert (seconds_of("Stunden"), seconds_of("Wochen"), power_of("Mio")) == (3600, 604800, 10**6)
        assert read_cell("82.1 ± 0.2 (30 Läufe)", "percent").n == 30
        assert read_truth("사용") is True

    assert cell_words() is shipped_cell_words()
    assert read_truth("ja") is None
    assert not is_blank("keine Angabe")
    assert read_cell("82.1 ± 0.2 (30 Läufe)", "percent") is None


def test_words_of_two_documents_do_not_mix():
    table = "# CIFAR-100\n\n| Modell | Top-1 | Params |\n| --- | --- | --- |\n| A | 76.10 | 9 Millionen |\n"
    theirs = default_vocabulary().with_additions(["Modell=model"])

    assert [row.num_params for row in read(table)] == [9_000_000]
    assert [row.num_params for row in read(table, theirs)] == [None]
