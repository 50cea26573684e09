"""Runbooks of a server that is not fit, not there, or reported: mostly for office hours.

Sources (Microsoft Learn, Entra ID, hybrid, connect): how-to-connect-sync-staging-server,
authenticate-application-id (the certificate is rotated by the scheduler, so not while it is
suspended; the wizard rotates it by hand), reference-connect-version-history (an old version stops
syncing), how-to-connect-health-agent-install (a server without the agent is not seen),
how-to-connect-sync-feature-scheduler (a cycle at least every 7 days, on a standby too).
Background article 000: a standby is updated in place and looked after like the active server.
"""

from __future__ import annotations

from typing import Final

from shared.domain.runbooks import people
from shared.domain.runbooks.failover import DELETES
from shared.domain.runbooks.parts import DELTA, SCHEDULER, SYNC_MANAGER, Phase, Runbook, Step

_ADMIN: Final = "{subject}: PowerShell as administrator"
_CALL: Final = (people.ENGINEER, people.SERVERS, people.DIRECTORY)

STANDBY_UNFIT: Final = Runbook(
    id="standby-unfit",
    title="The standby is not fit to take over",
    when="`STANDBY_UNFIT`.",
    steps=(
        Step(
            id="standby-scheduler",
            phase=Phase.CONFIRM,
            do="On {subject}, does the scheduler run, and is it in staging mode?",
            verify="SyncCycleEnabled True, SchedulerSuspended False, StagingModeEnabled True.",
            command=SCHEDULER,
            where=_ADMIN,
        ),
        Step(
            id="failed-checks",
            phase=Phase.REPAIR,
            do="Work through the failed checks on this page, the first one first. An old version "
            "is updated in place; a standby may be updated at any time of day.",
            verify="Each check passes at the next read.",
        ),
        Step(
            id="standby-cycle",
            phase=Phase.REPAIR,
            do="Start a cycle there and watch its imports and syncs end without errors. It needs "
            "one at least every 7 days.",
            verify="Result Success. In staging mode it exports nothing.",
            command=DELTA,
            where=_ADMIN,
        ),
        Step(
            id="rebuild-standby",
            phase=Phase.REPAIR,
            do="If it cannot be repaired, rebuild it from the active server's exported settings, "
            "in staging mode.",
            verify="StagingModeEnabled True there, and every check passes.",
            where="{subject}: installer of Entra Connect",
        ),
    ),
    never=("take a standby out of staging mode to test it while the active server runs.",),
    call=_CALL,
    button="Open standby checklist",
)

STANDBY_MISSING: Final = Runbook(
    id="standby-missing",
    title="A standby is missing",
    when="`STANDBY_MISSING`.",
    steps=(
        Step(
            id="standby-exists",
            phase=Phase.CONFIRM,
            do="Does {the_subject} exist and run? If so, is its Connect Health agent installed and "
            "registered?",
            verify="Connect Health lists it, with data of today.",
            where="Entra admin center, Connect Health, Sync services",
        ),
        Step(
            id="standby-renamed",
            phase=Phase.REPAIR,
            do="If it was renamed or replaced, correct WATCHDOG_STANDBY_SERVERS; an entry of a "
            "removed server can be deleted in Connect Health.",
            verify="The status page lists every server once, by its name.",
            where="App settings of the watchdog",
        ),
        Step(
            id="install-standby",
            phase=Phase.REPAIR,
            do="If there is none, install Entra Connect on a second server from the active one's "
            "exported settings, in staging mode.",
            verify="StagingModeEnabled True there.",
            command=SCHEDULER,
            where="The second server: installer of Entra Connect",
            wizard=(
                "the customized installation, not the express one",
                "the option that imports synchronization settings: choose the exported file",
                "the option that enables staging mode: tick it",
            ),
        ),
    ),
    never=("take the new server out of staging mode while the active server runs.",),
    call=_CALL,
    button="Open standby checklist",
)

