"""What is recorded of two runs and differs."""

from expdb.domain.run import Environment
from expdb.report.compare.recorded_differences import Difference, recorded_differences
from tests.factories import make_run, make_spec


def test_equal_runs_do_not_differ_by_their_ids_names_and_times():
    a = make_run(id=1, name="a", tags=("x",), spec=make_spec(), artifact_dir="1")
    b = make_run(id=2, name="b", note="n", spec=make_spec(), artifact_dir="2", ended_at=a.created_at)

    assert recorded_differences(a, b) == []


def test_specs_are_compared_key_by_key():
    a = make_run(spec=make_spec(), top1=0.5)
    b = make_run(spec=make_spec(optim__nesterov=False, seed=1), seed=1, top1=0.6)

    assert recorded_differences(a, b) == [
        Difference("optim.nesterov", True, False),
        Difference("seed", 0, 1),
        Difference("top1", 0.5, 0.6),
    ]


def test_a_measured_and_a_reported_run_are_compared_by_what_both_state():
    differences = recorded_differences(make_run(spec=make_spec()), make_run(kind="reported", optimizer="lion", lr=None))

    assert Difference("optimizer", "sgd", "lion") in differences
    assert Difference("lr", 0.1, None) in differences
    assert Difference("kind", "measured", "reported") in differences
    assert not [difference for difference in differences if "." in difference.field]


def test_environments_are_compared_package_by_package():
    a = make_run(environment=Environment(host="x", packages={"torch": "2.10", "timm": "1.0"}, git_diff="-a\n+b"))
    b = make_run(environment=Environment(host="y", packages={"torch": "2.11", "timm": "1.0"}))

    differences = {difference.field: (difference.a, difference.b) for difference in recorded_differences(a, b)}

    assert differences.keys() == {"host", "package torch", "git_diff"}
    assert differences["package torch"] == ("2.10", "2.11")
    assert differences["git_diff"][0].startswith("2 lines, sha256 ")
