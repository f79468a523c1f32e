"""Runs that recorded this package under its former name compare with those that recorded the present one."""

from expdb.domain.own_package import DISTRIBUTION, comparable_packages
from expdb.domain.run import Environment
from expdb.launch.environment import collect_environment
from expdb.report.compare.recorded_differences import Difference, recorded_differences
from expdb.report.compare.reproduction import changes_since
from expdb.report.compare.side_by_side import environment_table, single_group
from tests.factories import make_run

COMMIT = "a" * 40
BEFORE = Environment(git_commit=COMMIT, packages={"expdb": "0.1.0", "torch": "2.13.0"})
NOW = Environment(git_commit=COMMIT, packages={DISTRIBUTION: "0.1.0", "torch": "2.13.0"})
LATER = Environment(git_commit=COMMIT, packages={DISTRIBUTION: "0.2.0", "torch": "2.13.0"})


def test_a_run_records_its_package_under_the_present_name(tmp_path):
    assert {DISTRIBUTION, "expdb"} & set(collect_environment(["expdb"], folder=tmp_path).packages) == {DISTRIBUTION}


def test_the_new_name_alone_is_no_change_and_a_new_version_is_one():
    assert changes_since(BEFORE, NOW) == []
    assert changes_since(BEFORE, LATER) == ["packages: image-expdb 0.2.0 (then 0.1.0)"]


def test_the_new_name_alone_is_no_difference_between_runs():
    before, now, later = (make_run(environment=environment) for environment in (BEFORE, NOW, LATER))

    assert recorded_differences(before, now) == []
    assert recorded_differences(before, later) == [Difference("package image-expdb", "0.1.0", "0.2.0")]


def test_the_new_name_alone_is_the_same_environment_side_by_side():
    before, now, later = (single_group(make_run(environment=environment)) for environment in (BEFORE, NOW, LATER))

    table, same = environment_table([before, now])
    assert table.rows == ()
    assert {DISTRIBUTION, "torch"} <= set(same)
    assert len(environment_table([before, later])[0].rows) == 1


def test_another_package_that_has_the_former_name_stays_itself():
    both = {"expdb": "1.0", DISTRIBUTION: "0.1.0"}

    assert comparable_packages(both) == both
