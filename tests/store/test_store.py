"""The contract of `Store`, on every back end."""

import math
from datetime import UTC
from pathlib import Path

import pytest
import sqlalchemy as sa

from expdb.domain.codec import digest, group_digest
from expdb.domain.events import Progress
from expdb.domain.run import Environment, ReportedRun, RunPart
from expdb.domain.table import ColumnChoice, TableDefinition
from expdb.errors import LaunchError, NotFoundError, RunFinishedError, SpecError, StoreError
from expdb.store.store import Store
from tests.factories import make_spec
from tests.store.events import FINISHED, epoch, failed, running, silence, started

REPORTED = ReportedRun(
    name="report-1/1",
    group="report-1",
    source="a report, table 1",
    quote={"Model": "ResNet50", "GPU-개수": "DDP - 2개"},
    dataset="cifar100",
    model="ResNet50",
    settings={"mean_std": 0.5, "cutmix": 1.0, "lr": 0.5, "auto_augment": "v0", "smoothing": 0.1, "momentum": "?"},
    unparsed=("weight-decay 1e-4 1e-3",),
    extends_another=True,
    top1=0.8285,
    num_params=47_000_000,
    train_seconds=8740.0,
)


def test_added_run_is_queued_with_its_spec_and_promoted_columns(store):
    spec = make_spec(optim__lr=0.05, aug__preset="randaugment", seed=7)

    run = store.run(store.add_run(spec, name="first", group="lr", tags=["b", "a", "b"], note=" hello\nworld "))

    assert run.spec == spec
    assert (run.status, run.kind, run.digest, run.group_digest) == (
        "queued",
        "measured",
        digest(spec),
        group_digest(spec),
    )
    assert (run.name, run.group, run.tags, run.note) == ("first", "lr", ("a", "b"), "hello\nworld")
    assert (run.dataset, run.model, run.fields["arch"], run.fields["aug"]) == (
        "digits",
        "resnet_mini",
        "test_resnet",
        "randaugment",
    )
    assert (run.fields["lr"], run.fields["seed"], run.fields["randaugment_num_ops"], run.results.epochs_done) == (
        0.05,
        7,
        2,
        0,
    )
    assert run.created_at.tzinfo is UTC
    assert run.artifact_dir == run.uuid
    assert (run.started_at, run.results.top1, run.machine.num_devices) == (None, None, None)


def test_dataset_column_holds_the_folder_name_and_the_spec_its_path(store, tmp_path):
    for name in ("a", "b"):
        (tmp_path / "clothing" / "train" / name).mkdir(parents=True)
    spec = make_spec(data__dataset=f"folder:{tmp_path}/clothing", model__name="resnet18", data__img_size=64)

    run = store.run(store.add_run(spec))

    assert run.dataset == "folder:clothing"
    assert run.spec.data.dataset == f"folder:{tmp_path}/clothing"


def test_start_run_returns_the_spec_and_records_the_environment(store):
    spec = make_spec()
    run_id = store.add_run(spec)
    environment = Environment(
        command="expdb run", git_commit="abc", git_dirty=True, git_diff="-a\n+b", packages={"torch": "2.13"}
    )

    assert store.start_run(run_id, environment) == (spec, 1)

    run = store.run(run_id)
    assert (run.status, run.environment) == ("running", environment)
    assert run.started_at == run.heartbeat_at


def test_environment_that_is_no_text_is_stored_as_escapes(store):
    run_id = store.add_run(make_spec())

    store.start_run(run_id, Environment(command="a\0b \udc80", git_diff="\ud800"))

    assert store.run(run_id).environment.command == "a\\x00b \\udc80"


def test_only_a_queued_run_starts(store):
    run_id = running(store)
    with pytest.raises(LaunchError, match="running already"):
        store.start_run(run_id, Environment())
    store.record(run_id, FINISHED)
    with pytest.raises(RunFinishedError, match="is finished"):
        store.start_run(run_id, Environment())
    with pytest.raises(RunFinishedError, match="reported"):
        store.start_run(store.add_reported(REPORTED), Environment())
    with pytest.raises(NotFoundError, match="no run 99"):
        store.start_run(99, Environment())
    removed = store.add_run(make_spec())
    store.edits.remove(removed)
    with pytest.raises(LaunchError, match="was removed"):
        store.start_run(removed, Environment())


