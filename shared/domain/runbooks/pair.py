"""Runbooks of what is wrong with the pair: two active servers, none, a stopped export, a standby.

Sources (Microsoft Learn, Entra ID, hybrid, connect): how-to-connect-sync-staging-server,
how-to-connect-sync-feature-prevent-accidental-deletes (pending deletes; the threshold of 500; let
one export through with the threshold off only when every delete is meant),
authenticate-application-id (the certificate is rotated by the scheduler, so not while it is
suspended; the wizard rotates it by hand), reference-connect-version-history (an old version stops
syncing), how-to-connect-health-agent-install (a server without the agent is not seen).
"""

from __future__ import annotations

from typing import Final

from shared.domain.runbooks.failover import DELETES
from shared.domain.runbooks.parts import SCHEDULER, Runbook, Step

_FULL_SYNC: Final = (
    "start a full sync on either server while both are active: it writes every difference."
)

_ONE_AGAIN: Final = (
    Step(
        "Watch one cycle of the server that stays active to its end, a delta one, with its export "
        "errors.",
        "Start-ADSyncSyncCycle -PolicyType Delta",
        "Result Success. Watch for objects that change to and fro in its exports.",
    ),
    Step(
        "Compare the two servers' settings: rules, filtered OUs, features. What differs was "
        "written in turns by both.",
    ),
    Step(
        "If password writeback is used, test one reset. If it fails, restart the sync service of "
        "the server that stays active: two active servers compete for its service bus.",
        "Restart-Service ADSync",
    ),
)

DUAL_ACTIVE: Final = Runbook(
    "Two servers are active",
    (
        Step(
            "On {to_staging}, open the Entra Connect wizard, configure staging mode, switch it on "
            "and finish. If you cannot sign in, power it off.",
            SCHEDULER,
            "StagingModeEnabled True there, False on {keep}.",
        ),
        *_ONE_AGAIN,
    ),
    (_FULL_SYNC, DELETES),
    "Open dual-active runbook",
)

RETURNED: Final = Runbook(
    "The former active server is back and exports",
    (
        Step(
            "If nobody switched back to {to_staging} on purpose: power it off or cut its network. "
            "Then start it isolated and switch staging mode on in its wizard.",
            SCHEDULER,
            "StagingModeEnabled True there, False on {keep}.",
        ),
        Step(
            "If it was on purpose, make sure that {keep} is in staging mode, and acknowledge this.",
            SCHEDULER,
            "StagingModeEnabled True on {keep}.",
        ),
        *_ONE_AGAIN,
    ),
    DUAL_ACTIVE.never,
    "Open dual-active runbook",
)

NO_ACTIVE: Final = Runbook(
    "No server is active",
    (
        Step(
            "On every server, is it in staging mode?",
            SCHEDULER,
            "StagingModeEnabled True everywhere confirms it. False somewhere: that one is active, "
            "and what the watchdog read is late.",
        ),
        Step("Is somebody failing over right now? Ask before you change anything."),
        Step(
            "Decide which server is to be active: {the_active} unless it was taken out on purpose. "
            "Look at its pending exports first: many unexpected deletes mean stop and ask.",
        ),
        Step(
            "On that one server only, open the Entra Connect wizard, configure staging mode, "
            "switch it off and finish. Then watch its first cycle.",
            "Start-ADSyncSyncCycle -PolicyType Delta",
            "Result Success, and a newer last sync in Entra.",
        ),
    ),
    ("take a second server out of staging mode: two active servers overwrite each other.", DELETES),
)

