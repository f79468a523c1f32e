import json

import pytest

from expdb.domain.codec import spec_from_json, spec_to_json
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
