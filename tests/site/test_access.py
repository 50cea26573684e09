"""Who may come in: by App Service sign-in, or by a signed link."""

from __future__ import annotations

import hmac
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.cards.links import LinkKey, sign
from shared.site.access import BADGE, STATUS, Access, Refusal, Visitor, admit
from shared.site.answers import Request
from shared.site.door import enter
from tests.support.signing import KEY, OLD_KEY, RETIRED

if TYPE_CHECKING:
    from collections.abc import Mapping

AT: Final = datetime(2026, 3, 14, 3, 0, tzinfo=UTC)
INCIDENT: Final = "20260314-0300-k7q2m9xw4r"
OTHER: Final = "20260314-0300-abcdefghij"
LINK: Final = Access(False, False, link_keys=(KEY, OLD_KEY), form_keys=(KEY, OLD_KEY))
ENTRA: Final = Access(True, True, link_keys=(KEY,), form_keys=(KEY,))
GUID: Final = "11111111-2222-3333-4444-555555555555"

any_text = st.text(st.characters(exclude_categories=()))
any_headers = st.dictionaries(
    st.sampled_from(
        ["x-ms-client-principal-id", "x-ms-client-principal-name", "x-forwarded-for", "cookie"]
    ),
    any_text,
)


def by_link(token: str, subject: str = INCIDENT, **headers: str) -> Request:
    """A visit with this token."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Request("GET", subject, {"t": token}, named)


def signed_in(**headers: str) -> Request:
    """A visit with a principal's headers."""
    return Request(
        "GET", INCIDENT, {}, {f"x-ms-client-principal-{k}": v for k, v in headers.items()}
    )


# -- sign-in --------------------------------------------------------------------------------------


@given(any_headers)
def test_headers_of_a_principal_are_worth_nothing_where_sign_in_is_off(
    headers: Mapping[str, str],
) -> None:
    """Anybody can send them there: App Service strips them only while its sign-in is on."""
    found = admit(
        replace(ENTRA, sign_in_works=False), INCIDENT, Request("GET", headers=headers), AT
    )

    assert found is Refusal.SIGN_IN_OFF


@pytest.mark.parametrize("token", [sign(KEY, INCIDENT, AT), ""])
@pytest.mark.parametrize("identity", ["", "   "])
def test_a_link_does_not_stand_in_for_signing_in(token: str, identity: str) -> None:
    """With `entra`, a genuine link of the other mode opens nothing."""
    request = by_link(token, x_ms_client_principal_id=identity)

    assert admit(ENTRA, INCIDENT, request, AT) is Refusal.NOT_SIGNED_IN


def test_the_signed_in_principal_is_who_acts() -> None:
    """By name where there is one, else by the id; never by what a form says."""
    named = admit(ENTRA, INCIDENT, signed_in(id=GUID, name="oncall@contoso.com"), AT)
    bare = admit(ENTRA, INCIDENT, signed_in(id=GUID), AT)

    assert named == Visitor("oncall@contoso.com", f"principal:{GUID}", "", "page, signed in")
    assert bare == Visitor(GUID, f"principal:{GUID}", "", "page, signed in")


def test_two_principals_are_never_taken_for_one() -> None:
    """Also where their ids differ at the very end, or one is named like the other."""
    one = admit(ENTRA, INCIDENT, signed_in(id="x" * 64 + "1", name="first"), AT)
    two = admit(ENTRA, INCIDENT, signed_in(id="x" * 64 + "2", name="first"), AT)

    assert isinstance(one, Visitor)
    assert isinstance(two, Visitor)
    assert one.key != two.key


@given(any_headers)
def test_a_link_believes_no_header_about_who_comes(headers: Mapping[str, str]) -> None:
    """With `link`, a principal's name in a header is just something that somebody sent."""
    request = Request("GET", INCIDENT, {"t": sign(KEY, INCIDENT, AT)}, headers)
    found = admit(LINK, INCIDENT, request, AT)

    assert isinstance(found, Visitor)
    assert found.name == ""
    assert found.key.startswith("link:")


# -- links ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("made_for", [INCIDENT, OTHER, STATUS, BADGE])
@pytest.mark.parametrize("used_for", [INCIDENT, OTHER, STATUS, BADGE])
@pytest.mark.parametrize("key", [KEY, OLD_KEY], ids=["newest", "the one before"])
def test_a_link_opens_what_it_was_made_for_and_nothing_else(
    made_for: str, used_for: str, key: LinkKey
) -> None:
    """One incident's link opens no other one, not the status page, and the other way round."""
    found = admit(LINK, used_for, by_link(sign(key, made_for, AT), used_for), AT)

    assert isinstance(found, Visitor) == (made_for == used_for)


