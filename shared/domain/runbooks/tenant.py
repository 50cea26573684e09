"""Runbooks of a sync that stalled, and of what is wrong with the tenant, a clock or the watchdog.

Sources (Microsoft Learn, Entra ID, hybrid, connect): how-to-connect-sync-feature-scheduler,
tshoot-connect-password-hash-synchronization (`Invoke-ADSyncDiagnostics -PasswordSync`; event 611),
how-to-connect-health-alert-catalog (restart the sync service where password sync stopped).
"""

from __future__ import annotations

from typing import Final

from shared.domain.runbooks import people, steps_confirm
from shared.domain.runbooks.failover import DELETES, TWO_ACTIVE
from shared.domain.runbooks.parts import DELTA, SCHEDULER, SYNC_MANAGER, Phase, Runbook, Step

_ACTIVE: Final = "{active}: PowerShell as administrator"
_ADMIN_CENTER: Final = "Entra admin center, Entra Connect, Connect Sync"

SYNC_STALLED: Final = Runbook(
    id="sync-stalled",
    title="Object sync stalled",
    when="`SYNC_STALLED`.",
    steps=(
        steps_confirm.STUCK,
        steps_confirm.OPEN_WIZARD,
        steps_confirm.SWITCHED_OFF,
        Step(
            id="which-run",
            phase=Phase.REPAIR,
            do="Open the Synchronization Service Manager, Operations: which run profile failed or "
            "still runs? A stop by accidental-delete protection names the number of deletes.",
            verify="You know which run stopped and with which error, or that none did.",
            where=f"{{active}}: {SYNC_MANAGER}",
        ),
        Step(
            id="cycle-after-stall",
            phase=Phase.VERIFY,
            do="When nothing runs, start a cycle and watch it to its end.",
            verify="Result Success, and a newer last sync in Entra.",
            command=DELTA,
            where=_ACTIVE,
        ),
    ),
    never=(
        TWO_ACTIVE,
        "stop a cycle that makes progress: the next one starts from the beginning.",
        DELETES,
    ),
    call=(people.ENGINEER, people.SERVERS, people.DIRECTORY, people.OWNER),
)

PASSWORD_SYNC_STALLED: Final = Runbook(
    id="password-sync-stalled",
    title="Password hash sync stalled",
    when="`PASSWORD_SYNC_STALLED`.",
    steps=(
        Step(
            id="password-diagnosis",
            phase=Phase.CONFIRM,
            do="On {the_active}, what does the password sync diagnosis say?",
            verify="It names the broken link: the feature, staging mode, a domain, or permissions.",
            command="Invoke-ADSyncDiagnostics -PasswordSync",
            where=_ACTIVE,
        ),
        Step(
            id="password-rights",
            phase=Phase.CONFIRM,
            do="Check that {active} reaches a domain controller of every synced domain, and that "
            "its AD account still has both Replicate Directory Changes permissions.",
            verify="Every domain answers, and the account has both permissions in each.",
        ),
        Step(
            id="password-events",
            phase=Phase.CONFIRM,
            do="Read the Application event log of {active} for password sync errors.",
            verify="Event 611 is a failed password sync and says why.",
            command="Get-WinEvent -FilterHashtable @{LogName='Application'; Id=611} -MaxEvents 5",
            where=_ACTIVE,
        ),
        Step(
            id="restart-for-passwords",
            phase=Phase.REPAIR,
            do="Restart the sync service of {active} if no cycle is in progress.",
            verify="The diagnosis names no broken link, and event 654 comes at least every 30 "
            "minutes.",
            command="Restart-Service ADSync",
            where=_ACTIVE,
        ),
    ),
    never=(
        "fail over for this alone: two active servers are worse than late passwords.",
        "switch password hash sync off and on to repair it before the diagnosis was read.",
    ),
    call=(people.ENGINEER, people.DIRECTORY, people.DESK),
)

SYNC_DISABLED: Final = Runbook(
    id="sync-disabled",
    title="Directory sync is switched off in the tenant",
    when="`SYNC_DISABLED`.",
    steps=(
        Step(
            id="who-disabled",
            phase=Phase.CONFIRM,
            do="Did somebody switch directory sync off on purpose? Search the Entra audit log for "
            "a change of the company settings, and ask who made it.",
            verify="You know who did it, when, and whether it was meant.",
            where="Entra admin center, audit logs",
        ),
        Step(
            id="disabled-on-purpose",
            phase=Phase.AFTERWARDS,
            do="If it was on purpose, tell the team that users and groups are managed in the cloud "
            "now, and stop the watchdog for this tenant: its reminders end after the third.",
            verify="The team knows, and the incident is acknowledged.",
        ),
        Step(
            id="disabled-by-stranger",
            phase=Phase.AFTERWARDS,
            do="If not, treat it as a security incident first: it takes a highly privileged role. "
            "Then plan with Microsoft's guide how to switch sync on again.",
            verify="The security team has taken over, and the plan has a date.",
        ),
    ),
    never=(
        "switch it on again before you know who switched it off and why.",
        "fail over: the switch is in the tenant, so no other server can help.",
    ),
    call=(people.OWNER, people.SECURITY, people.ENGINEER, people.MICROSOFT),
)

