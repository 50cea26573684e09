"""Reads one setting's text, each in one function. Pure; raises only `WrongValueError`."""

from __future__ import annotations

import base64
import binascii
import re
import unicodedata
from datetime import time, timedelta
from typing import TYPE_CHECKING, Final, TypeVar
from zoneinfo import ZoneInfo

import isodate  # type: ignore[import-untyped]  # it ships no types; used for two calls

from shared.domain.cards.presentation import Person
from shared.secret import Secret
from shared.settings.types import (
    OfficeHours,
    SigningKey,
    WeeklyTime,
    WrongValueError,
    shown,
)
from shared.settings.urls import HOST_NAME

if TYPE_CHECKING:
    from collections.abc import Callable
    from enum import StrEnum

    Choice = TypeVar("Choice", bound=StrEnum)

_GUID: Final = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")
_NO_GUID: Final = "00000000-0000-0000-0000-000000000000"
_DURATION: Final = re.compile(
    r"P(?=[0-9T])(?:[0-9]{1,6}W|(?:[0-9]{1,6}D)?"
    r"(?:T(?=[0-9])(?:[0-9]{1,6}H)?(?:[0-9]{1,6}M)?(?:[0-9]{1,6}S)?)?)"
)
_DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY: Final = f"({'|'.join(_DAYS)})"
_CLOCK: Final = r"([01][0-9]|2[0-3]):([0-5][0-9])"
_OFFICE_HOURS: Final = re.compile(
    rf"{_DAY}(?:-{_DAY})? {_CLOCK}-(?:{_CLOCK}|(24:00))", re.IGNORECASE
)
_WEEKLY: Final = re.compile(rf"{_DAY} {_CLOCK}", re.IGNORECASE)
_PERSON: Final = re.compile(r"([^<>]+)<([^<>]+)>")
# Microsoft Learn, "username contains a special character": the characters and lengths of a UPN.
_UPN: Final = re.compile(
    r"[A-Za-z0-9'.\-_!#^~]{0,63}[A-Za-z0-9'\-_!#^~]@"
    r"(?=.{3,48}\Z)[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9-]*[A-Za-z0-9])+"
)
_LONGEST_NAME: Final = 100
_JOINERS: Final = "\u200c\u200d"  # part of the spelling of Persian and Indic names
_ZONE: Final = re.compile(r"(?!posix/|right/|localtime|posixrules)[A-Za-z0-9_+\-/]{1,64}")
_KEY: Final = re.compile(r"([A-Za-z0-9_-]{1,32}):([A-Za-z0-9+/]+={0,2})")
_SHORTEST_KEY: Final = 32


def choice(kind: type[Choice]) -> Callable[[str], Choice]:
    """A parser of one of an enum's words, in any case."""

    def parse(value: str) -> Choice:
        try:
            return kind(value.lower())
        except ValueError:
            raise WrongValueError(f"is {shown(value)}", "one of " + ", ".join(kind)) from None

    return parse


def guid(value: str) -> str:
    """A GUID in lower case."""
    if not _GUID.fullmatch(value.lower()) or value == _NO_GUID:
        raise WrongValueError(
            f"is {shown(value)}, which is not a GUID",
            "an id such as 8f0c2f5e-3a5b-4b9a-9a3b-2f6f0f4f9d11, as the Entra admin center shows",
        )
    return value.lower()


def label(value: str) -> str:
    """A name for people: short, visible, without angle brackets, and not a pasted address."""
    hidden = [
        mark
        for mark in value
        if unicodedata.category(mark) in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
        and mark not in _JOINERS
    ]
    if hidden or len(value) > _LONGEST_NAME or any(mark in value for mark in ("<", ">", "://")):
        raise WrongValueError(
            f"holds {shown(value)}, which is not a plain name",
            f"at most {_LONGEST_NAME} visible characters without < and >, and no address",
        )
    return value


def people(value: str) -> tuple[Person, ...]:
    """Who is mentioned: `Name <upn>`, separated by semicolons."""
    found = tuple(_person(item.strip()) for item in value.split(";") if item.strip())
    if len({person.upn.lower() for person in found}) != len(found):
        raise WrongValueError("names the same person twice", "each person once")
    return found


