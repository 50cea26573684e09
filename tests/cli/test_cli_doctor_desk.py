"""`doctor` at somebody's desk: what hangs, Ctrl-C, a terminal, a company's proxy."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Any, Final

import pytest

from shared import cli
from shared.doctor.report import Outcome, Report, Row
from shared.wiring.doctor import route_from_here
from tests.support.command_line import printed, tenant
from tests.support.webhook_server import Reply, WebhookServer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

KEY: Final = "c4nary-functi0n-key-f0r-tests=="


@pytest.fixture
def environ(tmp_path: Path) -> Iterator[dict[str, str]]:
    """A healthy tenant's."""
    with tenant(tmp_path) as (_, found):
        yield found


def looks(monkeypatch: pytest.MonkeyPatch, look: Any) -> None:
    """Let every look be this one."""
    monkeypatch.setattr("shared.wiring.doctor.look", look)


def test_a_store_that_hangs_does_not_keep_the_report(
    environ: dict[str, str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is printed while the store's thread still waits for its next byte."""
    release, began = threading.Event(), threading.Event()
    hanging: list[threading.Thread] = []

    def wait() -> None:
        hanging.append(threading.current_thread())
        began.set()
        release.wait(20)

    async def look(*_: Any, **__: Any) -> Report:
        thread = asyncio.ensure_future(asyncio.to_thread(wait))
        await asyncio.sleep(0)
        began.wait(20)
        thread.cancel()
        return Report("build", "you", (Row("a", Outcome.PASS, "It works."),))

    looks(monkeypatch, look)
    try:
        code = cli.main(["doctor"], environ)
        assert hanging[0].is_alive()
    finally:
        release.set()

    assert (code, "a: It works." in printed(capsys)[0]) == (0, True)


def test_who_stops_it_gets_no_trace(
    environ: dict[str, str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C is no defect; there is no report, so the exit code is 2."""

    async def look(*_: Any, **__: Any) -> Report:
        raise KeyboardInterrupt

    looks(monkeypatch, look)
    code = cli.main(["doctor"], environ)

    assert (code, printed(capsys)[1]) == (2, "No report: you stopped it.\n")


def test_a_terminal_is_told_that_it_takes_a_moment(
    environ: dict[str, str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """On standard error, so that a pipe gets the report alone; JSON gets nothing besides."""
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    cli.main(["doctor"], environ)
    assert "Looking" in printed(capsys)[1]

    cli.main(["doctor", "--json"], environ)
    assert printed(capsys)[1] == ""


APP: Final = "https://contoso-watchdog.azurewebsites.net"
PROXY: Final = "http://user:c4nary-S1gnatur3@proxy.contoso.com:8080"


@pytest.mark.parametrize(
    ("environ", "url", "through"),
    [
        ({}, APP, False),
        ({"HTTPS_PROXY": PROXY}, APP, True),
        ({"https_proxy": PROXY}, APP, True),
        ({"HTTPS_PROXY": PROXY, "NO_PROXY": "10.0.0.1,.azurewebsites.net"}, APP, False),
        ({"HTTPS_PROXY": PROXY, "no_proxy": "*"}, APP, False),
        ({"HTTPS_PROXY": PROXY}, "http://127.0.0.1:7071", False),
        ({"HTTP_PROXY": PROXY}, APP, False),
    ],
)
def test_a_desk_reaches_the_app_as_curl_and_az_do(
    environ: dict[str, str], url: str, *, through: bool
) -> None:
    """Through its company's proxy; the key never in plain text, nor the proxy's password shown."""
    route = route_from_here({**environ, "REQUESTS_CA_BUNDLE": "/etc/ca.pem"}, url)

    assert (route.proxy is not None) == through
    assert route.ca_bundle == "/etc/ca.pem"
    assert route_from_here(environ, url).ca_bundle is None
    assert "c4nary" not in repr(route)


def test_a_proxy_that_is_set_is_used(capsys: pytest.CaptureFixture[str]) -> None:
    """It is asked to connect to the app, without the key; here it refuses."""
    with WebhookServer(Reply(403)) as proxy:
        environ = {"FUNCTION_KEY": KEY, "HTTPS_PROXY": proxy.origin}
        code = cli.main(["doctor", "--app", APP], environ)
        asked = list(proxy.received)
    _, err = printed(capsys)

    assert code == 2
    assert "HTTPS_PROXY" in err
    assert KEY not in str([(each.target, each.headers) for each in asked])
    assert not [each for each in asked if each.method == "POST"]
