"""What the text around a table says of it: its dataset, what its results are, and of which images."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, TypeVar

from expdb.report.written.reading.datasets_said import dataset_places, datasets_said, sources_said
from expdb.report.written.reading.phrases import ACCURACY_KEYS, Phrase, Sense, combined, phrases_at
from expdb.report.written.reading.pieces import Piece, as_written, pieces_of, word_of
from expdb.report.written.reading.vocabulary import Vocabulary
from expdb.report.written.reading.vocabulary_file import RESULT_SPLITS, Around, ResultSplit
from expdb.report.written.reading.words_around import places_said, words_said
from expdb.report.written.written_table import Surroundings

_LONGEST_QUOTE = 60  # letters
_OF_A_RESULT = ("quantity", "accuracy", "error", "split", "stage")
_MOST_BEHIND = 4

_Said = TypeVar("_Said")
_Measures = Literal["error", "accuracy"]
_Level = tuple[str, str]  # where, text


@dataclass(frozen=True, kw_only=True)
class _Named:
    """Results that a text names: what they are, None where that is not understood; error rates or accuracies."""

    senses: tuple[Sense | None, ...]
    measures: frozenset[_Measures]
    strange: str = ""  # the word right before, where it may make another accuracy of it


@dataclass(frozen=True, kw_only=True)
class SaidAround:
    """What is said around a table; of each thing, at the nearest place that says it.

    Attributes:
        datasets: the datasets that are named: with two it is not known which one a row is of.
        where_dataset: the place, as a message calls it: `heading 'CIFAR-10'`; empty where none is named.
        results: the results that are named, as `Heading.keys` has them (`top1`), each once; () where nothing is said,
            or what is not understood.
        measures: whether they are error rates or accuracies; `both`: it does not tell which column is which.
        where_results: the place that says either; empty where none does.
        split: the images that are named, which `results` do not tell apart; None where they are not, or several are.
        where_split: the place.
        altered: the place and words that say that images or labels are altered, or only a part: `heading '40 % label
            noise' says “40 % label noise”`; empty where none does. A text that names its dataset names an altered one.
        other_images: the same of words that say that results are no plain accuracies, as `adversarial`, `pruned`.
        changes: the same of words that say that results are differences, as `gain`.
        other_accuracy: the same of an accuracy of which nobody knows what it is of: `membership inference accuracy`.
    """

    datasets: tuple[str, ...] = ()
    where_dataset: str = ""
    results: tuple[str, ...] = ()
    measures: Literal["error", "accuracy", "both"] | None = None
    where_results: str = ""
    split: ResultSplit | None = None
    where_split: str = ""
    altered: str = ""
    other_images: str = ""
    changes: str = ""
    other_accuracy: str = ""

    @property
    def dataset(self) -> str | None:
        """The one dataset that is named; None where none is, or several are."""
        return self.datasets[0] if len(self.datasets) == 1 else None


def read_surroundings(around: Surroundings, vocabulary: Vocabulary) -> SaidAround:
    """Return what is said around a table: by its caption, the sentence above it, then the headings from the nearest up.

    Where the sentence and the heading right above it name different datasets, both are said. Where only the one is
    named that models were pretrained on which are given away, the results are of that.
    """
    levels = list(_levels(around))
    datasets, where_dataset = _nearest(levels, lambda text: datasets_said(text, vocabulary)) or ((), "")
    if not datasets:
        datasets, where_dataset = _of_given_models(levels, vocabulary)
    if where_dataset.startswith("sentence") and around.headings:
        right_above = datasets_said(around.headings[-1], vocabulary)
        if right_above and set(right_above) != set(datasets):
            datasets = tuple(dict.fromkeys((*datasets, *right_above)))
            where_dataset += f" and {_place('heading', around.headings[-1])}"
    named, where_results = _nearest(levels, lambda text: _results(text, vocabulary)) or ((), "")
    splits, where_split = _nearest(levels, lambda text: _splits(text, vocabulary)) or ((), "")
    senses = [sense for one in named for sense in one.senses]
    measures = {measure for one in named for measure in one.measures}
    return SaidAround(
        datasets=datasets,
        where_dataset=where_dataset,
        results=tuple(dict.fromkeys(sense.keys[0] for sense in senses if sense)) if None not in senses else (),
        measures="both" if len(measures) > 1 else next(iter(measures), None),
        where_results=where_results,
        split=splits[0] if len(splits) == 1 else None,
        where_split=where_split,
        altered=_said_nearby(levels, vocabulary, "altered"),
        other_images=_said_nearby(levels, vocabulary, "other_images") or _best_nearby(levels, vocabulary),
        other_accuracy=f"{where_results} says “{named[0].strange}”" if len(named) == 1 and named[0].strange else "",
        changes=_said_nearby(levels, vocabulary, "changes"),
    )


def _of_given_models(levels: Sequence[_Level], vocabulary: Vocabulary) -> tuple[tuple[str, ...], str]:
    """Return what models were pretrained on that are given away, and the place; nothing where any are tuned after."""
    every = [pieces_of(text) for _, text in levels]
    if any(words_said(pieces, vocabulary, "tuning") for pieces in every):
        return (), ""
    if not any(words_said(pieces, vocabulary, "given_away") for pieces in every):
        return (), ""
    return _nearest(levels, lambda text: sources_said(text, vocabulary)) or ((), "")


def _said_nearby(levels: list[_Level], vocabulary: Vocabulary, about: Around) -> str:
    """Return the place that says words of a kind, and them; a title says them of a document, not of each table."""
    for where, text in _without_title(levels):
        if words := words_said(pieces_of(text), vocabulary, about):
            return f"{where} says “{words}”"
    return ""


def _best_nearby(levels: list[_Level], vocabulary: Vocabulary) -> str:
    """Return what says that accuracies are those of the best epochs; `the best accuracy is in bold` says it not."""
    around = vocabulary.around
    for where, text in _without_title(levels):
        pieces = pieces_of(text)
        if words_said(pieces, vocabulary, "marks_best"):
            continue
        for start, end in places_said(pieces, vocabulary, "best"):
            if start == 0 or pieces[start - 1].word not in around["no_best_behind"]:
                return f"{where} says “{' '.join(as_written(pieces[start:end]))}”"
    return ""


def levels_around(around: Surroundings) -> list[tuple[str, str]]:
    """Return what is said around a table, the nearest first, and the place of each; the title only where it is all."""
    return _without_title(list(_levels(around)))


def _without_title(levels: list[_Level]) -> list[_Level]:
    has_title = len(levels) > 1 and levels[-1][0].startswith("heading")
    return levels[:-1] if has_title else levels


def _levels(around: Surroundings) -> Iterator[_Level]:
    for name, text in (("caption", around.caption), ("sentence", around.sentence)):
        if text:
            yield _place(name, text), text
    for text in reversed(around.headings):
        yield _place("heading", text), text


def _place(name: str, text: str) -> str:
    short = text if len(text) <= _LONGEST_QUOTE else text[: _LONGEST_QUOTE - 1].rstrip() + "…"
    return f"{name} {short!r}"


def _nearest(
    levels: Sequence[_Level], read: Callable[[str], tuple[_Said, ...]]
) -> tuple[tuple[_Said, ...], str] | None:
    return next(((said, where) for where, text in levels if (said := read(text))), None)


def _results(text: str, vocabulary: Vocabulary) -> tuple[_Named, ...]:
    """Return the accuracies and error rates that a text names."""
    found = []
    pieces = pieces_of(text)
    of_datasets, around = dataset_places(pieces, vocabulary), vocabulary.around
    for start, end, phrases in _clusters(pieces, vocabulary):
        before = pieces[start - 1].word if start else ","
        behind = word_of(pieces[end : end + _MOST_BEHIND])
        is_rate = before not in around["no_rate_before"] and not behind.startswith(tuple(around["no_rate_behind"]))
        if not is_rate or not any(map(_is_accuracy, phrases)):
            continue
        is_plain = before in around["result_before"] or before.isdecimal() or start - 1 in of_datasets
        is_plain &= not behind.startswith(tuple(around["changed_behind"]))
        measures = frozenset(measure for phrase in phrases if (measure := _measure(phrase)) is not None)
        is_strange = (
            not is_plain and before not in around["usual_before"] and start > 0 and _is_ordinary(pieces, start - 1)
        )
        is_strange &= bool(measures == {"accuracy"}) and not behind.startswith(tuple(around["changed_behind"]))
        is_strange &= all(phrase.meaning.kind == "accuracy" for phrase in phrases)
        strange = " ".join(as_written(pieces[start - 1 : end])) if is_strange else ""
        senses = _senses(phrases, vocabulary) if is_plain and len(measures) < 2 else [None]
        named = _Named(senses=tuple(senses), measures=measures or frozenset(("accuracy",)), strange=strange)
        found.append(named)
    return tuple(found)


def _is_ordinary(pieces: Sequence[Piece], place: int) -> bool:
    """Return whether a piece is a word of a language, and no model's name: `inference`, not the end of `ViT`."""
    raw = pieces[place].raw
    is_word = raw.isascii() and raw.isalpha() and len(raw) > 1 and (raw.islower() or (place == 0 and raw.istitle()))
    return is_word and pieces[place].glue != ""


