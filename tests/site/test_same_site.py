"""The second line against forms of other websites; the first one is the form's token."""

from __future__ import annotations

from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.site.access import Access, same_site
from shared.site.answers import Request

ACCESS: Final = Access(True, True, public_url="https://watchdog.contoso.com")
OURS: Final = "contoso-watchdog.azurewebsites.net"


@pytest.mark.parametrize(
    ("origin", "fetch_site", "ours"),
    [
        # our own form: pages ask for no referrer, so the browser sends "null" (Fetch Standard)
        ("null", "same-origin", True),
        # our own script, whose requests carry the real origin
        (f"https://{OURS}", "same-origin", True),
        # behind a proxy with a name of its own
        ("https://watchdog.contoso.com", "same-origin", True),
        # a browser that knows neither header; the person sends the form again by reloading
        (None, None, True),
        (None, "none", True),
        ("null", None, True),
        # another website, with all that it can try
        ("null", "cross-site", False),
        ("null", "same-site", False),
        (None, "cross-site", False),
        ("https://evil.example", "cross-site", False),
        ("https://evil.example", None, False),
        ("https://evil.example", "same-origin", False),
        ("https://evil.example", "none", False),
        # names that look like ours
        (f"https://{OURS}.evil.example", None, False),
        (f"https://evil.example/{OURS}", None, False),
        (f"https://{OURS}@evil.example", None, False),
        (f"https://evil.example?{OURS}", None, False),
        (f"https://other-{OURS}", None, False),
        (f"https://{OURS}:8443", None, False),
        (f"{OURS}", None, False),
        ("https://contoso.com", None, False),
        # no origin at all
        ("", None, False),
        ("https://", None, False),
        ("https://[", None, False),
        ("data:text/html,x", None, False),
        (f"https://{OURS}, https://evil.example", None, False),
        ("NULL", None, False),
        ("null", "SAME-ORIGIN", False),
        ("null", "", False),
    ],
)
def test_a_form_of_another_website_is_refused(
    origin: str | None, fetch_site: str | None, *, ours: bool
) -> None:
    """By `Sec-Fetch-Site` where the browser sends it, else by `Origin`."""
    headers = {"host": OURS, "origin": origin, "sec-fetch-site": fetch_site}
    sent = {name: value for name, value in headers.items() if value is not None}

    assert same_site(ACCESS, Request("POST", headers=sent)) == ours


@given(st.text(st.characters(exclude_categories=())), st.text())
def test_any_origin_has_an_answer(origin: str, host: str) -> None:
    """Nothing raises, and an origin without a host is never ours."""
    same_site(ACCESS, Request("POST", headers={"origin": origin, "host": host}))


def test_where_nobody_knows_our_name_no_origin_is_ours() -> None:
    """Without a `Host` and a public address, an origin cannot be told apart from ours."""
    nameless = Access(True, True)

    assert not same_site(nameless, Request("POST", headers={"origin": "https://evil.example"}))
    assert same_site(nameless, Request("POST", headers={"origin": "null"}))
