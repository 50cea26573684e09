"""The name of a visitor by link: what is asked for, what the browser remembers."""

from __future__ import annotations

from http.cookies import SimpleCookie
from typing import Final
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.site.access import MAX_NAME
from shared.site.answers import Request
from shared.site.forms import Form
from shared.site.names import asked_name, name_cookie, remembered_name

PUBLIC: Final = "https://watchdog.contoso.com"
LAPTOP: Final = "http://localhost:7071"
ONCALL, STRANGER = "T25jYWxs", "U3RyYW5nZXI"  # base64
any_text = st.text(st.characters(exclude_categories=()))
sendable = st.text(st.characters(exclude_categories=["Cs"]))
"""A form is decoded strictly: it holds no lone surrogate."""


def asked(name: str) -> str:
    """The name that is taken from a form in which this was typed."""
    return asked_name(Form("", {"who": (name,)}))


def coming_with(cookie: str, public_url: str = PUBLIC) -> str:
    """The name that is remembered of this header."""
    return remembered_name(Request("GET", headers={"cookie": cookie}), public_url)


@pytest.mark.parametrize(
    ("typed", "taken"),
    [
        ("Oncall", "Oncall"),
        ("  Oncall  ", "Oncall"),
        ("", ""),
        ("   ", ""),
        ("\x00\x01\r\n", ""),
        ("\u200b\u202e", ""),
        ("On\ncall", "Oncall"),
        ("On\u202ecall", "Oncall"),
        ("O\x00n\x1bcall\x7f", "Oncall"),
        ("a" * 10_000, "a" * MAX_NAME),
        ("Seán O'Grady", "Seán O'Grady"),
    ],
)
def test_a_name_is_what_can_be_read(typed: str, taken: str) -> None:
    """What shows as nothing is no name; control characters go, and it stays short."""
    assert asked(typed) == taken


@given(sendable)
def test_a_name_is_bounded_whatever_was_typed(typed: str) -> None:
    """In characters, and in what a row needs for it."""
    name = asked(typed)

    assert len(name) <= MAX_NAME
    assert all(mark >= " " for mark in name)
    name.encode()


@given(sendable, st.sampled_from([PUBLIC, LAPTOP]))
def test_a_name_comes_back_from_the_browser(typed: str, public_url: str) -> None:
    """Quotes, semicolons, line ends, emoji: it is one cookie on one line, and the same name."""
    name = asked(typed)
    header = name_cookie(name, public_url)
    if not name:
        assert header == ""
        return
    value = header.partition(";")[0]

    # what encodes a value once more, as the Functions host does, finds nothing to encode
    assert quote(value.partition("=")[2], safe="") == value.partition("=")[2]
    assert header.isascii()
    assert header.isprintable()
    assert len(header) < 1_000
    assert header.count(";") == (4 if public_url == LAPTOP else 5)
    assert coming_with(f"a=b; {value}; c=d", public_url) == name


def test_the_cookie_is_sent_to_this_host_alone_and_to_no_script() -> None:
    """`Lax`, because mails and Teams open links; `__Host-`, so that no neighbour sets it."""
    ((name, cookie),) = SimpleCookie(name_cookie("Oncall", PUBLIC)).items()

    assert name.startswith("__Host-")
    assert (cookie["path"], cookie["domain"]) == ("/", "")
    assert cookie["secure"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"


def test_a_name_that_a_neighbouring_host_set_is_not_believed() -> None:
    """Another host of the domain can set plain cookies for all of it, but none with `__Host-`."""
    assert coming_with(f"watchdog-name={STRANGER}") == ""
    assert coming_with(f"watchdog-name={STRANGER}; __Host-watchdog-name={ONCALL}") == "Oncall"
    assert coming_with(f"__Host-watchdog-name={ONCALL}; watchdog-name={STRANGER}") == "Oncall"


def test_on_a_laptop_the_cookie_works_without_tls() -> None:
    """A browser keeps no `Secure` cookie that came over plain HTTP."""
    header = name_cookie("Oncall", LAPTOP)

    assert "Secure" not in header
    assert "__Host-" not in header
    assert coming_with(f"watchdog-name={ONCALL}", LAPTOP) == "Oncall"


@given(any_text | any_text.map("__Host-watchdog-name={}".format), st.sampled_from([PUBLIC, LAPTOP]))
def test_any_header_is_a_name_or_none(header: str, public_url: str) -> None:
    """Nothing that a browser or a stranger sends raises, and what comes of it is short."""
    name = coming_with(header, public_url)

    assert len(name) <= MAX_NAME
    assert not {"\x00", "\r", "\n", "\x1b", "\u202e"} & set(name)


def test_a_header_of_many_kilobytes_is_not_searched_whole() -> None:
    """Only so much of it as a browser would send."""
    assert coming_with("a=b; " * 9_000 + f"__Host-watchdog-name={ONCALL}") == ""