NEVER_SYNCED: Final = Runbook(
    id="never-synced",
    title="The tenant has never synced",
    when="`NEVER_SYNCED`.",
    steps=(
        Step(
            id="right-tenant",
            phase=Phase.CONFIRM,
            do="Is this the right tenant, and has Entra Connect been set up for it? The Entra "
            "admin center (Entra Connect, Connect Sync) shows its last sync.",
            verify="The tenant's name and id are those you meant.",
            where=_ADMIN_CENTER,
        ),
        Step(
            id="wrong-tenant",
            phase=Phase.REPAIR,
            do="If this is the wrong tenant, correct WATCHDOG_TENANT_ID.",
            verify="The next card or the status page names the right tenant.",
            where="App settings of the watchdog",
        ),
        Step(
            id="synced-before",
            phase=Phase.REPAIR,
            do="If it did sync before, check whether the server is still installed and whether "
            "directory sync was switched off long ago.",
            verify="On {the_active}: SyncCycleEnabled True, StagingModeEnabled False.",
            command=SCHEDULER,
            where=_ACTIVE,
        ),
    ),
    never=("switch directory sync on in a tenant before you know that it is the right one.",),
    call=(people.ENGINEER, people.WATCHDOG, people.OWNER),
)

CLOCK_SUSPECT: Final = Runbook(
    id="clock-suspect",
    title="A clock cannot be right",
    when="`CLOCK_SUSPECT`.",
    steps=(
        Step(
            id="last-sync-by-clock",
            phase=Phase.CONFIRM,
            do="Read the last sync by hand in the Entra admin center (Entra Connect, Connect Sync) "
            "and compare it with a clock that you trust.",
            verify="You know how old the last sync really is.",
            where=_ADMIN_CENTER,
        ),
        Step(
            id="watchdog-clock",
            phase=Phase.REPAIR,
            do="Check the clock of the machine that runs the watchdog; in Azure, restart the app.",
            verify="A recent successful sync with a time source.",
            command="w32tm /query /status",
            where="The machine of the watchdog",
        ),
        Step(
            id="server-clock",
            phase=Phase.REPAIR,
            do="Check the clock of {the_active} and of its domain controllers.",
            verify="Offsets below a few seconds.",
            command="w32tm /stripchart /computer:time.windows.com /samples:3 /dataonly",
            where=_ACTIVE,
        ),
    ),
    never=(
        "fail over because of a time that cannot be right.",
        "set a domain controller's clock by hand: signing in depends on it.",
    ),
    call=(people.ENGINEER, people.WATCHDOG, people.DIRECTORY),
)

BLIND: Final = Runbook(
    id="blind",
    title="The watchdog is blind",
    when="`BLIND`.",
    steps=(
        Step(
            id="last-sync-by-hand",
            phase=Phase.CONFIRM,
            do="Read the last sync by hand in the Entra admin center (Entra Connect, Connect "
            "Sync), and again every 30 minutes until the watchdog sees.",
            verify="A time within the last hour; an older one is an outage of its own.",
            where=_ADMIN_CENTER,
        ),
        Step(
            id="blind-forbidden",
            phase=Phase.REPAIR,
            do="forbidden: look at the permissions of the watchdog's identity on Microsoft Graph; "
            "Organization.Read.All must be granted with admin consent.",
            verify="The permission is listed as granted, and the next read succeeds.",
            where="Entra admin center, enterprise applications",
        ),
        Step(
            id="blind-unreachable",
            phase=Phase.REPAIR,
            do="unreachable, timeout or throttled: look at the Microsoft 365 service health and at "
            "the network of the function app.",
            verify="The next read succeeds, or Microsoft reports an outage.",
        ),
        Step(
            id="blind-malformed",
            phase=Phase.REPAIR,
            do="malformed: Graph answered something unknown. Read the app's log and report it.",
            verify="The report says what was asked and what was answered.",
            where="Log of the watchdog",
        ),
    ),
    never=(
        "take this card for a sync outage: it says nothing about sync.",
        "fail over while nobody has looked by hand.",
    ),
    call=(people.WATCHDOG, people.ENGINEER, people.MICROSOFT),
)
