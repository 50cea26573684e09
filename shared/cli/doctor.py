"""`doctor`: everything between the settings and a working alert, row by row, with what mends it.

Without `--app` it looks with the rights of whoever runs it; with `--app` the deployed app looks at
itself, with its identity's rights. It changes nothing but the probe rows of the store, in a
partition that no tick reads (`shared.doctor.probe_row`). Exit codes: 0 nothing to mend; 1 something
fails or is not permitted; 2 the settings are wrong or the app gave no report, so that nothing else
could be looked at.
"""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Final

from shared import wiring
from shared.cli import running
from shared.doctor import outside
from shared.doctor.network import asking
from shared.doctor.report import EXIT_NO_REPORT
from shared.doctor.text import as_text
from shared.doctor.wire import as_json
from shared.secret import Secret
from shared.settings.types import SettingsError
from shared.wiring import doctor as wired

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping

    from shared.doctor.report import Report

    Commands = argparse._SubParsersAction[argparse.ArgumentParser]  # noqa: SLF001 - its only name

_NO_COLOUR: Final = ("NO_COLOR", "CI")
_WINDOWS_TERMINALS: Final = ("WT_SESSION", "TERM_PROGRAM", "TERM", "ANSICON")


def add(commands: Commands) -> None:
    """Add the command."""
    doctor = commands.add_parser(
        "doctor", help="everything between the settings and a working alert, and what mends it"
    )
    doctor.add_argument("--json", action="store_true", help="print one JSON object")
    doctor.add_argument(
        "--send-card", action="store_true", help="post a test card: the only proof of the webhook"
    )
    doctor.add_argument(
        "--app",
        metavar="URL",
        help=f"let the deployed app look at itself; its function key stands in {outside.KEY}",
    )
    doctor.set_defaults(run=_run)


def _run(options: argparse.Namespace, environ: Mapping[str, str]) -> int:
    if not options.json and sys.stderr.isatty():
        print("Looking at everything; that takes seconds, at most two minutes.", file=sys.stderr)
    try:
        if options.app is None:
            looking = _here(environ, send_card=options.send_card)
        else:
            looking = _there(options.app, environ, send_card=options.send_card)
        report = running.run(looking)
    except outside.NoReportError as nothing:
        return _no_report(nothing, as_json=options.json)
    except KeyboardInterrupt:
        return _no_report(outside.NoReportError("you stopped it."), as_json=options.json)
    if options.json:
        print(json.dumps(as_json(report)))
    else:
        print("\n".join(as_text(report, colour=_in_colour(environ))))
    return report.exit_code


async def _here(environ: Mapping[str, str], *, send_card: bool) -> Report:
    try:
        settings = wiring.load_settings(environ, "watch")
        watch = wiring.build_from(settings)
    except SettingsError as wrong:
        return wired.misconfigured(wrong, environ)
    return await wired.look(
        settings, watch, environ, send_card=send_card, now=wiring.utc_now, new_id=wiring.new_id
    )


async def _there(app: str, environ: Mapping[str, str], *, send_card: bool) -> Report:
    base = outside.app_address(app)
    text = environ.get(outside.KEY, "").strip()
    key = outside.usable_key(Secret(text) if text else None, base)
    ask = asking(wiring.utc_now, wired.route_from_here(environ, base))
    report = await outside.ask_app(base, key, ask, send_card=send_card)
    # only then: an app that slept is awake now, and answers strangers in time
    return outside.with_rows(report, await outside.seen_from_outside(base, ask))


def _no_report(nothing: outside.NoReportError, *, as_json: bool) -> int:
    if as_json:
        print(json.dumps({"status": "no_report", "detail": nothing.what, "fix": nothing.fix}))
    else:
        print(f"No report: {nothing.what}", file=sys.stderr)
        if nothing.fix:
            print(nothing.fix, file=sys.stderr)
    return EXIT_NO_REPORT


def _in_colour(environ: Mapping[str, str]) -> bool:
    """Whether a person's terminal shows the output (https://no-color.org)."""
    wanted = not any(environ.get(name) for name in _NO_COLOUR)
    # the console of older Windows shows the codes themselves; the others say who they are
    able = sys.platform != "win32" or any(environ.get(name) for name in _WINDOWS_TERMINALS)
    return wanted and able and environ.get("TERM") != "dumb" and sys.stdout.isatty()
