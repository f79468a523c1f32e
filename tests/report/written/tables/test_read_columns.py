"""Which column is what: the model, the results, and what keeps its own heading."""

from dataclasses import replace

import pytest

from expdb.report.written.reading.vocabulary import default_vocabulary
from expdb.report.written.rows import stated_rows
from expdb.report.written.tables.read_table import read_table
from expdb.report.written.tables.told import told_columns
from tests.report.written.tables.written_tables import column, read, roles, runs, told, written


@pytest.mark.parametrize("heading", ["Flip", "Crop", "EMA", "Dropout", "lr", "Weight decay"])
def test_accuracies_are_no_settings_whatever_setting_their_heading_names(heading):
    [run] = runs(f"Model|Top-1 (%)|{heading}", "A|95.12|92.14")

    assert run.metrics == {heading.replace(" ", "_"): 92.14}
    assert run.settings == {}


@pytest.mark.parametrize(
    ("headings", "model"),
    [
        ("name|Top-1|#params", "name"),
        ("Network|Top-1|#params", "Network"),
        ("Architecture|Top-1|#params", "Architecture"),
        ("Backbone|Top-1|#params", "Backbone"),
        ("Method|Top-1|#params", "Method"),
        ("Method|Backbone|Top-1", "Backbone"),
        ("name|Method|Top-1", "Method"),
        ("Backbone|Architecture|Top-1", "Architecture"),
        ("Network|Model|Top-1", "Model"),
        ("모델명|방법|정확도", "모델명"),
        ("방법|백본|정확도", "백본"),
        ("|Top-1|#params", "column 1"),
    ],
)
def test_the_model_is_the_column_that_names_it_most_surely(headings, model):
    cells = ["80.0" if "op-1" in heading or heading == "정확도" else "Net-A" for heading in headings.split("|")]
    table = read(
        headings, "|".join("23M" if h == "#params" else c for h, c in zip(headings.split("|"), cells, strict=True))
    )

    assert [name for name, role in roles(table).items() if role == "model"] == [model]


def test_a_column_of_links_names_no_model_and_its_targets_are_kept_with_the_source():
    lines = ["name|acc@1|model|log", "Tint-S|79.8|model|log", "Tint-B|83.4|model|log"]
    table = read(*lines, links=("model", "log"))
    first, _ = runs(*lines, links=("model", "log"))

    assert roles(table) == {"name": "model", "acc@1": "top1", "model": "links", "log": "links"}
    assert first.model == "Tint-S"
    assert first.source == "1 (line 5); model https://a.org/model5; log https://a.org/log5"


@pytest.mark.parametrize("text", ["weights", "download", "ckpt, log", "github/config", "체크포인트"])
def test_links_are_known_by_their_words_or_by_saying_the_same(text):
    table = read("name|acc@1|model", f"A|79.8|{text}", f"B|79.9|{text}", links=("model",))

    assert (column(table, "model").role, column(table, "name").role) == ("links", "model")


def test_a_name_that_is_a_link_stays_a_name_and_keeps_its_target():
    [run] = runs("Model|Acc.", "VGG16|92.6%", links=("Model",))

    assert (run.model, run.source) == ("VGG16", "1 (line 5); https://a.org/VGG165")


def test_columns_that_may_name_the_model_but_do_not_are_settings_of_their_heading():
    [run] = runs("Method|Backbone|Top-1", "CutMix|ResNet-50|80.0")

    assert (run.model, run.settings) == ("ResNet-50", {"Method": "CutMix"})


def test_two_columns_of_one_heading_name_no_model_and_the_table_says_so():
    table = read("Model|Model|Top-1", "A|B|80.0")

    assert table.problem == "“Model” and “Model (again)” may name the model: say which with --heading 'Model=model'"


@pytest.mark.parametrize(
    ("headings", "role", "chosen"),
    [
        ("Model|epoch(lr = 0.1)|total epoch", "epochs", "total epoch"),
        ("Model|Accuracy|Test accuracy", "top1", "Test accuracy"),
        ("Model|Top-1 (last)|Top-1", "top1", "Top-1 (last)"),
        ("Model|Time (ms)|Training time (h)", "train_seconds", "Training time (h)"),
        ("Model|Time (h)|Train time (h)", "train_seconds", "Train time (h)"),
        ("Model|Top-1 error (%)|Top-1 (%)", "top1", "Top-1 (%)"),
        ("Model|FLOPs (G)|MACs (G)", "macs", "MACs (G)"),
        ("모델|정확도|테스트 정확도", "top1", "테스트 정확도"),
    ],
)
def test_of_two_columns_the_one_that_says_more_is_the_quantity(headings, role, chosen):
    table = read(headings, "A|22.9|77.1" if role != "epochs" else "A|60|200")

    found = {name: kind for name, kind in roles(table).items() if kind == role}
    assert found == {chosen: role}
    assert sum(kind == "metric" for kind in roles(table).values()) == 1


