"""Papers that were read, and sentences that runs can support or contradict."""

from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from expdb.domain.table import Key

ClaimStatus = Literal["untested", "supported", "contradicted", "confounded", "not testable"]


@dataclass(frozen=True, kw_only=True)
class Paper:
    """One entry of a reading list.

    Attributes:
        week: label of the week it was read in, as printed (`5 & 6`).
        position: place in the list, from 1.
        tags: short words: topics, or names of models and techniques.
    """

    title: str
    venue: str | None = None
    year: int | None = None
    week: str | None = None
    position: int | None = None
    link: str | None = None
    note: str | None = None
    tags: tuple[str, ...] = ()


class ClaimTest(BaseModel):
    """A comparison that decides a claim: metric of `b` minus metric of `a`, each a filter that picks one group.

    Attributes:
        at_least, at_most: what the claim says of the difference, in the metric's own unit (accuracy: a fraction); one
            of the two is given.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    metric: Key = "top1"
    a: str = Field(min_length=1)
    b: str = Field(min_length=1)
    at_least: float | None = None
    at_most: float | None = None

    @model_validator(mode="after")
    def _check_limits(self) -> "ClaimTest":
        low, high = self.at_least, self.at_most
        if low is None and high is None:
            raise ValueError("neither at_least nor at_most is given: nothing could contradict it")
        if low is not None and high is not None and low > high:
            raise ValueError(f"at_least {low:g} is more than at_most {high:g}")
        return self


class SmallTest(BaseModel):
    """A comparison of small networks on toy data: metric of `b` minus metric of `a`, which the claim has above 0.

    It never decides the claim of the source, which is about networks and data of another size.

    Attributes:
        says: what would hold, in a few words.
        smallest: the smallest difference that would matter, in the metric's own unit; fixed before the runs.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    says: str = Field(min_length=1)
    metric: Key = "top1"
    a: str = Field(min_length=1)
    b: str = Field(min_length=1)
    smallest: float = Field(gt=0)


@dataclass(frozen=True, kw_only=True)
class Claim:
    """A conclusion that somebody wrote down.

    Attributes:
        key: short name, unique (`K9`).
        source: where it was said.
        tested_by: in words, what decides it.
        known: in words, what is known so far.
        status: as judged by a person; where there is a `test`, the runs decide instead.
        test: the comparison that decides it.
        small: comparisons at small scale, which decide nothing of the source's sentence.
    """

    key: str
    sentence: str
    source: str
    status: ClaimStatus = "untested"
    tested_by: str | None = None
    known: str | None = None
    test: ClaimTest | None = None
    small: tuple[SmallTest, ...] = ()
