"""`/api/incidents/{id}`: what the card's button opens, for whom, and for nobody else."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, urlsplit

import pytest

from shared.domain.cards.links import LinkKey, sign
from simulator.clock import minutes
from simulator.model import TenantPlan
from simulator.stories import SERVERS
from tests.support.watchdog_app import SIGN_IN_ON, SIGNED_IN, WatchdogApp, watchdog_app

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.functions_answers import HttpAnswer

UNKNOWN: Final = "20260314-0300-abcdefghij"
MALFORMED: Final = [
    "x",
    "..",
    "%2e%2e%2fhealth",
    "20260314-0300-",
    "20260314-0300-a|b",
    "20260314-0300-%00",
    "20260314-2560-abcdefghij",
    "00000000-0000-abcdefghij",
    "99991231-2359-abcdefghij",
    "20260314-0300-" + "a" * 300,
    quote("２０２６0314-0300-abcdefghij"),  # noqa: RUF001  # digits that are none in ASCII
    quote("<script>alert(1)</script>", safe=""),
    "live%7Cstate",
]
KEY: Final = LinkKey("k2", b"2" * 32)
OLD_KEY: Final = LinkKey("k1", b"1" * 32)
KEYS: Final = ";".join(f"{key.id}:{base64.b64encode(key.key).decode()}" for key in (KEY, OLD_KEY))


def well_kept(answer: HttpAnswer) -> HttpAnswer:
    """The answer, after checking the headers that every page has."""
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-type"].startswith("text/html")
    return answer


# -- what it shows --------------------------------------------------------------------------------


async def test_it_shows_the_facts_and_the_first_steps(tmp_path: Path) -> None:
    """Verdict, tenant, ages, steps to the right servers, and what never to do."""
    async with watchdog_app(tmp_path) as app:
        incident = await app.died()
        page = well_kept(await app.page(incident))

    assert page.status == 200
    for text in ("Contoso", "SERVER_SILENT", "Object sync", "Password sync", incident, "SYNC-B"):
        assert text in page.text
    assert page.text.count("<li>") >= 4
    assert "Never " in page.text
    assert "<form" in page.text


async def test_it_shows_an_incident_that_is_over_and_archived(tmp_path: Path) -> None:
    """The link on an old card still opens: the page says that it is over, and how long it took."""
    async with watchdog_app(tmp_path) as app:
        incident = await app.died()
        app.tenant.change(lambda model: model.promote("SYNC-B"))
        for _ in range(12):
            app.after(10)
            await app.tick()
        page = well_kept(await app.page(incident))
        assert "recovery" in {card.reason for card in app.cards if card.incident == incident}

    assert page.status == 200
    assert "Recovered" in page.text
    assert "It lasted" in page.text


async def test_hostile_names_stay_text(tmp_path: Path) -> None:
    """The tenant's name is foreign: whoever may rename the tenant must not script the page."""
    hostile = "<img src=x onerror=alert(1)>\"'</title><script>"
    async with watchdog_app(tmp_path, plan=TenantPlan(SERVERS, display_name=hostile)) as app:
        page = await app.page(await app.died())

    assert page.status == 200
    assert "<img" not in page.text
    assert page.text.count("<script") == 1
    assert '<script src="../assets/page.js" defer></script>' in page.text
    assert page.text.count("</title>") == 1
    assert "onerror" in page.text


async def test_looking_changes_nothing(tmp_path: Path) -> None:
    """A mail scanner or a preview that opens the link acknowledges nothing: GET and HEAD read."""
    async with watchdog_app(tmp_path) as app:
        incident = await app.died()
        stored, requests = app.stored(), dict(app.tenant.http_requests)
        for method in ("GET", "HEAD"):
            assert (await app.page(incident, method)).status == 200
            assert (await app.page(UNKNOWN, method)).status == 404

        assert app.stored() == stored
        assert dict(app.tenant.http_requests) == requests
        assert incident in "".join(stored)


async def test_what_is_not_there_looks_the_same_whatever_was_asked(tmp_path: Path) -> None:
    """Unknown and malformed ids give the same 404, so nobody can tell which ones exist."""
    async with watchdog_app(tmp_path) as app:
        await app.died()
        unknown = well_kept(await app.page(UNKNOWN))
        for malformed in MALFORMED:
            answer = well_kept(await app.page(malformed))
            assert (answer.status, answer.text) == (404, unknown.text), malformed

    assert unknown.status == 404