def _measure(phrase: Phrase) -> _Measures | None:
    if phrase.meaning.kind == "error" or phrase.meaning.is_error:
        return "error"
    return "accuracy" if phrase.meaning.kind == "accuracy" else None


def _senses(phrases: Sequence[Phrase], vocabulary: Vocabulary) -> list[Sense | None]:
    """Return what phrases say together; of `top-1 and top-5 accuracy` both."""
    quantities = [phrase for phrase in phrases if phrase.meaning.kind == "quantity"]
    if len({phrase.meaning.keys for phrase in quantities}) < 2:
        return [combined(phrases, vocabulary)]
    shared = [phrase for phrase in phrases if phrase.meaning.kind != "quantity"]
    return [combined([one, *shared], vocabulary) for one in quantities]


def _clusters(pieces: Sequence[Piece], vocabulary: Vocabulary) -> Iterator[tuple[int, int, list[Phrase]]]:
    """Yield the phrases about results that stand together, and where they begin and end."""
    place, start, end, phrases = 0, 0, 0, list[Phrase]()
    while place < len(pieces):
        phrase = next((one for one in phrases_at(pieces, place, vocabulary) if _is_about_results(one)), None)
        is_word = place == 0 or pieces[place].glue is None or not pieces[place - 1].word.isalnum()
        if phrase is not None and (is_word or phrases or not pieces[place].word.isascii()):
            start = start if phrases else place
            phrases.append(phrase)
            place = end = place + len(phrase.pieces)
            continue
        if phrases and pieces[place].word not in vocabulary.around["result_joins"]:
            yield start, end, phrases
            phrases = []
        place += 1
    if phrases:
        yield start, end, phrases


