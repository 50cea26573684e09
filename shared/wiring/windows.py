"""The maintenance windows of the setting, as the use cases want them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared import recurrence
from shared.domain.maintenance.rule import WrongWindowError

if TYPE_CHECKING:
    from shared.domain.maintenance.window import Window
    from shared.settings import Settings
    from shared.settings.maintenance import MaintenanceWindow


def check_window(window: MaintenanceWindow, zone: str) -> tuple[str, str] | None:
    """None when it can be announced, else what is wrong and what would be right."""
    try:
        _window(window, zone, 1)
    except WrongWindowError as wrong:
        return wrong.what, wrong.right
    return None


def windows_of(settings: Settings) -> tuple[Window, ...]:
    """The windows of the setting; `setting-1` is the first."""
    zone = settings.time_zone.key
    return tuple(_window(each, zone, n) for n, each in enumerate(settings.maintenance, start=1))


def _window(window: MaintenanceWindow, zone: str, number: int) -> Window:
    return recurrence.new_window(
        window.start,
        window.lasts,
        zone,
        id=f"setting-{number}",
        rule=window.rule,
        title=window.title,
        via="setting",
    )
