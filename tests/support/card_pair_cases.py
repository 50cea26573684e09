"""Cards about two servers: every advice with its reasons, and every finding's other wordings."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from shared.domain.incidents.incident import Incident, State
from shared.domain.incidents.notifications import Message
from shared.domain.pair.readings import Source
from shared.domain.pair.report import Advice, AdviceReason, CheckName, Outcome, Recommendation
from shared.domain.verdicts import PasswordSync, Verdict, Why
from tests.support import card_pairs as known
from tests.support.card_cases import BARE, PRESENTATION, Case, evidence, incident
from tests.support.card_pairs import MINUTE, NOW

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shared.domain.pair.report import PairReport
    from shared.domain.verdicts import Evidence

FIRST = Message.FIRST
SILENT = Verdict.SERVER_SILENT


def silent(pair: PairReport, **changes: object) -> Incident:
    """SYNC-A is silent, and this was known of the pair."""
    return incident(SILENT, _with(SILENT, pair, **changes))


def pair_cases() -> Iterator[Case]:
    """All of them."""
    yield from _advised()
    yield from _changed()
    yield from _worded()
    yield from _two_servers()
    yield from _alerts_and_deadlines()
    yield from _afterwards()


def _with(verdict: Verdict, pair: PairReport, **changes: object) -> Evidence:
    found = replace(evidence(verdict), measured_at=NOW, pair=pair)
    return replace(found, **changes)  # type: ignore[arg-type]  # names checked by replace()


def _advised() -> Iterator[Case]:
    opened = silent(known.fail_over())
    yield Case("failover", opened, FIRST)
    yield Case("failover-bare", opened, FIRST, presentation=BARE)
    late = NOW + 31 * MINUTE
    again = replace(opened.evidence, read_at=late, measured_at=late)
    reminded = replace(opened, reminders=1, evidence=again, remind_at=late + 30 * MINUTE)
    yield Case("failover-reminder", reminded, Message.REMINDER, 2, at=late)
    yield Case("failover-too-old", opened, FIRST, at=NOW + 50 * MINUTE)
    warned = known.check(
        CheckName.SYNCED, Outcome.WARN, "SYNC-B synced last 5 days ago, 7 days count"
    )
    standby = replace(known.B, checks=(warned, *known.CHECKS))
    more = replace(known.fail_over(), standbys=(standby, known.UNFIT), more=1)
    yield Case("failover-warned-of", silent(more), FIRST)
    for reason in known.REFUSALS:
        yield Case(f"do-not-{reason}", silent(known.refused(reason)), FIRST)
    for reason in (
        AdviceReason.STANDBY_UNKNOWN,
        AdviceReason.ACTIVE_UNKNOWN,
        AdviceReason.ACTIVE_ALIVE,
        AdviceReason.EVIDENCE_OLD,
        AdviceReason.EVIDENCE_DISAGREES,
    ):
        checks = (known.LOOK_AT_B, known.LOOK_AT_A)
        pair = known.unsure(reason, *(checks if "standby" in reason else checks[::-1]))
        if reason is AdviceReason.EVIDENCE_DISAGREES:
            pair = replace(pair, disagreements=(known.DISAGREE, known.DISAGREE))
        yield Case(f"check-{reason}", silent(pair), FIRST)


def _changed() -> Iterator[Case]:
    at = NOW + 16 * MINUTE
    for name, pair in (
        ("advice-changed", known.fail_over()),
        ("advice-changed-do-not", known.refused(AdviceReason.ENTRA_OUTAGE)),
        ("advice-changed-check", known.unsure(AdviceReason.STANDBY_UNKNOWN, known.LOOK_AT_B)),
    ):
        stands = silent(pair, read_at=at, measured_at=at)
        yield Case(name, replace(stands, transitions=2), Message.ADVICE, 2, at=at)
    taken = replace(
        silent(known.fail_over(), read_at=at, measured_at=at),
        state=State.ACKNOWLEDGED,
        acknowledged_by="On-call Identity",
    )
    yield Case("advice-changed-acknowledged", taken, Message.ADVICE, 2, at=at)


def _worded() -> Iterator[Case]:
    yield Case("nothing-readable", silent(known.nothing_readable()), FIRST)
    unsure = known.unsure(AdviceReason.STANDBY_UNKNOWN, known.LOOK_AT_B)
    nobody = replace(unsure, active=None)
    yield Case("silent-nobody-named", silent(nobody), FIRST)
    single = {
        "why": Why.OBJECTS_SILENT,
        "object_sync_at": NOW - 80 * MINUTE,
        "password_sync_at": None,
        "password_sync": PasswordSync.NOT_USED,
        "limit": 75 * MINUTE,
    }
    yield Case("failover-single-evidence", silent(known.fail_over(), **single), FIRST)
    hides = {
        "why": Why.CLOUD_SYNC_HIDES,
        "object_sync_at": NOW - 3 * MINUTE,
        "password_sync_at": NOW - 3 * MINUTE,
        "alive_at": NOW - 66 * MINUTE,
    }
    yield Case("cloud-sync-hides", silent(replace(unsure, cloud_sync=True), **hides), FIRST)
    alive = known.unsure(AdviceReason.ACTIVE_ALIVE, known.LOOK_AT_A)
    stopped = _with(SILENT, alive, why=Why.STOPPED_SERVER_ALIVE, alive_at=NOW - 9 * MINUTE)
    yield Case("stopped-server-seen-alive", incident(Verdict.SYNC_STALLED, stopped), FIRST)
    down = _with(SILENT, known.service_stopped(), why=Why.STOPPED_SERVER_ALIVE)
    yield Case("stalled-service-stopped", incident(Verdict.SYNC_STALLED, down), FIRST)
    cycle = _with(Verdict.SYNC_STALLED, known.refused(AdviceReason.LONG_CYCLE))
    yield Case("stalled-long-cycle", incident(Verdict.SYNC_STALLED, cycle), FIRST)
    password = _with(Verdict.PASSWORD_SYNC_STALLED, known.refused(AdviceReason.PASSWORDS_ONLY))
    yield Case("passwords-only", incident(Verdict.PASSWORD_SYNC_STALLED, password), FIRST)
    old = replace(known.fail_over(), facts_from=known.OLD_FACTS)
    yield Case("old-version-facts", silent(old), FIRST)
    name = "CONTOSO-EMEA-ENTRA-CONNECT-PRODUCTION-01"
    other = "CONTOSO-EMEA-ENTRA-CONNECT-STAGING-0002"
    long = replace(
        known.fail_over(),
        active=replace(known.A, name=name),
        standbys=(replace(known.B, name=other),),
        recommendation=replace(known.fail_over().recommendation, server=other),
    )
    yield Case("failover-long-names", silent(long), FIRST)


def _two_servers() -> Iterator[Case]:
    both = evidence(Verdict.DUAL_ACTIVE)
    untold = replace(both, pair=known.two_active(""))
    yield Case("dual-active-untold", incident(Verdict.DUAL_ACTIVE, untold), FIRST)
    back = replace(both, why=Why.RETURNED, pair=known.two_active("SYNC-A"))
    yield Case("dual-active-returned", incident(Verdict.DUAL_ACTIVE, back), FIRST)
    unfit = evidence(Verdict.STANDBY_UNFIT)
    pair = replace(known.fail_over(), standbys=(known.B, known.UNFIT), facts_from=known.OLD_FACTS)
    elsewhere = Recommendation(Advice.CHECK_FIRST, AdviceReason.SYNC_DECIDES)
    urgent = replace(unfit, pair=replace(pair, standbys=(known.UNFIT,), recommendation=elsewhere))
    yield Case("standby-unfit-while-silent", incident(Verdict.STANDBY_UNFIT, urgent), FIRST)
    daily = incident(Verdict.STANDBY_UNFIT, unfit, remind_at=NOW + timedelta(hours=54))
    yield Case("standby-unfit-daily", daily, FIRST)
    none = incident(Verdict.STANDBY_MISSING, subject="")
    yield Case("standby-missing-any", none, FIRST)
    three = replace(
        known.calm(), standbys=(known.B, known.OLD, replace(known.NOT_CHECKED, name="SYNC-C"))
    )
    unlisted = (known.said("Connect Health does not list SYNC-OLD"),)
    for verdict in (Verdict.STANDBY_MISSING, Verdict.STANDBY_UNFIT):
        found = replace(evidence(verdict), pair=three, statements=unlisted)
        name = f"{verdict.value.lower().replace('_', '-')}-of-three"
        yield Case(name, incident(verdict, found, subject="sync-old"), FIRST)


def _alerts_and_deadlines() -> Iterator[Case]:
    found = evidence(Verdict.HEALTH_ALERT)
    more = replace(found, why=Why.MORE_ALERTS, alerts=17, statements=(known.said("17 more"),))
    yield Case("health-alerts-more", incident(Verdict.HEALTH_ALERT, more), FIRST)
    counted = replace(more, alert=None)
    yield Case("health-alerts-counted", incident(Verdict.HEALTH_ALERT, counted), FIRST)
    whole = replace(found, alert=replace(known.ALERT, server="", remediation=""))
    yield Case("health-alert-of-service", incident(Verdict.HEALTH_ALERT, whole), FIRST)
    ends = evidence(Verdict.DEADLINE_NEAR)
    support = replace(
        ends,
        why=Why.SUPPORT_ENDS,
        statements=(
            known.said("SYNC-B has version 2.5.190.0, its support ends", Source.HEALTH_DETAILS),
        ),
    )
    yield Case("support-ends", incident(Verdict.DEADLINE_NEAR, support), FIRST)
    ended = replace(ends, deadline=NOW - timedelta(days=2))
    yield Case("certificate-ended", incident(Verdict.DEADLINE_NEAR, ended), FIRST)


def _afterwards() -> Iterator[Case]:
    opened = silent(known.fail_over())
    switched = replace(
        opened,
        switched_at=NOW + 26 * MINUTE,
        switched_from="SYNC-A",
        switched_to="SYNC-B",
        first_acknowledged_at=NOW + 6 * MINUTE,
        gone_at=NOW + 58 * MINUTE,
        clean_at=NOW + 60 * MINUTE,
    )
    after = NOW + 90 * MINUTE
    yield Case("recovering-after-failover", switched, FIRST, at=NOW + 59 * MINUTE)
    closed = replace(switched, state=State.RESOLVED, resolved_at=after)
    yield Case("recovered-after-failover", closed, Message.RECOVERY, 3, at=after)
    yield Case("missed-failover", closed, Message.MISSED, 1, at=after)
    known_errors = replace(known.fail_over(), export_errors=12)
    failing = replace(closed, evidence=replace(closed.evidence, pair=known_errors))
    yield Case("recovered-export-errors", failing, Message.RECOVERY, 3, at=after)
    nobody = replace(closed, first_acknowledged_at=None)
    own = replace(PRESENTATION, runbook_url="https://wiki.contoso.com/{verdict}")
    yield Case("recovered-own-runbook", nobody, Message.RECOVERY, 3, presentation=own, at=after)
