"""What somebody who means harm can try with a form, a link, a header or a name."""

from __future__ import annotations

import base64
from functools import partial
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

import pytest

from shared.acting import Acted, Desk
from shared.domain.cards.links import sign
from shared.domain.incidents import actions
from shared.domain.incidents.actions import Actor
from shared.stores.sqlite import SqliteStore
from tests.support.functions_config import HostError
from tests.support.page_forms import addresses, form
from tests.support.signing import KEY, KEYS, RETIRED
from tests.support.watchdog_app import SIGN_IN_ON, SIGNED_IN, WatchdogApp, watchdog_app

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.functions_answers import HttpAnswer

LINK: Final = {"WATCHDOG_SIGNING_KEYS": KEYS}
ENTRA: Final = {**SIGN_IN_ON, "WATCHDOG_SIGNING_KEYS": KEYS}
UNKNOWN: Final = "20260314-0300-abcdefghij"
HOSTILE: Final = [
    "<img src=x onerror=alert(1)>",
    "\"'></textarea><script>alert(1)</script>",
    "\u202eelohw \u2066\u2067",
    "a\x00b\x1b[31m",
    "\U0001f469\u200d\U0001f4bb" * 30,
    "[x](https://evil.example) {{TIME()}} <at>all</at>",
    "n" * 10_000,
    "a\r\nSet-Cookie: x=1\r\n\r\n<html>",
]


def whole(answer: HttpAnswer) -> tuple[int, dict[str, str], bytes]:
    """Everything that whoever asked can see."""
    return answer.status, dict(answer.headers), answer.body


# -- nobody can tell what exists ------------------------------------------------------------------


async def test_forged_expired_and_unknown_are_one_answer_to_the_byte(tmp_path: Path) -> None:
    """Status, headers and body, for looking and for acting, for an id that exists and others."""
    async with watchdog_app(tmp_path, LINK) as app:
        incident = await app.died()
        at = app.clock.now()
        good = sign(KEY, incident, at)
        page = await app.page(incident, query=f"?t={good}")
        fields = form(page.text, "acknowledge").filled(who="Stranger")
        seen = []
        tokens = (
            "",
            sign(RETIRED, incident, at),
            sign(KEY, UNKNOWN, at),
            sign(KEY, "status", at),
            f"{good},{good}",
            quote(quote(good.replace(".", "%2E"))),
            good[:-1],
        )
        for token in tokens:
            seen.append(await app.page(incident, query=f"?t={token}"))
            seen.append(await app.act(incident, fields, query=f"?t={token}"))
        unknown = sign(KEY, UNKNOWN, at)
        seen.append(await app.page(UNKNOWN, query=f"?t={unknown}"))
        seen.append(await app.act(UNKNOWN, fields, query=f"?t={unknown}"))
        app.after(24 * 60)
        stored = app.stored()
        seen.append(await app.page(incident, query=f"?t={good}"))
        seen.append(await app.act(incident, fields, query=f"?t={good}"))

        first = whole(seen[0])
        assert first[0] == 404
        assert [whole(each) for each in seen] == [first] * len(seen)
        assert app.stored() == stored


async def test_who_is_not_signed_in_is_told_the_same_about_everything(tmp_path: Path) -> None:
    """401 for an id that exists and for one that does not, whatever the form says."""
    async with watchdog_app(tmp_path, ENTRA) as app:
        incident = await app.died()
        page = await app.page(incident, **SIGNED_IN)
        fields = form(page.text, "acknowledge").filled()
        link = f"?t={sign(KEY, incident, app.clock.now())}"
        answers = [
            await app.page(incident),
            await app.page(UNKNOWN),
            await app.page(incident, query=link),
            await app.act(incident, fields),
            await app.act(UNKNOWN, fields),
            await app.act(incident, fields, query=link),
            await app.act(incident, fields, x_ms_client_principal_name="oncall@contoso.com"),
        ]

    assert {answer.status for answer in answers} == {401}
    assert len({str(whole(answer)) for answer in answers}) == 1


# -- other websites -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site", "origin": "null"},
        {"sec-fetch-site": "same-site"},
        {"origin": "https://evil.example"},
        {"origin": "https://evil.example", "host": "watchdog.contoso.com"},
    ],
)
async def test_another_website_cannot_send_a_form_of_ours(
    tmp_path: Path, headers: dict[str, str]
) -> None:
    """Even with a genuine token, such as the attacker's own: that would be login CSRF."""
    async with watchdog_app(tmp_path, ENTRA) as app:
        incident = await app.died()
        page = await app.page(incident, **SIGNED_IN)
        fields = form(page.text, "note").filled(note="x")
        stored = app.stored()
        refused = await app.act(incident, fields, **SIGNED_IN, **headers)

        assert refused.status == 403
        assert "token" not in refused.text
        assert app.stored() == stored
        ours = {"sec-fetch-site": "same-origin", "origin": "null"}
        assert (await app.act(incident, fields, **SIGNED_IN, **ours)).status == 303


