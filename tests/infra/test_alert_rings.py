"""When the alert rules ring: each with its own query, window and frequency, on lines of a log.

The rules are computed from the template and evaluated as Azure documents it (`tests.support.
alerting`), the queries run on DuckDB (`tests.support.kusto`).
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.alerting import Bell, Line
from tests.support.kusto import Workspace
from tests.support.monitoring import rules

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

START = datetime(2026, 11, 21, 1, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
LATE = 4 * MINUTE
"""How late a line usually arrives (three to five minutes)."""


@pytest.fixture(scope="module")
def workspace() -> Iterator[Workspace]:
    """One workspace for all; each evaluation puts its own rows in."""
    with Workspace() as made:
        yield made


def line(
    minute: float, event: str, late: timedelta = LATE, component: str = "", **fields: object
) -> Line:
    """An event that was logged this many minutes after the start."""
    written = START + minute * MINUTE
    return Line(written, written + late, f"{event} {json.dumps(fields)}", component)


def beats(start: int, end: int, late: timedelta = LATE, component: str = "") -> list[Line]:
    """A heartbeat every five minutes."""
    return [
        line(minute, "watchdog.heartbeat", late, component, tenant="t", tick_id=str(minute))
        for minute in range(start, end, 5)
    ]


def ring(
    rule: str, lines: Sequence[Line], workspace: Workspace, *, until: float, since: float = 0
) -> Bell:
    """Evaluate one rule of the template over these lines."""
    bell = Bell(rules()[rule], workspace)
    bell.listen(lines, START + since * MINUTE, START + until * MINUTE)
    return bell


def minutes(at: datetime) -> float:
    """Minutes since the start."""
    return (at - START) / MINUTE


# -- silence --------------------------------------------------------------------------------------


def test_silence_rings_once_within_half_an_hour_and_is_resolved_when_beats_are_back(
    workspace: Workspace,
) -> None:
    """Heartbeats stop at minute 60 and are back at 150."""
    bell = ring("silent", [*beats(0, 61), *beats(150, 240)], workspace, since=30, until=240)

    (rang,), (resolved,) = bell.rang, bell.resolved
    assert 80 <= minutes(rang[0]) <= 90
    assert 150 < minutes(resolved[0]) <= 175


def test_silence_from_the_first_minute_rings_too(workspace: Workspace) -> None:
    """An empty table: the app never ran, or its log never arrived."""
    bell = ring("silent", [], workspace, until=120)

    assert [minutes(at) for at, _ in bell.rang] == [0]


@pytest.mark.parametrize("late", [0, 3, 5, 10])
def test_beats_that_arrive_late_do_not_ring(late: int, workspace: Workspace) -> None:
    """Three to five minutes of lateness are normal, ten are not rare."""
    bell = ring("silent", beats(0, 240, late * MINUTE), workspace, since=30, until=230)

    assert bell.rang == []


def test_two_lost_ticks_in_a_row_do_not_ring(workspace: Workspace) -> None:
    """An instance that is recycled may cost a tick: at least three must be missing."""
    lines = [each for each in beats(0, 240) if minutes(each.written) not in {100, 105}]

    assert ring("silent", lines, workspace, since=30, until=230).rang == []


def test_the_beats_of_another_deployment_do_not_hide_silence(workspace: Workspace) -> None:
    """Two watchdogs that log into one workspace."""
    other = beats(0, 240, component="/subscriptions/other/components/appi-other")

    assert ring("silent", other, workspace, since=30, until=120).rang != []


def test_ticks_without_a_clean_audit_are_silence(workspace: Workspace) -> None:
    """A tick that could not deliver or store logs everything but the heartbeat."""
    ticks = [line(minute, "watchdog.tick", problem="x") for minute in range(0, 240, 5)]

    assert ring("silent", ticks, workspace, since=30, until=120).rang != []


@pytest.mark.parametrize("silence", ["PT15M", "PT20M", "PT30M", "PT45M", "PT1H", "PT2H", "PT3H"])
def test_every_length_of_silence_that_can_be_chosen_rings_in_time(
    silence: str, workspace: Workspace
) -> None:
    """The window that goes with it is longer, and one evaluation more is the most that it takes."""
    rule = rules(silence)["silent"]
    wanted = {
        "PT15M": 15,
        "PT20M": 20,
        "PT30M": 30,
        "PT45M": 45,
        "PT1H": 60,
        "PT2H": 120,
        "PT3H": 180,
    }
    bell = Bell(rule, workspace)
    around = START + (60 + wanted[silence]) * MINUTE
    bell.listen(beats(0, 61), around - 20 * MINUTE, around + 20 * MINUTE)

    (rang,) = bell.rang
    assert rule.window > wanted[silence] * MINUTE
    assert 60 + wanted[silence] < minutes(rang[0]) <= 65 + wanted[silence] + 5


# -- escalations ----------------------------------------------------------------------------------


def escalation(
    minute: float, late: timedelta, incident: str, verdict: str = "SERVER_SILENT"
) -> Line:
    """The app's event."""
    return line(
        minute,
        "watchdog.escalate",
        late,
        tenant="t",
        incident=incident,
        verdict=verdict,
        since="2026-11-21T00:40:00+00:00",
    )


