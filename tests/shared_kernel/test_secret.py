"""A Secret never shows itself, and `redact` leaves nothing that opens a door."""

from __future__ import annotations

import copy
import json
import pickle
import string
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import pytest
import requests
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.secret import Secret, redact

if TYPE_CHECKING:
    from collections.abc import Callable

VALUE = "c4nary-S1gnature~0.x_y"
WORDS = st.text(alphabet=string.ascii_letters + string.digits + "-._~", min_size=12, max_size=40)


@dataclass(frozen=True)
class Holder:
    """A settings-like record that holds a secret."""

    url: Secret


@pytest.mark.parametrize(
    "show",
    [
        pytest.param(str, id="str"),
        pytest.param(repr, id="repr"),
        pytest.param("{}".format, id="format"),
        pytest.param("{!r:>40}".format, id="format of repr"),
        pytest.param("{:>40}".format, id="format with a width"),
        pytest.param("%s".__mod__, id="percent"),
        pytest.param(lambda secret: f"{[secret]} {Holder(secret)}", id="containers"),
        pytest.param(lambda secret: str(vars(Holder(secret))), id="vars"),
    ],
)
def test_no_way_of_printing_shows_the_value(show: Callable[[object], str]) -> None:
    """str, repr, format, containers and dataclasses."""
    shown = show(Secret(VALUE))

    assert VALUE not in shown
    assert "***" in shown


@pytest.mark.parametrize(
    "write",
    [pickle.dumps, copy.deepcopy, copy.copy, json.dumps],
    ids=["pickle", "deepcopy", "copy", "json"],
)
def test_a_secret_is_not_serialised(write: object) -> None:
    """Neither pickle nor JSON; the error does not quote the value."""
    with pytest.raises(TypeError) as caught:
        write(Secret(VALUE))  # type: ignore[operator]  # four functions of one argument
    assert VALUE not in str(caught.value)


def test_a_record_with_a_secret_is_not_flattened() -> None:
    """`asdict` copies values deeply, so a settings dump fails instead of leaking."""
    with pytest.raises(TypeError, match="not serialised"):
        asdict(Holder(Secret(VALUE)))


def test_reveal_gives_the_value_and_equality_compares_it() -> None:
    """Equal secrets are equal and hash alike; another type never is."""
    assert Secret(VALUE).reveal() == VALUE
    assert Secret(VALUE) == Secret(VALUE)
    assert hash(Secret(VALUE)) == hash(Secret(VALUE))
    assert Secret(VALUE) != Secret(VALUE + "x")
    assert Secret(VALUE) != VALUE
    assert not Secret("")
    assert Secret("x")


def test_a_secret_of_undecodable_bytes_compares_without_an_error() -> None:
    """An environment variable that is not UTF-8 arrives as lone surrogates."""
    assert Secret("\udc80") == Secret("\udc80")
    assert Secret("\udc80") != Secret("x")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"https://h.example:443/w/{VALUE}?sig={VALUE}", "https://h.example:443/***"),
        (f"https://me:{VALUE}@h.example/x", "https://h.example/***"),
        (f"https://h.example?code={VALUE}", "https://h.example/***"),
        (f"Max retries exceeded with url: /ping/{VALUE} (Caused by X)", None),
        (f'"POST /w/{VALUE}?api-version=1 HTTP/1.1" 202 0', '"POST /*** HTTP/1.1" 202 0'),
        (f"sig={VALUE}&sv=1.0", "sig=***&sv=***"),
        (f"https%3A%2F%2Fh%2Fx%3Fsig%3D{VALUE}", None),
        (f"Authorization: Bearer {VALUE}", "Authorization: ***"),
        (f"{{'Authorization': 'Bearer {VALUE}'}}", None),
        (f'{{"access_token": "{VALUE}"}}', None),
        (f"client_secret={VALUE}", "client_secret=***"),
        (f"x-functions-key: {VALUE}", "x-functions-key: ***"),
        (f"AccountName=a;AccountKey={VALUE}==;Suffix=b", "AccountName=a;AccountKey=***;Suffix=b"),
        (f"SharedAccessSignature=sv=1&sig={VALUE}", None),
        (f"SharedKey account:{VALUE}", "SharedKey ***"),
        (f"bearer {VALUE}", "bearer ***"),
    ],
)
def test_what_may_carry_a_secret_is_masked(text: str, expected: str | None) -> None:
    """URL paths, queries and user names; request targets; credentials by their name."""
    masked = redact(text)

    assert VALUE not in masked
    if expected is not None:
        assert masked == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "status code 401, token expired",
        "SYNC-A: no heartbeat since 02:10 UTC",
        "the key is missing",
        "could not open watchdog.db",
    ],
)
def test_plain_sentences_stay_as_they_are(text: str) -> None:
    """A message without a credential is not made unreadable."""
    assert redact(text) == text


@settings(deadline=None)  # a busy machine is no defect
@given(WORDS, WORDS, st.sampled_from(["'", '"', " ", "\n", "(", "<"]))
def test_no_part_of_a_url_but_its_host_survives(path: str, sig: str, around: str) -> None:
    """Wherever a URL stands in a text."""
    text = f"failed{around}https://a.logic.azure.com:443/w/{path}?sp=%2F&sig={sig}{around} again"

    masked = redact(text)

    assert path not in masked
    assert sig not in masked
    assert "a.logic.azure.com:443" in masked
    assert masked.endswith("again")


@settings(deadline=None)  # a busy machine is no defect
@given(WORDS)
def test_exceptions_of_requests_are_masked(key: str) -> None:
    """The texts that requests really writes when a connection is refused."""
    with pytest.raises(requests.RequestException) as caught:
        requests.get(f"http://127.0.0.1:1/ping/{key}?sig={key}", timeout=5)

    assert key in str(caught.value)
    assert key not in redact(str(caught.value))
    assert key not in redact(repr(caught.value))


@settings(deadline=None)  # a busy machine is no defect
@given(st.text())
def test_masking_twice_is_masking_once(text: str) -> None:
    """Total, and a second pass changes nothing."""
    assert redact(redact(text)) == redact(text)


@pytest.mark.parametrize("unit", ["a", "a.", "key", "key_", "sig=", "a://", "@", "a@", "url: "])
def test_a_long_hostile_text_is_masked_too(unit: str) -> None:
    """A pattern that backtracks would not come back from this within the life of the machine."""
    text = "x://" + unit * (400_000 // len(unit)) + f" sig={VALUE}"

    assert VALUE not in redact(text)
