from dataclasses import replace

import pytest

from expdb.domain.run import Environment, Epoch
from expdb.report.compare.reproduction import changes_since, data_change, reproduction_verdict
from tests.factories import make_run

ENVIRONMENT = Environment(
    git_commit="a" * 40, git_dirty=False, python_version="3.11.7", packages={"torch": "2.13.0", "timm": "1.0.31"}
)
EPOCH = Epoch(
    epoch=1, train_loss=1.0, test_loss=1.0, top1=0.79, top5=0.94, val_loss=None, val_top1=None, lr=0.1,
    train_seconds=2.0, eval_seconds=1.0, images_per_second=5.0, peak_memory_bytes=7,
)  # fmt: skip
FIRST, AGAIN = make_run(id=1), make_run(id=2)


def test_same_code_and_packages_are_no_change():
    assert changes_since(ENVIRONMENT, ENVIRONMENT) == []


@pytest.mark.parametrize(
    ("changed", "line"),
    [
        ({"git_commit": "b" * 40}, "code: commit bbbbbbbbbb, then aaaaaaaaaa"),
        ({"git_diff": "+x", "git_dirty": True}, "code: the same commit aaaaaaaaaa, other uncommitted changes"),
        ({"git_commit": None}, "code: not known whether it is the same as then (no git commit recorded)"),
        ({"packages": {"torch": "2.14.0"}}, "packages: timm none (then 1.0.31), torch 2.14.0 (then 2.13.0)"),
        ({"python_version": "3.12.1"}, "packages: Python 3.12.1 (then 3.11.7)"),
    ],
)
def test_change_is_one_line(changed, line):
    assert changes_since(ENVIRONMENT, replace(ENVIRONMENT, **changed)) == [line]


def test_epochs_that_took_other_times_of_the_processor_are_reproduced_to_the_bit():
    again = replace(EPOCH, train_seconds=3.0, cpu_seconds=7.0, cpu_wait_seconds=1.0)

    assert "to the bit" in reproduction_verdict(FIRST, [EPOCH], AGAIN, [again], same_weights=True)


def test_epochs_that_were_not_evaluated_are_compared_by_what_they_know():
    rows = [replace(EPOCH, test_loss=None, top1=None, top5=None), replace(EPOCH, epoch=2)]

    assert "to the bit" in reproduction_verdict(FIRST, rows, AGAIN, rows, same_weights=True)
    other = [replace(rows[0], train_loss=1.5), rows[1]]
    assert "not to the bit" in reproduction_verdict(FIRST, rows, AGAIN, other, same_weights=True)


def test_long_lists_of_packages_are_cut():
    now = replace(ENVIRONMENT, packages={f"p{number}": "1" for number in range(9)})

    assert changes_since(ENVIRONMENT, now)[0].endswith("p2 1 (then none) and 6 more")


def test_data_are_the_same_not_the_same_or_not_known():
    assert data_change("ab", "ab") == "data: the same as then"
    assert data_change("ab", "cd") == "data: not the same as then (ab, now cd)"
    assert "not known" in data_change(None, "cd")


def test_times_are_no_results():
    again = replace(EPOCH, train_seconds=9.0, images_per_second=1.0)

    assert (
        reproduction_verdict(FIRST, [EPOCH], AGAIN, [again], same_weights=True) == "run 2 reproduces run 1 to the bit"
    )
    assert "weights not compared" in reproduction_verdict(FIRST, [EPOCH], AGAIN, [again], same_weights=None)


@pytest.mark.parametrize(
    ("top1", "words"),
    [(0.7935, "within 0.5 points, not to the bit"), (0.7955, "does not reproduce run 1: last top-1 79.55%")],
)
def test_other_result_is_within_the_tolerance_or_not(top1, words):
    again = AGAIN.changed(top1=top1)

    assert words in reproduction_verdict(FIRST, [EPOCH], again, [replace(EPOCH, top1=top1)], same_weights=False)


def test_other_weights_are_not_the_same_bits():
    assert "not to the bit" in reproduction_verdict(FIRST, [EPOCH], AGAIN, [EPOCH], same_weights=False)


def test_run_that_did_not_finish_is_no_result():
    assert "run 1 is failed" in reproduction_verdict(
        FIRST.changed(status="failed"), [], AGAIN, [EPOCH], same_weights=None
    )


@pytest.mark.parametrize("same_weights", [True, False, None])
@pytest.mark.parametrize("top1", [0.79, 0.6])
def test_a_network_of_other_code_reproduces_nothing(top1, same_weights):
    first = FIRST.changed(top1=0.79, code_digest="aa")
    again = AGAIN.changed(top1=top1, code_digest="bb")
    rows = [replace(EPOCH, top1=top1)]

    verdict = reproduction_verdict(first, [EPOCH], again, rows, same_weights=same_weights)

    points = f"{100 * (top1 - 0.79):+.2f} points"
    told = "run 2 is of other code than run 1 (digest aa, now bb): no repetition"
    assert verdict == f"{told}; last top-1 {top1:.2%} against 79.00% ({points})"


def test_code_that_was_not_recorded_is_said_beside_the_verdict():
    again = AGAIN.changed(code_digest="bb")

    verdict = reproduction_verdict(FIRST, [EPOCH], again, [EPOCH], same_weights=True)

    unknown = "own code: not known whether it is the same as then (digest not recorded, now bb)"
    assert verdict == f"run 2 reproduces run 1 to the bit; {unknown}"


def test_other_code_of_a_run_that_did_not_finish_is_said():
    first, again = FIRST.changed(code_digest="aa"), AGAIN.changed(status="killed", top1=0.1, code_digest="bb")

    assert reproduction_verdict(first, [EPOCH], again, [], same_weights=None) == (
        "run 2 is of other code than run 1 (digest aa, now bb): no repetition; run 2 is killed"
    )
