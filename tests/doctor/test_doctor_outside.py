"""Asking the deployed app for its report: every way in which it may answer, and the key."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from shared.doctor.facts import Door, Web
from shared.doctor.outside import (
    HEALTH,
    KEYS,
    SIGN_IN,
    NoReportError,
    app_address,
    ask_app,
    key_fix,
    seen_from_outside,
    usable_key,
)
from shared.doctor.report import Outcome, Report, Row
from shared.doctor.wire import as_json
from shared.secret import Secret
from tests.support.doctor_facts import HEALTHY, WEB, page

if TYPE_CHECKING:
    from shared.doctor.network import Ask, Asks

BASE = "https://contoso-watchdog.azurewebsites.net"
KEY = Secret("c4nary-functi0n-key-f0r-tests==")
REPORT = Report("0.1.0", "the app's identity", (Row("a", Outcome.PASS, "It works."),))


def answering(web: Web, seen: list[Ask] | None = None) -> Asks:
    """An app that answers so, whatever it is asked."""

    async def ask(what: Ask) -> Web:
        if seen is not None:
            seen.append(what)
        return web

    return ask


@pytest.mark.parametrize(
    ("typed", "base"),
    [
        (BASE, BASE),
        (f" {BASE}/ ", BASE),
        ("http://localhost:7071", "http://localhost:7071"),
        ("http://127.0.0.1:7071/", "http://127.0.0.1:7071"),
    ],
)
def test_an_address_is_taken(typed: str, base: str) -> None:
    """Https anywhere; plain http only on this machine."""
    assert app_address(typed) == base


@pytest.mark.parametrize(
    "typed",
    [
        "http://contoso-watchdog.azurewebsites.net",
        "contoso-watchdog.azurewebsites.net",
        f"{BASE}/api",
        f"{BASE}?code=1",
        f"{BASE}#x",
        "https://user:password@contoso-watchdog.azurewebsites.net",
        "ftp://contoso-watchdog.azurewebsites.net",
        "https://",
        "",
        "https://a b",
    ],
)
def test_no_key_goes_to_what_is_no_address_of_an_app(typed: str) -> None:
    """Before anything is sent, and without quoting what was typed."""
    with pytest.raises(NoReportError, match="--app") as caught:
        app_address(typed)

    assert "password" not in str(caught.value) + caught.value.fix


def test_a_missing_key_comes_with_the_command_that_fetches_it() -> None:
    """With the app's name in it."""
    with pytest.raises(NoReportError, match="FUNCTION_KEY is not set") as caught:
        usable_key(None, BASE)

    assert "az functionapp keys list" in caught.value.fix
    assert "--name contoso-watchdog " in caught.value.fix


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("contoso-watchdog.azurewebsites.us", "contoso-watchdog"),
        ("contoso-watchdog.chinacloudsites.cn", "contoso-watchdog"),
        ("watchdog-a1b2c3.westeurope-01.azurewebsites.net", "<function app>"),
        ("watchdog.contoso.com", "<function app>"),
    ],
)
def test_the_name_of_the_app_is_read_only_where_the_host_says_it(host: str, name: str) -> None:
    """A host with a region has a suffix that is not of the name; an own domain says nothing."""
    assert f"--name {name} " in key_fix(f"https://{host}")


@pytest.mark.parametrize(
    "key", ["short", "with a space in it", "line\r\nX-Evil: 1", "k\u00e9y-0123"]
)
def test_what_is_no_key_is_not_sent(key: str) -> None:
    """Nor shown: it may be another secret, pasted wrongly."""
    with pytest.raises(NoReportError) as caught:
        usable_key(Secret(key), BASE)

    assert key not in str(caught.value) + caught.value.fix


async def test_a_report_comes_back_and_the_key_goes_only_in_its_header() -> None:
    """One POST; the body says whether a card is wanted."""
    seen: list[Ask] = []
    web = page(200, json.dumps(as_json(REPORT)).encode())
    plain = await ask_app(BASE, KEY, answering(web, seen), send_card=False)
    await ask_app(BASE, KEY, answering(web, seen), send_card=True)

    assert plain.rows == REPORT.rows
    assert plain.where == "the app's identity (contoso-watchdog.azurewebsites.net)"
    assert [each.body for each in seen] == [b"{}", b'{"send_card": true}']
    assert seen[0].url == f"{BASE}/api/doctor"
    assert KEY.reveal() not in repr(seen)