@pytest.mark.parametrize(
    "headings", ["Model|Top-1|Top-1", "Model|Params (B)|Params (M)", "Model|Accuracy|정확도", "Model|Top-1|Top-1 (%)"]
)
def test_of_two_columns_that_say_as_much_none_is_the_quantity(headings):
    table = read(headings, "A|77.1|78.2")

    assert [each.role for each in table.columns] == ["model", "metric", "metric"]
    assert all(each.is_rival for each in table.columns[1:])


@pytest.mark.parametrize(
    ("heading", "cell"),
    [
        ("Params (MB)", "98"),
        ("Params", "98 MB"),
        ("Top-1", "1h 3m"),
        ("Top-1", "23M"),
        ("Training time", "4046"),
        ("Epochs", "2h"),
        ("MACs", "4.1 GB"),
        ("Batch size", "17m"),
        ("Dataset", "1.2M"),
    ],
)
def test_a_column_whose_cells_are_of_another_kind_is_none_of_its_heading(heading, cell):
    table = read(f"Model|Accuracy (%)|{heading}", f"A|77.1|{cell}")

    assert column(table, heading).role in ("metric", "setting")


@pytest.mark.parametrize(
    ("heading", "cells", "name", "values"),
    [
        ("wall-clock time", ("17m", "3.0h"), "wall-clock_time_(s)", (1020, 10800)),
        ("Cost", ("90 min", "1.5 d"), "Cost_(s)", (5400, 129_600)),
        ("Inference time", ("0.9 ms", "1.4 ms"), "Inference_time_(s)", (0.0009, 0.0014)),
        ("VRAM", ("11.2 GB", "512MiB"), "VRAM_(bytes)", (11_200_000_000, 536_870_912)),
        ("Steps", ("39k", "1.2M"), "Steps", (39_000, 1_200_000)),
        ("#weights", ("23.7M", "25M"), "#weights", (23_700_000, 25_000_000)),
        ("FLOPs", ("1.3G", "467M"), "FLOPs", (1_300_000_000, 467_000_000)),
        ("Latency (ms)", ("1.9", "4.4"), "Latency_(ms)", (1.9, 4.4)),
        ("Latency (ms)", ("1.9 ms", "4.4"), "Latency_(ms)", (1.9, 4.4)),
        ("Latency (ms)", ("1.9 s", "2.5 s"), "Latency_(s)", (1.9, 2.5)),
        ("Speed", ("940 img/s", "1,156 img/s"), "Speed_(img/s)", (940, 1156)),
        ("Sparsity", ("5%", "7 %"), "Sparsity_(%)", (5, 7)),
        ("ECE", ("0.02 ± 0.01", "0.03"), "ECE", (0.02, 0.03)),
        ("소요", ("17분", "2시간 3분"), "소요_(s)", (1020, 7380)),
    ],
)
def test_a_quantity_of_its_own_is_read_by_the_unit_of_its_cells(heading, cells, name, values):
    found = runs(f"Model|Accuracy (%)|{heading}", *(f"A{place}|77.1|{cell}" for place, cell in enumerate(cells)))

    assert [run.metrics[name] for run in found] == list(values)
    assert all(run.train_seconds is None and run.num_params is None for run in found)


@pytest.mark.parametrize("cells", [("1x", "1.5x"), ("5 W", "7 W"), ("5%", "7.2"), ("3 img/s", "4 img/h")])
def test_a_unit_that_is_not_known_is_kept_with_its_number(cells):
    found = runs("Model|Accuracy (%)|Cost", *(f"A{place}|77.1|{cell}" for place, cell in enumerate(cells)))

    assert found[0].settings == {"Cost": cells[0]}


@pytest.mark.parametrize("cells", [("17m", "42m"), ("1.2M", "2.4M"), ("3 GB", "2h")])
def test_a_unit_that_may_be_two_things_is_kept_as_text(cells):
    lines = ["Model|Accuracy (%)|Cost", *(f"A{place}|77.1|{cell}" for place, cell in enumerate(cells))]
    first, _ = runs(*lines)

    assert (first.metrics, first.settings) == ({}, {"Cost": cells[0]})
    if "m" in cells[0].casefold():
        assert told(*lines)["Cost"] == f"setting of its own: “{cells[0]}” may be minutes or millions"


