"""Merging one database into another, on every pair of back ends: nothing is lost, changed or doubled."""

import struct
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from expdb.domain.claim import Claim, ClaimTest, Paper
from expdb.domain.codec import digest, with_code
from expdb.domain.events import Logged, MetricsDefined, PointsLogged
from expdb.domain.metric import Metric
from expdb.domain.run import Environment, ReportedRun
from expdb.domain.table import TableDefinition
from expdb.store.merging.numbers import number_of_lacking
from expdb.store.store import Store
from expdb.store.tables import runs
from tests.factories import make_spec, tracked_start
from tests.store.events import FINISHED, epoch, failed, running, started
from tests.store.merging.conftest import all_rows, change, content, merge_into
from tests.store_runs import add_finished, add_seeds

OWN = {"id", "run_id", "artifact_dir"}
FLOATS = (0.1, 5e-324, 1.7976931348623157e308, -0.0, 1 / 3)


def without(row, *names):
    return {name: value for name, value in row.items() if name not in OWN | set(names)}


def bits(value):
    return struct.pack("<d", value) if isinstance(value, float) else repr(value)


def kept(store, value):
    """Return a value as a database keeps it: SQLite drops the sign of zero."""
    return value + 0.0 if isinstance(value, float) and store._database.address.path is not None else value


def row_of(**values):
    defaults = {"name": "vit/1", "group": "vit", "source": "vit.md, table 1", "quote": {"b": "1", "a": "2"}}
    defaults |= {"dataset": "cifar10", "model": "ViT-B", "document": "vit", "row_key": "vit 1", "top1": 0.75}
    return ReportedRun(**(defaults | values))


def fill(store):
    """Add one run of every kind and state."""
    add_finished(store, name="first", tags=["b", "a"], curve=[0.25, 1 / 3], last={"train_loss": 5e-324})
    resumed = running(store, epochs=4, seed=3)
    store.record(resumed, started())
    for number in (1, 2, 3):
        unknown = dict.fromkeys(("test_loss", "top1", "top5")) if number == 2 else {}
        store.record(resumed, epoch(number, lr=FLOATS[number], **unknown))
    store.record(resumed, failed(traceback="“Ü”\n\t☃", message="x" * 5000))
    store.resume_run(resumed, Environment(command="expdb resume 2", packages={"b": "1", "a": "2"}))
    store.record(resumed, started(first_epoch=3))
    store.record(resumed, epoch(3, top1=0.125))
    store.record(resumed, epoch(4))
    store.record(resumed, FINISHED)
    add_finished(store, status="crashed", seed=5, name="lost")
    scripted = store.tracked.add(tracked_start(name="scripted"))
    store.tracked.begin(scripted, Environment())
    store.record(scripted, MetricsDefined(metrics=(Metric(key="test/miou", unit="fraction", split="test"),)))
    store.record(scripted, PointsLogged(rows=(Logged(1, None, {"test/miou": 1 / 3, "norm": float("inf")}),)))
    store.record(scripted, FINISHED)
    store.points.add(1, [Logged(2, None, {"calibration": 5e-324})])
    store.add_run(make_spec(seed=9), group="waiting")
    store.add_reported(row_of(settings={"z": 1, "a": [1.5, "x"], "m": True}, metrics={"f1": 0.1, "auc": 1e-300}))
    store.edits.remove(add_finished(store, seed=12))
    store.edits.set_note(2, "a note\nof two lines")


def test_everything_of_every_run_is_the_same_to_the_bit(open_here, open_there, merge):
    with open_there() as there, open_here() as here:
        fill(there)
        names = ("lr", "momentum", "weight_decay", "warmup_lr", "min_lr")
        change(there, runs.update().where(runs.c.id == 1).values(dict(zip(names, FLOATS, strict=True))))
        change(there, runs.update().where(runs.c.id == 1).values(ended_at=datetime(2026, 1, 2, 3, 4, 5, 678901, UTC)))
        add_finished(here, name="another")
        before = all_rows(there)

        outcome = merge()

        assert (outcome.num_new, outcome.num_runs, outcome.failed, outcome.told) == (7, 7, [], [])
        assert all_rows(there) == before
        after, numbers = all_rows(here), here.merging.merged(there.uuid).numbers
        assert numbers == {number: number + 1 for number in range(1, 8)}
        for name in ("runs", "attempts", "epochs", "run_tags", "reported_changes"):
            own = [row for row in after[name] if row.get("run_id", row.get("id")) != 1]
            assert len(own) == len(before[name]), name
            for one, other in zip(own, before[name], strict=True):
                assert {key: bits(value) for key, value in without(one).items()} == {
                    key: bits(kept(here, value)) for key, value in without(other).items()
                }
                assert one.get("run_id", one.get("id")) == numbers[other.get("run_id", other.get("id"))]
        for run_id, number in numbers.items():
            assert here.run(number).digest == there.run(run_id).digest
            assert list(here.run(number).settings) == list(there.run(run_id).settings)
            points = there.points.of([run_id], superseded=True)
            assert here.points.of([number], superseded=True) == [one._replace(run_id=number) for one in points]
            assert here.points.summaries([number]).get(number) == there.points.summaries([run_id]).get(run_id)
            assert here.attempts.superseded_epochs(number) == there.attempts.superseded_epochs(run_id)
        assert len(here.attempts.superseded_epochs(numbers[2])) == 1
        assert here.points.metrics() == there.points.metrics()


