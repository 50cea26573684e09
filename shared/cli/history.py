"""`history`: closed incidents, what happened, and drills, as CSV or JSON; all of it, however long.

It reads the store that the deployed app uses (`WATCHDOG_STORE`) and changes nothing. Exit codes: 0
done; 1 stored records could not be read and are missing; 2 the arguments, the settings or the store
are not as they must be.
"""

from __future__ import annotations

import io
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from shared import wiring
from shared.cli import running
from shared.history_export import (
    Asked,
    Exported,
    ExportError,
    What,
    as_csv,
    as_json,
    asked_of,
    export,
)
from shared.ports import StoreUnavailableError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping

    Commands = argparse._SubParsersAction[argparse.ArgumentParser]  # noqa: SLF001 - its only name

OK: Final = 0
INCOMPLETE: Final = 1
WRONG: Final = 2

_HAPPENED: Final = What.TRANSITIONS


def add(commands: Commands) -> None:
    """Add the command."""
    history = commands.add_parser("history", help="export closed incidents, transitions, drills")
    history.add_argument("--format", choices=("csv", "json"), default="csv", help="(default: csv)")
    history.add_argument(
        "--what", choices=tuple(map(str, What)), default="incidents", help="the rows of the CSV"
    )
    history.add_argument("--since", default="", help="the first day, UTC, such as 2026-03-14")
    history.add_argument("--until", default="", help="the last day, UTC")
    history.add_argument("--out", default="", help="a file to write (default: standard output)")
    history.set_defaults(run=_run)


def _run(options: argparse.Namespace, environ: Mapping[str, str]) -> int:
    try:
        asked = asked_of({"what": options.what, "since": options.since, "until": options.until})
        whole = options.format == "json"
        found = running.run(_read(asked, environ, happened=whole or asked.what is _HAPPENED))
        _write(as_json(found, wiring.utc_now()) if whole else as_csv(found), options.out)
    except (ExportError, StoreUnavailableError) as wrong:
        print(wrong, file=sys.stderr)
        return WRONG
    except OSError as wrong:
        print(f"{options.out} cannot be written: {wrong.strerror}.", file=sys.stderr)
        return WRONG
    print(f"Exported {_counted(found)}.", file=sys.stderr)
    if found.unreadable:
        print(f"{found.unreadable} stored record(s) could not be read.", file=sys.stderr)
    return INCOMPLETE if found.unreadable else OK


async def _read(asked: Asked, environ: Mapping[str, str], *, happened: bool) -> Exported:
    watch = wiring.build_from(wiring.load_settings(environ, "check"))
    store, tenant = watch.outside.store, watch.plan.tenant_id
    try:
        return await export(tenant, store, asked, happened=happened, most=None)
    finally:
        await watch.aclose()


def _write(text: str, out: str) -> None:
    if out:
        Path(out).write_bytes(text.encode())
        return
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(newline="")  # the lines of a CSV end with CR LF already
    sys.stdout.write(text)


def _counted(found: Exported) -> str:
    changes = sum(map(len, found.transitions.values()))
    told = f"{len(found.incidents)} closed incident(s), {len(found.drills)} drill(s)"
    return f"{told}, {changes} transition(s)" if changes else told