def test_two_quantities_in_a_cell_are_read_under_a_heading_of_two():
    lines = ["Model|Top-1/Top-5|Params", "A|76.1/92.9|25.6M", "B|77.4 / 93.5|44.5M", "C|78.0 (94.0)|44.6M"]
    found = runs(*lines)

    assert [(run.top1, run.top5) for run in found] == [(0.761, 0.929), (0.774, 0.935), (0.78, 0.94)]
    assert told(*lines)["Top-1/Top-5"] == "top1, % and top5, %"


@pytest.mark.parametrize("cell", ["76.1", "76.1/92.9/94.0", "76.1-92.9"])
def test_a_cell_without_both_quantities_is_kept_as_text(cell):
    first, _ = runs("Model|Top-1/Top-5|Params", f"A|{cell}|25.6M", "B|77.4/93.5|44.5M")

    assert (first.top1, first.top5, first.unparsed) == (None, None, (f"Top-1/Top-5 {cell}",))


@pytest.mark.parametrize("cell", ["76.1/92.9", "76.1 / 92.9", "76.1 (92.9)"])
def test_two_numbers_under_a_heading_of_one_are_kept_as_text(cell):
    first, _ = runs("Model|Accuracy|Params", f"A|{cell}|25.6M", "B|77.4|44.5M")

    assert (first.top1, first.unparsed) == (None, (f"Accuracy {cell}",))


@pytest.mark.parametrize(
    ("heading", "cell"),
    [("Top-1 (%)", "+0.84"), ("Top-1 (%)", "-0.3"), ("Params", "+1.2M"), ("Train time", "+2h"), ("정확도", "+1.5%")],
)
def test_a_difference_is_no_result(heading, cell):
    other = {"Params": "11M", "Train time": "3h"}.get(heading, "80.1")
    first, second = runs(f"Model|{heading}|ECE", f"+ SE|{cell}|0.1", f"B|{other}|0.2")

    assert first.unparsed == (f"{heading} {cell}",)
    assert (first.top1, first.num_params, first.train_seconds) == (None, None, None)
    assert second.unparsed == ()


@pytest.mark.parametrize("cell", ["128/GPU", "128 per GPU", "64 x 8", "128 tokens"])
def test_a_batch_size_of_something_is_kept_as_text(cell):
    first, second = runs("Model|Batch size|Accuracy (%)", f"A|{cell}|77.1", "B|256 images|78.0")

    assert (first.batch_size, first.unparsed) == (None, (f"Batch size {cell}",))
    assert second.batch_size == 256


@pytest.mark.parametrize("cell", ["2 x 100", "200 (300)", "90 + 10", "200 ± 10", "200 (3)"])
def test_epochs_are_one_number_or_text(cell):
    first, second = runs("Model|Epochs|Accuracy (%)", f"A|{cell}|77.1", "B|200|78.0")

    assert (first.epochs, first.unparsed, first.metrics) == (None, (f"Epochs {cell}",), {})
    assert second.epochs == 200


@pytest.mark.parametrize(
    ("heading", "cell", "top1"),
    [
        ("Top-1 (error)", "22.9", 0.771),
        ("Top-1 (err. %)", "22.9", 0.771),
        ("top1 err", "22.9 %", 0.771),
        ("오류율 (%)", "22.9", 0.771),
        ("Error (%)", "0.5", 0.995),
    ],
)
def test_an_error_rate_is_what_is_left_of_the_accuracy_and_keeps_its_origin(heading, cell, top1):
    [run] = runs(f"Model|{heading}", f"A|{cell}")

    assert (run.top1, run.quote[heading]) == (top1, cell)
    assert told(f"Model|{heading}", f"A|{cell}")[heading] == "top1 = 1 - error, %"


def test_what_is_printed_with_an_error_rate_turns_with_it():
    [run] = runs("Model|Top-1 error (%)", "A|22.9 ± 0.2 (3) [22.5, 23.4]")
    [other] = runs("Model|Top-1 error (%)", "A|20.00% (20/100) (-1.5)")

    assert run.metrics == {"top1_spread": 0.2, "top1_n": 3.0, "top1_low": 76.6, "top1_high": 77.5}
    assert other.metrics == {"top1_correct": 80.0, "top1_images": 100.0, "top1_delta": 1.5}


@pytest.mark.parametrize(
    ("heading", "note"),
    [("FLOPs (G)", "macs"), ("GFLOPs", "macs"), ("Time", "train_seconds"), ("연산량", "macs")],
)
def test_a_word_that_does_not_say_which_quantity_it_is_comes_with_what_to_say(heading, note):
    lines = [f"Model|Accuracy (%)|{heading}", "A|77.1|4.1"]

    said = f"metric of its own, not {note}: say --heading '{heading}={note}' if it is"
    assert told(*lines)[heading] == said
    assert column(read(*lines, words=[f"{heading}={note}"]), heading).hint == ""


