"""Which server is active, and what is said where evidence disagrees: one row per rule."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pytest

from shared.domain.exports import PairMemory
from shared.domain.pair_readings import CloudSync, Known, Source
from shared.domain.pair_report import Role
from shared.domain.roles import fuse
from tests.support.judging import at
from tests.support.pairs import A, B, C, acted, handover, health, member, view

if TYPE_CHECKING:
    from shared.domain.pair_readings import Acted, HealthMember
    from shared.domain.pair_view import PairView, ServerRole

HEALTH, CONFIGURATION, AUDITS = Source.CONNECT_HEALTH, Source.SYNC_CONFIGURATION, Source.AUDITS


@dataclass(frozen=True)
class Says:
    """What fusing gives: each server as "name role", the active one's basis, what disagrees."""

    servers: str
    basis: Source | None = None
    disagrees: tuple[str, ...] = ()


def said(pair: PairView) -> Says:
    """The same of a pair; `servers` begins with "-" when none is taken as the active one."""
    roles = fuse(pair)
    servers = ", ".join(f"{each.name} {each.role}" for each in roles.servers)
    return Says(
        servers if roles.active else f"- {servers}".rstrip(),
        roles.active.basis if roles.active else None,
        tuple(each.text for each in roles.disagreements),
    )


def active(
    name: str,
    *,
    configured: str | None = "1h",
    updated: str = "=",
    exported: str | None = None,
) -> HealthMember:
    """A server that is not in staging mode."""
    return member(name, staging=False, configured=configured, updated=updated, exported=exported)


def remembering(*, exporter: tuple[str, str, str], audits: tuple[str, str, str]) -> PairMemory:
    """What two sources showed, each a run."""
    return PairMemory(configuration=(acted(*exporter),), audits=(acted(*audits),))


