"""Incidents whose pages are looked at: every verdict, and every state that looks different."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from shared.domain.incidents.incident import State
from shared.domain.verdicts import KIND_OF, PasswordSync, Verdict
from shared.pages.incident import incident_page
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


def html_of(name: str) -> str:
    """The page of a case: when its card is sent, else half an hour after the tick."""
    found, presentation = CASES[name]
    at = _PAIRS[name].at if name in _PAIRS else NOW + timedelta(minutes=30)
    return incident_page(found, at, presentation)
