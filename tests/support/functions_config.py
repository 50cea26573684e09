"""What the Functions host reads besides Python: `host.json`, settings, schedules, routes.

The rules here are the host's own, so a mistake that would stop the app in Azure fails a test.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote, urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


class HostError(Exception):
    """The app would not start, or would not be reached, in Azure. The message says why."""


# -- host.json ------------------------------------------------------------------------------------

# https://learn.microsoft.com/azure/azure-functions/functions-host-json
_HOST_KEYS = frozenset(
    {
        "aggregator",
        "concurrency",
        "customHandler",
        "extensionBundle",
        "extensions",
        "functions",
        "functionTimeout",
        "healthMonitor",
        "logging",
        "managedDependency",
        "metadataProviderTimeout",
        "retry",
        "singleton",
        "telemetryMode",
        "version",
        "watchDirectories",
        "watchFiles",
    }
)
_TIMESPAN = re.compile(r"(?:(\d+)\.)?([01]\d|2[0-3]):([0-5]\d):([0-5]\d)")
FLEX_DEFAULT_TIMEOUT = timedelta(minutes=30)
"""`functionTimeout` of a Flex Consumption app that sets none."""


@dataclass(frozen=True, slots=True)
class HostConfig:
    """The parts of `host.json` that change what the app does.

    Attributes:
        function_timeout: The host ends the worker when one invocation takes longer.
        route_prefix: The first part of every HTTP path, without slashes; may be empty.
    """

    function_timeout: timedelta
    route_prefix: str


def read_host_json(path: Path) -> HostConfig:
    """Read and check `host.json`.

    Raises:
        HostError: The file is missing, is not JSON or holds what the host does not know.
    """
    try:
        document: Any = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise HostError(f"host.json cannot be read: {error}") from error
    if not isinstance(document, dict) or document.get("version") != "2.0":
        raise HostError('host.json must be an object that says "version": "2.0"')
    if unknown := sorted(set(document) - _HOST_KEYS):
        raise HostError(f"host.json: unknown keys {', '.join(unknown)}; the host ignores them")
    http = document.get("extensions", {}).get("http", {})
    timeout = document.get("functionTimeout")
    return HostConfig(
        function_timeout=FLEX_DEFAULT_TIMEOUT if timeout is None else _timespan(timeout),
        route_prefix=str(http.get("routePrefix", "api")).strip("/"),
    )


def _timespan(text: object) -> timedelta:
    match = _TIMESPAN.fullmatch(str(text))
    if not match:
        raise HostError(f'host.json: functionTimeout {text!r} is not "hh:mm:ss"')
    days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)


# -- settings and schedules -----------------------------------------------------------------------


def resolve(value: str, settings: Mapping[str, str], function: str) -> str:
    """Replace each `%NAME%` of a binding by its app setting, as the host does.

    Raises:
        HostError: A setting is missing; the host would not start the function.
    """

    def setting(match: re.Match[str]) -> str:
        if match[1] not in settings:
            raise HostError(f"{function}: the app setting {match[1]} of '{value}' is not set")
        return settings[match[1]]

    return re.sub(r"%([^%]+)%", setting, value)


_MONTHS = "january february march april may june july august september october november december"
_DAYS = "sunday monday tuesday wednesday thursday friday saturday"
_FIELDS: tuple[tuple[str, int, int, tuple[str, ...]], ...] = (
    ("second", 0, 59, ()),
    ("minute", 0, 59, ()),
    ("hour", 0, 23, ()),
    ("day", 1, 31, ()),
    ("month", 1, 12, tuple(_MONTHS.split())),
    ("day of week", 0, 6, tuple(_DAYS.split())),
)
_PART = re.compile(r"(?:\*|(?P<first>\w+)(?:-(?P<last>\w+))?)(?:/(?P<step>\d+))?")
_SHORTEST_NAME = 3


def check_schedule(schedule: str) -> None:
    """Check a timer's NCRONTAB expression: six fields, or five without the seconds.

    A `hh:mm:ss` interval is refused: it works on App Service plans only.
    Source: https://learn.microsoft.com/azure/azure-functions/functions-bindings-timer

    Raises:
        HostError: Says which field is wrong.
    """
    parts = schedule.split()
    if len(parts) not in (len(_FIELDS) - 1, len(_FIELDS)):
        raise HostError(f"schedule '{schedule}' has {len(parts)} fields; NCRONTAB has 6 (or 5)")
    for text, (name, low, high, names) in zip(parts, _FIELDS[-len(parts) :], strict=True):
        for part in text.split(","):
            match = _PART.fullmatch(part)
            ends = match.group("first", "last") if match else ("?",)
            values = [_number(end, low, names) for end in ends if end is not None]
            in_range = all(low <= value <= high for value in values)
            if not in_range or (match and match["step"] == "0"):
                raise HostError(f"schedule '{schedule}': '{part}' is no {name} ({low}-{high})")


def _number(text: str, low: int, names: tuple[str, ...]) -> int:
    """The value of one end of a range; -1 when there is none. Names may be cut to 3 letters."""
    if text.isascii() and text.isdigit():
        return int(text)
    if len(text) < _SHORTEST_NAME:
        return -1
    return next((i for i, name in enumerate(names, low) if name.startswith(text.lower())), -1)


# -- routes ---------------------------------------------------------------------------------------

_PLACEHOLDER = re.compile(r"\{(?P<rest>\*?)(?P<name>\w+)(?P<optional>\??)\}")


@dataclass(frozen=True, slots=True)
class Target:
    """Where a request arrives: the placeholders of its route and its query, both decoded."""

    params: dict[str, str]
    query: dict[str, str]


def match_route(url: str, prefix: str, route: str) -> Target | None:
    """Match a path with query against a route such as `incidents/{id}`.

    Supports `{name}`, `{name?}` and `{*name}`; letter case does not matter, as in ASP.NET Core.

    Returns:
        None when the host would answer 404.

    Raises:
        HostError: The route has a constraint, which this host does not know.
    """
    pieces = [piece for piece in f"{prefix}/{route}".split("/") if piece]
    pattern = ""
    for piece in pieces:
        match = _PLACEHOLDER.fullmatch(piece)
        if not match and "{" in piece:
            raise HostError(f"route '{route}': '{piece}' is more than this test host knows")
        if not match:
            pattern += "/" + re.escape(piece)
        elif match["rest"]:
            pattern += f"(?:/(?P<{match['name']}>.*))?"
        else:
            pattern += f"(?:/(?P<{match['name']}>[^/]+))" + match["optional"]
    split = urlsplit(url)
    found = re.fullmatch(pattern, split.path, re.IGNORECASE)
    if not found:
        return None
    params = {name: unquote(text) for name, text in found.groupdict().items() if text is not None}
    return Target(params, dict(parse_qsl(split.query, keep_blank_values=True)))
