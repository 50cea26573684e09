"""Runbooks of the roles of a pair: two active servers, one that came back, none, a stopped export.

Sources (Microsoft Learn, Entra ID, hybrid, connect): how-to-connect-sync-staging-server,
how-to-connect-sync-feature-prevent-accidental-deletes (pending deletes; the threshold of 500; let
one export through with the threshold off only when every delete is meant). Background articles:
000 (of two active servers one goes into staging mode at once; what each wrote last stays), 002 (a
former active server is stopped and put into staging mode).
"""

from __future__ import annotations

from typing import Final

from shared.domain.runbooks import people, steps_switch
from shared.domain.runbooks.failover import DELETES
from shared.domain.runbooks.parts import DELTA, SCHEDULER, SYNC_MANAGER, Phase, Runbook, Step

_FULL_SYNC: Final = (
    "start a full sync on either server while both are active: it writes every difference."
)
_SECOND: Final = (
    "take a second server out of staging mode: two active servers overwrite each other."
)

_ONE_AGAIN: Final = (
    Step(
        id="one-cycle",
        phase=Phase.VERIFY,
        do="Watch one cycle of the server that stays active to its end, a delta one, with its "
        "export errors.",
        verify="Every run of the cycle ended with success (Result Success only says that it "
        "began), and no object changes to and fro in its exports.",
        command=DELTA,
        where="The server that stays active: PowerShell as administrator",
    ),
    Step(
        id="same-settings",
        phase=Phase.VERIFY,
        do="Compare the two servers' settings: rules, filtered OUs, features. What differs was "
        "written in turns by both.",
        verify="Statistics Comparison or the Configuration Documenter shows no difference that "
        "you cannot explain.",
        where=f"Both servers: {SYNC_MANAGER}",
    ),
    Step(
        id="writeback-again",
        phase=Phase.VERIFY,
        do="If password writeback is used, test one reset. If it fails, restart the sync service "
        "of the server that stays active: two active servers compete for its service bus.",
        verify="The new password works in Active Directory.",
        command="Restart-Service ADSync",
        where="The server that stays active: PowerShell as administrator",
    ),
    Step(
        id="why-two",
        phase=Phase.AFTERWARDS,
        do="Find out who or what took the second server out of staging mode, and agree on who may.",
        verify="A note stands on the incident's page.",
    ),
)
_CALL: Final = (people.ENGINEER, people.SERVERS, people.OWNER, people.DESK)

DUAL_ACTIVE: Final = Runbook(
    id="dual-active",
    title="Two servers are active",
    when="`DUAL_ACTIVE`.",
    steps=(
        Step(
            id="one-to-staging",
            phase=Phase.STOP_ONE,
            do="On {to_staging}, open the Entra Connect wizard, configure staging mode, switch it "
            "on and finish. If that cannot be done, power it off and disconnect its network.",
            verify="StagingModeEnabled True there, or it is off and without network; False on "
            "{keep}.",
            command=SCHEDULER,
            where="{to_staging}: Entra Connect wizard",
            wizard=steps_switch.TICK,
        ),
        *_ONE_AGAIN,
    ),
    never=(_FULL_SYNC, DELETES),
    call=_CALL,
    button="Open dual-active runbook",
)

RETURNED: Final = Runbook(
    id="returned",
    title="The former active server is back and exports",
    when="`DUAL_ACTIVE`, and one of the two is the server that was failed over from.",
    steps=(
        Step(
            id="stop-returned",
            phase=Phase.STOP_ONE,
            do="If nobody switched back to {returned} on purpose: power it off or cut its "
            "network. Then boot it without network, set its sync service to Disabled and stop it.",
            verify="It is off, or Get-Service ADSync shows Stopped there.",
            command="Set-Service ADSync -StartupType Disabled",
            where="{returned}: console, PowerShell as administrator",
        ),
        Step(
            id="returned-on-purpose",
            phase=Phase.STOP_ONE,
            do="If it was on purpose, make sure that {other} is in staging mode, and acknowledge "
            "this.",
            verify="StagingModeEnabled True on {other}.",
            command=SCHEDULER,
            where="{other}: PowerShell as administrator",
        ),
        *_ONE_AGAIN,
    ),
    never=DUAL_ACTIVE.never,
    call=_CALL,
    button="Open dual-active runbook",
)

