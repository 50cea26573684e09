"""What stands with each server of a pair: every claim on its role, and when it was seen."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from shared.domain.pair.readings import CloudSync, Source
from shared.domain.pair.report import Role
from shared.domain.pair.roles import fuse
from tests.support.judging import at
from tests.support.pairs import A, B, acted, health, member, view
from tests.support.roles import AUDITS, CONFIGURATION, HEALTH, Says, active, said

if TYPE_CHECKING:
    from shared.domain.pair.view import PairView, ServerRole


def test_every_claim_stands_with_the_server_newest_first() -> None:
    """Whoever shows the server can show why."""
    pair = view(
        active(A, configured="2h", exported="20m"),
        exporter=A,
        audits=[acted(A, "3h", "1h")],
        active=A,
    )
    (server,) = fuse(pair).servers

    assert [(claim.source, claim.measured) for claim in server.claims] == [
        (CONFIGURATION, True),
        (HEALTH, True),
        (AUDITS, True),
        (HEALTH, False),
        (Source.INTENDED, False),
    ]
    assert server.claims[-1].at is None
    assert server.intended is Role.ACTIVE


def lone(pair: PairView) -> ServerRole:
    """The only server of a pair."""
    (server,) = fuse(pair).servers
    return server


@pytest.mark.parametrize(
    ("pair", "seen", "source"),
    [
        pytest.param(view(member(A, seen="9m")), "9m", HEALTH, id="its upload"),
        pytest.param(
            view(member(A, seen="9h", exported="8m")), "8m", HEALTH, id="its export by status"
        ),
        pytest.param(
            view(member(A, seen="9h"), audits=[acted(A, "2h", "7m")]), "7m", AUDITS, id="its audits"
        ),
        pytest.param(
            view(member(A, seen="9h"), exporter=A, objects="6m"),
            "6m",
            CONFIGURATION,
            id="its export by name: the sync's time, not the read's",
        ),
        pytest.param(
            view(
                member(A, seen="9h", configured=None),
                exporter=A,
                objects="6m",
                cloud_sync=CloudSync(1, 1),
            ),
            "9h",
            HEALTH,
            id="not the tenant's time where Cloud Sync moves it",
        ),
        pytest.param(
            view(member(A, seen="-5m", updated="1h", configured=None), exporter=A, objects="1h"),
            "1h",
            CONFIGURATION,
            id="nothing from the future",
        ),
    ],
)
def test_a_server_was_seen_at_its_newest_proof_of_life(
    pair: PairView, seen: str, source: Source
) -> None:
    """The time is the event's own, never the time at which we read of it."""
    assert (lone(pair).seen_at, lone(pair).seen_source) == (at(seen), source)


def test_a_server_that_only_the_settings_name_was_never_seen() -> None:
    """Null is not "never", and here it is not "just now" either."""
    server = lone(view(active=A))

    assert (server.seen_at, server.seen_source) == (None, None)


def test_what_connect_health_said_last_stays_known_with_its_age() -> None:
    """A failed read makes evidence older; it does not take it away."""
    kept = health(member(A, staging=False), member(B), read="3h")
    pair = view(connect_health=replace(kept, tried_at=at("0m")))

    assert said(pair) == Says("SYNC-A active, SYNC-B staging", HEALTH)
