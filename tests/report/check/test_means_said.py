"""Words above a table about its means: their seeds, medians, and what stands behind ±."""

import pytest

from expdb.report.check.check import check_text
from tests.store_runs import add_seeds

TEXT = "## CIFAR-100\n\n{}\n\n| Model | Top-1 |\n|---|---|\n| ResNet18 | {} |\n"


@pytest.fixture
def trained(store):
    add_seeds(store, [0.77, 0.78], model__name="resnet18", data__dataset="cifar100")
    return store


def found(store, above, cell="77.50 ± 0.71"):
    return {one.part: one for table in check_text(TEXT.format(above, cell), store, []) for one in table.findings}


@pytest.mark.parametrize(
    ("above", "words"),
    [
        ("Mean ± standard error of 2 seeds.", "standard error"),
        ("Top-1 ± 95 % CI.", "95 % CI"),
        ("Table 1: Mean and 95% confidence intervals.", "confidence intervals"),
        ("Mean ± SEM", "SEM"),
        ("평균 ± 표준오차", "표준오차"),
    ],
)
def test_spread_that_is_no_standard_deviation_is_unknown_and_says_why(trained, above, words):
    parts = found(trained, above)

    assert parts[""].status == "confirmed"
    assert parts["std"].status == "unknown"
    assert f"says “{words}”" in parts["std"].reason


@pytest.mark.parametrize(
    "above", ["Mean of 5 seeds.", "Averaged over 3 runs:", "n = 4", "시드 5개 평균", "Mean ± std over 10 trials."]
)
def test_number_of_seeds_above_that_is_not_that_of_the_runs_is_contradicted(trained, above):
    parts = found(trained, above)

    assert (parts["n"].status, parts["n"].recorded) == ("contradicted", "2")


@pytest.mark.parametrize("above", ["Median of 2 runs.", "Medians over seeds", "두 시드의 중앙값"])
def test_median_is_not_confirmed_by_a_mean(trained, above):
    parts = found(trained, above, "77.50")

    assert parts[""].status == "unknown"
    assert "says “" in parts[""].reason


@pytest.mark.parametrize(
    "above",
    [
        "Mean of 2 seeds.",
        "Mean ± standard deviation over 2 runs.",
        "Mean of 2-3 seeds.",
        "Mean of the last 5 epochs.",
        "At least 3 seeds.",
        "Not the median.",
        "3 or 5 runs.",
    ],
)
def test_words_that_fit_or_are_in_doubt_leave_means_confirmed(trained, above):
    assert {one.status for one in found(trained, above).values()} == {"confirmed"}
