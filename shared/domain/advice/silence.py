"""Whether every server fell silent at once: the site, its network or its directory is down.

One dead server beside another that died long before is no outage of the site, so the last signs
of life must lie together.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from shared.domain.pair.readings import server_key
from shared.domain.pair.report import CheckName, Outcome
from shared.domain.verdicts import Verdict

if TYPE_CHECKING:
    from datetime import datetime

    from shared.domain.advice.case import AdviceCase
    from shared.domain.pair.readings import HealthMember
    from shared.domain.pair.report import ServerReport

AT_ONCE: Final = timedelta(minutes=45)
"""So far apart may the last signs of life of servers be that went down together: uploads come
every 30 minutes (how-to-connect-health-data-freshness), and one may be late."""


def all_silent(case: AdviceCase) -> bool:
    """Whether every server is shown to have fallen silent, and all of them at about one time.

    Each standby's check `SEEN` failed, or its newest upload, like the active server's, was older
    than `silent_after` when Connect Health was read, at most `EVIDENCE_LASTS` ago.

    Args:
        case: The tick.
    """
    if not case.silent or not case.all_listed or not case.standbys:
        return False
    if len(case.standbys) + (case.active is not None) < 2:  # noqa: PLR2004 - one is no pair
        return False
    active = case.active.member if case.active else None
    if active is not None and _uploaded_lately(case, active):
        return False
    return all(_unseen(case, each) for each in case.standbys) and _at_once(case)


def _unseen(case: AdviceCase, standby: ServerReport) -> bool:
    """Whether Connect Health shows that a standby is not seen either."""
    if case.lively(standby.seen_at):
        return False
    seen = (check for check in standby.checks if check.name is CheckName.SEEN)
    if any(check.outcome is Outcome.FAIL for check in seen):
        return True
    member = _member(case, standby)
    if member is None or member.disabled or member.uploaded_at is None:
        return False
    return not _uploaded_lately(case, member)


def _uploaded_lately(case: AdviceCase, member: HealthMember) -> bool:
    """Whether it uploaded within `silent_after` of the read: what came later, nobody looked at."""
    read_at, uploaded_at = case.view.readings.connect_health.read_at, member.uploaded_at
    if read_at is None or uploaded_at is None:
        return False
    return read_at - uploaded_at <= case.view.silent_after


def _at_once(case: AdviceCase) -> bool:
    """Whether the last signs of life lie together; a server never seen did not fall silent."""
    times = [_last_sign(case, each) for each in case.standbys]
    silence = case.found(Verdict.SERVER_SILENT)
    if silence is None:
        return False
    seen_at = case.active.seen_at if case.active else None
    times.append(max(seen_at, silence.since) if seen_at else silence.since)
    known = [time for time in times if time is not None]
    return len(known) == len(times) and max(known) - min(known) <= AT_ONCE


def _last_sign(case: AdviceCase, standby: ServerReport) -> datetime | None:
    member = _member(case, standby)
    times = (standby.seen_at, member.uploaded_at if member else None)
    return max((time for time in times if time is not None), default=None)


def _member(case: AdviceCase, standby: ServerReport) -> HealthMember | None:
    key = server_key(standby.name)
    named = (each for each in case.roles.servers if server_key(each.name) == key)
    return next((each.member for each in named if each.member is not None), None)
