"""Tables of Markdown as reported rows; the report's own tables are written from the rows that come with expdb."""

from dataclasses import fields
from itertools import groupby

import pytest

from expdb.catalog.reported import report_tables, reported_runs
from expdb.domain.run import ReportedRun
from expdb.errors import SpecError
from expdb.interop.report_document import ReportChoices, read_report
from expdb.interop.reported.enter import ReportedTable
from expdb.report.written.reading.settings_cell import read_settings


def written_report() -> str:
    """The report's two tables as printed, below a list of papers and a conclusion."""
    parts = [
        "# A report\n",
        table("Week|Paper|Conf|Year", "1|A paper|CVPR|2016", heading="## Weekly papers"),
        table("Architecture|frequency|Vs human", "ViT(dino)|low을 많이 봄|유사", heading="## Conclusion"),
    ]
    captions = {table.name: table.title for table in report_tables()}
    for group, runs in groupby(reported_runs(), key=lambda run: run.group):
        rows = [run.quote for run in runs]
        lines = [list(rows[0]), ["---"] * len(rows[0]), *(list(row.values()) for row in rows)]
        parts.append(f"## {captions[group]}\n\n" + "".join(f"| {' | '.join(line)} |\n" for line in lines))
    return "\n".join(parts)


def read(text: str, **options) -> list[ReportedTable]:
    return list(read_report(text, name="folder/notes.md", choices=ReportChoices(**options)).tables)


def table(*lines: str, heading: str = "## Results on CIFAR-100") -> str:
    rows = [line.split("|") for line in lines]
    rows.insert(1, ["---"] * len(rows[0]))
    return f"{heading}\n\n" + "".join(f"| {' | '.join(row)} |\n" for row in rows) + "\n"


def only(text: str, **options) -> ReportedRun:
    [found] = read(text, **options)
    [run] = found.runs
    assert not found.skipped
    return run


def test_the_reports_tables_give_the_rows_that_come_with_expdb_field_by_field():
    papers, conclusion, *tables = read(written_report(), group="report")

    runs = [run for found in tables for run in found.runs]
    for run, known in zip(runs, reported_runs(), strict=True):
        for field in fields(ReportedRun):
            if field.name not in ("source", "document", "row_key"):
                assert getattr(run, field.name) == getattr(known, field.name), (run.name, field.name)
        assert list(run.settings) == list(known.settings)
    assert papers.skipped == ("no column names a model (Week, Paper, Conf, Year)",)
    assert conclusion.skipped == ("no column holds a result (Architecture, frequency, Vs human)",)


def test_source_names_document_heading_row_and_line():
    text = "# A report\n\n" + table("Model|Top-1", "A|70.5", "B|71.5")
    [found] = read(text)

    assert [run.source for run in found.runs] == [
        "A report, table “Results on CIFAR-100”, row 1 (line 7)",
        "A report, table “Results on CIFAR-100”, row 2 (line 8)",
    ]


def test_a_group_is_the_slug_of_the_nearest_heading_and_unique():
    found = read(table("Model|Top-1", "A|70.5") * 2 + table("Model|Top-1", "A|1", heading="### 결과: CIFAR-10!"))

    names = [run.name for each in found for run in each.runs]
    assert names == ["results-on-cifar-100/1", "results-on-cifar-100-2/1", "결과-cifar-10/1"]
    assert [each.group for each in found] == [name.removesuffix("/1") for name in names]


def test_without_a_heading_the_file_names_group_and_document():
    run = only(table("Dataset|Model|Top-1", "digits|A|70.5", heading=""))

    assert (run.name, run.source) == ("notes/1", "notes, table “notes”, row 1 (line 5)")


def test_a_long_heading_gives_a_group_of_at_most_64_letters():
    run = only(table("Model|Top-1", "A|70.5", heading="# CIFAR10 " + "word " * 30))

    assert run.group == "cifar10" + "-word" * 11


