"""`/api/status` and what belongs to it, through Microsoft's runtime: who sees it, what acts."""

from __future__ import annotations

import asyncio
import re
from base64 import b64encode
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest

from shared import ledger, standing
from shared.domain.cards.links import LinkKey, sign
from tests.support.watchdog_app import SIGN_IN_ON, SIGNED_IN, watchdog_app

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.functions_answers import HttpAnswer
    from tests.support.watchdog_app import WatchdogApp

KEY = LinkKey("k1", b"\x07" * 32)
LINKS = {
    "WATCHDOG_PAGE_ACCESS": "link",
    "WATCHDOG_SIGNING_KEYS": f"{KEY.id}:{b64encode(KEY.key).decode()}",
}
FORM = {"content-type": "application/x-www-form-urlencoded"}
PAGES = {
    "status": "status",
    "status_json": "status.json",
    "badge": "status.svg",
    "history_csv": "history.csv",
    "history_json": "history.json",
}


async def get(
    app: WatchdogApp, name: str = "status", query: str = "", method: str = "GET", **headers: str
) -> HttpAnswer:
    """One of the pages."""
    named = {each.replace("_", "-"): value for each, value in headers.items()}
    return await app.host.http(name, method, f"/api/{PAGES[name]}{query}", headers=named)


async def send(
    app: WatchdogApp, fields: dict[str, str], query: str = "", **headers: str
) -> HttpAnswer:
    """Send a form of the status page."""
    named = {each.replace("_", "-"): value for each, value in headers.items()}
    body = urlencode(fields).encode()
    return await app.host.http(
        "announce", "POST", f"/api/status{query}", headers={**FORM, **named}, body=body
    )


async def landed(app: WatchdogApp, answer: HttpAnswer) -> str:
    """The page that a redirection leads to, as text."""
    assert answer.status == 303, answer.text
    assert answer.headers["location"].startswith("status?")
    return (await get(app, query="?" + answer.headers["location"].partition("?")[2])).text


def tokens(html: str, action: str) -> list[str]:
    """The hidden tokens of the forms that ask for this."""
    pattern = rf'value="{action}">\s*<input type="hidden" name="token" value="([^"]+)"'
    return re.findall(pattern, html)


def link(app: WatchdogApp, subject: str) -> str:
    """A signed link's query."""
    return f"?t={sign(KEY, subject, app.clock.now())}"


# -- looking --------------------------------------------------------------------------------------


async def test_every_page_answers_before_the_first_tick_and_after_an_outage(
    tmp_path: Path,
) -> None:
    """GET and HEAD, each with its type; looking changes nothing."""
    types = ["text/html", "application/json", "image/svg+xml", "text/csv", "application/json"]
    async with watchdog_app(tmp_path) as app:
        incident = ""
        for first in (True, False):
            incident = incident if first else await app.died()
            await get(app)  # SQLite makes its empty file when it is first asked
            before = app.stored()
            for name, kind in zip(PAGES, types, strict=True):
                answer = await get(app, name)
                assert (answer.status, answer.headers["content-type"].split(";")[0]) == (200, kind)
                head = await get(app, name, method="HEAD")
                assert (head.status, head.text) == (200, "")
            assert app.stored() == before
        page = await get(app)
        assert "The active server is silent" in page.text
        assert f'href="incidents/{incident}"' in page.text
        assert page.headers["cache-control"] == "no-store"
        badge = await get(app, "badge")
        assert badge.headers["cache-control"] == "private, max-age=60"
        assert "Entra Connect: silent" in badge.text


async def test_the_servers_are_those_that_the_card_of_the_same_tick_named(tmp_path: Path) -> None:
    """Recomputed from the stored readings: the very report that the tick kept with the incident."""
    async with watchdog_app(tmp_path) as app:
        await app.died()
        watch: Any = app.host.module.watchdog.ready()
        store, plan = watch.outside.store, watch.plan
        rows = await store.read(plan.tenant_id, *ledger.live_range())
        snap = ledger.snapshot(rows)
        (incident,) = [i for i in snap.incidents.values() if i.kind == "sync"]
        pair = incident.evidence.pair
        assert pair is not None
        assert snap.state is not None

        found = standing.servers(plan, snap, snap.state)

        assert pair.standbys
        assert found.all == (pair.active, *pair.standbys)
        assert found.disagreements == pair.disagreements
        practised = replace(snap.state, drill_at=app.clock.now())
        told = standing.servers(plan, snap, practised).all[1].checks
        assert told[-1] != found.all[1].checks[-1]  # the check "last drill" knows of it


async def test_the_page_goes_stale_with_the_last_tick(tmp_path: Path) -> None:
    """Three schedules later it does not say that all is well."""
    async with watchdog_app(tmp_path) as app:
        await app.tick()
        assert "Synchronisation works" in (await get(app)).text
        app.after(16)
        assert "Synchronisation works" not in (await get(app)).text
        assert "Entra Connect: stale" in (await get(app, "badge")).text


