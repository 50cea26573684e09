"""`POST /api/incidents/{id}`: what a form does, once, and for whom."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

import pytest

from shared.domain.cards.links import LinkKey, sign
from shared.site.forms import FormKey
from tests.support.page_forms import form
from tests.support.signing import KEY, KEYS, OLD_KEY, RETIRED
from tests.support.watchdog_app import SIGN_IN_ON, SIGNED_IN, WatchdogApp, watchdog_app

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.functions_answers import HttpAnswer

LINK: Final = {"WATCHDOG_SIGNING_KEYS": KEYS}
ENTRA: Final = {**SIGN_IN_ON, "WATCHDOG_SIGNING_KEYS": KEYS}
OTHER: Final = "20260314-0300-abcdefghij"
FIRST: Final = {**SIGNED_IN, "X-MS-CLIENT-PRINCIPAL-NAME": "oncall@contoso.com"}
SECOND: Final = {
    "X-MS-CLIENT-PRINCIPAL-ID": "99999999-2222-3333-4444-555555555555",
    "X-MS-CLIENT-PRINCIPAL-NAME": "second@contoso.com",
}


async def opened(app: WatchdogApp, incident: str) -> tuple[str, str]:
    """The query that opens the page, and the page."""
    query = f"?t={quote(sign(KEY, incident, app.clock.now()))}"
    page = await app.page(incident, query=query)
    assert page.status == 200
    return query, page.text


async def led_to(app: WatchdogApp, incident: str, answer: HttpAnswer, **headers: str) -> str:
    """The text of the page that a form led to."""
    assert answer.status == 303
    place, _, query = answer.headers["location"].partition("?")
    assert place == incident
    return (await app.page(incident, query=f"?{query}", **headers)).text


def happened(app: WatchdogApp, event: str) -> int:
    """How many transitions of this event are stored."""
    return sum(f'"event":"{event}"' in row for row in app.stored())


# -- what it does ---------------------------------------------------------------------------------


async def test_an_acknowledgement_is_stored_and_silences_the_reminder(tmp_path: Path) -> None:
    """Card, page, form: the incident is taken, the page says so, and no reminder follows."""
    async with watchdog_app(tmp_path, LINK) as app:
        incident = await app.died()
        query, page = await opened(app, incident)
        fields = form(page, "acknowledge").filled(who="Oncall")
        answer = await app.act(incident, fields, query=query)
        shown = await led_to(app, incident, answer)
        assert "acknowledged by Oncall" in shown
        cards = len(app.cards)
        for _ in range(8):
            app.after(5)
            await app.tick()
        assert len(app.cards) == cards

        again = await app.act(incident, fields, query=query)
        assert "used already" in await led_to(app, incident, again)
        assert happened(app, "acknowledged") == 1


async def test_one_form_sent_many_times_at_once_acts_once(tmp_path: Path) -> None:
    """A double tap on a slow network: one transition, and every answer leads to the page."""
    async with watchdog_app(tmp_path, LINK) as app:
        incident = await app.died()
        query, page = await opened(app, incident)
        fields = form(page, "note").filled(who="Oncall", note="once")
        answers = await asyncio.gather(*(app.act(incident, fields, query=query) for _ in range(5)))

        assert {answer.status for answer in answers} == {303}
        assert len({answer.headers["location"].partition("&again")[0] for answer in answers}) == 1
        assert happened(app, "noted") == 1


async def test_two_people_who_acknowledge_at_once_are_both_recorded(tmp_path: Path) -> None:
    """One has it, the other is told who; both stand in the history under their own names."""
    async with watchdog_app(tmp_path, ENTRA) as app:
        incident = await app.died()
        pages = [(await app.page(incident, **who)).text for who in (FIRST, SECOND)]
        fields = [form(page, "acknowledge").filled() for page in pages]
        answers = await asyncio.gather(
            app.act(incident, fields[0], **FIRST), app.act(incident, fields[1], **SECOND)
        )
        shown = [
            await led_to(app, incident, answer, **who)
            for answer, who in zip(answers, (FIRST, SECOND), strict=True)
        ]

        assert happened(app, "acknowledged") == 2
        assert sum("has it already" in text for text in shown) <= 1
        rows = "".join(app.stored())
        assert '"by":"oncall@contoso.com"' in rows
        assert '"by":"second@contoso.com"' in rows


async def test_a_used_form_with_another_text_keeps_the_text(tmp_path: Path) -> None:
    """Back, another note, send: the page says that it is not stored, and offers it once more."""
    async with watchdog_app(tmp_path, LINK) as app:
        incident = await app.died()
        query, page = await opened(app, incident)
        fields = form(page, "note").filled(who="Oncall", note="it is the disk")
        assert (await app.act(incident, fields, query=query)).status == 303
        stored = app.stored()
        refused = await app.act(incident, {**fields, "note": "no: the <b>network"}, query=query)

        assert refused.status == 409
        assert app.stored() == stored
        fresh = form(refused.text, "note")
        assert dict(fresh.fields)["note"] == "no: the <b>network"
        assert dict(fresh.fields)["token"] != fields["token"]
        again = await app.act(incident, fresh.filled(who="Oncall"), query=fresh.query)
        assert again.status == 303
        assert happened(app, "noted") == 2


async def test_what_was_typed_survives_a_form_that_is_too_old(tmp_path: Path) -> None:
    """A page that was open overnight: the text is there again, in a form that works."""
    async with watchdog_app(tmp_path, ENTRA) as app:
        incident = await app.died()
        page = await app.page(incident, **FIRST)
        fields = form(page.text, "note").filled(note="typed at night")
        app.after(24 * 60 + 1)
        refused = await app.act(incident, fields, **FIRST)

        assert refused.status == 403
        fresh = form(refused.text, "note")
        assert dict(fresh.fields)["note"] == "typed at night"
        assert (await app.act(incident, fresh.filled(), **FIRST)).status == 303


async def test_ticks_of_two_people_who_saw_the_same_page_are_both_kept(tmp_path: Path) -> None:
    """Each changes what it ticked; what the other ticked meanwhile stays."""
    async with watchdog_app(tmp_path, ENTRA) as app:
        incident = await app.died()
        pages = [(await app.page(incident, **who)).text for who in (FIRST, SECOND)]
        steps = sorted({row.split('"')[1] for row in pages[0].split('name="done" value=')[1:]})
        for page, who, step in zip(pages, (FIRST, SECOND), steps[:2], strict=True):
            answer = await app.act(incident, form(page, "steps").filled(done=step), **who)
            assert answer.status == 303
        row = next(row for row in app.stored() if "live|incident|" in row)

    assert all(f'"step":"{step}"' in row for step in steps[:2])


# -- what does nothing ----------------------------------------------------------------------------


def made(
    keys: tuple[LinkKey, ...], subject: str, visitor: str, action: str = "note"
) -> Callable[[WatchdogApp], str]:
    """A form's token that is made for something else, or by somebody else."""
    return lambda app: FormKey(keys, subject, visitor).token(
        action, "0123456789abcdef0", app.clock.now()
    )


