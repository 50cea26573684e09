"""Where two settings, or a setting and the place it runs in, contradict each other."""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import TYPE_CHECKING, Final, Protocol

from shared.settings.parsers import iso
from shared.settings.table import SETTINGS, Setting
from shared.settings.types import (
    CLOUDS,
    Cloud,
    ConnectHealth,
    CredentialKind,
    PageAccess,
    Problem,
    SqliteFile,
    TablesEndpoint,
    WrongValueError,
    one_line,
)
from shared.settings.urls import PING_RIGHT, STORE_RIGHT, WEBHOOK_RIGHT, is_loopback, split_url

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from shared.settings import Settings
    from shared.settings.types import StoreSetting

PREFIX: Final = "WATCHDOG_"
_NAMES: Final = tuple(setting.name for setting in SETTINGS)
# sd_watchdog_enabled(3): systemd sets these two for a service with WatchdogSec=.
_NOT_OURS: Final = frozenset({"WATCHDOG_PID", "WATCHDOG_USEC"})
_KEY_VAULT: Final = "@microsoft.keyvault("
_ACCOUNT: Final = r"[a-z0-9]{3,24}"  # Microsoft Learn, "Storage account overview": account names
_LONGEST_NAME: Final = 80
_QUOTE: Final = 12


class ChecksWebhook(Protocol):
    """Judges a Teams webhook: `shared.channels.teams.check_webhook`."""

    def __call__(self, url: str, extra_hosts: Sequence[str], /, *, loopback: bool) -> str | None:
        """None when it may be posted to, else one sentence without the URL's path and query."""


class ChecksPing(Protocol):
    """Judges a dead man's switch: `shared.channels.dead_man.check_ping_url`."""

    def __call__(self, url: str, /, *, loopback: bool) -> str | None:
        """None when it may be pinged, else one sentence without the URL's path and query."""


class Report:
    """Collects problems, and knows which settings can no longer be judged."""

    def __init__(self) -> None:
        self._problems: list[Problem] = []

    def add(self, name: str, what: str, right: str) -> None:
        """Note one problem."""
        shown = one_line(name)
        if len(shown) > _LONGEST_NAME:
            shown = f"{shown[:_LONGEST_NAME]}…"
        self._problems.append(Problem(shown, one_line(what), one_line(right)))

    def fine(self, *names: str) -> bool:
        """Whether nothing is wrong with these settings so far."""
        return not {problem.name for problem in self._problems} & set(names)

    def problems(self) -> tuple[Problem, ...]:
        """All problems, in the order of the table of settings, unknown names last."""
        order = {name: place for place, name in enumerate(_NAMES)}
        return tuple(sorted(self._problems, key=lambda item: order.get(item.name, len(order))))

    def read(self, setting: Setting, environ: Mapping[str, str]) -> object:
        """The value of one setting; its default when unset; `unset` when it is wrong."""
        text = environ.get(setting.name, "").strip()
        if text.lower().startswith(_KEY_VAULT):
            self.add(
                setting.name,
                "is missing: its Key Vault reference was not resolved",
                "check that the app's identity has the role Key Vault Secrets User on the vault, "
                "and check the secret's name",
            )
            return setting.unset
        if not text and setting.default is None:
            return setting.unset
        try:
            return setting.parse(text or str(setting.default))
        except WrongValueError as error:
            self.add(setting.name, error.what, error.right)
            return setting.unset


def check_names(environ: Mapping[str, str], report: Report) -> None:
    """A misspelt name must not be a silent default."""
    for name in sorted(environ):
        upper = name.upper()
        if not upper.startswith(PREFIX) or name in _NAMES or upper in _NOT_OURS:
            continue
        near = get_close_matches(upper[:_LONGEST_NAME], _NAMES, n=1)
        right = f"{near[0]}, or remove it" if near else "remove it; docs/settings.md lists all"
        report.add(name, "is not a setting of the watchdog", right)


def check_required(settings: Settings, report: Report, *, posts: bool) -> None:
    """What has no default."""
    if not settings.tenant_id and report.fine("WATCHDOG_TENANT_ID"):
        report.add(
            "WATCHDOG_TENANT_ID",
            "is missing",
            "the id of the tenant to watch, as the Entra admin center's overview shows",
        )
    if posts and settings.teams_url is None and report.fine("WATCHDOG_TEAMS_URL"):
        report.add(
            "WATCHDOG_TEAMS_URL",
            "is missing",
            "the webhook URL of a Teams workflow, best as a Key Vault reference",
        )


