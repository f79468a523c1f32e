"""What is said around a table: the nearest place that names a dataset or a result says it."""

import pytest

from expdb.report.written.document import read_document
from expdb.report.written.reading.datasets_said import datasets_said
from expdb.report.written.reading.said_around import SaidAround, read_surroundings
from expdb.report.written.reading.vocabulary import default_vocabulary
from expdb.report.written.written_table import Surroundings


def around(*headings: str, caption: str | None = None, sentence: str | None = None) -> SaidAround:
    return read_surroundings(Surroundings(headings=headings, caption=caption, sentence=sentence), default_vocabulary())


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Results on CIFAR-10", ["cifar10"]),
        ("cifar_100 results", ["cifar100"]),
        ("CIFAR100", ["cifar100"]),
        ("IN-1K", ["imagenet-1k"]),
        ("ImageNet-1k (ILSVRC-2012)", ["imagenet-1k"]),
        ("ImageNet, the 1000 classes of ImageNet-1k", ["imagenet-1k"]),
        ("CIFAR-10에서의 결과", ["cifar10"]),
        ("CIFAR-10 and CIFAR-100", ["cifar10", "cifar100"]),
        ("CIFAR-10/100", ["cifar10", "cifar100"]),
        ("CIFAR-10 및 100", ["cifar10", "cifar100"]),
        ("trained on CIFAR-10, tested on CIFAR-10.1", ["cifar10", "cifar10.1"]),
        ("TinyImageNet", ["tiny-imagenet"]),
        ("Not on ImageNet but on our pet photos", []),
        ("Results on CIFAR-100 (not CIFAR-10)", ["cifar100"]),
        ("CIFAR-100 rather than ImageNet", ["cifar100"]),
        ("Larger than MNIST: SVHN", ["svhn"]),
        ("CIFAR-10이 아닌 CIFAR-100 결과", ["cifar100"]),
        ("not only on CIFAR-10 but also on CIFAR-100", ["cifar10", "cifar100"]),
        ("Fashion MNIST", ["fashion_mnist"]),
        ("digits", ["digits"]),
        ("Results on digits", ["digits"]),
        ("three significant digits", []),
        ("We photograph cars and flowers", []),
        ("Results", []),
        ("C10", []),
    ],
)
def test_a_text_names_its_datasets(text, names):
    assert list(datasets_said(text, default_vocabulary())) == names


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("ImageNet-V2", "imagenet-v2"), ("ImageNet-21k", "imagenet-21k"), ("ImageNet-C results", "imagenet-c"),
        ("CIFAR-10-C", "cifar10-c"), ("CIFAR-10.1 v6", "cifar10.1"), ("CIFAR-10-LT", "CIFAR-10-LT"),
        ("CIFAR100-LT results", "CIFAR100-LT"), ("ImageNet-Foo", "ImageNet-Foo"), ("Tiny ImageNet", "tiny-imagenet"),
        ("ImageNet-100", "imagenet-100"),
    ],
)  # fmt: skip
def test_a_version_is_a_dataset_of_its_own(text, name):
    assert datasets_said(text, default_vocabulary()) == (name,)


@pytest.mark.parametrize(
    "text",
    [
        "pretrained on ImageNet, fine-tuned on CIFAR-10",
        "ImageNet-pretrained models on CIFAR-10",
        "CIFAR-10 (pre-trained on ImageNet-21k and ImageNet-1k)",
        "CIFAR-10 with ImageNet weights",
        "initialised from ImageNet; results on CIFAR-10",
        "pretrained on ImageNet, MNIST and SVHN, tested on CIFAR-10",
        "ImageNet로 사전 학습한 뒤 CIFAR-10에서 평가",
        "ImageNet 사전학습 모델의 CIFAR-10 결과",
        "Transfer from ImageNet-1k to CIFAR-10",
    ],
)
def test_a_dataset_of_pretraining_is_none_of_the_results(text):
    assert datasets_said(text, default_vocabulary()) == ("cifar10",)


