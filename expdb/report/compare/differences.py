"""What sets two runs apart: settings as resolved, and what a document states. Not stated never counts as equal."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from expdb.catalog.compose_spec import DERIVED, settings_of
from expdb.catalog.models import model_label
from expdb.domain.codec import spec_from_json
from expdb.domain.run import Run
from expdb.domain.scripts.tracked_params import is_own
from expdb.domain.settings import Setting, as_field, settings_by_key, settings_by_name, told_settings
from expdb.domain.shown import TellsApart
from expdb.domain.value_text import format_value
from expdb.errors import ExpdbError

# What decides a result and every report should state.
ESSENTIAL = ("optimizer", "batch_size", "epochs", "num_devices")
REPORTED = ("dataset", "optimizer", "batch_size", "epochs", "num_devices", "img_size")
# Known of measured and reported runs alike, by the same names.
_SHARED = (
    *("dataset", "img_size", "normalize", "optimizer", "lr", "momentum", "weight_decay", "warmup_lr", "decay_rate"),
    *(
        "epochs",
        "batch_size",
        "num_devices",
        "policy",
        "color_jitter",
        "mixup_alpha",
        "cutmix_alpha",
        "label_smoothing",
    ),
)
# What documents and models' names state beside settings; those say themselves what they are called.
_TRAINING = "training"  # all settings of it together
_WORDS = {"num_devices": "devices", "se": "SE", "cbam": "CBAM", _TRAINING: "all settings of training"}
_CODE = "model.code"  # derived, but of nothing that the settings say
_RESIDUAL = re.compile(
    r"(?P<se>SE-?)?(?P<cbam>CBAM-?)?Res?Net-?(?P<depth>\d+)|(?P<se_net>SENet)-?(?P<se_depth>\d+)", re.I
)


@dataclass(frozen=True, kw_only=True)
class Differences:
    """How two runs differ.

    Attributes:
        differ: both values by setting.
        unstated: settings that only one of the two states.
        unreadable: what a document says of them that has no single reading.
        neither: what decides a result and neither of them states.
        aside: both values of what differs and changes no accuracy, only times.
    """

    differ: Mapping[str, tuple[Any, Any]]
    unstated: tuple[str, ...] = ()
    unreadable: tuple[str, ...] = ()
    neither: tuple[str, ...] = ()
    aside: Mapping[str, tuple[Any, Any]] = field(default_factory=dict)

    @property
    def is_controlled(self) -> bool:
        """Whether exactly one thing differs, and everything is stated."""
        return len(self.differ) == 1 and not self.unstated and not self.unreadable and not self.neither


def differences(a: Run, b: Run) -> Differences:
    """Compare the settings of two runs; seed, device and the like are left out, derived settings count once."""
    if a.spec_json is not None and b.spec_json is not None:
        return _of_specs(a, b)
    left, right = stated_facts(a, b), stated_facts(b, a)
    keys = [*left, *(key for key in right if key not in left)]
    return Differences(
        differ={
            key: (left[key], right[key]) for key in keys if key in left and key in right and left[key] != right[key]
        },
        unstated=tuple(key for key in keys if (key in left) != (key in right)),
        unreadable=(*a.unparsed, *b.unparsed),
        neither=never_stated([a, b]),
    )


def stated_facts(run: Run, other: Run) -> dict[str, Any]:
    """Return the settings that a run states, of those that can be stated of both; what a model's name says included."""
    names = REPORTED if run.kind == other.kind == "reported" else _SHARED
    name = _model_of(run)  # what is copied from a document has no other
    facts: dict[str, Any] = dict(model_factors(name))
    if ("depth" in facts) != ("depth" in model_factors(_model_of(other))):
        facts = {"model": _bare(name)}  # no factors that both have
    elif "depth" in facts:
        facts.setdefault("model variant", "none")
    facts |= {name: run.fields[name] for name in names if run.fields[name] is not None}
    if run.kind == other.kind == "reported":
        facts |= {
            key: _plain(value)
            for key, value in run.settings.items()
            if key != "image_size" or not run.fields["img_size"]
        }
        facts |= _named_augmentation(run)
    if run.kind == other.kind == "tracked":  # what its script calls so, beside what has a field of its own
        facts |= {
            f"settings.{name}": value
            for name, value in run.settings.items()
            if run.fields.get(name) != value and not is_own(name, value)
        }
    return facts


def never_stated(runs: list[Run]) -> tuple[str, ...]:
    """Return what decides a result and none of these reported runs states."""
    return tuple(key for key in ESSENTIAL if all(run.fields[key] is None for run in runs))


def words_of(key: str) -> str:
    """Return how a sentence calls a setting, by its dotted key or the name of the run's field."""
    known = setting_of(key)
    return known.words if known else _WORDS.get(key, key.rpartition(".")[2].replace("_", " "))


