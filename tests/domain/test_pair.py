"""Judging the pair: what is added to the tenant's judgement, and what cannot be called gone."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from shared.domain.alerts.findings import subject_of
from shared.domain.pair.judging import RESTS_ON, advice_of, judge_pair
from shared.domain.pair.readings import (
    HealthDetails,
    HealthReading,
    ServerDetails,
    ServiceHealth,
    Source,
)
from shared.domain.pair.report import Advice, AdviceReason, Fitness
from shared.domain.pair.roles import fuse
from shared.domain.verdicts import Evidence, Finding, Judgement, Kind, Verdict, Why
from tests.support.advising import DELETES, SERVICE, SILENT, STALE, alert
from tests.support.card_cases import incident
from tests.support.judging import NOW, at
from tests.support.pairs import REFUSED, A, B, failed, health, known, member, view

if TYPE_CHECKING:
    from shared.domain.pair.view import PairView

CALM = Judgement(Verdict.HEALTHY, Evidence(Why.FRESH, NOW), (), readable=True)
PAIR = (member(A, staging=False), member(B))
VERSIONS = {A: "2.6.84.0", B: "2.6.84.0"}
CERTIFICATES = {A: "-200d", B: "-200d"}


def silent(*more: Finding) -> Judgement:
    """The tenant is silent, and whatever else was found."""
    return Judgement(Verdict.SERVER_SILENT, SILENT.evidence, (SILENT, *more), readable=True)


def judged(seen: PairView, tenant: Judgement = CALM) -> Judgement:
    """The tenant's judgement with what this pair adds."""
    return judge_pair(seen, fuse(seen), tenant)


def kinds(judgement: Judgement) -> list[tuple[Verdict, str]]:
    """What was found, about whom."""
    return [(finding.verdict, finding.subject) for finding in judgement.findings]


# -- findings and headline ------------------------------------------------------------------------


def test_a_healthy_pair_adds_nothing_to_a_healthy_tenant() -> None:
    """Two good servers and good times need nobody."""
    seen = view(*PAIR, exporter=A, versions=VERSIONS, certificates=CERTIFICATES)
    said = judged(seen)
    assert (said.verdict, kinds(said)) == (Verdict.HEALTHY, [])
    assert advice_of(said).reason is AdviceReason.NOTHING_WRONG


def test_the_most_severe_finding_is_the_headline() -> None:
    """A standby that is unfit speaks while the tenant is well, and not over a silence."""
    seen = view(member(A, staging=False), member(B, seen="3h", ran="5m"), exporter=A)
    assert judged(seen).verdict is Verdict.STANDBY_UNFIT
    assert judged(seen, silent()).verdict is Verdict.SERVER_SILENT


def test_every_finding_carries_the_pair_and_its_own_advice() -> None:
    """A card about an alert must not say what the silence's card says."""
    quiet = (member(A, staging=False, seen="70m", exported="66m"), member(B))
    seen = view(*quiet, alerts=(alert("Something new", A, key="new"),), exporter=A)
    found = {f.verdict: f.evidence.pair for f in judged(seen, silent()).findings}
    about_sync, about_alert = found[Verdict.SERVER_SILENT], found[Verdict.HEALTH_ALERT]
    assert about_sync is not None
    assert about_alert is not None
    assert about_alert.recommendation.reason is AdviceReason.SYNC_DECIDES
    assert about_sync.recommendation.reason is not AdviceReason.SYNC_DECIDES
    assert about_sync.active is not None
    assert about_sync.active.name == A


def test_the_fit_standby_of_a_silent_server_is_named() -> None:
    """The whole point: fail over to SYNC-B."""
    seen = view(
        member(A, staging=False, seen="70m", exported="66m", configured="3h"),
        member(B),
        exporter=A,
        objects="66m",
        versions=VERSIONS,
        certificates=CERTIFICATES,
        service_health=ServiceHealth(),
    )
    advice = advice_of(judged(seen, silent()))
    assert (advice.advice, advice.server) == (Advice.FAIL_OVER, B)


def test_three_standbys_are_shown_and_the_others_counted() -> None:
    """The fittest comes first with all its checks, the rest with what speaks against them."""
    others = [member(f"SYNC-{n}", seen="3h") for n in "CDEF"]
    said = judged(view(*PAIR, *others, exporter=A, versions=VERSIONS, certificates=CERTIFICATES))
    pair = said.evidence.pair
    assert pair is not None
    assert [each.name for each in pair.standbys][:1] == [B]
    assert pair.standbys[0].fitness is Fitness.FIT
    assert (len(pair.standbys), pair.more) == (3, 2)
    assert len(pair.standbys[1].checks) < len(pair.standbys[0].checks)


def test_what_the_tenant_s_judgement_cannot_say_stays_unsaid() -> None:
    """Beats that do not count and kinds that are unjudged survive the pair's judgement."""
    tenant = replace(CALM, unjudged=frozenset({Kind.SYNC}), beats_count=False)
    said = judged(view(*PAIR, exporter=A), tenant)
    assert Kind.SYNC in said.unjudged
    assert not said.beats_count


# -- what cannot be called gone -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "seen"),
    [
        (Kind.STANDBY, view(connect_health=health(*PAIR, read="5m"))),
        (Kind.HEALTH_ALERT, view(connect_health=health(*PAIR, read="5m", problem=REFUSED))),
        (Kind.HEALTH_ALERT, view(*PAIR, alerts=REFUSED)),
        (Kind.EXPORT, view(*PAIR, alerts=REFUSED)),
        (Kind.STANDBY, view(*PAIR, alerts=REFUSED)),
        (
            Kind.HEALTH_ALERT,
            view(connect_health=known(HealthReading(PAIR, alerts_left_out=3))),
        ),
        (Kind.STANDBY, view(member(A, staging=False), member(B, unread=REFUSED))),
        (
            Kind.DUAL_ACTIVE,
            view(connect_health=known(HealthReading(PAIR, exports_unread=REFUSED))),
        ),
        (
            Kind.DEADLINE,
            view(
                *PAIR,
                health_details=known(HealthDetails((ServerDetails("id-b", B, unread=REFUSED),))),
            ),
        ),
    ],
)
def test_a_kind_is_unjudged_when_what_it_rests_on_was_not_read(kind: Kind, seen: PairView) -> None:
    """Not read in this tick, or only in part: nobody may say that it is gone."""
    assert kind in judged(seen).unjudged