def test_whole_run_is_summed_up(store):
    run_id = running(store, epochs=3)
    store.record(run_id, started(num_devices=2))
    for number, (top1, seconds, speed) in enumerate([(0.5, 1.0, 100.0), (0.75, 3.0, 300.0), (0.7, 4.0, 200.0)], 1):
        store.record(run_id, epoch(number, top1=top1, train_seconds=seconds, images_per_second=speed))
    store.record(run_id, FINISHED)

    run = store.run(run_id)

    assert (run.status, run.reason, run.results.epochs_done, run.results.num_params) == ("finished", None, 3, 467_474)
    assert (run.results.top1, run.results.best_top1, run.results.best_epoch, run.results.best_by) == (
        0.7,
        0.75,
        2,
        "test",
    )
    assert (run.results.train_seconds, run.results.eval_seconds, run.results.images_per_second) == (8.0, 1.5, 225.0)
    assert (run.machine.parallel, run.machine.num_devices, run.results.peak_memory_bytes) == ("DDP", 2, 1 << 33)
    assert (run.weights_file, run.predictions_file) == ("weights.safetensors", "predictions.npz")
    assert run.results.wall_seconds == (run.ended_at - run.started_at).total_seconds()
    assert [stored.top1 for stored in store.epochs(run_id)] == [0.5, 0.75, 0.7]


def test_best_epoch_is_chosen_on_the_validation_split_if_there_is_one(store):
    run_id = running(store)
    store.record(run_id, epoch(1, top1=0.6, val_top1=0.8, val_loss=1.0))
    store.record(run_id, epoch(2, top1=0.9, val_top1=0.7, val_loss=1.0))

    run = store.run(run_id)

    assert (run.results.best_epoch, run.results.best_top1, run.results.best_by, run.results.val_top1) == (
        1,
        0.6,
        "val",
        0.7,
    )


def test_first_of_equally_good_epochs_is_the_best(store):
    run_id = running(store)
    for number in (1, 2):
        store.record(run_id, epoch(number, top1=0.5))

    assert store.run(run_id).results.best_epoch == 1


def test_repeated_epoch_changes_nothing(store):
    run_id = running(store)
    store.record(run_id, epoch(1))
    before = store.run(run_id)

    store.record(run_id, epoch(1))

    assert store.run(run_id).changed(heartbeat_at=before.heartbeat_at) == before
    assert len(store.epochs(run_id)) == 1


@pytest.mark.parametrize("loss", [math.nan, math.inf, -math.inf])
def test_loss_that_is_not_finite_is_null_and_the_run_diverged(store, loss):
    run_id = running(store)
    store.record(run_id, epoch(1, train_loss=loss, test_loss=loss))

    store.record(run_id, FINISHED)

    run = store.run(run_id)
    assert (run.results.train_loss, run.results.test_loss, store.epochs(run_id)[0].train_loss) == (None, None, None)
    assert (run.status, run.reason) == ("failed", "diverged")


def test_failure_is_recorded_also_before_the_start(store):
    for run_id in (running(store), store.add_run(make_spec())):
        store.record(run_id, failed(status="killed", reason="terminated", message="SIGTERM \0", traceback="\udc80"))

        run = store.run(run_id)
        assert (run.status, run.reason, run.error_message) == ("killed", "terminated", "SIGTERM \\x00")
        assert run.ended_at is not None


@pytest.mark.parametrize("event", [started(), epoch(2), FINISHED, failed()], ids=lambda event: type(event).__name__)
def test_ended_run_does_not_change(store, event):
    run_id = running(store)
    store.record(run_id, epoch(1))
    store.record(run_id, FINISHED)
    before = store.run(run_id)

    with pytest.raises(RunFinishedError, match=f"run {run_id} is finished"):
        store.record(run_id, event)

    store.heartbeat(run_id)
    assert store.run(run_id) == before


