"""Whoever holds a link may act for a day: its token is written nowhere, nor is what signs it."""

from __future__ import annotations

import base64
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.cards.links import LinkKey, sign
from shared.secret import redact
from shared.site.forms import FormKey
from tests.support.canary import LeakError, assert_leaks_no_secret
from tests.support.page_forms import form, forms
from tests.support.signing import setting
from tests.support.watchdog_app import WatchdogApp, watchdog_app

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.functions_answers import HttpAnswer

AT: Final = datetime(2026, 3, 14, 3, 0, tzinfo=UTC)
INCIDENT: Final = "20260314-0300-k7q2m9xw4r"
SIGNING: Final = LinkKey("k3", b"c4nary-0f-the-signing-key-7fQ9xz")
LINK: Final = sign(SIGNING, INCIDENT, AT)
FORM: Final = FormKey((SIGNING,), INCIDENT, f"link:{LINK}").token("note", "0123456789abcdef0", AT)
FORM_ID: Final = FORM.partition(".")[0]


def seal(token: str) -> str:
    """The part of a token that nobody can guess."""
    return token.rpartition(".")[2]


# -- what is masked wherever text is written ------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        f"https://watchdog.contoso.com/api/incidents/{INCIDENT}?t={LINK}",
        f"/api/incidents/{INCIDENT}?t={LINK}",
        f"GET /api/incidents/{INCIDENT}?t={LINK} HTTP/1.1",
        f"{INCIDENT}?t={LINK}&did={FORM_ID}&again=1",
        f"Location: {INCIDENT}?t={LINK}",
        f"{{'t': '{LINK}', 'did': '{FORM_ID}'}}",
        f'{{"t": "{LINK}"}}',
        f"Request(query={{'t': '{LINK}'}}, body=b'token={FORM}&who=Oncall')",
        f"t%3D{LINK}%26did%3D{FORM_ID}",
        f"%3Ft%3D{LINK}",
        f"token={FORM}",
        f"action=note&token={FORM}&note=x",
        f'<input type="hidden" name="token" value="{FORM}">',
        f"<a href='?t={LINK}'>",
        f"invalid token {LINK}.",
        f"[{LINK}]({FORM})",
        f"Visitor(name='', key='link:{LINK}', token='{LINK}')",
    ],
)
def test_a_token_is_masked_wherever_it_stands(text: str) -> None:
    """In an address, a header, a form, a repr, or alone."""
    masked = redact(text)

    assert seal(LINK) not in masked
    assert seal(FORM) not in masked
    assert redact(masked) == masked


@pytest.mark.parametrize("separator", ["?", "&", "%3F", "%26", "&amp;"])
@pytest.mark.parametrize("name", ["t", "did", "T"])
def test_what_an_address_carries_is_masked_whole(separator: str, name: str) -> None:
    """Also what is no token at all: a cut one opens nothing, and is nobody's business."""
    assert "abcdefgh" not in redact(f"20260314-0300-x{separator}{name}=abcdefgh rest")
    assert redact(f"20260314-0300-x{separator}{name}=abcdefgh rest").endswith(" rest")


@given(
    st.from_regex(r"[A-Za-z0-9_-]{1,64}", fullmatch=True),
    st.binary(min_size=32, max_size=32),
    st.sampled_from(["", " ", "'", '"', "(", "=", ":", ",", "\n", "/", "?t=", "%3D", "<"]),
    st.sampled_from(["", " ", "'", '"', ")", "&", ";", ",", "\n", ".", "/", ">", "\\n"]),
)
def test_every_token_is_masked_between_any_neighbours(
    name: str, key: bytes, before: str, after: str
) -> None:
    """Whatever the key is called, and whatever the seal looks like."""
    token = sign(LinkKey(name, key), INCIDENT, AT)

    assert seal(token) not in redact(f"x{before}{token}{after}y" if before else token + after)


@pytest.mark.parametrize(
    "text",
    [
        "What did it do: nothing",
        "version 2.4.129.0 of SYNC-B.contoso.com",
        "t = 5 min, did nothing",
        "20260314-0300-k7q2m9xw4r",
        "Get-ADSyncScheduler | Select StagingModeEnabled",
    ],
)
def test_plain_text_stays_as_it_is(text: str) -> None:
    """What is no token is not made unreadable."""
    assert redact(text) == text


