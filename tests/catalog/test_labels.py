import pytest

from expdb.catalog import labels
from tests.factories import make_run


def make_reported(**values):
    """A run that knows only what a document states."""
    unknown = dict.fromkeys(
        ("arch", "stem", "aug", "crop", "hflip_prob", "policy", "normalize", "img_size", "lr", "momentum",
         "weight_decay", "warmup_epochs", "optimizer", "batch_size", "num_devices")
    )  # fmt: skip
    return make_run(**(unknown | {"kind": "reported"} | values))


@pytest.mark.parametrize(
    ("values", "label"),
    [
        ({}, "ResNet50"),
        ({"policy": "autoaugment"}, "ResNet50 + AutoAugment"),
        ({"model": "senet101", "policy": "randaugment", "cutmix_alpha": 1.0}, "SENet101 + RandAugment + CutMix"),
        ({"mixup_alpha": 0.2, "random_erasing_prob": 0.25}, "ResNet50 + Mixup + RandomErasing"),
        ({"model": "resnetv2_50"}, "resnetv2_50"),
    ],
)
def test_model_is_labelled_with_the_policies_that_are_on(values, label):
    assert labels.model_aug(make_run(**values).fields) == label


def test_reported_model_is_as_printed():
    run = make_reported(model="resnet50 + AutoAugment", settings={"auto_augment": True})

    assert labels.model_aug(run.fields) == labels.model_label_of(run.fields) == "resnet50 + AutoAugment"


@pytest.mark.parametrize(
    ("values", "label"),
    [
        ({}, "crop + flip"),
        ({"hflip_prob": 0.0}, "crop"),
        ({"crop": "resized"}, "resized crop + flip"),
        ({"crop": "none", "hflip_prob": 0.0}, "none"),
        ({"policy": "trivialaugment"}, "TrivialAugment"),
        ({"crop": None}, None),
    ],
)
def test_augmentation_is_named_in_a_few_words(values, label):
    assert labels.aug_label(make_run(**values).fields) == label


def test_reported_augmentation_is_what_its_settings_state():
    assert (
        labels.aug_label(make_reported(settings={"auto_augment": "v0", "cutmix": 1.0}).fields) == "AutoAugment + CutMix"
    )
    assert labels.aug_label(make_reported().fields) is None


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ({}, "sgd / 128"),
        ({"batch_size": None}, "sgd / –"),
        ({"optimizer": None, "batch_size": None}, None),
    ],
)
def test_optimizer_and_batch_size_share_a_cell(values, text):
    assert labels.optimizer_batch(make_run(**values).fields) == text


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ({"device": "cuda"}, "1"),
        ({"device": "cuda", "num_devices": 2, "parallel": "ddp"}, "DDP - 2"),
        ({"device": "cpu"}, "CPU"),
        ({"num_devices": None}, None),
        ({"num_devices": None, "device": "cpu"}, "CPU"),
    ],
)
def test_devices_are_named(values, text):
    assert labels.gpus(make_run(**values).fields) == text


def test_reported_settings_keep_the_order_and_words_of_the_document():
    run = make_reported(
        settings={"lr": 0.0005, "image_size": [224, 224], "color_jitter": 0.0, "random_crop": True},
        unparsed=("weight-decay 1e-4 1e-3",),
        extends_another=True,
    )

    assert labels.settings(run.fields) == (
        "+ lr 5e-4 / image size 224 x 224 / color jitter 0 / random crop / weight-decay 1e-4 1e-3"
    )


def test_measured_settings_name_what_is_on():
    run = make_run(
        normalize="half",
        cutmix_alpha=1.0,
        mixup_alpha=0.0,
        policy="autoaugment",
        autoaugment_policy="cifar10",
        warmup_lr=1e-4,
        img_size=224,
        label_smoothing=0.1,
    )

    assert labels.settings(run.fields) == (
        "mean/std 0.5 / image size 224 x 224 / cutmix 1 / lr 0.1 / warmup lr 1e-4 / warmup epochs 5 / random crop"
        " / flip / autoaugment cifar10 / momentum 0.9 / weight decay 5e-4 / smoothing 0.1"
    )


def test_a_run_without_settings_has_no_settings_text():
    assert labels.settings(make_reported().fields) is None