def check_webhook_with(check: ChecksWebhook, settings: Settings, report: Report) -> None:
    """Ask the channel about its own address."""
    names = ("WATCHDOG_TEAMS_URL", "WATCHDOG_TEAMS_HOSTS", "WATCHDOG_CREDENTIAL")
    if settings.teams_url is None or not report.fine(*names):
        return
    url = settings.teams_url.reveal()
    loopback = settings.credential is CredentialKind.LOOPBACK
    if loopback and not is_loopback(url):
        report.add(*_must_be_loopback("WATCHDOG_TEAMS_URL"))
        return
    fault = check(url, settings.teams_hosts, loopback=loopback)
    _add_fault(report, "WATCHDOG_TEAMS_URL", url, fault, WEBHOOK_RIGHT)


def check_ping_with(check: ChecksPing, settings: Settings, report: Report) -> None:
    """Ask the dead man's switch about its own address."""
    if settings.dead_man_url is None:
        return
    if not report.fine("WATCHDOG_DEAD_MAN_URL", "WATCHDOG_CREDENTIAL"):
        return
    url = settings.dead_man_url.reveal()
    fault = check(url, loopback=settings.credential is CredentialKind.LOOPBACK)
    _add_fault(report, "WATCHDOG_DEAD_MAN_URL", url, fault, PING_RIGHT)


def _add_fault(report: Report, name: str, url: str, fault: str | None, right: str) -> None:
    """Pass a channel's sentence on, unless it quotes what it must not."""
    if fault is not None:
        what = "is not usable" if _quotes(fault, url) else f"is not usable: {fault.rstrip('.')}"
        report.add(name, what, right)


def _quotes(text: str, url: str) -> bool:
    """Whether a text repeats a part of a URL that lies behind its host."""
    secret = url.partition("://")[2].partition("/")[2] or url
    pieces = range(max(1, len(secret) - _QUOTE + 1))
    return any(secret[start : start + _QUOTE] in text for start in pieces)


def check_azure(settings: Settings, report: Report, *, store_set: bool) -> None:
    """What only makes sense on a person's machine."""
    if not settings.inside_azure:
        return
    if settings.credential in {CredentialKind.LOOPBACK, CredentialKind.DEVELOPER}:
        what = f"is {settings.credential}, but this is Azure, where nobody is signed in"
        report.add("WATCHDOG_CREDENTIAL", what, "managed_identity")
    if report.fine("WATCHDOG_STORE"):
        if not store_set:
            report.add("WATCHDOG_STORE", "is missing, and in Azure there is no default", _AZURE)
        elif isinstance(settings.store, SqliteFile):
            report.add("WATCHDOG_STORE", "is a SQLite file, which Azure would lose", _AZURE)
        elif is_loopback(settings.store.endpoint):
            report.add("WATCHDOG_STORE", "is on this machine, but this is Azure", _AZURE)
    keys_needed = settings.page_access is PageAccess.LINK and not settings.signing_keys
    if keys_needed and report.fine("WATCHDOG_SIGNING_KEYS", "WATCHDOG_PAGE_ACCESS"):
        report.add(
            "WATCHDOG_SIGNING_KEYS",
            "is missing, but WATCHDOG_PAGE_ACCESS is link",
            "id:base64 with a key from openssl rand -base64 32, or WATCHDOG_PAGE_ACCESS=entra",
        )
    if settings.dead_man_url and is_loopback(settings.dead_man_url.reveal()):
        report.add(
            "WATCHDOG_DEAD_MAN_URL", "is on this machine, but this is Azure", "an outside monitor"
        )
    if settings.public_url and is_loopback(settings.public_url):
        report.add(
            "WATCHDOG_PUBLIC_URL",
            "is on this machine, but this is Azure",
            "the app's https address",
        )


_AZURE: Final = (
    "the table endpoint of the app's storage account, such as "
    "https://<account>.table.core.windows.net"
)


def _must_be_loopback(name: str) -> tuple[str, str, str]:
    return (
        name,
        "is not on this machine, but WATCHDOG_CREDENTIAL is loopback",
        "a loopback address such as http://127.0.0.1:8080, or another WATCHDOG_CREDENTIAL",
    )


