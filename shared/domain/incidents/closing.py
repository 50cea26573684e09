"""How an incident closes: by beats of its own kind, by clean reads, or because it is obsolete.

The theory stands in `incidents`, question 3; the reasons in docs/adr/0004 and 0008.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from shared.domain.incidents.incident import Event, Incident, Step, apply
from shared.domain.verdicts import Kind, PasswordSync

if TYPE_CHECKING:
    from shared.domain.incidents.tick import Tick
    from shared.domain.tenant.heartbeats import Memory

BEATS_TO_CLOSE: Final = 2
CLEAN_FOR: Final = timedelta(minutes=4)

QUIET_CLEAN_FOR: Final = timedelta(hours=6)
"""A quiet incident is for working time: nobody waits for its end. But an agent that stops every
few hours would send a first and a recovery card per round; so that stays one incident."""

BEAT_KINDS: Final = frozenset({Kind.SYNC, Kind.PASSWORD_SYNC})
_TIMES_MEAN_NOTHING: Final = frozenset({Kind.CLOCK, Kind.DISABLED, Kind.NEVER})


def beats(memory: Memory, kind: Kind) -> int:
    """The beats counted by the heartbeat that this kind is about."""
    return memory.passwords.beats if kind is Kind.PASSWORD_SYNC else memory.objects.beats


def unjudged(incident: Incident, tick: Tick) -> bool:
    """Whether the absence of the finding says nothing: it is neither clean nor recovering."""
    matter, judgement = (incident.kind, incident.subject), tick.judgement
    if matter in judgement.obsolete:
        return False  # who does what was judged, and that is what it ended by
    if incident.kind in judgement.unjudged or matter in judgement.unjudged_subjects:
        return True
    return not _closes_by_beats(incident, tick) and unmeasured(incident, tick)


def not_clean_now(incident: Incident) -> Incident:
    """The incident after a tick whose reads say nothing about it.

    A quiet one keeps when it was clean first: a source that fails once in every six hours would
    restart its hours for good. It is not recovering meanwhile, and only a clean read closes it.
    """
    return replace(incident, gone_at=None, clean_at=incident.clean_at if incident.quiet else None)


def gone(incident: Incident, tick: Tick) -> Step:
    """An incident whose finding is absent from a tick that could have seen it."""
    if _closes_by_beats(incident, tick):
        # A memory that was lost counts from zero again: do not wait for it to catch up.
        counted = min(incident.beats_before, beats(tick.memory, incident.kind))
        incident = replace(incident, beats_before=counted)
        going = _beating(incident, tick)
        closes = beats(tick.memory, incident.kind) - incident.beats_before >= BEATS_TO_CLOSE
        closes = closes and going.clean_at is not None
    else:
        clean_at = incident.clean_at or tick.at
        going = replace(incident, gone_at=incident.gone_at or clean_at, clean_at=clean_at)
        closes = tick.at - clean_at >= _clean_for(incident, tick)
    if not closes:
        return Step(going)
    matter, judgement = (incident.kind, incident.subject), tick.judgement
    if matter in judgement.obsolete | judgement.unprovable:
        return apply(going, Event.OBSOLETE, tick.at, resolved_at=tick.at, obsolete=True)
    return apply(going, Event.RECOVERED, tick.at, resolved_at=tick.at)


def _clean_for(incident: Incident, tick: Tick) -> timedelta:
    obsolete = (incident.kind, incident.subject) in tick.judgement.obsolete
    return QUIET_CLEAN_FOR if incident.quiet and not obsolete else CLEAN_FOR


def _closes_by_beats(incident: Incident, tick: Tick) -> bool:
    """Whether beats of its own heartbeat must prove it over, and can."""
    if incident.kind is Kind.PASSWORD_SYNC:
        return not tick.memory.password_switched_off  # what is switched off will never beat
    return incident.kind is Kind.SYNC and tick.judgement.beats_count


def _beating(incident: Incident, tick: Tick) -> Incident:
    """An incident about beats whose finding is absent from a tick that read the tenant."""
    evidence = tick.judgement.evidence
    if unmeasured(incident, tick):
        return replace(incident, gone_at=None, clean_at=None)
    if incident.clean_at is not None:
        return incident
    if beats(tick.memory, incident.kind) > incident.beats_before:
        return replace(incident, gone_at=_first_beat(incident, tick), clean_at=tick.at)
    if evidence.password_sync is PasswordSync.UNREAD:
        return incident  # absent only because half of the evidence was not read
    return replace(incident, gone_at=tick.at)  # the other heartbeat is back, this one not yet


def _first_beat(incident: Incident, tick: Tick) -> datetime:
    passwords = incident.kind is Kind.PASSWORD_SYNC
    heartbeat = tick.memory.passwords if passwords else tick.memory.objects
    stamp = heartbeat.current_at
    return stamp if stamp is not None and stamp > incident.since else tick.at


def unmeasured(incident: Incident, tick: Tick) -> bool:
    """Whether times mean nothing in this tick, so that nothing can be said about beats."""
    about_beats = incident.kind in BEAT_KINDS
    return about_beats and any(f.kind in _TIMES_MEAN_NOTHING for f in tick.judgement.findings)
