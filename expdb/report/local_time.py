"""A time as its reader's clock shows it."""

from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


def in_zone(moment: datetime, zone: str | None) -> str:
    """Return a time in a zone of the IANA database, to the second; in UTC where the zone is not known."""
    try:
        local = moment.astimezone(ZoneInfo(zone or "UTC"))
    except (ZoneInfoNotFoundError, ValueError):
        local = moment.astimezone(ZoneInfo("UTC"))
    return f"{local:%Y-%m-%d %H:%M:%S} {local.tzname()}"
