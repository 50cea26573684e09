"""The fault menu of Graph, for each optional source: a defined outcome, one sentence, no leak."""

from __future__ import annotations

import json
import logging
from datetime import timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.domain.readings import Reason, Unavailable
from shared.sources.failures import LONGEST_PAUSE, Ended, of_graph
from shared.sources.graph_pages import page_of
from tests.support.credential import CANARY, FakeCredential
from tests.support.graph_reads import DATA, STATUSES, TEMPTING
from tests.support.graph_server import GraphServer, body
from tests.support.graph_sources import CASES, anything, is_sound, linked
from tests.support.loopback_server import Reply, closed_port
from tests.support.source_reads import NOW, SHORT

if TYPE_CHECKING:
    from tests.support.graph_sources import Case, MakesReader

pytestmark = pytest.mark.parametrize("case", CASES.values(), ids=[each.value for each in CASES])


async def refusal(
    case: Case, reader: MakesReader, deadline: timedelta = timedelta(seconds=60)
) -> Unavailable:
    """Read once; it must not work."""
    answer = await reader(case.kind, deadline=deadline).read(NOW)
    assert isinstance(answer, Unavailable), answer
    is_sound(answer)
    return answer


async def test_a_good_answer_is_a_reading_that_can_be_stored(
    case: Case, server: GraphServer, reader: MakesReader
) -> None:
    """The counterpart of everything below; each request carries the token."""
    case.script(server)
    source = reader(case.kind)

    answer = await source.read(NOW)

    assert answer == case.reading
    is_sound(answer)
    assert source.requests == len(server.seen) == 1 + len(case.then)
    assert {each.headers["authorization"] for each in server.seen} == {f"Bearer {CANARY}"}


@pytest.mark.parametrize(("status", "reason", "says"), STATUSES)
@pytest.mark.usefixtures("pauses")
async def test_a_status_has_one_meaning(  # noqa: PLR0917  a table
    case: Case, server: GraphServer, reader: MakesReader, status: int, reason: Reason, says: str
) -> None:
    """The same as for the tenant's read, in words of its own."""
    server.at(case.path, Reply(status, b"" if status == 204 else b"<html>remote text</html>"))

    answer = await refusal(case, reader)

    assert answer.reason is reason
    assert says in answer.detail
    assert "remote text" not in answer.detail
    assert "organization" not in answer.detail.casefold()


async def test_a_403_names_the_permission_of_this_source(
    case: Case, server: GraphServer, reader: MakesReader
) -> None:
    """Microsoft's own body of a 403; the sentence names what to grant."""
    server.at(case.path, Reply(403, (DATA / "error_403.json").read_bytes()))

    answer = await refusal(case, reader)

    assert answer.reason is Reason.FORBIDDEN
    assert case.role in answer.detail
    assert "Organization.Read.All" not in answer.detail


@pytest.mark.parametrize(
    "content",
    [
        b"", b"<html>sign in</html>", b"{", b"[]", b"null", b'"text"', b"\xff\xfe{}", b"{}",
        b'{"value": null}', b'{"value": {}}', b'{"value": [1]}', b'{"value": [null]}',
        b'{"value": [], "x": NaN}', b'{"error": {"code": "x"}}', b"[" * 100_000,
    ],
    ids=repr,
)  # fmt: skip
async def test_a_200_that_is_no_list_of_objects_is_malformed(
    case: Case, server: GraphServer, reader: MakesReader, content: bytes
) -> None:
    """Never "nothing found": a proxy's page is not an empty list."""
    server.at(case.path, Reply(content=content))

    answer = await refusal(case, reader)

    assert answer.reason is Reason.MALFORMED


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (Reply(fault="silent"), Reason.TIMEOUT),
        (Reply(content=body({"a": 1}), fault="hang"), Reason.TIMEOUT),
        (Reply(content=body({"a": 1}), fault="cut"), Reason.MALFORMED),
        (Reply(content=b" " * 5_000_000), Reason.MALFORMED),
    ],
    ids=["silent", "half", "cut", "huge"],
)
async def test_a_graph_that_hangs_breaks_off_or_never_ends_is_survived(
    case: Case, server: GraphServer, reader: MakesReader, reply: Reply, reason: Reason
) -> None:
    """Within the source's own deadline and memory."""
    server.at(case.path, reply)
    deadline = SHORT if reason is Reason.TIMEOUT else timedelta(seconds=60)

    assert (await refusal(case, reader, deadline)).reason is reason