@pytest.mark.parametrize("heading", ["Time/epoch", "Zeit/epoch", "Time/batch (s)", "Zeit"])
def test_words_that_are_not_understood_are_said_without_loose_ends(heading):
    said = told(f"Model|Accuracy (%)|{heading}", "A|77.1|4.1")[heading]

    words = said.partition("“")[2].partition("”")[0]
    assert words
    assert words[-1].isalnum() or words[-1] == ")"


def test_a_heading_that_says_less_names_the_one_that_is_taken():
    assert told("Model|Top-1 test|Acc. (ours)", "A|77.1|77.2")["Acc. (ours)"] == (
        "metric of its own: “Top-1 test” is top1: it says more"
    )


def test_headings_of_a_user_come_first():
    [run] = runs("Model|acc. (ours)", "A|77.1", words=["acc. (ours)=top1"])

    assert run.top1 == 0.771


@pytest.mark.parametrize(
    "sentence",
    [
        "Adversarial accuracy under PGD-20 on CIFAR-100:",
        "Results under attack (FGSM).",
        "Networks quantised to 8-bit, CIFAR-100",
        "Pruned to half of the weights:",
        "Corruption robustness",
        "Trained with 40 % label noise",
        "Zero-shot results:",
        "Accuracy under Gaussian blur",
        "Results with JPEG compression",
        "Masked test images",
        "Trained with 10% of training data",
        "Accuracy on half of the test set",
        "Mean of 5-fold cross-validation",
        "Only the first 10 classes",
        "섭동에 대한 정확도",
        "적은 데이터로 학습한 결과",
        "Linear probing on frozen features",
        "적대적 공격에 대한 정확도",
        "양자화 이후의 정확도",
    ],
)
def test_results_of_other_images_or_models_are_no_plain_accuracy(sentence):
    for place in ({"sentence": sentence}, {"caption": sentence}, {"headings": ("Report", "CIFAR-100", sentence)}):
        table = read("Model|Top-1 (%)|Params (M)", "A|49.8|11.2", "B|51.2|23.5", **place)

        assert roles(table) == {"Model": "model", "Top-1 (%)": "metric", "Params (M)": "num_params"}
        assert "says “" in dict(told_columns(table))["Top-1 (%)"]


@pytest.mark.parametrize(
    "sentence",
    [
        "Accuracies without label noise",
        "Before pruning:",
        "Non-robust networks",
        "We attach the logs.",
        "A clear choice",
    ],
)
def test_what_is_denied_leaves_an_accuracy_as_it_is(sentence):
    assert roles(read("Model|Top-1 (%)", "A|49.8", sentence=sentence))["Top-1 (%)"] == "top1"


@pytest.mark.parametrize(
    "sentence",
    [
        "Accuracy gain over the baseline (%):",
        "Improvement over the baseline in percentage points.",
        "Drop in top-1 accuracy after training for longer",
        "Difference to the teacher",
        "기준 모델 대비 정확도 향상",
    ],
)
def test_small_numbers_are_no_accuracies_where_differences_are_spoken_of(sentence):
    assert roles(read("Model|Top-1 (%)", "A|0.83", "B|1.16", sentence=sentence))["Top-1 (%)"] == "metric"
    assert roles(read("Model|Top-1 (%)", "A|95.3", "B|96.1", sentence=sentence))["Top-1 (%)"] == "top1"
    assert roles(read("Model|Test error (%)", "A|4.7", "B|3.9", sentence=sentence))["Test error (%)"] == "top1"


def test_the_title_of_a_document_does_not_speak_of_each_of_its_tables():
    headings = ("Robustness and label noise", "CIFAR-10")

    assert roles(read("Model|Top-1 (%)", "A|95.3", headings=headings))["Top-1 (%)"] == "top1"


def test_columns_of_datasets_under_a_text_of_altered_ones_are_no_plain_accuracies():
    for sentence in ("Accuracy (%) with 40 % label noise:", "Accuracy on CIFAR-10 and CIFAR-100 with label noise"):
        table = read("Model|CIFAR-10|CIFAR-100", "A|85.3|61.1", "B|86.1|62.2", sentence=sentence)

        assert [column.role for column in table.columns] == ["model", "metric", "metric"]


def test_a_section_of_an_altered_dataset_is_of_that():
    table = written("Model|Top-1 (%)", "A|95.3", "B|38.3", headings=("CIFAR-10",))
    below = replace(table.rows[1], section="Long-tailed CIFAR-100")
    found = stated_rows(read_table(replace(table, rows=(table.rows[0], below)), default_vocabulary()))

    assert [row.run.dataset for row in found.rows] == ["cifar10", "cifar100 (Long-tailed)"]
