"""No server is active: one row per rule, the moment at a limit beside the one after it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from shared.domain.pair.readings import CloudSync, Known
from shared.domain.pair.roles import fuse
from tests.support.pairs import A, B, C, acted, health, member, named, view
from tests.support.roles import HEALTH

if TYPE_CHECKING:
    from shared.domain.pair.readings import Acted, HealthMember
    from shared.domain.pair.view import PairView


def stopped(
    *members: HealthMember, audits: tuple[Acted, ...] = (), cadence: str = "30m"
) -> PairView:
    """The tenant synced two hours ago for the last time."""
    return view(*members, audits=audits, cadence=cadence, objects="2h")


NONE_ACTIVE = [
    ("both were put into staging after the last sync", stopped(member(A), member(B)), 2),
    (
        "an export of before that does not speak against it",
        stopped(member(A), member(B), audits=(acted(A, "9h", "2h"),)),
        2,
    ),
    ("a single server, too", stopped(member(A)), 1),
    (
        "a disabled one does not count",
        stopped(member(A), member(B, staging=False, disabled=True)),
        1,
    ),
    ("the next sync is not overdue", view(member(A, configured="1m"), objects="45m"), 0),
    ("a second later it is", view(member(A, configured="1m"), objects="45m1s"), 1),
    (
        "in a slow cadence it is overdue later",
        view(member(A), objects="2h", cadence="3h"),
        0,
    ),
    ("no sync time is known", view(member(A), objects=None), 0),
    ("one is active", stopped(member(A), member(B, staging=False)), 0),
    ("one is unknown", stopped(member(A), member(B, staging=None)), 0),
    (
        "one was configured before the last sync, which may have been its own",
        stopped(member(A), member(B, configured="2h")),
        0,
    ),
    ("an upload time is missing", stopped(member(A, configured=None)), 0),
    ("an upload time is wrong", stopped(member(A, configured="-9m")), 0),
    (
        "somebody exported since",
        stopped(member(A), member(B), audits=(acted(C, "59m"),)),
        0,
    ),
    (
        "no later than the flags were uploaded",
        stopped(member(A), member(B), audits=(acted(C, "1h"),)),
        2,
    ),
    (
        "since the first of the flags was uploaded",
        stopped(member(A), member(B, configured="30m"), audits=(acted(C, "59m"),)),
        0,
    ),
    (
        "not every server was read",
        view(connect_health=health(member(A), left_out=1), objects="2h"),
        0,
    ),
    (
        "Cloud Sync keeps the tenant fresh: the newest export decides",
        view(member(A), member(B), audits=(acted(A, "9h", "2h"),), cloud_sync=CloudSync(1, 1)),
        2,
    ),
    (
        "beside Cloud Sync without an export of a known time nothing tells when sync stopped",
        view(member(A), member(B), exporter=named(A, "2h"), cloud_sync=CloudSync(1, 1)),
        0,
    ),
    (
        "paused Cloud Sync moves no time",
        view(member(A), member(B), audits=(acted(A, "9h", "2h"),), cloud_sync=CloudSync(1, 0)),
        0,
    ),
    (
        "the tenant's time cannot be read: the newest export decides",
        view(member(A), member(B), audits=(acted(A, "9h", "2h"),), objects=None),
        2,
    ),
    ("Connect Health says nothing", view(active=A, objects="2h"), 0),
    ("it has no servers", view(connect_health=health(), objects="2h"), 0),
    ("it was never read", view(connect_health=Known(), objects="2h"), 0),
]


@pytest.mark.parametrize(
    ("pair", "statements"),
    [pytest.param(pair, count, id=rule) for rule, pair, count in NONE_ACTIVE],
)
def test_no_server_is_active_when_every_one_is_known_to_be_in_staging(
    pair: PairView, statements: int
) -> None:
    """One statement per server; whatever is not known may be the active one."""
    stated = fuse(pair).none_active

    assert len(stated) == statements
    assert all(each.text.endswith("is in staging mode") for each in stated)
    assert all(each.source is HEALTH and each.at is not None for each in stated)
