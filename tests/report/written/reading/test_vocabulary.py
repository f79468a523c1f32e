"""The vocabulary of written tables: what its file holds, and what a user adds to it."""

import pytest

from expdb.catalog.datasets import DATASETS
from expdb.errors import SpecError
from expdb.report.columns import COLUMNS
from expdb.report.written.reading.cell_words import shipped_cell_words
from expdb.report.written.reading.heading import read_heading
from expdb.report.written.reading.vocabulary import default_vocabulary


def with_document(text: str, name: str = "mine.toml"):
    return default_vocabulary().with_additions(documents={name: text})


def key(heading: str, vocabulary=None) -> str | None:
    return read_heading(heading, vocabulary or default_vocabulary()).key


@pytest.mark.parametrize("name", COLUMNS)
def test_every_column_of_expdb_is_known_by_its_name_and_its_heading(name):
    for text in (name, COLUMNS[name].heading):
        read = read_heading(text, default_vocabulary())

        heads_several = {other for other in COLUMNS if COLUMNS[other].heading == text}
        assert set(read.keys) & (heads_several | {name}), text
        assert read.left == ()


@pytest.mark.parametrize("name", DATASETS)
def test_every_dataset_of_the_catalog_is_known_by_its_name(name):
    assert default_vocabulary().dataset(name) == name


def test_a_word_of_the_user_wins_over_ours():
    vocabulary = default_vocabulary().with_additions(["FLOPs=macs", "Time=train_seconds", "acc=top5", "Weight=model"])

    assert key("FLOPs (G)", vocabulary) == "macs"
    assert key("Time (h)", vocabulary) == "train_seconds"
    assert key("acc. (%)", vocabulary) == "top5"
    assert key("Weight", vocabulary) == key("Model")
    assert key("FLOPs (G)") is None


@pytest.mark.parametrize(
    ("pair", "heading", "meant"),
    [
        ("acc. (ours)=top1", "Acc. (ours)", "top1"),
        ("acc. (ours)=top1", "acc (ours) [%]", "top1"),
        ("epoch(lr = 0.1)=epochs", "epoch (lr=0.1)", "epochs"),
        ("Top-1 (EMA)=top1", "Top-1 (EMA)", "top1"),
        ("최종 성능=top1", "최종 성능 (%)", "top1"),
    ],
)
def test_a_heading_with_signs_and_brackets_is_given_a_meaning(pair, heading, meant):
    assert key(heading, default_vocabulary().with_additions([pair])) == meant


def test_an_added_word_says_an_error_rate_or_a_dataset():
    vocabulary = default_vocabulary().with_additions(["Mistakes=top1_error", "C10=cifar10"])

    read = read_heading("Mistakes (%)", vocabulary)
    assert (read.key, read.is_error, read.unit) == ("top1", True, "%")
    assert read_heading("C10", vocabulary).dataset == "cifar10"
    assert read_heading("C10 Top-1", vocabulary).dataset == "cifar10"


def test_an_added_heading_of_more_words_is_still_accounted_for():
    vocabulary = default_vocabulary().with_additions(["Foo=top1"])

    assert key("Foo", vocabulary) == "top1"
    assert key("Foo (train)", vocabulary) is None
    assert key("Foo bar", vocabulary) is None


@pytest.mark.parametrize("pair", ["acc", "=top1", "acc=", "(ours)", " = "])
def test_an_addition_without_text_or_key_is_refused(pair):
    with pytest.raises(SpecError, match="is not TEXT=KEY"):
        default_vocabulary().with_additions([pair])


@pytest.mark.parametrize(
    ("pair", "near"), [("acc=top11", "did you mean top1"), ("FLOPs=mac", "macs"), ("x=qqqq", "expdb table --columns")]
)
def test_a_key_that_is_none_is_refused_with_what_is_near(pair, near):
    with pytest.raises(SpecError, match=near):
        default_vocabulary().with_additions([pair])


def test_a_file_of_the_same_form_adds_words():
    vocabulary = with_document(
        """
        [quantities.top1]
        en = ["score"]
        ko = ["점수"]
        [quantities.model]
        en = ["weight"]
        [words.remark]
        en = ["reproduced"]
        [datasets.clothing]
        en = ["Clothing-1M"]
        [settings.cutmix]
        en = ["cut and mix"]
        """
    )

    assert key("Score (%)", vocabulary) == key("점수", vocabulary) == "top1"
    assert key("weight", vocabulary) == key("Model")
    assert key("Top-1 (reproduced)", vocabulary) == "top1"
    assert read_heading("Clothing1M top-1", vocabulary).dataset == "clothing"
    assert key("Cut and mix", vocabulary) == "cutmix"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[quantities.top1]\ngerman = ['Genauigkeit']", "quantities.top1.german"),
        ("[quantity.top1]\nen = ['a']", "quantity"),
        ("[splits.holdout]\nen = ['a']", "splits"),
        ("[quantities.nothing]\nen = ['a']", "'nothing' is no column"),
        ("[quantities.x]\nkeys = ['top11']\nen = ['a']", "'top11' is no column"),
        ("[hints.nothing]\nen = ['a']", "'nothing' is no column"),
        ("[quantities.top1]\nen = ['score']\n[quantities.top5]\nen = ['Score']", "top1 and in quantities.top5"),
        ("[quantities.top1]\nen = ['  ']", "has neither letters nor signs"),
        ("[quantities.top1", "is no TOML"), ("x = " + "[" * 9000, "nested more than 100 deep"),
    ],
)  # fmt: skip
def test_a_file_of_another_form_is_refused_with_its_name_and_place(text, told):
    with pytest.raises(SpecError, match=told) as refused:
        with_document(text)
    assert str(refused.value).startswith("mine.toml")


def test_names_of_runs_datasets_are_known_where_they_mean_nothing_else():
    vocabulary = default_vocabulary().with_datasets(["clothing", "folder:my-set", "seed"])

    assert read_heading("Clothing top-1", vocabulary).dataset == "clothing"
    assert key("Seed", vocabulary) == "seed"


def test_settings_of_cells_have_their_spellings():
    words = shipped_cell_words().settings

    assert (words["wd"], words["stochasticdepth"], words["학습률"]) == ("weight_decay", "drop_path", "lr")
