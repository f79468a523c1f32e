"""The datasets that a sentence, a caption or a heading names, those of pretraining left out."""

from collections.abc import Iterator, Sequence

from expdb.report.written.reading.altered_datasets import altered_name
from expdb.report.written.reading.phrases import phrases_at
from expdb.report.written.reading.pieces import Piece, pieces_of, word_of
from expdb.report.written.reading.vocabulary import Vocabulary, default_vocabulary

# Names that are words of any text: they are of a dataset alone, or where this says so.
_COMMON = frozenset(("cars", "pets", "flowers", "aircraft", "digits", "cub", "pet", "data"))
_SAYS_SO_BEFORE = ("on", "onthe", "dataset", "데이터셋")
_SAYS_SO_AFTER = ("dataset", "testset", "validationset", "데이터셋", "에서", "데이터")
# Words before and behind a dataset that a model was only prepared with.
_SOURCE_BEFORE = (
    *("pretrainedon", "pretrainedonthe", "pretrainingon", "pretrainon", "pretrainedwith", "pretrainedusing"),
    *("initializedfrom", "initialisedfrom", "initializedwith", "initialisedwith", "transferfrom", "transferredfrom"),
    *("transferringfrom", "pretrained(on", "pretrainedfrom"),
)
_SOURCE_AFTER = (
    *("pretrain", "pretrained", "pretraining", "weights", "checkpoint", "initialization", "initialisation", "init"),
    *("style", "scale", "sized", "like"),
    *("사전학습", "사전훈련", "로사전학습", "으로사전학습", "에서사전학습", "데이터셋으로사전학습", "로사전훈련"),
    *("에서사전훈련", "으로사전훈련", "가중치", "를사전학습", "기반사전학습"),
)
# Words before and behind a dataset that nothing was measured on: `not CIFAR-100`, `CIFAR-10이 아닌`.
_DENIED_BEFORE = (
    *("not", "noton", "notonthe", "notofthe", "insteadof", "than", "thanon"),
    *("except", "exceptfor", "excepton", "excluding", "neitheron", "noron", "nor"),
)
_DENIED_AFTER = ("이아닌", "가아닌", "이아니라", "가아니라", "아닌", "대신", "을제외", "를제외", "제외")
_LISTED = frozenset((",", "/", "&", "and", ",and", "및", "와", "과", "or"))
_JOINING = frozenset((",", "/", "&", "and", "및", "와", "과", "or"))
_MOST_BEFORE, _MOST_AFTER, _MOST_BEHIND = 5, 12, 4  # pieces
_ALL = "imagenet-21k"  # models of it are tested on other images


def datasets_said(text: str, vocabulary: Vocabulary) -> tuple[str, ...]:
    """Return the datasets that a text names, in order, each once.

    One that a model was pretrained on is none of its results. A version that is not known, as CIFAR-10-LT, is named as
    it is written; a part of one, or an altered one, with the words that say so: `cifar100 (40% label noise)`.
    """
    pieces = pieces_of(text)
    found = (one for one in _said(pieces, vocabulary) if not one[3] and _is_meant(pieces, *one[:3]))
    meant = (one for one in found if not _is_denied(pieces, *one[:2]))
    return tuple(dict.fromkeys(altered_name(pieces, *one[:3], vocabulary) for one in meant))


def sources_said(text: str, vocabulary: Vocabulary) -> tuple[str, ...]:
    """Return the datasets that models were pretrained on, as a text says, each once; of those that are tested alone."""
    pieces = pieces_of(text)
    found = (one for one in _said(pieces, vocabulary) if one[3] and one[2] != _ALL)
    return tuple(dict.fromkeys(altered_name(pieces, *one[:3], vocabulary) for one in found))


def _said(pieces: Sequence[Piece], vocabulary: Vocabulary) -> Iterator[tuple[int, int, str, bool]]:
    """Yield where datasets are named, what they are called, and whether models were only pretrained on them.

    In `pretrained on A, B` the second may be of the pretraining or of the results: both are named as of the results.
    """
    named = list(_named(pieces, vocabulary))
    was_source = False
    for at, (start, end, name) in enumerate(named):
        follows = was_source and _joined(pieces, named, at) in _LISTED
        is_source = follows or _is_source(pieces, start, end)
        is_open = is_source and at + 1 < len(named) and _joined(pieces, named, at + 1) == ","
        if is_open and not _is_list(pieces, named, at + 1):
            yield start, end, name, False
        else:
            yield start, end, name, is_source
            is_open = False
        was_source = is_source and not is_open


def _joined(pieces: Sequence[Piece], named: Sequence[tuple[int, int, str]], at: int) -> str:
    """Return what stands between a name and the one before."""
    return word_of(pieces[named[at - 1][1] : named[at][0]])


