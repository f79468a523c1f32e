"""Whether two groups may be tested on a measure: both measured, on the same data and split, in the same unit."""

from operator import itemgetter

from expdb.domain.analyses.metrics import analysis_of_metric, conditions_key
from expdb.domain.group import RunGroup
from expdb.domain.run import Run
from expdb.domain.task import FREE
from expdb.report.measures import OF_TEST_IMAGES

OTHER_DATASET = "another dataset"
OTHER_TEST_IMAGES = "other test images"
NOT_ALIKE = "not analysed alike"
_OTHER_IMAGES = "other images"
_OTHER_VAL_SPLIT = "another validation split"
_OTHER_CHOICE = "best epochs chosen on another split"
_OTHER_LOSS = "another training loss"
_OTHER_DOCUMENT = "another document, maybe another unit"
_OF_BEST = ("best_top1", "best_epoch")
# What makes another digest of the same data: it names the images of all splits, as they are fed.
_EXPLAINS_DIGEST = ("img_size", "num_train_images", "val_fraction", "test_limit")
# What a train loss is of: its values are in one unit only where these agree.
_LOSS = ("loss", "label_smoothing", "mixup_alpha", "cutmix_alpha")


def why_untested(base: RunGroup, group: RunGroup, field: str) -> str:
    """Return why no test, interval or verdict is given of two groups, in words; empty where there may be one.

    Args:
        base: what the other one is compared with.
        group: the other one.
        field: what is compared: a measure's field of `Run`, or a column's key.
    """
    if "reported" in (group.run.kind, base.run.kind):
        return "a reported value is never tested"
    reason = why_apart(base, group, field)
    return f"{reason}: no test" if reason else ""


def why_apart(base: RunGroup, group: RunGroup, field: str) -> str:
    """Return why values of two groups are not of one data set, split or unit; empty where they are, as far as is known.

    All runs of both groups count, not only the one that stands for each.
    """
    if field.startswith(FREE) and "reported" in (base.run.kind, group.run.kind):
        is_other = base.run.dataset == group.run.dataset and _document(base.run) != _document(group.run)
        return _OTHER_DOCUMENT if is_other else runs_apart(base.run, group.run, field)
    if reason := runs_apart(base.run, group.run, field):
        return reason
    for name, told in (("dataset", OTHER_DATASET), ("data_digest", _OTHER_IMAGES)):
        if _is_mixed(base, name) or _is_mixed(group, name):
            return f"{told} within a row"
    analysis = analysis_of_metric(field)
    if analysis is not None and any(_is_mixed(one, conditions_key(analysis)) for one in (base, group)):
        return f"{NOT_ALIKE} within a row"
    if field in OF_TEST_IMAGES and (_is_mixed(base, "num_test_images") or _is_mixed(group, "num_test_images")):
        return f"{OTHER_TEST_IMAGES} within a row"
    return ""


def runs_apart(a: Run, b: Run, field: str) -> str:
    """Return why values of two runs are not of one data set, split or unit; empty where they are, as far as is known.

    Args:
        a: the one.
        b: the other.
        field: what is compared: a measure's field of `Run`, or a column's key.
    """
    if a.dataset != b.dataset:
        return OTHER_DATASET
    if (field in OF_TEST_IMAGES or field.startswith(FREE)) and (
        _value(a, "test_limit") != _value(b, "test_limit") or _differ(a, b, "num_test_images")
    ):
        return OTHER_TEST_IMAGES
    if field.startswith("val_") and (_differ(a, b, "val_fraction") or _differ(a, b, "num_val_images")):
        return _OTHER_VAL_SPLIT
    if _differ(a, b, "data_digest") and not any(_value(a, name) != _value(b, name) for name in _EXPLAINS_DIGEST):
        return OTHER_TEST_IMAGES if field in OF_TEST_IMAGES else _OTHER_IMAGES
    if field in _OF_BEST and _differ(a, b, "best_by"):
        return _OTHER_CHOICE
    analysis = analysis_of_metric(field)
    if analysis is not None and _differ(a, b, conditions_key(analysis)):
        return NOT_ALIKE
    if field == "train_loss" and any(_differ(a, b, name) for name in _LOSS):
        return _OTHER_LOSS
    return ""


def _differ(a: Run, b: Run, name: str) -> bool:
    """Tell whether both runs state a field, and not the same."""
    values = _value(a, name), _value(b, name)
    return None not in values and values[0] != values[1]


def _value(run: Run, name: str) -> object:
    value: object = run.fields[name]
    return value


def _is_mixed(group: RunGroup, name: str) -> bool:
    known = [value for value in group.values(itemgetter(name)) if value is not None]
    return len(known) > 1


def _document(run: Run) -> str | None:
    return run.document or run.source