def test_a_given_group_is_numbered_only_where_several_tables_are_read():
    text = table("Model|Top-1", "A|70.5")

    assert [found.group for found in read(text, group="mine")] == ["mine"]
    assert [found.group for found in read(text * 2, group="mine")] == ["mine-1", "mine-2"]


def test_a_given_group_that_is_too_long_is_refused():
    with pytest.raises(SpecError, match="has 65 characters: use at most 64"):
        read(table("Model|Top-1", "A|70.5"), group="g" * 65)


def test_cells_are_read_in_their_columns_units():
    run = only(
        table(
            "Dataset|Method|Acc@1 (%)|Top-5|#Param.|MACs|Train Time|GPUs|Epochs|Image size|Batch size|Optimizer",
            "CIFAR-100|`ViT`|**82.85 ± 0.12 (3)**|95.73 %|23.7M|4.5G|1h 7m 26s|DDP - 2개|200|224 X 224|1,024|SGD",
        )
    )

    assert (run.dataset, run.model, run.top1, run.top5) == ("cifar100", "ViT", 0.8285, 0.9573)
    assert (run.num_params, run.macs, run.train_seconds) == (23_700_000, 4_500_000_000, 4046.0)
    assert (run.num_devices, run.parallel, run.epochs, run.img_size) == (2, "DDP", 200, 224)
    assert (run.batch_size, run.optimizer, run.unparsed) == (1024, "sgd", ())
    assert run.quote["Acc@1 (%)"] == "82.85 ± 0.12 (3)"


def test_korean_headings_are_read():
    run = only(table("데이터셋|모델|정확도|학습시간|에폭|배치 크기|증강 기법", "digits|A|70.5|20m 13s|10|32|cutmix 1"))

    assert (run.dataset, run.model, run.top1, run.train_seconds) == ("digits", "A", 0.705, 1213.0)
    assert (run.epochs, run.batch_size, run.settings) == (10, 32, {"cutmix": 1.0})


def test_accuracies_printed_as_fractions_are_fractions():
    [found] = read(table("Model|Top-1", "A|0.705", "B|0.71"))

    assert [run.top1 for run in found.runs] == [0.705, 0.71]


def test_other_columns_become_metrics_settings_and_ticks():
    [found] = read(
        table(
            "Method|Top-1|AP^b|Throughput (image / s)|LR|Seed|Schedule|CTI|Weight decay",
            "A|70.5|40.2|1,156.7|1e-3|7|1x||0.05",
            "B|71.5|41.6||0.002|8|1x|✓|0.05",
        )
    )
    first, second = found.runs

    assert first.metrics == {"AP^b": 40.2, "images_per_second": 1156.7}
    assert first.settings == {"lr": 0.001, "seed": 7, "schedule": "1x", "CTI": False, "weight_decay": 0.05}
    assert second.metrics == {"AP^b": 41.6}
    assert second.settings["CTI"] is True


def test_what_a_heading_says_beyond_its_quantity_makes_it_one_of_its_own():
    run = only(table("Model|Top-1 (224)|Top-1 (384)", "A|70.5|72.5"))

    assert (run.top1, run.metrics) == (None, {"Top-1_(224)": 70.5, "Top-1_(384)": 72.5})
    assert run.quote == {"Model": "A", "Top-1 (224)": "70.5", "Top-1 (384)": "72.5"}


def test_a_cell_without_a_single_reading_is_kept_verbatim():
    run = only(table("Model|Top-1|Params|GPUs|Train Time", "A|70.5|23M / 25M|8 x A100|< 5h"))

    assert run.unparsed == ("Params 23M / 25M", "GPUs 8 x A100", "Train Time < 5h")
    assert (run.num_params, run.num_devices, run.train_seconds) == (None, None, None)


def test_a_number_beyond_all_measure_is_kept_verbatim():
    run = only(table("Model|Top-1|Epochs|Params", "A|70.5|1e9999999|-5"))

    assert run.unparsed == ("Epochs 1e9999999", "Params -5")
    assert (run.epochs, run.num_params) == (None, None)