def test_progress_is_not_stored(store):
    run_id = running(store)
    token = store.change_token()

    store.record(run_id, Progress(epoch=1, step=1, num_steps=9, loss=1.0, images_per_second=1.0))

    assert store.change_token() == token


def test_queued_run_records_no_epochs(store):
    run_id = store.add_run(make_spec())

    with pytest.raises(LaunchError, match="was not started"):
        store.record(run_id, epoch(1))
    assert store.epochs(run_id) == []


def test_silent_run_is_read_as_crashed_and_a_heartbeat_brings_it_back(store):
    silent, awaited, queued = running(store), store.add_run(make_spec(), is_awaited=True), store.add_run(make_spec())
    assert [store.run(run_id).status for run_id in (silent, awaited, queued)] == ["running", "queued", "queued"]

    silence(store, silent, awaited)

    for run_ids in ((silent, awaited, queued), (silent, awaited)):
        found = store.runs("status = crashed") if len(run_ids) == 2 else store.runs(ids=run_ids)
        assert [run.status for run in found] == ["crashed", "crashed", "queued"][: len(run_ids)]
    assert store.ids("status in (running, queued)") == {queued}

    store.heartbeat(silent)
    store.heartbeat(awaited)

    assert [store.run(run_id).status for run_id in (silent, awaited)] == ["running", "queued"]


def test_crashed_run_that_goes_on_is_running_again(store):
    run_id = running(store)
    silence(store, run_id)

    store.record(run_id, epoch(1))

    assert store.run(run_id).status == "running"


def test_run_is_found_by_id_digits_and_name(store):
    run_id = store.add_run(make_spec(), name="wide-lr")

    assert store.run(run_id) == store.run(str(run_id)) == store.run("wide-lr")
    with pytest.raises(NotFoundError, match="did you mean wide-lr"):
        store.run("wide_lr")
    for missing in (0, -1, 99, "99", 2**40, "9" * 30, "a\0", "\ud800"):
        with pytest.raises(NotFoundError):
            store.run(missing)


@pytest.mark.parametrize("name", ["", " ", "12", "a\0b", "a\nb", "\ud800", "x" * 256, "\x1b[2J"])
def test_name_that_cannot_be_used_is_refused(store, name):
    with pytest.raises(SpecError):
        store.add_run(make_spec(), name=name)
    assert store.runs(include_removed=True) == []


def test_name_is_unique_even_beside_removed_runs(store):
    run_id = store.add_run(make_spec(), name="first")
    other = store.add_run(make_spec())
    with pytest.raises(SpecError, match=f"'first' is taken by run {run_id}: choose"):
        store.add_run(make_spec(), name="first")

    store.edits.remove(run_id)

    with pytest.raises(SpecError, match=f"run {run_id}, which was removed and keeps it"):
        store.edits.rename(other, "first")
    assert store.edits.rename(run_id, "first").name == "first"
    assert store.edits.rename(run_id, None).name is None
    assert store.edits.rename(other, "first").name == "first"


def test_removed_run_is_hidden_and_comes_back(store):
    run_id = store.add_run(make_spec())

    assert store.edits.remove(run_id).removed_at is not None

    assert store.runs() == []
    assert [run.id for run in store.runs(include_removed=True)] == [run_id]
    assert store.run(run_id).removed_at is not None
    with pytest.raises(SpecError, match="removed already"):
        store.edits.remove(run_id)
    assert store.edits.restore(run_id).removed_at is None
    with pytest.raises(SpecError, match="was not removed"):
        store.edits.restore(run_id)


def test_running_run_is_not_removed(store):
    run_id = running(store)

    with pytest.raises(SpecError, match="is running"):
        store.edits.remove(run_id)


