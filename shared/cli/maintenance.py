"""`maintenance add`, `list`, `end`: windows in which nobody gets a card.

They are written to the store that the deployed app uses (`WATCHDOG_STORE`); its next tick knows
them. Exit codes: 0 done; 1 the window is unknown, over, one too many, or cannot be read; 2 the
arguments, the settings or the store are not as they must be.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from shared import maintaining, recurrence, wiring
from shared.cli import running
from shared.domain.maintenance.rule import WrongWindowError
from shared.domain.maintenance.window import MAX_WINDOWS
from shared.maintaining import Announced
from shared.ports import StoreUnavailableError
from shared.settings.parsers import duration, iso
from shared.settings.types import WrongValueError, one_line
from shared.watch import Watch

if TYPE_CHECKING:
    import argparse
    from collections.abc import Awaitable, Callable, Mapping

    from shared.domain.maintenance.window import Occurrence, Window
    from shared.ports import Store

    Command = Callable[[argparse.Namespace, "_Desk"], Awaitable[int]]

    Commands = argparse._SubParsersAction[argparse.ArgumentParser]  # noqa: SLF001 - its only name

OK: Final = 0
NEEDS_A_PERSON: Final = 1
WRONG: Final = 2

VIA: Final = "command line"
_SHOWN: Final = 3
_LENGTH: Final = duration("PT5M", "P7D")


@dataclass(frozen=True, slots=True)
class _Desk:
    """What every command needs: the store, the clock on the wall, who asks, and when."""

    watch: Watch
    zone: ZoneInfo
    by: str
    at: datetime

    @property
    def store(self) -> Store:
        return self.watch.outside.store

    @property
    def tenant(self) -> str:
        return self.watch.plan.tenant_id


def add(commands: Commands) -> None:
    """Add the command."""
    maintenance = commands.add_parser("maintenance", help="windows in which nobody gets a card")
    what = maintenance.add_subparsers(dest="what", required=True)
    new = what.add_parser("add", help="announce a window, once or repeated")
    new.add_argument("--start", required=True, help="local start, such as 2026-12-06T22:00")
    new.add_argument("--for", required=True, dest="lasts", help="how long, PT5M to P7D")
    new.add_argument("--repeat", default="", help="RFC 5545 rule: FREQ=MONTHLY;BYDAY=1SU")
    new.add_argument("--title", default="", help="what it is for")
    new.add_argument("--by", default=None, help="who announces it (default: the user's name)")
    new.set_defaults(run=_with_store(_add))
    every = what.add_parser("list", help="what is on, what comes, and what stands in the setting")
    every.set_defaults(run=_with_store(_list))
    end = what.add_parser("end", help="end a window now, with all its repetitions")
    end.add_argument("id", help="as `list` shows it")
    end.add_argument("--by", default=None, help="who ends it (default: the user's name)")
    end.set_defaults(run=_with_store(_end))


def _with_store(command: Command) -> Callable[[argparse.Namespace, Mapping[str, str]], int]:
    """A command on the deployed watchdog's store; nothing else is read or written."""

    async def run(options: argparse.Namespace, environ: Mapping[str, str]) -> int:
        settings = wiring.load_settings(environ, "check")
        by = getattr(options, "by", None)
        name = environ.get("USER") or environ.get("USERNAME") or "" if by is None else by
        watch = wiring.build_from(settings)
        desk = _Desk(watch, settings.time_zone, one_line(name), wiring.utc_now())
        try:
            return await command(options, desk)
        except WrongWindowError as wrong:
            print(f"The window {wrong}", file=sys.stderr)
            return WRONG
        except StoreUnavailableError as problem:
            print(problem, file=sys.stderr)
            return WRONG
        finally:
            await watch.aclose()

    return lambda options, environ: running.run(run(options, environ))


async def _add(options: argparse.Namespace, desk: _Desk) -> int:
    try:
        lasts = _LENGTH(options.lasts)
    except WrongValueError as wrong:
        raise WrongWindowError(
            f"has a length that {wrong.what}", f"{wrong.right}, such as PT2H"
        ) from None
    window = recurrence.new_window(
        options.start,
        lasts,
        desk.zone.key,
        id=wiring.new_id(),
        rule=options.repeat,
        title=options.title,
        by=desk.by,
        via=VIA,
        at=desk.at,
    )
    change = await maintaining.announce(desk.store, desk.tenant, window, desk.at)
    if change.outcome is Announced.OVER:
        print("Nothing was announced: that window is over already.", file=sys.stderr)
        return NEEDS_A_PERSON
    if change.outcome is Announced.FULL:
        print(
            f"Nothing was announced: {MAX_WINDOWS} windows stand already. End one of them with"
            " `maintenance end ID`.",
            file=sys.stderr,
        )
        return NEEDS_A_PERSON
    print(f"Announced as {window.id}. Measuring goes on; cards wait for the end of the window.")
    for each in recurrence.upcoming([window], desk.at, _SHOWN):
        print(_line(each, desk))
    return OK


async def _list(_: argparse.Namespace, desk: _Desk) -> int:
    stored = await maintaining.announced(desk.store, desk.tenant)
    windows = [*desk.watch.plan.windows, *stored]
    on = recurrence.maintenance_at(windows, desk.at)
    if on is None:
        print("No maintenance is on: cards are sent.")
    else:
        title = f" ({one_line(on.title)})" if on.title else ""
        print(f"Maintenance is on{title}: cards wait until {_both(on.until, desk.zone)}.")
    standing = [each for each in windows if not recurrence.over(each, desk.at)]
    wrong = recurrence.unreadable(standing)
    for window in standing:
        print(_announcement(window))
        if window in wrong:
            print("  cannot be read, so it is never on: end it and announce it again")
        for each in recurrence.upcoming([window], desk.at, _SHOWN):
            print(_line(each, desk))
    if not standing:
        print("None is announced, in the store or in WATCHDOG_MAINTENANCE.")
    return NEEDS_A_PERSON if wrong else OK


async def _end(options: argparse.Namespace, desk: _Desk) -> int:
    if any(options.id == window.id for window in desk.watch.plan.windows):
        print(f"{options.id} stands in WATCHDOG_MAINTENANCE: change the setting.", file=sys.stderr)
        return NEEDS_A_PERSON
    change = await maintaining.end(
        desk.store, desk.tenant, options.id, desk.at, by=desk.by, via=VIA
    )
    if change.outcome is Announced.UNKNOWN:
        print(
            f"There is no window {options.id[:64]!a}; `maintenance list` shows all.",
            file=sys.stderr,
        )
        return NEEDS_A_PERSON
    if change.outcome is Announced.ALREADY:
        print("It was ended before; nothing changed.")
    else:
        print("Ended, with all its repetitions. Cards that waited go with the next tick.")
    return OK


def _announcement(window: Window) -> str:
    repeats = f", {one_line(window.rule)}" if window.rule else ""
    title = f" {one_line(window.title)}," if window.title else ""
    by = f", announced by {one_line(window.by)}" if window.by else ""
    via = f" ({one_line(window.via)})" if window.via else ""
    return f"{window.id}:{title} {iso(window.lasts)}{repeats}{by}{via}"


def _line(each: Occurrence, desk: _Desk) -> str:
    now = "on now" if each.start <= desk.at else "next  "
    return f"  {now} {_both(each.start, desk.zone)} to {_both(each.end, desk.zone)}"


def _both(moment: datetime, zone: ZoneInfo) -> str:
    local = f"{moment.astimezone(zone):%a %Y-%m-%d %H:%M} {zone.key}"
    utc = f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    return utc if zone.key == "UTC" else f"{local} ({utc})"
