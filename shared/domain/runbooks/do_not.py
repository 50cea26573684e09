"""Runbooks of a sync that stopped where another server would not help: repair, or wait.

Sources: those of `steps_confirm`; background article 000 (a pair does not protect against an
outage of Active Directory; a standby that nobody looks after is broken, too) and 001 (a new server
from exported settings).
"""

from __future__ import annotations

from typing import Final

from shared.domain.runbooks import people, steps_confirm
from shared.domain.runbooks.failover import DELETES, TWO_ACTIVE
from shared.domain.runbooks.parts import SCHEDULER, Phase, Runbook, Step

_BUTTON: Final = "Open repair runbook"

REPAIR: Final = Runbook(
    id="repair",
    title="Repair the active server: do not fail over",
    when="`SERVER_SILENT` or `SYNC_STALLED`, and no standby is fit to take over.",
    steps=(
        steps_confirm.RUNNING,
        steps_confirm.STUCK,
        steps_confirm.WAY_TO_CLOUD,
        steps_confirm.START_CYCLE,
        Step(
            id="repair-standby",
            phase=Phase.REPAIR,
            do="Repair the standby as well, as far as its failed checks say, so that there is a "
            "choice: update it, let it sync, or rebuild it in staging mode.",
            verify="Its checks on the incident's page pass.",
        ),
        Step(
            id="new-server",
            phase=Phase.REPAIR,
            do="If {active} is lost, install a new server from the exported settings, first in "
            "staging mode. Once its imports and syncs succeed, and {active} is off and without "
            "network, make it active by the steps of the failover runbook.",
            verify="StagingModeEnabled True there and success in all runs before, False after.",
            command=SCHEDULER,
            where="The new server: installer of Entra Connect",
            wizard=(
                "the customized installation, not the express one",
                "the option that imports synchronization settings: choose the exported file",
                "the option that enables staging mode: tick it",
            ),
        ),
    ),
    never=(
        "make a server active that is not fit: it cannot sync, or exports what is wrong.",
        DELETES,
    ),
    call=(people.ENGINEER, people.SERVERS, people.NETWORK, people.OWNER, people.DESK),
    button=_BUTTON,
)

SITE_DOWN: Final = Runbook(
    id="site-down",
    title="Both servers are silent: do not fail over",
    when="`SERVER_SILENT`, and the standby is silent as well.",
    steps=(
        Step(
            id="site-up",
            phase=Phase.CONFIRM,
            do="Is the site of {the_active} and {standby} up: power, network, hypervisor? Can "
            "other machines there reach the internet?",
            verify="Another machine of the site answers and reaches the internet.",
        ),
        Step(
            id="directory-up",
            phase=Phase.CONFIRM,
            do="Does Active Directory answer? Sign in to a domain controller.",
            verify="Every domain controller passes.",
            command="dcdiag /test:connectivity",
            where="A domain controller",
        ),
        Step(
            id="shared-way",
            phase=Phase.CONFIRM,
            do="Look at the proxy, firewall and DNS changes of today: both servers use the same "
            "way to the cloud.",
            verify="TcpTestSucceeded True; behind a proxy this test may fail although sync works.",
            command="Test-NetConnection login.microsoftonline.com -Port 443",
            where="{active} or {standby}: PowerShell",
        ),
        Step(
            id="site-back",
            phase=Phase.VERIFY,
            do="When the site is back, watch the first cycle of {active}; {standby} stays in "
            "staging mode.",
            verify="StagingModeEnabled False on {active}, True on {standby}, and a newer last sync "
            "in Entra.",
            command=SCHEDULER,
            where="Both servers: PowerShell as administrator",
        ),
    ),
    never=("make {standby} active while the cause is unknown: it has the same one.", DELETES),
    call=(people.ENGINEER, people.SERVERS, people.NETWORK, people.DIRECTORY, people.DESK),
    button=_BUTTON,
)

AD_ERRORS: Final = Runbook(
    id="ad-errors",
    title="Active Directory cannot be read: do not fail over",
    when="`SERVER_SILENT` or `SYNC_STALLED`, and imports from Active Directory fail.",
    steps=(
        steps_confirm.DOMAIN_CONTROLLERS,
        Step(
            id="connector-account",
            phase=Phase.CONFIRM,
            do="Is the AD account of the connector (MSOL_xxxx) locked, expired or without rights?",
            verify="Enabled True for the account that the connector uses.",
            command="Get-ADUser -Filter 'name -like \"MSOL*\"'",
            where="A domain controller: PowerShell",
        ),
        steps_confirm.START_CYCLE,
    ),
    never=("make {standby} active for this: it reads the same Active Directory.", DELETES),
    call=(people.DIRECTORY, people.ENGINEER, people.NETWORK, people.DESK),
    button=_BUTTON,
)

ENTRA_DOWN: Final = Runbook(
    id="entra-down",
    title="Entra has an outage: do not fail over",
    when="`SERVER_SILENT` or `SYNC_STALLED`, and Microsoft reports an outage.",
    steps=(
        Step(
            id="service-health",
            phase=Phase.CONFIRM,
            do="Read the incident in the Microsoft 365 admin center, Service health: does it name "
            "directory synchronization or sign-in?",
            verify="You know what it covers, and since when.",
            where="Microsoft 365 admin center",
        ),
        Step(
            id="wait-for-microsoft",
            phase=Phase.REPAIR,
            do="Wait for Microsoft, and look at the incident again every 30 minutes.",
            verify="Microsoft says that the incident is over.",
        ),
        Step(
            id="cycle-after-outage",
            phase=Phase.VERIFY,
            do="When it is over, watch the next cycle of {the_active}; start one if none begins.",
            verify="Result Success, and a newer last sync in Entra.",
            command="Start-ADSyncSyncCycle -PolicyType Delta",
            where="{active}: PowerShell as administrator",
        ),
    ),
    never=("make {standby} active for this: it would not reach Entra either.", DELETES),
    call=(people.ENGINEER, people.MICROSOFT, people.OWNER, people.DESK),
    button=_BUTTON,
)

LONG_CYCLE: Final = Runbook(
    id="long-cycle",
    title="A long cycle is in progress: let it end",
    when="`SYNC_STALLED`, and the server works.",
    steps=(
        Step(
            id="cycle-in-progress",
            phase=Phase.CONFIRM,
            do="On {the_active}, does the cycle still make progress?",
            verify="SyncCycleInProgress True: a cycle runs, let it.",
            command=SCHEDULER,
            where="{active}: PowerShell as administrator",
        ),
        steps_confirm.PROGRESS,
        Step(
            id="look-again",
            phase=Phase.VERIFY,
            do="Look again in an hour. Only a run whose numbers stand still is stuck.",
            verify="The numbers grew, or the cycle has ended and the last sync in Entra is newer.",
        ),
    ),
    never=(
        "stop a cycle that makes progress: the next one starts from the beginning.",
        TWO_ACTIVE,
    ),
    call=(people.ENGINEER, people.MICROSOFT),
    button=_BUTTON,
)
