"""`drill start`, `drill stop`, `drill status`: the stopwatch of a practised failover.

They write to the store that the deployed app uses (`WATCHDOG_STORE`); its next tick goes on from
there and sends the cards. Exit codes: 0 done, or practice is not due; 1 a drill runs already, none
runs, or one is due; 2 the store or the settings are not as they must be, or no watchdog ticks.
"""

from __future__ import annotations

import sys
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from shared import drilling, past, wiring
from shared.bookkeeping import in_maintenance
from shared.cli import running
from shared.domain.cards.wording import duration, inert, utc
from shared.domain.drills.drill import DRILL_EVERY, LONGEST_DRILL, Drill
from shared.domain.history import rto
from shared.domain.incidents.actions import Actor
from shared.domain.incidents.table import State
from shared.drilling import Done
from shared.ports import StoreUnavailableError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Awaitable, Callable, Mapping
    from datetime import datetime

    from shared.ledger import Snapshot
    from shared.watch import Watch

    Commands = argparse._SubParsersAction[argparse.ArgumentParser]  # noqa: SLF001 - its only name

OK: Final = 0
NEEDS_A_PERSON: Final = 1
BLIND: Final = 2

VIA: Final = "command line"
_STALE: Final = timedelta(minutes=20)
_UNSETTLED: Final = (
    "It is not known whether that was stored: others write at the same time. Look with"
    " `drill status` in a few minutes, then try again."
)


def add(commands: Commands) -> None:
    """Add the command."""
    drill = commands.add_parser("drill", help="practise a failover against the stopwatch")
    what = drill.add_subparsers(dest="what", required=True)
    start = what.add_parser("start", help="start the stopwatch; real monitoring goes on")
    start.add_argument("--note", default="", help="what is practised; shown on the card")
    start.add_argument("--by", default=None, help="who practises (default: the user's name)")
    start.set_defaults(
        run=lambda options, env: _with_store(
            env, lambda watch: _start(watch, _actor(options.by, env), options.note)
        )
    )
    stop = what.add_parser("stop", help="end the drill that runs; the card says how far it came")
    stop.add_argument("--by", default=None, help="who ends it (default: the user's name)")
    stop.set_defaults(
        run=lambda options, env: _with_store(
            env, lambda watch: _stop(watch, _actor(options.by, env))
        )
    )
    status = what.add_parser("status", help="the stopwatch with its marks, or the last drill")
    status.set_defaults(run=lambda _, env: _with_store(env, _status))


def _actor(by: str | None, environ: Mapping[str, str]) -> Actor:
    name = environ.get("USER") or environ.get("USERNAME") or "" if by is None else by
    return Actor(by=name, via=VIA)


def _with_store(environ: Mapping[str, str], command: Callable[[Watch], Awaitable[int]]) -> int:
    """Run a command on the deployed watchdog's store; nothing else is read or written."""

    async def run() -> int:
        watch = wiring.build_from(wiring.load_settings(environ, "check"))
        try:
            return await command(watch)
        except StoreUnavailableError as problem:
            print(f"{problem} Nothing was changed.", file=sys.stderr)
            return BLIND
        finally:
            await watch.aclose()

    return running.run(run())


async def _start(watch: Watch, actor: Actor, note: str) -> int:
    store, tenant, at = watch.outside.store, watch.plan.tenant_id, wiring.utc_now()
    snap = await drilling.load(store, tenant)
    if not _ticks(snap, at):
        return BLIND
    if (on := in_maintenance(watch.plan, snap, at)) is not None:
        print(
            f"Beware: maintenance is on until {utc(on.until, at)}. Cards wait for its end, so no"
            " card tells before that what is detected.",
            file=sys.stderr,
        )
    wrong = {
        str(each.verdict) for each in snap.incidents.values() if each.state is not State.RESOLVED
    }
    if wrong:
        print(
            f"Beware: something is wrong already ({', '.join(sorted(wrong))}). Never practise in a"
            " real outage, or with a standby that is not fit: `drill stop` ends the drill.",
            file=sys.stderr,
        )
    drill = drilling.new(actor, at, wiring.new_id()[:10], note)
    result = await drilling.start(store, tenant, drill)
    if result.done is Done.UNSETTLED or result.drill is None:
        print(_UNSETTLED, file=sys.stderr)
        return BLIND
    if result.done is Done.ALREADY:
        print("A drill runs already; stop it first with `drill stop`.")
        print("\n".join(_marks(result.drill, at)))
        return NEEDS_A_PERSON
    print(f"Drill {result.drill.id} started at {utc(at, at)}; its first card comes with a tick.")
    print("Real monitoring goes on. What opens until the end says DRILL; act as in an outage.")
    print(f"It ends with the recovery, with `drill stop`, or after {duration(LONGEST_DRILL)}.")
    return OK


