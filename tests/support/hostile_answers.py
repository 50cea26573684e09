"""Answers in which every text is hostile, and what must never come out at the other end."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from simulator.health_shapes import long_date

if TYPE_CHECKING:
    from datetime import datetime

    from tests.support.hostile_pair import HostilePair

Forgery = Callable[[Any], Any]

TEXTS: Final = {
    "markdown": "**SYNC** _x_ `y` ~~z~~ [click](https://evil.example) ![i](https://evil.example/i)",
    "javascript": "[click](javascript:alert(1)) javascript:alert(1) <a href=javascript:alert(1)>go",
    "html": "<img src=x onerror=alert(1)><svg/onload=alert(2)><b>SYNC</b>&lt;script&gt;&#60;i&#62;",
    "attribute": '" onmouseover="alert(1)" x=\' autofocus onfocus=alert(2) data-x=\'',
    "mention": "<at>Everybody</at> &lt;at&gt;Everybody&lt;/at&gt; @Everybody",
    "template": "{{DATE(2026-01-01T00:00:00Z)}} {{ x }} {% raw %} ${x} {active} {the_standby} %s",
    "rtl": "SYNC\u202eA-CNYS\u2066evil\u2069\u200f\u202b\u061c",
    "emoji": "👩\u200d👩\u200d👧 ⚠️ 🇩🇪 e\u0301\u0301\u0301\u0301\u0301",
    "invisible": "SY\u200bNC\ufeff\u2060\u00ad\U000e0041\u180e-A",
    "control": "SYNC\x00\x1b[31m\x07\r\n\twatchdog.tick {}\u2028\u2029\x85\x7f",
    "surrogate": "SYNC\ud800-\udfffA\ud83d",
    "long": "SYNC-" + "x" * 10_000,
    "long_wide": "🔥" * 10_000,
    "long_quotes": '"\\' * 5_000,
    "path": "../../../services/other?x=1#y/%2e%2e",
    "empty": "",
}
"""What a source may say where a name is expected, by what is wrong with it."""


def _values(answer: Any) -> list[dict[str, Any]]:
    found = answer["value"]
    assert isinstance(found, list)
    return found


def say_everywhere(pair: HostilePair, text: str, at: datetime) -> None:
    """From now on every text of every source is this one; keys and times stay true.

    Two servers keep names that differ, and stay the same server in every source.

    Args:
        pair: Whose answers.
        text: What they say.
        at: When the alerts were raised.
    """

    def each(change: Callable[[dict[str, Any], int], None]) -> Forgery:
        def forge(answer: Any) -> Any:
            for number, item in enumerate(_values(answer)):
                change(item, number)
            return answer

        return forge

    def member(item: dict[str, Any], number: int) -> None:
        item |= {"machineName": f"S{number}{text}", "osName": text, "status": text, "role": text}
        item["properties"] = [{"key": "AgentVersion", "value": text}, {"key": text, "value": text}]
        item["monitoringConfigurationsComputed"].append({"key": text, "value": text})

    def application(item: dict[str, Any], number: int) -> None:
        item["displayName"] = f"ConnectSyncProvisioning_S{number}{text[:100]}_0123456789ab"

    def audit(item: dict[str, Any], number: int) -> None:
        user = {
            "userPrincipalName": f"Sync_S0{text[:100]}_0123456789ab@{text}",
            "displayName": text,
        }
        name = f"ConnectSyncProvisioning_S0{text[:100]}_0123456789ab"
        item["initiatedBy"] = {"user": user} if number % 2 else {"app": {"displayName": name}}
        item |= {"activityDisplayName": text, "resultReason": text}

    def configuration(answer: Any) -> Any:
        for item in _values(answer):
            item["configuration"]["synchronizationClientVersion"] = text
            item["configuration"]["currentExportData"]["clientMachineName"] = f"S0{text}"
        return answer

    def named(field: str) -> Forgery:
        return each(lambda item, _: item.update({field: text}))

    pair.tenant.forge |= {
        "organization": named("displayName"),
        "services": named("displayName"),
        "servicemembers": each(member),
        "serviceconfiguration": lambda answer: {**answer, "version": text, "sqlServer": text},
        "alerts": lambda answer: {**answer, "value": alerts(2, at, text)},
        "exportstatus": named("runStepResultId"),
        "applications": each(application),
        "directoryAudits": each(audit),
        "onPremisesSynchronization": configuration,
        "issues": lambda answer: {**answer, "value": [issue(text, at)]},
        "servicePrincipals": named("displayName"),
    }


def alerts(count: int, at: datetime, text: str = "Something is wrong", **more: Any) -> list[Any]:
    """So many active alerts about the service, of one text, each a minute younger."""
    return [
        {
            "alertId": f"00000000-0000-4000-8000-{number:012d}",
            "displayName": f"{text} {number}" if text == "Something is wrong" else text,
            "shortName": text,
            "description": f"<p>{text}</p>",
            "remediation": f"<ol><li>{text}</li></ol><script>{text}</script>",
            "level": "Error" if number % 2 else text,
            "state": "Active",
            "scope": text,
            "serviceMemberId": None,
            "createdDate": long_date(at - timedelta(hours=3) + timedelta(minutes=number % 120)),
            "lastUpdated": long_date(at),
            "relatedLinks": [{"title": text, "url": "javascript:alert(1)"}],
            **more,
        }
        for number in range(count)
    ]


def issue(text: str, at: datetime) -> dict[str, Any]:
    """An open incident of Microsoft's, in somebody else's words."""
    return {
        "id": text,
        "title": text,
        "service": "Microsoft Entra",
        "classification": "incident",
        "status": "serviceDegradation",
        "isResolved": False,
        "startDateTime": f"{at - timedelta(minutes=30):%Y-%m-%dT%H:%M:%SZ}",
    }


def audit_entries(count: int, at: datetime, identity: str = "admin@contoso.com") -> list[Any]:
    """So many entries of the audit log by one user, a second apart, the newest first."""
    return [
        {
            "id": f"Directory_{number}",
            "category": "UserManagement",
            "activityDisplayName": "Update user",
            "activityDateTime": f"{at - timedelta(seconds=number % 9000):%Y-%m-%dT%H:%M:%SZ}",
            "initiatedBy": {"user": {"userPrincipalName": identity}, "app": None},
        }
        for number in range(count)
    ]