def test_merged_twice_nothing_changes(open_here, open_there, merge):
    with open_there() as there, open_here() as here:
        fill(there)
        there.saved_tables.save(TableDefinition(name="main", columns=("model", "top1"), where="id in (1, 2)"))
        there.library.save_papers([Paper(title="A paper", tags=("b", "a"))])
        there.library.save_claims([Claim(key="K1", sentence="s", source="o", test=claim_test())])
        add_finished(here, name="first")
        first = merge()
        rows = all_rows(here)

        again = merge()

        assert (first.num_tables, first.num_papers, first.num_claims) == (1, 1, 1)
        assert (again.num_new, again.num_further, again.num_same, again.num_files) == (0, 0, 7, 0)
        assert (again.num_tables, again.num_papers, again.num_claims, again.told) == (0, 0, 0, [])
        assert all_rows(here) == rows


def claim_test():
    return ClaimTest(a="id = 1", b="id = 2", at_least=0.0)


def test_dry_run_says_the_same_and_changes_nothing(open_here, open_there, merge):
    with open_there() as there, open_here() as here:
        fill(there)
        folder = there.artifact_dir(1, create=True)
        (folder / "weights.safetensors").write_bytes(b"w" * 100)
        add_finished(here, name="first")
        rows = all_rows(here)

        planned = merge(is_dry_run=True)

        assert all_rows(here) == rows
        assert content(here.artifact_root) == {}
        done = merge()
        assert (planned.num_new, planned.num_bytes) == (done.num_new, done.num_bytes) == (7, 100)
        assert planned.told == done.told
        assert any("'first' is taken: here it is 'first-2'" in told for told in done.told)


def test_run_that_builds_on_another_one_names_it_by_its_number_here(open_here, open_there, merge):
    with open_there() as there, open_here() as here:
        add_seeds(here, [0.5, 0.5, 0.5])
        base = add_finished(there, seed=7)
        for seed in (0, 1):
            add_finished(there, model__init_from=base, distill__teacher=base, seed=seed)

        merge()

        starts = [run for run in here.runs() if run.fields["init_from"] is not None]
        assert [(run.fields["init_from"], run.fields["teacher"], run.spec.model.init_from) for run in starts] == [
            (4, 4, 4)
        ] * 2
        assert here.run(4).uuid == there.run(base).uuid
        for run in starts:  # a run that is added here with the same settings is of its group
            assert run.digest == digest(make_spec(model__init_from=4, distill__teacher=4, seed=run.fields["seed"]))
        assert here.runs("init_from = 1") == []


def test_spec_is_the_same_to_the_bit_where_the_numbers_are(open_here, open_there, merge):
    with open_there() as there, open_here() as here:
        base = add_finished(there)
        add_finished(there, model__init_from=base)

        merge()

        assert here.run(2).spec_json == there.run(2).spec_json
        assert here.run(2).fields["init_from"] == 1


def test_number_of_a_run_that_is_nowhere_becomes_no_other_runs(open_here, open_there, merge):
    with open_there() as there, open_here() as here:
        add_seeds(here, [0.5, 0.5])
        add_finished(there, model__init_from=2)  # of a run that was deleted for good

        outcome = merge()

        lacking = number_of_lacking(there.uuid, 2)
        assert here.run(3).fields["init_from"] == here.run(3).spec.model.init_from == lacking > 10**9
        assert f"builds on run 2 of {outcome.label}, which is not there" in outcome.told[0]


