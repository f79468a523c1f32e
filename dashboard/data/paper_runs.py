"""Which runs a paper stands behind: from its tags (`M-RESNET50`, `T-CUTMIX`) to a filter of runs."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence

from expdb.catalog.labels import model_label_of
from expdb.domain.run import RunPart

# Techniques that a setting of a run turns on. What is not here, as an analysis, has no runs of its own.
TECHNIQUES: Mapping[str, str] = {
    "T-AA": "policy = autoaugment",
    "T-CUTMIX": "cutmix_alpha > 0",
    "T-CUTOUT": "cutout_size > 0",
    "T-EMA": "ema_decay > 0",
    "T-KD": "teacher != null",
    "T-LS": "label_smoothing > 0",
    "T-MIXUP": "mixup_alpha > 0",
    "T-RANDAUG": "policy = randaugment",
    "T-RE": "random_erasing_prob > 0",
    "T-TRIVIALAUG": "policy = trivialaugment",
}
_MODEL = "M-"
_SPEAKING = 4  # letters from which a word inside a name speaks of it: `cbam`, but not `vit` in `mobilevit`
_MOST_LETTERS = 1900  # of a filter


def model_filters(tags: Iterable[str], runs: Iterable[RunPart]) -> dict[str, str]:
    """Return the filter of each tag that names a model which was run, by spelling: `M-VGG` is vgg16 and VGG-19."""
    spelt: dict[str, dict[str, None]] = {}
    for run in runs:
        for name in (run.fields["model"], run.fields["arch"] or "", model_label_of(run.fields)):
            spelt.setdefault(_plain(name), {})[run.fields["model"]] = None
    found = {}
    for tag in tags:
        if not tag.startswith(_MODEL):
            continue
        word = _plain(tag.removeprefix(_MODEL))
        models = {model: None for name, spelling in spelt.items() if _names(name, word) for model in spelling}
        where = f"model in ({', '.join(json.dumps(model, ensure_ascii=False) for model in models)})"
        if models and len(where) <= _MOST_LETTERS:
            found[tag] = where
    return found


def filters_of(tags: Iterable[str], runs: Sequence[RunPart]) -> dict[str, str]:
    """Return the filter of each of these tags that runs can be found by."""
    tags = list(dict.fromkeys(tags))
    return {**{tag: TECHNIQUES[tag] for tag in tags if tag in TECHNIQUES}, **model_filters(tags, runs)}


def _names(name: str, word: str) -> bool:
    """Return whether a model's name speaks of the word; `resnet50` is neither `resnet501` nor `wideresnet50`."""
    if not word:
        return False
    if word.isalpha() and len(word) >= _SPEAKING:
        return word in name
    rest = name.removeprefix(word)
    return rest != name and not (word[-1].isdigit() and rest[:1].isdigit())


def _plain(name: str) -> str:
    return re.sub(r"[^0-9a-z]", "", name.lower())
