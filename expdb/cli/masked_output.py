"""What Python itself prints on stderr while a command runs, warnings, logs and tracebacks: without secrets."""

import logging
import sys
import traceback
import warnings
from types import TracebackType

from expdb.cli.output import printed_text
from expdb.domain.masking.mask import mask_secrets
from expdb.errors import TrainingWarning

_format_warning = warnings.formatwarning


def mask_warnings() -> None:
    """Mask the secrets in all warnings and log records from now on."""
    warnings.formatwarning = _masked_warning
    logging.setLogRecordFactory(_masked_record)


def _masked_warning(
    message: Warning | str, category: type[Warning], filename: str, lineno: int, line: str | None = None
) -> str:
    if issubclass(category, TrainingWarning):  # which is for users: where in the code it came up does not help them
        return f"warning: {printed_text(str(message))}\n"
    return mask_secrets(_format_warning(message, category, filename, lineno, line))


def _masked_record(*args: object, **kwargs: object) -> logging.LogRecord:
    record = logging.LogRecord(*args, **kwargs)  # type: ignore[arg-type] # as logging hands them over
    try:
        text = record.getMessage()
    except Exception:  # noqa: BLE001 - whoever prints it says so
        return record
    masked = mask_secrets(text)
    if masked != text:
        record.msg, record.args = masked, None
    return record


def print_traceback(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Print a traceback as Python does, its secrets masked."""
    sys.stderr.write(mask_secrets("".join(traceback.format_exception(kind, error, trace))))
