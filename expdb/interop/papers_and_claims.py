"""Reading lists and claims from files, TOML or YAML.

A paper is a table of `[[papers]]` with title, venue, year, week, order, note, uses and link; or an entry of `papers`
in the form `papers/1`, where note and uses stand under `ours`. A claim is a table of `[[claims]]` with key, sentence,
source, tested_by, known and status, `[claims.test]` where runs decide it, and `[[claims.small]]` where small networks
say something of it.
"""

from importlib.resources import files
from pathlib import Path
from typing import Any

from pydantic import Field

from expdb.data.documents import Entry, entries_of, parse_toml, read_toml_or_yaml
from expdb.domain.claim import Claim, ClaimStatus, ClaimTest, Paper, SmallTest
from expdb.domain.validation import checked
from expdb.errors import SpecError


class _Ours(Entry):
    note: str | None = None
    uses: tuple[str, ...] = ()


class _PaperEntry(Entry):
    title: str = Field(min_length=1)
    venue: str | None = None
    year: int | None = Field(None, ge=1, le=9999)
    week: str | int | None = None
    weeks: tuple[int, ...] = ()  # what the label says, as numbers
    order: int | None = Field(None, ge=1, lt=2**31)
    note: str | None = None
    uses: tuple[str, ...] = ()
    link: str | None = None
    ours: _Ours = _Ours()


class _ClaimEntry(Entry):
    key: str = Field(pattern=r"^\S{1,40}$", description="at most 40 characters without spaces")
    sentence: str = Field(min_length=1)
    source: str = Field(min_length=1)
    status: ClaimStatus = "untested"
    tested_by: str | None = None
    known: str | None = None
    test: ClaimTest | None = None
    small: tuple[SmallTest, ...] = ()


def read_papers(path: Path | None = None) -> list[Paper]:
    """Return the papers of a file, or of the list that comes with expdb. Raises SpecError."""
    document, name = _document(path, "papers.toml")
    papers = []
    for number, values in enumerate(entries_of(document, "papers", name=name), start=1):
        entry = checked(_PaperEntry, values, place=f"{name}: paper {_called(values, 'title', number)}")
        papers.append(
            Paper(
                title=entry.title,
                venue=entry.venue,
                year=entry.year,
                week=" & ".join(map(str, entry.weeks)) or None if entry.week is None else str(entry.week),
                position=entry.order,
                link=entry.link,
                note=entry.note or entry.ours.note,
                tags=entry.uses or entry.ours.uses,
            )
        )
    _refuse_twice([paper.title for paper in papers], name)
    return papers


def read_claims(path: Path | None = None) -> list[Claim]:
    """Return the claims of a file, or of the list that comes with expdb. Raises SpecError."""
    document, name = _document(path, "claims.toml")
    claims = []
    for number, values in enumerate(entries_of(document, "claims", name=name), start=1):
        entry = checked(_ClaimEntry, values, place=f"{name}: claim {_called(values, 'key', number)}")
        claims.append(
            Claim(
                key=entry.key,
                sentence=entry.sentence,
                source=entry.source,
                status=entry.status,
                tested_by=entry.tested_by or None,
                known=entry.known or None,
                test=entry.test,
                small=entry.small,
            )
        )
    _refuse_twice([claim.key for claim in claims], name)
    return claims


def _document(path: Path | None, shipped: str) -> tuple[Any, str]:
    """Return what a file holds, and what errors call it."""
    if path is not None:
        return read_toml_or_yaml(path), str(path)
    text = (files("expdb.catalog") / shipped).read_text(encoding="utf-8")
    return parse_toml(text, name=shipped), shipped


def _called(values: Any, key: str, number: int) -> str:
    return repr(values[key]) if isinstance(values, dict) and isinstance(values.get(key), str) else str(number)


def _refuse_twice(names: list[str], file: str) -> None:
    twice = [name for index, name in enumerate(names) if name in names[:index]]
    if twice:
        raise SpecError(f"{file}: {twice[0]!r} is there twice: leave one out")
