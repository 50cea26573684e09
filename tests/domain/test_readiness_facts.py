"""Readiness, by build, certificate and agent: every rule of these checks as one row.

The id of a row is the rule; the limits themselves stand beside what lies a second beyond them.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from shared.domain.pair.readings import (
    HealthDetails,
    Known,
    ServerDetails,
    Source,
    SyncConfiguration,
)
from shared.domain.pair.report import (
    CheckName,
    Outcome,
)
from tests.support.judging import NOW, at
from tests.support.pairs import A, B, failed, known
from tests.support.readiness import FACTS, FINE, Scene, row, table, told

PASS, WARN, FAIL = Outcome.PASS, Outcome.WARN, Outcome.FAIL
UNKNOWN, NOTE = Outcome.UNKNOWN, Outcome.NOTE
# -- the build ------------------------------------------------------------------------------------


def runs(b: str | None, a: str | None = "2.5.79.0") -> dict[str, Any]:
    """The builds of both servers."""
    return {"versions": {A: a, B: b}}


@table(
    CheckName.VERSION,
    row("the floor itself", PASS, "version_works", **runs("2.5.79.0")),
    row("the build below it", FAIL, "below_floor", **runs("2.5.78.99")),
    row("compared as numbers", FAIL, "below_floor", **runs("2.5.9.0")),
    row("recalled", FAIL, "recalled", **runs("2.6.79.0")),
    row("newer than the facts", PASS, "version_works", **runs("3.0.0.0")),
    row("garbage", UNKNOWN, "version_unreadable", **runs("two point six")),
    row("not told", UNKNOWN, "no_version", **runs(None)),
    row("not listed", UNKNOWN, "no_version", versions={A: FINE}),
    row("never read", UNKNOWN, "unread", details=Known()),
    row("refused", UNKNOWN, "unread", details=failed()),
    row("read a day ago", PASS, "version_works", details_read="1d"),
    row("read longer ago", UNKNOWN, "reading_old", details_read="1d 1s"),
    row(
        "an old reading below the floor",
        UNKNOWN,
        "reading_old",
        details_read="2d",
        **runs("1.1.1.1"),
    ),
)
def test_a_build_must_be_able_to_sync(changes: Any, expected: Any) -> None:
    """Not below the floor, and not recalled."""
    assert told(changes, expected[0]) == expected


SETTINGS = SyncConfiguration(exporter=f"{A.lower()}.contoso.com", client_version="2.6.92.0")


@table(
    CheckName.NOT_OLDER,
    row("the same", PASS, "not_older", **runs("2.6.84.0", "2.6.84.0")),
    row("newer", PASS, "not_older", **runs("2.6.92.0", "2.6.84.0")),
    row("older", FAIL, "older_than_active", **runs("2.6.84.0", "2.6.92.0")),
    row("its own is not known", UNKNOWN, "no_version", **runs(None)),
    row("its own is garbage", UNKNOWN, "version_unreadable", **runs("?")),
    row("the active one's is not known", UNKNOWN, "active_version_unknown", **runs(FINE, None)),
    row("no active server", UNKNOWN, "active_version_unknown", active=None),
    row(
        "the tenant knows the exporter's",
        FAIL,
        "older_than_active",
        settings=known(SETTINGS),
        **runs("2.6.84.0", None),
    ),
    row(
        "the tenant knows another exporter's",
        UNKNOWN,
        "active_version_unknown",
        settings=known(replace(SETTINGS, exporter="SYNC-C")),
        **runs("2.6.84.0", None),
    ),
    row(
        "the tenant knew it days ago",
        UNKNOWN,
        "active_version_unknown",
        settings=known(SETTINGS, "25h"),
        **runs("2.6.84.0", None),
    ),
)
def test_a_standby_must_not_be_older_than_the_active_server(changes: Any, expected: Any) -> None:
    """An older one may lack what the configuration needs; an unknown active one is no pass."""
    assert told(changes, expected[0]) == expected


@table(
    CheckName.SUPPORTED,
    row("ended this day", WARN, "unsupported", **runs("2.5.79.0")),
    row("ends tomorrow", WARN, "support_ends", **runs("2.5.190.0")),
    row("ends within 30 days", WARN, "support_ends", **runs("2.6.1.0")),
    row("ends after 30 days", PASS, "supported", **runs("2.6.3.0")),
    row("the newest", PASS, "supported", **runs("2.6.92.0")),
    row("newer than the facts", PASS, "newer_than_facts", **runs("2.6.93.0")),
    row("below the floor", WARN, "unsupported", **runs("2.4.1.0")),
    row("between two, the older one ended", WARN, "unsupported", **runs("2.5.100.0")),
    row("between two, the older one lasts", PASS, "supported", **runs("2.6.50.0")),
    row("not known", NOTE, "version_unknown", **runs(None)),
)
def test_an_unsupported_build_is_only_a_warning(changes: Any, expected: Any) -> None:
    """It still syncs."""
    assert told(changes, expected[0]) == expected


@pytest.mark.parametrize(("checked_on", "old"), [("2025-12-14", False), ("2025-12-13", True)])
def test_support_by_old_facts_says_so(checked_on: str, *, old: bool) -> None:
    """Facts more than 90 days old may have missed a build."""
    facts = replace(FACTS, checked_on=date.fromisoformat(checked_on))

    text = Scene(facts=facts).check(CheckName.SUPPORTED).statement.text

    assert (f"by version facts of {checked_on}, which are old" in text) is old


def test_a_recalled_build_is_named_with_the_reason() -> None:
    """So that nobody argues with the card at night."""
    check = Scene(**runs("2.6.79.0")).check(CheckName.VERSION)

    assert check.statement.text == (
        "SYNC-B runs 2.6.79.0, which Microsoft recalled: it was withdrawn"
    )


def test_a_known_issue_is_told_and_decides_nothing() -> None:
    """A build with a known issue still passes."""
    check = Scene(**runs("2.6.84.0")).check(CheckName.VERSION)

    assert check.outcome is PASS
    assert check.statement.text == "SYNC-B runs 2.6.84.0 (known issue: a wizard page may fail)"


def test_a_rebuilt_server_has_the_version_of_its_newest_entry() -> None:
    """Its old entry stays until somebody deletes it."""
    old, new = ServerDetails("old", B, "2.1.1.0"), ServerDetails("id-SYNC-B", B, FINE)
    details = known(HealthDetails((old, new)))

    assert Scene(details=details).check(CheckName.VERSION).reason == "version_works"


def test_two_entries_of_one_name_tell_no_version_of_an_unlisted_server() -> None:
    """Which of the two it is cannot be told."""
    both = (ServerDetails("old", B, "2.1.1.0"), ServerDetails("new", B, FINE))

    check = Scene(b=None, details=known(HealthDetails(both))).check(CheckName.VERSION)

    assert check.reason == "no_version"


# -- the certificate ------------------------------------------------------------------------------


@table(
    CheckName.CERTIFICATE,
    row("a second over 30 days", PASS, "valid", ends={B: "-30d 1s"}),
    row("exactly 30 days", FAIL, "expires", ends={B: "-30d"}),
    row("a second left", FAIL, "expires", ends={B: "-1s"}),
    row("this second", FAIL, "expired", ends={B: "0s"}),
    row("long past", FAIL, "expired", ends={B: "90d"}),
    row("by another spelling", FAIL, "expires", ends={"sync-b.contoso.com": "-1d"}),
    row("the longest one counts", PASS, "valid", ends={"sync-b": "-1d", "SYNC-B": "-90d"}),
    row("none of that server", UNKNOWN, "no_certificate", ends={A: "-200d"}),
    row("never read", UNKNOWN, "unread", certificates=Known()),
    row("refused", UNKNOWN, "unread", certificates=failed()),
    row("read a day ago", PASS, "valid", certificates_read="1d"),
    row("read longer ago", UNKNOWN, "reading_old", certificates_read="25h"),
)
def test_a_certificate_must_last_for_a_month(changes: Any, expected: Any) -> None:
    """A suspended standby does not renew it, and dies in silence."""
    assert told(changes, expected[0]) == expected


def test_without_an_application_it_says_where_to_look() -> None:
    """A server may sign in with an account; that is no failure, and no pass."""
    check = Scene(ends={}).check(CheckName.CERTIFICATE)

    assert "may sign in with an account" in check.statement.text
    assert "Get-ADSyncEntraConnectorCredential" in check.how


# -- the rest -------------------------------------------------------------------------------------


@table(
    CheckName.AGENT,
    row("the floor", PASS, "agent_works", agents={B: "4.5.2466.0"}),
    row("below it", WARN, "agent_old", agents={B: "4.5.2465.9"}),
    row("not told", NOTE, "agent_unknown", agents={}),
    row("garbage", NOTE, "agent_unknown", agents={B: "new"}),
    row("read too long ago", NOTE, "agent_unknown", agents={B: "4.5.1.0"}, details_read="2d"),
)
def test_an_old_agent_is_only_a_warning(changes: Any, expected: Any) -> None:
    """It uploads, but some alerts are missing."""
    assert told(changes, expected[0]) == expected


@table(
    CheckName.PASSWORDS,
    row("used", NOTE, "starts_after_switch", password_sync=True),
    row("not used", NOTE, "not_used", password_sync=False),
    row("not known", NOTE, "not_known", password_sync=None),
)
def test_password_sync_is_only_noted(changes: Any, expected: Any) -> None:
    """A staging server synchronizes no passwords, so nothing can be measured before."""
    assert told(changes, expected[0]) == expected


def test_no_drill_is_only_noted() -> None:
    """This release records none."""
    assert told({}, CheckName.DRILL) == (CheckName.DRILL, NOTE, "no_drill")


def test_each_fact_names_the_source_that_told_it() -> None:
    """The tenant's settings tell the exporter's version and the use of password sync."""
    tenant = known(replace(SETTINGS, password_sync=True), "7m")
    scene = Scene(settings=tenant, **runs("2.6.84.0", None))

    for name in (CheckName.NOT_OLDER, CheckName.PASSWORDS):
        statement = scene.check(name).statement
        assert (statement.source, statement.at) == (Source.SYNC_CONFIGURATION, at("7m"))
    for name in (CheckName.VERSION, CheckName.SUPPORTED, CheckName.AGENT):
        assert scene.check(name).statement.source is Source.HEALTH_DETAILS


def test_password_sync_that_the_settings_do_not_tell_is_known_from_the_tenant() -> None:
    """Then its heartbeat told it, in this tick."""
    statement = Scene(settings=known(SETTINGS)).check(CheckName.PASSWORDS).statement

    assert (statement.source, statement.at) == (Source.GRAPH, NOW)