def copies(open_here, open_there, merge):
    """Return a run that both databases have, by its numbers here and there."""
    with open_there() as there, open_here() as here:
        add_finished(here)
        run_id = running(there, epochs=9)
        there.record(run_id, started())
        there.record(run_id, epoch(1))
        there.record(run_id, failed())
    merge()
    return 2, run_id


def test_further_attempt_wins_whole(open_here, open_there, merge):
    number, run_id = copies(open_here, open_there, merge)
    with open_there() as there, open_here() as here:
        there.resume_run(run_id, Environment())
        there.record(run_id, started(first_epoch=1))
        there.record(run_id, epoch(1, top1=0.75))
        there.record(run_id, failed())
        here.edits.change_tags(number, add=["here"])
        there.edits.change_tags(run_id, add=["there"])
        here.edits.set_note(number, "from here")
        there.edits.set_note(run_id, "from there")
        here.edits.rename(number, "mine")
        there.edits.rename(run_id, "theirs")

        outcome = merge()

        run = here.run(number)
        assert (outcome.num_new, outcome.num_further) == (0, 1)
        assert (run.attempt, run.results.top1, run.tags, run.name) == (2, 0.75, ("here", "there"), "mine")
        assert run.note == "from here\nfrom there"
        assert here.epochs(number) == there.epochs(run_id)
        assert here.attempts.superseded_epochs(number) == there.attempts.superseded_epochs(run_id)
        assert outcome.told == [
            f"run {number} ({run.uuid[:8]}): name is 'mine' here, 'theirs' there: kept as it is here"
        ]
        rows = all_rows(here)
        assert merge().num_further == 0
        assert all_rows(here) == rows


def test_run_that_is_further_here_stays(open_here, open_there, merge):
    number, run_id = copies(open_here, open_there, merge)
    with open_there() as there, open_here() as here:
        here.resume_run(number, Environment())
        here.record(number, started(first_epoch=2))
        here.record(number, epoch(2, top1=0.75))
        here.record(number, failed())
        there.edits.change_tags(run_id, add=["late"])
        before = here.run(number)

        outcome = merge()

        assert (outcome.num_further, outcome.num_same, outcome.told) == (0, 1, [])
        assert here.run(number).tags == ("late",)
        assert here.run(number).results.top1 == before.results.top1 == 0.75


def test_run_that_is_running_here_is_left_alone(open_here, open_there, merge):
    number, run_id = copies(open_here, open_there, merge)
    with open_there() as there, open_here() as here:
        here.resume_run(number, Environment())
        for _ in range(3):
            there.resume_run(run_id, Environment())
            there.record(run_id, failed())
        there.edits.change_tags(run_id, add=["late"])
        rows = all_rows(here)

        outcome = merge()

        assert (outcome.num_left, outcome.num_further) == (1, 0)
        assert f"run {number} ({here.run(number).uuid[:8]}) is running here: left alone" in outcome.told[0]
        assert all_rows(here) == rows


def test_same_stage_that_says_otherwise_is_told_value_by_value(open_here, open_there, merge):
    number, run_id = copies(open_here, open_there, merge)
    with open_there() as there, open_here() as here:
        change(there, runs.update().where(runs.c.id == run_id).values(top1=0.25))
        there.edits.remove(run_id)

        outcome = merge()

        name = f"run {number} ({here.run(number).uuid[:8]})"
        assert outcome.told == [
            f"{name}: it is removed there, not here: left so",
            f"{name}: top1 is 0.5 here, 0.25 there: kept as it is here",
        ]
        assert here.run(number).results.top1 == 0.5


def test_row_of_a_document_is_known_by_its_key(open_here, open_there, merge):
    with open_there() as there, open_here() as here:
        here.add_reported(row_of())
        here.add_reported(row_of(name="vit/2", row_key="vit 2", top1=0.5))
        there.add_reported(row_of(name="vit/2", row_key="vit 2", top1=0.625))
        there.add_reported(row_of(name="again/1"))
        there.add_reported(row_of(name="vit/1", row_key="vit 3"))

        outcome = merge()

        assert [run.name for run in here.runs()] == ["vit/1", "vit/2", "vit/1-2"]
        assert here.merging.merged(there.uuid).numbers == {1: 2, 2: 1, 3: 3}
        told = [line for line in outcome.told if "top1" in line]
        assert len(told) == 1
        assert "top1 is 0.5 here, 0.625 there: kept as it is here" in told[0]


