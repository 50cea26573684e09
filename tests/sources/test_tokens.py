"""Tokens: fetched off the event loop, cached, single flight, checked; failures are outcomes."""

from __future__ import annotations

import asyncio
import threading
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from azure.core.exceptions import (
    ClientAuthenticationError,
    HttpResponseError,
    ServiceRequestError,
    ServiceResponseTimeoutError,
)
from azure.identity import CredentialUnavailableError

from shared.domain.readings import Reason, TenantReading, Unavailable
from shared.sources.failures import Ended
from shared.sources.tokens import TokenSource
from tests.support.credential import CANARY, FakeCredential, jwt
from tests.support.graph_server import TENANT, GraphServer, body, organization
from tests.support.loopback_server import Reply
from tests.support.source_reads import NOW, SHORT

if TYPE_CHECKING:
    from tests.sources.conftest import MakesSource

OTHER = "11111111-2222-3333-4444-555555555555"


async def test_the_credential_runs_off_the_event_loop(graph: MakesSource) -> None:
    """It is synchronous: on the loop it would stall every other invocation of the worker."""
    credential = FakeCredential()

    assert isinstance(await graph(credential).read(NOW), TenantReading)

    assert credential.threads != []
    assert threading.current_thread() not in credential.threads


async def test_a_token_is_kept_until_five_minutes_before_it_expires(graph: MakesSource) -> None:
    """Then the next read asks the credential again."""
    credential = FakeCredential(expires_on=int((NOW + timedelta(hours=1)).timestamp()))
    source = graph(credential)
    calls = []

    for minutes in (0, 30, 54, 56):
        await source.read(NOW + timedelta(minutes=minutes))
        calls.append(len(credential.scopes))

    assert calls == [1, 1, 1, 2]


@pytest.mark.parametrize("status", [401, 403])
async def test_a_refused_token_is_not_used_again(
    server: GraphServer, graph: MakesSource, status: int
) -> None:
    """A new token may carry the role that was missing."""
    server.beta(Reply(status)).v1(Reply(status))
    credential = FakeCredential()
    source = graph(credential)
    await source.read(NOW)
    asked = len(credential.scopes)

    await source.read(NOW)

    assert len(credential.scopes) > asked


async def test_a_token_without_the_role_is_not_used_again(
    server: GraphServer, graph: MakesSource
) -> None:
    """Graph answers 200 and denies the fields: a grant must not wait until that token ends."""
    nothing = dict.fromkeys(organization(), None) | {"id": TENANT}
    server.beta(Reply(content=body(nothing))).v1(Reply(content=body(nothing)))
    credential = FakeCredential()
    source = graph(credential)
    answer = await source.read(NOW)
    asked = len(credential.scopes)

    await source.read(NOW)

    assert isinstance(answer, Unavailable)
    assert answer.reason is Reason.FORBIDDEN
    assert len(credential.scopes) > asked


async def test_a_hanging_credential_is_a_timeout(graph: MakesSource) -> None:
    """The token counts against the deadline of the read."""
    credential = FakeCredential()
    credential.gate.clear()

    answer = await graph(credential, deadline=SHORT).read(NOW)

    credential.gate.set()
    assert isinstance(answer, Unavailable)
    assert answer.reason is Reason.TIMEOUT
    assert "token" in answer.detail


async def test_a_late_token_serves_the_next_read(server: GraphServer, graph: MakesSource) -> None:
    """A first token may take a minute; one thread waits for it, however many reads give up."""
    credential = FakeCredential()
    credential.gate.clear()
    source = graph(credential, deadline=SHORT)
    await asyncio.gather(source.read(NOW), source.read(NOW))
    assert len(credential.threads) == 1

    credential.gate.set()
    source._deadline = timedelta(seconds=60)  # now a busy machine shall not make it late
    answer = await source.read(NOW)

    assert isinstance(answer, TenantReading)
    assert len(credential.threads) == 1
    assert len(server.seen) == 1


