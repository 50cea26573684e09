"""The doctor's second place: ask the deployed app for its report, and look at it as a stranger."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from shared.doctor import fixes
from shared.doctor.doctor import WEB_SECONDS, doors_of, guarded
from shared.doctor.facts import Door, Gone, Web, have
from shared.doctor.judge_web import health_answer, keys_answer, sign_in_answer
from shared.doctor.judging import Said, not_verifiable, row_of
from shared.doctor.network import Ask
from shared.doctor.settings_rows import numbered
from shared.doctor.wire import from_json
from shared.settings.urls import LOOPBACK_HOSTS, is_loopback, split_url

if TYPE_CHECKING:
    from shared.doctor.network import Asks
    from shared.doctor.report import Report, Row
    from shared.secret import Secret

REPORT_SECONDS: Final = 90.0
"""The doctor's own 45 s, and as much for an app that has to wake up."""
KEY: Final = "FUNCTION_KEY"
_KEY_FORM: Final = re.compile(r"[\x21-\x7e]{8,512}")
_MASK: Final = "***"
_APP: Final = re.compile(r"([a-z0-9-]{1,60})\.(?:azurewebsites\.(?:net|us)|chinacloudsites\.cn)")
OUTSIDE: Final = "from outside: "
HEALTH, SIGN_IN, KEYS = (f"{OUTSIDE}{each}" for each in ("health page", "sign-in", "keys"))


class NoReportError(Exception):
    """The app gave no report; says what happened and what to do, on lines as a row's fix has."""

    def __init__(self, what: str, fix: str = "") -> None:
        super().__init__(what)
        self.what, self.fix = what, fix


def app_address(text: str) -> str:
    """The app's address, without trailing slash.

    Args:
        text: What was typed.

    Raises:
        NoReportError: No key may be sent there.
    """
    right = "Right: the app's address alone, such as https://<function app>.azurewebsites.net"
    parts = split_url(text.strip())
    if parts is None or parts.query or parts.fragment or parts.path not in {"", "/"}:
        raise NoReportError("--app is no address of an app.", right)
    if parts.scheme != "https" and not is_loopback(text.strip()):
        raise NoReportError("--app is not https, so no key is sent there.", right)
    return text.strip().rstrip("/")


def usable_key(key: Secret | None, base: str) -> Secret:
    """The function key.

    Raises:
        NoReportError: There is none, or it is none.
    """
    if key is None:
        raise NoReportError(f"{KEY} is not set, and the app wants its function key.", key_fix(base))
    if not _KEY_FORM.fullmatch(key.reveal()):
        raise NoReportError(f"{KEY} does not look like a function key.", key_fix(base))
    return key


def key_fix(base: str) -> str:
    """The command that fetches the key of the app at an address."""
    match = _APP.fullmatch(urlsplit(base).hostname or "")
    name = match[1] if match else "<function app>"
    return fixes.lines(
        "Fetch it when it is needed, and store it nowhere:",
        fixes.command(
            f'export {KEY}="$(az functionapp keys list --resource-group <resource group>'
            f' --name {name} --query functionKeys.default --output tsv)"'
        ),
    )


async def ask_app(base: str, key: Secret, ask: Asks, *, send_card: bool) -> Report:
    """The report of the doctor inside the app.

    Args:
        base: The app's address.
        key: Its function key.
        ask: Sends one request.
        send_card: Whether it is to post a test card.

    Raises:
        NoReportError: It gave none, and why.
    """
    web = await ask(
        Ask(
            "POST",
            f"{base}/api/doctor",
            b'{"send_card": true}' if send_card else b"{}",
            {"x-functions-key": key, "Content-Type": "application/json"},
            seconds=REPORT_SECONDS,
            want_body=True,
        )
    )
    host = urlsplit(base).netloc
    if web.status in {HTTPStatus.OK, HTTPStatus.SERVICE_UNAVAILABLE}:
        report = from_json(web.body)
        if report is not None:
            return _without(replace(report, where=f"{report.where} ({host})"), key)
    raise _no_report(web, host, base)


