"""A heading cut into phrases of the vocabulary, and what these say together: nothing where they do not fit."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count, islice

from expdb.domain.task import FREE, metrics_by_key
from expdb.report.columns import COLUMNS
from expdb.report.written.reading.metrics_meant import metrics_meant, unit_kind
from expdb.report.written.reading.pieces import CLOSING, NUMBER, OPENING, Piece, as_written, word_of
from expdb.report.written.reading.vocabulary import Meaning, MeaningKind, Vocabulary
from expdb.report.written.reading.vocabulary_file import RESULT_SPLITS, ResultSplit

_MOST_PIECES = 40  # more are a sentence
_LONGEST_PHRASE = 24  # pieces
_MOST_CUTS = 300

ACCURACY_KEYS = frozenset(("top1", "top5", "val_top1", "best_top1"))
_OF_IMAGES = ACCURACY_KEYS | {"train_loss", "test_loss"}
_IN_NAMES = {"watts": "power", "kwh": "energy", "celsius": "temperature"}
_DIMENSIONS = {
    **{key: "percent" for key, column in COLUMNS.items() if column.format == "percent"},
    **{key: "count" for key, column in COLUMNS.items() if column.format in ("millions", "gigas")},
    **{key: "time" for key, column in COLUMNS.items() if column.format == "duration"},
    **dict.fromkeys(
        (
            *("img_size", "image_size", "crop_padding", "cutout_size", "progressive"),
            "attention_distance",
            "receptive_field",
        ),
        "length",
    ),
    "gpu_hours": "time",
    **{key: "memory" for key, metric in metrics_by_key().items() if metric.unit == "bytes"},
    **{key: dimension for part, dimension in _IN_NAMES.items() for key in COLUMNS if part in key.split("_")},
    "images_per_second": "rate",
}
_CLEAR_UNITS = frozenset(("k", "K", "M", "G", "s", "h"))  # single letters that need no quantity to be understood


@dataclass(frozen=True, kw_only=True)
class Phrase:
    """Pieces that mean one thing together; `number` is the one that stands in it for `{n}`."""

    pieces: tuple[Piece, ...]
    meaning: Meaning
    number: str = ""

    @property
    def depth(self) -> int:
        """How many brackets it stands in."""
        return self.pieces[0].depth


@dataclass(frozen=True, kw_only=True)
class Sense:
    """What the phrases of a heading say together.

    Attributes:
        keys: the columns of `report.columns` (or `dataset`, `links` and what else the vocabulary names) that it may
            mean, the likeliest first; none where a word is left over: then it is a quantity of its own. A heading
            that only names a dataset has neither keys nor words left.
        unit: what its numbers are in: `%`, `k`, `M`, `G`, `T`, `ms`, `s`, `min`, `h`, `d`, `KB` to `TB`, `KiB` to
            `TiB`, `px`, `/s`; empty where it does not say.
        split: the images that it is of; None where it does not say.
        at: the epochs that it is of, as `ColumnChoice.at`; None where it does not say.
        n: of how many seeds it is the mean; None where it does not say.
        is_error: it is 1 - the accuracy that `keys` names.
        dataset: the dataset that it names, as the catalog calls it, or as its runs do.
        given_by: the `TEXT=KEY` of the user that says what it means; empty where none does.
        may_be: what users' scripts log and the heading may mean, without saying which; then `keys` has none.
        open_words: the words of the heading that may mean these.
    """

    keys: tuple[str, ...] = ()
    unit: str = ""
    split: ResultSplit | None = None
    at: str | None = None
    n: int | None = None
    is_error: bool = False
    dataset: str | None = None
    given_by: str = ""
    may_be: tuple[str, ...] = ()
    open_words: str = ""


def sense_of(pieces: Sequence[Piece], vocabulary: Vocabulary, *, guesses: bool = False) -> Sense | None:
    """Return what a heading says where every piece of it is accounted for; None where one is not.

    Args:
        guesses: take words that do not say which quantity they are of for the one that they may be.
    """
    if len(pieces) > _MOST_PIECES or not _is_balanced(pieces):
        return None
    cuts = islice(_cuts(pieces, vocabulary, guesses=guesses), _MOST_CUTS)
    in_doubt = None
    for sense in filter(None, (combined(phrases, vocabulary) for phrases in cuts)):
        if not sense.may_be:
            return sense
        in_doubt = in_doubt or sense
    return in_doubt


def phrases_at(
    pieces: Sequence[Piece], start: int, vocabulary: Vocabulary, *, guesses: bool = False
) -> Iterator[Phrase]:
    """Yield the phrases that begin with a piece, the longest first."""
    for end in range(min(len(pieces), start + _LONGEST_PHRASE), start, -1):
        taken = tuple(pieces[start:end])
        for meaning in vocabulary.meanings(word_of(taken)):
            if meaning.kind != "hint" or (meaning.is_broad and not guesses):
                yield Phrase(pieces=taken, meaning=meaning)
            elif guesses:
                yield Phrase(pieces=taken, meaning=vocabulary.target(meaning.value))
        numbers = [piece for piece in taken if piece.word.isdecimal()]
        if len(numbers) == 1:
            word = "".join(NUMBER if piece is numbers[0] else piece.word for piece in taken)
            for meaning in vocabulary.meanings(word):
                yield Phrase(pieces=taken, meaning=meaning, number=numbers[0].word)


def combined(phrases: Sequence[Phrase], vocabulary: Vocabulary) -> Sense | None:
    """Return what phrases say together; None where they do not fit each other, or say nothing of a column."""
    keys, is_error = _quantity(phrases)
    phrases = [*phrases, *_said_beside(phrases, keys, vocabulary)]
    datasets, splits = said_values(phrases, "dataset"), said_values(phrases, "split")
    if keys is None or len(datasets) > 1 or len(splits) > 1 or not (keys or datasets):
        return None
    key = keys[0] if keys else ""
    if datasets and key and not _is_of_images(key):
        return None
    split = RESULT_SPLITS.get(next(iter(splits), ""))
    may_be: tuple[str, ...] = ()
    open_words = ""
    if key.startswith(FREE):
        [named, *_] = (phrase for phrase in phrases if phrase.meaning.kind == "quantity")
        keys, may_be = metrics_meant(named.meaning, word_of(named.pieces), split, vocabulary)
        open_words = " ".join(as_written(named.pieces)) if may_be else ""
        key = (*keys, *may_be, "")[0]
        if not key:
            return None
    elif key and split is not None:
        keys = _of_split(keys, split)
        key = keys[0] if keys else ""
        if not key:
            return None
    epochs, n, fits = _stage(phrases, key)
    unit = _unit(phrases, key, vocabulary)
    if not fits or unit is None or not _has_fitting_words(phrases, key, vocabulary):
        return None
    is_best_first = any(phrase.meaning.value == "best" and not phrase.depth for phrase in phrases)
    if key == "top1" and epochs == "best" and is_best_first:
        keys = ("best_top1",)
    return Sense(
        keys=keys,
        unit=unit,
        split=split,
        at="best" if keys == ("best_top1",) else epochs,
        n=n,
        is_error=is_error,
        dataset=next(iter(datasets), None),
        given_by=next((phrase.meaning.given_by for phrase in phrases if phrase.meaning.given_by), ""),
        may_be=may_be,
        open_words=open_words,
    )


def _said_beside(phrases: Sequence[Phrase], keys: tuple[str, ...] | None, vocabulary: Vocabulary) -> Iterator[Phrase]:
    """Yield what a heading that a user gave a meaning says beside it: its dataset, the test split, its unit.

    Results of other images than the test split's are what the user says.
    """
    if not keys:
        return
    for given in (phrase for phrase in phrases if phrase.meaning.given_by):
        for phrase in words_left(given.pieces, vocabulary.without(given.meaning.given_by))[0]:
            kind, value = phrase.meaning.kind, phrase.meaning.value
            is_its_unit = kind == "unit" and phrase.meaning.dimension == _dimension_of(keys[0], vocabulary)
            is_its_split = kind == "split" and value == "test" and keys[0] in _OF_IMAGES
            if is_its_unit or is_its_split or (kind == "dataset" and _is_of_images(keys[0])):
                yield phrase


def words_left(pieces: Sequence[Piece], vocabulary: Vocabulary) -> tuple[list[Phrase], tuple[str, ...]]:
    """Return the phrases of a heading that is not understood, and the words that are to blame for it."""
    phrases: list[Phrase] = []
    unknown: set[int] = set()
    is_balanced = _is_balanced(pieces)
    place = 0
    while place < len(pieces):
        phrase = next(phrases_at(pieces, place, vocabulary), None)
        if phrase is not None:
            phrases.append(phrase)
        elif pieces[place].word not in OPENING | CLOSING or not is_balanced:
            unknown |= _whole_word(pieces, place)
        place += len(phrase.pieces) if phrase is not None else 1
    if unknown:
        of_words = {id(pieces[place]) for place in unknown}  # a part of an unknown word means nothing
        whole = [phrase for phrase in phrases if not any(id(piece) in of_words for piece in phrase.pieces)]
        starts = (place for place in sorted(unknown) if place - 1 not in unknown)
        ends = {start: next(end for end in count(start) if end not in unknown) for start in starts}
        return whole, tuple(word for start, end in ends.items() for word in as_written(pieces[start:end]))
    said = [phrase for phrase in phrases if phrase.meaning.kind != "filler"] or phrases
    for one in reversed(said):
        if combined([other for other in phrases if other is not one], vocabulary):
            return phrases, as_written(one.pieces)
    blamed = [one for one in said[1:] if one.meaning.kind != "unit"] or said[:1]
    return phrases, tuple(word for one in blamed for word in as_written(one.pieces))


def _whole_word(pieces: Sequence[Piece], place: int) -> set[int]:
    """Return the places of the pieces that one word is of."""
    first = last = place
    if pieces[place].word.isalnum():
        while first and pieces[first].glue == "" and pieces[first - 1].word.isalnum():
            first -= 1
        while last + 1 < len(pieces) and pieces[last + 1].glue == "" and pieces[last + 1].word.isalnum():
            last += 1
    return set(range(first, last + 1))


def loose_unit(phrases: Sequence[Phrase], left: Sequence[str]) -> str:
    """Return the unit that a heading says which is not understood for other words; empty where it may be several."""
    for phrase in phrases:
        letters = "".join(piece.raw for piece in phrase.pieces)
        is_clear = len(letters) > 1 or letters in _CLEAR_UNITS or not letters.isascii() or not letters.isalpha()
        is_to_blame = left == as_written(phrase.pieces) and len(phrases) > 1
        if phrase.meaning.kind == "unit" and is_clear and not is_to_blame and (phrase.depth or letters == "%"):
            return phrase.meaning.value
    return ""


def _cuts(pieces: Sequence[Piece], vocabulary: Vocabulary, *, guesses: bool) -> Iterator[tuple[Phrase, ...]]:
    """Yield the ways to cut a heading into phrases, those of long ones first."""
    steps: dict[int, list[tuple[Phrase | None, int]]] = {len(pieces): []}
    for place in reversed(range(len(pieces))):  # only what leads to the end, or the search would have no bound
        phrases = phrases_at(pieces, place, vocabulary, guesses=guesses)
        found: list[tuple[Phrase | None, int]] = [
            (phrase, end) for phrase in phrases if (end := place + len(phrase.pieces)) in steps
        ]
        is_silent = pieces[place].word in OPENING | CLOSING or _is_before_unit(pieces, place, vocabulary)
        if is_silent and place + 1 in steps:
            found.append((None, place + 1))
        if found:
            steps[place] = found

    def cuts_from(place: int) -> Iterator[tuple[Phrase, ...]]:
        if place == len(pieces):
            yield ()
        for phrase, end in steps.get(place, ()):
            for rest in cuts_from(end):
                yield rest if phrase is None else (phrase, *rest)

    return cuts_from(0)


def _is_before_unit(pieces: Sequence[Piece], place: int, vocabulary: Vocabulary) -> bool:
    """Return whether a slash parts a quantity from its unit, as ISO 80000 and siunitx have it: `Time / s`."""
    if pieces[place].word != "/" or not place or pieces[place].depth:
        return False
    rest = pieces[place + 1 :]
    return any(one.meaning.kind == "unit" and one.pieces == tuple(rest) for one in phrases_at(rest, 0, vocabulary))


def _is_balanced(pieces: Sequence[Piece]) -> bool:
    opened: list[str] = []
    for piece in pieces:
        if piece.word in OPENING:
            opened.append(")" if piece.word == "(" else "]")
        elif piece.word in CLOSING and (not opened or opened.pop() != piece.word):
            return False
    return not opened


def _quantity(phrases: Sequence[Phrase]) -> tuple[tuple[str, ...] | None, bool]:
    """Return the columns that are meant and if it is an error; () where none is named, None where several are."""
    named = [phrase.meaning for phrase in phrases if phrase.meaning.kind == "quantity"]
    says_accuracy = any(phrase.meaning.kind == "accuracy" for phrase in phrases)
    is_error = any(phrase.meaning.kind == "error" or phrase.meaning.is_error for phrase in phrases)
    if len({meaning.keys for meaning in named}) > 1 or (says_accuracy and is_error):
        return None, is_error
    if not (says_accuracy or is_error):
        return (named[0].keys if named else ()), False
    keys = named[0].keys if named else ("top1",)
    return (keys if keys[0] in ACCURACY_KEYS else None), is_error


def _of_split(keys: tuple[str, ...], split: str) -> tuple[str, ...]:
    """Return the columns that a result is of on a split; none where there is no such column."""
    if split == "test":
        return keys if keys[0] in ("top1", "top5", "best_top1") else ()
    if split == "val":
        return {"top1": ("val_top1",), "val_top1": ("val_top1",)}.get(keys[0], ())
    return ()


def _stage(phrases: Sequence[Phrase], key: str) -> tuple[str | None, int | None, bool]:
    """Return of which epochs a result is, of how many seeds, and whether it can be of any."""
    stages = [phrase for phrase in phrases if phrase.meaning.kind == "stage"]
    seeds = {int(phrase.number) for phrase in stages if phrase.meaning.value == "seeds"}
    said = {
        f"mean-{int(phrase.number)}" if phrase.meaning.value == "mean" else phrase.meaning.value
        for phrase in stages
        if phrase.meaning.value != "seeds"
    }
    epochs = next(iter(said), None)
    fits = len(said) <= 1 and len(seeds) <= 1
    fits = fits and (not said or not key or _is_of_images(key)) and (key != "best_top1" or said <= {"best"})
    fits = fits and (not seeds or not key or _is_result(key))
    return epochs, next(iter(seeds), None), fits


def _unit(phrases: Sequence[Phrase], key: str, vocabulary: Vocabulary) -> str | None:
    """Return the unit that is said, empty where none is; None where there are several, or one of something else."""
    named = [phrase.meaning for phrase in phrases if phrase.meaning.kind == "quantity"]
    units = [phrase.meaning for phrase in phrases if phrase.meaning.kind == "unit"]
    dimension = _dimension_of(key, vocabulary) if key else "percent"
    said = {meaning.value for meaning in units} | {meaning.unit for meaning in named if meaning.unit}
    needs_one = any(meaning.needs_unit for meaning in named)
    if len(said) > 1 or any(unit.dimension != dimension for unit in units) or (needs_one and not units):
        return None
    return next(iter(said), "")


def _has_fitting_words(phrases: Sequence[Phrase], key: str, vocabulary: Vocabulary) -> bool:
    """Return whether `number of` stands beside what is counted, and `ours` beside a result."""
    named = {phrase.meaning.value for phrase in phrases if phrase.meaning.kind == "quantity"}
    for phrase in phrases:
        if phrase.meaning.kind == "count" and not named & vocabulary.counted:
            return False
        if phrase.meaning.kind == "hint" and not _is_made_clear(phrase, phrases):
            return False
        is_word = any(piece.raw.isalnum() for piece in phrase.pieces)
        if phrase.meaning.kind == "remark" and is_word and key and not _is_result(key):
            return False
    return True


def _is_made_clear(hint: Phrase, phrases: Sequence[Phrase]) -> bool:
    """Return whether brackets part a broad word from the quantity that it is of: `연산량 (MACs)`."""
    return any(
        one.meaning.value == hint.meaning.value and one.depth != hint.depth for one in phrases if one is not hint
    )


def _is_result(key: str) -> bool:
    return key.startswith(FREE) or (key in COLUMNS and COLUMNS[key].higher_is_better is not None)


def _is_of_images(key: str) -> bool:
    """Return whether a column is of a dataset's images, at some epochs."""
    return key.startswith(FREE) or key in _OF_IMAGES


def _dimension_of(key: str, vocabulary: Vocabulary) -> str | None:
    """Return what a column's unit measures; None where it has none."""
    return unit_kind(key, vocabulary) or _DIMENSIONS.get(key)


def said_values(phrases: Sequence[Phrase], kind: MeaningKind) -> set[str]:
    """Return what phrases of one kind say."""
    return {phrase.meaning.value for phrase in phrases if phrase.meaning.kind == kind}
