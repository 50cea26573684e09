"""From "I am switching over now" to the new server's first export: nobody is sent back."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.support.watchdog_app import watchdog_app

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.watchdog_app import WatchdogApp


async def says(app: WatchdogApp, incident: str) -> None:
    """Press "I am switching over now"."""
    page = await app.page(incident)
    token = re.search(
        r'value="acknowledge">\s*<input type="hidden" name="token" value="([^"]+)"', page.text
    )
    assert token is not None
    fields = {"action": "acknowledge", "instead": "switching", "who": "on-call", "token": token[1]}
    assert (await app.act(incident, fields)).status == 303


async def silent_for_hours(app: WatchdogApp) -> str:
    """Both heartbeats silent for so long that objects alone would be stalled, too."""
    incident = await app.died()
    for _ in range(30):
        app.after(5)
        await app.tick()
    return incident


@pytest.mark.parametrize("said", ["switching", ""], ids=["said so", "said nothing"])
async def test_who_switches_is_not_told_to_stop_by_the_new_servers_first_sign(
    tmp_path: Path, said: str
) -> None:
    """Its password sync moves the tenant's time before its export shows that it is active.

    Read as a sign of life of the old server, that turns "fail over" into "do not". Who said that
    they are switching hears nothing of it; without that, the card leaves open who is alive.
    """
    async with watchdog_app(tmp_path) as app:
        incident = await silent_for_hours(app)
        if said:
            await says(app, incident)
        before = len(app.cards)
        app.tenant.change(lambda model: model.promote("SYNC-B"))
        app.after(3)
        await app.tick()
        cards = app.cards[before:]
        page = await app.page(incident)

        for _ in range(24):
            app.after(5)
            await app.tick()
        reasons = [card.reason for card in app.cards[before:] if card.incident == incident]

    texts = " ".join(card.text for card in cards)
    assert "The server is alive" not in texts
    assert reasons[-1] == "recovery"
    if said:
        assert cards == []
        assert "Fail over to the standby" in page.text
        assert reasons == ["recovery"]


async def test_the_old_servers_own_sign_of_life_is_told_to_who_switches(tmp_path: Path) -> None:
    """If it comes back in the middle of the switch, two servers would be active."""
    async with watchdog_app(tmp_path) as app:
        incident = await silent_for_hours(app)
        await says(app, incident)
        before = len(app.cards)
        app.tenant.change(lambda model: model.server_returns("SYNC-A"))
        for _ in range(int(timedelta(hours=2) / timedelta(minutes=5))):
            app.after(5)
            await app.tick()
        told = [card.reason for card in app.cards[before:] if card.incident == incident]

    assert told
