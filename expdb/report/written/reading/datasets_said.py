"""The datasets that a sentence, a caption or a heading names, those of pretraining left out."""

from collections.abc import Iterator, Sequence

from expdb.report.written.reading.altered_datasets import altered_name
from expdb.report.written.reading.phrases import phrases_at
from expdb.report.written.reading.pieces import Piece, pieces_of, word_of
from expdb.report.written.reading.vocabulary import Vocabulary, default_vocabulary

# Names that are words of any text: they are of a dataset alone, or where this says so.
_COMMON = frozenset(("cars", "pets", "flowers", "aircraft", "digits", "cub", "pet", "data"))
_MOST_BEFORE, _MOST_AFTER, _MOST_BEHIND = 5, 12, 4  # pieces
_ALL = "imagenet-21k"  # models of it are tested on other images


def datasets_said(text: str, vocabulary: Vocabulary) -> tuple[str, ...]:
    """Return the datasets that a text names, in order, each once.

    One that a model was pretrained on is none of its results. A version that is not known, as CIFAR-10-LT, is named as
    it is written; a part of one, or an altered one, with the words that say so: `cifar100 (40% label noise)`.
    """
    pieces = pieces_of(text)
    found = (one for one in _said(pieces, vocabulary) if not one[3] and _is_meant(pieces, *one[:3], vocabulary))
    meant = (one for one in found if not _is_denied(pieces, *one[:2], vocabulary))
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
    lists = _lists(vocabulary)
    for at, (start, end, name) in enumerate(named):
        follows = was_source and _joined(pieces, named, at) in lists
        is_source = follows or _is_source(pieces, start, end, vocabulary)
        is_open = is_source and at + 1 < len(named) and _joined(pieces, named, at + 1) == ","
        if is_open and not _is_list(pieces, named, at + 1, lists):
            yield start, end, name, False
        else:
            yield start, end, name, is_source
            is_open = False
        was_source = is_source and not is_open


def _joined(pieces: Sequence[Piece], named: Sequence[tuple[int, int, str]], at: int) -> str:
    """Return what stands between a name and the one before."""
    return word_of(pieces[named[at - 1][1] : named[at][0]])


def _lists(vocabulary: Vocabulary) -> frozenset[str]:
    """Return what stands between the names of a list; the comma before `and` too."""
    lists = vocabulary.around["lists"]
    return lists | {f",{word}" for word in lists}


def _is_list(pieces: Sequence[Piece], named: Sequence[tuple[int, int, str]], at: int, lists: frozenset[str]) -> bool:
    """Tell whether names go on, by commas, to one behind `and`, so that all of them are of one thing."""
    while at + 1 < len(named) and _joined(pieces, named, at + 1) == ",":
        at += 1
    return at + 1 < len(named) and _joined(pieces, named, at + 1) in lists - {","}


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
        if _is_version(pieces, end, vocabulary):
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
    while joins < len(pieces) and pieces[joins].word in vocabulary.around["lists"]:
        joins += 1
    numbers = [index for index in range(start, place) if pieces[index].word.isdecimal()]
    if joins == place or joins >= len(pieces) or not numbers or not pieces[joins].word.isdecimal():
        return None
    found = vocabulary.dataset(word_of([*pieces[start : numbers[-1]], pieces[joins]]))
    return None if found is None else (joins + 1, found)


def _goes_on(pieces: Sequence[Piece], before: int, place: int) -> bool:
    """Return whether a piece is the end of a longer word, as in TinyImageNet."""
    return before >= 0 and pieces[place].glue is not None and pieces[before].word.isalnum()


def _is_version(pieces: Sequence[Piece], end: int, vocabulary: Vocabulary) -> bool:
    """Return whether letters or numbers hang on to a name that make it another dataset."""
    rest = word_of(pieces[end : end + 3])
    return _hangs_on(pieces, end) and not rest.startswith((*vocabulary.around["pretrained_behind"], "trained", "based"))


def _end_of_version(pieces: Sequence[Piece], end: int) -> int:
    while _hangs_on(pieces, end):
        end += 1
    return end


def _hangs_on(pieces: Sequence[Piece], place: int) -> bool:
    """Return whether a piece of Latin letters or digits belongs to the word before it."""
    piece = pieces[place] if place < len(pieces) else None
    return piece is not None and piece.glue is not None and piece.word.isascii() and piece.word.isalnum()


def _is_source(pieces: Sequence[Piece], start: int, end: int, vocabulary: Vocabulary) -> bool:
    """Return whether a model was only pretrained on what is named."""
    before = word_of(pieces[max(0, start - _MOST_BEFORE) : start])
    behind = word_of(pieces[end : end + _MOST_AFTER])
    return before.endswith(tuple(vocabulary.around["pretrained_before"])) or behind.startswith(
        tuple(vocabulary.around["pretrained_behind"])
    )


def _is_denied(pieces: Sequence[Piece], start: int, end: int, vocabulary: Vocabulary) -> bool:
    """Return whether a text says of a dataset that its results are not of it."""
    before = [piece.word for piece in pieces[max(0, start - _MOST_BEFORE) : start]]
    ends = {"".join(before[place:]) for place in range(len(before))}
    behind = word_of(pieces[end : end + _MOST_BEHIND])
    return bool(ends & vocabulary.around["unmeasured_before"]) or behind.startswith(
        tuple(vocabulary.around["unmeasured_behind"])
    )


def _is_meant(pieces: Sequence[Piece], start: int, end: int, name: str, vocabulary: Vocabulary) -> bool:
    """Return whether a word that any text may have is meant as a dataset."""
    word = word_of(pieces[start:end])
    is_ours = default_vocabulary().dataset(word) is not None and word not in _COMMON
    if is_ours or not word.isalpha() or name != name.casefold() or len(pieces) == end - start:
        return True
    before = word_of(pieces[max(0, start - _MOST_BEFORE) : start])
    behind = word_of(pieces[end : end + 4])
    return before.endswith(tuple(vocabulary.around["names_before"])) or behind.startswith(
        tuple(vocabulary.around["names_behind"])
    )
