"""Every route through Microsoft's runtime, 10,000 requests each: nothing breaks, nothing changes.

The routes are those that Azure finds, so a new one is fuzzed without anybody remembering. Half of
the requests meet an app that asks for sign-in, half one that goes by signed links.

`run` is different: it does a whole tick (a third of a second), whatever is sent. Its 10,000
requests meet a tick that is stood in for, and must all be answered alike; a few meet the real one.
"""

from __future__ import annotations

import ast
import asyncio
import os
import sqlite3
from contextlib import asynccontextmanager, closing
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

import pytest

from shared.doctor.report import Report
from shared.domain.cards.links import sign
from shared.site.access import STATUS
from shared.tick_log import TickResult
from tests.support.components import ROOT
from tests.support.page_forms import forms
from tests.support.route_fuzz import FORM, Bait, Fuzzer, complaints
from tests.support.signing import KEY, KEYS, OLD_KEY, RETIRED
from tests.support.watchdog_app import SIGN_IN_ON, SIGNED_IN, WatchdogApp, watchdog_app

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.support.functions_answers import HttpAnswer

REQUESTS: Final = max(10_000, int(os.environ.get("FUZZ_REQUESTS", "0")))
"""For each route; the environment can only ask for more."""

MODES: Final = {
    "entra": {**SIGN_IN_ON, "WATCHDOG_SIGNING_KEYS": KEYS},
    "link": {"WATCHDOG_SIGNING_KEYS": KEYS},
}
GENUINE: Final = 200
"""Forms with a good token for each route that takes forms; each may be stored."""

KEYED: Final = ("run", "doctor")
"""Machines call these, with a function key."""

PAGE_OF: Final = {"act": "incident", "announce": "status"}
"""Where the forms of a route are shown."""


def http_functions() -> list[str]:
    """The functions with a route, as the script declares them: pytest needs names before it runs.

    `test_every_route_is_fuzzed` compares them with what the runtime finds.
    """
    tree = ast.parse((ROOT / "function_app.py").read_text(encoding="utf-8"))
    return [
        node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.AsyncFunctionDef)
        and any(
            isinstance(each, ast.Call)
            and isinstance(each.func, ast.Attribute)
            and each.func.attr == "route"
            for each in node.decorator_list
        )
    ]


@asynccontextmanager
async def with_bait(
    folder: Path, settings: dict[str, str], *, signed_in: bool
) -> AsyncIterator[tuple[WatchdogApp, Bait]]:
    """The app with an open incident, and what an attacker could know of it."""
    async with watchdog_app(folder, settings) as app:
        incident = await app.died()
        at = app.clock.now()
        door = (f"?t={sign(KEY, incident, at)}", dict[str, str]())
        if signed_in:
            door = ("", SIGNED_IN)
        page = await app.page(incident, query=door[0], **door[1])
        assert page.status == 200
        links = [
            sign(KEY, "20260314-0300-abcdefghij", at),
            sign(KEY, "announce", at),
            sign(RETIRED, incident, at),
            sign(OLD_KEY, incident, at.replace(year=at.year - 1)),
            *(token for form in forms(page.text) for name, token in form.fields if name == "token"),
        ]
        yield app, Bait([incident], links, forms(page.text), [door])


def judge(name: str, answer: HttpAnswer) -> None:
    """Insist on what every answer must be; only that of `health` may be kept for a moment.

    Raises:
        AssertionError: It is not.
    """
    assert answer.status < 500, answer.status
    assert all(record.levelname in {"DEBUG", "INFO"} for record in answer.records)
    assert set(complaints(answer)) <= ({"cache-control"} if name == "health" else set())


async def bombard(app: WatchdogApp, name: str, bait: Bait, count: int, seed: str) -> set[int]:
    """Send so many requests; none may break anything or change what is stored.

    Returns:
        Every status that was answered.
    """
    trigger = app.host.functions[name].trigger
    fuzzer = Fuzzer(seed, str(trigger["route"]), trigger["methods"], bait)
    statuses = set()
    with closing(sqlite3.connect(f"file:{app.database}?mode=ro", uri=True)) as looking:
        before, version = app.stored(), _version(looking)
        for number in range(count):
            request = fuzzer.request()
            try:
                answer = await app.host.http(
                    name, request.method, request.url, headers=request.headers, body=request.body
                )
                judge(name, answer)
                assert _version(looking) == version, "something was stored"
            except Exception as problem:
                raise AssertionError(f"request {number} of {seed}: {request}") from problem
            statuses.add(answer.status)
            app.host._records.kept.clear()
        assert app.stored() == before
    return statuses


def _version(connection: sqlite3.Connection) -> int:
    """Another number once anybody else has written to the file."""
    (found,) = connection.execute("PRAGMA data_version").fetchone()
    return int(found)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", [name for name in http_functions() if name not in KEYED])
