"""What the names of logged metrics say."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from expdb.domain.scripts.metric_names import (
    HIGHER_WORDS,
    KNOWN_BY_KEY,
    KNOWN_BY_WORDS,
    LOWER_WORDS,
    MOST_LETTERS,
    OTHER_WORDS,
    SPLIT_WORDS,
    fault_of_name,
    is_value_of,
    percent_doubt,
    read_metric_name,
)
from expdb.domain.task import metrics_by_key

FRACTIONS = ("top1", "top5", "val_top1")
NAMES = st.text(min_size=1, max_size=30)
SIGNS = st.sampled_from(["/", "_", "-", ".", " ", "__", " / "])
CASES = st.sampled_from([str.lower, str.upper, str.capitalize])


@pytest.mark.parametrize(
    ("name", "known"),
    [
        *(("test/top1", "top1"), ("test_top1", "top1"), ("test_acc", "top1"), ("Test Accuracy", "top1")),
        *(("test/Acc@1", "top1"), ("test/top-1", "top1"), ("testAcc", "top1"), ("acc_test", "top1"), ("top1", "top1")),
        *(("val/acc", "val_top1"), ("valid_accuracy", "val_top1"), ("dev_acc", "val_top1"), ("test_top5", "top5")),
        *(("train/loss", "train_loss"), ("loss_val", "val_loss"), ("test_loss_epoch", "test_loss"), ("lr", "lr")),
        *(("learning_rate", "lr"), ("train/lr", "lr")),
    ],
)
def test_the_usual_names_are_known(name: str, known: str):
    assert read_metric_name(name).known == known


@pytest.mark.parametrize(
    "name",
    [
        "loss",
        "acc",
        "accuracy",
        "eval_loss",
        "eval_accuracy",
        "train_acc",
        "val_top5",
        "train_loss_step",
        "lr_backbone",
    ],
)
def test_a_name_that_could_be_another_quantity_is_free(name: str):
    assert read_metric_name(name).known is None


@pytest.mark.parametrize(
    ("name", "split", "higher_is_better"),
    [
        *(("test/miou", "test", True), ("val_dice_loss", "val", False), ("train/f1", "train", True)),
        *(("eval_f1", "unstated", True), ("mAP50", "unstated", True), ("test/err1", "test", False)),
        *(("Test/mean IoU", "test", True), ("validation.perplexity", "val", False), ("test_reward", "test", None)),
    ],
)
def test_split_and_direction_of_free_names_are_read_from_their_words(
    name: str, split: str, higher_is_better: bool | None
):
    found = read_metric_name(name)

    assert (found.known, found.split, found.higher_is_better) == (None, split, higher_is_better)


@pytest.mark.parametrize("name", ["loss_scale", "acc_std", "iou_threshold", "train_test_gap", "num_errors", "score"])
def test_a_name_of_something_beside_a_metric_has_no_direction(name: str):
    assert read_metric_name(name).higher_is_better is None


def test_a_loss_of_whatever_is_better_lower():
    assert [read_metric_name(f"test_{word}_loss").higher_is_better for word in HIGHER_WORDS] == [False] * len(
        HIGHER_WORDS
    )


def test_two_splits_in_one_name_are_none():
    assert read_metric_name("train_test_acc").split == "unstated"
    assert read_metric_name("val/test_acc").known is None


@given(st.sampled_from(sorted(KNOWN_BY_WORDS)), st.sampled_from(sorted(SPLIT_WORDS)), SIGNS, CASES, st.booleans())
def test_a_known_quantity_is_known_whatever_sign_and_case_its_split_is_named_with(quantity, split, sign, case, is_last):
    word, of_split = quantity
    words = [case(split), word]
    name = sign.join(words[::-1] if is_last else words)

    if SPLIT_WORDS[split] == of_split and of_split != "unstated":
        assert read_metric_name(name).known == KNOWN_BY_WORDS[quantity]


@given(NAMES)
def test_whatever_a_name_is_it_says_something_or_nothing(name: str):
    found = read_metric_name(name)

    assert found.split in SPLIT_WORDS.values()
    assert found.known is None or found.known in KNOWN_BY_KEY or found.known in metrics_by_key()


@given(NAMES, st.sampled_from(OTHER_WORDS), st.sampled_from(HIGHER_WORDS + LOWER_WORDS))
def test_a_word_that_makes_it_something_else_takes_the_direction(rest: str, other: str, word: str):
    assert read_metric_name(f"{word}_{other}/ {rest} /").known is None
    assert read_metric_name(f"{word}_{other}").higher_is_better is None or other in ("epoch", "step")


def test_no_word_is_of_both_directions():
    assert not set(HIGHER_WORDS) & set(LOWER_WORDS)
    assert not (set(HIGHER_WORDS) | set(LOWER_WORDS)) & set(OTHER_WORDS)


@pytest.mark.parametrize("known", KNOWN_BY_KEY)
def test_an_accuracy_is_a_fraction_and_other_metrics_are_any_number(known: str):
    assert is_value_of(known, 0.0)
    assert is_value_of(known, 1)
    assert is_value_of(known, math.nan)
    assert is_value_of(known, math.inf)
    assert is_value_of(known, 92.3) is (known not in FRACTIONS)
    assert is_value_of(known, -0.1) is (known not in FRACTIONS)


def test_what_is_said_of_a_percentage_names_value_column_and_way_out():
    assert percent_doubt("acc", 92.3, "top1", "acc") == (
        "acc = 92.3 is no fraction from 0 to 1: it is kept as metrics.acc, not as top1 (log acc / 100)"
    )


@pytest.mark.parametrize("name", [3, None, "", " ", "a ", "a\nb", "\x1b[31m", "x" * (MOST_LETTERS + 1)])
def test_a_name_that_could_not_be_printed_is_refused(name: object):
    assert fault_of_name(name) is not None


def test_any_other_name_is_taken():
    assert [fault_of_name(name) for name in ("test/mIoU", "größe", "a b", "metrics/mAP50(B)")] == [None] * 4
