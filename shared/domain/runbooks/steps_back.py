"""Steps of the switch back. They have ids of their own: a tick for the way there is none for it.

Sources: those of `steps_switch`; a server is rebuilt from the other one's exported settings, in
staging mode, and compared with it (background articles 000, phases 2 to 5, and 001, steps 1 to 3:
Statistics Comparison, Configuration Documenter); both switches of a practice are the same in
reverse (000, phase 6).
"""

from __future__ import annotations

from typing import Final

from shared.domain.runbooks.parts import SCHEDULER, SYNC_MANAGER, Phase, Step
from shared.domain.runbooks.steps_switch import TICK, UNTICK

BACK_PLAN: Final = Step(
    id="back-plan",
    phase=Phase.BACK,
    do="Switch back on another day, in a maintenance window with users told, or not at all: {new} "
    "may stay the active server.",
    verify="The time is agreed, and the service desk knows it.",
)
BACK_REBUILD: Final = Step(
    id="back-rebuild",
    phase=Phase.BACK,
    do="Rebuild {old} from the exported settings of {new}, in staging mode from its first start. "
    "It is safer than a repair: the old installation believes that it is active.",
    verify="StagingModeEnabled True on {old}.",
    command=SCHEDULER,
    where="{old}: installer of Entra Connect",
    wizard=(
        "the customized installation, not the express one",
        "the option that imports synchronization settings: choose the exported file",
        "sign-in method and optional features as on {new}",
        "the option that enables staging mode: tick it",
    ),
)
BACK_CATCH_UP: Final = Step(
    id="back-catch-up",
    phase=Phase.BACK,
    do="Let {old} catch up: its imports and syncs end without errors, its version is not older, "
    "and its settings are those of {new} (rules, filtered OUs, features).",
    verify="Statistics Comparison or the Configuration Documenter shows no difference that you "
    "cannot explain.",
    where=f"{{old}}: {SYNC_MANAGER}",
)
BACK_STOP: Final = Step(
    id="back-stop",
    phase=Phase.BACK,
    do="Stop {new} first: when no cycle is in progress, switch staging mode on in its wizard.",
    verify="StagingModeEnabled True on {new}: now nobody exports.",
    command=SCHEDULER,
    where="{new}: Entra Connect wizard",
    wizard=TICK,
)
BACK_PENDING: Final = Step(
    id="back-pending",
    phase=Phase.BACK,
    do="On {old}, look at the pending exports and count the deletes, as before the first switch.",
    verify="You can explain what is pending, and the deletes are fewer than the threshold.",
    where=f"{{old}}: {SYNC_MANAGER}",
)
BACK_PROMOTE: Final = Step(
    id="back-promote",
    phase=Phase.BACK,
    do="On {old}, switch staging mode off in the wizard, and let it start synchronization.",
    verify="StagingModeEnabled False on {old}, True on {new}.",
    command=SCHEDULER,
    where="{old}: Entra Connect wizard",
    wizard=UNTICK,
)
BACK_VERIFY: Final = Step(
    id="back-verify",
    phase=Phase.BACK,
    do="Verify as after the first switch: first cycle, last sync in Entra, export errors, a test "
    "user, password hashes, writeback, agents.",
    verify="Each of them passes with {old} as the active server.",
)
BACK_NAMES: Final = Step(
    id="back-names",
    phase=Phase.BACK,
    do="Set back what was changed: DNS, monitors, WATCHDOG_ACTIVE_SERVER to {old}, "
    "WATCHDOG_STANDBY_SERVERS to {new}.",
    verify="The status page shows {old} as active, and {new} as a fit standby.",
)

SWAP: Final = (BACK_STOP, BACK_PENDING, BACK_PROMOTE, BACK_VERIFY)
"""From one sound server to the other."""
STEPS: Final = (BACK_PLAN, BACK_REBUILD, BACK_CATCH_UP, *SWAP, BACK_NAMES)
"""The whole way back."""
