"""`POST /api/doctor` in Microsoft's runtime: the app looks at itself."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

import pytest

from shared.doctor.checks import CHECKS
from simulator.teams import SIGNATURE
from simulator.tokens import OBJECT_ID
from tests.functions.test_misconfigured_app import CANARY, WRONG
from tests.support.roles_credential import RolesCredential
from tests.support.signing import KEYS
from tests.support.watchdog_app import watchdog_app

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.functions_answers import HttpAnswer
    from tests.support.watchdog_app import WatchdogApp

QUIET = {"WATCHDOG_PUBLIC_URL": "", "WATCHDOG_SIGNING_KEYS": KEYS}
"""The app has no public address here, so nobody asks a name service."""


async def doctor(app: WatchdogApp, body: bytes = b"") -> HttpAnswer:
    """Ask once."""
    return await app.host.http("doctor", "POST", "/api/doctor", body=body)


async def test_a_healthy_app_answers_with_every_row(tmp_path: Path) -> None:
    """200, and plain headers; the look itself is no tick and sends nothing."""
    async with watchdog_app(tmp_path, QUIET) as app:
        await app.tick()
        answer = await doctor(app)
        cards = app.cards

    report = answer.json()
    assert (answer.status, report["status"]) == (200, "ok")
    assert answer.headers["cache-control"] == "no-store"
    assert [row["name"] for row in report["rows"]] == [check.name for check in CHECKS]
    rows = {row["name"]: row for row in report["rows"]}
    assert rows["store writable"]["outcome"] == rows["last success"]["outcome"] == "pass"
    assert cards == []


async def test_a_missing_right_is_in_the_answer_with_its_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The pipeline that asked sees it; the answer is still 200: the doctor did its work."""
    async with watchdog_app(tmp_path, QUIET) as app:
        credential = RolesCredential.of(app.tenant)
        monkeypatch.setattr("shared.wiring.clients.credential_of", lambda _: credential)
        app.tenant.revokes("Organization.Read.All")
        answer = await doctor(app, b"{}")

    (row,) = (r for r in answer.json()["rows"] if r["name"] == "Graph role Organization.Read.All")
    assert (answer.status, answer.json()["status"]) == (200, "faults")
    assert row["outcome"] == "not permitted"
    assert OBJECT_ID in row["fix"]


@pytest.mark.parametrize(
    ("body", "cards"),
    [
        (b"", 0),
        (b" \n", 0),
        (b"{}", 0),
        (b'{"send_card": false}', 0),
        (b'{"send_card": true}', 1),
    ],
)
async def test_a_card_is_sent_only_when_it_is_asked_for(
    tmp_path: Path, body: bytes, cards: int
) -> None:
    """And it is the test card."""
    async with watchdog_app(tmp_path, QUIET) as app:
        answer = await doctor(app, body)
        sent = [card.message for card in app.tenant.cards]

    assert answer.status == 200
    assert len(sent) == cards
    assert all("This is a test" in json.dumps(message) for message in sent)


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"[]",
        b"true",
        b'"send_card"',
        b'{"send_card": 1}',
        b'{"send_card": "true"}',
        b'{"send-card": true}',
        b'{"send_card": true, "x": 1}',
        b"\xff\xfe",
        b'{"\xff": true}',
        b"[" * 900,
        b'{"send_card": true}' + b" " * 1024,
    ],
)
async def test_a_body_that_is_not_understood_is_refused(tmp_path: Path, body: bytes) -> None:
    """400 that says what is right; nothing is looked at, and no card is sent by guess."""
    async with watchdog_app(tmp_path, QUIET) as app:
        answer = await doctor(app, body)
        asked = len(app.tenant.requests)

    assert answer.status == 400
    assert answer.json() == {
        "status": "bad_request",
        "right": 'nothing, {} or {"send_card": true}',
    }
    assert asked == 0


async def test_a_misconfigured_app_answers_503_with_a_row_for_each_setting(tmp_path: Path) -> None:
    """By name, with what would be right, and without a value of a secret."""
    async with watchdog_app(tmp_path, WRONG) as app:
        answer = await doctor(app)

    report = answer.json()
    assert (answer.status, report["status"]) == (503, "misconfigured")
    assert {row["name"] for row in report["rows"]} == {f"setting {name}" for name in WRONG}
    assert all(row["fix"] for row in report["rows"])
    assert CANARY not in answer.text


async def test_doctors_and_a_tick_at_once_do_not_disturb_each_other(tmp_path: Path) -> None:
    """The tick counts its own requests only, and commits."""
    async with watchdog_app(tmp_path, QUIET) as app:
        alone = await app.tick()
        first, tick, second = await asyncio.gather(doctor(app), app.tick(), doctor(app))
        stored = "\n".join(app.stored())

    def counted(run: object) -> int:
        lines = [each for each in run.messages if each.startswith("watchdog.tick ")]  # type: ignore[attr-defined]  # an invocation
        return int(json.loads(lines[0].partition(" ")[2])["http_requests"])

    assert {first.json()["status"], second.json()["status"]} == {"ok"}
    assert counted(tick) <= counted(alone)
    assert "probe|" not in stored


async def test_no_secret_is_in_the_answer_or_in_the_log(tmp_path: Path) -> None:
    """Whoever holds the key learns names, and no value."""
    monitor = "f10wc4nary0d6b4e7f9a1"
    settings = {**QUIET, "WATCHDOG_DEAD_MAN_URL": f"http://127.0.0.1:1/{monitor}"}
    async with watchdog_app(tmp_path, settings) as app:
        app.tenant.teams_fails(404)
        answer = await doctor(app, b'{"send_card": true}')
        logged = "\n".join(record.getMessage() for record in app.host.records)

    key = KEYS.partition(":")[2].partition(";")[0]
    for secret in (SIGNATURE, monitor, key):
        assert secret not in answer.text + logged
