"""With wrong settings every trigger works, tells which ones, and never a stack trace."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.support.watchdog_app import watchdog_app

if TYPE_CHECKING:
    from pathlib import Path

CANARY = "c4nary-S1gnatur3"
WRONG = {
    "WATCHDOG_TENANT_ID": "contoso",
    "WATCHDOG_SCHEDULE": "every five minutes",
    "WATCHDOG_SILENT_AFTER": "an hour",
    "WATCHDOG_TEAMS_URL": f"https://contoso.webhook.office.com/webhookb2/1?sig={CANARY}",
    "WATCHDOG_STORE": f"DefaultEndpointsProtocol=https;AccountKey={CANARY}",
    "WATCHDOG_DEAD_MAN_URL": "@Microsoft.KeyVault(SecretUri=https://contoso.vault.azure.net/x)",
    "WATCHDOG_TYPO": "1",
}


async def test_the_timer_names_every_wrong_setting_at_once(tmp_path: Path) -> None:
    """One `watchdog.misconfigured` event per tick, at level ERROR, without a value of a secret."""
    async with watchdog_app(tmp_path, WRONG) as app:
        run = await app.tick()
        text = "\n".join(record.getMessage() for record in app.host.records)

    (line,) = (r for r in run.records if r.getMessage().startswith("watchdog.misconfigured "))
    problems = json.loads(line.getMessage().partition(" ")[2])["problems"]
    named = {problem.split()[0] for problem in problems}
    assert named == set(WRONG)
    assert line.levelname == "ERROR"
    assert CANARY not in text
    assert "Traceback" not in text


async def test_its_timer_still_has_a_schedule(tmp_path: Path) -> None:
    """The default one: an app that is not indexed could tell nobody."""
    async with watchdog_app(tmp_path, WRONG) as app:
        assert {"watch", "health", "run", "incident", "status"} <= set(app.host.functions)
        assert app.host.functions["watch"].trigger["schedule"] == "0 */5 * * * *"


async def test_health_is_503_and_names_nothing(tmp_path: Path) -> None:
    """A stranger learns that it does not work, not why."""
    async with watchdog_app(tmp_path, WRONG) as app:
        answer = await app.health()

    assert answer.status == 503
    assert answer.json() == {"status": "misconfigured", "last_success_age_seconds": None}


async def test_run_is_503_and_names_the_settings(tmp_path: Path) -> None:
    """Whoever holds the key learns the names, and no value."""
    async with watchdog_app(tmp_path, WRONG) as app:
        answer = await app.run()

    assert answer.status == 503
    assert answer.json()["status"] == "misconfigured"
    assert set(answer.json()["settings"]) == set(WRONG)
    assert CANARY not in answer.text


async def test_the_page_is_503_and_names_nothing(tmp_path: Path) -> None:
    """The page is anonymous, too; it says where to look."""
    async with watchdog_app(tmp_path, WRONG) as app:
        answer = await app.page("20260314-0300-abcdefghij")

    assert answer.status == 503
    assert "watchdog.misconfigured" in answer.text
    assert not [name for name in WRONG if name in answer.text]
    assert answer.headers["cache-control"] == "no-store"
