"""What people may call things: checked where it comes in, so that every back end can store and print it."""

from collections.abc import Iterable

import sqlalchemy as sa

from expdb.domain.masking.mask import mask_secrets
from expdb.errors import SpecError
from expdb.store.tables import runs

MAX_LABEL = 255
MAX_NOTE = 10_000


def label(kind: str, value: str) -> str:
    """Return a group or tag without surrounding blanks, secrets in it masked.

    Raises:
        SpecError: it is empty, too long, or not printable.
    """
    text = mask_secrets(value.strip())
    if not text:
        raise SpecError(f"{kind} {value!r} is empty")
    if len(text) > MAX_LABEL:
        raise SpecError(f"{kind} {text[:20]!r}… has {len(text)} characters: use at most {MAX_LABEL}")
    if not text.isprintable():
        raise SpecError(f"{kind} {text!r} is not printable text")
    return text


def tags(values: Iterable[str]) -> set[str]:
    """Return tags without surrounding blanks. Raises SpecError like `label`."""
    return {label("tag", value) for value in values}


def run_name(value: str) -> str:
    """Return a run's name without surrounding blanks.

    Raises:
        SpecError: it is empty, too long, not printable, or could be taken for an id.
    """
    text = label("name", value)
    if text.isdigit():
        raise SpecError(f"name {text!r} would be taken for an id: add a letter")
    return text


def refuse_taken_name(connection: sa.Connection, name: str | None, *, but: int | None = None) -> None:
    """Raise SpecError if a run other than `but` has the name, be it a removed one."""
    if name is None:
        return
    owner = connection.execute(sa.select(runs.c.id, runs.c.removed_at).where(runs.c.name == name)).one_or_none()
    if owner is None or owner.id == but:
        return
    hint = "" if owner.removed_at is None else f", which was removed and keeps it (expdb restore {owner.id})"
    raise SpecError(f"name {name!r} is taken by run {owner.id}{hint}: choose another")


def note(value: str | None) -> str | None:
    """Return a note, secrets in it masked; None for an empty one.

    Raises:
        SpecError: it is too long, or not text.
    """
    text = mask_secrets((value or "").strip())
    if len(text) > MAX_NOTE:
        raise SpecError(f"the note has {len(text)} characters: use at most {MAX_NOTE}")
    if not all(character.isprintable() or character in "\n\t" for character in text):
        raise SpecError(f"the note {text[:40]!r} is not printable text")
    return text or None


def storable(value: str | None) -> str | None:
    """Return machine-made text (a command line, a traceback) with what no database takes written as escapes."""
    if value is None:
        return None
    return value.encode("utf-8", "backslashreplace").decode("utf-8").replace("\0", "\\x00")
