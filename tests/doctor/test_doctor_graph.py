"""Rows about tokens, the clock, Graph's roles and what is read with them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from shared.doctor.facts import Audience, Gone, Token
from shared.doctor.report import Outcome
from shared.domain.pair.readings import CloudSync, Source, SyncConfiguration
from shared.sources.permissions import GRAPH_ROLES
from tests.support.doctor_facts import (
    ALL,
    CLIENT,
    DESK,
    FORBIDDEN,
    NOT_SET_UP,
    NOW,
    PRINCIPAL,
    READING,
    SOURCES,
    THROTTLED,
    UNREACHABLE,
    facts,
    page,
    rows,
    token,
)

PASS, FAIL = Outcome.PASS, Outcome.FAIL
DENIED, OPEN = Outcome.NOT_PERMITTED, Outcome.NOT_VERIFIABLE
SOON = NOW + timedelta(minutes=6)
OPAQUE = Token(None, NOW + timedelta(hours=1))
PERSON = token(delegated=True)


def tokens(graph: Any) -> dict[str, Any]:
    """A change: the token for Graph."""
    return {"tokens": dict.fromkeys(Audience, graph)}


def without(role: str) -> dict[str, Any]:
    """A change: a token that holds every role but this one."""
    return tokens(token(*(each for each in ALL if each != role)))


def source(which: Source, answer: Any) -> dict[str, Any]:
    """A change: the answer of a source."""
    if which is Source.GRAPH:
        return {"tenant": answer}
    return {"sources": {**SOURCES, which: answer}}


# -- tokens and the clock -------------------------------------------------------------------------


@pytest.mark.parametrize("audience", list(Audience))
@pytest.mark.parametrize(
    ("value", "outcome", "detail", "fix"),
    [
        (token(), PASS, f"client id {CLIENT}", ""),
        (OPAQUE, PASS, "opaque", ""),
        (NOT_SET_UP, FAIL, "The tenant has none.", "az functionapp identity show"),
        (Token(None, NOW), FAIL, "expired", "'clock'"),
        (token(client_id=PRINCIPAL), FAIL, f"AZURE_CLIENT_ID is {CLIENT}", "identity show"),
        (Gone("did not end within 35 s"), FAIL, "did not end within 35 s", "again"),
        (Gone("", "KeyError"), FAIL, "KeyError), which is a defect", "Report it"),
    ],
)
def test_each_token_is_judged_by_itself(
    audience: Audience, value: Any, outcome: Outcome, detail: str, fix: str
) -> None:
    """One audience's fault is that row's alone."""
    found = rows(facts(tokens={**{each: token() for each in Audience}, audience: value}))
    row = found[f"token for {audience}"]

    assert row.outcome is outcome
    assert detail in row.detail
    assert fix in row.fix
    others = [found[f"token for {each}"] for each in Audience if each is not audience]
    assert {other.outcome for other in others} == {PASS}


def test_a_token_that_nobody_needs_is_not_asked_for() -> None:
    """That is said, and is no pass."""
    found = rows(facts(tokens={Audience.GRAPH: token()}))

    assert found["token for storage"].outcome is OPEN
    assert found["token for Resource Manager"].detail.startswith("Not used")


def test_a_developer_is_told_to_sign_in() -> None:
    """Without a token on a desk, the fix is az login to the watched tenant."""
    row = rows(facts(DESK, **tokens(NOT_SET_UP)))["token for Graph"]

    assert row.fix.startswith("$ az login --tenant ")


@pytest.mark.parametrize(
    ("changes", "outcome", "detail"),
    [
        ({}, PASS, "0 s ahead of Graph's; the limit is 300 s"),
        (
            {"graph_answer": replace(page(401), at=NOW - timedelta(seconds=299))},
            PASS,
            "299 s behind",
        ),
        (
            {"graph_answer": replace(page(401), at=NOW + timedelta(seconds=301))},
            FAIL,
            "301 s ahead",
        ),
        (
            {"graph_answer": replace(page(401), at=NOW - timedelta(seconds=301))},
            FAIL,
            "301 s behind",
        ),
        ({"graph_answer": page(None)}, PASS, "0 s"),
        ({"graph_answer": replace(page(None), headers={})}, OPEN, "no answer in time"),
        ({"graph_answer": Gone("did not end within 25 s")}, OPEN, "compared with no other"),
        (tokens(token(not_before=SOON)), FAIL, "at least 360 s behind"),
        (tokens(token(issued_at=SOON)), FAIL, "at least 360 s behind"),
    ],
)
def test_the_clock_is_compared_and_the_difference_is_said(
    changes: dict[str, Any], outcome: Outcome, detail: str
) -> None:
    """In seconds, against Graph's Date and the times in tokens; unknown is no pass."""
    row = rows(facts(**changes))["clock"]

    assert row.outcome is outcome
    assert detail in row.detail