ROLES = [
    ("nobody names a server: none is known", view(), Says("-")),
    (
        "everything agrees",
        view(active(A), member(B), exporter=A, active=A, standbys=(B,)),
        Says("SYNC-A active, SYNC-B staging", CONFIGURATION),
    ),
    # -- measured
    (
        "one exporter is active, whatever else is not known",
        view(exporter=A),
        Says("SYNC-A active", CONFIGURATION),
    ),
    (
        "audits measure, too",
        view(audits=[acted(A, "3h", "1h")]),
        Says("SYNC-A active", AUDITS),
    ),
    (
        "so does the export status",
        view(member(A, staging=None, exported="20m")),
        Says("SYNC-A active", HEALTH),
    ),
    (
        "the newest export names the active one",
        view(audits=[acted(A, "9h", "3h"), acted(B, "2h", "5m")]),
        Says("SYNC-B active, SYNC-A unknown", AUDITS),
    ),
    (
        "a standby's export from when it was active does not",
        view(member(A, staging=None, exported="20m"), member(B, exported="3d", configured="1h")),
        Says("SYNC-A active, SYNC-B staging", HEALTH),
    ),
    (
        "an export of seven days ago still decides",
        view(audits=[acted(A, "7d")]),
        Says("SYNC-A active", AUDITS),
    ),
    (
        "an older one decides nothing, and names nobody",
        view(audits=[acted(A, "7d 1s")]),
        Says("-"),
    ),
    (
        "a measured exporter wins against a flag that is older: it lags",
        view(member(A, configured="2h"), exporter=A),
        Says("SYNC-A active", CONFIGURATION),
    ),
    (
        "a server that exported after its flag said staging is unknown",
        view(member(A, configured="4h"), audits=[acted(A, "9h", "3h"), acted(B, "2h", "5m")]),
        Says("SYNC-B active, SYNC-A unknown", AUDITS),
    ),
    (
        "put into staging after its last export, and the next export is overdue: not active",
        view(member(A, configured="30m"), audits=[acted(A, "3h", "46m")]),
        Says("- SYNC-A staging"),
    ),
    (
        "put into staging, but the next export is not due yet: a flag may be wrong",
        view(member(A, configured="30m"), audits=[acted(A, "3h", "45m")]),
        Says("SYNC-A active", AUDITS),
    ),
    (
        "put into staging, and the other one is not in staging: that one",
        view(member(A, configured="30m"), active(B), audits=[acted(A, "3h", "2h")]),
        Says("SYNC-B active, SYNC-A staging", HEALTH),
    ),
    (
        "put into staging, and the settings name it: still none",
        view(member(A, configured="30m"), audits=[acted(A, "3h", "2h")], active=A),
        Says("- SYNC-A staging"),
    ),
    # -- flags alone
    (
        "without exports the only one that is not in staging",
        view(active(A), member(B)),
        Says("SYNC-A active, SYNC-B staging", HEALTH),
    ),
    (
        "two that are not in staging name none, and that is said of both",
        view(active(A), active(B)),
        Says(
            "- SYNC-A unknown, SYNC-B unknown",
            None,
            (
                "Connect Health says that SYNC-A is active",
                "Connect Health says that SYNC-B is active",
            ),
        ),
    ),
    (
        "nor do they against the settings: taken as active, but unknown",
        view(active(A), active(B), active=A),
        Says(
            "SYNC-A unknown, SYNC-B unknown", None, ("Connect Health says that SYNC-B is active",)
        ),
    ),
    (
        "a server without the flag is unknown",
        view(active(A), member(B, staging=None)),
        Says("SYNC-A active, SYNC-B unknown", HEALTH),
    ),
    (
        "one that Connect Health does not know is unknown",
        view(active(A), standbys=(B,)),
        Says("SYNC-A active, SYNC-B unknown", HEALTH),
    ),
    # -- settings alone
    (
        "the settings name it, which is no evidence",
        view(active=A, standbys=(B,)),
        Says("SYNC-A unknown, SYNC-B unknown"),
    ),
    (
        "the flag denies what only the settings say",
        view(member(A), member(B), active=A),
        Says(
            "SYNC-A unknown, SYNC-B staging",
            None,
            (
                (
                    "Connect Health says that SYNC-A is in staging mode, "
                    "which the settings name as the active server"
                ),
            ),
        ),
    ),
    # -- entries
    (
        "of two entries of one name the newest speaks",
        view(
            active(A),
            member(B, updated="9d", key="old", staging=False),
            member(B, updated="5m", key="new"),
        ),
        Says("SYNC-A active, SYNC-B staging", HEALTH),
    ),
    (
        "a disabled entry does not speak beside another",
        view(
            active(A),
            member(B, updated="1m", key="old", staging=False, disabled=True),
            member(B, updated="5m", key="new"),
        ),
        Says("SYNC-A active, SYNC-B staging", HEALTH),
    ),
    (
        "the only entry speaks even if disabled",
        view(active(A), member(B, disabled=True)),
        Says("SYNC-A active, SYNC-B staging", HEALTH),
    ),
    (
        "names are shown as Connect Health spells them",
        view(
            active("Sync-A.contoso.com"),
            member("Sync-B"),
            exporter=A,
            active="sync-a",
            standbys=("sync-b",),
        ),
        Says("Sync-A.contoso.com active, Sync-B staging", CONFIGURATION),
    ),
    (
        "else as the source that names them",
        view(exporter=A, active="sync-a.contoso.com"),
        Says("SYNC-A active", CONFIGURATION),
    ),
    (
        "the active one first, then the others by name",
        view(member(C), member(A), active(B), exporter=B),
        Says("SYNC-B active, SYNC-A staging, SYNC-C staging", CONFIGURATION),
    ),
]


def switched(former: HealthMember) -> PairView:
    """SYNC-B has had the role for nine hours; what is said of the server before?"""
    runs = [acted(A, "12h", "10h"), acted(B, "9h", "5m")]
    return view(former, active(B), audits=runs, handovers=(handover(A, B, "9h"),))


def stopped(
    *members: HealthMember, audits: tuple[Acted, ...] = (), cadence: str = "30m"
) -> PairView:
    """The tenant synced two hours ago for the last time."""
    return view(*members, audits=audits, cadence=cadence, objects="2h")


