"""Incidents whose pages are looked at: every verdict, and every state that looks different."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from shared.domain.cards.seen import Seen
from shared.domain.incidents.actions import Action
from shared.domain.incidents.incident import Event, State, StepDone, Transition
from shared.domain.incidents.notifications import Message, Notification
from shared.domain.maintenance.window import Maintenance
from shared.domain.runbooks.books import book_for
from shared.domain.verdicts import KIND_OF, PasswordSync, Verdict
from shared.pages.incident import Around, incident_page
from shared.pages.views import Forms, Notice, Tone
from tests.support.card_cases import BARE, MINUTE, NOW, PRESENTATION, evidence, incident
from tests.support.card_pair_cases import pair_cases

_SILENT = incident(Verdict.SERVER_SILENT)
_STALLED = incident(Verdict.SYNC_STALLED)
_SHOWN = {
    "failover",
    "failover-long-names",
    "failover-warned-of",
    "failover-too-old",
    "do-not-both_silent",
    "nothing-readable",
    "advice-changed",
    "do-not-standby_unfit",
    "check-standby_unknown",
    "check-evidence_disagrees",
    "cloud-sync-hides",
    "dual-active-untold",
    "dual-active-returned",
    "health-alerts-more",
    "certificate-ended",
    "old-version-facts",
    "recovering-after-failover",
    "recovered-after-failover",
}
"""Situations of two servers whose page is looked at as well as their card."""

_HOSTILE = "<b>Con&amp;toso</b>\"'" + "W" * 200

_PAIRS = {case.name: case for case in pair_cases()}

CASES = {
    **{
        name: (case.incident, case.presentation)
        for name, case in _PAIRS.items()
        if name in _SHOWN and case.incident is not None
    },
    **{str(verdict): (incident(verdict), PRESENTATION) for verdict in KIND_OF},
    "recovering": (replace(_SILENT, gone_at=NOW + 5 * MINUTE), PRESENTATION),
    "resolved": (
        replace(
            _SILENT,
            state=State.RESOLVED,
            gone_at=NOW + 5 * MINUTE,
            clean_at=NOW + 6 * MINUTE,
            resolved_at=NOW + 9 * MINUTE,
        ),
        PRESENTATION,
    ),
    "resolved-without-beats": (
        replace(
            incident(Verdict.SYNC_DISABLED), state=State.RESOLVED, resolved_at=NOW + 9 * MINUTE
        ),
        PRESENTATION,
    ),
    "acknowledged": (
        replace(_STALLED, state=State.ACKNOWLEDGED, acknowledged_by="On-call Identity"),
        PRESENTATION,
    ),
    "single-evidence": (
        replace(
            _SILENT,
            evidence=replace(
                evidence(Verdict.SERVER_SILENT),
                password_sync=PasswordSync.NOT_USED,
                password_sync_at=None,
            ),
        ),
        BARE,
    ),
    "long-names": (
        replace(
            incident(Verdict.BLIND),
            acknowledged_by=_HOSTILE,
            evidence=replace(evidence(Verdict.BLIND), detail=_HOSTILE * 5),
        ),
        replace(
            PRESENTATION,
            tenant_name=_HOSTILE,
            active_server="S" * 200,
            standby_servers=("T" * 200, "U" * 200),
        ),
    ),
}
"""Incident and presentation by the name of the picture."""


# -- pages with forms -----------------------------------------------------------------------------

_TOKENS = {
    str(action): f"abcdefghijklmnopqrstuvwxyz{number}.1790000000.abcdefghijklmnopqrstuv"
    for number, action in enumerate(Action)
}
BY_LINK = Forms(address="?t=k1.1790000000.abcdefghijklmnopqrstuv", tokens=_TOKENS, ask_name=True)
SIGNED_IN = Forms(tokens=_TOKENS, name="oncall@contoso.com")
AFTERWARDS = replace(
    BY_LINK, name="Oncall", tokens={name: _TOKENS[name] for name in (Action.NOTE, Action.STEPS)}
)

_FAILOVER, SHOWN_TO = CASES["failover"]
_LONGEST, _ = CASES["failover-warned-of"]
_SWITCHED, _ = CASES["recovered-after-failover"]


def happened(count: int) -> tuple[Transition, ...]:
    """So many things, notes but for the first, a minute apart, oldest first."""
    opened = Transition(
        _FAILOVER.id, 0, Event.OPENED, None, State.OPEN, NOW, Verdict.SERVER_SILENT, "both_silent"
    )
    notes = (
        replace(
            opened,
            number=number,
            event=Event.NOTED,
            source=State.OPEN,
            at=NOW + number * MINUTE,
            by="Oncall",
            via="page, by link, from 192.0.2.7",
            note=f"Note {number}: SYNC-A answers pings, its console does not.",
        )
        for number in range(1, count)
    )
    return (opened, *notes)


def sent(count: int) -> tuple[Notification, ...]:
    """So many cards, half an hour apart."""
    return tuple(
        Notification(
            _FAILOVER.id,
            number,
            Message.REMINDER if number else Message.FIRST,
            NOW + 30 * number * MINUTE,
            number=number + 1,
            sent_at=NOW + 30 * number * MINUTE,
        )
        for number in range(count)
    )


def _all_ticked() -> tuple[StepDone, ...]:
    steps = book_for(Seen(_LONGEST, NOW + 199 * MINUTE, SHOWN_TO)).steps
    return tuple(StepDone(step.id, "On-call Identity", NOW + 5 * MINUTE) for step in steps)


_TAKEN = replace(
    _FAILOVER,
    state=State.ACKNOWLEDGED,
    acknowledged_by="Oncall",
    acknowledged_at=NOW + 3 * MINUTE,
    first_acknowledged_at=NOW + 3 * MINUTE,
)
_SWITCHING = replace(
    _TAKEN,
    switching_by="Oncall",
    switching_at=NOW + 6 * MINUTE,
    done=(
        StepDone("running", "Oncall", NOW + 4 * MINUTE),
        StepDone("stuck", "Second", NOW + 5 * MINUTE),
    ),
)
_UNTIL = f"until {NOW + 60 * MINUTE:%Y-%m-%dT%H:%M}Z"
_OTHERS = replace(BY_LINK, name="Second")

PAGES = {
    "act-open": (_FAILOVER, Around(happened(1), sent(1), BY_LINK, script="../assets/page.js")),
    "act-signed-in": (_FAILOVER, Around(happened(1), sent(1), SIGNED_IN)),
    "act-taken-by-other": (
        _TAKEN,
        Around(
            happened(4),
            sent(2),
            _OTHERS,
            Notice(Tone.BAD, "Oncall has it already. Talk to Oncall before you do anything."),
        ),
    ),
    "act-taken-by-me": (
        _TAKEN,
        Around(
            happened(2),
            sent(1),
            replace(BY_LINK, name="Oncall"),
            Notice(Tone.GOOD, "Done: acknowledged by Oncall. Reminders stop meanwhile."),
        ),
    ),
    "act-other-switches": (_SWITCHING, Around(happened(9), sent(2), _OTHERS)),
    "act-i-switch": (_SWITCHING, Around(happened(9), sent(2), replace(BY_LINK, name="Oncall"))),
    "act-snoozed": (
        replace(_FAILOVER, state=State.SNOOZED, snoozed_until=NOW + 60 * MINUTE),
        Around(
            (*happened(1), replace(happened(2)[1], event=Event.SNOOZED, note=_UNTIL)),
            sent(1),
            _OTHERS,
        ),
    ),
    "act-refused": (
        _FAILOVER,
        Around(
            happened(1),
            sent(1),
            replace(BY_LINK, typed={"to": "", "note": "SYNC-A is on fire", "who": ""}),
            Notice(Tone.BAD, "Say who you are, so that others know who has it."),
        ),
    ),
    "act-drill-in-maintenance": (
        replace(_FAILOVER, drill="drill-1"),
        Around(
            happened(1),
            sent(1),
            BY_LINK,
            maintenance=Maintenance(NOW + 90 * MINUTE, "Patching of SYNC-A"),
        ),
    ),
    "act-after-failover": (
        replace(_SWITCHED, done=(StepDone("isolate-old", "Oncall", NOW + 40 * MINUTE),)),
        Around(happened(12), sent(3), AFTERWARDS),
    ),
    "act-longest": (
        replace(
            _LONGEST,
            state=State.ACKNOWLEDGED,
            acknowledged_by="Oncall",
            acknowledged_at=NOW,
            switching_by="On-call Identity",
            switching_at=NOW,
            drill="drill-1",
            done=_all_ticked(),
        ),
        Around(
            happened(200),
            sent(20),
            _OTHERS,
            Notice(Tone.BAD, "Oncall has it already. Talk to Oncall before you do anything."),
            script="../assets/page.js",
            maintenance=Maintenance(NOW + 90 * MINUTE, "Patching of SYNC-A"),
        ),
    ),
}
"""Incident and what is around it, by the name of the picture."""

EVERY = (*CASES, *PAGES)


def html_of(name: str) -> str:
    """The page of a case: when its card is sent, else half an hour after the tick."""
    if name in PAGES:
        shown, around = PAGES[name]
        late = max((change.at for change in around.transitions), default=NOW)
        return incident_page(shown, max(late, NOW + 12 * MINUTE), SHOWN_TO, around)
    found, presentation = CASES[name]
    at = _PAIRS[name].at if name in _PAIRS else NOW + timedelta(minutes=30)
    return incident_page(found, at, presentation)
