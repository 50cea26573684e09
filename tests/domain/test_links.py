"""Signed links: who holds one may open one incident's page for a day, and nothing else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.cards.links import VALID_FOR, LinkCheck, LinkKey, sign, verify
from shared.ledger import incident_id

AT = datetime(2026, 3, 14, 3, 0, tzinfo=UTC)
INCIDENT = incident_id(AT, "k7q2m9xw4r")
KEY = LinkKey("k1", b"1" * 32)
TOKEN = sign(KEY, INCIDENT, AT)

any_text = st.text(st.characters(exclude_categories=()))
"""Lone surrogates included: a request may hold undecodable bytes."""
keys = st.builds(
    LinkKey, st.from_regex(r"[A-Za-z0-9_-]{1,64}", fullmatch=True), st.binary(min_size=32)
)
moments = st.integers(0, 10**10).map(lambda second: datetime.fromtimestamp(second, UTC))


@given(keys, any_text, moments)
def test_a_link_opens_the_incident_it_was_made_for(
    key: LinkKey, incident: str, at: datetime
) -> None:
    """Whatever the key, the incident and the moment."""
    assert verify([key], incident, sign(key, incident, at), at) is LinkCheck.VALID


@given(any_text, any_text)
def test_a_link_opens_no_other_incident(one: str, other: str) -> None:
    """Also not one that differs only in characters that cannot be encoded."""
    expected = LinkCheck.VALID if one == other else LinkCheck.FORGED

    assert verify([KEY], other, sign(KEY, one, AT), AT) is expected


def test_ids_that_cannot_be_encoded_are_told_apart() -> None:
    """Replacing what cannot be encoded would make two incidents one."""
    assert verify([KEY], "\ud801", sign(KEY, "\ud800", AT), AT) is LinkCheck.FORGED


@given(keys, keys)
def test_a_link_needs_its_own_key(one: LinkKey, other: LinkKey) -> None:
    """Both the id and the key must be the signer's."""
    expected = LinkCheck.VALID if one == other else LinkCheck.FORGED

    assert verify([other], INCIDENT, sign(one, INCIDENT, AT), AT) is expected


def test_a_key_of_the_same_name_opens_nothing() -> None:
    """A key that was replaced under its old id is a different key."""
    impostor = LinkKey(KEY.id, b"2" * 32)

    assert verify([impostor], INCIDENT, TOKEN, AT) is LinkCheck.FORGED
    assert verify([impostor, KEY], INCIDENT, TOKEN, AT) is LinkCheck.VALID


def test_a_link_survives_one_change_of_keys() -> None:
    """The key before the newest still opens; one that was taken out does not."""
    old, new, newer = KEY, LinkKey("k2", b"2" * 32), LinkKey("k3", b"3" * 32)

    assert verify([new, old], INCIDENT, TOKEN, AT) is LinkCheck.VALID
    assert verify([old, new], INCIDENT, TOKEN, AT) is LinkCheck.VALID
    assert verify([newer, new], INCIDENT, TOKEN, AT) is LinkCheck.FORGED
    assert verify([], INCIDENT, TOKEN, AT) is LinkCheck.FORGED


@pytest.mark.parametrize(
    ("age", "expected"),
    [
        (timedelta(0), LinkCheck.VALID),
        (timedelta(hours=24) - timedelta(microseconds=1), LinkCheck.VALID),
        (timedelta(hours=24), LinkCheck.EXPIRED),
        (timedelta(days=400), LinkCheck.EXPIRED),
    ],
)
def test_a_link_is_valid_for_a_day(age: timedelta, expected: LinkCheck) -> None:
    """The last moment is the one before 24 hours are over."""
    assert timedelta(hours=24) == VALID_FOR
    assert verify([KEY], INCIDENT, TOKEN, AT + age) is expected


def test_an_hour_is_an_hour_in_every_zone() -> None:
    """The age counts, not the numbers on the clock."""
    tokyo = timezone(timedelta(hours=9))

    assert sign(KEY, INCIDENT, AT.astimezone(tokyo)) == TOKEN
    last = (AT + VALID_FOR - timedelta(seconds=1)).astimezone(tokyo)
    assert verify([KEY], INCIDENT, TOKEN, last) is LinkCheck.VALID


@given(st.integers(0, 10**12 - 1))
def test_nobody_can_make_a_link_live_longer(expires: int) -> None:
    """The expiry is signed, too; an expired forgery is forged, not expired."""
    name, own, mac = TOKEN.split(".")
    expected = LinkCheck.VALID if str(expires) == own else LinkCheck.FORGED

    assert verify([KEY], INCIDENT, f"{name}.{expires}.{mac}", AT) is expected


@given(st.data())
def test_no_character_of_a_link_can_be_changed(data: st.DataObject) -> None:
    """Any other character in any place makes it worthless, lenient base64 included."""
    place = data.draw(st.integers(0, len(TOKEN) - 1))
    mark = data.draw(st.characters(exclude_categories=()).filter(lambda m: m != TOKEN[place]))

    changed = TOKEN[:place] + mark + TOKEN[place + 1 :]
    assert verify([KEY], INCIDENT, changed, AT) is LinkCheck.FORGED


@given(any_text, any_text)
def test_any_text_has_an_answer(incident: str, token: str) -> None:
    """Nothing that a stranger can write into an address raises, and nothing of it is valid."""
    assert verify([KEY], incident, token, AT) is LinkCheck.FORGED


@pytest.mark.parametrize("tail", ["\n", " ", ".", "=", "%0A"])
def test_nothing_may_follow_a_link(tail: str) -> None:
    """A pattern that tolerates a trailing newline would make two links of one."""
    assert verify([KEY], INCIDENT, TOKEN + tail, AT) is LinkCheck.FORGED


@given(keys, moments)
def test_a_link_can_stand_in_an_address_as_it_is(key: LinkKey, at: datetime) -> None:
    """Nothing needs escaping, and it stays short."""
    token = sign(key, INCIDENT, at)

    assert set(token) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-")
    assert len(token) <= len(key.id) + 40


def test_a_key_is_never_shown() -> None:
    """Neither alone nor inside what holds it."""
    key = LinkKey("k1", b"canary-canary-canary-canary-cana")

    assert repr(key) == str(key) == f"{key}" == "LinkKey(k1)"
    assert "canary" not in repr([key])
