"""Papers and claims: what was read, and what is said of the runs."""

from collections.abc import Sequence
from dataclasses import asdict

import sqlalchemy as sa
from pydantic import TypeAdapter

from expdb.domain.claim import Claim, ClaimTest, Paper, SmallTest
from expdb.errors import NotFoundError, unknown
from expdb.store.database.engine import Database
from expdb.store.name_rules import storable
from expdb.store.tables import claims, papers

_SMALL = TypeAdapter(tuple[SmallTest, ...])


class Library:
    """The papers and claims of a database."""

    def __init__(self, database: Database) -> None:
        """Wrap the store's database; `Store.library` is what callers use."""
        self._database = database

    def save_papers(self, added: Sequence[Paper]) -> int:
        """Save papers, each in place of the one of its title; return how many were new."""
        with self._database.writing() as connection:
            known = set(connection.execute(sa.select(papers.c.title)).scalars())
            for paper in added:
                values = {
                    key: storable(value) if isinstance(value, str) else value for key, value in asdict(paper).items()
                }
                values["tags"] = list(paper.tags)
                same_title = papers.c.title == values["title"]
                if connection.execute(papers.update().where(same_title).values(values)).rowcount == 0:
                    connection.execute(papers.insert().values(values))
        return len({paper.title for paper in added} - known)

    def papers(self) -> list[Paper]:
        """Return the papers in the order of their list; those without a place come last, by title."""
        with self._database.reading() as connection:
            found = connection.execute(sa.select(papers).order_by(papers.c.position.nulls_last(), papers.c.title))
            return [_paper(row) for row in found.mappings()]

    def save_claims(self, added: Sequence[Claim]) -> int:
        """Save claims, each in place of the one of its key; return how many were new."""
        with self._database.writing() as connection:
            known = set(connection.execute(sa.select(claims.c.key)).scalars())
            for claim in added:
                values = {
                    key: storable(value) if isinstance(value, str) else value
                    for key, value in asdict(claim).items()
                    if key not in ("test", "small")
                }
                values["test_json"] = None if claim.test is None else claim.test.model_dump_json()
                values["small_json"] = _SMALL.dump_json(claim.small).decode() if claim.small else None
                if connection.execute(claims.update().where(claims.c.key == claim.key).values(values)).rowcount == 0:
                    connection.execute(claims.insert().values(values))
        return len({claim.key for claim in added} - known)

    def claims(self) -> list[Claim]:
        """Return the claims in the order they were entered."""
        with self._database.reading() as connection:
            return [_claim(row) for row in connection.execute(sa.select(claims).order_by(claims.c.id)).mappings()]

    def claim(self, key: str) -> Claim:
        """Return a claim by its key. Raises NotFoundError."""
        found = {claim.key: claim for claim in self.claims()}
        if key not in found:
            raise NotFoundError(unknown("claim", key, found, listing="expdb claims"))
        return found[key]


def _paper(row: sa.RowMapping) -> Paper:
    values = {key: value for key, value in row.items() if key != "id"}
    return Paper(**{**values, "tags": tuple(row["tags"])})


def _claim(row: sa.RowMapping) -> Claim:
    values = {key: value for key, value in row.items() if key not in ("id", "test_json", "small_json")}
    test = None if row["test_json"] is None else ClaimTest.model_validate_json(row["test_json"])
    small = () if row["small_json"] is None else _SMALL.validate_json(row["small_json"])
    return Claim(**values, test=test, small=small)
