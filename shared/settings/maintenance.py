"""Reads `WATCHDOG_MAINTENANCE`: announced windows, each on the wall of `WATCHDOG_TIME_ZONE`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, Protocol

from shared.settings.parsers import duration, label
from shared.settings.types import WrongValueError, shown

if TYPE_CHECKING:
    from shared.settings import Settings
    from shared.settings.rules import Report

NAME: Final = "WATCHDOG_MAINTENANCE"
MOST: Final = 20
"""Windows of the setting: every tick looks at each."""

_LENGTH: Final = duration("PT5M", "P7D")
# A rule and a title may hold ; so a window begins only where a date follows.
_NEXT: Final = re.compile(r";\s*(?=[0-9]{4}-[0-9]{2}-[0-9]{2}T)")
_WINDOW: Final = re.compile(r"(\S+) (\S+)(?: ([A-Za-z]+=\S*))?(?: (.+))?")
_TIME: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}")
_RIGHT: Final = (
    "local start, length and, if it repeats, an RFC 5545 rule, then a title; windows are separated "
    "by ; such as 2026-12-06T22:00 PT4H FREQ=MONTHLY;BYDAY=1SU Patch night"
)


@dataclass(frozen=True, slots=True)
class MaintenanceWindow:
    """One window as it stands in the setting; whether its rule is right is asked later.

    Attributes:
        start: When it begins first, on the wall of the settings' time zone, as written.
        lasts: How long.
        rule: RFC 5545; "" for once.
        title: What it is for.
    """

    start: str
    lasts: timedelta
    rule: str = ""
    title: str = ""


class ChecksWindow(Protocol):
    """Judges one window: `shared.wiring.windows.check_window`."""

    def __call__(self, window: MaintenanceWindow, zone: str, /) -> tuple[str, str] | None:
        """None when it can be announced, else what is wrong and what would be right."""


def windows(value: str) -> tuple[MaintenanceWindow, ...]:
    """The windows of the setting."""
    items = [item for each in _NEXT.split(value) if (item := " ".join(each.split()).rstrip("; "))]
    if len(items) > MOST:
        raise WrongValueError(f"holds {len(items)} windows", f"at most {MOST}; remove past ones")
    return tuple(_window(item) for item in items)


def _window(item: str) -> MaintenanceWindow:
    match = _WINDOW.fullmatch(item)
    if match is None or not _is_time(match[1]):
        raise WrongValueError(f"holds {shown(item)}", _RIGHT)
    title = match[4] or ""
    return MaintenanceWindow(match[1], _LENGTH(match[2]), match[3] or "", label(title))


def _is_time(text: str) -> bool:
    try:
        return bool(_TIME.fullmatch(text) and datetime.fromisoformat(text))
    except ValueError:
        return False


def check_with(check: ChecksWindow, settings: Settings, report: Report) -> None:
    """Ask whoever evaluates rules about each window, and name the first that is wrong."""
    if not report.fine(NAME, "WATCHDOG_TIME_ZONE"):
        return
    for number, window in enumerate(settings.maintenance, start=1):
        fault = check(window, settings.time_zone.key)
        if fault is not None:
            report.add(NAME, f"window {number} {fault[0]}", fault[1])
            return