PRINCIPAL: Final = f"principal:{SIGNED_IN['X-MS-CLIENT-PRINCIPAL-ID']}"
WORTHLESS: Final[dict[str, Callable[[str], Callable[[WatchdogApp], str]]]] = {
    "none": lambda _: lambda _: "",
    "another incident's": lambda _: made((KEY,), OTHER, PRINCIPAL),
    "another action's": lambda i: made((KEY,), i, PRINCIPAL, "acknowledge"),
    "another visitor's": lambda i: made((KEY,), i, "principal:x"),
    "a link visitor's": lambda i: made((KEY,), i, "link:"),
    "a retired key's": lambda i: made((RETIRED,), i, PRINCIPAL),
    "a stranger's": lambda i: made((LinkKey("k3", b"x" * 32),), i, PRINCIPAL),
    "cut off": lambda i: lambda app: made((KEY,), i, PRINCIPAL)(app)[:-1],
    "of another id": lambda i: lambda app: "f" + made((KEY,), i, PRINCIPAL)(app),
    "expired": lambda i: (
        lambda app: FormKey((KEY,), i, PRINCIPAL).token(
            "note", "0123456789abcdef0", app.clock.now() - timedelta(hours=24)
        )
    ),
    "prolonged": lambda i: lambda app: made((KEY,), i, PRINCIPAL)(app).replace(".1", ".2", 1),
    "a link's": lambda i: lambda app: sign(KEY, i, app.clock.now()),
}


