"""Headings that a user gave a meaning with `--heading TEXT=KEY`: it wins, and keeps what else the heading says."""

import pytest

from expdb.errors import SpecError
from expdb.report.written.given_headings import unused_headings
from expdb.report.written.reading.heading import read_heading
from expdb.report.written.reading.vocabulary import default_vocabulary
from tests.report.written.tables.written_tables import read, roles, runs, told, written

PIVOT = ("Model|CIFAR-10|CIFAR-100|ImageNet", "A|95.10|77.10|70.20", "B|96.10|78.00|71.00")


@pytest.mark.parametrize("words", [(), ("CIFAR-10=top1",), ("CIFAR-10=top1", "CIFAR-100=top1"), ("ImageNet=top1",)])
def test_a_heading_keeps_its_dataset_beside_the_meaning_that_a_user_gives_it(words):
    found = runs(*PIVOT, words=words, headings=("Top-1 accuracy",))

    assert [(run.dataset, run.top1) for run in found if run.model == "A"] == [
        ("cifar10", 0.951),
        ("cifar100", 0.771),
        ("imagenet-1k", 0.702),
    ]


@pytest.mark.parametrize(
    ("pair", "heading", "dataset", "split", "unit"),
    [
        ("Fidelity (CIFAR-10)=top1", "Fidelity (CIFAR-10)", "cifar10", None, ""),
        ("SVHN test=top1", "SVHN test (%)", "svhn", "test", "%"),
        ("STL-10 score [%]=top5", "STL-10 score [%]", "stl10", None, "%"),
        ("Latency [ms]=eval_seconds", "Latency [ms]", None, None, "ms"),
        ("clothing=top1", "Clothing", "clothing", None, ""),
    ],
)
def test_a_heading_keeps_its_dataset_split_and_unit(pair, heading, dataset, split, unit):
    vocabulary = default_vocabulary().with_additions([pair]).with_datasets(["clothing"])
    found = read_heading(heading, vocabulary)

    assert (found.key, found.dataset, found.split, found.unit) == (pair.split("=")[-1], dataset, split, unit)
    assert found.given_by == pair


def test_a_dataset_that_heads_a_column_is_one_in_cells_sections_and_captions_too():
    found = runs("Model|Dataset|SVHN", "A|SVHN|95.10", "B|SVHN|96.10", words=("SVHN=top1",), headings=())
    assert {run.dataset for run in found} == {"svhn"}

    table = read("Model|SVHN|Top-5", "A|95.1|99.0", words=("SVHN=top1",), headings=(), caption="Results on SVHN")
    assert table.dataset == "svhn"


@pytest.mark.parametrize(
    ("lines", "words", "chosen"),
    [
        (("Model|Fidelity|Accuracy: top-1", "A|95.10|77.10"), ("Fidelity=top1",), "Fidelity"),
        (("Model|Score|Test accuracy (last)", "A|95.10|77.10"), ("Score=top1",), "Score"),
        (("Model|Top-1|Acc.", "A|95.10|77.10"), ("Acc.=top1",), "Acc."),
        (("Network|Method|Acc.", "A|B|77.10"), ("Method=model",), "Method"),
        (("Model|Time|Training time (h)|Acc.", "A|1h|2|77.10"), ("Time=train_seconds",), "Time"),
    ],
)
def test_a_users_word_beats_a_heading_of_ours(lines, words, chosen):
    table = read(*lines, words=words)
    other = next(text for text in lines[0].split("|") if told(*lines, words=words)[text].count("as --heading says"))

    key = words[0].rpartition("=")[2]
    assert roles(table)[chosen] == key
    assert told(*lines, words=words)[other].endswith(f"“{chosen}” is {key}, as --heading says")


@pytest.mark.parametrize(
    "around",
    [
        {"caption": "Accuracy under noise"},
        {"caption": "Error rates (%)"},
        {"sentence": "Accuracies on the training set"},
    ],
)
def test_a_users_word_beats_what_is_said_around_the_table(around):
    assert roles(read("Model|Fidelity", "A|95.10", "B|94.00", words=("Fidelity=top1",), **around))["Fidelity"] == "top1"


@pytest.mark.parametrize(
    ("heads", "words"),
    [
        ("Fidelity|Score", ("Fidelity=top1", "Score=top1")),
        ("Time|Wall", ("Time=train_seconds", "Wall=train_seconds")),
        ("CIFAR-10|C10 acc", ("CIFAR-10=top1", "C10 acc=top1", "C10=cifar10")),
    ],
)
def test_two_headings_of_a_user_for_one_quantity_are_refused_by_name(heads, words):
    with pytest.raises(SpecError) as refused:
        read(f"Model|{heads}", "A|95.10h|77.10h" if "Time" in heads else "A|95.10|77.10", words=words)
    assert all(repr(pair) in str(refused.value) for pair in words[:2])


def test_one_heading_with_two_meanings_is_refused():
    with pytest.raises(SpecError, match="'Score=top1' and 'score=top5' say two things of one heading"):
        default_vocabulary().with_additions(["Score=top1", "score=top5"])


def test_two_headings_of_a_user_for_two_datasets_are_both_read():
    found = runs("Model|C10|CIFAR-100", "A|95.10|77.10", words=("C10=cifar10", "CIFAR-100=top1"), headings=())
    assert {(run.dataset, run.top1) for run in found} == {("cifar10", 0.951), ("cifar100", 0.771)}


def test_a_users_word_for_cells_that_cannot_be_read_takes_nothing_from_others():
    lines = ("Model|Clean / Noisy|acc@1/acc@5", "A|95.10 / 92.00|77.10/90.20")

    assert told(*lines, words=("Clean / Noisy=top1",)) == {
        "Model": "model",
        "Clean / Noisy": "setting of its own: its cells are no top1",
        "acc@1/acc@5": "top1, % and top5, %",
    }


def test_a_heading_that_no_table_has_is_told_with_what_is_near():
    table = written("Model|Latency [ms]|Top-1", "Params|1.0|70.0")
    pairs = ("Nosuch=top1", "Latency [s]=eval_seconds", "Top-1=top1", "Params=num_params")

    found = list(unused_headings(default_vocabulary().with_additions(pairs), [table]))
    assert found == [
        "--heading 'Nosuch=top1': no table has such a heading",
        "--heading 'Latency [s]=eval_seconds': no table has such a heading: did you mean 'Latency [ms]'?",
    ]
