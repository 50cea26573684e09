"""Lists in pages: followed to their end on one host, and never for ever."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.readings import Reason, Unavailable
from shared.sources import arm as arm_module
from shared.sources.arm import MAX_PAGES
from shared.sources.arm_pages import Page, next_address, parse_json, parse_page
from shared.sources.connect_health import ConnectHealthSource
from shared.sources.failures import of_connect_health
from tests.support.arm_reads import health, make
from tests.support.arm_server import (
    ACTIVE,
    SERVICE,
    STANDBY,
    ArmServer,
    alert,
    listed,
    member,
    said,
    serving,
)
from tests.support.loopback_server import Reply

ALERTS = of_connect_health("the alerts")
HERE = "https://management.azure.com/providers/x?a=b"
SERVICES = {"serviceName": SERVICE, "type": "AadSyncService"}


async def test_all_pages_are_one_list(arm: ArmServer) -> None:
    """A link may be absolute or relative."""
    arm.on("servicemembers", listed(member(), next_link=f"{arm.url}/p/two?x=1"))
    arm.on("two", listed(next_link="/p/three"))
    arm.on("three", said([member(STANDBY, "SYNC-B")]))
    source = make(ConnectHealthSource, arm.url)

    reading = await health(source)

    assert [each.name for each in reading.members] == ["SYNC-A", "SYNC-B"]
    assert source.requests == 8
    assert [each.query for each in arm.seen if each.path == "/p/two"] == [{"x": "1"}]


@pytest.mark.parametrize("start", ["servicemembers", "two"])
async def test_a_list_whose_pages_loop_ends(arm: ArmServer, start: str) -> None:
    """Where a page comes again, everything has been read; nobody is counted twice."""
    first = f"{arm.url}/providers/Microsoft.ADHybridHealthService/services/{SERVICE}/"
    first += "servicemembers?api-version=2014-01-01"
    back = first if start == "servicemembers" else "/p/two"
    arm.on("servicemembers", listed(member(), next_link="/p/two"))
    arm.on("two", listed(member(), member(STANDBY, "SYNC-B"), next_link=back))

    reading = await health(make(ConnectHealthSource, arm.url))

    assert [each.id for each in reading.members] == [ACTIVE, STANDBY]
    assert arm.routes.count("servicemembers") == 1
    assert arm.routes.count("two") == 1


async def test_a_list_without_end_is_cut_and_says_so(arm: ArmServer) -> None:
    """What is left out is counted as far as it was seen, and never as nothing."""
    links = [listed(alert(f"a-{n}"), next_link=f"/p/alerts?state=Active&n={n}") for n in range(99)]
    arm.on("alerts?Active", *links)

    reading = await health(make(ConnectHealthSource, arm.url))

    assert arm.routes.count("alerts?Active") == MAX_PAGES
    assert isinstance(reading.alerts, tuple)
    assert len(reading.alerts) == MAX_PAGES
    assert reading.alerts_left_out == 1


async def test_pages_that_are_too_long_together_are_cut_and_say_so(
    arm: ArmServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was read counts; the limit is for the list, not for the page."""
    monkeypatch.setattr(arm_module, "MAX_BYTES", 20_000)
    padding = "x" * 12_000
    arm.on("servicemembers", listed(member(), padding, next_link="/p/two"))
    arm.on("two", listed(member(STANDBY), padding))

    reading = await health(make(ConnectHealthSource, arm.url))

    assert [each.id for each in reading.members] == [ACTIVE]
    assert reading.members_left_out == 1


async def test_a_page_on_another_host_is_not_asked(arm: ArmServer) -> None:
    """It would get the token; and half of the list is no list."""
    with serving() as other:
        arm.on("alerts?Active", listed(alert(), next_link=f"{other.url}/alerts?state=Active"))

        reading = await health(make(ConnectHealthSource, arm.url))

    assert other.seen == []
    assert isinstance(reading.alerts, Unavailable)
    assert reading.alerts.reason is Reason.MALFORMED
    assert "host" in reading.alerts.detail


@pytest.mark.parametrize("reply", [Reply(500), said({}), Reply(content=b"<html>")])
async def test_a_page_that_fails_fails_the_list(arm: ArmServer, reply: Reply) -> None:
    """A shorter list would look whole."""
    arm.on("alerts?Active", listed(alert(), next_link="/p/two")).on("two", reply)

    assert isinstance((await health(make(ConnectHealthSource, arm.url))).alerts, Unavailable)


@pytest.mark.parametrize(
    "link",
    [
        "https://evil.example/providers/x",
        "http://management.azure.com/x",
        "https://management.azure.com:444/x",
        "https://management.azure.com@evil.example/x",
        "https://me@management.azure.com/x",
        "https://management.azure.com\\@evil.example/x",
        "https://management.azure.com.evil.example/x",
        "//evil.example/x",
        "ftp://management.azure.com/x",
        "https://[::1",
        "https://management.azure.com:x/",
        "javascript:alert(1)",
    ],
)
def test_a_link_to_another_origin_is_refused(link: str) -> None:
    """In whatever way it is spelled."""
    found = next_address(HERE, link)

    assert found is None


@pytest.mark.parametrize(
    ("link", "address"),
    [
        ("https://management.azure.com:443/y?z#f", "https://management.azure.com/y?z"),
        ("https://MANAGEMENT.azure.com/y", "https://management.azure.com/y"),
        ("/y", "https://management.azure.com/y"),
        ("?c=d", "https://management.azure.com/providers/x?c=d"),
    ],
)
def test_a_link_to_the_same_origin_is_followed(link: str, address: str) -> None:
    """The host is spelled as ours: nothing that another parser could read differently."""
    assert next_address(HERE, link) == address


@given(link=st.text(max_size=40) | st.from_regex(r"https?:[/\\]{0,3}[@:a-z./\\]{0,20}"))
def test_no_link_leads_to_another_host(link: str) -> None:
    """The token goes with every request."""
    found = next_address(HERE, link)

    assert found is None or found.startswith("https://management.azure.com")
    assert found is None or found.removeprefix("https://management.azure.com")[:1] in {"", "/", "?"}


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["value", "nextLink", "x"]), inner, max_size=3)
    ),
    max_leaves=10,
)


@given(raw=st.binary(max_size=60), document=_json)
def test_any_bytes_and_any_json_are_a_page_or_unavailable(raw: bytes, document: object) -> None:
    """R8: nothing else, and nothing escapes."""
    for each in (parse_json(raw, ALERTS), document):
        page = parse_page(each, ALERTS)

        assert isinstance(page, Page | Unavailable)
        assert isinstance(page, Unavailable) or isinstance(page.items, list)