@pytest.mark.parametrize(
    ("error", "reason", "says"),
    [
        (CredentialUnavailableError(f"no identity {CANARY}"), Reason.NOT_CONFIGURED, "no identity"),
        (
            ClientAuthenticationError(f"AADSTS700016: not found {CANARY}"),
            Reason.FORBIDDEN,
            "AADSTS700016",
        ),
        (ClientAuthenticationError(f"no code {CANARY}"), Reason.FORBIDDEN, "refused the sign-in"),
        (
            ClientAuthenticationError(
                "ChainedTokenCredential failed to retrieve a token from the included credentials."
            ),
            Reason.NOT_CONFIGURED,
            "Nobody is signed in",
        ),
        (ServiceRequestError(CANARY), Reason.UNREACHABLE, "ServiceRequestError"),
        (HttpResponseError(CANARY), Reason.UNREACHABLE, "HttpResponseError"),
        (ConnectionResetError(CANARY), Reason.UNREACHABLE, "ConnectionResetError"),
        (ServiceResponseTimeoutError(CANARY), Reason.TIMEOUT, "in time"),
        (TimeoutError(CANARY), Reason.TIMEOUT, "in time"),
        (ZeroDivisionError(f"token={CANARY}"), Reason.UNREACHABLE, "ZeroDivisionError"),
    ],
    ids=lambda value: type(value).__name__ + str(value)[:4] if isinstance(value, Exception) else "",
)
async def test_a_credentials_failure_is_an_outcome(  # noqa: PLR0917  fixtures are parameters
    server: GraphServer,
    graph: MakesSource,
    caplog: pytest.LogCaptureFixture,
    error: Exception,
    reason: Reason,
    says: str,
) -> None:
    """With a next step, and without the exception's own text."""
    answer = await graph(FakeCredential(error)).read(NOW)

    assert isinstance(answer, Unavailable)
    assert answer.reason is reason
    assert says in answer.detail
    assert CANARY not in answer.detail + caplog.text
    assert server.seen == []


async def test_a_failed_sign_in_is_tried_again_by_the_next_read(graph: MakesSource) -> None:
    """A failure is never cached."""
    source = graph(FakeCredential(ServiceRequestError("down"), CANARY))

    assert isinstance(await source.read(NOW), Unavailable)
    assert isinstance(await source.read(NOW), TenantReading)


async def test_a_token_of_another_tenant_is_a_wrong_configuration(
    server: GraphServer, graph: MakesSource
) -> None:
    """It is not even sent."""
    answer = await graph(FakeCredential(jwt(tid=OTHER))).read(NOW)

    assert isinstance(answer, Unavailable)
    assert answer.reason is Reason.NOT_CONFIGURED
    assert OTHER in answer.detail
    assert TENANT in answer.detail
    assert server.seen == []


@pytest.mark.parametrize(
    "token",
    [jwt(tid=TENANT), jwt(tid=TENANT.upper()), jwt(tid=7), jwt(), "a.b.c", "a.e30.c", CANARY],
)
async def test_a_token_of_this_tenant_or_an_opaque_one_is_accepted(token: str) -> None:
    """A token's inside is not ours to insist on; the organization's id is checked anyway."""
    source = TokenSource(FakeCredential(token), "scope", TENANT)

    assert (await source.get(NOW)).token == token


@pytest.mark.parametrize("token", ["", " ", "two words", "line\r\nX-Header: x", "töken"])
async def test_what_cannot_be_a_bearer_token_is_not_sent(token: str) -> None:
    """It would break the request, and the HTTP library's error would quote it."""
    source = TokenSource(FakeCredential(token), "scope", TENANT)

    with pytest.raises(Ended) as caught:
        await source.get(NOW)

    assert caught.value.outcome.reason is Reason.FORBIDDEN


async def test_a_foreign_id_that_is_no_guid_is_not_repeated() -> None:
    """Details never hold text of unknown content."""
    source = TokenSource(FakeCredential(jwt(tid="<b>x</b>")), "scope", TENANT)

    with pytest.raises(Ended) as caught:
        await source.get(datetime(2026, 1, 1, tzinfo=UTC))

    assert "<" not in caught.value.outcome.detail