@pytest.mark.parametrize("unit", ["a.", "1.", "a-", "?t=", "a.1.", "a.1." + "b" * 21, "t%3D"])
def test_a_long_hostile_text_is_masked_in_no_time(unit: str) -> None:
    """A pattern that backtracks would not come back from this."""
    text = unit * (400_000 // len(unit))

    assert seal(LINK) not in redact(f"{text} {LINK}")


def test_a_key_and_a_visitor_show_no_secret() -> None:
    """The key hides itself; what is bound to a visitor is masked when it is written."""
    assert "c4nary" not in repr(FormKey((SIGNING,), INCIDENT, "principal:x"))
    assert seal(LINK) not in redact(repr(FormKey((SIGNING,), INCIDENT, f"link:{LINK}")))


# -- a whole story --------------------------------------------------------------------------------


class Told:
    """What was written in a story, and which tokens there were."""

    def __init__(self) -> None:
        self.secrets = [base64.b64encode(SIGNING.key).decode(), SIGNING.key.decode()]
        self.text: list[str] = []

    def page(self, answer: HttpAnswer, own: str) -> HttpAnswer:
        """Note an answer: what its own forms and links need is theirs, all else is searched."""
        text = answer.text
        for each in forms(text):
            self.secrets += [seal(value) for name, value in each.fields if name == "token"]
            for value in (each.address, *dict(each.fields).values()):
                text = text.replace(f'"{value}"', '""')
        headers = {name: value for name, value in answer.headers.items() if name != "location"}
        self.text.append(f"{text} {headers}")
        assert own not in answer.headers.get("set-cookie", "")
        return answer


async def acknowledged_by_link(app: WatchdogApp, told: Told) -> None:
    """Outage, card, page, wrong and right forms, a store that is lost, a defect."""
    incident = await app.died()
    link = sign(SIGNING, incident, app.clock.now())
    told.secrets.append(seal(link))
    query = f"?t={link}"
    page = told.page(await app.page(incident, query=query), link)
    fields = form(page.text, "acknowledge").filled(who="Oncall")
    wrong = {**fields, "token": fields["token"][:-1] + "_"}
    for sent in (wrong, {**fields, "who": ""}, fields, fields, {**fields, "who": "Second"}):
        told.page(await app.act(incident, sent, query=query), link)
    did = re.search(r'"form":"([a-z0-9]+)"', "".join(app.stored()))
    assert did is not None
    told.page(await app.page(incident, query=f"{query}&did={did[1]}"), link)
    told.page(await app.page(incident, query=f"{query}x"), link)
    app.after(30)
    await app.tick()
    told.text += app.stored()
    await app.host.module.watchdog.aclose()
    app.database.write_text("this is no database", encoding="utf-8")
    for answer in (
        await app.page(incident, query=query),
        await app.act(incident, fields, query=query),
    ):
        assert told.page(answer, link).status == 503


async def test_no_token_and_no_key_is_written_in_a_whole_story(tmp_path: Path) -> None:
    """Logs, rows, errors, and every answer but for its own forms and the place it leads to."""
    told = Told()
    async with watchdog_app(tmp_path, {"WATCHDOG_SIGNING_KEYS": setting(SIGNING)}) as app:

        async def story() -> None:
            await acknowledged_by_link(app, told)

        await assert_leaks_no_secret(story, told.secrets, also=lambda: "\n".join(told.text))
        logged = [record.getMessage() for record in app.host.records]

    assert len(told.secrets) > 10  # what was searched for did exist
    acted = [line for line in logged if line.startswith("watchdog.act ")]
    assert [re.findall(r'"outcome": "(\w+)"', line)[0] for line in acted] == [
        "done",
        "already",
        "different",
    ]
    assert not any("Oncall" in line or "Second" in line for line in logged)


async def test_a_defect_on_a_page_is_told_without_its_token(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What nobody foresaw, with the whole request in its text: masked, answered, not raised."""
    secrets = [base64.b64encode(SIGNING.key).decode()]
    async with watchdog_app(tmp_path, {"WATCHDOG_SIGNING_KEYS": setting(SIGNING)}) as app:
        incident = await app.died()
        link = sign(SIGNING, incident, app.clock.now())
        secrets.append(seal(link))

        async def broken(*_: object) -> None:
            raise LookupError(f"?t={link} {{'t': '{link}'}}")

        monkeypatch.setattr("shared.acting.Desk.look", broken)

        async def visit() -> object:
            return await app.page(incident, query=f"?t={link}")

        # the records that the answer carries are searched as logs, not through its repr
        answer = await assert_leaks_no_secret(visit, secrets)
        logged = "\n".join(record.getMessage() for record in app.host.records)

    assert getattr(answer, "status", answer) == 500
    assert "watchdog.failed" in logged
    assert "LookupError" in logged


async def test_a_token_in_a_row_would_be_found() -> None:
    """The control: the search above can fail."""
    with pytest.raises(LeakError):
        await assert_leaks_no_secret(_nothing, [seal(LINK)], also=lambda: f'"note":"{LINK}"')


async def _nothing() -> None:
    """Write nothing."""