async def test_a_page_cannot_be_framed_and_sends_its_forms_nowhere_else(tmp_path: Path) -> None:
    """Clickjacking, a foreign `<base>`, a form that was redirected, a referrer with the token."""
    async with watchdog_app(tmp_path, LINK) as app:
        incident = await app.died()
        query = f"?t={sign(KEY, incident, app.clock.now())}"
        page = await app.page(incident, query=query)
        fields = form(page.text, "note").filled(who="x", note="x")
        answers = [
            page,
            await app.page(UNKNOWN),
            await app.act(incident, {}, query=query),
            await app.act(incident, fields, query=query),
        ]

    for answer in answers:
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["cache-control"] == "no-store"
    policy = answers[0].headers["content-security-policy"].split("; ")
    assert {"base-uri 'none'", "form-action 'self'", "default-src 'none'"} <= set(policy)
    assert not any("unsafe" in each or "*" in each for each in policy)
    for address in addresses(page.text):
        assert address.startswith(("?", "#", "../assets/", "../status", "data:")), address


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "get"])
async def test_other_methods_reach_no_page(tmp_path: Path, method: str) -> None:
    """The host answers 404 itself; a form cannot be smuggled in by another verb."""
    async with watchdog_app(tmp_path, ENTRA) as app:
        incident = await app.died()
        for name in ("incident", "act"):
            with pytest.raises(HostError, match="404"):
                await app.host.http(name, method, f"/api/incidents/{incident}", headers=SIGNED_IN)
        with pytest.raises(HostError, match="404"):
            await app.host.http("incident", "POST", f"/api/incidents/{incident}", headers=SIGNED_IN)


# -- headers and names ----------------------------------------------------------------------------


@pytest.mark.parametrize("query", ["did=a%0d%0aSet-Cookie:x=1", "did=//evil.example", "again=1%0a"])
async def test_no_header_of_an_answer_repeats_what_was_sent(tmp_path: Path, query: str) -> None:
    """Neither the place that a form leads to nor a cookie can be bent by the address."""
    async with watchdog_app(tmp_path, LINK) as app:
        incident = await app.died()
        door = f"?t={sign(KEY, incident, app.clock.now())}&{query}"
        page = await app.page(incident, query=door, host="evil.example", x_forwarded_host="evil")
        fields = form(page.text, "note").filled(who="x\r\nSet-Cookie: y=1", note="x")
        answer = await app.act(
            incident, fields, query=door, x_forwarded_host="evil.example", host="evil.example"
        )

        assert page.status == 200
        assert answer.status == 303
        assert answer.headers["location"].startswith(f"{incident}?t=")
        for value in answer.headers.values():
            assert "evil" not in value
            assert not {"\r", "\n"} & set(value)
        named = answer.headers["set-cookie"].partition(";")[0]
        encoded = base64.urlsafe_b64encode(b"xSet-Cookie: y=1").decode().rstrip("=")
        assert named == f"__Host-watchdog-name={encoded}"
        assert "evil" not in page.text


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
async def test_names_and_notes_are_shown_inert_and_stored_short(tmp_path: Path, text: str) -> None:
    """Markup, reordering, control characters, endless text: the page and the row stay whole."""
    cookie = ""
    async with watchdog_app(tmp_path, LINK) as app:
        incident = await app.died()
        query = f"?t={sign(KEY, incident, app.clock.now())}"
        for action, more in (
            ("note", {"note": text}),
            ("hand_over", {"to": text}),
            ("acknowledge", {}),
            ("steps", {"done": text}),
        ):
            page = await app.page(incident, query=query, x_forwarded_for="fe80::1%" + text[:99])
            fields = form(page.text, action).filled(who=text, **more)
            answer = await app.act(incident, fields, query=query)
            assert answer.status == 303, action
            cookie = answer.headers["set-cookie"].partition(";")[0]
        page = await app.page(incident, query=query, cookie=cookie)
        await app.tick()

        assert page.status == 200
        assert len(page.body) < 40_000
        for mark in ("<img", "<script>alert", "\u202e", "\x00", "\x1b"):
            assert mark not in page.text
        assert app.stored()
        assert max(len(row) for row in app.stored()) < 33_000


# -- somebody in a loop ---------------------------------------------------------------------------


async def test_a_thousand_notes_leave_a_page_that_opens(tmp_path: Path) -> None:
    """At the limit people are refused, honestly; the page stays small, with two storage calls."""
    async with watchdog_app(tmp_path, LINK) as app:
        incident = await app.died()
        await fill_up(app, incident)
        query = f"?t={sign(KEY, incident, app.clock.now())}"
        page = await app.page(incident, query=query)
        store = app.host.module.watchdog._watch.outside.store
        before = store.calls
        page = await app.page(incident, query=query)

        assert store.calls - before == 2
        assert page.status == 200
        assert len(page.body) < 30_000
        stored = app.stored()
        fields = form(page.text, "note").filled(who="x", note="one more")
        refused = await app.act(incident, fields, query=query)
        assert refused.status == 409
        assert dict(form(refused.text, "note").fields)["note"] == "one more"
        assert app.stored() == stored


async def fill_up(app: WatchdogApp, incident: str) -> None:
    """Write notes until no more is taken."""
    watchdog = app.host.module.watchdog
    store, ids = SqliteStore(app.database), iter(range(10_000))
    desk = Desk(watchdog._watch.plan.tenant_id, store, lambda: f"id{next(ids):06d}")
    at = app.clock.now()
    try:
        acted = Acted.DONE
        while acted is Acted.DONE:
            actor = Actor("Oncall <b>", "page", f"form{next(ids):06d}")
            decide = partial(actions.note, text="<b> note " * 99, actor=actor, at=at)
            result = await desk.act(incident, decide)
            acted = result.acted
    finally:
        await store.aclose()
    assert acted is Acted.FULL
