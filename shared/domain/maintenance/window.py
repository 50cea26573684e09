"""A maintenance window as it was announced, and the one that is on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

SHORTEST_WINDOW: Final = timedelta(minutes=5)
"""Shorter than this and no tick may fall into it."""

SHORTEST_PAUSE: Final = timedelta(minutes=15)
"""Between two times of a repeated window: in a shorter one there may be no tick to send a card."""

LONGEST_WINDOW: Final = timedelta(days=7)
"""Longer than this nobody is on maintenance; it bounds how long a card can wait."""

MAX_WINDOWS: Final = 20
"""Announced windows that are kept at once, those of the setting not counted."""


@dataclass(frozen=True, slots=True)
class Window:
    """One announced window, once or repeated.

    Attributes:
        id: Unique among the windows: lower-case letters, digits and hyphens.
        first: When it begins for the first time.
        lasts: How long each one lasts, in elapsed time.
        zone: The IANA name of the time zone by whose clock it repeats.
        rule: RFC 5545 recurrence rule without the prefix `RRULE:`; "" for once.
        title: What it is for; foreign text.
        by: Who announced it.
        via: From where: "page, signed in", "command line" or "setting".
        announced_at: When; None for one that stands in the setting.
        form: The form that announced it.
        ended_at: When a person ended it, early or all its repetitions; None while it stands.
        ended_by: Who did.
    """

    id: str
    first: datetime
    lasts: timedelta
    zone: str = "UTC"
    rule: str = ""
    title: str = ""
    by: str = ""
    via: str = ""
    announced_at: datetime | None = None
    form: str = ""
    ended_at: datetime | None = None
    ended_by: str = ""


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One time that a window is on, in UTC.

    Attributes:
        start: When it begins, included.
        end: When it ends, excluded.
        window: What was announced.
    """

    start: datetime
    end: datetime
    window: Window


@dataclass(frozen=True, slots=True)
class Maintenance:
    """What is on now.

    Attributes:
        until: When cards may be sent again: the end of the window, or of the last of several that
            follow each other without a gap.
        title: What the window is for; foreign text.
        window: The id of the window that ends last.
    """

    until: datetime
    title: str = ""
    window: str = ""
