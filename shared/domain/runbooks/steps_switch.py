"""Steps of a switch: stop the old active server, promote the standby, verify, and clean up.

Sources (Microsoft Learn, Entra ID, hybrid, connect): how-to-connect-sync-staging-server (one
active server only; the old one into staging, or off and isolated, before the other is promoted;
pending exports; the protection against accidental deletes; password hashes catch up; a second
active server breaks password writeback's service bus),
how-to-connect-sync-feature-prevent-accidental-deletes (the threshold of 500),
tshoot-connect-password-hash-synchronization (`Invoke-ADSyncDiagnostics -PasswordSync`, event 654
every 30 minutes while idle), reference-connect-accounts-permissions (each server has an AD account
of its own, `MSOL_` and a number), how-to-connect-pta-faq (three agents recommended, no automatic
fallback to password hashes). Background articles: 000 (the way through the wizard, the test user,
DNS and monitors, completed-export-errors), 001 (CSExport and CSExportAnalyzer), 002 (a former
active server is stopped and put into staging mode; the first agent is on the Connect server; a
cloud-only Global Administrator account in spare). The tick to start synchronization at the end of
the wizard, and that it asks for a sign-in, are described as 002 shows them.
"""

from __future__ import annotations

from typing import Final

from shared.domain.runbooks.parts import DELTA, SCHEDULER, SYNC_MANAGER, Phase, Step

TO_STAGING_MODE: Final = ("Configure", "the task that configures staging mode", "sign in to Entra")
"""The way through the wizard to the option itself."""
TICK: Final = (*TO_STAGING_MODE, "the option that enables staging mode: tick it", "Configure")
UNTICK: Final = (
    *TO_STAGING_MODE,
    "the option that enables staging mode: untick it",
    "the option that starts synchronization at the end: leave it ticked",
    "Configure",
    "close the wizard: while it is open nothing syncs",
)

# -- before ---------------------------------------------------------------------------------------

DECIDE: Final = Step(
    id="decide",
    phase=Phase.BEFORE,
    do="Decide. A failover really takes 15 to 30 minutes: if {active} can be repaired sooner, "
    "repair it. If not, fail over; the next steps are in order.",
    verify="Your team knows: acknowledge, and say on the incident's page that you switch over.",
)
BREAK_GLASS: Final = Step(
    id="break-glass",
    phase=Phase.BEFORE,
    do="Be able to sign in to Entra before you need it: is there a break-glass account, cloud-only "
    "and Global Administrator, whose sign-in does not depend on the sync servers?",
    verify="You know who holds it, and its sign-in works in a private browser window.",
    where="Entra admin center",
)

# -- stop -----------------------------------------------------------------------------------------

STOP_OLD: Final = Step(
    id="stop-old",
    phase=Phase.STOP,
    do="Stop {the_active} first: switch staging mode on in its Entra Connect wizard. If that "
    "cannot be done, power it off and disconnect its network.",
    verify="StagingModeEnabled True on {active}, or it is off and without network: it cannot "
    "export any more. Its pass-through authentication agent stops only with its power.",
    command=SCHEDULER,
    where="{active}: Entra Connect wizard, or its hypervisor",
    wizard=TICK,
)

# -- promote --------------------------------------------------------------------------------------

PENDING: Final = Step(
    id="pending-exports",
    phase=Phase.PROMOTE,
    do="On {standby}, look at what it would export: Synchronization Service Manager, Connectors, "
    "the Entra connector, Search Connector Space, scope Pending Export. For a long list use "
    "CSExport and CSExportAnalyzer. Many unexpected deletes mean stop and ask.",
    verify="You can explain what is pending, above all the deletes.",
    where=f"{{standby}}: {SYNC_MANAGER}",
)
THRESHOLD: Final = Step(
    id="delete-threshold",
    phase=Phase.PROMOTE,
    do="Count the pending deletes. Above the threshold (500 unless somebody changed it) Entra "
    "Connect exports nothing. The protection stays on: find the cause instead.",
    verify="Fewer pending deletes than the threshold, and nobody switched the protection off.",
    where=f"{{standby}}: {SYNC_MANAGER}",
)
PROMOTE: Final = Step(
    id="promote",
    phase=Phase.PROMOTE,
    do="On {standby}, switch staging mode off in the Entra Connect wizard, and let it start "
    "synchronization at its end. Only after {active} is stopped.",
    verify="StagingModeEnabled False and SchedulerSuspended False on {standby}.",
    command=SCHEDULER,
    where="{standby}: Entra Connect wizard",
    wizard=UNTICK,
)