def _without(report: Report, key: Secret) -> Report:
    """The report without the key, should whoever answered have sent it back."""
    text = key.reveal()
    rows = (
        replace(
            row,
            name=row.name.replace(text, _MASK),
            detail=row.detail.replace(text, _MASK),
            fix=row.fix.replace(text, _MASK),
        )
        for row in report.rows
    )
    build, where = (each.replace(text, _MASK) for each in (report.build, report.where))
    return replace(report, build=build, where=where, rows=tuple(rows))


def _no_report(web: Web, host: str, base: str) -> NoReportError:
    if web.status is None:
        return NoReportError(
            f"{host} gave {web.problem}.",
            "Check the address, and that the app runs. If it woke up just now, ask once more."
            " Behind a proxy: set HTTPS_PROXY, and REQUESTS_CA_BUNDLE if it has its own CA.",
        )
    signs_in = web.status in range(300, 400) or "www-authenticate" in web.headers
    if signs_in:
        return NoReportError(
            f"{host} asks for sign-in at /api/doctor ({web.status}) instead of a key.",
            "Let App Service sign-in leave /api/doctor out (globalValidation.excludedPaths).",
        )
    if web.status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        return NoReportError(f"{host} refuses the key in {KEY} ({web.status}).", key_fix(base))
    if web.status == HTTPStatus.NOT_FOUND:
        return NoReportError(
            f"{host} knows no doctor (404): an older build runs there, or it is another app.",
            "Deploy this build; check the address.",
        )
    if web.status == HTTPStatus.SERVICE_UNAVAILABLE:
        return NoReportError(
            f"{host} does not run the app now (503).",
            "Ask once more in a minute; then look at the app's log stream and the deployment.",
        )
    return NoReportError(
        f"{host} answered {web.status}, and not with a report that this build can read.",
        "Check the address; if it is right, look at the app's log (watchdog.failed). If another"
        " build runs there, run the doctor of that build's checkout.",
    )


async def seen_from_outside(base: str, ask: Asks) -> tuple[Row, ...]:
    """What only the outside sees: whether strangers get in where they should, and only there.

    Args:
        base: The app's address.
        ask: Sends one request.
    """
    doors = doors_of(base)
    answers = await asyncio.gather(*(guarded(ask(each), WEB_SECONDS) for each in doors.values()))
    web = dict(zip(doors, answers, strict=True))
    host = urlsplit(base).netloc
    here = (urlsplit(base).hostname or "") in LOOPBACK_HOSTS
    return (
        row_of(HEALTH, lambda: health_answer(have(web[Door.HEALTH]), host)),
        row_of(SIGN_IN, partial(_sign_in, web[Door.STATUS], host)),
        row_of(KEYS, lambda: _keys(web, host, here=here)),
    )


def _sign_in(answer: Web | Gone, host: str) -> Said:
    web = have(answer)
    if web.status == HTTPStatus.NOT_FOUND:
        return not_verifiable(
            f"{host} shows strangers nothing at /api/status (404): a signed link is needed, or"
            " another app answers.",
            "See the row 'sign-in on the pages', which knows WATCHDOG_PAGE_ACCESS.",
        )
    return sign_in_answer(web, host, "")


def _keys(web: dict[Door, Web | Gone], host: str, *, here: bool) -> Said:
    if here:
        return not_verifiable("On this machine the Functions host asks for no key.")
    return keys_answer(have(web[Door.RUN]), have(web[Door.DOCTOR]), host)


def with_rows(report: Report, rows: tuple[Row, ...]) -> Report:
    """The report with more rows; a name that the app used already gets a number."""
    taken = {row.name for row in report.rows}
    named = tuple(replace(row, name=numbered(row.name, taken)) for row in rows)
    return replace(report, rows=(*report.rows, *named))
