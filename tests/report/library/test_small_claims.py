import pytest

from expdb.domain.claim import Claim, SmallTest
from expdb.errors import SpecError
from expdb.report.library.claims import claim_verdict
from expdb.report.library.markdown import claims_to_markdown
from expdb.report.library.small_claims import counted_answers, small_verdicts
from expdb.store.store import Store
from tests.store_runs import add_finished, add_seeds

TEST = SmallTest(says="the CNN is better", a="model = vit_mini", b="model = resnet_mini", smallest=0.02)


def made(store: Store, vit: list[float], cnn: list[float], **of_cnn) -> Claim:
    add_seeds(store, vit, model__name="vit_mini")
    add_seeds(store, cnn, model__name="resnet_mini", **of_cnn)
    return Claim(key="K8", sentence="ViT is below ResNet.", source="a guide", small=(TEST,))


@pytest.mark.parametrize(
    ("vit", "cnn", "answer"),
    [
        ([0.50, 0.51, 0.49], [0.60, 0.61, 0.62], "yes"),
        ([0.500, 0.501, 0.499], [0.505, 0.506, 0.504], "no"),  # a difference, but none that would matter
        ([0.60, 0.61, 0.62], [0.50, 0.51, 0.49], "no"),  # the other way round
        ([0.50, 0.60, 0.40], [0.55, 0.65, 0.45], "not told apart"),
        # Told from 0, and less than would matter by its middle, but not by its upper end.
        ([0.500, 0.504, 0.496], [0.512, 0.520, 0.518], "not told apart"),
    ],
)
def test_the_rule_that_was_fixed_before_the_runs(store: Store, vit: list[float], cnn: list[float], answer: str):
    [verdict] = small_verdicts(store, made(store, vit, cnn))

    assert verdict.answer == answer
    assert verdict.text.startswith(f"at small scale (digits, 16 px, 3 seeds): {answer}: the CNN is better: difference ")
    assert [[group.run_ids for group in side] for side in (verdict.a, verdict.b)] == [[(1, 2, 3)], [(4, 5, 6)]]


def test_small_scale_never_counts_for_the_status(store: Store):
    claim = made(store, [0.50, 0.51, 0.49], [0.60, 0.61, 0.62])

    verdict = claim_verdict(store, claim)

    assert (verdict.status, [one.answer for one in verdict.small]) == ("untested", ["yes"])
    assert "at small scale (digits, 16 px, 3 seeds): yes" in claims_to_markdown([(claim, verdict)])


def test_what_is_not_run_is_told(store: Store):
    claim = made(store, [0.5], [0.6, 0.61])

    [verdict] = small_verdicts(store, claim)

    assert (verdict.answer, counted_answers([verdict, verdict])) == ("not run", "not run 2")
    assert "one seed is not a result: model = vit_mini has run 1 alone" in verdict.text


def test_sides_that_differ_in_more_than_the_network_are_not_compared(store: Store):
    [verdict] = small_verdicts(store, made(store, [0.5, 0.51], [0.6, 0.61], optim__lr=0.3))

    assert verdict.answer == "not run"
    assert "the two sides differ in more than the network: optim.lr" in verdict.text


def test_several_groups_of_a_side_are_not_chosen_from(store: Store):
    claim = made(store, [0.5, 0.51], [0.6, 0.61])
    add_finished(store, model__name="vit_mini", optim__lr=0.7)

    [verdict] = small_verdicts(store, claim)

    assert verdict.answer == "not run"
    assert "2 groups of runs fit model = vit_mini" in verdict.text


def test_a_test_that_is_not_understood_names_the_claim(store: Store):
    claim = Claim(key="K8", sentence="-", source="-", small=(TEST.model_copy(update={"a": "modle = x"}),))

    with pytest.raises(SpecError, match=r"^claim K8, the CNN is better: "):
        small_verdicts(store, claim)


def test_small_tests_are_saved_with_their_claim(store: Store):
    claim = Claim(key="K8", sentence="-", source="-", small=(TEST, TEST.model_copy(update={"metric": "shape_bias"})))

    store.library.save_claims([claim])

    assert store.library.claim("K8") == claim
