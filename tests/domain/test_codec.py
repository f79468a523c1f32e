import json

import pytest

from expdb.domain.codec import digest, group_digest, spec_from_json, spec_to_json
from expdb.domain.spec import DataSpec, EvalSpec, RunSpec
from expdb.errors import SpecError
from tests.factories import make_spec


def test_json_is_canonical():
    text = spec_to_json(make_spec())

    assert text == json.dumps(json.loads(text), sort_keys=True, separators=(",", ":"))


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"version": 99}', '{"version": 1, "epochs": -1}', "1"])
def test_what_is_no_spec_is_refused(text: str):
    with pytest.raises(SpecError):
        spec_from_json(text)


def test_a_spec_cannot_be_changed():
    with pytest.raises(ValueError, match="frozen"):
        make_spec().epochs = 3


def test_what_evaluation_looked_at_before_it_was_a_setting_is_in_no_digest():
    named, folder = RunSpec(), RunSpec(data=DataSpec(dataset="folder:/pictures"))
    old = json.loads(spec_to_json(folder))
    del old["eval"]

    read = spec_from_json(json.dumps({**old, "version": 2}))

    assert read.eval.crop == 0.875
    assert spec_from_json(spec_to_json(folder)).eval.crop == 1.0
    assert (digest(read), digest(named)) == ("cd571c0efdfc2532", "44136fa355b3678a")
    assert len({digest(folder), digest(read), digest(named)}) == 3
    assert digest(named.model_copy(update={"eval": EvalSpec(every=2)})) != digest(named)


def test_what_is_looked_at_before_the_start_is_in_no_digest():
    checked = RunSpec(data=DataSpec(verify="all", max_megapixels=400))

    assert (digest(checked), group_digest(checked)) == (digest(RunSpec()), group_digest(RunSpec()))
