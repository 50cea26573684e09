"""`link status`, `link badge`, `link incident ID`: addresses that open a page.

With `WATCHDOG_PAGE_ACCESS=link` each is signed and so a secret: whoever has it may open what it is
for, a page for a day, the badge for `BADGE_VALID_FOR`. With `entra` the address is plain and opens
after sign-in. Exit codes: 0 done; 2 the arguments or the settings are not as they must be.
"""

from __future__ import annotations

import sys
from datetime import timedelta
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from shared import ledger, wiring
from shared.domain.cards.links import VALID_FOR, sign
from shared.domain.cards.wording import utc
from shared.site.access import BADGE, STATUS
from shared.wiring.site import access_of

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping

    Commands = argparse._SubParsersAction[argparse.ArgumentParser]  # noqa: SLF001 - its only name

OK: Final = 0
WRONG: Final = 2

BADGE_VALID_FOR: Final = timedelta(days=400)
"""A badge is embedded in a wiki and shows one word: nobody would renew it every day."""


def add(commands: Commands) -> None:
    """Add the command."""
    link = commands.add_parser("link", help="print the address of a page, signed where it must be")
    what = link.add_subparsers(dest="what", required=True)
    what.add_parser("status", help="the status page, for a day").set_defaults(run=_run)
    what.add_parser("badge", help="the badge: one word, for a wiki").set_defaults(run=_run)
    incident = what.add_parser("incident", help="the page of one incident, for a day")
    incident.add_argument("id", help="its id, as in the footer of its cards")
    incident.set_defaults(run=_run)


def _run(options: argparse.Namespace, environ: Mapping[str, str]) -> int:
    settings = wiring.load_settings(environ, "check")
    access, at = access_of(settings), wiring.utc_now()
    if not access.public_url:
        print("Set WATCHDOG_PUBLIC_URL, such as https://app.azurewebsites.net", file=sys.stderr)
        return WRONG
    subject, path, lasts = STATUS, "status", VALID_FOR
    if options.what == "badge":
        subject, path, lasts = BADGE, "status.svg", BADGE_VALID_FOR
    elif options.what == "incident":
        subject, path = options.id, f"incidents/{quote(options.id, safe='')}"
        try:
            ledger.opened_at(options.id)
        except ValueError:
            print("That is no incident's id; it stands in a card's footer.", file=sys.stderr)
            return WRONG
    address = f"{access.public_url.rstrip('/')}/api/{path}"
    if access.sign_in:
        print(address)
        return OK
    if not access.link_keys:
        print("Set WATCHDOG_SIGNING_KEYS: without keys no link can be signed.", file=sys.stderr)
        return WRONG
    print(f"{address}?t={sign(access.link_keys[0], subject, at, lasts)}")
    print(f"Valid until {utc(at + lasts, at)}; whoever has it may open it.", file=sys.stderr)
    return OK
