"""What is said where evidence disagrees: one row per contradiction, and per lag that is none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from shared.domain.pair.exports import PairMemory
from shared.domain.pair.roles import fuse
from tests.support.judging import at
from tests.support.pairs import A, B, acted, handover, member, view
from tests.support.roles import CONFIGURATION, HEALTH, active, said

if TYPE_CHECKING:
    from shared.domain.pair.readings import HealthMember
    from shared.domain.pair.view import PairView


def remembering(*, exporter: tuple[str, str, str], audits: tuple[str, str, str]) -> PairMemory:
    """What two sources showed, each a run."""
    return PairMemory(configuration=(acted(*exporter),), audits=(acted(*audits),))


def switched(former: HealthMember) -> PairView:
    """SYNC-B has had the role for nine hours; what is said of the server before?"""
    runs = [acted(A, "12h", "10h"), acted(B, "9h", "5m")]
    return view(former, active(B), audits=runs, handovers=(handover(A, B, "9h"),))


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
        "put into staging just now: its next export is not due, and nothing contradicts",
        view(member(A, configured="10m"), audits=[acted(A, "9h", "30m")]),
        (),
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
    (
        "so does an export of seven days ago",
        view(member(A), memory=remembering(exporter=(B, "9d", "5m"), audits=(A, "9d", "7d"))),
        ("SYNC-A exported after SYNC-B had taken over",),
    ),
    (
        "an older one says nothing about today",
        view(member(A), memory=remembering(exporter=(B, "9d", "5m"), audits=(A, "9d", "7d 1s"))),
        (),
    ),
]


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