async def test_an_unreadable_store_is_a_503_in_words_and_an_unknown_badge(
    tmp_path: Path,
) -> None:
    """No trace, and never an old answer."""
    async with watchdog_app(tmp_path) as app:
        app.database.write_text("this is no database", encoding="utf-8")
        for name in ("status", "status_json", "history_csv", "history_json"):
            answer = await get(app, name)
            assert (answer.status, "Traceback" in answer.text) == (503, False)
        assert "Entra Connect: unknown" in (await get(app, "badge")).text


# -- who may come in ------------------------------------------------------------------------------


async def test_a_link_opens_what_it_is_for_and_nothing_else(tmp_path: Path) -> None:
    """Without one, with a forged, an old or another page's link: the same 404 for everything."""
    async with watchdog_app(tmp_path, LINKS) as app:
        incident = await app.died()
        queries = {
            "none": "",
            "forged": "?t=k1.1795000000.aaaaaaaaaaaaaaaaaaaaaa",
            "incident": link(app, incident),
            "badge": link(app, "badge"),
        }
        for name in PAGES:
            refused = {
                (await get(app, name, query)).text
                for kind, query in queries.items()
                if (name, kind) != ("badge", "badge")
            }
            assert len(refused) == 1, name
            assert "Nothing to show here" in refused.pop()
            assert (await get(app, name, link(app, "status"))).status == 200
        assert (await get(app, "badge", link(app, "badge"))).status == 200
        page = await get(app, query=link(app, "status"))
        address = re.search(r'href="incidents/([^"?]+)(\?t=[^"]+)"', page.text)
        assert address is not None
        assert (await app.page(address[1], query=address[2])).status == 200

        old = link(app, "status")
        app.after(24 * 60 + 1)
        assert (await get(app, query=old)).status == 404


async def test_with_sign_in_only_the_signed_in_see_it(tmp_path: Path) -> None:
    """No link opens anything then; links to incidents are plain."""
    async with watchdog_app(tmp_path, {**LINKS, **SIGN_IN_ON}) as app:
        incident = await app.died()
        named = {key.replace("-", "_"): value for key, value in SIGNED_IN.items()}
        for name in PAGES:
            assert (await get(app, name, link(app, "status"))).status == 401
            assert (await get(app, name, **named)).status == 200
        assert f'href="incidents/{incident}"' in (await get(app, **named)).text


# -- acting ---------------------------------------------------------------------------------------


async def test_a_drill_is_started_once_and_stopped_once(tmp_path: Path) -> None:
    """The page says what the stored row says; the same form again changes nothing and says so."""
    async with watchdog_app(tmp_path) as app:
        await app.tick()
        (token,) = tokens((await get(app)).text, "drill_start")
        fields = {"action": "drill_start", "token": token, "who": "Oncall", "note": "Practice"}
        assert "Done: drill started by Oncall" in await landed(app, await send(app, fields))
        before = app.stored()
        assert "That was done already: drill started" in await landed(app, await send(app, fields))
        assert app.stored() == before

        app.after(5)
        html = (await get(app)).text
        assert "Stopwatch" in html
        (token,) = tokens(html, "drill_stop")
        drill = re.search(r'name="drill" value="([^"]+)"', html)
        assert drill is not None
        fields = {"action": "drill_stop", "token": token, "who": "Second", "drill": drill[1]}
        assert "Done: drill stopped by Second" in await landed(app, await send(app, fields))
        assert "That was done already" in await landed(app, await send(app, fields))
        text = (await get(app)).text
        assert "Stopped before it recovered" in text
        assert tokens(text, "drill_start")


async def test_maintenance_is_announced_from_now_on_and_ended(tmp_path: Path) -> None:
    """One press of a button; then it stands at the top, and can be ended, once."""
    async with watchdog_app(tmp_path) as app:
        await app.tick()
        now_token, _ = tokens((await get(app)).text, "window_add")
        fields = {"action": "window_add", "token": now_token, "who": "Oncall", "for": "2"}
        shown = await landed(app, await send(app, fields))
        assert "Done: maintenance announced by Oncall" in shown
        assert "for 2 h" in shown
        assert "Maintenance is on until" in shown
        assert "Entra Connect: maintenance" in (await get(app, "badge")).text
        before = app.stored()
        assert "done already: maintenance" in await landed(app, await send(app, fields))
        assert app.stored() == before

        (token,) = tokens(shown, "window_end")
        window = re.search(r'name="window" value="([^"]+)"', shown)
        assert window is not None
        fields = {"action": "window_end", "token": token, "who": "Second", "window": window[1]}
        ended = await landed(app, await send(app, fields))
        assert "Done: maintenance ended by Second" in ended
        assert "Maintenance is on until" not in ended
        assert "done already: maintenance ended" in await landed(app, await send(app, fields))


