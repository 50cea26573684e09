"""One realistic incident for each thing that a card can say: for lint, golden and render tests."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from shared.domain.cards.messages import Person, Presentation, check_message, incident_message
from shared.domain.incidents.incident import Incident, State
from shared.domain.incidents.notifications import Message
from shared.domain.verdicts import KIND_OF, Evidence, PasswordSync, Verdict, Why
from tests.support.card_pairs import MINUTE, NOW, SUBJECTS, pair_evidence

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["BARE", "MINUTE", "NOW", "PRESENTATION", "Case", "all_cases", "evidence", "incident"]

PRESENTATION = Presentation(
    tenant_id="11111111-2222-3333-4444-555555555555",
    tenant_name="contoso",
    on_call=(Person("On-call Identity", "oncall.identity@contoso.com"),),
    escalate_to=(Person("Duty manager", "duty.manager@contoso.com"),),
    active_server="SYNC-A",
    standby_servers=("SYNC-B",),
    public_url="https://watchdog.contoso.com",
)

BARE = Presentation(tenant_id=PRESENTATION.tenant_id, tenant_name="", cloud_portal="")
"""Nothing is set that can be left out."""


@dataclass(frozen=True)
class Case:
    """One card.

    Attributes:
        name: For the golden file and the picture.
        incident: None for the test card.
        message: Why it is sent.
        number: The message number.
        presentation: What it shows and links to.
    """

    name: str
    incident: Incident | None
    message: Message
    number: int = 1
    presentation: Presentation = PRESENTATION
    at: datetime = NOW

    def envelope(self) -> dict[str, Any]:
        """The message that is posted."""
        if self.incident is None:
            return check_message(self.at, self.presentation)
        return incident_message(
            self.incident, self.message, self.number, self.at, self.presentation
        )


def evidence(verdict: Verdict, why: Why | None = None) -> Evidence:
    """What a tick at `NOW` found, as the detector would put it."""
    sync_at, password_at = NOW - 64 * MINUTE, NOW - 66 * MINUTE
    used, limit = PasswordSync.USED, timedelta(hours=1)
    rows: dict[Verdict, Evidence] = {
        Verdict.SERVER_SILENT: Evidence(Why.BOTH_SILENT, NOW, sync_at, password_at, used, limit),
        Verdict.SYNC_STALLED: Evidence(
            Why.OBJECTS_STALLED, NOW, NOW - 192 * MINUTE, NOW - 4 * MINUTE, used, 3 * limit
        ),
        Verdict.PASSWORD_SYNC_STALLED: Evidence(
            Why.PASSWORDS_STALLED, NOW, NOW - 20 * MINUTE, NOW - 125 * MINUTE, used, 2 * limit
        ),
        Verdict.SYNC_DISABLED: Evidence(
            Why.SWITCHED_OFF, NOW, NOW - timedelta(hours=7), password_at, used
        ),
        Verdict.NEVER_SYNCED: Evidence(Why.NO_SYNC_YET, NOW),
        Verdict.CLOCK_SUSPECT: Evidence(
            Why.CLOCKS_DIFFER,
            NOW,
            NOW - 20 * MINUTE,
            NOW - 4 * MINUTE,
            used,
            detail="The watchdog's clock is 12 min ahead of Graph's.",
        ),
        Verdict.BLIND: Evidence(
            Why.UNREADABLE,
            NOW - 52 * MINUTE,
            NOW - 70 * MINUTE,
            NOW - 54 * MINUTE,
            PasswordSync.UNREAD,
            limit / 2,
            detail="forbidden: Graph denied access (403): grant Organization.Read.All (application "
            "permission, with admin consent) to the watchdog's identity.",
        ),
        **pair_evidence(),
    }
    found = rows[verdict]
    return replace(found, why=why) if why else found


def since(found: Evidence, verdict: Verdict) -> datetime:
    """When the problem began, as the detector would put it."""
    if verdict is Verdict.SERVER_SILENT:
        return max(t for t in (found.object_sync_at, found.password_sync_at) if t)
    if verdict is Verdict.SYNC_STALLED:
        return found.object_sync_at or NOW
    if verdict is Verdict.PASSWORD_SYNC_STALLED:
        return found.password_sync_at or NOW
    if verdict is Verdict.BLIND:
        return found.read_at or NOW
    return NOW


def incident(verdict: Verdict, found: Evidence | None = None, **changes: Any) -> Incident:
    """An incident that this tick opened, then changed."""
    found = found or evidence(verdict)
    opened = Incident(
        id="20261121T0154-k7q2m9xw4r",
        kind=KIND_OF[verdict],
        verdict=verdict,
        worst=verdict,
        state=State.OPEN,
        opened_at=NOW,
        since=since(found, verdict),
        evidence=found,
        announced_at=NOW,
        remind_at=NOW + 30 * MINUTE,
        transitions=1,
        subject=SUBJECTS.get(verdict, ""),
    )
    return replace(opened, **changes)


def pairs() -> Iterator[Case]:
    """Every verdict with every message."""
    for verdict in KIND_OF:
        opened = incident(verdict)
        later = NOW + 31 * MINUTE
        seen = None
        if verdict is not Verdict.BLIND:
            measured = later if opened.evidence.measured_at else None
            seen = replace(opened.evidence, read_at=later, measured_at=measured)
        standing = replace(
            opened,
            evidence=seen or opened.evidence,
            reminders=1,
            remind_at=later + 30 * MINUTE,
            transitions=2,
        )
        escalated = replace(standing, reminders=0, escalated_at=later, remind_at=later + 9 * MINUTE)
        closed = replace(
            standing,
            state=State.RESOLVED,
            gone_at=NOW + 58 * MINUTE,
            clean_at=NOW + 60 * MINUTE,
            resolved_at=NOW + 90 * MINUTE,
        )
        after = NOW + 90 * MINUTE
        yield Case(f"{verdict}-first", opened, Message.FIRST)
        yield Case(f"{verdict}-reminder", standing, Message.REMINDER, 2, at=later)
        yield Case(f"{verdict}-escalation", escalated, Message.ESCALATION, 2, at=later)
        yield Case(f"{verdict}-recovery", closed, Message.RECOVERY, 3, at=after)
        yield Case(f"{verdict}-missed", closed, Message.MISSED, 1, at=after)


def variants() -> Iterator[Case]:
    """What the pairs do not show: other reasons, other states, other settings."""
    silent, stalled = Verdict.SERVER_SILENT, Verdict.SYNC_STALLED
    single = replace(
        evidence(silent, Why.OBJECTS_SILENT),
        object_sync_at=NOW - 80 * MINUTE,
        password_sync_at=None,
        password_sync=PasswordSync.NOT_USED,
        limit=75 * MINUTE,
    )
    alive = replace(evidence(silent), why=Why.STOPPED_SERVER_ALIVE)
    unread = replace(
        evidence(stalled, Why.OBJECTS_STALLED_PASSWORD_UNREAD),
        password_sync=PasswordSync.UNREAD,
    )
    first = Message.FIRST
    opened = incident(silent)
    yield Case("single-evidence", incident(silent, single), first)
    yield Case("stopped-server-alive", incident(stalled, alive), first)
    yield Case("password-unread", incident(stalled, unread), first)
    yield Case("not-read-now", opened, first, at=NOW + 11 * MINUTE)
    yield Case("worsened", opened, first, 3)
    yield Case(
        "acknowledged",
        replace(opened, state=State.ACKNOWLEDGED, acknowledged_by="On-call Identity"),
        first,
    )
    yield Case(
        "snoozed",
        replace(opened, state=State.SNOOZED, snoozed_until=NOW + timedelta(days=1)),
        first,
    )
    yield Case("last-reminder", replace(opened, reminders=3), Message.REMINDER, 4)
    yield Case(
        "recovering",
        replace(opened, gone_at=NOW + 5 * MINUTE, clean_at=NOW + 6 * MINUTE),
        first,
        at=NOW + 7 * MINUTE,
    )
    yield Case(
        "recovering-not-yet-beaten",
        replace(opened, gone_at=NOW + 5 * MINUTE),
        first,
        at=NOW + 7 * MINUTE,
    )
    blind = evidence(Verdict.BLIND)
    never_read = replace(blind, read_at=None, object_sync_at=None, password_sync_at=None)
    began = NOW - 35 * MINUTE
    yield Case("blind-from-the-start", incident(Verdict.BLIND, never_read, since=began), first)
    for why, detail in (
        (Why.IN_THE_FUTURE, "Graph's last object sync time lies in the future."),
        (Why.WENT_BACKWARD, "Graph's last sync time went back and stays older than it was."),
    ):
        found = replace(evidence(Verdict.CLOCK_SUSPECT, why), detail=detail)
        yield Case(f"clock-{why}", incident(Verdict.CLOCK_SUSPECT, found), first)
    own = replace(PRESENTATION, runbook_url="https://wiki.contoso.com/ec#{verdict}-{incident}")
    yield Case("own-runbook", opened, first, presentation=own)
    yield Case("nothing-set", opened, first, presentation=BARE)
    long_names = replace(
        PRESENTATION,
        tenant_name="Contoso International Manufacturing and Logistics Holding",
        active_server="CONTOSO-EMEA-ENTRA-CONNECT-PRODUCTION-01",
        standby_servers=("CONTOSO-EMEA-ENTRA-CONNECT-STAGING-0002",),
    )
    yield Case("long-names", opened, first, presentation=long_names)
    yield Case("test-card", None, Message.TEST)


def all_cases() -> list[Case]:
    """Every pair, every variant, and every situation of two servers."""
    from tests.support.card_pair_cases import pair_cases  # noqa: PLC0415 - it imports this module

    return [*pairs(), *variants(), *pair_cases()]
