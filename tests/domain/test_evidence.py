"""What a judgement rests on: since when, which limit, which times, and what was not read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from shared.domain.tenant.detector import Policy
from shared.domain.verdicts import Kind, PasswordSync
from tests.support.judging import DOWN, NOW, UNREAD, Case, Seen, at, graph, span, watching

if TYPE_CHECKING:
    from datetime import datetime

    from shared.domain.readings import TenantReading

LEARNED = watching("100d", rhythm="30m")
SLOW = watching("100d", rhythm="30m", widest="4h")
THREE_HOURLY = Policy(sync_interval=span("3h"))


@pytest.mark.parametrize(
    ("case", "since"),
    [
        (Case("silent: the newest of both", graph("90m", "70m")), "70m"),
        (Case("silent: the newest of both, turned", graph("70m", "90m")), "70m"),
        (Case("stalled: the last object sync", graph("4h", "5m")), "4h"),
        (Case("passwords: the last password sync", graph("5m", "4h")), "4h"),
        (Case("single: the last object sync", graph("4h", None)), "4h"),
        (Case("unread: the last object sync", graph("4h", UNREAD)), "4h"),
        (Case("hidden: when it was seen", graph(), cloud=True, alive="2h"), "2h"),
        (Case("disabled: now", graph("4h", "4h", enabled=False)), "0m"),
        (Case("never: now", graph(None, None)), "0m"),
        (Case("blind: the last good read", DOWN, past=(Seen("40m", graph("1h", "1h")),)), "40m"),
        (Case("blind: the start, if never read", DOWN, before=watching("50m")), "50m"),
        (Case("clocks differ: now", graph(ahead="9m")), "0m"),
        (Case("future: now", graph("-9m", "5m")), "0m"),
        (
            Case(
                "backward: the earlier step back",
                graph("50m", "50m"),
                past=(
                    Seen("30m", graph("31m", "31m")),
                    Seen("20m", graph("31m", "50m")),
                    Seen("15m", graph("50m", "50m")),
                ),
            ),
            "20m",
        ),
    ],
    ids=lambda value: value.rule if isinstance(value, Case) else "",
)
def test_a_finding_knows_since_when(case: Case, since: str) -> None:
    """The problem began at the last sign of life, or now where there is none."""
    assert case.judged().findings[0].since == at(since)


@pytest.mark.parametrize(
    ("case", "limit"),
    [
        (Case("both silent", graph("90m", "90m")), "60m"),
        (Case("stalled", graph("4h", "5m")), "3h"),
        (Case("stalled by a known rhythm", graph("7h", "5m"), before=SLOW), "6h"),
        (Case("passwords", graph("5m", "4h")), "2h"),
        (Case("single", graph("2h", None), before=LEARNED), "75m"),
        (Case("unread", graph("4h", UNREAD)), "3h"),
        (Case("alive elsewhere", graph("61m", "61m"), alive="1m"), "60m"),
        (Case("hidden", graph(), cloud=True, alive="2h"), "75m"),
        (Case("unproven", graph(), cloud=True), "60m"),
        (Case("maybe alive", graph("61m"), alive="40m"), "60m"),
        (Case("both late", graph("50m", "50m")), "45m"),
        (Case("objects late", graph("70m", "5m")), "60m"),
        (Case("objects late, wide", graph("2h", "5m"), policy=Policy(span("90m"))), "90m"),
        (Case("objects late, 3 h cadence", graph("7h", "5m"), policy=THREE_HOURLY), "6h"),
        (Case("passwords late", graph("5m", "70m")), "60m"),
        (Case("blind", DOWN, before=watching("50m")), "30m"),
    ],
    ids=lambda value: value.rule if isinstance(value, Case) else "",
)
def test_the_evidence_names_the_limit_that_was_crossed(case: Case, limit: str) -> None:
    """A card may quote the limit: it is the one that the verdict was made with."""
    assert case.judged().evidence.limit == span(limit)


def test_the_evidence_holds_what_was_read() -> None:
    """Evidence holds both times, when they were read, the cadence and what passwords are worth."""
    evidence = Case("", graph("70m", "80m"), policy=THREE_HOURLY).judged().evidence

    assert evidence.object_sync_at == at("70m")
    assert evidence.password_sync_at == at("80m")
    assert evidence.read_at == NOW
    assert evidence.cadence == span("3h")
    assert evidence.password_sync is PasswordSync.USED


def test_blind_evidence_holds_the_last_good_read_and_the_reason() -> None:
    """Blind repeats the last known times as known then, and says why Graph cannot be read."""
    evidence = Case("", DOWN, past=(Seen("40m", graph("50m", "45m")),)).judged().evidence

    assert evidence.read_at == at("40m")
    assert (evidence.object_sync_at, evidence.password_sync_at) == (at("50m"), at("45m"))
    assert evidence.password_sync is PasswordSync.UNREAD
    assert evidence.detail == f"throttled: {DOWN.detail}"


@pytest.mark.parametrize(
    ("sees", "password_sync", "detail"),
    [
        (graph("5m", None), PasswordSync.NOT_USED, ""),
        (graph("5m", "8d"), PasswordSync.NOT_USED, ""),
        (graph("5m", UNREAD), PasswordSync.UNREAD, f"forbidden: {UNREAD.detail}"),
        (graph("5m", "5m"), PasswordSync.USED, ""),
    ],
)
def test_the_evidence_says_what_the_second_heartbeat_is_worth(
    sees: TenantReading, password_sync: PasswordSync, detail: str
) -> None:
    """The card can say that the evidence is single, or that half of it was not read."""
    evidence = Case("", sees).judged().evidence

    assert (evidence.password_sync, evidence.detail) == (password_sync, detail)


@pytest.mark.parametrize(
    ("sees", "detail"),
    [
        (graph(ahead="9m"), "The watchdog's clock is 9 min behind Graph's."),
        (graph(ahead="-9m29s"), "The watchdog's clock is 9 min ahead of Graph's."),
        (graph(ahead="2h"), "The watchdog's clock is 120 min behind Graph's."),
        (graph("-9m", "5m"), "Graph's last object sync time lies in the future."),
        (
            graph("-9m", "-9m"),
            "Graph's last object sync and password sync time lies in the future.",
        ),
    ],
)
def test_a_suspect_clock_is_named(sees: TenantReading, detail: str) -> None:
    """The detail says whose clock is off, and which way."""
    judged = Case("", sees).judged()
    found = judged.finding(Kind.CLOCK)

    assert found is not None
    assert found.evidence.detail == detail


@pytest.mark.parametrize(
    ("case", "measured_at"),
    [
        (Case("healthy", graph(), alive="9m"), NOW),
        (Case("silent", graph("90m"), alive="80m"), NOW),
        (Case("disabled", graph(enabled=False), alive="9m"), NOW),
        (Case("late", graph("50m"), alive="9m"), NOW),
        (Case("blind", DOWN, before=watching("50m"), alive="9m"), NOW),
        (Case("our clock 10 min slow", graph(ahead="10m"), alive="9m"), at("-10m")),
    ],
    ids=lambda value: value.rule if isinstance(value, Case) else "",
)
def test_every_verdict_says_by_which_time_and_when_the_server_was_seen(
    case: Case, measured_at: datetime
) -> None:
    """Ages on a card count from the clock that is right."""
    evidence = case.judged().evidence

    assert evidence.measured_at == measured_at
    assert case.alive is not None
    assert evidence.alive_at == at(case.alive)


def test_a_proof_of_life_from_the_future_is_no_evidence() -> None:
    """A card must not say that the server was seen in an hour."""
    assert Case("", graph("90m"), alive="-1h").judged().evidence.alive_at is None
    assert Case("", DOWN, alive="-1h").judged().evidence.alive_at is None