NO_ACTIVE: Final = Runbook(
    id="no-active",
    title="No server is active",
    when="`NO_ACTIVE`.",
    steps=(
        Step(
            id="all-in-staging",
            phase=Phase.CONFIRM,
            do="On every server, is it in staging mode?",
            verify="StagingModeEnabled True everywhere confirms it. False somewhere: that one is "
            "active, and what the watchdog read is late.",
            command=SCHEDULER,
            where="Every server: PowerShell as administrator",
        ),
        Step(
            id="ask-around",
            phase=Phase.CONFIRM,
            do="Is somebody failing over right now? Ask before you change anything.",
            verify="The team's chat and the incident's page name nobody who does.",
        ),
        Step(
            id="choose-one",
            phase=Phase.BEFORE,
            do="Decide which server is to be active: {the_active} unless it was taken out on "
            "purpose. Look at its pending exports first: many unexpected deletes mean stop and "
            "ask.",
            verify="You can explain what is pending there, and the deletes are fewer than the "
            "threshold (500 unless somebody changed it).",
            where=f"That server: {SYNC_MANAGER}, Search Connector Space",
        ),
        Step(
            id="promote-one",
            phase=Phase.PROMOTE,
            do="On that one server only, open the Entra Connect wizard, configure staging mode, "
            "switch it off and finish. Then watch its first cycle.",
            verify="StagingModeEnabled False there and True on every other server; Result Success, "
            "and a newer last sync in Entra.",
            command=DELTA,
            where="That server: Entra Connect wizard",
            wizard=steps_switch.UNTICK,
        ),
    ),
    never=(_SECOND, DELETES),
    call=_CALL,
)

EXPORT_BLOCKED: Final = Runbook(
    id="export-blocked",
    title="Exports are stopped: too many deletes",
    when="`EXPORT_BLOCKED`.",
    steps=(
        Step(
            id="which-deletes",
            phase=Phase.CONFIRM,
            do="Which objects does {the_active} want to delete? Synchronization Service Manager, "
            "Connectors, the Entra connector, Search Connector Space, scope Pending Export.",
            verify="A list of the pending deletes; for a long one use CSExport and "
            "CSExportAnalyzer.",
            where=f"{{active}}: {SYNC_MANAGER}",
        ),
        Step(
            id="why-deletes",
            phase=Phase.CONFIRM,
            do="Find the cause in AD: an OU that was moved, deleted or taken out of the filter, a "
            "changed rule, a domain that could not be read.",
            verify="You know who changed what, and when.",
        ),
        Step(
            id="undo-deletes",
            phase=Phase.REPAIR,
            do="If the deletes are a mistake, undo it in AD or in the settings, then start a "
            "cycle: the pending deletes vanish.",
            verify="Result Success, and exports go on.",
            command=DELTA,
            where="{active}: PowerShell as administrator",
        ),
        Step(
            id="meant-deletes",
            phase=Phase.REPAIR,
            do="If every single delete is meant, let the owner of the directory confirm it, and "
            "follow Microsoft's guide to let one export through; then switch the protection on "
            "again.",
            verify="The protection is on again, with the same threshold as before (500 unless "
            "somebody changed it).",
        ),
    ),
    never=(
        "switch the protection off before every delete is known and meant.",
        "fail over for this: the other server would export the same deletes, or stop again.",
    ),
    call=(people.OWNER, people.DIRECTORY, people.ENGINEER, people.MICROSOFT),
    button="Open repair runbook",
)
