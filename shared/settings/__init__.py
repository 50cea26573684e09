"""Everything configurable, read from environment variables and validated at once.

The parts, in the order in which they are worth reading: `table` (every name, default and
meaning), `rules` (contradictions), `parsers`, `urls` and
`schedule` (one text each), `types` (the shapes).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, Literal
from zoneinfo import ZoneInfo

from shared.domain.cards.presentation import Person
from shared.secret import Secret
from shared.settings import maintenance
from shared.settings import rules as rules
from shared.settings.maintenance import ChecksWindow, MaintenanceWindow
from shared.settings.schedule import longest_gap
from shared.settings.table import SETTINGS
from shared.settings.types import (
    CLOUDS,
    Cloud,
    CloudHosts,
    ConnectHealth,
    CredentialKind,
    OfficeHours,
    PageAccess,
    SettingsError,
    SigningKey,
    StoreSetting,
    WeeklyTime,
    WrongValueError,
)
from shared.settings.urls import LOOPBACK_HOSTS, public_url

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shared.settings.rules import ChecksPing, ChecksWebhook, Report

# Azure/azure-functions-host, EnvironmentSettingNames.cs and EnvironmentExtensions.cs: the platform
# sets the first for App Service, and instead of it the third for Flex Consumption; all plans have
# the second and fourth. FUNCTIONS_WORKER_RUNTIME is absent on Flex and present on a laptop, so it
# says nothing. The last is Container Apps (Microsoft Learn, "Built-in environment variables").
_AZURE_MARKERS: Final = (
    "WEBSITE_INSTANCE_ID",
    "WEBSITE_SITE_NAME",
    "WEBSITE_POD_NAME",
    "WEBSITE_SKU",
    "CONTAINER_APP_NAME",
)
_EVERY_ADDRESS: Final = "0.0.0.0"  # noqa: S104  compared with, never bound to

Command = Literal["watch", "check"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the environment says, complete and free of contradictions.

    Attributes:
        schedule: NCRONTAB, six fields, UTC.
        schedule_period: The longest time between two ticks.
        tenant_id: The watched tenant, a GUID in lower case.
        tenant_name: Its name on cards; None means Graph's display name.
        cloud: The tenant's cloud; see `hosts`.
        graph_override: The simulator's Graph; see `hosts`, which is what to call.
        arm_override: The simulator's Resource Manager; see `hosts`.
        credential: Where tokens come from.
        azure_client_id: A user-assigned identity; None means the system-assigned one.
        store: Where state is kept.
        teams_url: The webhook; None only for the command `check`.
        teams_hosts: Further hosts of it, names or `*.` and a name, in lower case.
        on_call: Who is mentioned.
        sync_interval: The pair's cadence; None means read or learned.
        public_url: Base of the links on cards, without trailing slash; None when unknown.
        runbook_url: Template with `{verdict}` and `{incident}`; None means the built-in page.
        active_server: The server that is meant to be active.
        standby_servers: The servers that are meant to be in staging mode.
        silent_after: Floor for `SERVER_SILENT`.
        stalled_after: Floor for `SYNC_STALLED`.
        password_stalled_after: Floor for `PASSWORD_SYNC_STALLED`.
        blind_after: Unreadable for so long is `BLIND`.
        remind_every: Between two reminders.
        escalate_after: Without acknowledgement.
        escalate_to: Whom the escalation mentions.
        page_access: What opens an incident's page.
        connect_health: Whether it is read.
        ack_lapses_after: An acknowledged incident speaks again.
        dead_man_url: Pinged after a clean audit.
        signing_keys: For links, newest first; may be empty.
        time_zone: Of office hours and digest.
        office_hours: When somebody is at work.
        maintenance: The maintenance windows that stand in the setting.
        digest: When the digest is due.
        retention: How long history is kept.
        inside_azure: Whether the Azure platform runs this process.
        auth_enabled: Whether App Service authentication is on, so that its headers count.
    """

    schedule: str
    schedule_period: timedelta
    tenant_id: str
    tenant_name: str | None
    cloud: Cloud
    graph_override: str | None
    arm_override: str | None
    credential: CredentialKind
    azure_client_id: str | None
    store: StoreSetting
    teams_url: Secret | None
    teams_hosts: tuple[str, ...]
    on_call: tuple[Person, ...]
    sync_interval: timedelta | None
    public_url: str | None
    runbook_url: str | None
    active_server: str | None
    standby_servers: tuple[str, ...]
    silent_after: timedelta
    stalled_after: timedelta
    password_stalled_after: timedelta
    blind_after: timedelta
    remind_every: timedelta
    escalate_after: timedelta
    escalate_to: tuple[Person, ...]
    page_access: PageAccess
    connect_health: ConnectHealth
    ack_lapses_after: timedelta
    dead_man_url: Secret | None
    signing_keys: tuple[SigningKey, ...]
    time_zone: ZoneInfo
    office_hours: OfficeHours
    maintenance: tuple[MaintenanceWindow, ...]
    digest: WeeklyTime
    retention: timedelta
    inside_azure: bool
    auth_enabled: bool

    @property
    def hosts(self) -> CloudHosts:
        """The only hosts to call: the cloud's own, or the simulator's with its made-up token."""
        own = CLOUDS[self.cloud]
        if self.credential is not CredentialKind.LOOPBACK or self.graph_override is None:
            return own
        return replace(own, graph_url=self.graph_override, arm_url=self.arm_override)

    @classmethod
    def from_environ(
        cls,
        environ: Mapping[str, str],
        *,
        command: Command = "watch",
        check_webhook: ChecksWebhook,
        check_ping: ChecksPing | None = None,
        check_window: ChecksWindow | None = None,
    ) -> Settings:
        """Read all settings.

        Args:
            environ: The environment variables.
            command: `check` posts nothing and so needs no webhook.
            check_webhook: `shared.channels.teams.check_webhook`; settings import no channel.
            check_ping: `shared.channels.dead_man.check_ping_url`; without it only https or
                loopback is required of that URL.
            check_window: `shared.wiring.windows.check_window`; without it no recurrence rule is
                looked at.

        Raises:
            SettingsError: With every problem at once, by name.
        """
        report = rules.Report()
        values: dict[str, Any] = {item.field: report.read(item, environ) for item in SETTINGS}
        draft = cls(**(values | _derived(values, environ, report)))
        store_set = bool(environ.get("WATCHDOG_STORE", "").strip())
        rules.check_required(draft, report, posts=command == "watch")
        rules.check_azure(draft, report, store_set=store_set)
        rules.check_loopback(draft, report)
        rules.check_webhook_with(check_webhook, draft, report)
        if check_ping is not None:
            rules.check_ping_with(check_ping, draft, report)
        rules.check_cloud(draft, report)
        rules.check_times(draft, report)
        rules.check_servers(draft, report)
        if check_window is not None:
            maintenance.check_with(check_window, draft, report)
        rules.check_names(environ, report)
        problems = report.problems()
        if problems:
            raise SettingsError(problems)
        return draft


