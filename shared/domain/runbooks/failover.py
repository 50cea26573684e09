"""Runbooks of a sync that stopped: failing over, repairing without, and what comes after.

Sources (Microsoft Learn, Entra ID, hybrid, connect): how-to-connect-sync-staging-server (one
active server only; the old one into staging, or off and isolated, before the other is promoted;
pending exports; password hashes catch up; a second active server breaks password writeback's
service bus), how-to-connect-sync-feature-scheduler (`Get-ADSyncScheduler` and its fields; a
wizard left open suspends the scheduler), how-to-connect-sync-feature-prevent-accidental-deletes,
tshoot-connect-password-hash-synchronization (`Invoke-ADSyncDiagnostics -PasswordSync`),
reference-connect-accounts-permissions (each server has an AD account of its own, `MSOL_` and a
number). The wizard's tasks are described, not quoted: their wording differs between versions.
"""

from __future__ import annotations

from typing import Final

from shared.domain.runbooks.parts import SCHEDULER, Runbook, Step

TWO_ACTIVE: Final = (
    "make {standby} active while {active} may still run: two active servers overwrite each other."
)
DELETES: Final = "switch off the protection against accidental deletes to get a cycle through."
_COMES_BACK: Final = "let {active} come back before it is certain to be in staging mode."

_DELTA: Final = "Start-ADSyncSyncCycle -PolicyType Delta"
_RUNNING: Final = Step(
    "Is {the_active} running? Look at its console or hypervisor, then sign in to it.",
    "Get-Service ADSync",
    "Status Running. If the service is stopped, start it: Start-Service ADSync.",
)
_SCHEDULED: Final = Step(
    "Look at the scheduler of {active}.",
    SCHEDULER,
    "SyncCycleEnabled True, SchedulerSuspended False, StagingModeEnabled False. If staging mode "
    "is on, another server is meant to be active: find out which.",
)
_CONNECTED: Final = Step(
    "Test its way to the cloud: DNS, proxy, firewall, certificates. Read the newest errors in its "
    "Application event log.",
    "Test-NetConnection login.microsoftonline.com -Port 443",
    "TcpTestSucceeded True; behind a proxy this test may fail although sync works.",
)
_CYCLE: Final = Step(
    "If the service runs and no cycle is in progress, start one.",
    _DELTA,
    "Result Success, and soon afterwards a newer last sync in Entra.",
)

_CHECK_STANDBY: Final = Step(
    "Check that {the_standby} is fit: it runs, is in staging mode, has the same version and "
    "settings, and its imports and syncs end without errors.",
    SCHEDULER,
    "StagingModeEnabled True and SyncCycleEnabled True there.",
)
_STOP_OLD: Final = Step(
    "Stop {the_active} first. If you can sign in, switch staging mode on in its Entra Connect "
    "wizard; if not, power it off and disconnect its network.",
    SCHEDULER,
    "StagingModeEnabled True on {active}: it cannot export any more.",
)
_PENDING: Final = Step(
    "On {standby}, look at what it would export: Synchronization Service Manager, Connectors, the "
    "Entra connector, Search Connector Space, scope Pending Export. Many unexpected deletes mean "
    "stop and ask. The protection against accidental deletes stays on.",
)
_PROMOTE: Final = Step(
    "On {standby}, open the Entra Connect wizard: Configure, then the task that configures "
    "staging mode. Sign in, switch staging mode off, leave the start of synchronization ticked, "
    "and finish.",
    SCHEDULER,
    "StagingModeEnabled False. Close the wizard: while it is open nothing syncs.",
)
_FIRST_CYCLE: Final = Step(
    "Watch the first cycle of {standby} to its end; start one if none begins within minutes.",
    _DELTA,
    "No run in Get-ADSyncConnectorRunStatus, and a newer last sync in Entra.",
)
_EXPORT_ERRORS: Final = Step(
    "Watch its export errors for the first cycles (Synchronization Service Manager, Operations). "
    "completed-export-errors with permission-issue: its own AD account, MSOL_xxxx, lacks rights "
    "that the old server's account had. Grant it the same.",
)
_PASSWORDS: Final = Step(
    "Let password hashes catch up, up to hours on a server that was long in staging. If password "
    "writeback is used, test one reset; restart the sync service of {standby} if it fails.",
    "Invoke-ADSyncDiagnostics -PasswordSync",
    "Password hash sync is enabled and its last cycle succeeded.",
)
_ISOLATE: Final = Step(
    "Before {active} starts again, isolate it: boot it without network, switch staging mode on in "
    "its wizard or leave it off for good, and only then connect it.",
    SCHEDULER,
    "StagingModeEnabled True on {active}.",
)

_TO_FAIL_OVER: Final = (_STOP_OLD, _PENDING, _PROMOTE, _FIRST_CYCLE, _EXPORT_ERRORS, _PASSWORDS)

SERVER_SILENT: Final = Runbook(
    "The sync server is silent",
    (
        _RUNNING,
        _SCHEDULED,
        _CONNECTED,
        _CYCLE,
        Step("If it cannot be repaired soon, decide on a failover; the next steps are in order."),
        _CHECK_STANDBY,
        *_TO_FAIL_OVER,
        _ISOLATE,
    ),
    (TWO_ACTIVE, _COMES_BACK, DELETES),
)