@pytest.mark.parametrize("text", ["pretrained on ImageNet, CIFAR-10", "initialised from ImageNet, CIFAR-10"])
def test_behind_a_comma_it_is_open_what_a_model_was_pretrained_on(text):
    assert datasets_said(text, default_vocabulary()) == ("imagenet-1k", "cifar10")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Long-tailed CIFAR-100", "cifar100 (Long-tailed)"),
        ("CIFAR-100 with 40% label noise", "cifar100 (40% label noise)"),
        ("CIFAR-100 with 20 % symmetric label noise", "cifar100 (20 % symmetric label noise)"),
        ("Label noise of 40 % on CIFAR-100", "cifar100 (Label noise of 40 %)"),
        ("ImageNet (10 % subset)", "imagenet-1k (10 % subset)"),
        ("10 % of ImageNet", "imagenet-1k (10 %)"),
        ("ImageNet with 1% of the labels", "imagenet-1k (1% of the labels)"),
        ("Results on the CIFAR-10 validation subset", "cifar10 (subset)"),
        ("Downsampled ImageNet", "imagenet-1k (Downsampled)"),
        ("ImageNet 64x64", "imagenet-1k (64x64)"),
        ("ImageNet (100 classes)", "imagenet-1k (100 classes)"),
        ("CIFAR-100, 20 superclasses", "cifar100 (20 superclasses)"),
        ("CIFAR-100 (coarse labels)", "cifar100 (coarse labels)"),
        ("Rotated MNIST", "mnist (Rotated)"),
        ("Permuted MNIST", "mnist (Permuted)"),
        ("Reduced CIFAR-10", "cifar10 (Reduced)"),
        ("Split CIFAR-100", "cifar100 (Split)"),
        ("SVHN extra", "svhn (extra)"),
        ("CIFAR-10, imbalance factor 100", "cifar10 (imbalance factor 100)"),
        ("5-shot CIFAR-10", "cifar10 (5-shot)"),
        ("Semi-supervised CIFAR-10 (4000 labels)", "cifar10 (Semi-supervised 4000 labels)"),
        ("CIFAR-100 (레이블 노이즈 20%)", "cifar100 (레이블 노이즈 20%)"),
        ("불균형 CIFAR-10", "cifar10 (불균형)"),
        ("CIFAR-10 데이터의 10%", "cifar10 (데이터의 10%)"),
        ("CIFAR-10 일부", "cifar10 (일부)"),
    ],
)
def test_a_part_of_a_dataset_or_an_altered_one_is_another(text, name):
    assert datasets_said(text, default_vocabulary()) == (name,)


@pytest.mark.parametrize(
    "text",
    [
        "CIFAR-10 without label noise", "CIFAR-10 test split", "CIFAR-10 (32x32)", "CIFAR-10, 10 classes",
        "We reach 95.1 % on CIFAR-10", "On CIFAR-10, 95.1 % are reached", "CIFAR-10 (%)", "Small networks on CIFAR-10",
        "A subset of the models on CIFAR-10", "CIFAR-10 with extra training data", "Noisy Student on CIFAR-10",
    ],
)  # fmt: skip
def test_words_that_are_not_of_the_dataset_alter_none(text):
    assert datasets_said(text, default_vocabulary()) == ("cifar10",)


def test_a_user_names_an_altered_dataset():
    mine = '[datasets."cifar100-lt"]\nen = ["Long-tailed CIFAR-100"]\n[around.altered_beside]\nen = ["sketchy"]'
    vocabulary = default_vocabulary().with_additions(documents={"mine.toml": mine})

    assert datasets_said("Long-tailed CIFAR-100", vocabulary) == ("cifar100-lt",)
    assert datasets_said("Sketchy CIFAR-10", vocabulary) == ("cifar10 (Sketchy)",)


@pytest.mark.parametrize("name", ["ImageNet", "imagenet", "ImageNet-1K", "ILSVRC 2012", "이미지넷"])
def test_imagenet_is_one_dataset_whatever_it_is_called(name):
    assert datasets_said(name, default_vocabulary()) == ("imagenet-1k",)
    assert datasets_said(name, default_vocabulary().with_datasets(["imagenet", "cifar10"])) == ("imagenet",)
    assert datasets_said(name, default_vocabulary().with_datasets(["imagenet", "imagenet-1k"])) == ("imagenet-1k",)


@pytest.mark.parametrize(
    ("headings", "sentence"),
    [
        (("Vision transformers", "Model zoo"), "We provide baseline models pretrained on ImageNet 2012."),
        (("Models", "ImageNet-1K pretrained weights"), "All files can be downloaded; see the table."),
        (("Models",), "ImageNet pre-trained models are available:"),
        (("모델",), "ImageNet으로 사전 학습한 모델을 공개한다."),
    ],
)
def test_models_that_are_given_away_are_of_what_they_were_pretrained_on(headings, sentence):
    assert around(*headings, sentence=sentence).dataset == "imagenet-1k"


@pytest.mark.parametrize(
    ("headings", "sentence"),
    [
        (("Plant diseases",), "All backbones were pretrained on ImageNet."),
        (("Models",), "We provide models pretrained on ImageNet-21k."),
        (("Models", "Fine-tuned"), "We provide models pretrained on ImageNet."),
        (("Transfer learning", "Models"), "We release models pretrained on ImageNet."),
        (("Models",), "We release models pretrained on ImageNet and trained on our dataset."),
        (("모델",), "ImageNet으로 사전 학습한 모델을 공개한다. 이후 미세 조정하였다."),
    ],
)
def test_models_that_are_tuned_after_are_not_of_what_they_were_pretrained_on(headings, sentence):
    assert around(*headings, sentence=sentence).datasets == ()


def test_a_named_dataset_is_told_before_one_of_pretraining():
    assert around("CIFAR-10", sentence="We provide models pretrained on ImageNet.").dataset == "cifar10"


def test_names_of_runs_datasets_are_named_too():
    vocabulary = default_vocabulary().with_datasets(["clothing", "my_set2"])

    assert datasets_said("Results on my_set2", vocabulary) == ("my_set2",)
    assert datasets_said("Results on clothing", vocabulary) == ("clothing",)
    assert datasets_said("Photos of clothing are hard", vocabulary) == ()


