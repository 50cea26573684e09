"""`/api/health` is about the watchdog, not about the tenant, and tells a stranger nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.support.watchdog_app import watchdog_app

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.functions_answers import HttpAnswer


def said(answer: HttpAnswer) -> tuple[int, dict[str, Any]]:
    """Status and body, after checking what every such answer has."""
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["cache-control"] == "max-age=15"
    assert set(answer.json()) == {"status", "last_success_age_seconds"}
    return answer.status, answer.json()


async def test_it_is_well_after_a_tick(tmp_path: Path) -> None:
    """200, and the age of the last success."""
    async with watchdog_app(tmp_path) as app:
        await app.tick()
        app.after(4)

        assert said(await app.health()) == (200, {"status": "ok", "last_success_age_seconds": 240})


async def test_it_is_well_while_the_server_is_silent(tmp_path: Path) -> None:
    """The tenant's trouble is not the watchdog's: a restart would help nobody."""
    async with watchdog_app(tmp_path) as app:
        await app.died()

        assert said(await app.health()) == (200, {"status": "ok", "last_success_age_seconds": 0})


async def test_it_is_unwell_before_the_first_success(tmp_path: Path) -> None:
    """503 until a tick has succeeded, so that a deployment that never ticks is seen."""
    async with watchdog_app(tmp_path) as app:
        expected = {"status": "no_success_yet", "last_success_age_seconds": None}

        assert said(await app.health()) == (503, expected)


async def test_it_is_unwell_when_graph_cannot_be_read(tmp_path: Path) -> None:
    """503 while `BLIND`, although every tick ends cleanly."""
    async with watchdog_app(tmp_path) as app:
        await app.tick()
        app.tenant.graph_fails(403)
        for _ in range(8):
            app.after(5)
            await app.tick()

        assert said(await app.health()) == (503, {"status": "blind", "last_success_age_seconds": 0})


@pytest.mark.parametrize(
    ("schedule", "minutes", "status"),
    [("", 15, 200), ("", 16, 503), ("0 */10 * * * *", 30, 200), ("0 */10 * * * *", 31, 503)],
)
async def test_it_is_unwell_after_three_schedules_without_success(
    tmp_path: Path, schedule: str, minutes: int, status: int
) -> None:
    """The limit follows from the schedule."""
    async with watchdog_app(tmp_path, {"WATCHDOG_SCHEDULE": schedule}) as app:
        await app.tick()
        app.after(minutes)
        answer = await app.health()

    text = "ok" if status == 200 else "stale"
    assert said(answer) == (status, {"status": text, "last_success_age_seconds": minutes * 60})


async def test_ticks_that_cannot_tell_anybody_are_no_success(tmp_path: Path) -> None:
    """A card that is overdue makes the watchdog stale, however regularly it ticks."""
    async with watchdog_app(tmp_path) as app:
        app.tenant.teams_fails(404)
        await app.tick()
        app.server_dies()
        app.after(100)
        for _ in range(8):
            app.after(5)
            await app.tick()
        status, body = said(await app.health())

    assert (status, body["status"]) == (503, "stale")


async def test_it_is_unwell_when_the_store_cannot_be_read(tmp_path: Path) -> None:
    """503, and nothing of the store's own words."""
    async with watchdog_app(tmp_path) as app:
        app.database.write_text("this is no database", encoding="utf-8")
        expected = {"status": "store_unreadable", "last_success_age_seconds": None}

        assert said(await app.health()) == (503, expected)


async def test_an_answer_is_kept_for_fifteen_seconds(tmp_path: Path) -> None:
    """A stranger who asks often costs no storage call; after that the answer is a new one."""
    async with watchdog_app(tmp_path) as app:
        first = said(await app.health())
        await app.tick()
        app.after(14.9 / 60)
        kept = said(await app.health())
        app.after(0.1 / 60)
        fresh = said(await app.health())

    assert first == kept
    assert first[0] == 503
    assert fresh == (200, {"status": "ok", "last_success_age_seconds": 15})


async def test_asking_changes_nothing(tmp_path: Path) -> None:
    """Neither GET nor HEAD writes a row, reads a source or posts a card."""
    async with watchdog_app(tmp_path) as app:
        await app.died()
        stored, requests = app.stored(), dict(app.tenant.http_requests)
        for method in ("GET", "HEAD"):
            app.after(1)
            assert (await app.health(method)).status == 200

        assert app.stored() == stored
        assert dict(app.tenant.http_requests) == requests
        assert stored