def _is_about_results(phrase: Phrase) -> bool:
    meaning = phrase.meaning
    return meaning.kind in _OF_A_RESULT and (meaning.kind != "quantity" or _is_accuracy(phrase))


def _is_accuracy(phrase: Phrase) -> bool:
    meaning = phrase.meaning
    return meaning.kind in ("accuracy", "error") or (meaning.kind == "quantity" and meaning.keys[0] in ACCURACY_KEYS)


def _splits(text: str, vocabulary: Vocabulary) -> tuple[ResultSplit, ...]:
    """Return the splits that a text says results are of: beside an accuracy, or as `validation set`."""
    found: dict[ResultSplit, None] = {}
    pieces = pieces_of(text)
    end_of_result = -1
    for start, end, phrases in _clusters(pieces, vocabulary):
        is_result = any(_is_accuracy(phrase) for phrase in phrases)
        is_said_of = end_of_result >= 0 and word_of(pieces[end_of_result:start]) in vocabulary.around["result_of"]
        has_result = is_result or (is_said_of and _are_images(pieces, end, phrases[-1], vocabulary))
        has_result |= _are_results_of(pieces, start, end, phrases, vocabulary)
        end_of_result = end if is_result else -1
        splits = (phrase for phrase in phrases if phrase.meaning.kind == "split")
        said = (phrase.meaning.value for phrase in splits if has_result or _is_set(phrase, vocabulary))
        found |= {RESULT_SPLITS[value]: None for value in said}
    return tuple(found)


def _are_results_of(
    pieces: Sequence[Piece], start: int, end: int, phrases: Sequence[Phrase], vocabulary: Vocabulary
) -> bool:
    """Return whether results are said to be of a split: `Validation results`, `results on val`, `검증 결과`.

    Results of training may be of any images.
    """
    around = vocabulary.around
    is_of_training = any(phrase.meaning.value == "train" for phrase in phrases)
    before, behind = word_of(pieces[max(0, start - _MOST_BEHIND) : start]), word_of(pieces[end : end + 1])
    if not is_of_training and word_of(pieces[end : end + _MOST_BEHIND]).startswith(tuple(around["results_behind"])):
        return True
    is_named = not behind.isalnum() or not behind.isascii() or not is_of_training
    return before.endswith(tuple(around["results_before"])) and is_named


def _are_images(pieces: Sequence[Piece], end: int, phrase: Phrase, vocabulary: Vocabulary) -> bool:
    """Return whether a split behind `accuracy on` is one of images: `the training set`, not `training epochs`."""
    behind = word_of(pieces[end : end + 1])
    words = "".join(piece.word for piece in phrase.pieces)
    if words.endswith(tuple(vocabulary.around["sets"])):
        return not behind.startswith(tuple(vocabulary.around["no_set_behind"]))
    return not behind.isalnum() or behind.startswith(tuple(vocabulary.around["images"]))


def _is_set(phrase: Phrase, vocabulary: Vocabulary) -> bool:
    """Return whether a split is named as a set of images; what models are trained on is none of their results."""
    words = "".join(piece.word for piece in phrase.pieces)
    return phrase.meaning.value != "train" and words.endswith(tuple(vocabulary.around["sets"]))