@pytest.mark.parametrize("kind", WORTHLESS)
async def test_a_form_without_its_own_token_changes_nothing(tmp_path: Path, kind: str) -> None:
    """403, nothing stored, and the page with a form that would work."""
    async with watchdog_app(tmp_path, ENTRA) as app:
        incident = await app.died()
        stored = app.stored()
        token = WORTHLESS[kind](incident)(app)
        fields = {"action": "note", "token": token, "note": "x", "who": "Stranger"}
        answer = await app.act(incident, fields, **SIGNED_IN)

        assert answer.status == 403
        assert app.stored() == stored
        retry = form(answer.text, "note").filled(note="now")
        assert (await app.act(incident, retry, **SIGNED_IN)).status == 303


@pytest.mark.parametrize("key", [KEY, OLD_KEY], ids=["newest", "the one before"])
async def test_a_page_that_is_open_while_keys_rotate_can_be_sent(
    tmp_path: Path, key: LinkKey
) -> None:
    """Both live keys count, for the link and for the form."""
    async with watchdog_app(tmp_path, LINK) as app:
        incident = await app.died()
        link = sign(key, incident, app.clock.now())
        token = made((key,), incident, f"link:{link}")(app)
        fields = {"action": "note", "token": token, "note": "x", "who": "Oncall"}
        answer = await app.act(incident, fields, query=f"?t={link}")

        assert answer.status == 303
        assert happened(app, "noted") == 1


async def test_a_resolved_incident_takes_notes_and_nothing_else(tmp_path: Path) -> None:
    """Acknowledging what is over is refused; writing down how it went is not."""
    async with watchdog_app(tmp_path, ENTRA) as app:
        incident = await app.died()
        page = (await app.page(incident, **FIRST)).text
        app.tenant.change(lambda model: model.promote("SYNC-B"))
        for _ in range(12):
            app.after(10)
            await app.tick()
        over = (await app.page(incident, **FIRST)).text
        assert "Recovered" in over
        assert 'value="acknowledge"' not in over
        answers = [
            await app.act(incident, form(page, "acknowledge").filled(**more), **FIRST)
            for more in ({}, {"instead": "switching"}, {"for": "1h"})
        ]
        handed = await app.act(incident, form(page, "hand_over").filled(to="Second"), **FIRST)
        noted = await app.act(incident, form(over, "note").filled(note="promoted SYNC-B"), **FIRST)

        assert {answer.status for answer in (*answers, handed)} == {409}
        assert noted.status == 303
        assert not any(happened(app, e) for e in ("acknowledged", "switching", "snoozed"))


BODIES: Final = {
    "too large": (413, "application/x-www-form-urlencoded", b"note=" + b"x" * 65_536),
    "JSON": (415, "application/json", b'{"action": "note"}'),
    "no type": (415, "", b"action=note"),
    "multipart": (415, "multipart/form-data; boundary=b", b"--b\r\nContent-Disposition: x\r\n\r\n"),
    "not UTF-8": (400, "application/x-www-form-urlencoded", b"note=%FF"),
    "raw bytes": (400, "application/x-www-form-urlencoded", b"\xff\xfe\x00"),
    "many fields": (400, "application/x-www-form-urlencoded", b"&".join([b"a=b"] * 10_000)),
    "empty": (403, "application/x-www-form-urlencoded", b""),
}


@pytest.mark.parametrize("kind", BODIES)
async def test_what_is_no_form_is_refused(tmp_path: Path, kind: str) -> None:
    """By its own status, and nothing is stored."""
    status, mime, body = BODIES[kind]
    async with watchdog_app(tmp_path, ENTRA) as app:
        incident = await app.died()
        stored = app.stored()
        answer = await app.host.http(
            "act",
            "POST",
            f"/api/incidents/{incident}",
            headers={**FIRST, "content-type": mime},
            body=body,
        )

        assert answer.status == status
        assert app.stored() == stored