async def test_two_presses_at_once_start_one_drill(tmp_path: Path) -> None:
    """Two people, two forms: one starts it, the other is told that one runs."""
    async with watchdog_app(tmp_path) as app:
        await app.tick()
        forms = [tokens((await get(app)).text, "drill_start")[0] for _ in range(2)]
        answers = await asyncio.gather(
            *(
                send(app, {"action": "drill_start", "token": token, "who": f"P{n}"})
                for n, token in enumerate(forms)
            )
        )
        assert sorted(answer.status for answer in answers) == [303, 409]
        assert sum("live|drill'" in line for line in app.stored()) == 1


@pytest.mark.parametrize(
    ("repeat", "said"),
    [("once", "for 2 h"), ("weekly", "every week"), ("monthly", "FREQ=MONTHLY;BYDAY=-1")],
)
async def test_maintenance_is_announced_for_later(tmp_path: Path, repeat: str, said: str) -> None:
    """By the office's clock, once or repeated; on the fifth weekday it means the last."""
    async with watchdog_app(tmp_path, {"WATCHDOG_TIME_ZONE": "Europe/Berlin"}) as app:
        await app.tick()
        _, token = tokens((await get(app)).text, "window_add")
        fields = {"action": "window_add", "token": token, "who": "Oncall", "title": "Patch day"}
        fields |= {"start": "2026-12-29T22:00", "hours": "2", "repeat": repeat}
        shown = await landed(app, await send(app, fields))

        assert "29 Dec 21:00 UTC" in shown
        assert said in shown
        assert "Patch day" in shown


@pytest.mark.parametrize(
    ("changes", "status", "said"),
    [
        ({"who": ""}, 400, "Say who you are"),
        ({"token": "x"}, 403, "too old, or was not made for you"),
        ({"action": "drill_start"}, 403, "too old, or was not made for you"),
        ({"start": "tomorrow"}, 400, "cannot be announced"),
        ({"start": "2020-01-01T10:00"}, 400, "over already"),
        ({"hours": "nan"}, 400, "how many hours"),
        ({"hours": "0"}, 400, "how many hours"),
        ({"hours": "999"}, 400, "how many hours"),
        ({"hours": "0.01"}, 400, "cannot be announced"),
    ],
)
async def test_a_form_that_cannot_be_done_says_why_and_keeps_what_was_typed(
    tmp_path: Path, changes: dict[str, str], status: int, said: str
) -> None:
    """Nothing is stored; the page has a fresh form."""
    async with watchdog_app(tmp_path) as app:
        await app.tick()
        _, token = tokens((await get(app)).text, "window_add")
        fields = {"action": "window_add", "token": token, "who": "Oncall", "title": "Patch day"}
        fields |= {"start": "2026-12-29T22:00", "hours": "2", "repeat": "once", **changes}
        before = app.stored()
        answer = await send(app, fields)

        assert (answer.status, said in answer.text) == (status, True)
        assert 'value="Patch day"' in answer.text
        assert app.stored() == before


async def test_another_site_cannot_act(tmp_path: Path) -> None:
    """A valid token sent from elsewhere is refused; so is a body that is no form."""
    async with watchdog_app(tmp_path) as app:
        await app.tick()
        (token,) = tokens((await get(app)).text, "drill_start")
        fields = {"action": "drill_start", "token": token, "who": "Oncall"}
        before = app.stored()
        assert (await send(app, fields, sec_fetch_site="cross-site")).status == 403
        assert (await send(app, fields, origin="https://evil.example")).status == 403
        assert (await send(app, fields, content_type="text/plain")).status == 415
        assert (await send(app, {**fields, "note": "x" * 70_000})).status == 413
        assert app.stored() == before


async def test_a_form_of_one_link_does_not_work_with_another(tmp_path: Path) -> None:
    """It is bound to the visitor it was shown to, and to this page."""
    async with watchdog_app(tmp_path, LINKS) as app:
        incident = await app.died()
        mine = link(app, "status")
        (token,) = tokens((await get(app, query=mine)).text, "drill_start")
        app.after(1)
        before = app.stored()
        fields = {"action": "drill_start", "token": token, "who": "Third"}
        assert (await send(app, fields, link(app, "status"))).status == 403
        assert (await app.act(incident, fields, query=link(app, incident))).status == 403
        assert app.stored() == before
        answer = await send(app, fields, mine)
        assert answer.status == 303
        assert answer.headers["location"].startswith(f"status{mine}&did=")
        assert "watchdog-name=" in answer.headers["set-cookie"]