def test_tables_follow_the_numbers_of_runs_and_get_a_suffix_where_they_are_others(open_here, open_there, merge):
    with open_there() as there, open_here() as here:
        add_seeds(here, [0.5] * 3)
        add_seeds(there, [0.5] * 2)
        here.saved_tables.save(TableDefinition(name="main", columns=("model",)))
        filters = {"where": "id in (1, 2) and (not id = 2 or teacher != null)", "baseline": "id = '1'"}
        marks = [{"where": "init_from = 2 or id > 1", "mark": "*", "note": "n"}]
        definition = TableDefinition(name="main", columns=("model", "top1"), title="old", **filters, marks=marks)
        there.saved_tables.save(definition)
        there.saved_tables.save(definition.model_copy(update={"title": "new"}))
        there.saved_tables.save(TableDefinition(name="bare", columns=("model",), where="top1 > 0.5 and name = id"))
        there.library.save_claims([Claim(key="K1", sentence="s", source="o", test=claim_test())])

        outcome = merge()

        table = here.table("main-2")
        assert table.where == "id in (4, 5) and (not id = 5 or teacher != null)"
        assert (table.baseline, table.marks[0].where) == ("id = '4'", "init_from = 5 or id > 1")
        assert (table.title, here.table("main-2", revision=1).title) == ("new", "old")
        assert here.table("main").columns[0].key == "model"
        assert here.table("bare") == there.table("bare")
        assert (here.library.claim("K1").test.a, here.library.claim("K1").test.b) == ("id = 4", "id = 5")
        assert any("it is saved as 'main-2'" in told for told in outcome.told)
        assert any("id > 1 names runs by number" in told for told in outcome.told)
        there.saved_tables.save(definition.model_copy(update={"title": "newest"}))
        assert merge().num_tables == 1  # the same table, gone on with
        assert here.table("main-2").title == "newest"
        assert len(here.saved_tables.history("main-2")) == 3


def test_numbers_of_databases_that_were_merged_into_the_other_are_known_too(
    open_here, open_there, merge, database_url, other_url, tmp_path
):
    first = f"sqlite:///{tmp_path}/first.db"
    with Store.open(first) as oldest:
        add_finished(oldest, name="oldest")
        with open_there() as there, open_here() as here:
            add_seeds(there, [0.5] * 2)
            add_seeds(here, [0.5] * 3)
            merge_into(other_url, first, tmp_path)

            merge()

            assert here.merging.merged(oldest.uuid).numbers == {1: 6}
            assert here.run(6).name == "oldest"
            # Back into the oldest: its own run is known, and its own numbers stay its own.
            outcome = merge_into(first, database_url, tmp_path)
            assert (outcome.num_new, outcome.num_same) == (5, 1)
            assert oldest.merging.merged(here.uuid).numbers[6] == 1
            assert oldest.merging.merged(oldest.uuid) is None


def test_value_that_this_database_does_not_take_keeps_one_run_away(open_here, open_there, merge):
    with open_there() as there, open_here() as here:
        add_seeds(there, [0.5, 0.625])
        is_to_postgres = here._database.address.path is None
        if there._database.address.path is None or not is_to_postgres:
            pytest.skip("only SQLite keeps what PostgreSQL does not take")
        change(there, runs.update().where(runs.c.id == 1).values(note=sa.literal("a\0b")))

        outcome = merge()

        assert outcome.num_new == 1
        assert len(outcome.failed) == 1
        assert "NUL" in outcome.failed[0]
        assert [run.results.top1 for run in here.runs()] == [0.625]


def test_two_codes_do_not_become_one_group(open_here, open_there, merge):
    """Of a database with runs of before codes were recorded, and one whose code came to them in another."""

    def add(store, code, seed):
        spec = with_code(make_spec(seed=seed), code)
        model = spec.model.model_copy(update={"name": "own_net:build", "arch": "own_net:build"})
        return store.add_run(spec.model_copy(update={"model": model}))

    with open_there() as there:
        add(there, None, 0)
        add(there, "a" * 16, 1)
        assert len({run.group_digest for run in there.runs()}) == 1
    with open_here() as here:
        add(here, None, 0)
        add(here, "b" * 16, 1)

    merge()
    merge()

    with open_here() as here:
        groups = {}
        for run in here.runs():
            groups.setdefault(run.group_digest, set()).add(run.fields["code_digest"])
    assert sorted(groups.values(), key=len) == [{"a" * 16}, {None, "b" * 16}]
