"""What a token says about itself, read without trusting it; and what may stand in a command."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.doctor import fixes
from shared.doctor.claims import Claims, claims_of
from shared.doctor.facts import Audience, Place, Token
from shared.domain.pair.readings import Source
from shared.watch import Health
from tests.support.credential import jwt
from tests.support.doctor_facts import (
    CLIENT,
    FORBIDDEN,
    NOW,
    PRINCIPAL,
    SOURCES,
    facts,
    rows,
)
from tests.support.settings_env import TENANT

IDENTITY = (
    "/subscriptions/0b6c1b0e-7d0f-4d0c-8b53-6f0d5d3f7a10/resourcegroups/rg-watchdog/providers/"
    "Microsoft.ManagedIdentity/userAssignedIdentities/id-watchdog"
)
JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)
NAMES = ("tid", "appid", "azp", "oid", "roles", "scp", "iat", "nbf", "exp", "xms_mirid")


def test_a_managed_identitys_token_is_read_whole() -> None:
    """Who, for which tenant, with which roles, from when to when."""
    token = jwt(
        tid=TENANT.upper(),
        appid=CLIENT,
        oid=PRINCIPAL,
        roles=["Organization.Read.All", "AuditLog.Read.All"],
        iat=1_795_291_200,
        nbf=1_795_291_200,
        exp=1_795_377_600,
        xms_mirid=IDENTITY,
    )
    issued = datetime(2026, 11, 21, 20, tzinfo=UTC)

    assert claims_of(token) == Claims(
        tenant=TENANT,
        client_id=CLIENT,
        object_id=PRINCIPAL,
        roles=("AuditLog.Read.All", "Organization.Read.All"),
        issued_at=issued,
        not_before=issued,
        expires_at=issued.replace(day=22),
        identity="id-watchdog",
        group="rg-watchdog",
    )


def test_a_users_token_is_delegated() -> None:
    """`scp` makes the difference: its rights are a person's. v2.0 tokens say `azp`."""
    found = claims_of(jwt(azp=CLIENT, scp="Directory.Read.All"))

    assert found is not None
    assert (found.delegated, found.client_id, found.roles) == (True, CLIENT, ())


@given(st.text() | st.dictionaries(st.sampled_from(NAMES), JSON).map(lambda each: jwt(**each)))
def test_any_token_is_read_or_opaque(token: str) -> None:
    """No token makes it raise, and nothing but usual forms comes through."""
    found = claims_of(token)

    if found is not None:
        for text in (found.tenant, found.client_id, found.object_id, found.identity, found.group):
            assert not set(text) & set(" $`;|&\"'\\\n<>")
        assert all(set(each) <= set("._-") | set(_LETTERS) for each in found.roles)


_LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"


@pytest.mark.parametrize(
    "evil", ["$(reboot)", "`reboot`", "x; reboot", "a b", "'", '"', "x\nreboot"]
)
def test_no_foreign_text_gets_into_a_command(evil: str) -> None:
    """Commands are made to be pasted into a shell."""
    claims = claims_of(jwt(oid=evil, appid=evil, roles=[evil], xms_mirid=f"{IDENTITY}{evil}"))
    changes: dict[str, Any] = {
        "place": Place(evil, evil, "3.13"),
        "tokens": {Audience.GRAPH: Token(claims, NOW)},
        "health": Health("no_success_yet", None),
        "sources": {**SOURCES, Source.AUDITS: FORBIDDEN},
    }
    environ = {
        "WATCHDOG_PUBLIC_URL": "https://contoso.com/$(reboot)",
        "WATCHDOG_ON_CALL": "",
    }
    found = rows(facts(environ, **changes))
    commands = "\n".join(row.fix for row in found.values())

    assert "reboot" not in commands
    assert "<function app>" in commands
    assert fixes.app_name(evil) == "<function app>"
    assert fixes.group_name(evil, "rg-watchdog") == "rg-watchdog"
    assert fixes.client_of(evil) == "<the identity's client id>"