async def _stop(watch: Watch, actor: Actor) -> int:
    store, tenant, at = watch.outside.store, watch.plan.tenant_id, wiring.utc_now()
    result = await drilling.stop(store, tenant, actor, at, wiring.new_id())
    if result.done is Done.UNSETTLED:
        print(_UNSETTLED, file=sys.stderr)
        return BLIND
    if result.done is Done.NONE_RUNNING or result.drill is None:
        print("No drill runs. Start one with `drill start`.")
        return NEEDS_A_PERSON
    print(f"Drill {result.drill.id} ended ({result.drill.end}).")
    print("\n".join(_marks(result.drill, at)))
    if result.drill.unresolved:
        print("Of its incidents some are still open: they are real from now on.")
    return OK


async def _status(watch: Watch) -> int:
    store, tenant, at = watch.outside.store, watch.plan.tenant_id, wiring.utc_now()
    snap = await drilling.load(store, tenant)
    if not _ticks(snap, at):
        return BLIND
    if snap.drill is not None:
        print("A drill runs.")
        print("\n".join(_marks(snap.drill, at)))
        return OK
    first, last = past.since(at - watch.plan.retention)
    drills = past.read(await store.read(tenant, first, last)).drills
    if drills:
        print("No drill runs. The last one:")
        print("\n".join(_marks(drills[0], at)))
    else:
        print("No drill runs, and none is recorded.")
    practised = snap.state.drill_at if snap.state else None
    if practised is not None and at - practised <= DRILL_EVERY:
        return OK
    print(f"A drill with a recovery is due every {DRILL_EVERY.days} days: `drill start`.")
    return NEEDS_A_PERSON


def _ticks(snap: Snapshot, at: datetime) -> bool:
    """Whether a watchdog uses this store; says so where it does not, or seems to have stopped."""
    if snap.state is None:
        print(
            "No watchdog has ticked on this store, so nobody would take the time: is WATCHDOG_STORE"
            " the one of the deployed app, and WATCHDOG_TENANT_ID its tenant?",
            file=sys.stderr,
        )
        return False
    if abs(at - snap.state.ticked_at) > _STALE:
        last = utc(snap.state.ticked_at, at)
        print(
            f"Beware: the last tick on this store ran at {last}. Without ticks nobody takes the"
            " time: look at /api/health.",
            file=sys.stderr,
        )
    return True


def _marks(drill: Drill, at: datetime) -> list[str]:
    """The stopwatch and its marks, a line each; names are foreign text."""
    measured = rto.of(drill)
    by = f" by {inert(drill.by)}" if drill.by else ""
    lines = [f"  {utc(drill.started_at, at)}  started{by}, {drill.id}"]
    if drill.note:
        lines.append(f"  note: {inert(drill.note, 200)}")
    to = f" to {inert(drill.switched_to)}" if drill.switched_to else ""
    for moment, what, took in (
        (drill.detected_at, f"detected, incident {inert(drill.incident, 64)}", measured.detect),
        (drill.decided_at, "decided", measured.decide),
        (drill.switched_at, f"switched{to}", measured.switch),
        (drill.recovered_at, "recovered, in all", measured.total),
    ):
        if moment is not None:
            span = f" {duration(took)}" if took is not None else ""
            lines.append(f"  {utc(moment, at)}  {what}{span}")
    if drill.ended_at is None:
        lines.append(f"  the stopwatch runs: {duration(at - drill.started_at)}")
    else:
        lines.append(f"  {utc(drill.ended_at, at)}  ended: {drill.end}")
    return lines
