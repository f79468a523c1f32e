"""A run that nobody has queued yet, and the counted sizes of presets."""

from expdb.catalog.model_aliases import ALIASES
from expdb.catalog.preset_sizes import PresetSize, preset_sizes
from expdb.catalog.promoted import planned_run, promoted
from expdb.domain.codec import group_digest
from tests.factories import make_spec


def test_a_planned_run_says_what_its_spec_says_and_nothing_measured():
    spec = make_spec(optim__lr=0.5, epochs=7, schedule__name="multistep", schedule__milestones=[2, 4])

    run = planned_run(spec)

    assert (run.id, run.status, run.kind, run.results.epochs_done) == (0, "queued", "measured", 0)
    assert (run.dataset, run.model, run.fields["lr"], run.fields["epochs"], run.fields["milestones"]) == (
        "digits",
        "resnet_mini",
        0.5,
        7,
        "2:4",
    )
    assert (run.group_digest, run.spec) == (group_digest(spec), spec)
    assert (run.results.top1, run.results.num_params, run.machine.device_name, run.results.train_seconds) == (
        None,
        None,
        None,
        None,
    )


def test_what_a_spec_decides_are_fields_of_a_run():
    spec = make_spec()

    assert all(planned_run(spec).fields[field] == value for field, value in promoted(spec).items())


def test_every_preset_was_counted():
    assert preset_sizes().keys() == ALIASES.keys()
    assert preset_sizes()["senet50"] == PresetSize(version=1, num_params=26_236_244, mmacs=1300.5, grid=(4, 4))
    assert {name: size.version for name, size in preset_sizes().items()} == {
        name: alias.version for name, alias in ALIASES.items()
    }
