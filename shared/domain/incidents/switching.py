"""While somebody is switching over: what a sign of life of the tenant proves, and what not.

Promoting the standby moves the tenant's times before it can be shown which server moved them: the
new one syncs passwords at once, and its first export is seen later. Read as a sign of life of the
old server, that would withdraw "fail over" from the very person who is at it.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from shared.domain.verdicts import Kind

if TYPE_CHECKING:
    from datetime import datetime

    from shared.domain.incidents.incident import Incident
    from shared.domain.verdicts import Evidence

SWITCH_TAKES: Final = timedelta(hours=1)
"""So long "I am switching over now" is believed: theory says 5 minutes, practice 15 to 30."""


def under_way(incident: Incident, at: datetime) -> bool:
    """Whether somebody said so within the hour, and no other server was shown to export since."""
    since = incident.switching_at
    if incident.kind is not Kind.SYNC or since is None or incident.switched_at is not None:
        return False
    return timedelta(0) <= at - since < SWITCH_TAKES


def proves_nothing(incident: Incident, evidence: Evidence, at: datetime) -> bool:
    """Whether milder evidence may be the new server's: it says nothing about the old one.

    A sign of life that is the old server's own, from after the switch was begun, counts.
    """
    if not under_way(incident, at) or incident.switching_at is None:
        return False
    return evidence.alive_at is None or evidence.alive_at <= incident.switching_at
