"""What `--heading` and `--headings` make of a command line."""

import pytest

from expdb.cli.heading_options import vocabulary_of
from expdb.errors import SpecError
from expdb.report.written.reading.heading import read_heading
from expdb.report.written.reading.vocabulary import default_vocabulary


def test_without_options_the_words_are_ours():
    assert vocabulary_of(None, None) is default_vocabulary()


def test_words_of_the_command_line_win_over_those_of_a_file(tmp_path):
    file = tmp_path / "mine.toml"
    file.write_text("[quantities.top5]\nen = ['score']\n[quantities.lr]\nen = ['rate']\n", encoding="utf-8")
    vocabulary = vocabulary_of(["Score=top1"], [file])

    assert read_heading("Score (%)", vocabulary).key == "top1"
    assert read_heading("Rate", vocabulary).key == "lr"


def test_a_byte_order_mark_is_no_error(tmp_path):
    file = tmp_path / "mine.toml"
    file.write_text("[quantities.top5]\nen = ['score']\n", encoding="utf-8-sig")

    assert read_heading("Score", vocabulary_of(None, [file])).key == "top5"


def test_a_bad_file_or_word_is_said_in_one_line(tmp_path):
    (tmp_path / "bytes.toml").write_bytes(b"# \xff")
    with pytest.raises(SpecError, match=r"cannot read .*none\.toml.*: No such file"):
        vocabulary_of(None, [tmp_path / "none.toml"])
    with pytest.raises(SpecError, match=r"it is no UTF-8 text \(line 1, byte 0xff\)"):
        vocabulary_of(None, [tmp_path / "bytes.toml"])
    with pytest.raises(SpecError, match="did you mean top1"):
        vocabulary_of(["x=top11"], None)
