"""Datasets that are a part of another one, or an altered one: they are never that other one."""

from collections.abc import Sequence

from expdb.catalog.datasets import DATASETS
from expdb.report.written.reading.pieces import Piece, as_written
from expdb.report.written.reading.vocabulary import Vocabulary
from expdb.report.written.reading.words_around import places_said

_SILENT = frozenset("()[]+")  # between a name and what stands beside it
_MOST_BETWEEN = 3
_AMOUNT = frozenset(("%", "factor", "ratio", "rate", "of", "=", ":", ",", "level", "(", "symmetric", "asymmetric"))
_MOST_BEHIND = 4
_NO_PART = frozenset(("data", "training", "train", "unlabeled", "unlabelled", "epochs"))  # extra data
_SIDES = {"imagenet-1k": 65, "tiny-imagenet": 64, "svhn": 32, "stl10": 96, "mnist": 28}  # images below are downsampled
_NUM_CLASSES = {"imagenet-1k": 1000, "tiny-imagenet": 200, "svhn": 10, "stl10": 10, "mnist": 10}


def altered_name(pieces: Sequence[Piece], start: int, end: int, name: str, vocabulary: Vocabulary) -> str:
    """Return the name of a dataset with what a text says that it differs by; its plain name where nothing does.

    Args:
        pieces: of the text.
        start: place of the name's first piece.
        end: place behind its last one.
        name: what the dataset is called.
        vocabulary: what says that one is altered.
    """
    spans = [span for span in places_said(pieces, vocabulary, "altered") if not start <= span[0] < end]
    beside = (
        span
        for span in places_said(pieces, vocabulary, "altered_beside")
        if _is_beside(pieces, span, start, end, vocabulary)
    )
    spans += [*beside, *_numbers(pieces, end, name)]
    if not spans:
        return name
    first, last = min(span[0] for span in spans), _with_amount(pieces, max(span[1] for span in spans))
    while (
        first
        and (pieces[first - 1].word == "%" or _is_number(pieces[first - 1]))
        and first - 1 >= (end if first > end else 0)
    ):
        first -= 1
    kept = [place for place in range(first, last) if not start <= place < end and pieces[place].word not in "()[],"]
    runs: list[list[Piece]] = []
    for place in kept:
        if not runs or place - 1 not in kept:
            runs.append([])
        runs[-1].append(pieces[place])
    words = " ".join(word for run in runs for word in as_written(run))
    return f"{name} ({words.removesuffix(' of')})"


def _is_beside(pieces: Sequence[Piece], span: tuple[int, int], start: int, end: int, vocabulary: Vocabulary) -> bool:
    """Tell whether words stand right before or behind a name, but for brackets and words like `with`."""
    is_before = span[1] <= start
    between = [piece.word for piece in (pieces[span[1] : start] if is_before else pieces[end : span[0]])]
    if not is_before and span[0] < end:
        return False
    said = "".join(piece.word for piece in pieces[span[0] : span[1]])
    if is_before and said.endswith("%"):  # 76 % on ImageNet
        return False
    behind = pieces[span[1]].word if span[1] < len(pieces) else ""
    if said == "split" and not is_before:  # the test split
        return False
    if said == "extra" and (is_before or behind in _NO_PART):
        return False
    allowed = _SILENT if is_before and not said.endswith("of") else _SILENT | vocabulary.around["alters_with"]
    return len(between) <= _MOST_BETWEEN and all(word in allowed for word in between)


def _numbers(pieces: Sequence[Piece], end: int, name: str) -> list[tuple[int, int]]:
    """Return where a size of images or a number of classes stands behind a name that is not its own."""
    place = end
    while place < len(pieces) and pieces[place].word in _SILENT | {","}:
        place += 1
    known = DATASETS.get(name)
    side = known.img_size if known is not None else _SIDES.get(name, 0)
    num_classes = known.num_classes if known is not None else _NUM_CLASSES.get(name)
    words = [piece.word for piece in pieces[place : place + 3]]
    if not words or not words[0].isdecimal():
        return []
    if len(words) == 3 and words[1] in ("x", "×") and words[2].isdecimal() and int(words[0]) < side:
        return [(place, place + 3)]
    if len(words) > 1 and words[1] in ("class", "classes") and num_classes not in (None, int(words[0])):
        return [(place, place + 2)]
    return []


def _with_amount(pieces: Sequence[Piece], last: int) -> int:
    """Return the place behind the number that says how much: `imbalance factor 100`."""
    end = last
    while end < min(len(pieces), last + _MOST_BEHIND) and (pieces[end].word in _AMOUNT or _is_number(pieces[end])):
        end += 1
    while end > last and not (_is_number(pieces[end - 1]) or pieces[end - 1].word == "%"):
        end -= 1
    return end


def _is_number(piece: Piece) -> bool:
    return piece.word[0].isdigit()
