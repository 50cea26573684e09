"""Runbooks: what to do about each verdict, step by step, for somebody who never did it before.

The first step stands on the card too, so that it can be acted on when the page does not open.

Sources (Microsoft Learn, Entra ID, hybrid, connect): how-to-connect-sync-staging-server (one
active server only; the old one into staging, or off, before the other is promoted; pending
exports; password hashes catch up), how-to-connect-sync-feature-scheduler (`Get-ADSyncScheduler`
and its fields; a wizard left open suspends the scheduler),
tshoot-connect-password-hash-synchronization (`Invoke-ADSyncDiagnostics -PasswordSync`),
how-to-connect-sync-feature-prevent-accidental-deletes. The wizard's tasks are described, not
quoted: their wording differs between versions.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from shared.domain.verdicts import Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class Step:
    """One step.

    Attributes:
        do: What to do, in one or two sentences.
        command: PowerShell to run for it, as administrator on the named server; "" for none.
        look_for: What its result means; "" when the step says it.
    """

    do: str
    command: str = ""
    look_for: str = ""


@dataclass(frozen=True, slots=True)
class Runbook:
    """What to do about one verdict.

    Attributes:
        title: What is wrong, as a heading.
        steps: In order; the first one is always a check.
        never: What makes it worse. Each continues the word "Never"; the first is on the card.
    """

    title: str
    steps: tuple[Step, ...]
    never: tuple[str, ...]


def runbook(verdict: Verdict) -> Runbook:
    """The runbook of a verdict that needs a person, with placeholders for server names.

    Raises:
        KeyError: The verdict needs nobody (`HEALTHY`, `LATE`).
    """
    return _RUNBOOKS[verdict]


def fill(book: Runbook, active_server: str, standby_servers: Sequence[str]) -> Runbook:
    """The runbook with the names of the servers that the team *intends*; nothing here is measured.

    Args:
        book: From `runbook`.
        active_server: The intended active server; "" when not set.
        standby_servers: The intended standbys; may be empty.
    """
    active, standby = active_server, " or ".join(standby_servers)
    names = {
        "{the_active}": f"{active} (intended active)" if active else "the active server",
        "{active}": active or "the active server",
        "{the_standby}": f"{standby} (intended standby)" if standby else "the standby server",
        "{standby}": standby or "the standby server",
    }

    def put(text: str) -> str:
        return _PLACEHOLDER.sub(lambda found: names[found[0]], text)

    steps = tuple(replace(s, do=put(s.do), look_for=put(s.look_for)) for s in book.steps)
    return replace(book, steps=steps, never=tuple(put(each) for each in book.never))


_PLACEHOLDER: Final = re.compile(r"\{(?:the_)?(?:active|standby)\}")

_SCHEDULER: Final = "Get-ADSyncScheduler"
_TWO_ACTIVE: Final = (
    "make {standby} active while {active} may still run: two active servers overwrite each other."
)
_DELETES: Final = "switch off the protection against accidental deletes to get a cycle through."

_FAIL_OVER: Final = (
    Step(
        "If it cannot be repaired soon, decide on a failover. First make sure that {active} cannot "
        "export: put it into staging mode, or power it off and keep it from starting."
    ),
    Step(
        "Check that {the_standby} is fit: it runs, is in staging mode, has the same version and "
        "settings, and its imports and syncs end without errors.",
        _SCHEDULER,
        "StagingModeEnabled True and SyncCycleEnabled True there.",
    ),
    Step(
        "On {standby}, open the Entra Connect wizard, choose the task that configures staging "
        "mode, switch staging mode off and finish."
    ),
    Step(
        "Watch its first cycles. Look at the pending exports before and after: an unexpected "
        "number of deletes means stop. Password hashes need time to catch up.",
        "Get-ADSyncConnectorRunStatus",
        "Empty when no cycle runs. Then the last sync in Entra moves on.",
    ),
    Step(
        "Before {active} starts again, make sure that it comes up in staging mode, for example "
        "without network."
    ),
)

_SERVER_SILENT: Final = Runbook(
    "The sync server is silent",
    (
        Step(
            "Is {the_active} running? Look at its console or hypervisor, then sign in to it.",
            "Get-Service ADSync",
            "Status Running. If the service is stopped, start it: Start-Service ADSync.",
        ),
        Step(
            "Look at the scheduler of {active}.",
            _SCHEDULER,
            "SyncCycleEnabled True, SchedulerSuspended False, StagingModeEnabled False. If "
            "staging mode is on, another server is meant to be active: find out which.",
        ),
        Step(
            "Test its way to the cloud: DNS, proxy, firewall, certificates. Read the newest "
            "errors in its Application event log.",
            "Test-NetConnection login.microsoftonline.com -Port 443",
            "TcpTestSucceeded True; behind a proxy this test may fail although sync works.",
        ),
        Step(
            "If the service runs and no cycle is in progress, start one.",
            "Start-ADSyncSyncCycle -PolicyType Delta",
            "Result Success, and soon afterwards a newer last sync in Entra.",
        ),
        *_FAIL_OVER,
    ),
    (_TWO_ACTIVE, "let {active} come back before it is certain to be in staging mode.", _DELETES),
)

_SYNC_STALLED: Final = Runbook(
    "Object sync stalled",
    (
        Step(
            "On {the_active}, is a long cycle in progress, the scheduler suspended, or the wizard "
            "open?",
            _SCHEDULER,
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
        _TWO_ACTIVE,
        "stop a cycle that makes progress: the next one starts from the beginning.",
        _DELETES,
    ),
)

_PASSWORD_SYNC_STALLED: Final = Runbook(
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

_SYNC_DISABLED: Final = Runbook(
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

_NEVER_SYNCED: Final = Runbook(
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
            _SCHEDULER,
            "On {the_active}: SyncCycleEnabled True, StagingModeEnabled False.",
        ),
    ),
    ("switch directory sync on in a tenant before you know that it is the right one.",),
)

_CLOCK_SUSPECT: Final = Runbook(
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

_BLIND: Final = Runbook(
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

_RUNBOOKS: Final = {
    Verdict.SERVER_SILENT: _SERVER_SILENT,
    Verdict.SYNC_STALLED: _SYNC_STALLED,
    Verdict.PASSWORD_SYNC_STALLED: _PASSWORD_SYNC_STALLED,
    Verdict.SYNC_DISABLED: _SYNC_DISABLED,
    Verdict.NEVER_SYNCED: _NEVER_SYNCED,
    Verdict.CLOCK_SUSPECT: _CLOCK_SUSPECT,
    Verdict.BLIND: _BLIND,
}
