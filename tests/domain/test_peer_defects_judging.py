"""Defects found in other tools for this job, each as a test that ours does not have it.

D1 to D14 are numbered as in the project's survey of its peers; those about reading and parsing
have their tests beside the readers.
"""

from __future__ import annotations

import pytest

from shared.domain.readings import Observation, Reason, TenantReading, Unavailable
from shared.domain.tenant.detector import Policy, judge
from shared.domain.tenant.heartbeats import Memory, remember
from shared.domain.verdicts import Kind, PasswordSync, Verdict
from tests.support.incidents import Story
from tests.support.judging import NOW, UNREAD, Case, Seen, at, graph, recall, span, watching

FORBIDDEN = Unavailable(Reason.FORBIDDEN, "The application's secret has expired.")


def test_d01_the_age_is_computed_from_what_was_read_and_from_now() -> None:
    """A template with a hard-coded date can never fire: the same answer must age with the clock."""
    tenant = graph("5m")
    verdicts = []
    for later in ("0m", "30m", "50m", "60m"):
        seen = Observation(NOW + span(later), tenant)
        memory = remember(watching("1d"), seen, learn=True)
        verdicts.append(judge(memory, seen, Policy()).verdict)

    assert verdicts == ["HEALTHY", "HEALTHY", "LATE", "SERVER_SILENT"]


@pytest.mark.parametrize("age", ["61m", "2h", "5h", "2d", "90d", "3650d"])
def test_d02_no_upper_bound_ends_an_incident_while_the_outage_goes_on(age: str) -> None:
    """An alert that fires only up to two hours closes itself during the outage."""
    past = (Seen("3651d", graph("3651d")),)

    assert Case("", graph(age), past=past).judged().verdict is Verdict.SERVER_SILENT


def test_d02_an_outage_of_a_week_is_one_incident_that_stays_open() -> None:
    """Tick by tick for a week: opened once, never recovered."""
    story = Story()
    events = [
        event for tick in range(7 * 24) for event in story.tick(60 * tick, Verdict.SERVER_SILENT)
    ]

    assert events.count("opened") == 1
    assert "recovered" not in events


def test_d03_the_date_is_not_only_read_but_compared() -> None:
    """A check that reads the last sync and compares it with nothing finds nothing."""
    assert Case("", graph("59m")).judged().findings == ()
    assert Case("", graph("61m")).judged().finding(Kind.SYNC) is not None


def test_d04_a_tenant_without_password_hash_sync_is_alerted_on_all_the_same() -> None:
    """A null password time must not end in an error that swallows the alert."""
    judged = Case("", graph("76m", None), before=watching("9d", rhythm="30m")).judged()

    assert judged.verdict is Verdict.SERVER_SILENT
    assert judged.evidence.password_sync is PasswordSync.NOT_USED
    assert judged.evidence.password_sync_at is None


@pytest.mark.parametrize("passwords", [UNREAD, None, "5h"])
def test_d05_a_failed_password_sync_does_not_print_ok(passwords: Unavailable | str | None) -> None:
    """Stale objects are found whatever became of the password part."""
    judged = Case("", graph("4h", passwords)).judged()

    assert judged.verdict in {Verdict.SYNC_STALLED, Verdict.SERVER_SILENT}


def test_d06_a_tenant_without_password_events_is_not_warned_about_for_ever() -> None:
    """Where no password sync is to be expected, its absence is no finding, day after day."""
    memory = recall(watching("9d"), [Seen("8d", graph("8d", "300d"))])
    for day in range(7, 0, -1):
        tenant = graph(f"{day}d", "300d")
        seen = Observation(at(f"{day}d"), tenant)
        memory = remember(memory, seen, learn=True)
        assert judge(memory, seen, Policy()).verdict is Verdict.HEALTHY


def test_d08_a_renamed_tenant_is_watched_on() -> None:
    """The display name is a label: a new one neither hides an outage nor starts the watch anew."""
    past = (Seen("70m", graph("75m", name="Contoso")), Seen("65m", graph("65m", name="Contoso")))
    before, after = (
        Case("", graph("65m", name=name), past=past).judged() for name in ("Contoso", "Fabrikam")
    )

    assert before == after
    assert after.verdict is Verdict.SERVER_SILENT
    renamed = recall(watching("2h"), [*past, Seen("0m", graph("65m", name="Fabrikam"))])
    assert renamed.display_name == "Fabrikam"
    assert renamed.objects.beats == 1


@pytest.mark.parametrize(
    ("enabled", "verdict"),
    [(False, Verdict.SYNC_DISABLED), (None, Verdict.NEVER_SYNCED), (True, Verdict.HEALTHY)],
)
def test_d08_false_is_not_enabled_and_null_is_not_false(
    *, enabled: bool | None, verdict: Verdict
) -> None:
    """Three answers, three meanings."""
    assert Case("", graph("5m", enabled=enabled)).judged().verdict is verdict


@pytest.mark.parametrize("ahead", ["-3m", "-1h", "-9d", "-3650d"])
def test_d09_a_time_in_the_future_is_not_ok(ahead: str) -> None:
    """A negative age is smaller than any limit, and still not fresh."""
    for tenant in (graph(ahead), graph(ahead, "5m"), graph("5m", ahead), graph(ahead, None)):
        assert Case("", tenant).judged().verdict is Verdict.CLOCK_SUSPECT


def test_d12_the_absence_of_any_sign_is_the_alarm() -> None:
    """Nobody reports that the server died; it is noticed from outside, by nothing moving."""
    tenant = graph("60m")
    memory = recall(watching("2h"), [Seen(f"{ago}m", tenant) for ago in range(60, 0, -5)])
    seen = Observation(NOW + span("1s"), tenant)

    judged = judge(remember(memory, seen, learn=True), seen, Policy())
    assert judged.verdict is Verdict.SERVER_SILENT
    assert judged.findings[0].since == at("60m")


@pytest.mark.parametrize("tenant", [graph(None, None), graph(None, None, enabled=None)])
def test_d13_a_sync_that_never_succeeded_is_told_at_the_first_tick(tenant: TenantReading) -> None:
    """No earlier success is needed to be alarmed."""
    judged = Case("", tenant, before=Memory(started_at=NOW)).judged()

    assert judged.verdict is Verdict.NEVER_SYNCED
    assert judged.finding(Kind.NEVER) is not None


def test_d13_a_tenant_that_never_could_be_read_is_blind_after_the_limit() -> None:
    """Nor is an earlier read."""
    assert Case("", FORBIDDEN, before=watching("30m")).judged().verdict is Verdict.BLIND


def test_d14_the_watchdog_is_not_healthy_once_its_own_secret_expired() -> None:
    """Late at once, blind after half an hour, and never healthy on what it saw before."""
    memory = recall(watching("2h"), [Seen("40m", graph("41m"))])
    verdicts = []
    for ago in range(35, -1, -5):
        seen = Observation(at(f"{ago}m"), FORBIDDEN)
        memory = remember(memory, seen, learn=True)
        verdicts.append(judge(memory, seen, Policy()).verdict)

    assert verdicts == ["LATE"] * 5 + ["BLIND"] * 3
    detail = judge(memory, Observation(NOW, FORBIDDEN), Policy()).evidence.detail
    assert detail == f"forbidden: {FORBIDDEN.detail}"