DISAGREEMENTS = [
    (
        "the settings name another server",
        view(exporter=B, active=A),
        ("SYNC-B exports, but the settings name SYNC-A as the active server",),
    ),
    (
        "the settings name the exporter as a standby",
        view(exporter=B, standbys=(B,)),
        ("SYNC-B exports, but the settings name SYNC-B as a standby",),
    ),
    (
        "both at once is one sentence",
        view(exporter=B, active=A, standbys=(B,)),
        (
            (
                "SYNC-B exports, but the settings name SYNC-A as the active server "
                "and SYNC-B as a standby"
            ),
        ),
    ),
    (
        "a flag against the settings claims no export",
        view(member(A), active(B), active=A),
        ("SYNC-B is not in staging mode, but the settings name SYNC-A as the active server",),
    ),
    (
        "a flag of before the handover lags",
        switched(active(A, configured="10h")),
        (),
    ),
    (
        "a flag just after it may have been sampled before",
        switched(active(A, configured="525m")),
        (),
    ),
    (
        "a flag that must know of the handover contradicts",
        switched(active(A, configured="524m")),
        ("Connect Health says that SYNC-A is active too",),
    ),
    (
        "so does it where the exports before are not remembered any more",
        view(active(A), active(B), exporter=B, handovers=(handover(A, B, "9h"),)),
        ("Connect Health says that SYNC-A is active too",),
    ),
    (
        "an entry without an upload time has the longest lag",
        switched(active(A, configured=None, updated="270m")),
        (),
    ),
    (
        "and contradicts after that",
        switched(active(A, configured=None, updated="269m")),
        ("Connect Health says that SYNC-A is active too",),
    ),
    (
        "a flag from the future is as old as the entry",
        switched(active(A, configured="-1h", updated="10h")),
        (),
    ),
    (
        "the exporter's own flag may lag by four and a half hours",
        view(member(A, configured="5h"), audits=[acted(A, "275m", "5m")]),
        (),
    ),
    (
        "after that it contradicts",
        view(member(A, configured="5h"), audits=[acted(A, "276m", "5m")]),
        ("Connect Health says that SYNC-A is in staging mode, but it exports",),
    ),
    (
        "a source that is quiet since the handover only lags",
        view(memory=remembering(exporter=(B, "3h", "5m"), audits=(A, "9h", "90m"))),
        (),
    ),
    (
        "a source that saw the other export long after the handover contradicts",
        view(memory=remembering(exporter=(B, "3h", "5m"), audits=(A, "9h", "89m"))),
        ("SYNC-A exported after SYNC-B had taken over",),
    ),
]


@pytest.mark.parametrize(
    ("pair", "expected"), [pytest.param(pair, says, id=rule) for rule, pair, says in ROLES]
)
def test_the_active_server_is_named_by_the_best_evidence(pair: PairView, expected: Says) -> None:
    """Exports first, then flags; the settings are what is meant, not what is."""
    assert said(pair) == expected


@pytest.mark.parametrize(
    ("pair", "expected"), [pytest.param(pair, says, id=rule) for rule, pair, says in DISAGREEMENTS]
)
def test_what_no_lag_explains_is_said(pair: PairView, expected: tuple[str, ...]) -> None:
    """And what a lag explains is not."""
    assert said(pair).disagrees == expected


def test_a_disagreement_has_its_source_and_time() -> None:
    """The card says who contradicts, and how old that is."""
    (settings,) = fuse(view(exporter=B, active=A)).disagreements
    (flag,) = fuse(view(member(A, configured="5h"), audits=[acted(A, "9h", "5m")])).disagreements

    assert (settings.source, settings.at) == (CONFIGURATION, at("5m"))
    assert (flag.source, flag.at) == (HEALTH, at("5h"))


def test_at_most_four_disagreements_are_said_the_most_important_first() -> None:
    """Twenty servers that all claim to be active do not fill the card."""
    everybody = [active(f"SYNC-{letter}", configured="1m") for letter in "CDEFGH"]
    pair = view(*everybody, audits=[acted(B, "3h", "5m")], active=A)

    disagreements = fuse(pair).disagreements

    assert len(disagreements) == 4
    assert disagreements[0].text.startswith("SYNC-B exports, but the settings")


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


def test_at_most_twenty_servers_are_named_those_that_are_meant_among_them() -> None:
    """The rest is what somebody once registered."""
    crowd = [acted(f"A-{n:02}", "3h") for n in range(12)]
    members = [member(f"M-{n:02}") for n in range(20)]
    roles = fuse(view(*members, audits=crowd, exporter="ZZ", standbys=("Z1",)))

    assert len(roles.servers) == 20
    assert roles.servers[0].name == "ZZ"
    assert roles.servers[-1].name == "Z1"


# -- no active server -----------------------------------------------------------------------------

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
        "not every server was read",
        view(connect_health=health(member(A), left_out=1), objects="2h"),
        0,
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