def _derived(
    values: Mapping[str, Any], environ: Mapping[str, str], report: Report
) -> dict[str, object]:
    """What follows from other settings and from the platform."""
    azure = is_inside_azure(environ)
    schedule = values["schedule"]
    return {
        "schedule_period": longest_gap(schedule) if schedule else timedelta(0),
        "page_access": values["page_access"] or (PageAccess.ENTRA if azure else PageAccess.LINK),
        "public_url": values["public_url"] or _own_url(environ, report),
        "inside_azure": azure,
        "auth_enabled": environ.get("WEBSITE_AUTH_ENABLED", "").strip().lower() == "true",
    }


def is_inside_azure(environ: Mapping[str, str]) -> bool:
    """Whether the Azure platform runs this process.

    Core Tools on a laptop set `WEBSITE_HOSTNAME` too, to localhost and a port.
    """
    host, _ = _hostname(environ)
    marked = any(environ.get(marker, "").strip() for marker in _AZURE_MARKERS)
    return marked or host not in {"", *LOOPBACK_HOSTS}


def _hostname(environ: Mapping[str, str]) -> tuple[str, str]:
    """The host and the port, with its colon, of `WEBSITE_HOSTNAME`."""
    host, colon, port = environ.get("WEBSITE_HOSTNAME", "").strip().lower().partition(":")
    return ("localhost" if host == _EVERY_ADDRESS else host), colon + port


def _own_url(environ: Mapping[str, str], report: Report) -> str | None:
    host, port = _hostname(environ)
    if not host or not report.fine("WATCHDOG_PUBLIC_URL"):
        return None
    try:
        return public_url(f"{'http' if host in LOOPBACK_HOSTS else 'https'}://{host}{port}")
    except WrongValueError as error:
        what = "is unset, and WEBSITE_HOSTNAME is not a host name"
        report.add("WATCHDOG_PUBLIC_URL", what, error.right)
        return None
