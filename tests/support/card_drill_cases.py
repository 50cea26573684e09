"""One realistic card for each thing that is said of a drill: for lint, golden and render tests."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from shared.domain.cards import drill_cards
from shared.domain.cards.presentation import Presentation
from shared.domain.drills.drill import LONGEST_DRILL, Drill, DrillEnd
from tests.support.card_cases import BARE, MINUTE, NOW, PRESENTATION, Case, all_cases

if TYPE_CHECKING:
    from collections.abc import Iterator

STARTED = NOW - 90 * MINUTE
DRILL_ID = "20261121-0130-k7q2m9xw4r"
RUNNING = Drill(
    DRILL_ID,
    STARTED,
    by="Identity on-call",
    via="command line",
    note="SYNC-A is switched off by the host team",
    active_before="SYNC-A",
)
"""A drill that has just begun."""

RECOVERED = replace(
    RUNNING,
    detected_at=STARTED + 62 * MINUTE,
    incident="20261121-0232-aaaaaaaaaa",
    decided_at=STARTED + 66 * MINUTE,
    switched_at=STARTED + 79 * MINUTE,
    switched_to="SYNC-B",
    recovered_at=STARTED + 80 * MINUTE,
    ended_at=NOW,
    end=DrillEnd.RECOVERED,
)


@dataclass(frozen=True)
class DrillCase:
    """One card about a drill itself.

    Attributes:
        name: For the golden file and the picture.
        drill: As it is told.
        presentation: What it shows and links to.
        at: When it is sent.
    """

    name: str
    drill: Drill
    presentation: Presentation = PRESENTATION
    at: datetime = NOW

    def envelope(self) -> dict[str, Any]:
        """The message that is posted."""
        write = drill_cards.started if self.drill.running else drill_cards.over
        return write(self.drill, self.at, self.presentation)


def about_drills() -> Iterator[DrillCase]:
    """That it began, and every way in which it may end."""
    nothing = replace(
        RUNNING, note="", by="", active_before="", ended_at=STARTED + 20 * MINUTE,
        end=DrillEnd.STOPPED, ended_by="Duty manager",
    )  # fmt: skip
    planned = replace(
        RECOVERED,
        detected_at=None,
        incident="",
        decided_at=None,
        switched_at=STARTED + 9 * MINUTE,
        recovered_at=STARTED + 10 * MINUTE,
        ended_at=STARTED + 45 * MINUTE,
    )
    slow_people = replace(RECOVERED, detected_at=STARTED + 4 * MINUTE)
    slow_switch = replace(slow_people, decided_at=STARTED + 6 * MINUTE)
    unswitched = replace(RECOVERED, switched_at=None, switched_to="")
    out = replace(
        RECOVERED,
        switched_at=None,
        switched_to="",
        recovered_at=None,
        ended_at=STARTED + LONGEST_DRILL,
        end=DrillEnd.EXPIRED,
        unresolved=1,
    )
    long_names = replace(
        PRESENTATION, tenant_name="Contoso International Manufacturing and Logistics Holding"
    )
    yield DrillCase("started", RUNNING, at=STARTED)
    yield DrillCase("started-nothing-known", replace(nothing, ended_at=None), BARE, STARTED)
    yield DrillCase("started-long-names", replace(RUNNING, note=25 * "burnt "), long_names)
    yield DrillCase("recovered", RECOVERED)
    yield DrillCase("recovered-next-day", RECOVERED, at=NOW + timedelta(days=1))
    yield DrillCase("recovered-slow-to-decide", slow_people)
    yield DrillCase("recovered-slow-to-switch", slow_switch)
    yield DrillCase("recovered-planned", planned)
    yield DrillCase("recovered-without-a-switch", unswitched)
    yield DrillCase("recovered-but-something-is-open", replace(RECOVERED, unresolved=2))
    yield DrillCase("stopped-at-once", nothing)
    yield DrillCase("stopped-after-the-switch", replace(
        RECOVERED, recovered_at=None, end=DrillEnd.STOPPED, ended_by="Duty manager"))  # fmt: skip
    yield DrillCase("ran-out", out, at=STARTED + LONGEST_DRILL)


def in_a_drill() -> list[Case]:
    """Every card of an incident, as it is when a drill ran at its opening."""
    return [
        replace(case, incident=replace(case.incident, drill=DRILL_ID))
        for case in all_cases()
        if case.incident is not None
    ]


def golden_cases() -> list[DrillCase | Case]:
    """What is kept as a golden file: the drill's own cards, and one outage told in a drill."""
    shown = {"SERVER_SILENT-first", "SERVER_SILENT-recovery"}
    told = [case for case in in_a_drill() if case.name in shown]
    return [*about_drills(), *told]
