"""Runbooks of a sync that stalled, and of what is wrong with the tenant, a clock or the watchdog.

Sources (Microsoft Learn, Entra ID, hybrid, connect): how-to-connect-sync-feature-scheduler,
tshoot-connect-password-hash-synchronization (`Invoke-ADSyncDiagnostics -PasswordSync`).
"""

from __future__ import annotations

from typing import Final

from shared.domain.runbooks.failover import DELETES, TWO_ACTIVE
from shared.domain.runbooks.parts import SCHEDULER, Runbook, Step

SYNC_STALLED: Final = Runbook(
    "Object sync stalled",
    (
        Step(
            "On {the_active}, is a long cycle in progress, the scheduler suspended, or the wizard "
            "open?",
            SCHEDULER,
            "SyncCycleInProgress True: a cycle runs, let it. SchedulerSuspended True: somebody "
            "has the wizard open or suspended it. SyncCycleEnabled False: it was switched off.",
        ),
        Step(
            "Close a wizard that was left open on {active}; while it is open nothing syncs.",
            "quser",
            "Who is signed in there, also in a disconnected session.",
        ),
        Step(
            "If the scheduler was switched off and nobody knows why, ask first; then switch it on.",
            "Set-ADSyncScheduler -SyncCycleEnabled $true",
        ),
        Step(
            "Open the Synchronization Service Manager, Operations: which run profile failed or "
            "still runs? A stop by accidental-delete protection names the number of deletes.",
        ),
        Step(
            "When nothing runs, start a cycle and watch it to its end.",
            "Start-ADSyncSyncCycle -PolicyType Delta",
            "Result Success, and a newer last sync in Entra.",
        ),
    ),
    (
        TWO_ACTIVE,
        "stop a cycle that makes progress: the next one starts from the beginning.",
        DELETES,
    ),
)

PASSWORD_SYNC_STALLED: Final = Runbook(
    "Password hash sync stalled",
    (
        Step(
            "On {the_active}, what does the password sync diagnosis say?",
            "Invoke-ADSyncDiagnostics -PasswordSync",
            "It names the broken link: the feature, staging mode, a domain, or permissions.",
        ),
        Step(
            "Check that {active} reaches a domain controller of every synced domain, and that its "
            "AD account still has both Replicate Directory Changes permissions.",
        ),
        Step(
            "Read the Application event log of {active} for password sync errors.",
            "Get-WinEvent -FilterHashtable @{LogName='Application'; Id=611} -MaxEvents 5",
            "Event 611 is a failed password sync and says why.",
        ),
        Step("Restart the sync service if no cycle is in progress.", "Restart-Service ADSync"),
    ),
    (
        "fail over for this alone: two active servers are worse than late passwords.",
        "switch password hash sync off and on to repair it before the diagnosis was read.",
    ),
)

SYNC_DISABLED: Final = Runbook(
    "Directory sync is switched off in the tenant",
    (
        Step(
            "Did somebody switch directory sync off on purpose? Search the Entra audit log for a "
            "change of the company settings, and ask who made it.",
        ),
        Step(
            "If it was on purpose, tell the team that users and groups are managed in the cloud "
            "now, and stop the watchdog for this tenant: its reminders end after the third.",
        ),
        Step(
            "If not, treat it as a security incident first: it takes a highly privileged role. "
            "Then plan with Microsoft's guide how to switch sync on again.",
        ),
    ),
    (
        "switch it on again before you know who switched it off and why.",
        "fail over: the switch is in the tenant, so no other server can help.",
    ),
)

NEVER_SYNCED: Final = Runbook(
    "The tenant has never synced",
    (
        Step(
            "Is this the right tenant, and has Entra Connect been set up for it? The Entra admin "
            "center (Entra Connect, Connect Sync) shows its last sync.",
        ),
        Step("If this is the wrong tenant, correct WATCHDOG_TENANT_ID."),
        Step(
            "If it did sync before, check whether the server is still installed and whether "
            "directory sync was switched off long ago.",
            SCHEDULER,
            "On {the_active}: SyncCycleEnabled True, StagingModeEnabled False.",
        ),
    ),
    ("switch directory sync on in a tenant before you know that it is the right one.",),
)

CLOCK_SUSPECT: Final = Runbook(
    "A clock cannot be right",
    (
        Step(
            "Read the last sync by hand in the Entra admin center (Entra Connect, Connect Sync) "
            "and compare it with a clock that you trust.",
        ),
        Step(
            "Check the clock of the machine that runs the watchdog; in Azure, restart the app.",
            "w32tm /query /status",
            "A recent successful sync with a time source.",
        ),
        Step(
            "Check the clock of {the_active} and of its domain controllers.",
            "w32tm /stripchart /computer:time.windows.com /samples:3 /dataonly",
            "Offsets below a few seconds.",
        ),
    ),
    (
        "fail over because of a time that cannot be right.",
        "set a domain controller's clock by hand: signing in depends on it.",
    ),
)

BLIND: Final = Runbook(
    "The watchdog is blind",
    (
        Step(
            "Read the last sync by hand in the Entra admin center (Entra Connect, Connect Sync), "
            "and again every 30 minutes until the watchdog sees.",
        ),
        Step(
            "forbidden: look at the permissions of the watchdog's identity on Microsoft Graph; "
            "Organization.Read.All must be granted with admin consent.",
        ),
        Step(
            "unreachable, timeout or throttled: look at the Microsoft 365 service health and at "
            "the network of the function app.",
        ),
        Step("malformed: Graph answered something unknown. Read the app's log and report it."),
    ),
    (
        "take this card for a sync outage: it says nothing about sync.",
        "fail over while nobody has looked by hand.",
    ),
)
