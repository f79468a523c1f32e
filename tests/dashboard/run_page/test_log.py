"""The end of its log on the page of a run."""

from expdb.launch.write_log import LogFile
from expdb.store.store import Store
from tests.dashboard.opened import open_page


def headings(app):
    return [element.value for element in app.subheader]


def write_log(url, run_id, lines):
    with Store.open(url) as store:
        LogFile(store.artifact_dir(run_id, create=True)).write(lines)


def test_the_last_lines_of_the_log_are_shown_as_they_are(measured):
    write_log(measured, 4, [*map(str, range(100)), "<script>alert(1)</script> :red[no] \x1b[31m```"])

    app = open_page("views/run.py", run="4")

    assert headings(app)[0] == "Log"
    lines = app.code[0].value.splitlines()
    assert len(lines) == 50
    assert lines[-1].endswith(" <script>alert(1)</script> :red[no] ```")
    assert "Download .txt" in [button.proto.label for button in app.get("download_button")]


def test_the_log_of_a_running_run_is_shown(measured):
    write_log(measured, 1, ["run 1: resnet_mini"])

    assert open_page("views/run.py", run="1").code[0].value.endswith("run 1: resnet_mini")


def test_a_run_without_a_log_has_no_such_part(measured):
    assert "Log" not in headings(open_page("views/run.py", run="4"))


def test_a_link_in_place_of_the_log_is_not_followed_but_said(measured, tmp_path):
    (tmp_path / "secret").write_text("of somebody else")
    with Store.open(measured) as store:
        log = store.artifact_dir(4, create=True) / "log.txt"
    log.symlink_to(tmp_path / "secret")

    app = open_page("views/run.py", run="4")

    assert "Log" not in headings(app)
    [warning] = [element.value for element in app.warning]
    assert "symbolic link" in warning
    assert "of somebody else" not in str([element.value for element in (*app.code, *app.markdown, *app.text)])


def test_a_log_that_cannot_be_read_is_not_shown(measured):
    with Store.open(measured) as store:
        (store.artifact_dir(4, create=True) / "log.txt").mkdir()

    assert "Log" not in headings(open_page("views/run.py", run="4"))