def text_of(key: str, value: object) -> str:
    """Return how a sentence prints a setting's value."""
    known = setting_of(key)
    value = as_field(value) if isinstance(value, (tuple, list, dict)) and known else value
    return format_value(value, known.format if known else "text")


def setting_of(key: str) -> Setting | None:
    """Return the setting of that dotted key or field name; None of what is none."""
    return settings_by_key().get(key) or settings_by_name().get(key)


def _tells_apart(key: str) -> TellsApart:
    """Return what may differ of runs that differ in a setting; what is no field of a run says where it was computed."""
    known = settings_by_key().get(key)
    return known.tells_apart if known else "nothing"


def model_factors(name: str) -> dict[str, Any]:
    """Return what a residual network's name says of it: depth, squeeze-and-excitation, attention; else the name."""
    bare = _bare(name)
    match = _RESIDUAL.match(bare)
    if match is None:
        return {"model": bare}
    depth = int(match["depth"] or match["se_depth"])
    factors: dict[str, Any] = {"depth": depth, "se": bool(match["se"] or match["se_net"])}
    rest = bare[match.end() :].strip("_ ")
    return factors | ({"cbam": True} if match["cbam"] else {}) | ({"model variant": rest} if rest else {})


def _model_of(run: Run) -> str:
    """Return the model's name alone: what it starts from is told as a setting of its own."""
    return run.model if run.kind == "reported" else model_label(run.model)


def _bare(name: str) -> str:
    return name.partition(" + ")[0]


def _of_specs(a: Run, b: Run) -> Differences:
    left, right = _flat(a), _flat(b)
    if left.keys() != right.keys():  # one of them was trained elsewhere
        return _of_evaluation(left, right)
    apart = {key: _tells_apart(key) for key in left if left[key] != right[key]}
    keys = [key for key, what in apart.items() if what == "results" and key not in DERIVED]
    chosen = chosen_settings(str(a.spec_json)) | chosen_settings(str(b.spec_json)) if keys else frozenset()
    # What a name implies (an optimizer its learning rate) is the same one decision.
    decided = [key for key in keys if key in chosen] or keys
    differ = {key: (left[key], right[key]) for key in decided}
    if "model.name" in differ:
        differ.pop("model.name")
        differ = _model_difference(*(str(flat["model.name"]) for flat in (left, right))) | differ
    aside = {key: (left[key], right[key]) for key, what in apart.items() if what == "times"}
    codes = (left[_CODE], right[_CODE])
    if left["model.arch"] != right["model.arch"] or codes[0] == codes[1]:
        return Differences(differ=differ, aside=aside)
    if None in codes:  # older runs do not know theirs
        return Differences(differ=differ, unstated=(_CODE,), aside=aside)
    return Differences(differ={**differ, _CODE: codes}, aside=aside)


def _of_evaluation(left: Mapping[str, Any], right: Mapping[str, Any]) -> Differences:
    """Compare a run with one that evaluates what was trained elsewhere: of its training nothing is stated."""
    keys = [key for key in left if key in right and _tells_apart(key) == "results" and key not in DERIVED]
    differ = {key: (left[key], right[key]) for key in keys if left[key] != right[key]}
    if "model.name" in differ:
        differ.pop("model.name")
        differ = _model_difference(*(str(flat["model.name"]) for flat in (left, right))) | differ
    return Differences(differ=differ, unstated=(_TRAINING,))


def _flat(run: Run) -> Mapping[str, Any]:
    return _flat_spec(str(run.spec_json))


@lru_cache(maxsize=4096)  # of many rows every pair is compared
def _flat_spec(spec_json: str) -> Mapping[str, Any]:
    return told_settings(spec_from_json(spec_json))


@lru_cache(maxsize=4096)
def chosen_settings(spec_json: str) -> frozenset[str]:
    """Return the settings of a spec that nothing else implies, by dotted key; none where that cannot be told."""
    try:
        return frozenset(settings_of(spec_from_json(spec_json)))
    except ExpdbError:  # a folder that is not on this machine
        return frozenset()


def _model_difference(a: str, b: str) -> dict[str, tuple[Any, Any]]:
    left, right = model_factors(a), model_factors(b)
    if left.keys() == right.keys() or {"depth"} <= left.keys() & right.keys():
        keys = [*left, *(key for key in right if key not in left)]
        return {key: (left.get(key), right.get(key)) for key in keys if left.get(key) != right.get(key)}
    return {"model": (a, b)}


def _named_augmentation(run: Run) -> dict[str, Any]:
    """A row whose model cell names augmentation says that its neighbours without have none."""
    if run.extends_another or run.settings.keys() - {"auto_augment"}:
        return {}
    return {"auto_augment": bool(run.settings.get("auto_augment"))}


def _plain(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
