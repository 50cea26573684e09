"""Mail scanners, previews and crawlers open every link that they find: nothing may come of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import urljoin, urlsplit

import pytest

from shared.domain.cards.links import sign
from shared.site.access import BADGE, STATUS
from tests.support.functions_config import match_route
from tests.support.page_forms import addresses, form
from tests.support.route_fuzz import complaints
from tests.support.signing import KEY, KEYS
from tests.support.watchdog_app import SIGN_IN_ON, SIGNED_IN, WatchdogApp, watchdog_app

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.functions_answers import HttpAnswer

AGENTS: Final = (
    "SkypeUriPreview Preview/0.5 skype-url-preview@microsoft.com",
    "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
    "",
)
PREFETCH: Final = {"sec-purpose": "prefetch;prerender", "x-moz": "prefetch", "purpose": "prefetch"}
HERE: Final = ("http://localhost:7071", "https://watchdog.contoso.com")
MODES: Final = {
    "entra": {**SIGN_IN_ON, "WATCHDOG_SIGNING_KEYS": KEYS},
    "link": {"WATCHDOG_SIGNING_KEYS": KEYS},
}


def serving(app: WatchdogApp, path: str) -> str | None:
    """The function that answers a GET of this path."""
    for name, function in app.host.functions.items():
        trigger = function.trigger
        if trigger["type"] == "httpTrigger" and "GET" in trigger["methods"]:
            route = str(trigger["route"])
            if match_route(path, app.host.config.route_prefix, route) is not None:
                return name
    return None


def paths(app: WatchdogApp) -> list[str]:
    """The path of every route that can be looked at, as it stands when no id is known."""
    return [
        f"/api/{function.trigger['route']}".replace("{id}", "x")
        for function in app.host.functions.values()
        if function.trigger["type"] == "httpTrigger" and "GET" in function.trigger["methods"]
    ]


async def visit(
    app: WatchdogApp, starts: list[str], headers: dict[str, str]
) -> dict[str, HttpAnswer]:
    """Open everything that can be reached from there, by GET and HEAD, as every kind of bot."""
    seen: dict[str, HttpAnswer] = {}
    coming = list(starts)
    while coming:
        url = coming.pop()
        split = urlsplit(url)
        path = split.path + (f"?{split.query}" if split.query else "")
        name = serving(app, split.path)
        if f"{split.scheme}://{split.netloc}" not in HERE or path in seen or name is None:
            continue
        for agent in AGENTS:
            sent = {**headers, **PREFETCH, "user-agent": agent}
            head = await app.host.http(name, "HEAD", path, headers=sent)
            seen[path] = await app.host.http(name, "GET", path, headers=sent)
            assert head.status == seen[path].status
        if seen[path].headers["content-type"].startswith("text/html"):
            # an address in a page, and what a form would be sent to
            coming += [urljoin(HERE[0] + path, each) for each in addresses(seen[path].text)]
    return seen


@pytest.mark.parametrize("mode", MODES)
async def test_a_bot_that_opens_every_link_changes_nothing(tmp_path: Path, mode: str) -> None:
    """From the cards, the status page and every route on: all answers, and the store as it was."""
    headers = SIGNED_IN if mode == "entra" else {}
    async with watchdog_app(tmp_path, MODES[mode]) as app:
        incident = await app.died()
        at = app.clock.now()
        doors = [f"{HERE[0]}{path}" for path in paths(app)]
        for subject in (STATUS, BADGE):
            doors += [
                f"{door}?t={sign(KEY, subject, at)}" for door in list(doors) if "?" not in door
            ]
        query = f"?t={sign(KEY, incident, at)}"
        taken = form((await app.page(incident, query=query, **headers)).text, "acknowledge")
        answer = await app.act(incident, taken.filled(who="Oncall"), query=query, **headers)
        doors += [f"{HERE[0]}/api/incidents/{answer.headers['location']}", *app.links()]
        stored, requests, cards = app.stored(), dict(app.tenant.http_requests), len(app.cards)
        seen = await visit(app, doors, headers)

        assert app.stored() == stored
        assert dict(app.tenant.http_requests) == requests
        assert len(app.cards) == cards
        opened = {path.partition("?")[0] for path, found in seen.items() if found.status == 200}
        assert f"/api/incidents/{incident}" in opened
        assert {"/api/status", "/api/assets/page.js"} <= opened
        for path, found in seen.items():
            assert found.status < 500, path
            if not path.startswith("/api/health"):
                assert complaints(found) == [], path


async def test_a_link_to_one_incident_leads_to_nothing_else(tmp_path: Path) -> None:
    """Whoever was sent a card cannot go on from its page to the tenant, or renew the link."""
    async with watchdog_app(tmp_path, MODES["link"]) as app:
        incident = await app.died()
        token = sign(KEY, incident, app.clock.now())
        door = f"{HERE[0]}/api/incidents/{incident}?t={token}"
        app.after(60)
        seen = await visit(app, [door], {})

    opened = [path for path, found in seen.items() if found.status == 200]
    assert opened
    for path in opened:
        assert path.startswith((f"/api/incidents/{incident}", "/api/assets/"))
        assert "t=" not in path or token in path