async def test_nobody_there_is_unreachable(case: Case, reader: MakesReader) -> None:
    """A refused connection."""
    source = reader(case.kind, url=f"http://127.0.0.1:{closed_port()}")

    answer = await source.read(NOW)

    assert isinstance(answer, Unavailable)
    assert answer.reason is Reason.UNREACHABLE


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(
    ("asked", "wait"),
    [
        ("10", timedelta(seconds=10)),
        ("179.2", timedelta(seconds=180)),
        ("date", timedelta(seconds=600)),
        ("3600", LONGEST_PAUSE),
        ("999999999", LONGEST_PAUSE),
    ],
)
async def test_a_wait_beyond_the_deadline_says_when_to_ask_again(  # noqa: PLR0917  a table
    case: Case,
    server: GraphServer,
    reader: MakesReader,
    status: int,
    asked: str,
    wait: timedelta,
) -> None:
    """At once, and counted from our clock; a garbage one cannot silence the source for years."""
    theirs = NOW + timedelta(hours=5)
    until = format_datetime(theirs + wait, usegmt=True)
    headers = {
        "Date": format_datetime(theirs, usegmt=True),
        "Retry-After": until if asked == "date" else asked,
    }
    server.at(case.path, Reply(status, (DATA / "error_429.json").read_bytes(), headers))

    answer = await refusal(case, reader, timedelta(seconds=9))

    assert answer.reason is Reason.THROTTLED
    assert answer.retry_at is not None
    assert NOW + wait <= answer.retry_at < NOW + wait + timedelta(seconds=9)
    assert len(server.seen) == 1


async def test_a_short_wait_is_waited_for(
    case: Case, server: GraphServer, reader: MakesReader, pauses: list[float]
) -> None:
    """By the SDK's retry middleware, with Microsoft's fractional sample."""
    case.script(server)
    server.at(case.path, Reply(429, headers={"Retry-After": "2.128"}), Reply(content=case.good))
    source = reader(case.kind)

    answer = await source.read(NOW)

    assert answer == case.reading
    assert pauses == [3]
    assert source.requests == 2 + len(case.then)


@pytest.mark.usefixtures("pauses")
async def test_a_graph_that_is_always_busy_gets_four_requests(
    case: Case, server: GraphServer, reader: MakesReader
) -> None:
    """One and three retries: bounded work."""
    server.at(case.path, Reply(429, headers={"Retry-After": "1"}))
    source = reader(case.kind)

    answer = await source.read(NOW)

    assert isinstance(answer, Unavailable)
    assert answer.reason is Reason.THROTTLED
    assert source.requests == 4


@pytest.mark.parametrize(
    "reply",
    [
        None,
        *TEMPTING,
        Reply(content=linked("https://evil.contoso.invalid/v1.0/x")),
    ],
    ids=["good", "401", "403", "429", "500", "302", "html", "link"],
)
async def test_the_token_is_seen_by_graph_only(
    case: Case,
    server: GraphServer,
    reader: MakesReader,
    caplog: pytest.LogCaptureFixture,
    reply: Reply | None,
) -> None:
    """R7: not in any logger's output at DEBUG, not in the answer."""
    case.script(server)
    if reply is not None:
        server.at(case.path, reply)

    with caplog.at_level(logging.DEBUG):
        answer = await reader(case.kind).read(NOW)

    assert server.seen[0].headers["authorization"] == f"Bearer {CANARY}"
    written = [repr(answer), caplog.text, *(repr(vars(record)) for record in caplog.records)]
    assert not [each for each in written if CANARY in each]


async def test_a_credential_without_a_token_is_said_in_its_own_words(
    case: Case, reader: MakesReader
) -> None:
    """And nothing is sent."""
    source = reader(case.kind, FakeCredential("not a token\n"))

    answer = await source.read(NOW)

    assert isinstance(answer, Unavailable)
    assert answer.reason is Reason.FORBIDDEN
    assert source.requests == 0


@given(raw=st.binary(max_size=60))
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_bytes_are_a_page_or_malformed(case: Case, raw: bytes) -> None:
    """R8, where all of them begin."""
    try:
        page_of(raw, of_graph(case.path, case.role))
    except Ended as ended:
        is_sound(ended.outcome)


@given(value=anything)
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_any_json_is_a_reading_or_unavailable(
    case: Case, server: GraphServer, reader: MakesReader, value: object
) -> None:
    """R8 through the whole pipeline: nothing escapes, and nothing is "unexpected"."""
    server.at(case.path, Reply(content=json.dumps({"value": [value]}).encode()))

    answer = await reader(case.kind).read(NOW)

    is_sound(answer)
    assert "unexpected" not in str(getattr(answer, "detail", ""))
