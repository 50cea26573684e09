"""Environments for tests of the settings, and short ways to read them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from shared.channels.dead_man import check_ping_url
from shared.channels.teams import check_webhook
from shared.settings import Settings
from shared.settings.types import SettingsError
from shared.wiring.windows import check_window

if TYPE_CHECKING:
    from shared.settings import Command

TENANT = "8f0c2f5e-3a5b-4b9a-9a3b-2f6f0f4f9d11"
CANARY = "CANARY0123456789abcdefCANARY"
WEBHOOK = (
    "https://prod-01.westeurope.logic.azure.com:443/workflows/0a1b/triggers/manual/paths/invoke"
    f"?api-version=2016-06-01&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig={CANARY}"
)
KEY_BODY = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="  # base64 of 32 digits
CONNECTION = (
    "DefaultEndpointsProtocol=https;AccountName=contosowatchdog;"
    f"AccountKey={KEY_BODY};EndpointSuffix=core.windows.net"
)
LAPTOP = {"WATCHDOG_TENANT_ID": TENANT, "WATCHDOG_TEAMS_URL": WEBHOOK}
AZURE = {
    **LAPTOP,
    "WATCHDOG_STORE": "https://contosowatchdog.table.core.windows.net",
    "WEBSITE_SITE_NAME": "contoso-watchdog",
    "WEBSITE_HOSTNAME": "contoso-watchdog.azurewebsites.net",
}
SIMULATOR = {
    "WATCHDOG_TENANT_ID": TENANT,
    "WATCHDOG_CREDENTIAL": "loopback",
    "WATCHDOG_GRAPH_URL": "http://127.0.0.1:8080",
    "WATCHDOG_TEAMS_URL": f"http://127.0.0.1:8080/workflows/0a1b?sig={CANARY}",
}


def read(environ: dict[str, str], command: Command = "watch") -> Settings:
    """The settings of an environment, judged with the real channels' own checks."""
    return Settings.from_environ(
        environ,
        command=command,
        check_webhook=check_webhook,
        check_ping=check_ping_url,
        check_window=check_window,
    )


def refused(environ: dict[str, str], command: Command = "watch") -> dict[str, str]:
    """What is wrong with an environment: the line of each problem by the setting's name."""
    with pytest.raises(SettingsError) as caught:
        read(environ, command)
    lines = str(caught.value).splitlines()
    problems = caught.value.problems
    assert lines == [str(problem) for problem in problems]
    assert all(problem.what_is_wrong and problem.what_would_be_right for problem in problems)
    assert len({problem.name for problem in problems}) == len(problems)
    return {problem.name: str(problem) for problem in problems}
