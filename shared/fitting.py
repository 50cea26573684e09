"""Making an incident's row fit: a store limits what one row holds, and people write long names.

A row that is too long could not be stored, and then the tick, or the person who acts, would fail
again and again. So less is said about the servers first, and what decides is kept to the end.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from shared import ledger
from shared.ports import MAX_DOCUMENT

if TYPE_CHECKING:
    from collections.abc import Iterable

    from shared.domain.incidents.incident import Incident
    from shared.domain.incidents.notifications import Notification

ROOM: Final = MAX_DOCUMENT - 100
"""UTF-16 units of an incident's document: in the history it stands inside another one."""

_SHORT_NAME: Final = 12


def storable(incident: Incident) -> Incident:
    """The incident, shortened where its row would be too long to be stored.

    First less about the pair, then nothing, then less of the evidence, then shorter names of those
    who ticked steps, then no ticks. Names, verdict, state and times stay.
    """
    for shorten in (_brief_pair, _no_pair, _brief_evidence, _brief_names, _no_ticks):
        if ledger.length(incident) <= ROOM:
            return incident
        incident = shorten(incident)
    return incident


def archived(incident: Incident, told: Iterable[Notification]) -> str:
    """The document of an archived incident with its cards; the oldest go where it is too long."""
    incident = storable(incident)
    cards = tuple(sorted(told, key=lambda card: card.sequence))
    while ledger.length(kept := ledger.Archived(incident, cards)) > MAX_DOCUMENT and cards:
        cards = cards[1:]
    return ledger.encode(kept)


def _brief_pair(incident: Incident) -> Incident:
    pair = incident.evidence.pair
    if pair is None:
        return incident
    brief = tuple(replace(standby, checks=()) for standby in pair.standbys)
    pair = replace(pair, standbys=brief, disagreements=pair.disagreements[:1])
    return replace(incident, evidence=replace(incident.evidence, pair=pair))


def _no_pair(incident: Incident) -> Incident:
    return replace(incident, evidence=replace(incident.evidence, pair=None))


def _brief_evidence(incident: Incident) -> Incident:
    alert = incident.evidence.alert and replace(incident.evidence.alert, remediation="")
    evidence = replace(incident.evidence, statements=incident.evidence.statements[:1], alert=alert)
    return replace(incident, evidence=evidence)


def _brief_names(incident: Incident) -> Incident:
    done = tuple(replace(each, by=each.by[:_SHORT_NAME]) for each in incident.done)
    return replace(incident, done=done)


def _no_ticks(incident: Incident) -> Incident:
    return replace(incident, done=())