def test_tags_and_note_change(store):
    run_id = store.add_run(make_spec(), tags=["old"])

    assert store.edits.change_tags(run_id, add=["new", "best"], remove=["old"]).tags == ("best", "new")
    assert store.edits.change_tags(run_id, add=["new"]).tags == ("best", "new")
    assert store.edits.set_note(run_id, "seen").note == "seen"
    assert store.edits.set_note(run_id, None).note is None
    with pytest.raises(NotFoundError, match="no tag 'old'"):
        store.edits.change_tags(run_id, remove=["old"])
    with pytest.raises(SpecError, match="added and removed"):
        store.edits.change_tags(run_id, add=["best"], remove=["best"])
    with pytest.raises(SpecError, match="is empty"):
        store.edits.change_tags(run_id, add=[" "])
    with pytest.raises(NotFoundError):
        store.edits.set_note(99, "x")


@pytest.mark.parametrize("note", ["x" * 10_001, "a\0", "\x1b[2J"])
def test_note_that_is_no_text_is_refused(store, note):
    run_id = store.add_run(make_spec())

    with pytest.raises(SpecError, match="note"):
        store.edits.set_note(run_id, note)


def test_reported_run_keeps_the_row_as_stated(store):
    run = store.run(store.add_reported(REPORTED))

    assert (run.kind, run.status, run.spec, run.artifact_dir) == ("reported", "finished", None, None)
    assert list(run.settings.items()) == list(REPORTED.settings.items())
    assert list(run.quote.items()) == list(REPORTED.quote.items())
    assert (run.unparsed, run.extends_another, run.source) == (REPORTED.unparsed, True, "a report, table 1")
    assert (run.fields["lr"], run.fields["cutmix_alpha"], run.fields["label_smoothing"], run.fields["momentum"]) == (
        0.5,
        1.0,
        0.1,
        None,
    )
    assert (run.fields["normalize"], run.fields["policy"], run.fields["weight_decay"], run.results.top5) == (
        "half",
        "autoaugment",
        None,
        None,
    )
    assert (run.results.top1, run.results.num_params, run.results.train_seconds) == (0.8285, 47_000_000, 8740.0)
    with pytest.raises(SpecError, match="is taken"):
        store.add_reported(REPORTED)
    with pytest.raises(NotFoundError, match="no files"):
        store.artifact_dir(run.id)


def test_runs_are_read_in_part_but_for_what_a_document_says(store):
    measured = store.add_run(make_spec(), tags=["b", "a"])
    reported = store.add_reported(REPORTED)

    parts = store.run_parts("", ["model", "lr"], sort=["-id"])

    whole = store.run(measured)
    assert parts[0].fields.items() <= store.run(reported).fields.items()
    assert parts[0].fields["quote"] == store.run(reported).quote
    assert parts[1].fields == {name: whole.fields[name] for name in (*RunPart.names(), "model", "lr")}
    with pytest.raises(KeyError):
        _ = parts[1].fields["digest"]
    assert store.runs(ids=[reported]) == [store.run(reported)]


def test_runs_are_sorted_with_unknown_last(store):
    ids = [store.add_run(make_spec(seed=seed), name=name) for seed, name in [(2, "b"), (0, None), (1, "A")]]
    for run_id, top1 in zip(ids, (0.5, None, 0.75), strict=True):
        store.start_run(run_id, Environment())
        if top1:
            store.record(run_id, epoch(1, top1=top1))

    def order(*sort):
        return [run.id - ids[0] for run in store.runs(sort=sort)]

    assert order() == [0, 1, 2]
    assert order("-top1") == [2, 0, 1]
    assert order("top1") == [0, 2, 1]
    assert order("name") == [2, 0, 1]
    assert order("dataset", "-seed") == [0, 2, 1]
    assert [run.id for run in store.runs(sort=["-id"], limit=1)] == [ids[2]]
    assert store.runs(limit=0) == []
    with pytest.raises(SpecError, match="did you mean top5, top1"):
        store.runs(sort=["-top"])
    with pytest.raises(SpecError, match="limit -1"):
        store.runs(limit=-1)


def test_limit_leaves_each_run_its_own_tags(store):
    for tag in ("a", "b", "c"):
        store.add_run(make_spec(), tags=[tag])

    assert [run.tags for run in store.runs(sort=["-id"], limit=2)] == [("c",), ("b",)]