# -- roles ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", GRAPH_ROLES, ids=lambda role: role.value)
@pytest.mark.parametrize(
    ("held", "answer", "outcome", "words"),
    [
        (True, None, PASS, "The token holds it"),
        (False, FORBIDDEN, DENIED, "does not hold it"),
        (True, FORBIDDEN, DENIED, "all the same"),
        (True, UNREACHABLE, FAIL, "answered 500"),
        (True, THROTTLED, OPEN, "answered 429"),
        (True, NOT_SET_UP, PASS, "Graph answered: The tenant has none."),
        (True, Gone("did not end within 35 s"), FAIL, "35 s"),
    ],
)
def test_a_role_is_judged_by_the_token_and_by_trying(
    role: Any, *, held: bool, answer: Any, outcome: Outcome, words: str
) -> None:
    """Every combination for every role of the list; a missing optional one is no fault."""
    changes = {} if held else without(role.value)
    if answer is not None:
        changes |= source(role.source, answer)
    row = rows(facts(**changes))[f"Graph role {role.value}"]

    assert row.outcome is outcome
    assert words in row.detail
    assert row.is_fault == (outcome is FAIL or (outcome is DENIED and role.required))
    if not held:
        assert f"--principal-id {PRINCIPAL} --role {role.value}" in row.fix
        assert "up to 24 h" in row.fix


@pytest.mark.parametrize("role", GRAPH_ROLES, ids=lambda role: role.value)
def test_what_works_without_its_role_works_by_a_wider_one(role: Any) -> None:
    """Except Cloud Sync, which has nothing to read where it is not used."""
    unused = role.source is Source.CLOUD_SYNC
    row = rows(facts(**without(role.value)))[f"Graph role {role.value}"]
    used = source(Source.CLOUD_SYNC, CloudSync(jobs=1, running=1, last_success_at=NOW))
    with_jobs = rows(facts(**without(role.value), **used))[f"Graph role {role.value}"]

    assert row.outcome is (DENIED if unused else FAIL)
    assert with_jobs.outcome is FAIL
    assert "wider right" in with_jobs.detail


@pytest.mark.parametrize(
    ("answer", "outcome", "words"),
    [
        (None, OPEN, "says nothing about the app's identity"),
        (FORBIDDEN, DENIED, "the app's identity may have other rights"),
        (UNREACHABLE, FAIL, "answered 500"),
    ],
)
@pytest.mark.parametrize("environ", [{}, DESK], ids=["delegated token", "developer's app token"])
def test_the_rights_of_a_person_say_nothing_about_the_app(
    environ: dict[str, str], answer: Any, outcome: Outcome, words: str
) -> None:
    """A developer's token, or a pipeline's: whatever it may read is not verified for the app."""
    changes = tokens(token() if environ else PERSON)
    if answer is not None:
        changes |= source(Source.AUDITS, answer)
    found = rows(facts(environ, **changes))
    row = found["Graph role AuditLog.Read.All"]

    assert row.outcome is outcome
    assert words in row.detail
    assert outcome is FAIL or "doctor --app https://" in row.fix
    assert found["Graph roles beyond the list"].outcome is OPEN


