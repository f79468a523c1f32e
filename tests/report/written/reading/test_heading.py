"""Headings: every word, unit and bracket is accounted for, or the column is one of its own."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from expdb.domain.table import ColumnChoice
from expdb.report.columns import COLUMNS, column
from expdb.report.table import joined_heading, printed_column
from expdb.report.written.reading.heading import Heading, read_heading
from expdb.report.written.reading.vocabulary import default_vocabulary


def read(text: str) -> Heading:
    return read_heading(text, default_vocabulary())


def headings(text: str) -> list[str]:
    return text.split("|")


def keys_of_heads(columns: dict[str, str]) -> list[tuple[str, str]]:
    return [(text, key) for key, texts in columns.items() for text in headings(texts)]


ENGLISH = {
    "top1": "Top-1|top1|TOP 1|top_1|Top-1 Acc|Top-1 acc.|top1 accuracy|Accuracy|acc|Acc.|acc@1|Acc@1 (%)|Acc@1[%]|"
    "prec@1|Prec@1 (%)|Top-1 (%)|Top-1, %|Accuracy (top-1)|Acc. (top-1, %)|Test acc|Test accuracy (%)|test_acc|"
    "Test top-1|Top-1 (test)|Top-1 test accuracy|Top-1 (last, %)|Top-1 ↑|Top-1 (%) ↑|Top-1 (ours)|Top-1 [12]|Top-1†|"
    "Top-1 ± std|Top-1 (mean ± std)|classification accuracy|Final top-1|Accuracy in %|Acc. on the test set",
    "top5": "Top-5|Top-5 Acc|acc@5|Acc@5 (%)|Top-5 accuracy (%)|prec@5|TOP5|Test top-5",
    "val_top1": "Val Acc|val_acc|Validation accuracy|Val top-1|Top-1 (val)|Acc (validation, %)|Valid. acc.",
    "best_top1": "Best acc|best_acc|Best Top-1 (%)|Best accuracy|Best test acc",
    "num_params": "Params|#params|# Params|#Param. (M)|params (M)|Parameters|Number of parameters|num_params|Param.|"
    "# of parameters|No. of params|total params|Params (10^6)|Params (millions)|Parameters (k)",
    "macs": "MACs|MACs (G)|GMACs|Mult-Adds (M)|MAdds|multiply-adds (G)",
    "train_seconds": "Train time|Training time|Training time (h)|Train Time (hours)|training time [min]|Train hours|"
    "Total training time (s)",
    "images_per_second": "throughput (img/s)|Throughput (images/s)|Images/s|imgs/sec|Throughput (image / s)",
    "epochs": "Epochs|epoch|total epoch|Total epochs|training epochs|# epochs|num_epochs|Number of epochs",
    "batch_size": "bs|Batch|Batch size|batch_size|Batch-Size|Total batch size",
    "batch_size_per_device": "Batch size per GPU|batch/GPU|Batch/device",
    "img_size": "resolution|input size|Image size|img_size|Image size (px)|Input resolution",
    "lr": "lr|LR|learning rate|Learning-Rate",
    "weight_decay": "wd|Weight decay|weight_decay",
    "dataset": "Dataset|data|Data set",
    "model_aug": "Model|Method|Network|Architecture|Backbone|model name",
    "name": "name|Name",
    "aug_label": "Augmentation|aug|Data augmentation|augmentation techniques",
    "optimizer": "Optimizer|optim|Optimiser",
    "optimizer_batch": "Optimizer / batch size|Optimizer/ batch_size",
    "gpus": "GPU|GPUs|# GPUs|num GPUs|Number of GPUs",
    "gpu_hours": "GPU hours|GPU-hours",
    "seed": "Seed|random seed",
    "n": "n|seeds|# seeds|num seeds",
    "links": "url|URL|link|weights|checkpoint|download|log|config|paper|code",
    "year": "year",
    "peak_memory_bytes": "Peak memory (GB)|Peak memory (MiB)|Peak GPU memory (MB)",
}
KOREAN = {
    "top1": "정확도|정확도 (%)|Top-1 정확도|Top-1 정확도(%)|Top1 정확도|테스트 정확도|테스트정확도|분류 정확도|"
    "정확도 (Top-1)|테스트 정확도 [%]",
    "top5": "Top-5 정확도|Top-5 정확도 (%)|Top5정확도",
    "val_top1": "검증 정확도|검증정확도 (%)|Top-1 (검증)",
    "best_top1": "최고 정확도",
    "num_params": "파라미터 수|파라미터|파라미터수|파라미터 수 (M)|파라미터 개수|매개변수 수|"
    "총 파라미터 수|파라미터(백만)",
    "macs": "MACs|MACs (G)",
    "train_seconds": "학습 시간|학습시간|훈련 시간|학습 시간 (시간)|학습 시간(분)|총 학습 시간",
    "epochs": "에폭|에포크|에폭 수|학습 에폭|에포크수",
    "batch_size": "배치 크기|배치 사이즈|배치크기|배치",
    "img_size": "이미지 크기|입력 크기|입력 해상도|이미지크기",
    "lr": "학습률|학습율",
    "dataset": "데이터셋|데이터|데이터 셋",
    "model_aug": "모델|모델명|네트워크|방법|백본|구조|아키텍처",
    "aug_label": "증강|데이터 증강|데이터증강|증강 기법|설정",
    "optimizer": "옵티마이저|최적화",
    "gpus": "GPU 수|GPU-개수|GPU수",
    "seed": "시드",
    "n": "시드 수|반복 횟수",
}
# What is never the quantity that some of its words name.
QUALIFIED = headings(
    "epoch(lr = 0.1)|Epochs (pre-train)|Fine-tune epochs|epochs stage 2|Top-1 (train)|Train top-1|Train acc|"
    "Top-1 (EMA)|Top-1 (v2)|Top-1 V2|Top-1 (stage 1)|Top-1 (part 2)|Top-1 (w/o aug)|Top-1 @384|Top-1@384|"
    "Top-1 (384)|Top-1 384px|Top-1 [384]|Δ top-1|Top-1 Δ|Top-1 gain|Top-1 std|± Top-1|Top-1 ±|Top-10|Top-15|"
    "Top-1.5|1 - top-1|-log top-1|Top-1 + TTA|Top-1 (paper)|Acc. (reported)|mean acc|Mean per-class accuracy|"
    "weighted accuracy|zero-shot top-1|Robust accuracy|kNN acc|linear probe acc|Top-1 (5)|Top-1 (last 5 epochs)|"
    "Top-1 (seed 0)|Val top-5|Test time|Val loss|Top-1 (M)|Params (h)|Params (B/32)|Active params|Params (%)|"
    "Accuracy drop|Top-1 vs. baseline|Acc (subset)|Train time per epoch|Training time / epoch|Inference time|"
    "Latency (ms)|Time (ms)|Time|FLOPs|FLOPs (G)|GFLOPs|Throughput|Inference throughput (img/s)|wall-clock time|"
    "Train resolution|Test resolution|Batch size (search)|Top-1 (%|Top-1 )|Top-1 = 1|Top-1?|Our method|연산량|시간|"
    "학습 정확도|훈련 정확도 (%)|정확도 향상|정확도 차이|Top-1 정확도 (EMA)|파라미터 수 비율|에폭당 시간|"
    "1단계 에폭|비정확도|평균 정확도|Top-1 증가|model top-1|"
    "Top-1 seed|Top-1 epoch|Top-1 Top-5|calibration error|Std. error|Error bar|Train error|학습 오류율"
)
ERRORS = [
    "Top-1 (error)",
    "Top-1 (err. %)",
    "top1 err",
    "Test error (%)",
    "Error@1",
    "Top-1 error",
    "top-1 err. (%)",
    "Error (%)",
    "Error rate",
    "Top-1 error rate (%)",
    "err",
    "Error (top-1)",
    "오류율",
    "Top-1 오류율 (%)",
    "테스트 오류율",
    "CIFAR-10 error",
]


@pytest.mark.parametrize(("text", "key"), [*keys_of_heads(ENGLISH), *keys_of_heads(KOREAN)])
def test_a_usual_heading_is_understood(text, key):
    found = read(text)

    assert (found.key, found.left, found.is_error, found.parts) == (key, (), False, ())


@pytest.mark.parametrize("text", QUALIFIED)
def test_a_heading_with_another_word_is_a_quantity_of_its_own(text):
    found = read(text)

    assert found.keys == ()
    assert found.left
    assert found.parts == ()


@pytest.mark.parametrize("text", ERRORS)
def test_an_error_rate_is_no_accuracy(text):
    found = read(text)

    assert (found.key, found.is_error, found.left) == ("top1", True, ())


@pytest.mark.parametrize("text", ["Top-5 error", "Top-5 (err. %)", "Error@5 (%)", "Top-5 오류율"])
def test_an_error_rate_of_top5_is_one(text):
    assert (read(text).key, read(text).is_error) == ("top5", True)


def test_an_error_of_the_validation_split_is_of_that():
    assert (read("Val error").keys, read("Val error").is_error) == (("val_top1",), True)


@pytest.mark.parametrize(
    ("text", "dataset", "keys"),
    [
        ("ImageNet top-1 acc.", "imagenet-1k", ("top1",)),
        ("ImageNet-1K top-1", "imagenet-1k", ("top1",)),
        ("IN-1k Top-1 (%)", "imagenet-1k", ("top1",)),
        ("CIFAR-10: Top-1", "cifar10", ("top1",)),
        ("CIFAR100 acc", "cifar100", ("top1",)),
        ("Accuracy on CIFAR-10 test set", "cifar10", ("top1",)),
        ("CIFAR-10", "cifar10", ()),
        ("cifar_100 (%)", "cifar100", ()),
        ("CIFAR-10 테스트 정확도", "cifar10", ("top1",)),
        ("ImageNet-V2 top-1", "imagenet-v2", ("top1",)),
        ("ImageNet ReaL", "imagenet-real", ()),
        ("ImageNet-21k top-1", "imagenet-21k", ("top1",)),
        ("ImageNet-C acc", "imagenet-c", ("top1",)),
        ("CIFAR-10.1", "cifar10.1", ()),
        ("CIFAR-10-C", "cifar10-c", ()),
        ("Fashion-MNIST", "fashion_mnist", ()),
        ("Tiny ImageNet", "tiny-imagenet", ()),
    ],
)
def test_a_heading_names_its_dataset_and_no_version_is_another(text, dataset, keys):
    found = read(text)

    assert (found.dataset, found.keys, found.left) == (dataset, keys, ())


@pytest.mark.parametrize(
    "text",
    ["ImageNet-Foo", "CIFAR-10 (subset)", "CIFAR-10 → CIFAR-100", "ImageNet epochs", "CIFAR-10/100", "CIFAR-101"],
)
def test_a_dataset_with_another_word_is_not_named(text):
    assert read(text).keys == ()
    assert read(text).left


@pytest.mark.parametrize(
    ("text", "keys", "unit"),
    [
        ("Top-1/Top-5", ["top1", "top5"], ""),
        ("Top-1 / Top-5 (%)", ["top1", "top5"], "%"),
        ("top-1(top-5)", ["top1", "top5"], ""),
        ("Top-1 (Top-5) (%)", ["top1", "top5"], "%"),
        ("Acc@1/Acc@5", ["top1", "top5"], ""),
        ("acc@1/5", ["top1", "top5"], ""),
        ("Top-1/5 accuracy", ["top1", "top5"], ""),
        ("ImageNet Top-1/Top-5 (%)", ["top1", "top5"], "%"),
        ("Val/Test acc", ["val_top1", "top1"], ""),
        ("Params / MACs", ["num_params", "macs"], ""),
        ("Top-1/Top-5 정확도", ["top1", "top5"], ""),
        ("Accuracy (top-1/top-5)", ["top1", "top5"], ""),
    ],
)
def test_two_results_in_a_heading_are_its_parts(text, keys, unit):
    found = read(text)

    assert [part.key for part in found.parts] == keys
    assert {part.unit for part in found.parts} == {unit}
    assert (found.keys, found.left) == ((), ())


def test_parts_share_errors_and_datasets_and_have_units_of_their_own():
    errors, named, units = read("Top-1/Top-5 error"), read("ImageNet Top-1 (Top-5)"), read("Params (M) / MACs (G)")

    assert [(part.key, part.is_error) for part in errors.parts] == [("top1", True), ("top5", True)]
    assert {part.dataset for part in named.parts} == {"imagenet-1k"}
    assert [(part.key, part.unit) for part in units.parts] == [("num_params", "M"), ("macs", "G")]


@pytest.mark.parametrize(
    "text", ["Params/FLOPs", "Top-1/epoch", "Top-1/Top-1", "Train/test acc", "LR/WD", "Batch size/seed"]
)
def test_parts_that_are_not_understood_make_none(text):
    assert (read(text).keys, read(text).parts) == ((), ())


@pytest.mark.parametrize(
    ("text", "at", "n"),
    [
        ("Top-1 (best, %)", "best", None),
        ("Top-1 (last)", "last", None),
        ("Top-1 (final epoch)", "last", None),
        ("Top-1 (mean 5)", "mean-5", None),
        ("Top-1 (mean of last 3, %)", "mean-3", None),
        ("Top-1 (mean of 3 seeds)", None, 3),
        ("Top-1 (3 runs)", None, 3),
        ("Top-1, best, mean of 5 seeds", "best", 5),
    ],
)
def test_a_heading_says_of_which_epochs_and_how_many_seeds_it_is(text, at, n):
    found = read(text)

    assert (found.at, found.n, found.left) == (at, n, ())


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("Top-1 (%)", "%"), ("Params (M)", "M"), ("params (k)", "k"), ("Params (m)", "M"), ("Training time (m)", "min"),
        ("MACs (G)", "G"), ("Training time (h)", "h"), ("학습 시간 (분)", "min"), ("Peak memory (GiB)", "GiB"),
        ("Latency (ms)", "ms"), ("Time (s)", "s"), ("Memory (MB)", "MB"), ("FLOPs (G)", "G"), ("Foo (m)", ""),
        ("시간 (분)", "min"), ("학습률 (초기)", ""),
        ("Foo (B)", ""), ("Foo (%)", "%"), ("Top-1", ""), ("GMACs", "G"), ("Train hours", "h"),
    ],
)  # fmt: skip
def test_a_heading_says_its_unit(text, unit):
    assert read(text).unit == unit


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("FLOPs (G)", "macs"), ("GFLOPs", "macs"), ("연산량", "macs"), ("Time (h)", "train_seconds"),
        ("Runtime", "train_seconds"), ("Throughput", "images_per_second"), ("Time / epoch", None), ("Latency", None),
    ],
)  # fmt: skip
def test_a_word_that_does_not_say_its_quantity_is_hinted_at(text, hint):
    assert (read(text).keys, read(text).hint) == ((), hint)


@pytest.mark.parametrize(
    ("text", "key", "unit", "is_error"),
    [
        ("Top-1 error / %", "top1", "%", True), ("Acc. / %", "top1", "%", False),
        ("정확도 / %", "top1", "%", False),
        ("Params / M", "num_params", "M", False), ("Parameters / 10^6", "num_params", "M", False),
        ("MACs / G", "macs", "G", False), ("Training time / h", "train_seconds", "h", False),
        ("학습 시간 / 분", "train_seconds", "min", False), ("Peak memory / GB", "peak_memory_bytes", "GB", False),
    ],
)  # fmt: skip
def test_a_slash_parts_a_quantity_from_its_unit(text, key, unit, is_error):
    found = read(text)

    assert (found.key, found.unit, found.is_error, found.left, found.parts) == (key, unit, is_error, (), ())


def test_a_slash_before_what_is_no_unit_of_the_quantity_parts_nothing():
    for text in ("Training time / epoch", "Top-1 / M", "Epochs / h", "MACs / s", "Params / GB", "Error (% / s)"):
        assert (read(text).keys, read(text).parts) == ((), ()), text
    assert (read("Time / s").keys, read("Time / s").unit, read("Time / s").hint) == ((), "s", "train_seconds")
    assert [(part.key, part.unit) for part in read("Top-1 / Top-5 / %").parts] == [("top1", "%"), ("top5", "%")]


@pytest.mark.parametrize(
    ("text", "key", "unit"),
    [
        ("연산량 (MACs)", "macs", ""), ("계산량 (MACs, G)", "macs", "G"), ("Complexity (MACs)", "macs", ""),
        ("Compute (GMACs)", "macs", "G"), ("Computational cost [Mult-Adds, M]", "macs", "M"),
        ("MACs (compute)", "macs", ""), ("Model size (#params)", "num_params", ""),
        ("Size (Params, M)", "num_params", "M"), ("모델 크기 (파라미터 수)", "num_params", ""),
    ],
)  # fmt: skip
def test_a_broad_word_is_of_the_quantity_in_its_brackets(text, key, unit):
    assert (read(text).key, read(text).unit, read(text).left) == (key, unit, ())


@pytest.mark.parametrize(
    "text",
    [
        "연산량 (FLOPs)",
        "Compute (GFLOPs)",
        "FLOPs (MACs)",
        "Complexity",
        "Compute (params)",
        "Size (MACs)",
        "Size (MB)",
    ],
)
def test_a_broad_word_is_of_no_other_quantity(text):
    assert read(text).keys == ()
    assert read(text).left


def test_what_says_nothing_of_the_quantity_is_a_remark():
    assert read("Top-1 (ours) ↑ [3]").remarks == ("[3]", "ours", "↑")
    assert read("Top-1 (He et al., 2016)").key == "top1"
    assert (read("Ours").keys, read("Ours").left) == ((), ("Ours",))


def test_words_left_are_as_written():
    assert read("Top-1 (w/o aug)").left == ("w/o",)
    assert read("Top-1 - Top-5").left == ("Top-5",)
    assert read("메모리 (GB)").left == ("메모리",)
    assert read("mIoU (%)").left == ("mIoU",)
    assert read("Mean per-class accuracy").left == ("Mean", "per-class")


def test_an_empty_heading_says_nothing():
    for text in ("", " ", "\u200b", "\u00ad"):
        assert read(text) == Heading(text=text)


@pytest.mark.parametrize(
    "text", ["m " * 39 + "qq", "s, " * 13 + "Top-1", "Top-1/" * 13, "(" * 40, "최고" * 20, "% " * 500]
)
def test_a_heading_of_many_meanings_is_read_in_no_time(text):
    assert read(text).keys == ()


KNOWN = [text for text, _ in (*keys_of_heads(ENGLISH), *keys_of_heads(KOREAN))]


@pytest.mark.parametrize("text", KNOWN)
def test_every_encoding_of_a_heading_reads_alike(text):
    wide = "".join(chr(ord(char) + 0xFEE0) if "!" <= char <= "~" else char for char in text)
    forms = [unicodedata.normalize(form, text) for form in ("NFC", "NFD", "NFKC", "NFKD")]
    forms += [text.replace(" ", "\u00a0"), text.replace("o", "o\u200b"), text.replace("a", "a\u00ad"), wide]
    forms += [text.replace("-", "\u2010"), text.replace("-", "\u2011"), f"\ufeff {text}\t"]

    assert {(read(form).keys, read(form).unit) for form in forms} == {(read(text).keys, read(text).unit)}


@given(st.sampled_from(KNOWN), st.sampled_from([str.upper, str.lower, str.title, str.swapcase]), st.integers(1, 3))
def test_case_and_spaces_make_no_difference(text, change, spaces):
    spaced = " " * spaces + text.replace(" ", " " * spaces)

    assert read(spaced).keys == read(text).keys
    assert read(change(text)).keys == read(text).keys


UNKNOWN = st.one_of(
    st.sampled_from(["foo", "teacher", "bar-2", "384", "0.5", "λ", "v2", "Δ", "±", "+", "w/o", "비율", "γ=2", "→"]),
    st.from_regex(r"q[a-z]{3,8}", fullmatch=True),
    st.integers(6, 9999).map(str),
)


@given(st.sampled_from(KNOWN), UNKNOWN, st.sampled_from(["{0} {1}", "{1} {0}", "{0} ({1})", "{0}: {1}", "{0} [{1}]x"]))
def test_a_known_heading_with_an_unknown_word_is_never_the_known_one(text, word, form):
    found = read(form.format(text, word))

    assert found.keys == ()
    assert found.parts == ()
    assert found.left


@given(st.text(max_size=40))
def test_any_text_is_read(text):
    found = read(text)

    assert not (found.keys and found.left)
    assert found.text == text


OF_IMAGES = ("top1", "top5", "val_top1", "best_top1", "train_loss", "test_loss")
OTHER_FORMATS = {"duration": ("number", "integer"), "millions": ("integer", "millions_cut"), "gigas": ("integer",)}


@pytest.mark.parametrize("key", COLUMNS)
def test_every_heading_that_our_tables_print_is_read_as_its_column(key):
    known = COLUMNS[key]
    choices = [
        ColumnChoice(key=key),
        *(ColumnChoice(key=key, format=form) for form in OTHER_FORMATS.get(known.format, ())),
    ]
    if key in OF_IMAGES:
        choices.append(ColumnChoice(key=key, under="CIFAR-10"))
    for choice in choices:
        text = joined_heading(printed_column(choice, column(choice.key)))
        same = {other for other in COLUMNS if COLUMNS[other].heading == known.heading}

        assert set(read(text).keys) & same, text
        assert read(text).left == ()


@pytest.mark.parametrize(
    ("heading", "key"),
    [
        ("Top-1 Acc", "top1"), ("Acc@1 (%)", "top1"), ("Accuracy", "top1"), ("TOP-5", "top5"),
        ("#Params (M)", "num_params"), ("Train Time", "train_seconds"), ("MACs", "macs"), ("Epoch", "epochs"),
        ("Optimizer/ batch_size", "optimizer_batch"), ("GPU-개수", "gpus"), ("augmentation techniques", "aug_label"),
        ("Method", "model_aug"), ("LR", "lr"),
    ],
)  # fmt: skip
def test_headings_of_reports_are_understood(heading, key):
    assert read_heading(heading, default_vocabulary()).key == key


def test_heading_that_is_no_column_means_none():
    assert [read_heading(text, default_vocabulary()).keys for text in ("Conf", "frequency")] == [(), ()]