def test_the_nearest_heading_upward_that_names_a_dataset_says_it():
    said = around("A report", "CIFAR-10", "Results")

    assert (said.dataset, said.where_dataset) == ("cifar10", "heading 'CIFAR-10'")
    assert around("ImageNet", "CIFAR-10", "Results").dataset == "cifar10"


def test_a_heading_ends_the_one_of_its_own_level():
    text = "# CIFAR-10\n\n## Results\n\n{0}\n# CIFAR-100\n\n{0}\n## More\n\n{0}\n# Other\n\n{0}"
    table = "| Model | Top-1 |\n|-|-|\n| A | 70.5 |\n"
    found = read_document(text.format(table), name="report.md").tables

    read = [read_surroundings(one.surroundings, default_vocabulary()).dataset for one in found]
    assert read == ["cifar10", "cifar100", "cifar100", None]


def test_a_caption_says_it_before_the_sentence_and_the_headings():
    said = around("CIFAR-10", caption="Table 2: CIFAR-100", sentence="On ImageNet we find:")
    assert (said.dataset, said.where_dataset) == ("cifar100", "caption 'Table 2: CIFAR-100'")

    said = around("CIFAR-10", "Results", sentence="On ImageNet we find:")
    assert (said.dataset, said.where_dataset) == ("imagenet-1k", "sentence 'On ImageNet we find:'")


def test_two_datasets_at_the_nearest_place_leave_it_open():
    said = around("ImageNet", "CIFAR-10 and CIFAR-100")

    assert (said.dataset, said.datasets) == (None, ("cifar10", "cifar100"))
    assert said.where_dataset == "heading 'CIFAR-10 and CIFAR-100'"


def test_a_sentence_against_the_heading_right_above_leaves_it_open():
    said = around("CIFAR-10", sentence="Unlike on CIFAR-100, it helps.")

    assert said.datasets == ("cifar100", "cifar10")
    assert said.where_dataset == "sentence 'Unlike on CIFAR-100, it helps.' and heading 'CIFAR-10'"


def test_nothing_said_is_nothing_known():
    assert around() == SaidAround()
    assert around("A report", "Results", sentence="We trained it for long.") == SaidAround()


def test_a_long_text_is_quoted_in_short():
    said = around(sentence="On CIFAR-10 " + "we find that " * 20)

    assert len(said.where_dataset) < 75
    assert said.where_dataset.endswith("…'")


@pytest.mark.parametrize(
    ("text", "results", "measures", "split"),
    [
        ("Table 3: error rates (%)", ("top1",), "error", None),
        ("Top-1 error (%) on CIFAR-10 test set.", ("top1",), "error", "test"),
        ("Test error on CIFAR-10", ("top1",), "error", "test"),
        ("CIFAR-100 오류율 (%)", ("top1",), "error", None),
        ("Top-1 accuracy (%)", ("top1",), "accuracy", None),
        ("표 2. CIFAR-100 테스트 정확도 (%)", ("top1",), "accuracy", "test"),
        ("Top-1 and top-5 accuracy on the ImageNet validation set", ("top1", "top5"), "accuracy", "val"),
        ("Validation accuracy", ("val_top1",), "accuracy", "val"),
        ("검증 데이터에서의 Top-1 정확도", ("top1",), "accuracy", "val"),
        ("Test error and accuracy", (), "both", "test"),
        ("Error rates; accuracies are in brackets", (), "both", None),
        ("Robust accuracy on CIFAR-10", (), "accuracy", None),
        ("Mean per-class accuracy", (), "accuracy", None),
        ("Training accuracy", (), "accuracy", "train"),
        ("Accuracy gain over the baseline", (), "accuracy", None),
        ("정확도 향상", (), "accuracy", None),
        ("Error bars are standard errors over 3 seeds", (), None, None),
        ("We train on the training set and evaluate on the test set", (), None, "test"),
        ("Results on the val split", (), None, "val"),
        ("Test-time augmentation", (), None, None),
        ("Results", (), None, None),
    ],
)
def test_a_text_says_what_its_results_are(text, results, measures, split):
    said = around(caption=text)

    if measures == "both":
        assert said.measures == "both"
    else:
        assert (said.results, said.measures) == (results, measures)
    assert said.split == split


def test_results_are_said_by_the_nearest_place_that_names_any():
    said = around("Error rates", caption="Accuracy on CIFAR-10")

    assert (said.measures, said.where_results) == ("accuracy", "caption 'Accuracy on CIFAR-10'")
    assert around("Error rates", "CIFAR-10").where_results == "heading 'Error rates'"


@pytest.mark.parametrize(
    ("text", "split"),
    [
        ("Accuracy on the training set", "train"),
        ("Top-1 accuracy of the training images", "train"),
        ("Top-1 error on the train split", "train"),
        ("Accuracy (on the development set)", "val"),
        ("Dev set accuracy", "val"),
        ("Accuracy of models trained on the training set", None),
        ("Accuracy on the training set size", None),
        ("Accuracy over training epochs", None),
        ("Accuracy of training from scratch", None),
    ],
)
def test_the_images_that_accuracies_are_of_are_said_behind_them_too(text, split):
    assert around(caption=text).split == split
