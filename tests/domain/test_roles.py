"""Which server is active, by all evidence: one row per rule."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from shared.domain.pair.roles import fuse
from tests.support.pairs import A, B, C, acted, member, view
from tests.support.roles import AUDITS, CONFIGURATION, HEALTH, Says, active, said

if TYPE_CHECKING:
    from shared.domain.pair.view import PairView


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
        "Connect Health shows exports later: by its word alone the next one is due later",
        view(member(A, configured="30m", exported="90m")),
        Says("SYNC-A active", HEALTH),
    ),
    (
        "and overdue a minute after that",
        view(member(A, configured="30m", exported="91m")),
        Says("- SYNC-A staging"),
    ),
    (
        "put into staging, and the other one is not in staging: that one",
        view(member(A, configured="30m"), active(B), audits=[acted(A, "3h", "2h")]),
        Says("SYNC-B active, SYNC-A staging", HEALTH),
    ),
    (
        "put into staging, and the settings name it: still none",
        view(member(A, configured="30m"), audits=[acted(A, "3h", "2h")], active=A),
        Says(
            "- SYNC-A staging",
            None,
            (
                (
                    "Connect Health says that SYNC-A is in staging mode, "
                    "which the settings name as the active server"
                ),
            ),
        ),
    ),
    (
        "an entry without an upload time may lag: the exporter keeps the role",
        view(member(A, configured=None, updated="0m"), audits=[acted(A, "9h", "270m")]),
        Says("SYNC-A active", AUDITS),
    ),
    (
        "beyond the longest lag it has lost it",
        view(member(A, configured=None, updated="0m"), audits=[acted(A, "9h", "271m")]),
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


@pytest.mark.parametrize(
    ("pair", "expected"), [pytest.param(pair, says, id=rule) for rule, pair, says in ROLES]
)
def test_the_active_server_is_named_by_the_best_evidence(pair: PairView, expected: Says) -> None:
    """Exports first, then flags; the settings are what is meant, not what is."""
    assert said(pair) == expected


def test_at_most_twenty_servers_are_named_those_that_are_meant_among_them() -> None:
    """The rest is what somebody once registered."""
    crowd = [acted(f"A-{n:02}", "3h") for n in range(12)]
    members = [member(f"M-{n:02}") for n in range(20)]
    roles = fuse(view(*members, audits=crowd, exporter="ZZ", standbys=("Z1",)))

    assert len(roles.servers) == 20
    assert roles.servers[0].name == "ZZ"
    assert roles.servers[-1].name == "Z1"