def check_loopback(settings: Settings, report: Report) -> None:
    """The made-up token stays on this machine, and a real one never goes to a loopback address."""
    if not report.fine("WATCHDOG_CREDENTIAL"):
        return
    if settings.credential is not CredentialKind.LOOPBACK:
        _check_real(settings, report)
        return
    needed = [("WATCHDOG_GRAPH_URL", settings.graph_override)]
    if settings.connect_health is ConnectHealth.ON:
        needed.append(("WATCHDOG_ARM_URL", settings.arm_override))
    for name, override in needed:
        if override is None and report.fine(name):
            report.add(
                name,
                "is missing, but WATCHDOG_CREDENTIAL is loopback",
                "the simulator's address, such as http://127.0.0.1:8080",
            )
    if report.fine("WATCHDOG_STORE") and not _is_here(settings.store):
        report.add(*_must_be_loopback("WATCHDOG_STORE"))
    if settings.dead_man_url and not is_loopback(settings.dead_man_url.reveal()):
        report.add(*_must_be_loopback("WATCHDOG_DEAD_MAN_URL"))


def _check_real(settings: Settings, report: Report) -> None:
    for name, override in (
        ("WATCHDOG_GRAPH_URL", settings.graph_override),
        ("WATCHDOG_ARM_URL", settings.arm_override),
    ):
        if override is not None:
            report.add(
                name,
                f"is set, but WATCHDOG_CREDENTIAL is {settings.credential}: a real token must "
                "not go there",
                "remove it, or WATCHDOG_CREDENTIAL=loopback with a simulator",
            )
    here = isinstance(settings.store, TablesEndpoint) and is_loopback(settings.store.endpoint)
    if here and report.fine("WATCHDOG_STORE"):
        report.add(
            "WATCHDOG_STORE",
            "is a loopback endpoint, and a real token must not go there",
            "for Azurite its connection string, UseDevelopmentStorage=true",
        )


def _is_here(store: StoreSetting) -> bool:
    return isinstance(store, SqliteFile) or is_loopback(store.endpoint)


def check_cloud(settings: Settings, report: Report) -> None:
    """A store in another cloud, and a source that the cloud does not have."""
    if not report.fine("WATCHDOG_CLOUD"):
        return
    if report.fine("WATCHDOG_STORE") and not _is_here(settings.store):
        suffix = CLOUDS[settings.cloud].storage_suffix
        endpoint = "" if isinstance(settings.store, SqliteFile) else settings.store.endpoint
        parts = split_url(endpoint)
        host = parts.hostname if parts else None
        if not re.fullmatch(rf"{_ACCOUNT}\.table\.{re.escape(suffix)}", host or ""):
            report.add(
                "WATCHDOG_STORE",
                f"is no table endpoint of the cloud {settings.cloud} (WATCHDOG_CLOUD)",
                STORE_RIGHT.replace("core.windows.net", suffix),
            )
    if settings.cloud is Cloud.CHINA and settings.connect_health is ConnectHealth.ON:
        report.add(
            "WATCHDOG_CONNECT_HEALTH",
            "is on, but Connect Health does not exist in the cloud china",
            "off or auto",
        )


def check_times(settings: Settings, report: Report) -> None:
    """Durations that cannot be kept, or that turn the verdicts around."""
    both = report.fine("WATCHDOG_SILENT_AFTER", "WATCHDOG_STALLED_AFTER")
    if both and settings.silent_after > settings.stalled_after:
        report.add(
            "WATCHDOG_SILENT_AFTER",
            f"is {iso(settings.silent_after)}, longer than WATCHDOG_STALLED_AFTER "
            f"({iso(settings.stalled_after)})",
            f"at most {iso(settings.stalled_after)}, or a longer WATCHDOG_STALLED_AFTER",
        )
    if not report.fine("WATCHDOG_SCHEDULE"):
        return
    for name, length in (
        ("WATCHDOG_SILENT_AFTER", settings.silent_after),
        ("WATCHDOG_BLIND_AFTER", settings.blind_after),
        ("WATCHDOG_REMIND_EVERY", settings.remind_every),
        ("WATCHDOG_ESCALATE_AFTER", settings.escalate_after),
    ):
        if report.fine(name) and length < settings.schedule_period:
            period = iso(settings.schedule_period)
            report.add(
                name,
                f"is {iso(length)}, but WATCHDOG_SCHEDULE pauses for {period}",
                f"at least {period}, or a WATCHDOG_SCHEDULE that runs more often",
            )


def check_servers(settings: Settings, report: Report) -> None:
    """One server cannot be both."""
    standbys = {name.lower() for name in settings.standby_servers}
    if settings.active_server and settings.active_server.lower() in standbys:
        report.add(
            "WATCHDOG_STANDBY_SERVERS",
            "names the server of WATCHDOG_ACTIVE_SERVER",
            "only the servers in staging mode",
        )
