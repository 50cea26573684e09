"""The project's own app in Microsoft's runtime: what Azure indexes, the timer and `run`."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest

from simulator.teams import SIGNATURE
from tests.support import azurite
from tests.support.watchdog_app import watchdog_app

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tests.support.functions_answers import Invocation


def events(run: Invocation, name: str) -> list[dict[str, Any]]:
    """The fields of every event of this name that the run logged."""
    lines = [message.partition(" ") for message in run.messages]
    return [json.loads(fields) for event, _, fields in lines if event == name]


def verdicts(runs: Sequence[Invocation]) -> list[str]:
    """The verdict that each run logged."""
    return [tick["verdict"] for run in runs for tick in events(run, "watchdog.tick")]


# -- what Azure indexes ---------------------------------------------------------------------------


async def test_azure_finds_exactly_these_functions(tmp_path: Path) -> None:
    """A function that is missing, or one too many, would go unnoticed in Azure."""
    async with watchdog_app(tmp_path) as app:
        assert set(app.host.functions) == {
            *("watch", "health", "run", "doctor"),
            *("incident", "act", "asset"),
            *("status", "announce", "status_json", "badge"),
            *("history_csv", "history_json"),
        }


@pytest.mark.parametrize(
    ("name", "route", "methods", "level"),
    [
        ("health", "health", {"GET", "HEAD"}, "anonymous"),
        ("incident", "incidents/{id}", {"GET", "HEAD"}, "anonymous"),
        ("act", "incidents/{id}", {"POST"}, "anonymous"),
        ("asset", "assets/{id}", {"GET", "HEAD"}, "anonymous"),
        ("status", "status", {"GET", "HEAD"}, "anonymous"),
        ("announce", "status", {"POST"}, "anonymous"),
        ("status_json", "status.json", {"GET", "HEAD"}, "anonymous"),
        ("badge", "status.svg", {"GET", "HEAD"}, "anonymous"),
        ("history_csv", "history.csv", {"GET", "HEAD"}, "anonymous"),
        ("history_json", "history.json", {"GET", "HEAD"}, "anonymous"),
        ("run", "run", {"POST"}, "function"),
        ("doctor", "doctor", {"POST"}, "function"),
    ],
)
async def test_a_route_takes_its_methods_from_those_who_may(
    tmp_path: Path, name: str, route: str, methods: set[str], level: str
) -> None:
    """Machines need the function key; the pages' doors are in the app, and no GET acts."""
    async with watchdog_app(tmp_path) as app:
        trigger = app.host.functions[name].trigger

    assert trigger["route"] == route
    assert set(trigger["methods"]) == methods
    assert trigger["authLevel"].lower() == level


@pytest.mark.parametrize(
    ("setting", "schedule"),
    [("", "0 */5 * * * *"), ("30 */10 * * * *", "30 */10 * * * *")],
    ids=["default", "as set"],
)
async def test_the_timer_runs_on_its_schedule(tmp_path: Path, setting: str, schedule: str) -> None:
    """A missed run is made up for (`useMonitor`), a deployment or scale-out starts none."""
    async with watchdog_app(tmp_path, {"WATCHDOG_SCHEDULE": setting}) as app:
        trigger = app.host.functions["watch"].trigger

    assert trigger["schedule"] == schedule
    assert trigger["useMonitor"] is True
    assert trigger["runOnStartup"] is False


# -- the timer ------------------------------------------------------------------------------------


async def test_a_tick_posts_one_card_when_the_server_is_silent(tmp_path: Path) -> None:
    """From Graph over HTTP to the card in the channel, through every real part."""
    async with watchdog_app(tmp_path) as app:
        healthy = await app.tick()
        assert app.cards == []
        app.server_dies()
        app.after(100)
        silent = await app.tick()
        again = await app.tick()

        assert verdicts([healthy, silent, again]) == ["HEALTHY", "SERVER_SILENT", "SERVER_SILENT"]
        assert [(card.verdict, card.reason) for card in app.cards] == [("SERVER_SILENT", "first")]
        assert events(silent, "watchdog.heartbeat")


