"""A change of the advice to fail over, told once and at once.

Somebody may be about to do what the newest card said. So a card falls due as soon as "fail over"
is advised and was not, or was and is not any more; the latter also to whoever took the incident or
put it off, because they may be at it. Two things keep that from becoming noise: the new advice
must hold for two ticks, since one failed read of a source is no news (but what *speaks against* a
failover counts at once), and there is at most one such card per quarter of an hour. All of it is
level-triggered: when that time is over, what is advised then is compared again. Once somebody
failed over, that it is not advised any more is no news.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from shared.domain.incidents.incident import SPEAKS, Event, Incident, State, Step, apply
from shared.domain.pair.report import Advice
from shared.domain.verdicts import Kind

if TYPE_CHECKING:
    from datetime import datetime

    from shared.domain.incidents.tick import Tick
    from shared.domain.verdicts import Evidence

ADVICE_HOLDS: Final = timedelta(minutes=4)
"""A new advice is told after two ticks at least this far apart."""

ADVICE_PAUSE: Final = timedelta(minutes=15)
"""At most one card about a change of advice per incident within this."""


def card_advice(kind: Kind, evidence: Evidence) -> str:
    """The word of advice on a card of this kind and evidence.

    Only that of a sync incident counts: "" for any other, and where nothing is known of the pair.
    """
    if kind is not Kind.SYNC or evidence.pair is None:
        return ""
    return str(evidence.pair.recommendation.advice)


def with_advised(incident: Incident) -> Incident:
    """The incident with what its newest card advised, where an older release did not record it."""
    if incident.advised:
        return incident
    return replace(incident, advised=card_advice(incident.kind, incident.evidence))


def changed(step: Step, tick: Tick, remind_at: datetime) -> Step:
    """Whether the advice is another than the newest card's, and is to be told now.

    Args:
        step: The incident after every other question of this tick, with what happened.
        tick: What this tick knows.
        remind_at: When the next reminder is due after a card of this tick.
    """
    incident = step.incident
    now = card_advice(incident.kind, incident.evidence)
    if not now or tick.judgement.finding(incident.kind, incident.subject) is None:
        return Step(incident)
    if incident.switched_at is not None and now != Advice.FAIL_OVER:
        # Somebody did it: that it is not advised any more is no news, and no reason to stop.
        return Step(replace(incident, advised=now, advice_since=None))
    if not incident.advised or _same(now, incident.advised):
        return Step(replace(incident, advised=now, advice_since=None))
    since = incident.advice_since or tick.at
    incident = replace(incident, advice_since=since)
    speaks = any(change.event in SPEAKS for change in step.transitions)
    unsent = incident.id in tick.unsent
    if unsent and _paused(incident, tick.at):
        # the card that is still to be sent will say it: it is written from this row
        return Step(replace(incident, advised=now, advice_since=None))
    if not (speaks or unsent or _to_be_told(incident, now, tick.at)):
        return Step(incident)
    return apply(
        incident,
        Event.ADVISED,
        tick.at,
        advised=now,
        advised_at=tick.at,
        advice_since=None,
        remind_at=remind_at,
    )


def _same(one: str, other: str) -> bool:
    return (one == Advice.FAIL_OVER) == (other == Advice.FAIL_OVER)


def _paused(incident: Incident, at: datetime) -> bool:
    return incident.advised_at is not None and at - incident.advised_at < ADVICE_PAUSE


def _to_be_told(incident: Incident, now: str, at: datetime) -> bool:
    if now == Advice.FAIL_OVER and incident.state is not State.OPEN:
        return False  # whoever has it looks; the card at the end of their time will say it
    if _paused(incident, at):
        return False
    since = incident.advice_since or at
    return now == Advice.DO_NOT_FAIL_OVER or at - since >= ADVICE_HOLDS