async def test_it_says_when_the_store_cannot_be_read(tmp_path: Path) -> None:
    """503 and a next step: an incident that cannot be read is not one that does not exist."""
    async with watchdog_app(tmp_path) as app:
        incident = await app.died()
        await app.host.module.watchdog.aclose()
        app.database.write_text("this is no database", encoding="utf-8")
        page = well_kept(await app.page(incident))

    assert page.status == 503
    assert "Reload" in page.text
    assert "database" not in page.text


# -- who may see it -------------------------------------------------------------------------------


async def test_with_entra_a_visitor_who_did_not_sign_in_sees_nothing(tmp_path: Path) -> None:
    """401 for every id, with the same body."""
    async with watchdog_app(tmp_path, SIGN_IN_ON) as app:
        incident = await app.died()
        there, not_there = await app.page(incident), await app.page(UNKNOWN)

    assert well_kept(there).status == 401
    assert (there.status, there.text) == (not_there.status, not_there.text)
    assert "SERVER_SILENT" not in there.text


async def test_with_entra_a_signed_in_visitor_sees_it(tmp_path: Path) -> None:
    """App Service strips this header from outside and sets it after sign-in."""
    async with watchdog_app(tmp_path, SIGN_IN_ON) as app:
        page = await app.page(await app.died(), **SIGNED_IN)
        unknown = await app.page(UNKNOWN, **SIGNED_IN)

    assert well_kept(page).status == 200
    assert unknown.status == 404


@pytest.mark.parametrize("enabled", ["", "False"])
async def test_a_principal_is_not_believed_where_sign_in_is_off(
    tmp_path: Path, enabled: str
) -> None:
    """Without App Service authentication anybody can send that header."""
    settings = {**SIGN_IN_ON, "WEBSITE_AUTH_ENABLED": enabled}
    async with watchdog_app(tmp_path, settings) as app:
        page = await app.page(await app.died(), **SIGNED_IN)

    assert well_kept(page).status == 403
    assert "SERVER_SILENT" not in page.text


async def signed(app: WatchdogApp, incident: str, token: str) -> HttpAnswer:
    """The page as opened with this token."""
    return well_kept(await app.page(incident, query=f"?t={quote(token)}"))


async def test_a_signed_link_opens_its_incident_for_a_day(tmp_path: Path) -> None:
    """The newest key and the one before it are valid, until 24 hours are over."""
    async with watchdog_app(tmp_path, {"WATCHDOG_SIGNING_KEYS": KEYS}) as app:
        incident = await app.died()
        at = app.clock.now()
        tokens = [sign(key, incident, at) for key in (KEY, OLD_KEY)]
        assert [(await signed(app, incident, token)).status for token in tokens] == [200, 200]
        app.tenant.advance_to(at + minutes(24 * 60) - minutes(1 / 60))
        assert [(await signed(app, incident, token)).status for token in tokens] == [200, 200]
        app.after(1 / 60)
        assert [(await signed(app, incident, token)).status for token in tokens] == [404, 404]


async def test_any_other_link_shows_what_an_unknown_incident_shows(tmp_path: Path) -> None:
    """No token, a forged one, another incident's, a foreign key's: one and the same 404."""
    async with watchdog_app(tmp_path, {"WATCHDOG_SIGNING_KEYS": KEYS}) as app:
        incident = await app.died()
        at = app.clock.now()
        good = sign(KEY, incident, at)
        bad = [
            "",
            good[:-1] + ("A" if good[-1] != "A" else "B"),
            sign(KEY, UNKNOWN, at),
            sign(LinkKey(KEY.id, b"3" * 32), incident, at),
            sign(KEY, incident, at - minutes(24 * 60)),
            "２" * 10,  # noqa: RUF001  # hostile text
        ]
        unknown = await signed(app, UNKNOWN, sign(KEY, UNKNOWN, at))
        answers = [await signed(app, incident, token) for token in bad]
        by_principal = await app.page(incident, **SIGNED_IN)

    assert unknown.status == 404
    assert {(each.status, each.text) for each in [*answers, by_principal]} == {(404, unknown.text)}


@pytest.mark.parametrize("keys", ["", KEYS], ids=["plain", "signed"])
async def test_the_button_of_a_card_opens_its_page(tmp_path: Path, keys: str) -> None:
    """Whatever opens a page is on the card: a link that its own watchdog refuses helps nobody."""
    async with watchdog_app(tmp_path, {"WATCHDOG_SIGNING_KEYS": keys}) as app:
        incident = await app.died()
        link, *_ = (urlsplit(url) for url in app.links() if "/api/incidents/" in url)
        page = await app.host.http("incident", "GET", f"{link.path}?{link.query}")

    assert (link.scheme, link.netloc) == ("https", "watchdog.contoso.com")
    assert page.status == 200
    assert incident in page.text
