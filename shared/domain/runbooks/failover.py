"""Runbooks of a switch: when the active server is silent, afterwards, back, and for practice.

The sources of the steps stand with the steps. How long a switch takes: background article 000 (in
theory under five minutes, really 15 to 30 with diagnosis, signing in, verifying and monitors; the
work in the wizard about ten minutes for a practice with its way back). What is never done:
how-to-connect-sync-staging-server and background articles 000 and 002 (two active servers are an
unsupported topology), how-to-connect-sync-feature-prevent-accidental-deletes.
"""

from __future__ import annotations

from typing import Final

from shared.domain.runbooks import people, steps_back, steps_confirm, steps_switch
from shared.domain.runbooks.parts import Phase, Runbook, Step

TWO_ACTIVE: Final = (
    "make {standby} active while {active} may still run: two active servers overwrite each other."
)
DELETES: Final = "switch off the protection against accidental deletes to get a cycle through."
COMES_BACK: Final = "let {active} come back before it is certain to be in staging mode."
_LOCKED_OUT: Final = "begin without an account that can sign in to Entra when the agents cannot."
_NEVER: Final = (TWO_ACTIVE, COMES_BACK, DELETES, _LOCKED_OUT)

_REALLY: Final = (
    "What failing over really takes: the switch in the wizard is under 5 minutes; with diagnosis, "
    "signing in, verifying and telling the monitors it is 15 to 30. The order is what matters: "
    "{active} is stopped before {standby} is promoted."
)

_SWITCH: Final = (
    steps_switch.STOP_OLD,
    steps_switch.PENDING,
    steps_switch.THRESHOLD,
    steps_switch.PROMOTE,
)
_VERIFY: Final = (
    steps_switch.FIRST_CYCLE,
    steps_switch.LAST_SYNC,
    steps_switch.EXPORT_ERRORS,
    steps_switch.TEST_USER,
    steps_switch.PASSWORD_HASHES,
    steps_switch.WRITEBACK,
    steps_switch.AGENTS,
)
_AFTERWARDS: Final = (steps_switch.INTENT, steps_switch.LEARN)
_TO_FAIL_OVER: Final = (
    steps_switch.BREAK_GLASS,
    *_SWITCH,
    *_VERIFY,
    steps_switch.NAMES,
    steps_switch.ISOLATE,
    *_AFTERWARDS,
    *steps_back.STEPS,
)
_SHORT: Final = (
    steps_switch.STOP_OLD.id,
    steps_switch.PENDING.id,
    steps_switch.PROMOTE.id,
)

SERVER_SILENT: Final = Runbook(
    id="server-silent",
    title="The sync server is silent",
    when="`SERVER_SILENT`, and no more is known of the servers.",
    intro=_REALLY,
    steps=(
        steps_confirm.RUNNING,
        steps_confirm.STUCK,
        steps_confirm.WAY_TO_CLOUD,
        steps_confirm.CHECK_STANDBY,
        steps_confirm.START_CYCLE,
        steps_switch.DECIDE,
        *_TO_FAIL_OVER,
    ),
    never=_NEVER,
    call=people.FAILOVER,
)

FAIL_OVER: Final = Runbook(
    id="fail-over",
    title="Fail over to the standby",
    when="`SERVER_SILENT` or `SYNC_STALLED`, and the standby was shown to be fit.",
    intro=_REALLY,
    steps=(
        steps_confirm.RUNNING,
        steps_confirm.STUCK,
        steps_confirm.CHECK_STANDBY,
        steps_confirm.START_CYCLE,
        *_TO_FAIL_OVER,
    ),
    never=_NEVER,
    call=people.FAILOVER,
    button="Open failover runbook",
    short=_SHORT,
)
"""The watchdog checked the standby; a person confirms both servers before anything is stopped."""

CHECK_THEN_FAIL_OVER: Final = Runbook(
    id="check-then-fail-over",
    title="Check first, then decide",
    when="`SERVER_SILENT`, and what is known of the standby is too little or too old.",
    intro=_REALLY,
    steps=(
        steps_confirm.RUNNING,
        steps_confirm.CHECK_STANDBY,
        steps_confirm.STUCK,
        steps_confirm.WAY_TO_CLOUD,
        steps_confirm.START_CYCLE,
        steps_switch.DECIDE,
        *_TO_FAIL_OVER,
    ),
    never=_NEVER,
    call=people.FAILOVER,
    button="Open failover runbook",
)

AFTER_FAILOVER: Final = Runbook(
    id="after-failover",
    title="After the failover",
    when="`SERVER_SILENT` or `SYNC_STALLED` that ended with a switch to the standby.",
    steps=(
        steps_switch.ISOLATE,
        *_VERIFY,
        steps_switch.NAMES,
        *_AFTERWARDS,
        *steps_back.STEPS,
    ),
    never=(
        "let {old} start outside staging mode: two active servers overwrite each other.",
        DELETES,
    ),
    call=people.FAILOVER,
    button="Open after-failover checklist",
)

SWITCH_BACK: Final = Runbook(
    id="switch-back",
    title="Switch back, planned",
    when="On a day of your choice after a failover.",
    intro="Nothing is broken, so nothing is hurried: {old} is rebuilt in staging mode first, "
    "catches up, and only then the two are swapped, {new} out before {old} in.",
    steps=(*steps_back.STEPS, steps_switch.LEARN),
    never=(
        "take {old} out of staging mode while {new} is active: both would overwrite each other.",
        "switch back to a server that has not caught up: it exports what is old.",
        DELETES,
    ),
    call=people.FAILOVER,
)

DRILL: Final = Runbook(
    id="drill",
    title="Practise a failover",
    when="A drill, at least every 90 days.",
    intro="A practice switches both ways in one maintenance window. The work in the wizard is "
    "about 10 minutes in total; the stopwatch of the drill measures the rest. Real monitoring "
    "goes on, and the drill ends with the recovery: a card about the way back does not say DRILL.",
    steps=(
        steps_confirm.CHECK_STANDBY,
        steps_confirm.STUCK,
        Step(
            id="drill-window",
            phase=Phase.BEFORE,
            do="Choose a maintenance window without other changes, and tell the users that what "
            "they change may arrive late. Do not announce it to the watchdog: its cards, also "
            "those of the drill, would wait.",
            verify="The window is in the calendar, the service desk knows it, and the status page "
            "says of no maintenance that it is on.",
        ),
        steps_switch.BREAK_GLASS,
        Step(
            id="drill-start",
            phase=Phase.BEFORE,
            do="Start the drill, on the watchdog's status page or with its drill command: the "
            "cards of this practice are titled DRILL, and the stopwatch runs.",
            verify="A card titled DRILL stands in the channel.",
            where="Status page of the watchdog",
        ),
        *_SWITCH,
        *_VERIFY,
        *steps_back.SWAP,
        Step(
            id="drill-end",
            phase=Phase.AFTERWARDS,
            do="Write down how long each part took and what nobody could find, and correct your "
            "own notes.",
            verify="The drill stands in the history with its times, and a date for the next one "
            "is set.",
            where="Status page of the watchdog",
        ),
    ),
    never=(
        TWO_ACTIVE,
        "start a practice while a real incident is open, or with a standby that is not fit.",
        DELETES,
    ),
    call=(people.ENGINEER, people.SERVERS, people.DIRECTORY, people.KEEPER, people.DESK),
)