async def test_no_request_breaks_or_changes_anything(tmp_path: Path, name: str, mode: str) -> None:
    """Never a 5xx, never an exception, never a change, and always the security headers."""
    signed_in = mode == "entra"
    async with with_bait(tmp_path, MODES[mode], signed_in=signed_in) as (app, bait):
        statuses = await bombard(app, name, bait, REQUESTS // len(MODES), f"{name} {mode}")
        print(f"{name} {mode}: {REQUESTS // len(MODES)} requests, {sorted(statuses)}")  # noqa: T201 - the report

    assert statuses  # and none of them is a 5xx


@pytest.mark.parametrize("name", [name for name in http_functions() if name in PAGE_OF])
async def test_no_genuine_form_breaks_anything(tmp_path: Path, name: str) -> None:
    """A token that is good, and anything in all other fields: done or refused, never a 5xx."""
    async with watchdog_app(tmp_path, MODES["link"]) as app:
        incident = await app.died()
        subject = incident if name == "act" else STATUS
        route = str(app.host.functions[name].trigger["route"]).replace("{id}", incident)
        url = f"/api/{route}?t={sign(KEY, subject, app.clock.now())}"
        fuzzer, statuses, number = Fuzzer(f"genuine {name}", route, ["POST"], Bait()), [], 0
        while number < GENUINE:
            page = await app.host.http(PAGE_OF[name], "GET", url)
            judge(name, page)
            assert forms(page.text)
            for shown in forms(page.text):
                fields = fuzzer.genuine(shown)
                body = urlencode(fields, doseq=True, errors="replace").encode()
                answer = await app.host.http(
                    name, "POST", url, headers={"content-type": FORM}, body=body
                )
                number += 1
                try:
                    judge(name, answer)
                except AssertionError as problem:
                    raise AssertionError(f"request {number}: {fields}") from problem
                statuses.append(answer.status)
            app.host._records.kept.clear()
        await app.tick()  # and what was stored is fit for the watch

        assert {303, 400} <= set(statuses)
        assert (await app.health()).status == 200


async def test_run_answers_every_request_alike(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It looks at nothing that is sent: 10,000 different requests, one answer."""
    async with with_bait(tmp_path, MODES["link"], signed_in=False) as (app, bait):
        result = TickResult(tick_id="always-the-same", at=app.clock.now())

        async def tick(*_: object) -> TickResult:
            return result

        trigger = app.host.functions["run"].trigger
        fuzzer = Fuzzer("run", str(trigger["route"]), trigger["methods"], bait)
        real = [fuzzer.request() for _ in range(5)]
        cards = len(app.cards)
        for each in real:
            answer = await app.host.http(
                "run", each.method, each.url, headers=each.headers, body=each.body
            )
            assert (answer.status, answer.json()["committed"]) == (200, True)
        assert len(app.cards) == cards
        monkeypatch.setattr("shared.watch.Watch.tick", tick)
        answers = set()
        for _ in range(REQUESTS):
            each = fuzzer.request()
            answer = await app.host.http(
                "run", each.method, each.url, headers=each.headers, body=each.body
            )
            answers.add((answer.status, answer.body, tuple(sorted(answer.headers.items()))))
            app.host._records.kept.clear()

    assert len(answers) == 1
    assert b"always-the-same" in next(iter(answers))[1]


async def test_doctor_refuses_what_it_does_not_understand(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """10,000 bodies: a report or a 400 that says what is right; no card that nobody asked for."""
    cards = list[bool]()

    async def look(*_: object, send_card: bool, **__: object) -> Report:
        cards.append(send_card)
        return Report("build", "nobody", ())

    monkeypatch.setattr("shared.wiring.doctor.look", look)
    async with with_bait(tmp_path, MODES["link"], signed_in=False) as (app, bait):
        trigger = app.host.functions["doctor"].trigger
        fuzzer = Fuzzer("doctor", str(trigger["route"]), trigger["methods"], bait)
        statuses = set()
        for number in range(REQUESTS):
            each = fuzzer.request()
            body = each.body if number % 4 else b'{"send_card": %s}' % (each.body or b"0")[:20]
            answer = await app.host.http(
                "doctor", each.method, each.url, headers=each.headers, body=body
            )
            judge("doctor", answer)
            statuses.add(answer.status)
            app.host._records.kept.clear()

    assert statuses == {200, 400}
    assert not any(cards)


async def test_every_route_is_fuzzed(tmp_path: Path) -> None:
    """The list above is what the runtime finds, without the timer."""
    async with watchdog_app(tmp_path) as app:
        found = {
            name
            for name, function in app.host.functions.items()
            if function.trigger["type"] == "httpTrigger"
        }

    assert found == set(http_functions())


async def test_only_machines_need_a_key_and_everything_else_lets_anybody_knock(
    tmp_path: Path,
) -> None:
    """S12: the runtime's own metadata; who may come in to a page is decided behind the door."""
    async with watchdog_app(tmp_path) as app:
        levels = {
            name: function.trigger["authLevel"].lower()
            for name, function in app.host.functions.items()
            if function.trigger["type"] == "httpTrigger"
        }
        methods = {
            name: {method.upper() for method in app.host.functions[name].trigger["methods"]}
            for name in levels
        }

    assert levels == {**dict.fromkeys(levels, "anonymous"), **dict.fromkeys(KEYED, "function")}
    for name, taken in methods.items():
        assert taken in ({"GET", "HEAD"}, {"POST"}), name


async def test_a_change_would_be_seen(tmp_path: Path) -> None:
    """The control: the check above notices a form that is genuine."""
    async with with_bait(tmp_path, MODES["entra"], signed_in=True) as (app, bait):
        note = next(form for form in bait.forms if form.action == "note")
        with closing(sqlite3.connect(f"file:{app.database}?mode=ro", uri=True)) as looking:
            before, stored = _version(looking), app.stored()
            answer = await app.act(bait.ids[0], note.filled(note="seen"), **SIGNED_IN)
            await asyncio.sleep(0)

            assert answer.status == 303
            assert _version(looking) != before
            assert app.stored() != stored
