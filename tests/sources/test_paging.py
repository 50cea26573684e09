"""Pages of a Graph collection: only Graph's own, in its version, bounded, not in circles."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shared.domain.readings import Reason, Unavailable
from shared.sources.audits import AuditsSource
from shared.sources.certificates import CertificatesSource
from shared.sources.graph_pages import _leads_to_graph
from shared.sources.service_health import ServiceHealthSource
from tests.support.graph_server import GraphServer, body, serving
from tests.support.graph_sources import APP_A, AT, application, entry, issue, linked, written
from tests.support.loopback_server import Reply
from tests.support.source_reads import NOW

if TYPE_CHECKING:
    from tests.support.graph_sources import MakesReader

PATH = "/v1.0/applications"
GRAPH = "https://graph.microsoft.com"


async def test_a_next_page_on_another_host_is_never_asked(
    server: GraphServer, reader: MakesReader
) -> None:
    """The other host would get the token; it sees no connection at all."""
    with serving() as other:
        server.at(PATH, Reply(content=linked(f"{other.url}{PATH}", application(APP_A, "x"))))

        answer = await reader(CertificatesSource).read(NOW)

        assert other.seen == []
    assert isinstance(answer, Unavailable)
    assert answer.reason is Reason.MALFORMED
    assert "not Graph's own" in answer.detail


async def test_the_second_page_of_the_audits_is_checked_too(
    server: GraphServer, reader: MakesReader
) -> None:
    """It is followed in a way of its own; what the first page said stays."""
    with serving() as other:
        link = f"{other.url}/v1.0/auditLogs/directoryAudits"
        server.at("/v1.0/auditLogs/directoryAudits", Reply(content=linked(link, entry(AT))))
        source = reader(AuditsSource)
        source._may_filter = False

        answer = await source.read(NOW)

        assert other.seen == []
    assert not answer.complete


@pytest.mark.parametrize("kind", [CertificatesSource, ServiceHealthSource])
async def test_pages_that_link_to_each_other_end_the_read(
    server: GraphServer, reader: MakesReader, kind: type
) -> None:
    """A loop is a defect of the API, not an endless list."""
    for path in (PATH, "/v1.0/admin/serviceAnnouncement/issues"):
        server.at(path, Reply(content=linked(f"{server.url}{path}?$skiptoken=2", issue())))

    answer = await reader(kind).read(NOW)

    assert isinstance(answer, Unavailable)
    assert answer.reason is Reason.MALFORMED
    assert "circles" in answer.detail
    assert len(server.seen) == 2


@pytest.mark.parametrize("link", [7, [], {"a": 1}, True])
async def test_a_link_that_is_no_text_is_malformed(
    server: GraphServer, reader: MakesReader, link: object
) -> None:
    """It may not be taken for the last page."""
    server.at(PATH, Reply(content=linked(link)))

    answer = await reader(CertificatesSource).read(NOW)

    assert isinstance(answer, Unavailable)
    assert "address of its next page" in answer.detail


async def test_a_page_that_cannot_be_read_ends_the_read(
    server: GraphServer, reader: MakesReader
) -> None:
    """Half a list would be a wrong reading."""
    first = linked(f"{server.url}{PATH}?$skiptoken=2", application(APP_A, written(AT)))
    server.at(PATH, Reply(content=first), Reply(403))

    answer = await reader(CertificatesSource).read(NOW)

    assert isinstance(answer, Unavailable)
    assert answer.reason is Reason.FORBIDDEN
    assert "grant Application.Read.All (" in answer.detail


async def test_a_null_link_is_the_last_page(server: GraphServer, reader: MakesReader) -> None:
    """Some of Graph's services write it so."""
    server.at(PATH, Reply(content=linked(None, application(APP_A, written(AT)))))

    answer = await reader(CertificatesSource).read(NOW)

    assert len(answer.servers) == 1
    assert body() == b'{"value": []}'


@pytest.mark.parametrize(
    "link",
    [
        f"{GRAPH}/v1.0/applications?$skiptoken=x%20y",
        "https://graph.microsoft.com:443/v1.0/a",
        "HTTPS://GRAPH.MICROSOFT.COM/v1.0/a",
    ],
)
def test_graphs_own_links_are_followed(link: str) -> None:
    """However it spells itself."""
    assert _leads_to_graph(link, GRAPH, "v1.0")


@pytest.mark.parametrize(
    "link",
    [
        "",
        "/v1.0/applications",
        "http://graph.microsoft.com/v1.0/a",
        "https://graph.microsoft.com.contoso.test/v1.0/a",
        "https://graph.microsoft.com@contoso.test/v1.0/a",
        "https://user@graph.microsoft.com/v1.0/a",
        "https://contoso.test\\@graph.microsoft.com/v1.0/a",
        "https://graph.microsoft.com:8443/v1.0/a",
        "https://graph.microsoft.com:x/v1.0/a",
        "https://[graph.microsoft.com/v1.0/a",
        "https://graph.microsoft.com/beta/a",
        "https://graph.microsoft.com/v1.0/../beta/a",
        "https://graph.microsoft.com/v1.0",
        "https://graph.microsoft.com/v1.0/a b",
        "https://graph.microsoft.com/v1.0/a\n",
        "https://graph.microsoft.com/v1.0/\u202e",
        "https://graph.microsoft.com/v1.0/" + "a" * 9000,
    ],
)
def test_every_other_link_is_refused(link: str) -> None:
    """Another scheme, host, port, user or version, or something that is no address."""
    assert not _leads_to_graph(link, GRAPH, "v1.0")


@given(link=st.text(max_size=60) | st.text(max_size=30).map(lambda rest: f"https://{rest}/v1.0/x"))
@example(link="https://[::1%25]/v1.0/x")
def test_any_text_is_a_link_or_not(link: str) -> None:
    """R8: never an exception."""
    assert _leads_to_graph(link, GRAPH, "v1.0") in {True, False}