EXPORT_BLOCKED: Final = Runbook(
    "Exports are stopped: too many deletes",
    (
        Step(
            "Which objects does {the_active} want to delete? Synchronization Service Manager, "
            "Connectors, the Entra connector, Search Connector Space, scope Pending Export.",
        ),
        Step(
            "Find the cause in AD: an OU that was moved, deleted or taken out of the filter, a "
            "changed rule, a domain that could not be read.",
        ),
        Step(
            "If the deletes are a mistake, undo it in AD or in the settings, then start a cycle: "
            "the pending deletes vanish.",
            "Start-ADSyncSyncCycle -PolicyType Delta",
            "Result Success, and exports go on.",
        ),
        Step(
            "If every single delete is meant, let the owner of the directory confirm it, and "
            "follow Microsoft's guide to let one export through; then switch the protection on "
            "again.",
        ),
    ),
    (
        "switch the protection off before every delete is known and meant.",
        "fail over for this: the other server would export the same deletes, or stop again.",
    ),
    "Open repair runbook",
)

STANDBY_UNFIT: Final = Runbook(
    "The standby is not fit to take over",
    (
        Step(
            "On {subject}, does the scheduler run, and is it in staging mode?",
            SCHEDULER,
            "SyncCycleEnabled True, SchedulerSuspended False, StagingModeEnabled True.",
        ),
        Step(
            "Work through the failed checks on this page, the first one first. An old version is "
            "updated in place; a standby may be updated at any time of day.",
        ),
        Step(
            "Start a cycle there and watch its imports and syncs end without errors.",
            "Start-ADSyncSyncCycle -PolicyType Delta",
            "Result Success. In staging mode it exports nothing.",
        ),
        Step("If it cannot be repaired, rebuild it from the active server's exported settings."),
    ),
    ("take a standby out of staging mode to test it while the active server runs.",),
    "Open standby checklist",
)

STANDBY_MISSING: Final = Runbook(
    "A standby is missing",
    (
        Step(
            "Does {the_subject} exist and run? If so, is its Connect Health agent installed and "
            "registered?",
        ),
        Step(
            "If it was renamed or replaced, correct WATCHDOG_STANDBY_SERVERS; an entry of a "
            "removed server can be deleted in Connect Health.",
        ),
        Step(
            "If there is none, install Entra Connect on a second server from the active one's "
            "exported settings, in staging mode.",
            SCHEDULER,
            "StagingModeEnabled True there.",
        ),
    ),
    ("take the new server out of staging mode while the active server runs.",),
    "Open standby checklist",
)

HEALTH_ALERT: Final = Runbook(
    "Connect Health raised an alert",
    (
        Step(
            "Open the alert in the Entra admin center: Entra Connect, Connect Health, Sync "
            "services. Does it name {subject} or the whole service?",
        ),
        Step("Do what Connect Health advises there, on the server that it names."),
        Step(
            "Read the newest errors in the Application event log of that server, and the last "
            "runs in the Synchronization Service Manager, Operations.",
        ),
        Step("When it is repaired, the alert ends by itself, up to hours later."),
    ),
    ("fail over for an alert alone, while the active server syncs.", DELETES),
)

CERTIFICATE_ENDS: Final = Runbook(
    "A server's certificate ends soon",
    (
        Step(
            "On {subject}, is the scheduler suspended? Then nothing rotates the certificate.",
            SCHEDULER,
            "SyncCycleEnabled True, SchedulerSuspended False. If not, find out why and resume it.",
        ),
        Step(
            "Let a cycle run and look at the date again a day later: the server rotates its "
            "certificate itself.",
            "Start-ADSyncSyncCycle -PolicyType Delta",
        ),
        Step(
            "If the date stays, rotate it by hand: Entra Connect wizard, Configure, the task for "
            "the application certificate. After its end the server cannot sign in to Entra.",
        ),
    ),
    ("delete the application of a sync server: the server could not sign in any more.",),
)

SUPPORT_ENDS: Final = Runbook(
    "A server's version is supported no longer",
    (
        Step(
            "Which version runs on {subject}, and which one is current? The Entra admin center "
            "(Entra Connect, Get started) offers the newest.",
        ),
        Step(
            "Update the standby first, in place, and let it run a day in staging mode.",
            SCHEDULER,
            "StagingModeEnabled True and SyncCycleEnabled True after the update.",
        ),
        Step(
            "Then update the active server in office hours, or fail over on purpose and update "
            "the old one.",
        ),
    ),
    ("update both servers at the same time: nobody could take over.",),
)
