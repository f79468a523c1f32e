"""What users' scripts call their metrics and parameters, as words of headings: `test mIoU`, `Square IoU`, `width`."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping

from expdb.domain.metric import Metric
from expdb.domain.scripts.metric_names import SPLIT_WORDS
from expdb.domain.task import FREE
from expdb.report.columns import columns_of
from expdb.report.written.reading.phrases import sense_of
from expdb.report.written.reading.pieces import Piece, pieces_of, word_of
from expdb.report.written.reading.vocabulary import Meaning, ScriptWords, Vocabulary

_SETTINGS = "settings."
_PARTS = frozenset("/,")  # between the parts of a name
_SAID_BESIDE = re.compile(r"\s*\((?:%|(?:test|val|train)(?:, %)?)\)$")  # as a heading of ours ends
# What rows are known by: a parameter of a script that is called so says the same.
_OF_ROWS = frozenset(("model", "model_label", "model_aug", "arch", "dataset", "seed"))


def with_script_words(vocabulary: Vocabulary, metrics: Mapping[str, Metric], settings: Iterable[str]) -> Vocabulary:
    """Return a vocabulary that knows metrics and parameters of users' scripts by their names and headings.

    What a word means here it means still, and the name of a script only where no run has that.

    Args:
        vocabulary: without them, or with them already.
        metrics: what is known of metrics, by name.
        settings: names of parameters.
    """
    if vocabulary.scripts is not None:
        return vocabulary
    read = columns_of(metrics)
    keys: dict[str, Metric | None] = {FREE + name: metric for name, metric in metrics.items()}
    keys |= {_SETTINGS + name: None for name in settings}
    candidates: dict[str, dict[str, bool]] = defaultdict(dict)  # word -> key -> whether the word is all of its name
    texts: dict[str, tuple[Piece, ...]] = {}
    for key, metric in keys.items():
        for pieces, is_whole in _words_of(key, metric):
            word = word_of(pieces)
            texts.setdefault(word, pieces)
            candidates[word][key] = is_whole or candidates[word].get(key, False)
    words: dict[str, Meaning] = {}
    more_keys: dict[tuple[str, ...], dict[str, None]] = defaultdict(dict)
    for word, found in candidates.items():
        ours = sense_of(texts[word], vocabulary)
        whole = tuple(key for key, is_whole in found.items() if is_whole)
        if ours is None and all(meaning.kind == "hint" for meaning in vocabulary.meanings(word)):
            words[word] = Meaning(kind="quantity", value=word, keys=tuple(found), whole=whole)
        elif ours is not None and ours.keys and whole and not _OF_ROWS & set(ours.keys):
            of_settings = [key for key in whole if key.startswith(_SETTINGS)]
            more_keys[ours.keys] |= dict.fromkeys(of_settings)
            if of_metrics := tuple(key for key in whole if key.startswith(FREE)):
                words[word] = Meaning(
                    kind="quantity", value=ours.keys[0], keys=(*ours.keys, *of_metrics), is_error=ours.is_error
                )
    headings = {key: read(key).heading for key in keys}
    times = Counter(headings.values())
    printed = {text: key for key, text in headings.items() if times[text] == 1}
    return vocabulary.with_scripts(ScriptWords(keys=keys, printed=printed), words, more_keys)


def _words_of(key: str, metric: Metric | None) -> Iterator[tuple[tuple[Piece, ...], bool]]:
    """Yield the words of a name, and whether each is all of it: of `test/miou` also `miou`, which says no split."""
    name = key.partition(".")[2]
    if metric is None:
        yield pieces_of(name), True
        return
    texts = (name, metric.heading, _SAID_BESIDE.sub("", metric.heading))
    for pieces in dict.fromkeys(map(pieces_of, filter(None, texts))):
        bare = [piece for piece in pieces if piece.word not in SPLIT_WORDS]
        says_split = len(bare) < len(pieces) or metric.split not in ("val", "train")
        yield from ((word, says_split) for word in _spellings(pieces))
        yield from ((word, False) for word in _spellings(bare) if len(bare) < len(pieces))


def _spellings(pieces: Iterable[Piece]) -> Iterator[tuple[Piece, ...]]:
    """Yield a name with what parts it and without; none of one without letters."""
    found = list(pieces)
    while found and found[0].word in _PARTS:
        del found[0]
    while found and found[-1].word in _PARTS:
        del found[-1]
    if any(piece.raw.isalpha() for piece in found):
        yield tuple(found)
        yield tuple(piece for piece in found if piece.word not in _PARTS)
