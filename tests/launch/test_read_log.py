from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from expdb.launch.read_log import log_tail, read_log, tail_offset


def write(folder: Path, data: bytes) -> Path:
    path = folder / "log.txt"
    path.write_bytes(data)
    return path


@given(lines=st.lists(st.text("ab é", max_size=30), max_size=20), num_lines=st.integers(1, 25))
def test_the_tail_is_the_last_lines(tmp_path_factory, lines: list[str], num_lines: int):
    path = write(tmp_path_factory.mktemp("tail"), "".join(f"{line}\n" for line in lines).encode())

    assert log_tail(path, num_lines) == "".join(f"{line}\n" for line in lines[-num_lines:])


def test_no_number_of_lines_is_the_whole_log(tmp_path: Path):
    path = write(tmp_path, b"1\n2\n3\n")

    assert read_log(path, tail_offset(path, 0)) == ("1\n2\n3\n", 6)


def test_the_end_of_a_huge_log_is_read_alone(tmp_path: Path):
    path = write(tmp_path, b"")
    with path.open("r+b") as file:
        file.seek(1 << 40)  # a hole: the file takes no room
        file.write(b"\nlast but one\nlast\n")

    assert log_tail(path, 2) == "last but one\nlast\n"


def test_lines_that_are_too_long_to_look_through_are_left_out(tmp_path: Path):
    path = write(tmp_path, b"x" * 100_000 + b"\nlast\n")

    assert log_tail(path, 2) == "last\n"


def test_reading_goes_on_after_whole_lines(tmp_path: Path):
    path = write(tmp_path, b"one\ntw")
    text, offset = read_log(path, 0)
    assert (text, offset) == ("one\n", 4)

    write(tmp_path, b"one\ntwo\n")

    assert read_log(path, offset) == ("two\n", 8)
    assert read_log(path, 8) == ("", 8)
    assert read_log(path, 0, max_bytes=6) == ("one\n", 4)


def test_what_could_drive_a_terminal_is_taken_out(tmp_path: Path):
    path = write(tmp_path, "\x1b[31mred\x1b[0m\x07 \x1b]0;title\x07\r\n\u202eévil\t한\n".encode() + b"\xff\n")

    assert log_tail(path, 3) == "red ]0;title\névil\t한\n\ufffd\n"
