import json

from expdb.domain.run import ENVIRONMENT_FIELDS, Environment, field_names
from expdb.report.run_data import run_record
from tests.factories import make_run, make_spec


def test_record_is_json_with_every_field():
    run = make_run(
        spec=make_spec(), tags=("a",), environment=Environment(packages={"torch": "2.10"}), top5=float("inf")
    )

    record = json.loads(json.dumps(run_record(run), allow_nan=False))

    assert set(record) == set(field_names()) - {"spec_json", *ENVIRONMENT_FIELDS} | {"spec", "environment"}
    assert record["top1"] == 0.7905
    assert record["top5"] is None
    assert record["tags"] == ["a"]
    assert record["created_at"] == "2026-11-21T12:00:00+00:00"
    assert record["spec"]["optim"]["lr"] == 0.1
    assert record["environment"]["packages"] == {"torch": "2.10"}