async def test_a_tick_does_the_same_on_azure_tables(tmp_path: Path) -> None:
    """The store that runs in production, behind the same triggers."""
    with azurite.running(tmp_path) as port:
        store = azurite.connection_string(port)
        async with watchdog_app(tmp_path, {"WATCHDOG_STORE": store}) as app:
            incident = await app.died()
            health, page = await app.health(), await app.page(incident)

            assert [card.verdict for card in app.cards] == ["SERVER_SILENT"]
            assert (health.status, page.status) == (200, 200)
            assert app.stored() == []
            logged = "\n".join(record.getMessage() for record in app.host.records)
            assert azurite.ACCOUNT_KEY not in logged


async def test_a_tick_that_is_past_due_is_a_tick_and_says_so(tmp_path: Path) -> None:
    """Rules are functions of time, so a late run needs no rule of its own."""
    async with watchdog_app(tmp_path) as app:
        punctual, late = await app.tick(), await app.tick(past_due=True)

    assert events(punctual, "watchdog.past_due") == []
    assert len(events(late, "watchdog.past_due")) == 1
    assert verdicts([punctual, late]) == ["HEALTHY", "HEALTHY"]


async def test_two_overlapping_ticks_post_one_card(tmp_path: Path) -> None:
    """The store settles them: one opens the incident, both finish clean."""
    async with watchdog_app(tmp_path) as app:
        await app.tick()
        app.server_dies()
        app.after(100)
        runs = await asyncio.gather(app.tick(), app.tick())

        assert verdicts(runs) == ["SERVER_SILENT", "SERVER_SILENT"]
        assert [card.number for card in app.cards] == [1]


async def test_a_run_during_a_tick_is_answered_and_posts_no_second_card(tmp_path: Path) -> None:
    """`run` takes no lock and waits for nobody."""
    async with watchdog_app(tmp_path) as app:
        await app.tick()
        app.server_dies()
        app.after(100)
        _, answer = await asyncio.gather(app.tick(), app.run())

        assert answer.status == 200
        assert answer.json()["verdict"] == "SERVER_SILENT"
        assert [card.number for card in app.cards] == [1]


async def test_a_tick_whose_store_is_lost_raises_nothing_and_says_so(tmp_path: Path) -> None:
    """The tick event tells the problem; no heartbeat is sent."""
    async with watchdog_app(tmp_path) as app:
        app.database.write_text("this is no database", encoding="utf-8")
        run = await app.tick()

    (tick,) = events(run, "watchdog.tick")
    assert tick["committed"] is False
    assert "another file" in tick["problem"]
    assert events(run, "watchdog.heartbeat") == []


async def test_a_defect_in_a_tick_is_told_without_secrets_and_fails_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What nobody foresaw: Azure sees a failed run, the log sees a redacted trace."""
    from shared.watch import Watch  # noqa: PLC0415  # what is broken here
    from tests.support.functions_answers import InvocationError  # noqa: PLC0415  # likewise

    async with watchdog_app(tmp_path) as app:

        async def broken(_: Watch) -> None:
            raise LookupError(app.tenant.teams_url)

        monkeypatch.setattr(Watch, "tick", broken)
        with pytest.raises(InvocationError, match=r"see watchdog\.failed") as caught:
            await app.tick()
        logged = "\n".join(record.getMessage() for record in app.host.records)

    assert "watchdog.failed" in logged
    assert "LookupError" in logged
    assert SIGNATURE not in logged + str(caught.value)


# -- run ------------------------------------------------------------------------------------------


async def test_run_does_one_tick_and_answers_with_its_result(tmp_path: Path) -> None:
    """Exactly these three fields; the id is the one in the log."""
    async with watchdog_app(tmp_path) as app:
        answer = await app.run()

    (tick,) = events(answer, "watchdog.tick")
    assert answer.status == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.json() == {"tick_id": tick["tick_id"], "verdict": "HEALTHY", "committed": True}


async def test_no_secret_is_in_any_log_line_of_an_incident(tmp_path: Path) -> None:
    """The webhook's signature after a refused and an accepted card."""
    async with watchdog_app(tmp_path) as app:
        app.tenant.teams_fails(404)
        await app.tick()
        app.server_dies()
        app.after(100)
        await app.tick()
        app.tenant.teams_works()
        app.after(60)
        await app.tick()
        logged = "\n".join(record.getMessage() for record in app.host.records)

        assert len(app.cards) == 1
        assert "404" in logged
        assert SIGNATURE not in logged + "\n".join(app.stored())
