"""Saved tables and their revisions; papers and claims."""

from operator import attrgetter

import pytest
import sqlalchemy as sa

from expdb.domain.claim import Claim, ClaimTest, Paper
from expdb.domain.table import ColumnChoice, TableDefinition
from expdb.errors import NotFoundError, SpecError, StoreError
from expdb.store.store import Store
from expdb.store.tables import table_revisions, tables

ONE = TableDefinition(name="one", columns=(ColumnChoice(key="top1"),), where="dataset = digits")
TWO = ONE.model_copy(update={"title": "Two"})


def test_every_change_is_a_revision_and_old_ones_can_be_read(store: Store):
    assert [store.saved_tables.save(definition) for definition in (ONE, ONE, TWO, TWO, ONE)] == [1, 1, 2, 2, 3]

    assert store.table("one") == ONE
    assert [store.table("one", revision=number) for number in (1, 2, 3)] == [ONE, TWO, ONE]
    history = store.saved_tables.history("one")
    assert [number for number, _ in history] == [1, 2, 3]
    assert [moment for _, moment in history] == sorted(moment for _, moment in history)
    assert all(moment.tzinfo is not None for _, moment in history)


def test_a_definition_from_before_a_field_was_known_is_no_change(store: Store):
    store.saved_tables.save(ONE)
    with store._database.writing() as connection:
        older = ONE.model_dump_json(exclude={"limit"})
        connection.execute(tables.update().values(definition_json=older))

    assert store.saved_tables.save(ONE) == 1
    assert store.saved_tables.save(TWO) == 2


def test_a_revision_that_is_not_there_says_which_are(store: Store):
    store.saved_tables.save(ONE)
    store.saved_tables.save(TWO)

    with pytest.raises(NotFoundError, match="no revision 3: it has 1 to 2"):
        store.table("one", revision=3)


def test_a_removed_table_keeps_its_revisions_and_comes_back(store: Store):
    store.saved_tables.save(ONE)
    store.saved_tables.save(TWO)

    store.saved_tables.remove("one")

    assert store.saved_tables.all() == []
    assert store.table("one", revision=1) == ONE
    assert [number for number, _ in store.saved_tables.history("one")] == [1, 2]
    with pytest.raises(NotFoundError, match="was removed: expdb tables restore one"):
        store.table("one")
    with pytest.raises(SpecError, match="was removed"):
        store.saved_tables.remove("one")
    store.saved_tables.restore("one")
    assert store.table("one") == TWO
    with pytest.raises(SpecError, match="was not removed"):
        store.saved_tables.restore("one")


def test_saving_a_removed_table_brings_it_back_as_its_next_revision(store: Store):
    store.saved_tables.save(ONE)
    store.saved_tables.remove("one")

    assert store.saved_tables.save(ONE) == 2
    assert store.table("one") == ONE


@pytest.mark.parametrize("ask", ["table", "saved_tables.history", "saved_tables.remove", "saved_tables.restore"])
def test_an_unknown_table_names_the_near_ones(store: Store, ask: str):
    store.saved_tables.save(ONE)

    with pytest.raises(NotFoundError, match="unknown table 'onee': did you mean one"):
        attrgetter(ask)(store)("onee")


def test_a_definition_of_version_1_is_read_as_it_printed(store: Store):
    old = '{"version": 1, "name": "old", "title": "", "where": "", "columns": [{"key": "top1"}], "sort": []}'
    store.saved_tables.save(ONE.model_copy(update={"name": "old"}))
    with store._database.writing() as connection:
        connection.execute(sa.text("UPDATE tables SET definition_json = :old").bindparams(old=old))
        connection.execute(table_revisions.update().values(definition_json=old))

    for read in (store.table("old"), store.table("old", revision=1), store.saved_tables.all()[0]):
        assert (read.version, read.rows, read.emphasis, read.notes) == (2, "runs", "none", False)


def test_a_revision_of_a_newer_form_is_one_error(store: Store):
    store.saved_tables.save(ONE)
    with store._database.writing() as connection:
        connection.execute(table_revisions.update().values(definition_json='{"version": 9}'))

    assert store.table("one") == ONE
    with pytest.raises(StoreError, match="a newer expdb may have saved it"):
        store.table("one", revision=1)


PAPER = Paper(
    title="심층 학습", venue="CVPR", year=2016, week="5 & 6", position=2, link="https://x.y", note="n", tags=("b", "a")
)


def test_papers_come_back_in_the_order_of_their_list(store: Store):
    first, last = Paper(title="Z", position=1), Paper(title="A")

    assert store.library.save_papers([PAPER, last, first]) == 3
    assert store.library.papers() == [first, PAPER, last]


def test_a_paper_of_the_same_title_is_replaced(store: Store):
    store.library.save_papers([PAPER])

    assert store.library.save_papers([Paper(title=PAPER.title, year=2017), Paper(title="new")]) == 1
    assert store.library.papers()[-1] == Paper(title=PAPER.title, year=2017)


def test_claims_come_back_with_their_test_in_the_order_of_entry(store: Store):
    tested = Claim(
        key="K9", sentence="s", source="002", status="confounded", tested_by="t", known="k",
        test=ClaimTest(a="aug = standard", b="aug = autoaugment", at_least=0.01, at_most=0.02),
    )  # fmt: skip
    bare = Claim(key="K1", sentence="s", source="000")

    assert store.library.save_claims([tested, bare]) == 2
    assert store.library.save_claims([tested]) == 0
    assert store.library.claims() == [tested, bare]
    assert store.library.claim("K9") == tested
    with pytest.raises(NotFoundError, match="unknown claim 'K99': see expdb claims"):
        store.library.claim("K99")