def _person(value: str) -> Person:
    match = _PERSON.fullmatch(value)
    name, upn = (match[1].strip(), match[2].strip()) if match else ("", "")
    if not name or not _UPN.fullmatch(upn):
        raise WrongValueError(
            f"holds {shown(value)}, which is not a name and a user principal name",
            "Name <upn>, separated by ; such as On-call Identity <oncall@contoso.com>",
        )
    return Person(label(name), upn)


def server(value: str) -> str:
    """A server's name, as given; names of servers do not depend on case."""
    if not HOST_NAME.fullmatch(value):
        raise WrongValueError(
            f"holds {shown(value)}, which is not the name of a server",
            "a host name, such as SYNC-A",
        )
    return value


def servers(value: str) -> tuple[str, ...]:
    """Servers' names, separated by semicolons."""
    found = tuple(server(item.strip()) for item in value.split(";") if item.strip())
    if len({name.lower() for name in found}) != len(found):
        raise WrongValueError("names the same server twice", "each server once")
    return found


def duration(shortest: str, longest: str) -> Callable[[str], timedelta]:
    """A parser of an ISO 8601 duration within limits (both included)."""
    low, high = _timedelta(shortest), _timedelta(longest)

    def parse(value: str) -> timedelta:
        found = _timedelta(value) if _DURATION.fullmatch(value) else None
        if found is None or not low <= found <= high:
            raise WrongValueError(
                f"is {shown(value)}",
                "an ISO 8601 duration in weeks, or days, hours, minutes and seconds, "
                f"from {shortest} to {longest}",
            )
        return found

    return parse


def _timedelta(value: str) -> timedelta:
    return timedelta(seconds=isodate.parse_duration(value).total_seconds())


def iso(length: timedelta) -> str:
    """A duration as it is written in a setting."""
    return str(isodate.duration_isoformat(length))


def time_zone(value: str) -> ZoneInfo:
    """A time zone by its IANA name."""
    try:
        if _ZONE.fullmatch(value):
            return ZoneInfo(value)
    except (KeyError, ValueError, OSError):  # unknown, not a zone file, a folder of zones
        pass
    raise WrongValueError(
        f"is {shown(value)}, which is not a time zone", "an IANA name, such as Europe/Zurich or UTC"
    )


def office_hours(value: str) -> OfficeHours:
    """Weekdays and the hours of each."""
    match = _OFFICE_HOURS.fullmatch(" ".join(value.split()))
    if match:
        first, last, hour, minute, to_hour, to_minute, midnight = match.groups()
        start = _DAYS.index(first.lower())
        count = (_DAYS.index((last or first).lower()) - start) % 7 + 1
        opens = timedelta(hours=int(hour), minutes=int(minute))
        closes = timedelta(hours=24 if midnight else int(to_hour), minutes=int(to_minute or 0))
        if opens < closes:
            return OfficeHours(tuple((start + day) % 7 for day in range(count)), opens, closes)
    raise WrongValueError(
        f"is {shown(value)}",
        "weekdays and hours from earlier to later, such as Mon-Fri 08:00-17:00",
    )


def weekly_time(value: str) -> WeeklyTime:
    """A weekday and a time of day."""
    match = _WEEKLY.fullmatch(" ".join(value.split()))
    if not match:
        raise WrongValueError(f"is {shown(value)}", "a weekday and a time, such as Mon 08:00")
    return WeeklyTime(_DAYS.index(match[1].lower()), time(int(match[2]), int(match[3])))


def signing_keys(value: str) -> tuple[SigningKey, ...]:
    """Keys, newest first. No message repeats any of the value, not even a key's id."""
    items = [item.strip() for item in value.split(";") if item.strip()]
    keys = tuple(_signing_key(number, item) for number, item in enumerate(items, start=1))
    if len({key.id for key in keys}) != len(keys) or len({key.secret for key in keys}) != len(keys):
        raise WrongValueError("holds an id or a key twice", "a new id and a new key for each entry")
    return keys


def _signing_key(number: int, item: str) -> SigningKey:
    match = _KEY.fullmatch(item)
    try:
        size = len(base64.b64decode(match[2], validate=True)) if match else 0
    except (binascii.Error, ValueError):
        size = 0
    if match is None or size < _SHORTEST_KEY:
        raise WrongValueError(
            f"has an entry (number {number}) that is not an id and a base64 key of "
            f"{_SHORTEST_KEY} bytes or more",
            "id:base64, separated by ; newest first; make a key with: openssl rand -base64 32",
        )
    return SigningKey(match[1], Secret(match[2]))