# -- verify ---------------------------------------------------------------------------------------

FIRST_CYCLE: Final = Step(
    id="first-cycle",
    phase=Phase.VERIFY,
    do="Watch the first cycle of {new} to its end; start one if none begins within minutes.",
    verify="Every run of the cycle ended with success, and none is in progress.",
    command=DELTA,
    where=f"{{new}}: PowerShell as administrator, and {SYNC_MANAGER}, Operations",
)
LAST_SYNC: Final = Step(
    id="last-sync",
    phase=Phase.VERIFY,
    do="Look at the last sync in Entra (Entra Connect, Connect Sync): it moves with each cycle, "
    "by default every 30 minutes.",
    verify="A time after the switch, and a newer one after the next cycle.",
    where="Entra admin center",
)
EXPORT_ERRORS: Final = Step(
    id="export-errors",
    phase=Phase.VERIFY,
    do="Watch the export errors of {new} for the first cycles. completed-export-errors with "
    "permission-issue: its own AD account, MSOL_xxxx, lacks rights that the account of {old} had. "
    "Grant it the same.",
    verify="The exports of a whole cycle end without new errors.",
    where=f"{{new}}: {SYNC_MANAGER}, Operations",
)
TEST_USER: Final = Step(
    id="test-user",
    phase=Phase.VERIFY,
    do="Create a test user in Active Directory, in an OU that is synced, and let a cycle run.",
    verify="The test user stands in Entra. Delete it again when you are done.",
    where="Active Directory, then Entra admin center, Users",
)
PASSWORD_HASHES: Final = Step(
    id="password-hashes",
    phase=Phase.VERIFY,
    do="If password hash sync is used, let {new} catch up: in staging mode it synced no "
    "passwords, so after a long time there this takes up to hours.",
    verify="Password hash sync is enabled and its last cycle succeeded.",
    command="Invoke-ADSyncDiagnostics -PasswordSync",
    where="{new}: PowerShell as administrator",
)
WRITEBACK: Final = Step(
    id="password-writeback",
    phase=Phase.VERIFY,
    do="If password writeback is used, reset the password of the test user in Entra. If that "
    "fails, restart the sync service of {new} while no cycle is in progress.",
    verify="The new password works in Active Directory.",
    command="Restart-Service ADSync",
    where="{new}: PowerShell as administrator",
)
AGENTS: Final = Step(
    id="sign-in-agents",
    phase=Phase.VERIFY,
    do="If pass-through authentication is used: its agents all work at once, and the first one is "
    "on the Connect server. Do others run without {old}? Nothing falls back to password hashes "
    "by itself.",
    verify="The list of agents shows others as active, at best three or more, and a user can sign "
    "in. With none, use the break-glass account.",
    where="Entra admin center, the list of pass-through authentication agents",
)
NAMES: Final = Step(
    id="names-and-monitors",
    phase=Phase.VERIFY,
    do="Change what names {old} and should name {new}: DNS, monitors, backups, other tools.",
    verify="Each of them shows {new} as healthy, and none waits for {old}.",
)

# -- afterwards -----------------------------------------------------------------------------------

ISOLATE: Final = Step(
    id="isolate-old",
    phase=Phase.ISOLATE,
    do="Before {old} starts again, isolate it: boot it without network and, unless it shows "
    "staging mode, set its sync service to Disabled and stop it. Only then connect it. Or leave it "
    "off.",
    verify="StagingModeEnabled True on {old}, or Get-Service ADSync shows Stopped after one more "
    "restart without network.",
    command="Set-Service ADSync -StartupType Disabled",
    where="{old}: console, PowerShell as administrator",
)
INTENT: Final = Step(
    id="tell-the-watchdog",
    phase=Phase.AFTERWARDS,
    do="Tell the watchdog what you mean now: WATCHDOG_ACTIVE_SERVER is {new}, {old} belongs to "
    "WATCHDOG_STANDBY_SERVERS.",
    verify="The status page shows {new} as the intended active server.",
    where="App settings of the watchdog",
)
LEARN: Final = Step(
    id="learn",
    phase=Phase.AFTERWARDS,
    do="Find out why {old} stopped, and write down what was slow in this failover.",
    verify="A note stands on the incident's page.",
)
