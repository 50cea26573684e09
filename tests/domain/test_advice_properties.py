"""Whatever is known, a failover is advised only when every precondition was shown.

The cases are a right failover with up to four things changed, so that many still are one and each
precondition is the only one missing often enough. The conditions are written down here again, from
what the case was made of, and share nothing with the table.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from shared.domain.advice.table import TABLE, recommend, recommend_for
from shared.domain.pair.readings import AlertLevel, Known, Source
from shared.domain.pair.report import (
    Advice,
    AdviceReason,
    CheckName,
    Fitness,
    Outcome,
    Role,
)
from shared.domain.pair.view import ServerRole
from shared.domain.standby.readiness import rank
from shared.domain.verdicts import Kind, Verdict, Why, severity
from tests.support.advising import (
    AD_IMPORT,
    ALIVE,
    DELETES,
    NOW,
    SERVICE,
    SILENT,
    STALE,
    A,
    B,
    C,
    advising,
    alert,
    found,
    standby,
)

if TYPE_CHECKING:
    from shared.domain.advice.case import AdviceCase

REQUIRED: Final = {
    CheckName.STAGING,
    CheckName.SEEN,
    CheckName.SYNCED,
    CheckName.VERSION,
    CheckName.NOT_OLDER,
    CheckName.CERTIFICATE,
    CheckName.ALERTS,
}
LASTS: Final = timedelta(minutes=45)
READS: Final = ("0m", "45m", "45m1s", "3h", "failed 10m", "failed 50m", "-10m", None)

_SYNCS = st.sampled_from(
    [None, SILENT, ALIVE]
    + [found(Verdict.SERVER_SILENT, why) for why in Why]
    + [found(Verdict.SYNC_STALLED, why) for why in Why]
)
_ALERTS = st.one_of(
    st.none(),
    st.lists(
        st.builds(
            alert,
            st.sampled_from([SERVICE, AD_IMPORT, DELETES, STALE, "Something new"]),
            st.sampled_from([A, B, C, ""]),
            level=st.sampled_from([AlertLevel.ERROR, AlertLevel.ERROR, AlertLevel.WARNING]),
            created=st.sampled_from(["20m", "20m", "65m59s", "66m1s", "20h", None]),
        ),
        max_size=4,
    ).map(tuple),
)
_CHECKS = st.lists(st.sampled_from(CheckName), max_size=2)
_STANDBYS = st.lists(
    st.builds(
        standby,
        st.sampled_from([B, C, "SYNC-D"]),
        role=st.sampled_from([Role.STAGING, Role.STAGING, Role.UNKNOWN, Role.ACTIVE]),
        seen=st.sampled_from(["9m", "45m", "45m1s", "70m", "3h", None]),
        fails=st.one_of(st.just(()), _CHECKS),
        unknown=st.one_of(st.just(()), _CHECKS),
        reason=st.sampled_from(["", "below_floor"]),
        fitness=st.sampled_from([None, None, *Fitness]),
    ),
    max_size=3,
    unique_by=lambda each: each.name,
)
_OTHERS = st.lists(
    st.sampled_from([v for v in Verdict if v not in {Verdict.HEALTHY, Verdict.LATE}]),
    max_size=2,
    unique=True,
).map(lambda verdicts: [v for v in verdicts if found(v).kind is not Kind.SYNC])
_CHANGES: Final[dict[str, st.SearchStrategy[Any]]] = {
    "sync": _SYNCS,
    "others": _OTHERS,
    "readable": st.booleans(),
    "unjudged": st.sampled_from([frozenset(), frozenset({Kind.SYNC})]),
    "active": st.sampled_from([None, ServerRole(A, Role.UNKNOWN), ServerRole(A, Role.ACTIVE)]),
    "active_seen": st.sampled_from(["60m", "60m1s", "5m", "3h", None]),
    "active_ran": st.sampled_from(["66m", "19m", "20h", None]),
    "measured": st.booleans(),
    "exported": st.sampled_from(["66m", "111m", "111m1s", "6d"]),
    "exporter": st.sampled_from([A, B]),
    "tenant": st.sampled_from([None, Verdict.HEALTHY, Verdict.LATE]),
    "deletes_read": st.sampled_from(["0m", "45m", "45m1s", "1d", "1d1s", "9d"]),
    "disagrees": st.booleans(),
    "two_active": st.booleans(),
    "none_active": st.booleans(),
    "standbys": _STANDBYS,
    "members": st.just(()),
    "alerts": _ALERTS,
    "alerts_left_out": st.integers(0, 2),
    "members_left_out": st.integers(0, 2),
    "health": st.sampled_from(READS),
    "details": st.sampled_from(READS),
    "certificates": st.sampled_from(READS),
    "service": st.sampled_from(READS),
    "issues": st.sampled_from([(), ("MO1",), ("MO1", "MO2")]),
    "deletes": st.sampled_from([None, (500, 500), (501, 500), (1, 0)]),
    "cloud_sync": st.booleans(),
    "intended": st.sampled_from([(), (B,), (C, "SYNC-Z")]),
}


def _made(changes: dict[str, Any]) -> AdviceCase:
    others = [found(verdict) for verdict in changes.get("others", ())]
    rest = {name: value for name, value in changes.items() if name != "others"}
    if "standbys" in rest:
        rest["standbys"] = rank(rest["standbys"])
    return advising(*others, **rest)


@st.composite
def _changes(draw: st.DrawFn) -> dict[str, Any]:
    names = draw(st.lists(st.sampled_from(sorted(_CHANGES)), max_size=4, unique=True))
    return {name: draw(_CHANGES[name]) for name in names}


CHANGES: Final = _changes()
CASES: Final = CHANGES.map(_made)


def _shown(case: AdviceCase) -> dict[str, bool]:
    """Each precondition of a failover, from the raw parts of the case."""
    readings, view = case.view.readings, case.view
    sources: list[Known[Any]] = [
        readings.connect_health,
        readings.health_details,
        readings.certificates,
        readings.service_health,
    ]
    reads = [known.read_at for known in sources if known.reading is not None]
    health, best = readings.connect_health.reading, next(iter(case.standbys), None)
    alerts = health.alerts if health and isinstance(health.alerts, tuple) else ()
    names = {a.name for a in alerts}
    stopped = any(
        a.name == SERVICE
        and a.server == A
        and a.level is AlertLevel.ERROR
        and a.created_at is not None
        and all(
            run is None or run <= a.created_at
            for run in (
                case.roles.active.member.ran_at
                if case.roles.active and case.roles.active.member
                else None,
                None if case.cloud_sync else view.object_sync_at,
            )
        )
        for a in alerts
    )
    known_ = readings.sync_configuration
    settings_age = NOW - known_.read_at if known_.read_at else timedelta.max
    sync = next((f for f in case.judgement.findings if f.kind is Kind.SYNC), None)
    verdicts = {finding.verdict for finding in case.judgement.findings}
    active, why = case.roles.active, sync.evidence.why if sync else None
    seen = active.seen_at if active else None
    settings_ = readings.sync_configuration.reading
    passed = {c.name for c in best.checks if c.outcome is Outcome.PASS} if best else set()
    return {
        "silent, or stopped by an alert about it": sync is not None
        and (
            sync.verdict is Verdict.SERVER_SILENT
            or (why in {Why.STOPPED_SERVER_ALIVE, Why.MAYBE_ALIVE} and stopped)
        ),
        "nobody saw it alive, or its service is stopped": seen is None
        or NOW - seen > view.silent_after
        or stopped,
        "the tenant was read now": case.judgement.readable,
        "every source was read at most 45 minutes ago": len(reads) == len(sources)
        and all(at is not None and NOW - at <= LASTS for at in reads),
        "no read lies in the future": all(at is not None and at <= NOW for at in reads),
        "all alerts and servers were seen": health is not None
        and isinstance(health.alerts, tuple)
        and not health.alerts_left_out
        and not health.members_left_out,
        "someone saw the active server export": active is not None
        and active.role is Role.ACTIVE
        and active.basis is Source.SYNC_CONFIGURATION,
        "it was seen up to the last sync": active is not None
        and (
            settings_age <= LASTS and settings_ is not None and settings_.exporter == A
            if case.cloud_sync
            else view.object_sync_at is not None
            and any(
                c.at is not None and view.object_sync_at - c.at <= timedelta(minutes=45)
                for c in active.claims
            )
        ),
        "nothing contradicts the roles": not case.roles.disagreements,
        "one server is active": case.roles.two_active is None
        and not case.roles.none_active
        and not verdicts & {Verdict.DUAL_ACTIVE, Verdict.NO_ACTIVE},
        "no deletes waited in the last day": Verdict.EXPORT_BLOCKED not in verdicts
        and DELETES not in names
        and not (
            settings_ is not None
            and settings_age <= timedelta(days=1)
            and settings_.pending_deletions is not None
            and settings_.pending_deletions > (settings_.deletion_threshold or 0)
        ),
        "the ground is sure": not verdicts
        & {Verdict.CLOCK_SUSPECT, Verdict.BLIND, Verdict.NEVER_SYNCED, Verdict.SYNC_DISABLED},
        "no outage at Microsoft": not (
            readings.service_health.reading and readings.service_health.reading.issues
        ),
        "a standby is fit": best is not None and best.fitness is Fitness.FIT,
        "it is in staging mode": best is not None and best.role is Role.STAGING,
        "each required check was passed": passed >= REQUIRED,
        "it was seen in the last 45 minutes": best is not None
        and best.seen_at is not None
        and NOW - best.seen_at <= LASTS,
    }


@settings(max_examples=600, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(CASES)
def test_a_failover_is_advised_only_when_every_precondition_is_shown(case: AdviceCase) -> None:
    """The most important rule of all: no path reaches *fail over* on something nobody saw."""
    got = recommend(case)
    event(got.advice)

    if got.advice is Advice.FAIL_OVER:
        assert [name for name, shown in _shown(case).items() if not shown] == []
        assert got.server == case.standbys[0].name
        assert got.reason is AdviceReason.STANDBY_FIT


ONLY_MISSING: Final[dict[str, AdviceCase]] = {
    "silent, or stopped by an alert about it": advising(
        sync=found(Verdict.SYNC_STALLED, Why.OBJECTS_STALLED)
    ),
    "nobody saw it alive, or its service is stopped": advising(active_seen="5m"),
    "the tenant was read now": advising(readable=False),
    "every source was read at most 45 minutes ago": advising(details="45m1s"),
    "no read lies in the future": advising(certificates="-10m"),
    "all alerts and servers were seen": advising(alerts_left_out=1),
    "someone saw the active server export": advising(measured=False),
    "nothing contradicts the roles": advising(disagrees=True),
    "one server is active": advising(two_active=True),
    "it was seen up to the last sync": advising(exported="111m1s"),
    "no deletes waited in the last day": advising(deletes=(501, 500), deletes_read="1d"),
    "the ground is sure": advising(found(Verdict.CLOCK_SUSPECT)),
    "no outage at Microsoft": advising(issues=("MO1",)),
    "a standby is fit": advising(standbys=(standby(fitness=Fitness.UNKNOWN),)),
    "it is in staging mode": advising(standbys=(standby(role=Role.UNKNOWN),)),
    "each required check was passed": advising(
        standbys=(standby(unknown=[CheckName.CERTIFICATE], fitness=Fitness.FIT),)
    ),
    "it was seen in the last 45 minutes": advising(standbys=(standby(seen="45m1s"),)),
}


@pytest.mark.parametrize("precondition", sorted(_shown(advising())))
def test_each_precondition_alone_forbids_a_failover(precondition: str) -> None:
    """Each is needed although all others hold; so the rule above asks for nothing in vain."""
    case = ONLY_MISSING[precondition]

    assert [precondition] == [name for name, shown in _shown(case).items() if not shown]
    assert recommend(case).advice is not Advice.FAIL_OVER
    assert recommend(advising()).advice is Advice.FAIL_OVER


@settings(max_examples=200, deadline=None)
@given(CASES)
def test_an_unknown_standby_is_never_the_one_to_fail_over_to(case: AdviceCase) -> None:
    """Not even when another standby, ranked below it, would be fit."""
    got = recommend(case)
    unknown = {each.name for each in case.standbys if each.fitness is not Fitness.FIT}

    assert got.advice is not Advice.FAIL_OVER or got.server not in unknown


@settings(max_examples=200, deadline=None)
@given(CASES)
def test_the_first_row_that_applies_decides(case: AdviceCase) -> None:
    """The table is total, and the answer is that of its first row, whatever the later ones say."""
    applying = [row for row in TABLE if row.applies(case)]
    got = recommend(case)

    assert (got.advice, got.reason) == (applying[0].advice, applying[0].reason)


@settings(max_examples=200, deadline=None)
@given(CASES)
def test_every_answer_is_bounded_and_only_check_first_lists_checks(case: AdviceCase) -> None:
    """At most five statements and checks; *check first* never comes without something to check."""
    for got in (recommend(case), *(recommend_for(f, case) for f in case.judgement.findings)):
        assert len(got.because) <= 5
        assert len(got.checks) <= 5
        assert bool(got.checks) == (got.advice is Advice.CHECK_FIRST)
        assert (got.advice is Advice.NONE) == (not case.judgement.findings)


@settings(max_examples=200, deadline=None)
@given(CASES)
def test_only_the_card_of_the_sync_incident_advises_a_failover(case: AdviceCase) -> None:
    """The headline's card gives the main advice; no card of another matter says *fail over*."""
    for finding in case.judgement.findings:
        got = recommend_for(finding, case)
        if finding.verdict is max((f.verdict for f in case.judgement.findings), key=severity):
            assert got == recommend(case)
        assert got.advice is not Advice.FAIL_OVER or finding.kind is Kind.SYNC


@settings(max_examples=100, deadline=None)
@given(CHANGES, st.lists(st.sampled_from([B, C, "SYNC-D"]), min_size=3, max_size=3), st.randoms())
def test_the_order_in_which_standbys_come_does_not_matter(
    changes: dict[str, Any], names: list[str], random: Any
) -> None:
    """They are ranked; nothing else about their order changes the advice."""
    given_ = list(changes.get("standbys", [standby(name) for name in dict.fromkeys(names)]))
    shuffled = given_[:]
    random.shuffle(shuffled)
    one, other = _made({**changes, "standbys": given_}), _made({**changes, "standbys": shuffled})

    assert recommend(one) == recommend(other)