@settings(max_examples=20)
@given(
    st.lists(
        st.tuples(
            st.floats(0, 120),
            st.floats(0, 54),
            st.sampled_from(["a", "b", "c"]),
            st.sampled_from(["SERVER_SILENT", "BLIND"]),
        ),
        max_size=5,
        unique_by=lambda each: each[2:],
    )
)
def test_each_escalation_rings_exactly_once_however_late_its_line_is(
    workspace: Workspace, escalated: list[tuple[float, float, str, str]]
) -> None:
    """None is lost up to 54 minutes of lateness, none rings twice, and each rings by itself."""
    lines = [
        escalation(minute, late * MINUTE, incident, verdict)
        for minute, late, incident, verdict in escalated
    ]

    bell = ring("escalated", lines, workspace, until=300)

    assert sorted(who for _, who in bell.rang) == sorted(each[2:] for each in escalated)
    for at, who in bell.rang:
        arrived = next(each for each in escalated if each[2:] == who)
        assert minutes(at) - arrived[0] - arrived[1] <= 5


def test_an_escalation_that_was_logged_twice_rings_once(workspace: Workspace) -> None:
    """A tick that crashed between logging and storing logs it again in the next one."""
    lines = [escalation(10, LATE, "a"), escalation(15, LATE, "a")]

    assert len(ring("escalated", lines, workspace, until=200).rang) == 1


def test_an_incident_that_got_worse_and_escalates_again_rings_again(workspace: Workspace) -> None:
    """Its verdict is another one: whoever ignored the smaller matter hears of the bigger one."""
    lines = [escalation(10, LATE, "a", "SYNC_STALLED"), escalation(40, LATE, "a", "SERVER_SILENT")]

    rang = ring("escalated", lines, workspace, until=200).rang

    assert [who for _, who in rang] == [("a", "SYNC_STALLED"), ("a", "SERVER_SILENT")]


# -- cards that do not arrive ---------------------------------------------------------------------


def card(minute: float, delivery: str, incident: str = "a", verdict: str = "BLIND") -> Line:
    """One attempt to send a card."""
    return line(
        minute,
        "watchdog.card",
        tenant="t",
        incident=incident,
        verdict=verdict,
        message="first",
        number=1,
        delivery=delivery,
        detail="status 404",
        recorded=True,
    )


def test_a_refused_card_rings_at_once(workspace: Workspace) -> None:
    """The webhook is gone: trying again will not bring it back."""
    rang = ring("undelivered", [card(10, "refused")], workspace, until=120).rang

    ((at, who),) = rang
    assert who == ("a", "BLIND")
    assert minutes(at) <= 20


def test_retries_ring_when_they_last(workspace: Workspace) -> None:
    """One or two heal themselves; the third is told."""
    for tries in (1, 2):
        lines = [card(10 + 5 * each, "retry") for each in range(tries)]
        assert ring("undelivered", lines, workspace, until=120).rang == []
    lines = [card(10 + 5 * each, "retry") for each in range(3)]
    assert len(ring("undelivered", lines, workspace, until=120).rang) == 1


def test_hourly_retries_are_one_alert_until_the_card_gets_through(workspace: Workspace) -> None:
    """After the first hour a card is tried once an hour: the alert stays, and ends with success."""
    eager = [card(minute, "retry") for minute in range(10, 70, 5)]
    hourly = [card(minute, "retry") for minute in range(125, 600, 60)]
    lines = [*eager, *hourly, card(620, "accepted")]

    bell = ring("undelivered", lines, workspace, until=720)

    assert len(bell.rang) == 1
    assert [minutes(at) > 620 for at, _ in bell.resolved] == [True]


def test_a_card_that_got_through_after_a_failure_does_not_ring(workspace: Workspace) -> None:
    """However often it failed: what the channel shows in the end is what counts."""
    lines = [*(card(minute, "retry") for minute in (11, 12, 13)), card(14, "accepted")]

    assert ring("undelivered", lines, workspace, until=120).rang == []


def test_a_digest_that_does_not_arrive_has_a_name(workspace: Workspace) -> None:
    """It is about no verdict; an empty dimension would say nothing."""
    rang = ring("undelivered", [card(10, "refused", verdict="")], workspace, until=60).rang

    assert [who for _, who in rang] == [("a", "first")]


# -- cannot work ----------------------------------------------------------------------------------


@pytest.mark.parametrize("event", ["misconfigured", "failed"])
def test_what_keeps_it_from_working_rings_the_second_time(event: str, workspace: Workspace) -> None:
    """Once may be an instance that was recycled; twice is not."""
    lines = [
        line(10 + 5 * each, f"watchdog.{event}", problems=["A"], error="E") for each in range(6)
    ]

    assert ring("disabled", lines[:1], workspace, until=120).rang == []
    assert [who for _, who in ring("disabled", lines, workspace, until=120).rang] == [(event,)]