def test_an_opaque_token_shows_no_role() -> None:
    """Reading works, but by which right is unknown: that is no pass."""
    found = rows(facts(**tokens(OPAQUE)))
    denied = rows(facts(**tokens(OPAQUE), **source(Source.AUDITS, FORBIDDEN)))

    assert found["Graph role AuditLog.Read.All"].outcome is OPEN
    assert found["Graph roles beyond the list"].outcome is OPEN
    assert denied["Graph role AuditLog.Read.All"].outcome is DENIED


def test_without_a_token_nothing_about_roles_is_claimed() -> None:
    """Each row says where to look first."""
    found = rows(facts(**tokens(NOT_SET_UP), tenant=NOT_SET_UP))
    names = [f"Graph role {role}" for role in ALL] + ["Graph roles beyond the list", "tenant"]

    assert {found[name].outcome for name in names} == {OPEN}
    assert {found[name].fix for name in names} == {"See the row 'token for Graph'."}


def test_a_role_that_needs_another_one_points_to_it() -> None:
    """Cloud Sync's jobs cannot be tried while its applications cannot be listed."""
    changes = without("Application.Read.All") | source(Source.CLOUD_SYNC, FORBIDDEN)
    row = rows(facts(**changes))["Graph role Synchronization.Read.All"]

    assert row.outcome is OPEN
    assert "'Graph role Application.Read.All'" in row.fix


def test_a_role_beyond_the_list_fails_and_says_how_to_take_it_away() -> None:
    """Least privilege: with the ids of this identity in the command."""
    row = rows(facts(**tokens(token(*ALL, "Mail.Read"))))["Graph roles beyond the list"]

    assert row.outcome is FAIL
    assert "Mail.Read" in row.detail
    assert f"servicePrincipals/{PRINCIPAL}/appRoleAssignments" in row.fix
    assert "--method delete" in row.fix
    assert "value=='Mail.Read'" in row.fix


def test_the_dod_has_a_graph_of_its_own() -> None:
    """The script is told its address."""
    store = "https://contosowatchdog.table.core.usgovcloudapi.net"
    environ = {"WATCHDOG_CLOUD": "dod", "WATCHDOG_STORE": store}
    changes = without("AuditLog.Read.All") | source(Source.AUDITS, FORBIDDEN)

    assert (
        "--graph https://dod-graph.microsoft.us"
        in rows(facts(environ, **changes))["Graph role AuditLog.Read.All"].fix
    )


# -- what is read ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "changes", "outcome", "detail"),
    [
        ("tenant", {}, PASS, "Contoso"),
        ("tenant", {"tenant": replace(READING, sync_enabled=False)}, PASS, "sync is off there"),
        ("tenant", {"tenant": FORBIDDEN}, DENIED, "withheld"),
        ("tenant", {"tenant": NOT_SET_UP}, FAIL, "The tenant has none."),
        ("tenant", {"tenant": UNREACHABLE}, FAIL, "answered 500"),
        ("password sync time", {}, PASS, "20:02 UTC"),
        (
            "password sync time",
            {"tenant": replace(READING, password_sync_at=None)},
            OPEN,
            "answers null",
        ),
        (
            "password sync time",
            {"tenant": replace(READING, password_sync_at=UNREACHABLE)},
            FAIL,
            "beta endpoint does not say it. Graph answered 500",
        ),
        ("password sync time", {"tenant": FORBIDDEN}, OPEN, "could not be read"),
        ("last exporter", {}, PASS, "SYNC-A"),
        (
            "last exporter",
            source(Source.SYNC_CONFIGURATION, SyncConfiguration()),
            OPEN,
            "does not name",
        ),
        ("last exporter", source(Source.SYNC_CONFIGURATION, FORBIDDEN), OPEN, "not read"),
    ],
)
def test_what_is_read_is_said(
    name: str, changes: dict[str, Any], outcome: Outcome, detail: str
) -> None:
    """The tenant, the second heartbeat, and who exported last."""
    row = rows(facts(**changes))[name]

    assert row.outcome is outcome
    assert detail in row.detail
