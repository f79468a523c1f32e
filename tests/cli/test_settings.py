from pathlib import Path

import pytest

from expdb.catalog.compose_spec import compose_spec
from expdb.cli.settings import gather_settings, parse_seeds, parse_value
from expdb.errors import SpecError


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("5e-4", 5e-4),
        ("1", 1),
        ("true", True),
        ("null", None),
        ("cosine", "cosine"),
        ("[1, 2]", [1, 2]),
        ('{a = "b"}', {"a": "b"}),
        ('{"a": "b", "c": [1, null]}', {"a": "b", "c": [1, None]}),
        ('{"a": {"b": true},\n "c": 2.5}', {"a": {"b": True}, "c": 2.5}),
        ("{}", {}),
        ('{"a": NaN}', '{"a": NaN}'),
        ("a b", "a b"),
        ("1\nx = 2", "1\nx = 2"),
    ],
)
def test_values_are_read_as_toml_or_text(text: str, value: object):
    assert parse_value(text) == value


@pytest.mark.parametrize(
    ("assignment", "value"),
    [
        ("schedule.milestones=3,9", [3, 9]),
        ("schedule.milestones=[3, 9]", [3, 9]),
        ("schedule.milestones=3", [3]),
        ("progressive=20,32", [20, 32]),
        ("progressive=20:32", [20, 32]),
        ("progressive=null", None),
        ("optim.betas=0.9,0.95", [0.9, 0.95]),
        ("model.name=a,b", "a,b"),
        ("model.kwargs={depth = [1, 2]}", {"depth": [1, 2]}),
    ],
)
def test_lists_and_pairs_need_no_brackets(assignment: str, value: object):
    settings = gather_settings({}, assignments=[assignment], file=None)

    assert list(settings.values()) == [value]


@pytest.mark.parametrize(
    ("assignments", "kwargs"),
    [
        (["model.kwargs.depth=4"], {"img_size": 32, "patch_size": 4, "depth": 4}),
        (["model.kwargs.depth=4", "model.kwargs.patch_size=8"], {"img_size": 32, "patch_size": 8, "depth": 4}),
        (
            ["model.kwargs.a.b.c=x", "model.kwargs.a.d=[1]"],
            {"img_size": 32, "patch_size": 4, "a": {"b": {"c": "x"}, "d": [1]}},
        ),
        (['model.kwargs={"depth": 4}'], {"depth": 4}),
        (["model.kwargs={depth = 4}", "model.kwargs.dim=2"], {"depth": 4, "dim": 2}),
        (["model.kwargs.dim=2", 'model.kwargs={"depth": 4}'], {"depth": 4, "dim": 2}),
        (["model.kwargs.img_size=null"], {"img_size": None, "patch_size": 4}),
    ],
)
def test_arguments_of_a_network_are_set_one_by_one_or_all_at_once(assignments: list[str], kwargs: dict):
    settings = gather_settings({"model.name": "vit_mini"}, assignments=assignments, file=None)

    assert compose_spec(settings).model.kwargs == kwargs


def test_arguments_set_one_by_one_leave_the_catalogs_as_they_are():
    before = compose_spec({"model.name": "cbam_resnet50"}).model.kwargs

    changed = compose_spec({"model.name": "cbam_resnet50", "model.kwargs.block_args.rd": 2}).model.kwargs

    assert changed == {"block_args": {"attn_layer": "cbam", "rd": 2}}
    assert compose_spec({"model.name": "cbam_resnet50"}).model.kwargs == before


@pytest.mark.parametrize(
    ("assignments", "words"),
    [
        (["model.kwargs.=1"], "unknown setting 'model.kwargs.'"),
        (["model.kwargs.a..b=1"], "unknown setting 'model.kwargs.a..b'"),
        (["model.kwargs.a=1", "model.kwargs.a.b=2"], "a is 1, no table"),
        (["model.kwargs.a=nan"], "model.kwargs.a=nan is no plain finite number"),
        (["model.kwargs.a.b=[1, inf]"], "model.kwargs.a.b=inf is no plain finite number"),
        (["model.kwargs.a=nan"], """put it in quotes if it is text, as in --set 'model.kwargs.a="nan"'"""),
        (["model.kwargs.a=2020-01-01"], "model.kwargs.a=2020-01-01 is no plain finite number"),
        (["model.kwargs={width: 32}"], "model.kwargs='{width: 32}'"),
        (["model.kwargs=wide", "model.kwargs.a=1"], "model.kwargs='wide'"),
    ],
)
def test_arguments_that_cannot_be_set_are_refused_in_a_line(assignments: list[str], words: str):
    with pytest.raises(SpecError) as caught:
        compose_spec(gather_settings({}, assignments=assignments, file=None))

    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_key_that_stands_twice_in_json_is_refused():
    with pytest.raises(SpecError, match="'a' stands twice"):
        parse_value('{"a": 1, "a": 2}')


@pytest.mark.parametrize(
    "assignment", ["schedule.milestones=3,x", "progressive=20", "progressive=1,2,3", "optim.betas=fast", "progressive="]
)
def test_a_broken_list_is_refused_by_name(assignment: str):
    settings = gather_settings({}, assignments=[assignment], file=None)

    with pytest.raises(SpecError, match="^" + assignment.partition("=")[0]):
        compose_spec(settings)


@pytest.mark.parametrize(("text", "seeds"), [("3", [0, 1, 2]), ("0,4,7", [0, 4, 7]), ("5,", [5])])
def test_seeds_are_a_count_or_a_list(text: str, seeds: list[int]):
    assert parse_seeds(text) == seeds


@pytest.mark.parametrize("text", ["", "0", "-1", "a", "1,1", "1.5", "9999999", "٣"])
def test_other_seeds_are_refused(text: str):
    with pytest.raises(SpecError):
        parse_seeds(text)


def test_set_beats_flags_and_flags_beat_the_file(tmp_path: Path):
    file = tmp_path / "spec.toml"
    file.write_text("epochs = 3\nseed = 1\n[optim]\nlr = 0.5\nweight_decay = 0.1\n")

    settings = gather_settings({"epochs": None, "seed": 2, "optim.lr": 0.2}, assignments=["optim.lr=0.3"], file=file)

    assert settings == {"epochs": 3, "seed": 2, "optim.lr": 0.3, "optim.weight_decay": 0.1}


@pytest.mark.parametrize("assignment", ["lr", "=1", ""])
def test_an_assignment_without_key_or_value_is_refused(assignment: str):
    with pytest.raises(SpecError, match="key=value"):
        gather_settings({}, assignments=[assignment], file=None)


def test_a_missing_or_broken_file_is_named(tmp_path: Path):
    broken = tmp_path / "broken.toml"
    broken.write_text("[[[")

    for file in (tmp_path / "none.toml", broken, tmp_path):
        with pytest.raises(SpecError, match=file.name):
            gather_settings({}, assignments=[], file=file)