def test_a_source_that_never_answered_is_not_waited_for() -> None:
    """Without a licence an old finding of another source can still close."""
    seen = view(*PAIR, exporter=A, connect_health=failed())
    assert judged(seen).unjudged.isdisjoint(RESTS_ON)


def test_everything_that_was_read_now_is_judged() -> None:
    """A full read leaves no kind open."""
    seen = view(*PAIR, exporter=A, versions=VERSIONS, certificates=CERTIFICATES)
    assert judged(seen).unjudged == frozenset()


def test_while_a_clock_is_wrong_nothing_about_the_pair_is_opened_or_closed() -> None:
    """Every rule about servers is an age."""
    clock = Finding(Verdict.CLOCK_SUSPECT, NOW, Evidence(Why.CLOCKS_DIFFER, NOW))
    tenant = Judgement(Verdict.CLOCK_SUSPECT, clock.evidence, (clock,), readable=True)
    seen = view(member(A, staging=False), member(B, seen="9h"), exporter=A)
    said = judged(seen, tenant)
    assert kinds(said) == [(Verdict.CLOCK_SUSPECT, "")]
    assert said.unjudged >= set(RESTS_ON)


# -- alerts that another finding tells ------------------------------------------------------------


def test_an_alert_about_the_silent_server_is_told_by_the_silence() -> None:
    """One cause, one card; the alert's own incident, if there is one, is not over either."""
    dead = member(A, staging=False, seen="3h", exported="3h")
    seen = view(dead, member(B), alerts=(alert(STALE, A, key="stale"),), exporter=A, objects="3h")
    said = judged(seen, silent())
    assert Verdict.HEALTH_ALERT not in {finding.verdict for finding in said.findings}
    assert len(said.told_elsewhere) == 1
    assert next(iter(said.told_elsewhere))[0] is Kind.HEALTH_ALERT


def test_an_alert_that_an_upload_disproves_is_over() -> None:
    """It lags by hours; the measurement does not."""
    seen = view(*PAIR, alerts=(alert(STALE, B, key="stale"),), exporter=A)
    said = judged(seen)
    assert (kinds(said), said.told_elsewhere) == ([], frozenset())


def test_a_stop_by_the_delete_threshold_is_one_finding() -> None:
    """Connect Health's alert is the evidence of `EXPORT_BLOCKED`, not a second problem."""
    seen = view(*PAIR, alerts=(alert(DELETES, A, key="deletes"),), exporter=A)
    said = judged(seen)
    assert [verdict for verdict, _ in kinds(said)] == [Verdict.EXPORT_BLOCKED]
    assert advice_of(said).reason is AdviceReason.EXPORT_BLOCKED


# -- Connect Health is required -------------------------------------------------------------------


def required(lost: str, *, needed: bool = True) -> PairView:
    """A pair whose Connect Health was lost so long ago."""
    seen = view(connect_health=health(*PAIR, read=lost, problem=REFUSED), exporter=A)
    return replace(seen, health_required=needed, watched_since=at("9h"))


def test_the_loss_of_a_required_connect_health_is_blind() -> None:
    """`WATCHDOG_CONNECT_HEALTH=on`: who relies on it wants to hear that it is gone."""
    said = judged(required("31m"))
    assert (Verdict.BLIND, str(Source.CONNECT_HEALTH)) in kinds(said)
    (blind,) = (f for f in said.findings if f.verdict is Verdict.BLIND)
    assert blind.since == at("31m")
    assert "forbidden" in blind.evidence.detail


@pytest.mark.parametrize("seen", [required("29m"), required("9h", needed=False), view(*PAIR)])
def test_a_short_loss_or_one_that_nobody_minds_is_not(seen: PairView) -> None:
    """In `auto` it is used where it answers, and half an hour passes by itself."""
    assert Verdict.BLIND not in {finding.verdict for finding in judged(seen).findings}


def test_a_required_connect_health_that_never_answered_is_blind_too() -> None:
    """It counts from when watching began."""
    seen = replace(view(connect_health=failed(), exporter=A), health_required=True)
    began = NOW - timedelta(minutes=40)
    assert (Verdict.BLIND, str(Source.CONNECT_HEALTH)) in kinds(
        judged(replace(seen, watched_since=began))
    )
    assert judged(replace(seen, watched_since=NOW)).verdict is Verdict.HEALTHY


def test_an_alert_about_the_replaced_server_is_told_by_the_outage_until_it_closes() -> None:
    """Right after the failover nothing is silent any more, but the incident is still open."""
    stopped = alert(SERVICE, A, key="service", created="40m")
    seen = view(member(A, staging=False), member(B), alerts=(stopped,), exporter=B)
    standing = replace(incident(Verdict.SYNC_STALLED), switched_from="sync-a.contoso.com")
    said = judge_pair(seen, fuse(seen), CALM, [standing])
    assert Verdict.HEALTH_ALERT not in {finding.verdict for finding in said.findings}
    assert (Kind.HEALTH_ALERT, subject_of("service")) in said.told_elsewhere
    assert Verdict.HEALTH_ALERT in {finding.verdict for finding in judged(seen).findings}