def test_fields_of_their_own_are_filled_from_the_settings_cell():
    run = only(table("Model|Top-1|Settings", "A|70.5|optimizer lion / epochs 300 / batch size 64 / image size 224"))

    assert (run.optimizer, run.epochs, run.batch_size, run.img_size) == ("lion", 300, 64, 224)


def test_rows_without_a_model_or_a_result_are_left_out_and_told():
    [found] = read(table("Model|Top-1|Note", "A|70.5|x", "|71.5|y", "C|–|planned"))

    assert [run.name for run in found.runs] == ["results-on-cifar-100/1"]
    assert found.skipped == ("row 2 (line 6): names no model", "row 3 (line 7): holds no result")


def test_an_empty_dataset_is_that_of_the_row_above():
    [found] = read(table("Dataset|Model|Top-1", "digits|A|70.5", "|B|71.5", heading="# Results"))

    assert [run.dataset for run in found.runs] == ["digits", "digits"]


def test_the_dataset_is_that_of_the_headings_or_as_given():
    assert only(table("Model|ImageNet-1K top-1 acc.", "A|70.5", heading="# Results")).dataset == "imagenet-1k"
    assert only(table("Model|Top-1", "A|70.5", heading="# Results"), dataset="mine").dataset == "mine"
    [neither] = read(table("Model|Top-1", "A|70.5", heading="# CIFAR-10 and CIFAR-100"))
    assert neither.runs == ()
    assert "cifar10" in neither.skipped[0]
    assert "cifar100" in neither.skipped[0]


def test_a_row_that_builds_on_another_says_so():
    run = only(table("Model|Top-1", "+ cutmix 1 + AutoAugment|70.5"))

    assert (run.extends_another, run.model) == (True, "+ cutmix 1 + AutoAugment")
    assert run.settings == {"cutmix": 1.0, "auto_augment": True}


def test_tables_inside_code_are_text():
    assert read("```\n" + table("Model|Top-1", "A|70.5") + "```\n") == []


@pytest.mark.parametrize(
    ("cell", "values"),
    [
        ("mean.std 0.5 / cutmix 1 / warmup_lr 1e-4", {"mean_std": 0.5, "cutmix": 1.0, "warmup_lr": 0.0001}),
        (
            "colorjitter 0 / randomcrop 사용 / autoaugment",
            {"color_jitter": 0.0, "random_crop": True, "auto_augment": True},
        ),
        (
            "autoaugment v0 / decay-rate0.1 / smoothing0.1 /",
            {"auto_augment": "v0", "decay_rate": 0.1, "smoothing": 0.1},
        ),
        ("image size 224 X 224", {"image_size": [224, 224]}),
        ("lr=0.1, wd: 5e-4; epochs 300", {"lr": 0.1, "weight_decay": 0.0005, "epochs": 300}),
        ("random crop 미사용 / horizontal flip", {"random_crop": False, "horizontal_flip": True}),
        ("none", {}),
    ],
)
def test_a_settings_cell_is_split_into_typed_pairs(cell, values):
    found = read_settings(cell)

    assert found.values == values
    assert [type(value) for value in found.values.values()] == [type(value) for value in values.values()]
    assert (found.unparsed, found.extends_another) == ((), False)


@pytest.mark.parametrize(
    "piece",
    ["weight-decay 1e-4 1e-3", "w/o mixup", "betas (0.9, 0.999)", "300 of 400", "lr decays by 10 at 60", "lr 1e999"],
)
def test_a_piece_without_a_single_reading_is_verbatim(piece):
    found = read_settings(f"+ cutmix 1 / {piece}")

    assert (found.values, found.unparsed, found.extends_another) == ({"cutmix": 1.0}, (piece,), True)


def test_a_setting_stated_twice_keeps_the_first_and_tells_the_other():
    found = read_settings("lr 0.1 / lr 0.5 / lr 0.1")

    assert (found.values, found.unparsed) == ({"lr": 0.1}, ("lr 0.5",))
