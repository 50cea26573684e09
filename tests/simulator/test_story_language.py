"""Promises against cards: every card meets one expectation, every expectation one card."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import permutations

import pytest
import requests
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.clock import VirtualClock, minutes
from simulator.expectations import Expect
from simulator.machine import Role, ServerPlan
from simulator.model import Tenant, TenantPlan
from simulator.results import CardRecord, Recording, TickRecord, read_card
from simulator.server import LoopbackTenant
from simulator.stories import DEFAULT, STORIES
from simulator.story import Stage, Story

START = datetime(2026, 3, 10, 0, 30, tzinfo=UTC)
SERVICES = "/providers/Microsoft.ADHybridHealthService/services?api-version=2014-01-01"
PLAN = TenantPlan((ServerPlan("SYNC-A", Role.ACTIVE),))


def card(minute: float, reason: str = "first", incident: str = "1") -> CardRecord:
    """A card that came."""
    mark = {"verdict": "SERVER_SILENT", "reason": reason, "incident": incident, "message": 1}
    return read_card(minutes(minute), {"watchdog": mark})


def recorded(*cards: CardRecord, verdicts: tuple[tuple[float, str], ...] = ()) -> Recording:
    """What happened."""
    ticks = tuple(TickRecord(minutes(at), verdict, committed=True) for at, verdict in verdicts)
    return Recording(START, ticks, cards)


def test_a_card_in_its_window_is_what_was_promised() -> None:
    """Both ends of the window belong to it."""
    expect = Expect()
    expect.card("SERVER_SILENT").between(130, 160)

    for minute in (130, 145, 160):
        assert expect.compare(recorded(card(minute))).problems == ()


@pytest.mark.parametrize("minute", [129.9, 160.1])
def test_a_card_outside_its_window_is_missing_and_unexpected(minute: float) -> None:
    """Both lines are needed to see what went wrong."""
    expect = Expect()
    expect.card("SERVER_SILENT").between(130, 160)
    missing, unexpected = expect.compare(recorded(card(minute))).problems

    assert missing == "- missing     SERVER_SILENT first between 130 and 160 min"
    assert unexpected.startswith(f"+ unexpected  SERVER_SILENT first at {minute:g} min")


def test_a_second_card_is_one_too_many() -> None:
    """A duplicate fails a story even inside the window."""
    expect = Expect()
    expect.card("SERVER_SILENT").between(130, 160)
    comparison = expect.compare(recorded(card(135), card(140)))

    assert [c.at for c in comparison.unexpected] == [minutes(140)]
    assert len(comparison.problems) == 1


def test_the_reason_is_part_of_the_promise() -> None:
    """A recovery is no first card."""
    expect = Expect()
    expect.recovery("SERVER_SILENT").between(0, 10)

    assert expect.compare(recorded(card(5, "recovery"))).problems == ()
    assert len(expect.compare(recorded(card(5, "first"))).problems) == 2


def test_a_message_without_its_mark_meets_no_promise() -> None:
    """What cannot be recognised is unexpected."""
    expect = Expect()
    expect.quiet()
    (problem,) = expect.compare(recorded(read_card(minutes(5), {"watchdog": "none"}))).problems

    assert "a card without a `watchdog` object at 5 min" in problem


WINDOWS = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)).map(sorted), max_size=4)


@settings(deadline=None)
@given(windows=WINDOWS, moments=st.lists(st.integers(0, 9), max_size=4))
def test_overlapping_windows_are_matched_as_well_as_can_be(
    windows: list[list[int]], moments: list[int]
) -> None:
    """No order of writing hides a possible match: compared with trying all of them."""
    expect = Expect()
    for earliest, latest in windows:
        expect.card("SERVER_SILENT").between(earliest, latest)
    met = expect.compare(recorded(*map(card, sorted(moments)))).outcomes

    padded = [*moments, *[None] * len(windows)]
    best = max(
        sum(m is not None and w[0] <= m <= w[1] for w, m in zip(windows, order, strict=False))
        for order in permutations(padded, len(windows))
    )
    assert sum(outcome.card is not None for outcome in met) == best
    assert all(outcome.window.holds(outcome.card.at) for outcome in met if outcome.card)
    assert len({id(outcome.card) for outcome in met if outcome.card}) == best


def test_a_quiet_story_fails_on_any_card() -> None:
    """Quiet is a promise."""
    expect = Expect()
    expect.quiet()

    assert expect.compare(recorded()).problems == ()
    assert len(expect.compare(recorded(card(5))).problems) == 1


def test_a_verdict_must_be_reached_in_its_window() -> None:
    """One tick in the window is enough; one outside is none."""
    expect = Expect()
    expect.quiet()
    expect.verdict("LATE").between(10, 20)

    assert expect.compare(recorded(verdicts=((15, "LATE"),))).problems == ()
    (problem,) = expect.compare(recorded(verdicts=((15, "HEALTHY"), (25, "LATE")))).problems
    assert problem == "- missing     verdict LATE between 10 and 20 min"


def test_the_number_of_incidents_may_be_promised() -> None:
    """A worsening verdict belongs to the incident that is open."""
    expect = Expect()
    expect.card("SERVER_SILENT").between(0, 9)
    expect.card("SERVER_SILENT").between(0, 9)
    expect.incidents(1)

    assert expect.compare(recorded(card(1), card(2))).problems == ()
    (problem,) = expect.compare(recorded(card(1), card(2, incident="2"))).problems
    assert "2 incidents (1, 2), not 1" in problem


def test_a_promise_that_cannot_be_kept_or_broken_fails_the_story() -> None:
    """No window, an empty one, nothing at all, or both quiet and cards."""
    windowless = Expect()
    windowless.card("SERVER_SILENT")
    both = Expect()
    both.card("SERVER_SILENT").between(0, 9)
    both.quiet()

    assert any("add .between" in p for p in windowless.compare(recorded()).problems)
    assert any("expects nothing" in p for p in Expect().compare(recorded()).problems)
    assert any("drop one" in p for p in both.compare(recorded(card(1))).problems)
    with pytest.raises(ValueError, match="empty"):
        Expect().card("SERVER_SILENT").between(9, 0)


def test_what_the_workflow_dropped_and_what_a_tick_raised_fail_any_story() -> None:
    """Neither needs a promise."""
    expect = Expect()
    expect.quiet()
    tick = TickRecord(minutes(5), "FAILED", committed=False, error="KeyError: 'x'")
    recording = Recording(START, (tick,), (), rejected=((minutes(10), "no body"),))

    assert expect.compare(recording).problems == (
        "! at 10 min the workflow accepted a message and dropped it: no body",
        "! the tick at 5 min raised KeyError: 'x'",
    )


def test_events_happen_in_order_of_time_and_then_of_writing() -> None:
    """A story may be written in any order."""
    story = Story("s", "A story.", tenant=PLAN, until=minutes(60))
    story.at(30).server_returns("SYNC-A")
    story.at(10).server_dies("SYNC-A").graph_fails(500)
    story.at(40).watchdog_down(until=50)

    assert [event.happening.text for event in story.in_order()] == [
        "SYNC-A dies",
        "Graph fails: 500",
        "SYNC-A is back",
        "The watchdog is down",
        "The watchdog is back",
    ]
    with pytest.raises(ValueError, match="outside the story s"):
        story.at(61)


def test_every_named_story_can_fail() -> None:
    """Each has a name of its own, promises something, and promises it inside its time."""
    assert DEFAULT in STORIES
    for name, story in STORIES.items():
        assert story.name == name
        problems = story.expect.compare(recorded(card(-1))).problems
        assert problems
        assert not [p for p in problems if p.startswith("!") and "incidents" not in p]
        for window in (*story.expect.cards, *story.expect.verdicts, *story.expect.advices):
            assert window.earliest is not None
            assert minutes(0) <= window.earliest <= story.until


def told(text: str, minute: float = 5) -> CardRecord:
    """A card with one text."""
    mark = {"verdict": "SERVER_SILENT", "reason": "first", "incident": "1", "message": 1}
    body = [{"type": "FactSet", "facts": [{"title": "Standby", "value": text}]}]
    attachments = [{"content": {"body": body}}]
    return read_card(minutes(minute), {"watchdog": mark, "attachments": attachments})


def test_what_a_card_says_may_be_promised() -> None:
    """As a person reads it: without escapes and emphasis, wherever it stands in the card."""
    expect = Expect()
    expect.card("SERVER_SILENT").between(0, 9).saying("SYNC-B is fit").not_saying("do not")

    assert expect.compare(recorded(told(r"**SYNC\-B** is fit &amp; well"))).problems == ()
    missing, forbidden = expect.compare(recorded(told("Do not fail over"))).problems
    assert missing == "! the card SERVER_SILENT first at 5 min does not say 'SYNC-B is fit'"
    assert forbidden == "! the card SERVER_SILENT first at 5 min says 'do not'"


def advised(*words: tuple[float, str]) -> Recording:
    """Ticks with their advice."""
    ticks = (TickRecord(minutes(at), "LATE", committed=True, advice=word) for at, word in words)
    return Recording(START, tuple(ticks), ())


def test_an_advice_must_be_given_in_its_window() -> None:
    """One tick in the window is enough; one outside is none."""
    expect = Expect()
    expect.quiet()
    expect.advice("fail_over").between(10, 20)

    assert expect.compare(advised((5, "none"), (15, "fail_over"))).problems == ()
    (problem,) = expect.compare(advised((15, "none"), (25, "fail_over"))).problems
    assert problem == "- missing     advice fail_over between 10 and 20 min"


def test_an_advice_may_be_forbidden_for_a_whole_story() -> None:
    """A failover that is advised once in passing is advised."""
    expect = Expect()
    expect.quiet()
    expect.never_advise("fail_over")

    assert expect.compare(advised((5, "check_first"), (15, "none"))).problems == ()
    (problem,) = expect.compare(advised((5, "check_first"), (15, "fail_over"))).problems
    assert problem == "! the tick at 15 min advises fail_over"


def answered(url: str) -> int:
    """The status of a request with a token."""
    return requests.get(url, headers={"Authorization": "Bearer loopback"}, timeout=5).status_code


def test_each_verb_of_the_pair_does_to_the_world_what_it_says() -> None:
    """Played on a served tenant, each changes what some source answers."""
    plan = TenantPlan((ServerPlan("SYNC-A", Role.ACTIVE), ServerPlan("SYNC-B", Role.STAGING)))
    story = Story("s", "A story.", tenant=plan, until=minutes(60))
    moment = story.at(0)
    moment.has_version("SYNC-B", "2.6.95.0").certificate_expires("SYNC-B", in_=minutes(30))
    moment.agent_stops("SYNC-A").sync_service_stops("SYNC-A").ad_import_fails("SYNC-A", "SYNC-B")
    moment.accidental_delete_stop(7).entra_outage().advisory("Slow").cloud_sync_starts()
    moment.raises_alert("", "Odd", "Warning").denies("directoryAudits").reader_role_removed()
    clock = VirtualClock(START)
    tenant = Tenant(plan, START)
    with LoopbackTenant(tenant, clock) as loopback:
        for event in story.in_order():
            event.action(Stage(loopback))
        a, b = tenant.servers.values()
        assert (b.version, b.certificate_ends) == ("2.6.95.0", START + minutes(30))
        assert (a.agent_runs, a.service_runs) == (False, False)
        assert (a.imports_fail, b.imports_fail) == (True, True)
        assert (tenant.entra.pending_deletes, tenant.entra.down) == (7, True)
        assert len(tenant.entra.issues) == 2
        assert tenant.entra.cloud_since == START
        assert [alert.name for alert in tenant.health.active()] == ["Odd"]
        url = f"{loopback.graph_url}/v1.0/auditLogs/directoryAudits"
        health = loopback.arm_url + SERVICES
        assert [answered(each) for each in (url, health)] == [403, 403]
        again = story.at(1).agent_starts("SYNC-A").sync_service_starts("SYNC-A").deletes_allowed()
        again.ad_import_works("SYNC-A", "SYNC-B").entra_recovers().cloud_sync_stops()
        again.alert_resolves("Odd").allows("directoryAudits").reader_role_back().both_die()
        for event in story.in_order():
            if event.happening.at:
                event.action(Stage(loopback))
        assert (a.agent_runs, a.service_runs) == (True, True)
        assert (a.imports_fail, b.imports_fail) == (False, False)
        assert (tenant.entra.pending_deletes, tenant.entra.down) == (0, False)
        assert tenant.entra.cloud_until == START
        assert tenant.health.active() == []
        assert [answered(each) for each in (url, health)] == [200, 200]
        assert (a.alive, b.alive) == (False, False)
