"""Which version of Graph is asked, how often, and what its clock says."""

from __future__ import annotations

from datetime import timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING

import pytest

from shared.domain.readings import Reason, Unavailable
from tests.support.credential import CANARY, FakeCredential
from tests.support.graph_reads import DATA, GOOD_V1, reading
from tests.support.graph_server import GraphServer, body, organization
from tests.support.loopback_server import Reply
from tests.support.source_reads import AT, NOW, SHORT, refusal

if TYPE_CHECKING:
    from tests.sources.conftest import MakesSource


# -- one request a tick -------------------------------------------------------------------------


async def test_a_healthy_read_is_one_beta_request(server: GraphServer, graph: MakesSource) -> None:
    """Beta answers everything, so v1.0 is not asked."""
    source = graph()

    answer = await reading(source)

    assert (answer.object_sync_at, answer.password_sync_at) == (AT, AT + timedelta(minutes=2))
    (seen,) = server.seen
    assert seen.path == "/beta/organization"
    assert seen.query["$select"].split(",") == [
        "id",
        "displayName",
        "onPremisesSyncEnabled",
        "onPremisesLastSyncDateTime",
        "onPremisesLastPasswordSyncDateTime",
    ]
    assert source.requests == 1


async def test_the_request_goes_through_the_sdk(server: GraphServer, graph: MakesSource) -> None:
    """With its authentication and its user agent, and asking for an uncompressed answer."""
    credential = FakeCredential()

    await reading(graph(credential))

    headers = {name.lower(): value for name, value in server.seen[0].headers.items()}
    assert headers["authorization"] == f"Bearer {CANARY}"
    assert "kiota-python" in headers["user-agent"]
    assert headers["accept-encoding"] == "identity"
    assert credential.scopes == [("https://graph.contoso.test/.default",)]


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (Reply(400), Reason.MALFORMED),
        (Reply(403, (DATA / "error_403.json").read_bytes()), Reason.FORBIDDEN),
        (Reply(404), Reason.MALFORMED),
        (Reply(410), Reason.MALFORMED),
        (Reply(500), Reason.UNREACHABLE),
        (Reply(501), Reason.UNREACHABLE),
        (Reply(502, b"<html>Bad gateway</html>"), Reason.UNREACHABLE),
        (Reply(503), Reason.UNREACHABLE),
        (Reply(504), Reason.UNREACHABLE),
        (Reply(204), Reason.MALFORMED),
        (Reply(200, b"<html>Welcome</html>"), Reason.MALFORMED),
        (Reply(200, body(organization())[:-9]), Reason.MALFORMED),
        (Reply(200, body(organization()), fault="cut"), Reason.MALFORMED),
        (Reply(200, body()), Reason.MALFORMED),
        (Reply(200, body(organization(onPremisesSyncEnabled=...))), Reason.MALFORMED),
        (Reply(200, b""), Reason.MALFORMED),
    ],
    ids=lambda value: (
        f"{value.status}-{value.content[:14]!r}-{value.fault}-{len(value.content)}"
        if isinstance(value, Reply)
        else value
    ),
)
@pytest.mark.usefixtures("pauses")
async def test_v1_fills_in_when_beta_is_the_trouble(
    server: GraphServer, graph: MakesSource, reply: Reply, reason: Reason
) -> None:
    """The object sync time still arrives; the password time says why it is missing."""
    server.beta(reply).v1(GOOD_V1)

    answer = await reading(graph())

    assert answer.object_sync_at == AT
    assert isinstance(answer.password_sync_at, Unavailable)
    assert answer.password_sync_at.reason is reason
    assert server.versions[-1] == "v1.0"
    assert "onPremisesLastPasswordSyncDateTime" not in server.seen[-1].query["$select"]


@pytest.mark.parametrize(
    "reply",
    [Reply(401), Reply(429), Reply(302, headers={"Location": "/x"}), Reply(fault="silent")],
    ids=["401", "429", "302", "silent"],
)
@pytest.mark.usefixtures("pauses")
async def test_v1_is_not_asked_when_it_could_not_do_better(
    server: GraphServer, graph: MakesSource, reply: Reply
) -> None:
    """A refused token, a throttle, a redirect and a timeout concern both versions."""
    server.beta(reply).v1(GOOD_V1)

    await refusal(graph(deadline=SHORT))

    assert set(server.versions) == {"beta"}


async def test_v1_is_not_asked_about_another_tenant(
    server: GraphServer, graph: MakesSource
) -> None:
    """The identity belongs to one tenant, whichever version is asked."""
    other = "11111111-2222-3333-4444-555555555555"
    server.beta(Reply(content=body(organization(id=other)))).v1(GOOD_V1)

    answer = await refusal(graph())

    assert answer.reason is Reason.NOT_CONFIGURED
    assert server.versions == ["beta"]


# -- clocks -------------------------------------------------------------------------------------


@pytest.mark.parametrize("minutes", [-600, -7, 7, 600])
async def test_graphs_date_shows_how_far_its_clock_is_ahead(
    server: GraphServer, graph: MakesSource, minutes: int
) -> None:
    """Positive when Graph is ahead of us; the time the read itself took is not counted."""
    skew = timedelta(minutes=minutes)
    date = format_datetime(NOW + skew, usegmt=True)
    server.beta(Reply(content=body(organization()), headers={"Date": date}))

    answer = await reading(graph())

    assert answer.clock_ahead is not None
    assert abs(answer.clock_ahead - skew) < timedelta(minutes=1)


async def test_a_second_of_difference_is_none(server: GraphServer, graph: MakesSource) -> None:
    """The header has whole seconds, so that much is noise."""
    source = graph()
    later = NOW + timedelta(seconds=1)
    server.beta(
        Reply(
            content=body(organization()),
            headers={"Date": format_datetime(later, usegmt=True)},
        )
    )

    assert (await reading(source)).clock_ahead == timedelta()


@pytest.mark.parametrize("headers", [{}, {"Date": "yesterday"}, {"Date": ""}], ids=str)
async def test_without_graphs_date_nothing_is_said_about_clocks(
    server: GraphServer, graph: MakesSource, headers: dict[str, str]
) -> None:
    """No header is not "no difference"."""
    server.beta(Reply(content=body(organization()), headers=headers))

    assert (await reading(graph())).clock_ahead is None