@pytest.mark.parametrize(
    ("age", "opens"),
    [
        (timedelta(days=-1), True),
        (timedelta(0), True),
        (timedelta(hours=24) - timedelta(microseconds=1), True),
        (timedelta(hours=24), False),
        (timedelta(days=400), False),
    ],
)
def test_a_link_opens_for_exactly_a_day(age: timedelta, *, opens: bool) -> None:
    """A clock that went back since then is no reason to keep the on-call out."""
    found = admit(LINK, INCIDENT, by_link(sign(KEY, INCIDENT, AT)), AT + age)

    assert isinstance(found, Visitor) == opens


GOOD: Final = sign(KEY, INCIDENT, AT)
WORTHLESS: Final = {
    "none": "",
    "a retired key's": sign(RETIRED, INCIDENT, AT),
    "a foreign key's": sign(LinkKey(KEY.id, b"x" * 32), INCIDENT, AT),
    "expired": sign(KEY, INCIDENT, AT - timedelta(hours=24)),
    "another incident's": sign(KEY, OTHER, AT),
    "cut off": GOOD[:-1],
    "longer": GOOD + "A",
    "with a blank": GOOD + " ",
    "with a line": GOOD + "\n",
    "twice, as the host joins it": f"{GOOD},{GOOD}",
    "in another case": GOOD.swapcase(),
    "escaped twice": GOOD.replace(".", "%2E"),
    "endless": GOOD * 5_000,
    "with a surrogate": GOOD[:-1] + "\udc80",
}


@pytest.mark.parametrize("token", WORTHLESS.values(), ids=WORTHLESS)
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
def test_whatever_does_not_open_looks_the_same(token: str, method: str) -> None:
    """Forged, expired, cut, of another: one answer, to the byte, whatever was to be done."""
    body = b"action=note&token=x&note=y"
    refused = enter(LINK, INCIDENT, Request(method, INCIDENT, {"t": token}, {}, body), AT)
    plain = enter(LINK, "no such thing", Request("GET", "no such thing"), AT)

    assert not isinstance(refused, Visitor)
    assert refused == plain
    assert refused.status == 404


def test_every_seal_is_compared_in_constant_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each live key is tried whichever one fits, so that time does not tell which it was."""
    compared = []

    def compare(one: str, other: str) -> bool:
        compared.append(one)
        return one == other

    monkeypatch.setattr(hmac, "compare_digest", compare)
    for token in (GOOD, sign(OLD_KEY, INCIDENT, AT)):
        compared.clear()
        assert isinstance(admit(LINK, INCIDENT, by_link(token), AT), Visitor)
        assert compared


def test_without_keys_no_token_is_carried_along() -> None:
    """On a laptop the unguessable id decides: what stands in the address is not repeated."""
    found = admit(replace(LINK, link_keys=()), INCIDENT, by_link("\ud800\r\n<script>"), AT)

    assert found == Visitor("", "link:", "", "page, by link")


@given(any_text, any_text, any_headers)
def test_any_request_is_let_in_or_refused(
    subject: str, token: str, headers: dict[str, str]
) -> None:
    """Nothing that can be sent raises, and nothing but the genuine gets in."""
    request = Request("POST", subject, {"t": token}, headers, b"\xff")

    assert admit(LINK, subject, request, AT) is Refusal.NO_SUCH_LINK
    admit(ENTRA, subject, request, AT)


# -- from where -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("header", "said"),
    [
        ("", ""),
        ("203.0.113.7", ", from 203.0.113.7"),
        ("203.0.113.7:51234", ", from 203.0.113.7"),
        ("10.0.0.1, 203.0.113.7:51234", ", from 203.0.113.7"),
        ("2001:db8::1", ", from 2001:db8::1"),
        ("[2001:db8::1]", ", from 2001:db8::1"),
        ("[2001:db8::1]:51234", ", from 2001:db8::1"),
        ("fe80::1%eth0", ""),
        ("fe80::1%" + "<script>" * 9_000, ""),
        ("evil, <b>", ""),
        ("203.0.113.7, ", ""),
        ("203.0.113.7\r\nX: y", ""),
        ("0" * 9_000, ""),
    ],
)
def test_a_visitor_by_link_came_from_the_address_that_the_front_end_saw(
    header: str, said: str
) -> None:
    """The last of the list is the platform's own; and only an address is ever repeated."""
    found = admit(LINK, INCIDENT, by_link(GOOD, x_forwarded_for=header), AT)

    assert isinstance(found, Visitor)
    assert found.via == f"page, by link{said}"


@given(any_headers)
def test_how_somebody_came_in_is_short_and_plain(headers: dict[str, str]) -> None:
    """It is stored with each action: no header makes it long or strange."""
    request = Request("GET", INCIDENT, {"t": GOOD}, headers)
    found = admit(LINK, INCIDENT, request, AT)

    assert isinstance(found, Visitor)
    assert len(found.via) <= 80
    assert found.via.isascii()
    assert found.via.isprintable()