async def test_a_misconfigured_app_has_a_report_too() -> None:
    """503 with rows: the settings, by name."""
    report = Report("0.1.0", "the app", REPORT.rows, misconfigured=True)
    web = page(503, json.dumps(as_json(report)).encode())
    found = await ask_app(BASE, KEY, answering(web), send_card=False)

    assert found.exit_code == 2


@pytest.mark.parametrize(
    ("web", "what", "fix"),
    [
        (page(401), "refuses the key", "keys list"),
        (page(403), "refuses the key", "keys list"),
        (page(401, www_authenticate="Bearer"), "asks for sign-in", "excludedPaths"),
        (page(302, location="https://login.microsoftonline.com/x"), "sign-in", "excludedPaths"),
        (page(404), "an older build", "Deploy"),
        (page(503, b"<html>starting</html>"), "does not run the app now", "once more"),
        (page(200, b"<html>hello</html>"), "not with a report", "address"),
        (page(500, b"{}"), "answered 500", "watchdog.failed"),
        (page(400, b"{}"), "answered 400", "address"),
        (page(None), "no answer in time", "once more"),
    ],
)
async def test_an_app_that_gives_no_report_is_told_apart(web: Web, what: str, fix: str) -> None:
    """Each answer with what to do; never the key."""
    with pytest.raises(NoReportError) as caught:
        await ask_app(BASE, KEY, answering(web), send_card=False)

    assert what in caught.value.what
    assert fix in caught.value.fix
    assert KEY.reveal() not in caught.value.what + caught.value.fix


# -- as a stranger --------------------------------------------------------------------------------


def strangers(**answers: Any) -> Asks:
    """A deployed app, with other answers at some doors."""
    doors = {**WEB, **{Door(name): web for name, web in answers.items()}}

    async def ask(what: Ask) -> Web:
        assert "x-functions-key" not in what.headers
        web: Web | Exception = doors[Door(what.url.rpartition("/")[2])]
        if isinstance(web, Exception):
            raise web
        return web

    return ask


@pytest.mark.parametrize(
    ("answers", "outcomes"),
    [
        ({}, ("pass", "pass", "pass")),
        ({"health": page(302)}, ("fail", "pass", "pass")),
        ({"status": page(200)}, ("pass", "fail", "pass")),
        ({"status": page(403)}, ("pass", "not permitted", "pass")),
        ({"status": page(404)}, ("pass", "not verifiable", "pass")),
        (
            {"status": page(302, location="https://login.microsoftonline.us/x")},
            ("pass", "pass", "pass"),
        ),
        (
            {"status": page(302, location="https://login.partner.microsoftonline.cn/x")},
            ("pass", "pass", "pass"),
        ),
        ({"status": page(302, location="https://evil.example/")}, ("pass", "fail", "pass")),
        ({"status": page(302, location="https://login.evil.example/")}, ("pass", "fail", "pass")),
        ({"run": page(200)}, ("pass", "pass", "fail")),
        ({"doctor": page(302)}, ("pass", "pass", "fail")),
        ({"health": LookupError("x")}, ("fail", "pass", "pass")),
    ],
)
async def test_a_stranger_sees_three_rows(
    answers: dict[str, Any], outcomes: tuple[str, ...]
) -> None:
    """Whether strangers get in where they should, and only there; a fault is in its row alone."""
    found = await seen_from_outside(BASE, strangers(**answers))

    assert [row.name for row in found] == [HEALTH, SIGN_IN, KEYS]
    assert tuple(str(row.outcome) for row in found) == outcomes


async def test_the_probe_of_the_key_cannot_start_a_doctor() -> None:
    """An app that wants no key would else ask itself, for ever: it refuses this body."""
    from shared.wiring.doctor import WrongBodyError, wants_card  # noqa: PLC0415 - what refuses

    seen: list[Ask] = []
    await seen_from_outside(BASE, answering(HEALTHY, seen))
    (body,) = (each.body for each in seen if each.url.endswith("/api/doctor"))

    assert body is not None
    with pytest.raises(WrongBodyError):
        wants_card(body)
