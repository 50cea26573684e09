"""Connect Health's alerts: the most important ones as plain text, the others counted. Pure, total.

Shape: Azure/azure-rest-api-specs `Microsoft.ADHybridHealthService/stable/2014-01-01`, `Alert`. No
alert is dropped because of its name: the names are not a published list, and their wording changes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from shared.domain.pair.readings import MAX_ALERTS, MAX_NAME, AlertLevel, HealthAlert
from shared.sources.failures import of_connect_health, unusable
from shared.sources.health_items import identity, nothing_usable, stand_in
from shared.sources.json_values import objects, word_of
from shared.sources.plain_text import from_html
from shared.sources.times import time_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from shared.domain.readings import Unavailable

MAX_REMEDIATION: Final = 300
_SHORT_NAME: Final = 64
_NAMES: Final = ("alertId", "displayName", "shortName")
_LEVELS: Final = {
    "error": AlertLevel.ERROR,
    "warning": AlertLevel.WARNING,
    "prewarning": AlertLevel.PRE_WARNING,
}
_SERIOUS: Final = tuple(AlertLevel)  # in the order of the class: errors first
_PAST: Final = datetime(1, 1, 1, tzinfo=UTC)
_FUTURE: Final = datetime(9999, 12, 31, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Alerts:
    """Alerts of one state.

    Attributes:
        kept: At most `MAX_ALERTS`.
        left_out: How many more there are.
    """

    kept: tuple[HealthAlert, ...]
    left_out: int


def active_alerts(items: Sequence[object], names: Mapping[str, str]) -> Alerts | Unavailable:
    """The active alerts, errors first, then the oldest.

    Args:
        items: The answer to `alerts?state=Active`; one without a state is active.
        names: The servers' names by `serviceMemberId` in lower case.
    """
    found = _usable(items)
    if nothing_usable(items, found):
        return unusable(of_connect_health("the active alerts"), "none has an id or a name")
    rows = {key: row for key, row in found.items() if _is_active(row, unsaid=True)}

    def first(row: Mapping[str, Any]) -> tuple[int, datetime]:
        return _SERIOUS.index(_level(row)), time_of(row.get("createdDate")) or _FUTURE

    kept = sorted(rows.items(), key=lambda each: first(each[1]))[:MAX_ALERTS]
    alerts = tuple(_alert(key, row, names, active=True) for key, row in kept)
    return Alerts(alerts, len(rows) - len(alerts))


def resolved_alerts(items: Sequence[object], names: Mapping[str, str]) -> Alerts | Unavailable:
    """The resolved alerts, the newest first: every state but `Active` is a resolved one.

    Args:
        items: The answer to `alerts?state=Resolved`.
        names: The servers' names by `serviceMemberId` in lower case.
    """
    found = _usable(items)
    if nothing_usable(items, found):
        return unusable(of_connect_health("the resolved alerts"), "none has an id or a name")
    rows = {key: row for key, row in found.items() if not _is_active(row, unsaid=False)}

    def changed(row: Mapping[str, Any]) -> datetime:
        times = (
            time_of(row.get(field)) for field in ("resolvedDate", "lastUpdated", "createdDate")
        )
        return next((at for at in times if at is not None), _PAST)

    kept = sorted(rows.items(), key=lambda each: changed(each[1]), reverse=True)[:MAX_ALERTS]
    alerts = tuple(_alert(key, row, names, active=False) for key, row in kept)
    return Alerts(alerts, len(rows) - len(alerts))


def _usable(items: Sequence[object]) -> dict[str, dict[str, Any]]:
    """The items that are alerts, by their id; one without a usable id gets a stable one."""
    found: dict[str, dict[str, Any]] = {}
    for each in objects(items):
        if any(isinstance(each.get(name), str) and each[name] for name in _NAMES):
            parts = [each.get(name) for name in (*_NAMES, "serviceMemberId")]
            found.setdefault(identity(each.get("alertId")) or stand_in(*parts), each)
    return found


def _is_active(row: Mapping[str, Any], *, unsaid: bool) -> bool:
    state = row.get("state")
    return word_of(state) == "active" if isinstance(state, str) else unsaid


def _level(row: Mapping[str, Any]) -> AlertLevel:
    return _LEVELS.get(word_of(row.get("level")), AlertLevel.ERROR)


def _alert(
    key: str, row: Mapping[str, Any], names: Mapping[str, str], *, active: bool
) -> HealthAlert:
    member = identity(row.get("serviceMemberId")) or ""
    short = from_html(row.get("shortName"), _SHORT_NAME)
    return HealthAlert(
        id=key,
        name=from_html(row.get("displayName"), MAX_NAME) or short or "alert without a name",
        short_name=short,
        level=_level(row),
        active=active,
        member_id=member,
        server=names.get(member.casefold(), ""),
        created_at=time_of(row.get("createdDate")),
        updated_at=time_of(row.get("lastUpdated")),
        # of an active alert it is left over from an earlier time, or made up (Microsoft's sample)
        resolved_at=None if active else time_of(row.get("resolvedDate")),
        # what is over needs no remedy
        remediation=from_html(row.get("remediation"), MAX_REMEDIATION) if active else "",
    )
