"""`mask_secrets`: the one rule by which passwords, tokens and keys leave a text that is recorded or printed.

What is found becomes `***`: addresses, command lines and settings are taken apart, and what has a secret's name or form
is masked; and so is what this process was given as one, by its command line or environment, wherever that stands.
"""

import os
import re
import shlex
import sys
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from expdb.domain.masking.addresses import Span, as_spoken, secrets_in_addresses, secrets_of_address, secrets_of_word
from expdb.domain.masking.key_forms import keys_by_form
from expdb.domain.masking.named_values import named_in_word, named_secrets
from expdb.domain.masking.names import is_plain, kind_of_name

MASK = "***"

_LEAST_LETTERS = 8  # of a secret that is looked for wherever it stands: a shorter one may be any word


def mask_secrets(text: str) -> str:
    """Return a text with all secrets in it masked; one without any comes back as it is.

    >>> mask_secrets("--db postgresql://ann:s3cret@host/runs?sslpassword=too")
    '--db postgresql://ann:***@host/runs?sslpassword=***'
    """
    return _masked(text, [*_secrets_in(text), *_places(text, given_secrets())])


def mask_values(text: str, values: Iterable[str]) -> str:
    """Return a text with secrets masked, also these, wherever they stand."""
    return mask_secrets(_masked(text, [*_places(text, {value for value in values if value}, may_be_inside=True)]))


def mask_command(words: Sequence[str]) -> str:
    """Return a command line to copy, its secrets masked. A word is taken as a whole, with the blanks in it."""
    masked = [_masked(word, [*_secrets_in_word(word)]) for word in words]
    for index in _indexes_of_values(words):
        masked[index] = MASK
    line = shlex.join(masked)
    return _masked(line, [*_places(line, given_secrets())])


def mask_address(address: str) -> str:
    """Return an address, or what was given in place of one, with its passwords and tokens masked."""
    return _masked(address, [*(secrets_of_address(address) if "://" in address else _secrets_in(address))])


def has_secret(text: str) -> bool:
    """Whether a text holds what looks like a secret, whatever this process was given."""
    return any(text[start:end] not in ("", MASK) for start, end in _secrets_in(text))


def given_secrets() -> set[str]:
    """Return the secrets in this process's command line and environment variables."""
    words = sys.argv[1:]
    found = {words[index] for index in _indexes_of_values(words)}
    for word in words:
        found |= {word[start:end] for start, end in _secrets_in_word(word)}
    for name, value in os.environ.items():
        kind = kind_of_name(name)
        if kind != "never" and not is_plain(kind, value) and not value.startswith(("/", "~")):
            found.add(value)
        elif "://" in value:
            found |= {value[start:end] for start, end in secrets_of_address(value)}
    return {spoken for secret in found for spoken in as_spoken(secret) if len(spoken) >= _LEAST_LETTERS}


def _secrets_in(text: str) -> Iterator[Span]:
    yield from secrets_in_addresses(text)
    yield from named_secrets(text)
    yield from keys_by_form(text)


def _secrets_in_word(word: str) -> Iterator[Span]:
    yield from secrets_of_word(word)
    yield from named_in_word(word)
    yield from _secrets_in(word)


def _indexes_of_values(words: Sequence[str]) -> Iterator[int]:
    """Return which words are what the option before them is given, and secrets: `--password WORD`."""
    for index, (option, value) in enumerate(pairwise(words), start=1):
        is_secret = option.startswith("-") and "=" not in option and kind_of_name(option) != "never"
        if is_secret and not value.startswith("--") and not is_plain("perhaps", value):
            yield index


def _places(text: str, secrets: Iterable[str], *, may_be_inside: bool = False) -> Iterator[Span]:
    """Return where secrets stand, each as a word of its own."""
    for secret in secrets:
        if secret in text:
            before, after = ("", "") if may_be_inside else (r"(?<!\w)", r"(?!\w)")
            yield from (match.span() for match in re.finditer(before + re.escape(secret) + after, text))


def _masked(text: str, spans: Sequence[Span]) -> str:
    parts, done = [], 0
    for start, end in sorted(spans):
        if end <= max(start, done) or text[start:end] == MASK:
            continue
        if start >= done:
            parts += [text[done:start], MASK]
        done = end
    return "".join([*parts, text[done:]])
