"""Sets the note of a run beside training: the database may keep whoever writes it waiting."""

import threading
from collections.abc import Callable
from contextlib import suppress

LAST_WAIT_SECONDS = 5.0


class NoteWriter:
    """Sets the newest note that it is given."""

    def __init__(self, set_note: Callable[[str], object], failed: Callable[[Exception], None]) -> None:
        """Take what sets a note, and what is called where that fails."""
        self._set_note, self._failed = set_note, failed
        self._newest: str | None = None
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()

    def put(self, text: str) -> None:
        """Set a note soon; returns at once."""
        with self._lock:
            self._newest = text
            if self._thread is None:
                self._thread = threading.Thread(target=self._serve, name="note", daemon=True)
                self._thread.start()

    def end(self) -> bool:
        """Wait a few seconds until the last note is set; return whether it is."""
        thread = self._thread
        if thread is not None:
            with suppress(RuntimeError):
                thread.join(LAST_WAIT_SECONDS)
        return self._thread is None

    def _serve(self) -> None:
        while True:
            with self._lock:
                text, self._newest = self._newest, None
                if text is None:
                    self._thread = None
                    return
            try:
                self._set_note(text)
            except Exception as error:  # noqa: BLE001 - whatever it is, training goes on
                self._failed(error)
