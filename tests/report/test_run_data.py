import json
from dataclasses import fields

from expdb.domain.run import Environment, Run
from expdb.report.run_data import Difference, run_differences, run_record
from tests.factories import make_run, make_spec


def test_record_is_json_with_every_field():
    run = make_run(
        spec=make_spec(), tags=("a",), environment=Environment(packages={"torch": "2.10"}), top5=float("inf")
    )

    record = json.loads(json.dumps(run_record(run), allow_nan=False))

    assert set(record) == {field.name for field in fields(Run)} - {"spec_json"} | {"spec"}
    assert record["top1"] == 0.7905
    assert record["top5"] is None
    assert record["tags"] == ["a"]
    assert record["created_at"] == "2026-11-21T12:00:00+00:00"
    assert record["spec"]["optim"]["lr"] == 0.1
    assert record["environment"]["packages"] == {"torch": "2.10"}


def test_equal_runs_do_not_differ_by_their_ids_names_and_times():
    a = make_run(id=1, name="a", tags=("x",), spec=make_spec(), artifact_dir="1")
    b = make_run(id=2, name="b", note="n", spec=make_spec(), artifact_dir="2", ended_at=a.created_at)

    assert run_differences(a, b) == []


def test_specs_are_compared_key_by_key():
    a = make_run(spec=make_spec(), top1=0.5)
    b = make_run(spec=make_spec(optim__nesterov=False, seed=1), seed=1, top1=0.6)

    assert run_differences(a, b) == [
        Difference("optim.nesterov", True, False),
        Difference("seed", 0, 1),
        Difference("top1", 0.5, 0.6),
    ]


def test_a_measured_and_a_reported_run_are_compared_by_what_both_state():
    differences = run_differences(make_run(spec=make_spec()), make_run(kind="reported", optimizer="lion", lr=None))

    assert Difference("optimizer", "sgd", "lion") in differences
    assert Difference("lr", 0.1, None) in differences
    assert Difference("kind", "measured", "reported") in differences
    assert not [difference for difference in differences if "." in difference.field]


def test_environments_are_compared_package_by_package():
    a = make_run(environment=Environment(host="x", packages={"torch": "2.10", "timm": "1.0"}, git_diff="-a\n+b"))
    b = make_run(environment=Environment(host="y", packages={"torch": "2.11", "timm": "1.0"}))

    differences = {difference.field: (difference.a, difference.b) for difference in run_differences(a, b)}

    assert differences.keys() == {"host", "package torch", "git_diff"}
    assert differences["package torch"] == ("2.10", "2.11")
    assert differences["git_diff"][0].startswith("2 lines, sha256 ")
