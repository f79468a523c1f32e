import os
import shlex
import sys
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from expdb.domain.masking.mask import has_secret, mask_command, mask_secrets, mask_values
from tests.domain.masking.forms import FORMS, PLAIN

SECRET = "Zq7Canary5Xw"


@pytest.fixture(autouse=True)
def _nothing_given(monkeypatch: pytest.MonkeyPatch) -> None:
    """The words and variables of whoever runs the tests are not the tests'."""
    monkeypatch.setattr(sys, "argv", ["expdb"])
    for name in os.environ:
        monkeypatch.delenv(name)


@pytest.mark.parametrize("form", FORMS)
def test_secret_is_masked_in_every_form(form: str):
    text = form.format(SECRET)

    masked = mask_secrets(text)

    assert SECRET not in masked
    assert "***" in masked
    assert has_secret(text)
    assert mask_secrets(masked) == masked


@pytest.mark.parametrize("around", ["error: {} (see the log)", "+{}", "first\n{}\nlast", "    {}"])
def test_secret_is_masked_wherever_it_stands(around: str):
    for form in FORMS:
        masked = mask_secrets(around.format(form.format(SECRET)))
        left = [piece for piece in around.split("{}") if piece not in masked]
        # Inside a line nobody can know where a password with blanks ends, unless it is in quotes.
        assert SECRET not in masked or form == "password: two {} words", masked
        assert not left or "PRIVATE KEY" in form or form.startswith(("Authorization", "Cookie", "password: two")), (
            masked
        )


@pytest.mark.parametrize("text", PLAIN)
def test_what_is_no_secret_stays(text: str):
    assert mask_secrets(text) == text
    assert not has_secret(text)


@pytest.mark.parametrize(
    "word",
    [
        "postgresql://ann:two {} words@host/runs",
        "--db=postgresql://ann:two {} words@host/runs",
        "postgresql://ann@host/runs?password=two {} words",
        "token=two {} words",
        "optim.token=two {} words",
        "--api-key=two {} words",
        "password: two {} words",
        "--note=password: two {} words",
        "WANDB_API_KEY=two {} words",
        *FORMS,
    ],
)
def test_word_of_a_command_line_is_masked_whole(word: str):
    command = mask_command(["expdb", "run", word.format(SECRET), "--epochs", "5"])

    assert SECRET not in command
    assert shlex.split(command)[:2] + shlex.split(command)[-2:] == ["expdb", "run", "--epochs", "5"]


def test_option_and_its_secret_may_be_two_words():
    words = ["expdb", "--password", f"two {SECRET}", "--hub-token", SECRET, "--epochs", "5", "--num-tokens", "12"]

    assert shlex.split(mask_command(words)) == [
        *("expdb", "--password", "***", "--hub-token", "***", "--epochs", "5", "--num-tokens", "12")
    ]


def test_what_the_process_was_given_as_a_secret_is_masked_alone(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("WANDB_API_KEY", "fromTheEnvironment")
    monkeypatch.setenv("EXPDB_URL", "postgresql://ann:in%40Address@host/runs")
    monkeypatch.setenv("HTTPS_PROXY", "http://ann:ofTheProxy@host")
    monkeypatch.setattr(
        sys, "argv", ["expdb", "run", "--password", "asAWord of its own", "--set", "x.token=ofASetting"]
    )

    masked = mask_secrets(
        "fromTheEnvironment in@Address in%40Address ofTheProxy asAWord of its own ofASetting, and more"
    )

    assert masked == "*** *** *** *** *** ***, and more"
    assert mask_secrets("fromTheEnvironments") == "fromTheEnvironments"


def test_values_are_masked_wherever_they_stand():
    assert mask_values("no, hunter2! xhunter2x", ["hunter2", ""]) == "no, ***! x***x"


@given(st.text(alphabet="ab1 \n:=/@?&#'\"\\*-_.;,{}", max_size=60) | st.sampled_from(FORMS))
def test_masking_twice_changes_nothing_that_is_known_to_be_masked(text: str):
    once = mask_secrets(f"password='{SECRET}' {text}")

    assert SECRET not in once
    assert SECRET not in mask_secrets(once)


@pytest.mark.parametrize(
    "piece",
    [
        "a",
        "a ",
        "a://",
        "'",
        "password:",
        "ab-",
        "sk-",
        "eyJ",
        "x=",
        "--token ",
        "-----BEGIN PRIVATE KEY-----",
        " \t",
        "a:b@",
    ],
)
def test_time_grows_with_the_text_alone(piece: str):
    """Twenty times the text takes about twenty times as long; where it took the square, this would be 400."""

    def seconds(num_letters: int) -> float:
        text = piece * (num_letters // len(piece))
        begin = process_time()
        mask_secrets(text)
        return process_time() - begin

    short = min(seconds(20_000) for _ in range(3))
    assert seconds(400_000) < 120 * short
