"""A watchdog of one rule, to test the simulator without the real one: real HTTP, no store.

It calls the server silent once both times are older than an hour, reminds every half hour, and
tells the recovery at the first healthy look. What it does wrong on purpose is an argument.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import requests

if TYPE_CHECKING:
    from collections.abc import Callable

HOUR = timedelta(hours=1)
HALF_HOUR = timedelta(minutes=30)
_TIMES = ("onPremisesLastSyncDateTime", "onPremisesLastPasswordSyncDateTime")


@dataclass(frozen=True)
class StubResult:
    """What one tick of the stub came to."""

    tick_id: str
    verdict: str
    committed: bool
    sources: Mapping[str, str]


def message(verdict: str, reason: str, number: int) -> dict[str, Any]:
    """A posted message as the real watchdog writes it, with every element that cards may have."""
    style = "good" if reason == "recovery" else "attention"
    title = "✅ Recovered: Contoso" if reason == "recovery" else "🔴 SYNC-A is silent"
    body: list[dict[str, Any]] = [
        {
            "type": "Container",
            "style": style,
            "bleed": True,
            "items": [
                {"type": "TextBlock", "text": title, "size": "Large", "weight": "Bolder"},
                {"type": "TextBlock", "text": "No sync for **1 h 2 m**. Limit: 1 h."},
            ],
        },
        {"type": "TextBlock", "text": "<at>Identity on-call</at> **Check SYNC-A first.**"},
        {
            "type": "ActionSet",
            "actions": [
                {
                    "type": "Action.OpenUrl",
                    "title": "Open the runbook",
                    "url": "https://watchdog.contoso.com/api/incidents/1",
                    "style": "positive",
                }
            ],
        },
        {
            "type": "FactSet",
            "facts": [
                {"title": "Objects", "value": "01:41 UTC, 1 h 4 m ago"},
                {"title": "Standby", "value": "SYNC-B"},
            ],
        },
        {
            "type": "TextBlock",
            "text": f"Incident 1 · message {number}",
            "size": "Small",
            "isSubtle": True,
        },
    ]
    card = {
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": body,
        "msteams": {
            "entities": [
                {
                    "type": "mention",
                    "text": "<at>Identity on-call</at>",
                    "mentioned": {"id": "oncall@contoso.com", "name": "Identity on-call"},
                }
            ]
        },
    }
    mark = {"verdict": verdict, "reason": reason, "incident": "1", "message": number}
    kind = "application/vnd.microsoft.card.adaptive"
    return {
        "type": "message",
        "summary": title,
        "watchdog": mark,
        "attachments": [{"contentType": kind, "contentUrl": None, "content": card}],
    }


class StubWatchdog:
    """Satisfies `simulator.runner.Watchdog`.

    Args:
        environ: The settings that the runner gives.
        now: The runner's clock.
        limit: The age at which it calls the server silent.
        blind_is_healthy: Plays the watchdog that never says a word.
        raises: Plays the watchdog that crashes.
    """

    def __init__(
        self,
        environ: Mapping[str, str],
        *,
        now: Callable[[], datetime],
        limit: timedelta = HOUR,
        blind_is_healthy: bool = False,
        raises: bool = False,
    ) -> None:
        self._environ = environ
        self._now = now
        self._limit = limit
        self._mute = blind_is_healthy
        self._raises = raises
        self._told_at: datetime | None = None
        self._number = 0
        self._ticks = 0

    async def tick(self) -> StubResult:
        """Read, judge, post."""
        return await asyncio.to_thread(self._tick)

    async def aclose(self) -> None:
        """Nothing is held."""

    def _tick(self) -> StubResult:
        if self._raises:
            raise RuntimeError("the stub was told to raise")
        self._ticks += 1
        age = self._read()
        silent = age > self._limit and not self._mute
        if silent and self._told_at is None:
            self._post("first")
        elif silent and self._told_at is not None and self._now() - self._told_at >= HALF_HOUR:
            self._post("reminder")
        elif not silent and self._told_at is not None:
            self._post("recovery")
            self._told_at = None
        verdict = "SERVER_SILENT" if silent else "HEALTHY"
        return StubResult(str(self._ticks), verdict, committed=True, sources={"organization": "ok"})

    def _read(self) -> timedelta:
        answer = requests.get(
            f"{self._environ['WATCHDOG_GRAPH_URL']}/beta/organization",
            params={"$select": ",".join(_TIMES)},
            headers={"Authorization": "Bearer loopback"},
            timeout=5,
        ).json()
        times = [datetime.fromisoformat(answer["value"][0][name]) for name in _TIMES]
        return self._now() - max(times)

    def _post(self, reason: str) -> None:
        self._number += 1
        self._told_at = self._now()
        posted = message("SERVER_SILENT", reason, self._number)
        requests.post(self._environ["WATCHDOG_TEAMS_URL"], json=posted, timeout=5)