FAIL_OVER: Final = Runbook(
    "Fail over to the standby",
    (*_TO_FAIL_OVER, _ISOLATE),
    (TWO_ACTIVE, _COMES_BACK, DELETES),
    "Open failover runbook",
)
"""The standby is fit: stop the old one, then promote. Its checks were made by the watchdog."""

CHECK_THEN_FAIL_OVER: Final = Runbook(
    "Check first, then decide",
    (_RUNNING, _CHECK_STANDBY, _SCHEDULED, _CONNECTED, _CYCLE, *_TO_FAIL_OVER, _ISOLATE),
    (TWO_ACTIVE, _COMES_BACK, DELETES),
    "Open failover runbook",
)

REPAIR: Final = Runbook(
    "Repair the active server: do not fail over",
    (
        _RUNNING,
        _SCHEDULED,
        _CONNECTED,
        _CYCLE,
        Step(
            "Repair the standby as well, as far as its failed checks say, so that there is a "
            "choice: update it, let it sync, or rebuild it in staging mode.",
        ),
        Step(
            "If {active} is lost, install a new server from the exported settings, first in "
            "staging mode.",
        ),
    ),
    ("make a server active that is not fit: it cannot sync, or exports what is wrong.", DELETES),
    "Open repair runbook",
)

SITE_DOWN: Final = Runbook(
    "Both servers are silent: do not fail over",
    (
        Step(
            "Is the site of {the_active} and {standby} up: power, network, hypervisor? Can other "
            "machines there reach the internet?",
        ),
        Step(
            "Does Active Directory answer? Sign in to a domain controller.",
            "dcdiag /test:connectivity",
            "Every domain controller passes.",
        ),
        Step(
            "Look at the proxy, firewall and DNS changes of today: both servers use the same way "
            "to the cloud.",
            "Test-NetConnection login.microsoftonline.com -Port 443",
            "TcpTestSucceeded True; behind a proxy this test may fail although sync works.",
        ),
        Step(
            "When the site is back, watch the first cycle of {active}; {standby} stays in staging "
            "mode.",
            SCHEDULER,
            "StagingModeEnabled False on {active}, True on {standby}.",
        ),
    ),
    ("make {standby} active while the cause is unknown: it has the same one.", DELETES),
    "Open repair runbook",
)

AD_ERRORS: Final = Runbook(
    "Active Directory cannot be read: do not fail over",
    (
        Step(
            "Do the domain controllers that {the_active} reads from answer? Its import errors "
            "name the domain.",
            "dcdiag /test:connectivity",
            "Every domain controller passes.",
        ),
        Step(
            "Is the AD account of the connector (MSOL_xxxx) locked, expired or without rights?",
            "Get-ADUser -Filter 'name -like \"MSOL*\"'",
            "Enabled True for the account that the connector uses.",
        ),
        Step("When AD answers again, start a cycle and watch it to its end.", _DELTA),
    ),
    ("make {standby} active for this: it reads the same Active Directory.", DELETES),
    "Open repair runbook",
)

ENTRA_DOWN: Final = Runbook(
    "Entra has an outage: do not fail over",
    (
        Step(
            "Read the incident in the Microsoft 365 admin center, Service health: does it name "
            "directory synchronization or sign-in?",
        ),
        Step("Wait for Microsoft, and look at the incident again every 30 minutes."),
        Step(
            "When it is over, watch the next cycle of {the_active}; start one if none begins.",
            _DELTA,
            "Result Success, and a newer last sync in Entra.",
        ),
    ),
    ("make {standby} active for this: it would not reach Entra either.", DELETES),
    "Open repair runbook",
)

LONG_CYCLE: Final = Runbook(
    "A long cycle is in progress: let it end",
    (
        Step(
            "On {the_active}, does the cycle still make progress?",
            SCHEDULER,
            "SyncCycleInProgress True: a cycle runs, let it.",
        ),
        Step(
            "Look at the run that is in progress: its numbers should grow.",
            "Get-ADSyncConnectorRunStatus",
            "The connector that runs now.",
        ),
        Step("Look again in an hour. Only a run whose numbers stand still is stuck."),
    ),
    (
        "stop a cycle that makes progress: the next one starts from the beginning.",
        TWO_ACTIVE,
    ),
    "Open repair runbook",
)

AFTER_FAILOVER: Final = Runbook(
    "After the failover",
    (
        Step(
            "Before {old} starts again, isolate it: boot it without network, switch staging mode "
            "on in its wizard, and only then connect it.",
            SCHEDULER,
            "StagingModeEnabled True on {old}.",
        ),
        _EXPORT_ERRORS,
        Step(
            "Check that password hash sync of {the_active} runs. If password writeback is used, "
            "test one reset; restart the sync service of {active} if it fails.",
            "Invoke-ADSyncDiagnostics -PasswordSync",
            "Password hash sync is enabled and its last cycle succeeded.",
        ),
        Step(
            "Tell the watchdog what you mean now: WATCHDOG_ACTIVE_SERVER is {active}, {old} "
            "belongs to WATCHDOG_STANDBY_SERVERS.",
        ),
        Step("Find out why {old} stopped, and write down what was slow in this failover."),
    ),
    ("let {old} start outside staging mode: two active servers overwrite each other.", DELETES),
    "Open after-failover checklist",
)
