"""The form of a file of words, as `catalog/headings.toml` is one: sections of entries, a language beside a language."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from expdb.data.documents import parse_toml
from expdb.errors import SpecError

Around = Literal[
    "altered", "altered_beside", "other_images", "changes", "tuning", "given_away",
    "denies", "denies_behind", "lists", "names_before", "names_behind", "pretrained_before", "pretrained_behind",
    "unmeasured_before", "unmeasured_behind",
    "result_before", "usual_before", "result_joins", "no_rate_before", "no_rate_behind", "changed_behind",
    "result_of", "images", "no_set_behind", "sets", "alters_with",
    "best", "no_best_behind", "marks_best", "results_before", "results_behind",
    "seeds_said", "seeds_in_doubt", "other_spread", "medians",
    "epochs", "epochs_in_part", "ranges", "augmented_before", "augmented_behind", "doubts_settings",
]  # fmt: skip
CellKind = Literal[
    "blank",
    "yes",
    "no",
    "seeds",
    "devices",
    "epochs",
    "images",
    "links",
    "plain",
    "ditto",
    "summaries",
    "of_time",
    "of_count",
]
ResultSplit = Literal["test", "val", "train"]
RESULT_SPLITS: Mapping[str, ResultSplit] = {name: name for name in get_args(ResultSplit)}
UnitKind = Literal["percent", "count", "time", "memory", "length", "rate", "power", "energy", "temperature"]
ModelNoun = Literal["model", "network", "backbone", "method", "name"]
MODEL_NOUNS: tuple[ModelNoun, ...] = ("model", "network", "backbone", "method", "name")  # the surest first

_SIGNS = "signs"
_FILE = "headings.toml"


class Words(BaseModel):
    """Words of one meaning: `words` by language, `en = [...]`, and `signs` of none."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    words: Mapping[str, tuple[str, ...]] = {}

    @model_validator(mode="before")
    @classmethod
    def _by_language(cls, entry: Any) -> Any:
        """Gather what stands under the two letters of a language."""
        if not isinstance(entry, dict):
            return entry
        languages = {key: words for key, words in entry.items() if key == _SIGNS or _is_language(key)}
        return {**{key: value for key, value in entry.items() if key not in languages}, "words": languages}

    def all_words(self) -> Iterator[str]:
        """Yield the words of every language."""
        for words in self.words.values():
            yield from words


class QuantityEntry(Words):
    """Words of a column; see `catalog/headings.toml`."""

    keys: tuple[str, ...] = ()
    is_counted: bool = False
    is_error: bool = False
    with_unit: tuple[str, ...] = ()
    in_unit: Mapping[str, tuple[str, ...]] = {}


class HintEntry(Words):
    """Words that may be of a quantity; `broad` ones may stand beside it in brackets."""

    broad: tuple[str, ...] = ()


class UnitEntry(Words):
    """Words of a unit: `factor` is how many seconds, bytes or ones it is; `in_cells` stand behind numbers only."""

    factor: Decimal | None = None
    in_cells: tuple[str, ...] = ()


class SettingEntry(Words):
    """Words of a setting; one that `is_switched` is on where its name stands alone over a column of results."""

    is_switched: bool = False


class StageWords(BaseModel):
    """Words of the epochs and seeds that a result is of."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    last: Words = Words()
    best: Words = Words()
    mean: Words = Words()
    seeds: Words = Words()


class VocabularyFile(BaseModel):
    """All sections of a file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    quantities: Mapping[str, QuantityEntry] = {}
    hints: Mapping[str, HintEntry] = {}
    words: Mapping[Literal["accuracy", "error", "count", "filler", "remark"], Words] = {}
    splits: Mapping[ResultSplit, Words] = {}
    stages: StageWords = StageWords()
    units: Mapping[UnitKind, Mapping[str, UnitEntry]] = {}
    settings: Mapping[str, SettingEntry] = {}
    datasets: Mapping[str, Words] = {}
    around: Mapping[Around, Words] = {}
    cells: Mapping[CellKind, Words] = {}
    models: Mapping[ModelNoun, Words] = {}
    captions: Mapping[Literal["table", "sentence_end"], Words] = {}


def parse_vocabulary(text: str, name: str) -> VocabularyFile:
    """Return the entries of a file; `name` is for messages. Raises SpecError where it is not of the form."""
    try:
        return VocabularyFile.model_validate(parse_toml(text, name=name))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise SpecError(f"{name}: {where}: {first['msg']}") from error


@cache
def shipped_vocabulary() -> VocabularyFile:
    """Return the entries of `catalog/headings.toml`."""
    return parse_vocabulary(files("expdb.catalog").joinpath(_FILE).read_text(encoding="utf-8"), _FILE)


def _is_language(key: str) -> bool:
    return len(key) == 2 and key.isascii() and key.isalpha() and key.islower()
