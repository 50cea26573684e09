"""Every setting: its name, its meaning, its default and how it is read.

`docs/settings.md` shows this table, and a test compares the two.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from shared.settings import maintenance
from shared.settings import parsers as read
from shared.settings import urls as place
from shared.settings.schedule import schedule
from shared.settings.types import Cloud, ConnectHealth, CredentialKind, PageAccess


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One environment variable.

    Attributes:
        name: The variable.
        field: The attribute of `Settings` that holds its value.
        parse: Reads its text; raises `WrongValueError`.
        meaning: One sentence for the cloud team.
        example: A right value.
        default: The text that stands in for an unset variable; None when there is none.
        default_note: What happens when it is unset, where that is not simply `default`.
        unset: The value without text and default.
    """

    name: str
    field: str
    parse: Callable[[str], object]
    meaning: str
    example: str
    default: str | None = None
    default_note: str = ""
    unset: object = None


SETTINGS: Final = (
    Setting(
        name="WATCHDOG_SCHEDULE",
        field="schedule",
        parse=schedule,
        meaning="When the watchdog looks: an NCRONTAB expression with six fields, seconds first, "
        "in UTC; every day, at least hourly, at most once a minute",
        default="0 */5 * * * *",
        example="30 */5 * * * *",
    ),
    Setting(
        name="WATCHDOG_TENANT_ID",
        field="tenant_id",
        parse=read.guid,
        meaning="The id of the tenant that is watched",
        default_note="required",
        example="8f0c2f5e-3a5b-4b9a-9a3b-2f6f0f4f9d11",
    ),
    Setting(
        name="WATCHDOG_TENANT_NAME",
        field="tenant_name",
        parse=read.label,
        meaning="The tenant's name on cards",
        default_note="the display name in Graph",
        example="Contoso",
    ),
    Setting(
        name="WATCHDOG_CLOUD",
        field="cloud",
        parse=read.choice(Cloud),
        meaning="The tenant's cloud (`public`, `usgov`, `dod` or `china`): the only Graph "
        "and storage hosts that are ever called",
        default="public",
        example="usgov",
    ),
    Setting(
        name="WATCHDOG_GRAPH_URL",
        field="graph_override",
        parse=place.loopback_url,
        meaning="The simulator's Graph; only a loopback address, only with "
        "`WATCHDOG_CREDENTIAL=loopback`",
        default_note="the cloud's own host",
        example="http://127.0.0.1:8080",
    ),
    Setting(
        name="WATCHDOG_ARM_URL",
        field="arm_override",
        parse=place.loopback_url,
        meaning="The simulator's Resource Manager (Connect Health); likewise",
        default_note="the cloud's own host",
        example="http://127.0.0.1:8080",
    ),
    Setting(
        name="WATCHDOG_CREDENTIAL",
        field="credential",
        parse=read.choice(CredentialKind),
        meaning="How to sign in: `managed_identity`, `developer` (az login and the like; not in "
        "Azure) or `loopback` (a made-up token for the simulator; not in Azure, and every address "
        "must be loopback)",
        default="managed_identity",
        example="developer",
    ),
    Setting(
        name="AZURE_CLIENT_ID",
        field="azure_client_id",
        parse=read.guid,
        meaning="The client id of a user-assigned identity",
        default_note="the system-assigned identity",
        example="0b6c1b0e-7d0f-4d0c-8b53-6f0d5d3f7a10",
    ),
    Setting(
        name="WATCHDOG_STORE",
        field="store",
        parse=place.store,
        meaning="Where the state is kept: the table endpoint of a storage account (opened by the "
        "identity), a storage connection string (a secret), or a SQLite file (not in Azure)",
        default="sqlite:///watchdog.db",
        default_note="`sqlite:///watchdog.db`; in Azure required",
        example="https://contosowatchdog.table.core.windows.net",
    ),
    Setting(
        name="WATCHDOG_TEAMS_URL",
        field="teams_url",
        parse=place.webhook,
        meaning="The Workflows webhook of the channel that gets the cards; a secret",
        default_note="required (not by `check`)",
        example="@Microsoft.KeyVault(SecretUri=https://contoso.vault.azure.net/secrets/teams-url)",
    ),
    Setting(
        name="WATCHDOG_TEAMS_HOSTS",
        field="teams_hosts",
        parse=place.host_names,
        meaning="Further hosts that the webhook may have, such as a sovereign cloud's; `*.` "
        "stands for all names below",
        default_note="none",
        example="*.logic.azure.us",
        unset=(),
    ),
    Setting(
        name="WATCHDOG_ON_CALL",
        field="on_call",
        parse=read.people,
        meaning="Who is mentioned on cards: `Name <upn>`",
        default_note="nobody",
        example="On-call Identity <oncall@contoso.com>",
        unset=(),
    ),
    Setting(
        name="WATCHDOG_SYNC_INTERVAL",
        field="sync_interval",
        parse=read.duration("PT30M", "P7D"),
        # Microsoft Learn, "Microsoft Entra Connect Sync: Scheduler": the service allows 30 minutes
        # (AllowedSyncCycleInterval) or more, and a delta import must happen within 7 days.
        meaning="The sync cycle of the pair, if it was changed",
        default_note="read from Graph, else learned, else `PT30M`",
        example="PT1H",
    ),
    Setting(
        name="WATCHDOG_PUBLIC_URL",
        field="public_url",
        parse=place.public_url,
        meaning="The address of this app in the links on cards",
        default_note="`https://$WEBSITE_HOSTNAME`",
        example="https://watchdog.contoso.com",
    ),
    Setting(
        name="WATCHDOG_RUNBOOK_URL",
        field="runbook_url",
        parse=place.runbook_url,
        meaning="Your own runbook; `{verdict}` and `{incident}` are filled in",
        default_note="the built-in page",
        example="https://wiki.contoso.com/entra-connect#{verdict}",
    ),
    Setting(
        name="WATCHDOG_ACTIVE_SERVER",
        field="active_server",
        parse=read.server,
        meaning="The server that the team means to be active; if evidence disagrees, cards say so",
        default_note="none",
        example="SYNC-A",
    ),
    Setting(
        name="WATCHDOG_STANDBY_SERVERS",
        field="standby_servers",
        parse=read.servers,
        meaning="The servers that the team means to be in staging mode; likewise",
        default_note="none",
        example="SYNC-B",
        unset=(),
    ),
    Setting(
        name="WATCHDOG_SILENT_AFTER",
        field="silent_after",
        parse=read.duration("PT15M", "P7D"),
        meaning="No sign of life for so long: the server is silent (`PT15M` to `P7D`)",
        default="PT60M",
        example="PT90M",
    ),
    Setting(
        name="WATCHDOG_STALLED_AFTER",
        field="stalled_after",
        parse=read.duration("PT30M", "P7D"),
        meaning="No object sync for so long while passwords still sync: it is stalled "
        "(`PT30M` to `P7D`)",
        default="PT3H",
        example="PT4H",
    ),
    Setting(
        name="WATCHDOG_PASSWORD_STALLED_AFTER",
        field="password_stalled_after",
        parse=read.duration("PT15M", "P7D"),
        meaning="No password sync for so long while objects still sync: it is stalled "
        "(`PT15M` to `P7D`)",
        default="PT2H",
        example="PT3H",
    ),
    Setting(
        name="WATCHDOG_BLIND_AFTER",
        field="blind_after",
        parse=read.duration("PT5M", "P1D"),
        meaning="Graph unreadable for so long: the watchdog is blind (`PT5M` to `P1D`)",
        default="PT30M",
        example="PT45M",
    ),
    Setting(
        name="WATCHDOG_REMIND_EVERY",
        field="remind_every",
        parse=read.duration("PT5M", "P1D"),
        meaning="Time between the reminders of an open incident (`PT5M` to `P1D`)",
        default="PT30M",
        example="PT1H",
    ),
    Setting(
        name="WATCHDOG_ESCALATE_AFTER",
        field="escalate_after",
        parse=read.duration("PT1M", "P1D"),
        meaning="Escalate when nobody acknowledged for so long (`PT1M` to `P1D`)",
        default="PT15M",
        example="PT30M",
    ),
    Setting(
        name="WATCHDOG_ESCALATE_TO",
        field="escalate_to",
        parse=read.people,
        meaning="Who is mentioned when it escalates: `Name <upn>`",
        default_note="nobody",
        example="Identity lead <identity-lead@contoso.com>",
        unset=(),
    ),
    Setting(
        name="WATCHDOG_PAGE_ACCESS",
        field="page_access",
        parse=read.choice(PageAccess),
        meaning="What opens an incident's page: `entra` (sign-in) or `link` (the signed link "
        "suffices; in Azure it needs `WATCHDOG_SIGNING_KEYS`)",
        default_note="`entra` in Azure, `link` elsewhere",
        example="entra",
    ),
    Setting(
        name="WATCHDOG_CONNECT_HEALTH",
        field="connect_health",
        parse=read.choice(ConnectHealth),
        meaning="Whether to read Connect Health: `auto` (where it answers), `on` (required: "
        "unreadable for `WATCHDOG_BLIND_AFTER` means blind) or `off`",
        default="auto",
        example="off",
    ),
    Setting(
        name="WATCHDOG_ACK_LAPSES_AFTER",
        field="ack_lapses_after",
        parse=read.duration("PT15M", "P7D"),
        meaning="An acknowledged incident that is still open speaks again after so long "
        "(`PT15M` to `P7D`)",
        default="PT4H",
        example="PT8H",
    ),
    Setting(
        name="WATCHDOG_DEAD_MAN_URL",
        field="dead_man_url",
        parse=place.dead_man_url,
        meaning="An outside monitor that is pinged after each clean audit; a secret",
        default_note="none",
        example="@Microsoft.KeyVault(SecretUri=https://contoso.vault.azure.net/secrets/dead-man-url)",
    ),
    Setting(
        name="WATCHDOG_SIGNING_KEYS",
        field="signing_keys",
        parse=read.signing_keys,
        meaning="Keys that sign links, `id:base64`, 32 bytes or more each, newest first; a secret",
        default_note="none",
        example="@Microsoft.KeyVault(SecretUri=https://contoso.vault.azure.net/secrets/signing-keys)",
        unset=(),
    ),
    Setting(
        name="WATCHDOG_TIME_ZONE",
        field="time_zone",
        parse=read.time_zone,
        meaning="The time zone of office hours and digest, an IANA name; cards say UTC",
        default="UTC",
        example="Europe/Zurich",
    ),
    Setting(
        name="WATCHDOG_OFFICE_HOURS",
        field="office_hours",
        parse=read.office_hours,
        meaning="When somebody is at work: cards that can wait (an unfit standby, a deadline) "
        "come only then",
        default="Mon-Fri 08:00-17:00",
        example="Sun-Thu 07:30-18:00",
    ),
    Setting(
        name="WATCHDOG_MAINTENANCE",
        field="maintenance",
        parse=maintenance.windows,
        meaning="Maintenance windows, in which nobody gets a card: local start, length (`PT5M` to "
        "`P7D`), an RFC 5545 rule if it repeats, a title",
        default_note="none",
        example="2026-12-06T22:00 PT4H FREQ=MONTHLY;BYDAY=1SU Patch night; "
        "2026-12-24T08:00 P2D Freeze",
        unset=(),
    ),
    Setting(
        name="WATCHDOG_DIGEST",
        field="digest",
        parse=read.weekly_time,
        meaning="When the weekly digest is posted, in `WATCHDOG_TIME_ZONE`",
        default="Mon 08:00",
        example="Tue 09:30",
    ),
    Setting(
        name="WATCHDOG_RETENTION",
        field="retention",
        parse=read.duration("P90D", "P3650D"),
        meaning="How long history is kept (`P90D` to `P3650D`; the rhythm is learned from 90 days)",
        default="P400D",
        example="P180D",
    ),
)
