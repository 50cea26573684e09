"""Everything that is stored about one incident: its row, live or archived, and what happened."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from shared import ledger
from shared.domain.incidents.incident import Incident, Transition
from shared.domain.incidents.notifications import Notification
from shared.fitting import archived, storable
from shared.ledger import Archived, decode, encode
from shared.ports import Replace, Row

if TYPE_CHECKING:
    from collections.abc import Iterable

    from shared.domain.incidents.incident import Step
    from shared.ledger import Snapshot
    from shared.ports import Write


@dataclass(frozen=True, slots=True)
class Dossier:
    """One incident with its past.

    Attributes:
        incident: As stored.
        transitions: What happened, oldest first; those of a later release may be missing.
        cards: Its cards, oldest first.
        archive: The history row that holds it; None while it is live.
        etag: Of the row that holds it.
    """

    incident: Incident
    transitions: tuple[Transition, ...]
    cards: tuple[Notification, ...]
    archive: Row | None
    etag: str

    def by_form(self, form: str) -> Transition | None:
        """What the form with this id did; None when it did nothing yet."""
        return next((change for change in self.transitions if form and change.form == form), None)

    def after(self, step: Step) -> Dossier:
        """The dossier once the step is stored; it cannot be written to again."""
        changes = (*self.transitions, *step.transitions)
        return replace(self, incident=step.incident, transitions=changes, etag="")

    def writes(self, step: Step, suffix: str = "") -> list[Write]:
        """The writes that store a step that a person took.

        Args:
            step: The incident afterwards and its transitions.
            suffix: As in `ledger.put_transition`.
        """
        changes: list[Write] = [ledger.put_transition(each, suffix) for each in step.transitions]
        if self.archive is None:
            key = ledger.incident_key(self.incident.id)
            return [Replace(key, encode(storable(step.incident)), self.etag), *changes]
        document = archived(step.incident, self.cards)
        return [Replace(self.archive.key, document, self.etag), *changes]


def dossier(snap: Snapshot, rows: Iterable[Row], incident_id: str) -> Dossier | None:
    """What is known of an incident; None when there is none of this id.

    Args:
        snap: The live rows.
        rows: The history rows of `ledger.incident_range`.
        incident_id: The incident.
    """
    incident = snap.incidents.get(incident_id)
    cards = tuple(n for n in snap.notifications.values() if n.incident == incident_id)
    etag = snap.etags.get(ledger.incident_key(incident_id), "")
    archive: Row | None = None
    changes = []
    for row in rows:
        kind = row.key.split("|")[3:4]
        try:
            if row.document is None:
                continue
            if kind == ["transition"]:
                changes.append(decode(row.document, Transition))
            elif kind and kind[0].startswith("incident") and incident is None:
                kept = decode(row.document, Archived)
                incident, cards, archive, etag = kept.incident, kept.notifications, row, row.etag
        except ValueError:
            continue  # a damaged row of the past hides nothing else
    if incident is None:
        return None
    changes.sort(key=lambda change: (change.number, change.at))
    ordered = tuple(sorted(cards, key=lambda card: card.sequence))
    return Dossier(incident, tuple(changes), ordered, archive, etag)
