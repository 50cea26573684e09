"""Steps that find out what is wrong with the active server, and repair it where it stands.

Sources (Microsoft Learn, Entra ID, hybrid, connect): how-to-connect-sync-feature-scheduler
(`Get-ADSyncScheduler` and its fields; a wizard left open suspends the scheduler, and so does an
upgrade; a full cycle may take hours), how-to-connect-sync-staging-server (what a standby has to be
before a switch), how-to-connect-health-alert-catalog (the service that does not run; imports that
fail). Settings that differ between the two servers: background article 000, asymmetric drift.
"""

from __future__ import annotations

from typing import Final

from shared.domain.runbooks.parts import DELTA, SCHEDULER, SYNC_MANAGER, Phase, Step

RUNNING: Final = Step(
    id="running",
    phase=Phase.CONFIRM,
    do="Is {the_active} running? Look at its console or hypervisor, then sign in to it.",
    verify="Dead if its console is silent, too. Status Running: alive. Stopped: Start-Service "
    "ADSync; if it syncs again, do not fail over.",
    command="Get-Service ADSync",
    where="{active}: console, then PowerShell as administrator",
)
STUCK: Final = Step(
    id="stuck",
    phase=Phase.CONFIRM,
    do="On {the_active}, is a long cycle in progress, the scheduler suspended, or the wizard open?",
    verify="SyncCycleInProgress True: a cycle runs, let it. SchedulerSuspended True: the wizard "
    "is open, or somebody suspended it. SyncCycleEnabled False: it was switched off. "
    "StagingModeEnabled True: another server is meant to be active, find out which.",
    command=SCHEDULER,
    where="{active}: PowerShell as administrator",
)
WAY_TO_CLOUD: Final = Step(
    id="way-to-cloud",
    phase=Phase.CONFIRM,
    do="Test the way of {active} to the cloud: DNS, proxy, firewall, certificates. Read the newest "
    "errors in its Application event log.",
    verify="TcpTestSucceeded True; behind a proxy this test may fail although sync works.",
    command="Test-NetConnection login.microsoftonline.com -Port 443",
    where="{active}: PowerShell",
)
CHECK_STANDBY: Final = Step(
    id="check-standby",
    phase=Phase.CONFIRM,
    do="Check that {the_standby} is fit: it runs, is in staging mode, has the same version and "
    "settings, and its imports and syncs end without errors.",
    verify="StagingModeEnabled True and SyncCycleEnabled True there, and the newest runs in "
    "Synchronization Service Manager, Operations, ended with success.",
    command=SCHEDULER,
    where="{standby}: PowerShell as administrator",
)
DOMAIN_CONTROLLERS: Final = Step(
    id="domain-controllers",
    phase=Phase.CONFIRM,
    do="Do the domain controllers that {the_active} reads from answer? Its import errors name the "
    "domain.",
    verify="Every domain controller passes.",
    command="dcdiag /test:connectivity",
    where="A domain controller",
)
PROGRESS: Final = Step(
    id="progress",
    phase=Phase.CONFIRM,
    do="Look at the run that is in progress: its numbers should grow.",
    verify="The connector that runs now, with larger numbers at a second look.",
    command="Get-ADSyncConnectorRunStatus",
    where=f"{{active}}: PowerShell, or {SYNC_MANAGER}, Operations",
)

OPEN_WIZARD: Final = Step(
    id="open-wizard",
    phase=Phase.REPAIR,
    do="Close a wizard that was left open on {active}; while it is open nothing syncs.",
    verify="Nobody is signed in there who has it open, also in a disconnected session; "
    "SchedulerSuspended is False again.",
    command="quser",
    where="{active}: PowerShell",
)
SWITCHED_OFF: Final = Step(
    id="scheduler-on",
    phase=Phase.REPAIR,
    do="If the scheduler was switched off and nobody knows why, ask first; then switch it on.",
    verify="SyncCycleEnabled True in Get-ADSyncScheduler.",
    command="Set-ADSyncScheduler -SyncCycleEnabled $true",
    where="{active}: PowerShell as administrator",
)
START_CYCLE: Final = Step(
    id="start-cycle",
    phase=Phase.REPAIR,
    do="If the service runs and no cycle is in progress, start one on {active} and watch it to its "
    "end.",
    verify="Result Success, and soon afterwards a newer last sync in Entra.",
    command=DELTA,
    where="{active}: PowerShell as administrator",
)