def test_ids_are_never_used_again(store):
    run_id = running(store)
    store.record(run_id, epoch(1))
    with store._database.writing() as connection:
        connection.execute(sa.text("DELETE FROM runs"))

    assert store.add_run(make_spec()) > run_id
    with store._database.reading() as connection:
        assert connection.execute(sa.text("SELECT count(*) FROM epochs")).scalar_one() == 0


def test_artifact_dir_is_private_and_inside_the_root(store, tmp_path):
    run_id = store.add_run(make_spec())

    assert not store.artifact_dir(run_id).exists()
    folder = store.artifact_dir(run_id, create=True)

    assert folder == (tmp_path / "artifacts" / store.run(run_id).uuid).resolve()
    assert folder.stat().st_mode & 0o777 == 0o700
    assert store.artifact_dir(run_id, create=True) == folder


def test_artifact_dir_that_leads_outside_is_refused(store, tmp_path):
    run_id = store.add_run(make_spec())
    store.artifact_root.mkdir()
    (store.artifact_root / store.run(run_id).uuid).symlink_to(tmp_path)

    with pytest.raises(StoreError, match="outside"):
        store.artifact_dir(run_id, create=True)


def test_artifact_dir_that_cannot_be_made_is_one_error(store):
    run_id = store.add_run(make_spec())
    store.artifact_root.write_text("a file")

    with pytest.raises(StoreError, match="cannot make the folder"):
        store.artifact_dir(run_id, create=True)


def test_table_definitions_are_saved_by_name(store):
    definition = TableDefinition(name="baselines", columns=(ColumnChoice(key="top1"),), where="dataset = digits")
    store.saved_tables.save(definition)
    store.saved_tables.save(definition.model_copy(update={"title": "Base"}))
    store.saved_tables.save(definition.model_copy(update={"name": "a"}))

    assert store.table("baselines").title == "Base"
    assert [table.name for table in store.saved_tables.all()] == ["a", "baselines"]
    with pytest.raises(NotFoundError, match="did you mean baselines"):
        store.table("baseline")


def test_table_of_a_newer_form_is_one_error(store):
    store.saved_tables.save(TableDefinition(name="a", columns=(ColumnChoice(key="top1"),)))
    with store._database.writing() as connection:
        connection.execute(sa.text("UPDATE tables SET definition_json = '{}'"))

    with pytest.raises(StoreError, match="table 'a' cannot be read"):
        store.saved_tables.all()


def test_change_token_changes_with_own_and_others_writes_only(store, database_url):
    run_id = store.add_run(make_spec())
    tokens = [store.change_token()]
    store.runs()
    assert store.change_token() == tokens[0]

    store.edits.set_note(run_id, "own")
    tokens.append(store.change_token())
    with Store.open(database_url) as other:
        other.edits.set_note(run_id, "another's")
    tokens.append(store.change_token())

    assert len(set(tokens)) == 3


def test_snapshot_does_not_change_with_later_writes(store):
    run_id = running(store)
    before = store.run(run_id)

    store.record(run_id, epoch(1))

    assert (before.results.epochs_done, store.run(run_id).results.epochs_done) == (0, 1)


def test_read_only_store_reads_and_does_not_write(store, database_url):
    run_id = store.add_run(make_spec())

    with Store.open(database_url, is_read_only=True) as reader:
        assert reader.run(run_id) == store.run(run_id)
        assert reader.url == store.url
        with pytest.raises(StoreError, match="reading only"):
            reader.heartbeat(run_id)


def test_unknown_run_has_no_epochs(store):
    with pytest.raises(NotFoundError, match="no run 5"):
        store.epochs(5)


def test_artifacts_lie_beside_the_database(sqlite_url, tmp_path):
    with Store.open(sqlite_url) as store:
        assert store.artifact_root == tmp_path / "runs.artifacts"


def test_accuracy_in_percent_is_refused_by_the_database(store):
    run_id = running(store)

    with pytest.raises(StoreError, match=r"refused a value|cannot be used"):
        store.record(run_id, epoch(1, top1=82.85))

    assert store.epochs(run_id) == []
    assert Path(store.artifact_root).is_absolute()
