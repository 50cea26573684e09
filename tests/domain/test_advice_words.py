"""What an advice says: its evidence, its checks, and the advice on cards of other matters."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from shared.domain.advice.table import recommend, recommend_for
from shared.domain.alerts.exports_blocked import export_blocked
from shared.domain.alerts.names import AlertKind
from shared.domain.pair.readings import Source
from shared.domain.pair.report import Advice, AdviceReason, CheckName, Fitness
from shared.domain.pair.view import Roles
from shared.domain.verdicts import Verdict, Why
from tests.support.advice_rows import ROWS
from tests.support.advice_scenes import ALERT, BOTH, CHECK, DEADLINE, LATE, UNFIT, R
from tests.support.advising import (
    ALIVE,
    SERVICE,
    SILENT,
    A,
    B,
    C,
    advising,
    alert,
    at,
    found,
    standby,
)
from tests.support.pairs import member

if TYPE_CHECKING:
    from shared.domain.advice.case import AdviceCase
    from shared.domain.verdicts import Finding


# -- what the rows say ----------------------------------------------------------------------------


@pytest.mark.parametrize("case", [row[3] for row in ROWS], ids=[row[0] for row in ROWS])
def test_an_answer_is_bounded_and_has_its_evidence(case: AdviceCase) -> None:
    """At most five statements and checks; *check first* says what, and how; the others why."""
    got = recommend(case)

    assert len(got.because) <= 5
    assert len(got.checks) <= 5
    assert bool(got.because) == (got.advice is not Advice.NONE)
    assert bool(got.checks) == (got.advice is CHECK)
    assert all(check.what and check.how for check in got.checks)
    assert len({check.what for check in got.checks}) == len(got.checks)


def test_a_failover_names_the_standby_and_rests_on_both_servers() -> None:
    """The answer names whom to fail over to, the silence of one, and the life of the other."""
    got = recommend(advising())

    assert got.server == B
    said = " / ".join(each.text for each in got.because)
    assert "last object sync" in said
    assert f"{A} was last seen" in said
    assert f"seen of {B}" in said
    assert all(each.at is not None for each in got.because)


def test_a_stopped_service_is_named_as_the_reason_to_fail_over() -> None:
    """Where the server lives, its stopped service is what the failover rests on."""
    got = recommend(advising(sync=ALIVE, active_seen="5m", alerts=(alert(SERVICE, A),)))

    assert "does not run" in got.because[0].text


def test_the_stopped_service_of_another_server_is_no_reason_to_fail_over() -> None:
    """An alert about the standby, or about nobody, says nothing about the active server."""
    for other in (alert(SERVICE, B), alert(SERVICE)):
        case = advising(sync=ALIVE, active_seen="5m", alerts=(other,))
        assert recommend(case).reason is R.ACTIVE_ALIVE


def test_one_alert_on_a_stopped_service_that_holds_is_enough() -> None:
    """One that a run disproved may stand beside it for days."""
    two = (alert(SERVICE, A, key="old", created="20h"), alert(SERVICE, A, key="new"))
    case = advising(sync=ALIVE, active_seen="5m", alerts=two)

    assert case.service_stopped is two[1]
    assert recommend(case).reason is R.STANDBY_FIT


def test_an_export_that_does_not_reach_the_last_sync_is_told_with_its_age() -> None:
    """The reader sees how old the name is, and that nobody knows who synced since."""
    stated = recommend(advising(exported="6d")).because[0]

    assert stated.text == "SYNC-A was last seen exporting; who synced after that is not known"
    assert (stated.source, stated.at) == (Source.SYNC_CONFIGURATION, at("6d"))


@pytest.mark.parametrize("sync", [SILENT, None], ids=["silent", "calm"])
def test_deletes_that_waited_when_last_read_are_checked_first(sync: Finding | None) -> None:
    """Nothing is forbidden on old evidence, and no failover is advised over it."""
    blocked = export_blocked(advising(deletes=(501, 500), deletes_read="2h").view, Roles())
    assert blocked is not None
    case = advising(blocked, sync=sync, deletes=(501, 500), deletes_read="2h")

    for got in (recommend(case), recommend_for(blocked, case)):
        assert got.reason is R.EVIDENCE_OLD
        assert "501 deletes" in got.checks[0].what
        assert "as last read" in got.checks[0].what
        assert "Synchronization Service Manager" in got.checks[0].how


def test_an_unshown_sync_is_what_to_check_while_it_is_only_late() -> None:
    """Neither that the server works nor that it stopped was shown."""
    got = recommend(advising(ALERT, sync=None, tenant=Verdict.LATE))

    assert got.checks[0].what == "Nothing shows that SYNC-A syncs in time"


def test_two_active_servers_name_the_one_to_put_into_staging() -> None:
    """`server` is whom to put into staging mode, as the roles say."""
    assert recommend(advising(two_active=True)).server == B


def test_old_evidence_is_listed_with_the_way_to_check_each() -> None:
    """Every source without a recent reading is named, with where to look instead."""
    got = recommend(advising(health="3h", details=None, certificates=None, service="2h"))
    said = " / ".join(f"{check.what}: {check.how}" for check in got.checks)

    for expected in (
        "Connect Health",
        "service health",
        "Microsoft 365 admin center",
        "versions",
        f"installed on {B}: 2.5.79.0 or newer",
        "certificates (forbidden)",
        f"Get-ADSyncEntraConnectorCredential on {B}",
    ):
        assert expected in said


def test_an_unread_graph_is_what_to_check_first() -> None:
    """Not that the server stopped: nobody knows."""
    got = recommend(advising(readable=False))

    assert "Graph was not read" in got.because[0].text
    assert "admin center" in got.checks[0].how
    assert "stopped" not in " ".join(each.text for each in got.because)


def test_an_unknown_standby_lists_each_open_question() -> None:
    """The unknown checks come with their own way to find out, then what else is missing."""
    unknown = standby(unknown=[CheckName.CERTIFICATE, CheckName.AGENT])
    got = recommend(advising(standbys=(unknown,), service=None))
    said = [check.how for check in got.checks]

    assert f"Look at certificate on {B}." in said
    assert f"Look at agent on {B}." in said
    assert "Look at the service health in the Microsoft 365 admin center." in said
    assert got.server == B


def test_an_unknown_active_server_is_checked_on_every_server_by_name() -> None:
    """The command and the names of the servers to run it on are in the check."""
    how = recommend(advising(measured=False)).checks[0].how

    assert f"Run Get-ADSyncScheduler on {A} and {B}" in how


def test_an_unfit_standby_is_explained_by_its_failed_checks() -> None:
    """The version comes first: no repair on the day lifts it."""
    broken = standby(fails=[CheckName.SYNCED, CheckName.VERSION], reason="below_floor")
    got = recommend(advising(standbys=(broken,)))

    assert [f"version of {B}: fail", f"synced of {B}: fail"] == [s.text for s in got.because]


def test_a_lost_connect_health_that_is_required_is_not_called_a_lost_graph() -> None:
    """`BLIND` beside a readable tenant is about Connect Health."""
    blind = found(Verdict.BLIND, Why.UNREADABLE)
    said = " ".join(s.text for s in recommend(advising(blind)).because)

    assert "Connect Health cannot be read" in said
    assert "Graph" not in said


def test_a_silent_standby_that_another_source_saw_is_not_a_site_outage() -> None:
    """Uploads that stopped prove nothing about a server that lives elsewhere."""
    seen = standby(seen="30m", unknown=[CheckName.SEEN])
    case = advising(standbys=(seen,), members=(member(A, seen="66m"), member(B, seen="3h")))

    assert recommend(case).reason is R.STANDBY_UNKNOWN


def test_a_standby_that_connect_health_ignores_is_not_silent() -> None:
    """Where Connect Health is switched off for a server, missing uploads are no evidence."""
    ignored = member(B, seen="3h", disabled=True)
    case = advising(standbys=(LATE,), members=(member(A, seen="66m"), ignored))

    assert recommend(case).reason is R.STANDBY_UNKNOWN


@pytest.mark.parametrize("unread", ["failed 3h", "46m", None])
def test_both_silent_needs_a_recent_read(unread: str | None) -> None:
    """That nobody was seen for hours must not be our own blindness."""
    assert recommend(advising(standbys=(LATE,), health=unread)).reason is not R.BOTH_SILENT


def test_one_live_standby_of_two_ends_the_site_outage() -> None:
    """Both silent means every server; one that lives shows that the site is there."""
    assert recommend(advising(standbys=(LATE, standby(C)))).reason is not R.BOTH_SILENT
    assert recommend(advising(standbys=(standby(C), LATE))).reason is R.STANDBY_FIT


def test_servers_that_were_left_out_forbid_speaking_for_all() -> None:
    """Neither *both silent* nor *AD errors on both* is said of servers that nobody looked at."""
    assert recommend(advising(standbys=(LATE,), members_left_out=1)).reason is R.STANDBY_UNKNOWN
    assert recommend(advising(alerts=BOTH, members_left_out=1)).reason is R.EVIDENCE_OLD


# -- the advice on one card -----------------------------------------------------------------------


def test_the_sync_incident_gets_the_main_advice() -> None:
    """Its card is where a failover is advised."""
    case = advising(ALERT, UNFIT)

    assert recommend_for(case.judgement.findings[0], case) == recommend(case)
    assert recommend(case).advice is Advice.FAIL_OVER


def test_the_sync_incident_gets_the_main_advice_below_a_graver_headline() -> None:
    """It never points to itself."""
    case = advising(found(Verdict.DUAL_ACTIVE, Why.BOTH_EXPORT))
    (silent,) = [f for f in case.judgement.findings if f.verdict is Verdict.SERVER_SILENT]

    assert recommend_for(silent, case).reason is R.TWO_ACTIVE


def test_an_alert_about_the_whole_service_is_about_no_server() -> None:
    """It belongs to nobody, whatever a server is called."""
    assert advising(alerts=(alert(SERVICE),)).alerted(AlertKind.SERVICE_STOPPED) == {}


@pytest.mark.parametrize("other", [ALERT, UNFIT, DEADLINE], ids=lambda f: f.verdict)
def test_other_cards_never_advise_a_failover(other: Finding) -> None:
    """While a sync incident is open, every other card points to it."""
    case = advising(other)
    got = recommend_for(other, case)

    assert (got.advice, got.reason) == (CHECK, R.SYNC_DECIDES)
    assert got.checks


def test_a_card_of_another_matter_says_that_no_failover_is_needed_while_sync_works() -> None:
    """With a calm sync the answer is *do not*: the active server works."""
    case = advising(ALERT, UNFIT, sync=None)

    assert {R.ACTIVE_WORKS} == {recommend_for(f, case).reason for f in case.judgement.findings}


@pytest.mark.parametrize(
    ("verdict", "reason"),
    [
        (Verdict.SYNC_DISABLED, R.SWITCHED_OFF),
        (Verdict.EXPORT_BLOCKED, R.EXPORT_BLOCKED),
        (Verdict.CLOCK_SUSPECT, R.CLOCK),
        (Verdict.BLIND, R.BLIND),
        (Verdict.NEVER_SYNCED, R.NEVER_SYNCED),
        (Verdict.NO_ACTIVE, R.NO_ACTIVE),
        (Verdict.PASSWORD_SYNC_STALLED, R.PASSWORDS_ONLY),
    ],
)
def test_a_verdict_with_a_row_of_its_own_speaks_of_that(
    verdict: Verdict, reason: AdviceReason
) -> None:
    """A card beside a graver headline still speaks of its own matter."""
    finding = found(verdict)
    case = advising(finding, found(Verdict.DUAL_ACTIVE, Why.BOTH_EXPORT))

    assert recommend(case).reason is not reason or verdict is Verdict.SYNC_DISABLED
    assert recommend_for(finding, case).reason is reason


def test_fitness_without_checks_is_not_believed() -> None:
    """A report that calls a server fit although a check failed or is missing advises nothing."""
    failed = standby(fails=[CheckName.ALERTS], fitness=Fitness.FIT)
    assert recommend(advising(standbys=(failed,))).advice is CHECK