def _is_list(pieces: Sequence[Piece], named: Sequence[tuple[int, int, str]], at: int) -> bool:
    """Tell whether names go on, by commas, to one behind `and`, so that all of them are of one thing."""
    while at + 1 < len(named) and _joined(pieces, named, at + 1) == ",":
        at += 1
    return at + 1 < len(named) and _joined(pieces, named, at + 1) in _LISTED - {","}


def dataset_places(pieces: Sequence[Piece], vocabulary: Vocabulary) -> frozenset[int]:
    """Return the places of the pieces that are of a dataset's name."""
    return frozenset(place for start, end, _ in _named(pieces, vocabulary) for place in range(start, end))


def _named(pieces: Sequence[Piece], vocabulary: Vocabulary) -> Iterator[tuple[int, int, str]]:
    """Yield where datasets are named, and what they are called."""
    place = 0
    while place < len(pieces):
        phrases = (phrase for phrase in phrases_at(pieces, place, vocabulary) if phrase.meaning.kind == "dataset")
        phrase = next(phrases, None)
        if phrase is None or _goes_on(pieces, place - 1, place):
            place += 1
            continue
        end = place + len(phrase.pieces)
        name, start = phrase.meaning.value, place
        if _is_version(pieces, end):
            end = _end_of_version(pieces, end)
            name = "".join((piece.glue or "") + piece.raw for piece in pieces[start:end]).strip("-")
        yield start, end, name
        place = end
        while (another := _another_size(pieces, start, place, vocabulary)) is not None:  # CIFAR-10/100
            end, name = another
            yield place, end, name
            place = end


def _another_size(pieces: Sequence[Piece], start: int, place: int, vocabulary: Vocabulary) -> tuple[int, str] | None:
    joins = place
    while joins < len(pieces) and pieces[joins].word in _JOINING:
        joins += 1
    numbers = [index for index in range(start, place) if pieces[index].word.isdecimal()]
    if joins == place or joins >= len(pieces) or not numbers or not pieces[joins].word.isdecimal():
        return None
    found = vocabulary.dataset(word_of([*pieces[start : numbers[-1]], pieces[joins]]))
    return None if found is None else (joins + 1, found)


def _goes_on(pieces: Sequence[Piece], before: int, place: int) -> bool:
    """Return whether a piece is the end of a longer word, as in TinyImageNet."""
    return before >= 0 and pieces[place].glue is not None and pieces[before].word.isalnum()


def _is_version(pieces: Sequence[Piece], end: int) -> bool:
    """Return whether letters or numbers hang on to a name that make it another dataset."""
    rest = word_of(pieces[end : end + 3])
    return _hangs_on(pieces, end) and not rest.startswith((*_SOURCE_AFTER, "trained", "based"))


def _end_of_version(pieces: Sequence[Piece], end: int) -> int:
    while _hangs_on(pieces, end):
        end += 1
    return end


def _hangs_on(pieces: Sequence[Piece], place: int) -> bool:
    """Return whether a piece of Latin letters or digits belongs to the word before it."""
    piece = pieces[place] if place < len(pieces) else None
    return piece is not None and piece.glue is not None and piece.word.isascii() and piece.word.isalnum()


def _is_source(pieces: Sequence[Piece], start: int, end: int) -> bool:
    """Return whether a model was only pretrained on what is named."""
    before = word_of(pieces[max(0, start - _MOST_BEFORE) : start])
    behind = word_of(pieces[end : end + _MOST_AFTER])
    return before.endswith(_SOURCE_BEFORE) or behind.startswith(_SOURCE_AFTER)


def _is_denied(pieces: Sequence[Piece], start: int, end: int) -> bool:
    """Return whether a text says of a dataset that its results are not of it."""
    before = [piece.word for piece in pieces[max(0, start - _MOST_BEFORE) : start]]
    ends = {"".join(before[place:]) for place in range(len(before))}
    return bool(ends & set(_DENIED_BEFORE)) or word_of(pieces[end : end + _MOST_BEHIND]).startswith(_DENIED_AFTER)


def _is_meant(pieces: Sequence[Piece], start: int, end: int, name: str) -> bool:
    """Return whether a word that any text may have is meant as a dataset."""
    word = word_of(pieces[start:end])
    is_ours = default_vocabulary().dataset(word) is not None and word not in _COMMON
    if is_ours or not word.isalpha() or name != name.casefold() or len(pieces) == end - start:
        return True
    before = word_of(pieces[max(0, start - 2) : start])
    behind = word_of(pieces[end : end + 4])
    return before.endswith(_SAYS_SO_BEFORE) or behind.startswith(_SAYS_SO_AFTER)
