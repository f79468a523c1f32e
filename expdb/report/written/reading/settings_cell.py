"""Settings as a table's cell names them: `cutmix 1 / lr 1e-4 / randomcrop 사용 / autoaugment v0`."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from expdb.report.written.reading.cell_words import cell_words
from expdb.report.written.reading.numbers import is_blank
from expdb.report.written.reading.pieces import pieces_of, word_of

_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_NUMERIC = re.compile(_NUMBER)
_GLUED = re.compile(rf"(?P<name>[^\W\d][^\W\d.-]*(?:[.-][^\W\d]+)*)(?P<number>{_NUMBER})")  # decay-rate0.1
_SIZE = re.compile(r"(?P<height>\d{1,5})\s*(?:\^\s*2|²|[xX×*]\s*(?P<width>\d{1,5}))?\s*(?:px)?")
# "/" but not that of w/o; commas and semicolons outside of brackets.
_SEPARATOR = re.compile(r"(?<!\bw)/|[,;](?![^(\[]*[)\]])")
_WORD = re.compile(r"[^\W\d][\w.-]*")
_WORD_JOIN = re.compile(r"[.-]+")
_LONGEST_NAME = 4  # words; more are a sentence

_WHOLE = ("epochs", "batch_size", "seed", "warmup_epochs", "decay_epochs")
_SEVERAL_WORDS = ("schedule", "optimizer")


@dataclass(frozen=True, kw_only=True)
class StatedSettings:
    """What a cell states.

    Attributes:
        values: typed, by name, in the cell's order; True = named without a value.
        unparsed: pieces without a single reading, verbatim.
        extends_another: the cell starts with "+".
    """

    values: Mapping[str, Any]
    unparsed: tuple[str, ...] = ()
    extends_another: bool = False


def read_settings(text: str) -> StatedSettings:
    """Read a cell of settings, split at "/", "," and ";"."""
    bare = text.strip()
    extends_another = bare.startswith("+")
    values: dict[str, Any] = {}
    unparsed = []
    for piece in (part.strip() for part in _SEPARATOR.split(bare.removeprefix("+"))):
        if is_blank(piece):
            continue
        pair = read_setting(piece)
        if pair is None or values.get(pair[0], pair[1]) != pair[1]:
            unparsed.append(piece)
        else:
            values.setdefault(*pair)
    return StatedSettings(values=values, unparsed=tuple(unparsed), extends_another=extends_another)


def read_setting(piece: str) -> tuple[str, Any] | None:
    """Return name and value of `lr 0.1`, `lr=0.1`, `smoothing0.1` or `autoaugment`; None without a single reading."""
    words = [word for word in re.split(r"\s+|\s*[=:]\s*", piece.strip()) if word]
    for count in range(min(len(words), _LONGEST_NAME), 0, -1):
        if name := known_setting(" ".join(words[:count])):
            return _valued(name, words[count:])
    if len(words) == 1 and (glued := _GLUED.fullmatch(words[0])):
        known = known_setting(glued["name"])
        if known or "." in glued["number"]:
            return _valued(known or _WORD_JOIN.sub("_", glued["name"].casefold()), [glued["number"]])
    numeric = [word for word in words if _NUMERIC.fullmatch(word)]
    named = words[:-1] if numeric else words
    if len(numeric) > 1 or not 0 < len(named) <= _LONGEST_NAME or (numeric and numeric[0] != words[-1]):
        return None
    if not all(_WORD.fullmatch(word) for word in named):
        return None
    return _valued("_".join(_WORD_JOIN.sub("_", word.casefold()) for word in named), numeric)


def known_setting(name: str) -> str | None:
    """Return the name that reported rows use for a setting; None for one that is not known."""
    return cell_words().settings.get(word_of(pieces_of(name)))


def read_value(text: str) -> bool | float | str:
    """Return what a cell under a heading of its own says: a tick as a truth, a number, or the text."""
    if (truth := read_truth(text)) is not None:
        return truth
    if not _NUMERIC.fullmatch(text) or not math.isfinite(float(text)):
        return text
    return int(text) if re.fullmatch(r"[-+]?\d+", text) else float(text)


def read_truth(text: str) -> bool | None:
    """Return what a tick, a cross, yes or no says; None for other text."""
    return cell_words().truths.get(text.replace(" ", "").casefold())


def read_size(text: str) -> tuple[int, int] | None:
    """Return height and width of `224`, `224^2`, `224 X 224`; None for other text."""
    match = _SIZE.fullmatch(text.strip())
    return None if match is None else (int(match["height"]), int(match["width"] or match["height"]))


def _valued(name: str, words: list[str]) -> tuple[str, Any] | None:
    """Return a setting with the value that these words state; None where they are no single value."""
    text = " ".join(words)
    if not words:
        return name, True
    if name == "image_size":
        size = read_size(text)
        return None if size is None else (name, list(size))
    if (truth := read_truth(text)) is not None:
        return name, truth
    if len(words) > 1:
        has_number = any(_NUMERIC.fullmatch(word) for word in words)
        return (name, text) if name in _SEVERAL_WORDS and not has_number else None
    if not _NUMERIC.fullmatch(text):
        return name, text
    number = float(text)
    if not math.isfinite(number):
        return None
    return name, int(number) if name in _WHOLE and number.is_integer() else number
