"""Readiness, by role and Connect Health: every rule of these checks as one row.

The id of a row is the rule; the limits themselves stand beside what lies a second beyond them.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from hypothesis import given
from hypothesis import strategies as st

from shared.domain.pair.readings import (
    AlertLevel,
    Known,
    Source,
)
from shared.domain.pair.report import (
    CheckName,
    Outcome,
    Role,
    Statement,
)
from shared.domain.pair.view import EVIDENCE_LASTS
from tests.support.judging import at, span
from tests.support.pairs import REFUSED, B, failed, member
from tests.support.readiness import Scene, alert, row, staging_claim, table, told

if TYPE_CHECKING:
    from shared.domain.readings import Unavailable

PASS, WARN, FAIL = Outcome.PASS, Outcome.WARN, Outcome.FAIL
UNKNOWN, NOTE = Outcome.UNKNOWN, Outcome.NOTE
STALE = "Health service data is not up to date"


# -- role -----------------------------------------------------------------------------------------


@table(
    CheckName.STAGING,
    row("shown in staging mode", PASS, "staging"),
    row("shown as active", FAIL, "active", role=Role.ACTIVE),
    row("no evidence", UNKNOWN, "role_unknown", role=Role.UNKNOWN, basis=None, claims=()),
    row("a setting is no evidence", UNKNOWN, "role_unknown", basis=Source.INTENDED, claims=()),
)
def test_only_evidence_shows_staging_mode(changes: Any, expected: Any) -> None:
    """What the team set is what it wants, not what is."""
    assert told(changes, expected[0]) == expected


def test_a_server_that_exported_is_called_so() -> None:
    """An export is stronger than a flag, and the sentence says which it was."""
    claim = staging_claim(role=Role.ACTIVE, source=Source.AUDITS, measured=True, at=at("7m"))

    check = Scene(role=Role.ACTIVE, basis=Source.AUDITS, claims=(claim,)).check(CheckName.STAGING)

    expected = Statement("SYNC-B exported, so it is not in staging mode", Source.AUDITS, at("7m"))
    assert check.statement == expected


# -- seen -----------------------------------------------------------------------------------------


@table(
    CheckName.SEEN,
    row("exactly 45 min before the read", PASS, "seen", b=member(B, seen="45m")),
    row("a second more is late", UNKNOWN, "seen_late", b=member(B, seen="45m1s")),
    row("exactly 2 h is still only late", UNKNOWN, "seen_late", b=member(B, seen="2h")),
    row("a second more is not seen", FAIL, "not_seen", b=member(B, seen="2h1s")),
    row("a clock a little ahead", PASS, "seen", b=member(B, seen="-2m")),
    row("the future", UNKNOWN, "in_the_future", b=member(B, seen="-2m1s")),
    row("no upload at all", UNKNOWN, "no_upload", b=member(B, seen=None)),
    row("not registered", UNKNOWN, "not_registered", b=None),
    row("perhaps left out", UNKNOWN, "not_listed", b=None, members_left_out=1),
    row("uploads refused", UNKNOWN, "unread", b=member(B, seen=None, unread=REFUSED)),
    row("uploads refused, old ones known", UNKNOWN, "unread", b=member(B, unread=REFUSED)),
    row("never read", UNKNOWN, "unread", health=Known()),
    row("never read, and refused", UNKNOWN, "unread", health=failed()),
    row(
        "an upload counts as of the read",
        PASS,
        "seen",
        b=member(B, seen="90m"),
        health_read="45m",
    ),
    row("a reading over 45 min old", UNKNOWN, "reading_old", health_read="45m1s"),
    row(
        "an old reading of a dead server",
        UNKNOWN,
        "reading_old",
        b=member(B, seen="5h"),
        health_read="46m",
    ),
    row("a reading from the future", UNKNOWN, "reading_old", health_read="-6m"),
    row("monitoring switched off", UNKNOWN, "disabled", b=member(B, seen="3h", disabled=True)),
    row("switched off, but it uploads", PASS, "seen", b=member(B, disabled=True)),
    row(
        "another source saw it",
        UNKNOWN,
        "seen_elsewhere",
        b=member(B, seen="3h"),
        seen="45m",
        seen_source=Source.AUDITS,
    ),
    row(
        "another source saw it long ago",
        FAIL,
        "not_seen",
        b=member(B, seen="3h"),
        seen="46m",
        seen_source=Source.AUDITS,
    ),
)
def test_a_server_is_seen_by_its_uploads(changes: Any, expected: Any) -> None:
    """As of the read: what we did not read says nothing about a server."""
    assert told(changes, expected[0]) == expected


ages = st.timedeltas(timedelta(days=-2), timedelta(days=30))


def _ago(age: timedelta) -> str:
    sign = "-" if age < timedelta(0) else ""
    return f"{sign}{abs(age) // timedelta(seconds=1)}s"


@given(upload=ages, reading=ages, unread=st.sampled_from([None, REFUSED]), listed=st.booleans())
def test_our_own_blindness_never_makes_a_server_look_dead(
    upload: timedelta, reading: timedelta, unread: Unavailable | None, *, listed: bool
) -> None:
    """`SEEN` and `SYNCED` fail only by a recent reading that shows an old upload."""
    b = member(B, seen=_ago(upload), unread=unread) if listed else None
    scene = Scene(b=b, health_read=_ago(reading))

    outcomes = {scene.check(CheckName.SEEN).outcome, scene.check(CheckName.SYNCED).outcome}

    if outcomes & {FAIL, WARN}:
        assert listed
        assert unread is None
        assert span(_ago(reading)) <= EVIDENCE_LASTS
        assert upload - reading > timedelta(hours=1, minutes=59)


# -- synced ---------------------------------------------------------------------------------------


@table(
    CheckName.SYNCED,
    row("exactly 5 days", PASS, "synced", b=member(B, ran="5d")),
    row("a second more warns", WARN, "sync_late", b=member(B, ran="5d 1s")),
    row("exactly 7 days", WARN, "sync_late", b=member(B, ran="7d")),
    row("a second more fails", FAIL, "not_synced", b=member(B, ran="7d 1s")),
    row("no run known", UNKNOWN, "no_runs", b=member(B, ran=None)),
    row("the future", UNKNOWN, "in_the_future", b=member(B, ran="-3m")),
    row("not registered", UNKNOWN, "not_registered", b=None),
    row("no run, uploads refused", UNKNOWN, "unread", b=member(B, ran=None, unread=REFUSED)),
    row("never read", UNKNOWN, "unread", health=Known(), b=None),
    row("a run that was seen stays a fact", PASS, "synced", health_read="3d"),
    row(
        "6 days, but nobody looked since",
        UNKNOWN,
        "reading_old",
        b=member(B, ran="6d"),
        health_read="46m",
    ),
    row(
        "8 days, but nobody looked since",
        UNKNOWN,
        "reading_old",
        b=member(B, ran="8d"),
        health_read="2d",
    ),
)
def test_a_standby_must_run_its_cycles(changes: Any, expected: Any) -> None:
    """After 7 days without one it needs a full synchronization first; warned of at 5."""
    assert told(changes, expected[0]) == expected


# -- alerts ---------------------------------------------------------------------------------------


@table(
    CheckName.ALERTS,
    row("none", PASS, "no_error_alert"),
    row("an error on it", FAIL, "error_alert", alerts=(alert(),)),
    row("an error by its name", FAIL, "error_alert", alerts=(alert(on="", server="sync-b"),)),
    row("an error on another server", PASS, "no_error_alert", alerts=(alert(on="id-SYNC-A"),)),
    row(
        "an error on another server by name",
        PASS,
        "no_error_alert",
        alerts=(alert(on="id-SYNC-A", server="SYNC-A"),),
    ),
    row("an error on the service", PASS, "no_error_alert", alerts=(alert(on=""),)),
    row("a warning", PASS, "no_error_alert", alerts=(alert(level=AlertLevel.WARNING),)),
    row("a resolved error", PASS, "no_error_alert", alerts=(alert(active=False),)),
    row("an unknown error", FAIL, "error_alert", alerts=(alert("Something new"),)),
    row(
        "an error on its other entry",
        FAIL,
        "error_alert",
        more_members=(member(B, key="old"),),
        alerts=(alert(on="old"),),
    ),
    row("missing data, but it was seen", PASS, "no_error_alert", alerts=(alert(STALE),)),
    row(
        "missing data, and it is late",
        FAIL,
        "error_alert",
        b=member(B, seen="46m"),
        alerts=(alert(STALE),),
    ),
    row("missing data beside another", FAIL, "error_alert", alerts=(alert(STALE), alert())),
    row("not read", UNKNOWN, "unread", alerts=REFUSED),
    row("Connect Health never read", UNKNOWN, "unread", health=Known()),
    row("a reading over 45 min old", UNKNOWN, "reading_old", health_read="45m1s"),
    row(
        "an old reading with an error", UNKNOWN, "reading_old", health_read="46m", alerts=(alert(),)
    ),
    row("not registered", UNKNOWN, "not_registered", b=None),
    row("monitoring switched off", UNKNOWN, "disabled", b=member(B, disabled=True)),
    row(
        "more errors than were read",
        UNKNOWN,
        "alerts_left_out",
        alerts=(alert(on="id-SYNC-A"),),
        alerts_left_out=1,
    ),
    row(
        "more alerts, but every error was read",
        PASS,
        "no_error_alert",
        alerts=(alert(on="id-SYNC-A"), alert(level=AlertLevel.WARNING)),
        alerts_left_out=1,
    ),
)
def test_no_error_may_be_active_on_it(changes: Any, expected: Any) -> None:
    """Errors come first in a reading, so a warning in it shows that no error was left out."""
    assert told(changes, expected[0]) == expected


def test_the_first_error_is_named() -> None:
    """The reader sees what is wrong, not that something is."""
    check = Scene(alerts=(alert("Import failed"), alert("Other"))).check(CheckName.ALERTS)

    assert check.statement.text == "Connect Health reports an error on SYNC-B: Import failed"