HEALTH_ALERT: Final = Runbook(
    id="health-alert",
    title="Connect Health raised an alert",
    when="`HEALTH_ALERT`.",
    steps=(
        Step(
            id="open-alert",
            phase=Phase.CONFIRM,
            do="Open the alert in the Entra admin center: Entra Connect, Connect Health, Sync "
            "services. Does it name {subject} or the whole service?",
            verify="You know which server it is about, and since when.",
            where="Entra admin center",
        ),
        Step(
            id="do-as-advised",
            phase=Phase.REPAIR,
            do="Do what Connect Health advises there, on the server that it names.",
            verify="What it complains of does not happen in the next cycle.",
        ),
        Step(
            id="newest-errors",
            phase=Phase.REPAIR,
            do="Read the newest errors in the Application event log of that server, and the last "
            "runs in the Synchronization Service Manager, Operations.",
            verify="The last runs ended with success, and no newer error is there.",
            where=f"That server: event log, {SYNC_MANAGER}",
        ),
        Step(
            id="alert-ends",
            phase=Phase.VERIFY,
            do="When it is repaired, the alert ends by itself, up to hours later.",
            verify="Connect Health lists it as resolved; some alerts end only after 72 hours.",
            where="Entra admin center",
        ),
    ),
    never=("fail over for an alert alone, while the active server syncs.", DELETES),
    call=(people.ENGINEER, people.SERVERS, people.MICROSOFT),
)

CERTIFICATE_ENDS: Final = Runbook(
    id="certificate-ends",
    title="A server's certificate ends soon",
    when="`DEADLINE_NEAR`, for a certificate.",
    steps=(
        Step(
            id="rotation-runs",
            phase=Phase.CONFIRM,
            do="On {subject}, is the scheduler suspended? Then nothing rotates the certificate.",
            verify="SyncCycleEnabled True, SchedulerSuspended False. If not, find out why and "
            "resume it.",
            command=SCHEDULER,
            where=_ADMIN,
        ),
        Step(
            id="rotation-cycle",
            phase=Phase.REPAIR,
            do="Let a cycle run and look at the date again a day later: the server rotates its "
            "certificate itself.",
            verify="The status page shows a later date for this server.",
            command=DELTA,
            where=_ADMIN,
        ),
        Step(
            id="rotate-by-hand",
            phase=Phase.REPAIR,
            do="If the date stays, rotate it by hand: Entra Connect wizard, Configure, the task "
            "for the application certificate. After its end the server cannot sign in to Entra.",
            verify="The status page shows a later date, and the next cycle ends with success.",
            where="{subject}: Entra Connect wizard",
            wizard=("Configure", "the task that rotates the application certificate"),
        ),
    ),
    never=("delete the application of a sync server: the server could not sign in any more.",),
    call=(people.ENGINEER, people.MICROSOFT),
)

SUPPORT_ENDS: Final = Runbook(
    id="support-ends",
    title="A server's version is supported no longer",
    when="`DEADLINE_NEAR`, for a version.",
    steps=(
        Step(
            id="which-version",
            phase=Phase.CONFIRM,
            do="Which version runs on {subject}, and which one is current? The Entra admin center "
            "(Entra Connect, Get started) offers the newest.",
            verify="You know both versions, and until when the installed one is supported.",
            where="Entra admin center",
        ),
        Step(
            id="update-standby",
            phase=Phase.REPAIR,
            do="Update the standby first, in place, and let it run a day in staging mode.",
            verify="StagingModeEnabled True and SyncCycleEnabled True after the update.",
            command=SCHEDULER,
            where="The standby: PowerShell as administrator",
        ),
        Step(
            id="update-active",
            phase=Phase.REPAIR,
            do="Then update the active server in office hours, or fail over on purpose and update "
            "the old one.",
            verify="The status page shows the new version on both servers.",
        ),
    ),
    never=("update both servers at the same time: nobody could take over.",),
    call=(people.ENGINEER, people.SERVERS),
)
