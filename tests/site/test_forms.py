"""Reading what was sent, and the token that ties a form to page, person, action and day."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import urlencode

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shared.domain.cards.links import LinkKey, sign
from shared.site.answers import MAX_BODY, Request
from shared.site.forms import MAX_FIELDS, Form, FormError, FormKey, fields_of
from tests.support.signing import KEY, OLD_KEY, RETIRED

AT: Final = datetime(2026, 3, 14, 3, 0, tzinfo=UTC)
INCIDENT: Final = "20260314-0300-k7q2m9xw4r"
PAGE: Final = FormKey((KEY, OLD_KEY), INCIDENT, "principal:first")
TOKEN: Final = PAGE.token("note", "0123456789abcdef0", AT)
KIND: Final = "application/x-www-form-urlencoded"

any_text = st.text(st.characters(exclude_categories=()))
parts = st.tuples(any_text, any_text, any_text)


def sent(body: bytes, kind: str = KIND) -> Request:
    """A form as a browser sends it."""
    return Request("POST", INCIDENT, {}, {"content-type": kind}, body)


# -- tokens ---------------------------------------------------------------------------------------


@given(parts, parts)
@example(("a", "b\0c", "d"), ("a\0b", "c", "d"))
@example(("a", "b", "c\0d"), ("a", "b\0c", "d"))
@example(("a", "", ""), ("", "a", ""))
def test_a_token_counts_for_its_page_its_visitor_and_its_action(
    one: tuple[str, str, str], other: tuple[str, str, str]
) -> None:
    """And for no other, also where a part could borrow from its neighbour."""
    token = FormKey((KEY,), one[0], one[1]).token(one[2], "abcdefgh", AT)
    found = FormKey((KEY,), other[0], other[1]).form_id(other[2], token, AT)

    assert found == ("abcdefgh" if one == other else None)


@pytest.mark.parametrize(
    ("age", "counts"),
    [
        (timedelta(0), True),
        (timedelta(hours=24) - timedelta(microseconds=1), True),
        (timedelta(hours=24), False),
        (timedelta(days=400), False),
    ],
)
def test_a_token_counts_for_a_day(age: timedelta, *, counts: bool) -> None:
    """As long as the link that opened the page."""
    assert (PAGE.form_id("note", TOKEN, AT + age) is not None) == counts


def test_a_token_survives_one_change_of_keys() -> None:
    """A page that is open while the keys rotate can still be sent; after the second it cannot."""
    newest = LinkKey("k4", b"4" * 32)

    assert replace(PAGE, keys=(newest, KEY)).form_id("note", TOKEN, AT) == "0123456789abcdef0"
    assert replace(PAGE, keys=(newest, OLD_KEY)).form_id("note", TOKEN, AT) is None
    assert replace(PAGE, keys=(RETIRED,)).form_id("note", TOKEN, AT) is None
    assert replace(PAGE, keys=()).form_id("note", TOKEN, AT) is None


def test_the_token_of_a_link_is_no_token_of_a_form() -> None:
    """One key signs both, each for its own purpose: a forwarded link acts for nobody."""
    link = sign(KEY, INCIDENT, AT)
    _, expires, seal = link.split(".")

    assert PAGE.form_id("note", link, AT) is None
    assert PAGE.form_id("note", f"abcdefgh.{expires}.{seal}", AT) is None


@given(st.data())
def test_no_character_of_a_token_can_be_changed(data: st.DataObject) -> None:
    """Its id, its end and its seal are all signed."""
    place = data.draw(st.integers(0, len(TOKEN) - 1))
    mark = data.draw(st.characters(exclude_categories=()).filter(lambda m: m != TOKEN[place]))

    assert PAGE.form_id("note", TOKEN[:place] + mark + TOKEN[place + 1 :], AT) is None


@given(any_text, any_text)
def test_any_text_in_place_of_a_token_is_worth_nothing(action: str, token: str) -> None:
    """Whatever a stranger writes there, nothing raises."""
    assert PAGE.form_id(action, token, AT) is None


@pytest.mark.parametrize("tail", ["\n", " ", "=", ".", "\x00", "%0A", f" {TOKEN}"])
def test_nothing_may_follow_a_token(tail: str) -> None:
    """Else two tokens would be one."""
    assert PAGE.form_id("note", TOKEN + tail, AT) is None


# -- what was sent --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"a=" + b"b" * (MAX_BODY - 2), KIND, 0),
        (b"a=" + b"b" * (MAX_BODY - 1), KIND, 413),
        (b"", "", 415),
        (b"a=b", "", 415),
        (b"a=b", "text/plain", 415),
        (b'{"a": "b"}', "application/json", 415),
        (b"--b\r\n\r\n--b--", "multipart/form-data; boundary=b", 415),
        (b"a=b", f"text/plain, {KIND}", 415),
        (b"a=b", f"{KIND}; charset=utf-16", 0),
        (b"a=b", f"  {KIND.upper()} ; x", 0),
        (b"a=\xff", KIND, 400),
        ("a=ü".encode(), KIND, 400),
        (b"a=%FF", KIND, 400),
        (b"a=%ED%A0%80", KIND, 400),
        (b"a=%C3%BC&%F0%9F%98%80=%00", KIND, 0),
        (b"&".join([b"a=b"] * MAX_FIELDS), KIND, 0),
        (b"&".join([b"a=b"] * (MAX_FIELDS + 1)), KIND, 400),
        (b"&" * 10_000, KIND, 400),
        (b"&".join(b"%d=" % n for n in range(10_000)), KIND, 400),
    ],
)
def test_what_cannot_be_read_is_refused_by_its_own_status(
    body: bytes, kind: str, status: int
) -> None:
    """Too large 413, no form 415, not text or too many fields 400."""
    if not status:
        assert fields_of(sent(body, kind))
        return
    with pytest.raises(FormError) as refused:
        fields_of(sent(body, kind))
    assert refused.value.status == status
    assert "Nothing was changed" in str(refused.value)


@given(st.binary(max_size=400), st.sampled_from([KIND, "", "x"]) | any_text)
def test_any_bytes_are_fields_or_refused(body: bytes, kind: str) -> None:
    """Nothing else escapes, and what is read is text that can be stored."""
    try:
        found = fields_of(sent(body, kind))
    except FormError as refused:
        assert refused.status in {400, 413, 415}  # noqa: PT017 - one of two outcomes
        return
    for name, values in found.items():
        "".join((name, *values)).encode()


@given(st.lists(st.tuples(st.text(), st.text()), max_size=MAX_FIELDS))
def test_a_form_is_read_as_it_was_filled_in(fields: list[tuple[str, str]]) -> None:
    """Every value of every name, in order."""
    found = fields_of(sent(urlencode(fields).encode()))

    assert {name: list(values) for name, values in found.items()} == {
        name: [value for other, value in fields if other == name] for name, _ in fields
    }


def test_of_a_field_that_comes_twice_the_first_counts() -> None:
    """For the proof and for what is done alike: a token for one action does no other."""
    fields = fields_of(sent(b"action=note&action=acknowledge&action=snooze"))

    assert Form("", fields).text("action") == "note"
