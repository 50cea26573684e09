"""Reads the settings that name places: URLs, host names and the store.

Pure; raises only `WrongValueError`, and repeats nothing of a value that may be a secret.
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import Final
from urllib.parse import SplitResult, urlsplit

from shared.secret import Secret
from shared.settings.types import (
    SqliteFile,
    StoreConnection,
    StoreSetting,
    TablesEndpoint,
    WrongValueError,
    shown,
)

LOOPBACK_HOSTS: Final = frozenset({"127.0.0.1", "localhost", "::1"})
HOST_NAME: Final = re.compile(
    r"(?=.{1,253}\Z)[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?"
    r"(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*",
    re.IGNORECASE,
)
_URL_TEXT: Final = re.compile(r"[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]{1,4096}")  # RFC 3986, 2
_PLACEHOLDER: Final = re.compile(r"\{(?:verdict|incident)\}")
_SQLITE: Final = "sqlite:///"
_DEVELOPMENT: Final = "UseDevelopmentStorage=true"
# Microsoft Learn, "Use the Azurite emulator": the table service's port and account.
_DEVELOPMENT_ENDPOINT: Final = "http://127.0.0.1:10002/devstoreaccount1"

STORE_RIGHT: Final = (
    "a table endpoint such as https://<account>.table.core.windows.net, a storage connection "
    "string, or sqlite:///watchdog.db"
)
WEBHOOK_RIGHT: Final = "the webhook URL of a Teams workflow, copied whole"
PING_RIGHT: Final = "the monitor's ping address, such as https://hc-ping.com/…"
LOOPBACK_RIGHT: Final = "http:// or https:// with 127.0.0.1, localhost or [::1], such as "


def split_url(value: str) -> SplitResult | None:
    """The parts of an absolute http or https URL without user name; None when it is not one."""
    if not _URL_TEXT.fullmatch(value):
        return None
    try:
        parts = urlsplit(value)
        port = parts.port
    except ValueError:
        return None
    host = parts.hostname or ""
    named = HOST_NAME.fullmatch(host) or host in LOOPBACK_HOSTS
    usable = parts.scheme in {"http", "https"} and named and "@" not in parts.netloc
    return parts if usable and port != 0 else None


def is_loopback(url: str) -> bool:
    """Whether a URL leads to this machine and nowhere else."""
    parts = split_url(url)
    return parts is not None and parts.hostname in LOOPBACK_HOSTS


def _safe(parts: SplitResult) -> bool:
    return parts.scheme == "https" or parts.hostname in LOOPBACK_HOSTS


def _bare(parts: SplitResult) -> bool:
    return not parts.query and not parts.fragment


def loopback_url(value: str) -> str:
    """The base URL of a simulator on this machine, without trailing slash."""
    parts = split_url(value)
    if parts is None or not is_loopback(value) or not _bare(parts) or parts.path not in {"", "/"}:
        raise WrongValueError(
            f"is {shown(value)}, which is not a loopback address without a path",
            f"unset; only for the simulator: {LOOPBACK_RIGHT}http://127.0.0.1:8080",
        )
    return value.rstrip("/")


def public_url(value: str) -> str:
    """The base of the links on cards, without trailing slash."""
    parts = split_url(value)
    if parts is None or not _safe(parts) or not _bare(parts):
        raise WrongValueError(
            f"is {shown(value)}, which is not an https address without query",
            "the address under which phones reach this app, such as https://watchdog.contoso.com",
        )
    return value.rstrip("/")


def runbook_url(value: str) -> str:
    """The template of the customer's own runbook address."""
    filled = _PLACEHOLDER.sub("x", value)
    parts = split_url(filled)
    host_is_fixed = not _PLACEHOLDER.search(value.partition("//")[2].partition("/")[0])
    if parts is None or parts.scheme != "https" or not host_is_fixed:
        raise WrongValueError(
            f"is {shown(value)}, which is not an https address whose only placeholders are "
            "{verdict} and {incident}, after the host",
            "such as https://wiki.contoso.com/entra-connect#{verdict}",
        )
    return value


def dead_man_url(value: str) -> Secret:
    """The address of the outside monitor; a secret as a whole."""
    parts = split_url(value)
    if parts is None or not _safe(parts) or parts.fragment:
        raise WrongValueError("is not an https address", PING_RIGHT)
    return Secret(value)


def webhook(value: str) -> Secret:
    """The Teams webhook, a secret as a whole; the channel itself judges the rest of it."""
    parts = split_url(value)
    if parts is None or not _safe(parts):
        raise WrongValueError("is not an https address", WEBHOOK_RIGHT)
    return Secret(value)


def host_names(value: str) -> tuple[str, ...]:
    """Host names, or `*.` and a name, in lower case, each once."""
    hosts = [item.strip().lower() for item in value.split(";") if item.strip()]
    for host in hosts:
        name = host.removeprefix("*.")
        if not HOST_NAME.fullmatch(name) or "." not in name:
            raise WrongValueError(
                f"holds {shown(host)}, which is not a host name",
                "names without https:// and path, separated by ; such as *.logic.azure.us",
            )
    return tuple(dict.fromkeys(hosts))


def store(value: str) -> StoreSetting:
    """The store. The value may hold a key, so no message repeats any of it."""
    if value.lower().startswith("sqlite:"):
        return _sqlite(value)
    if value.lower().startswith("http:"):  # azure-core sends no token without TLS
        raise WrongValueError(
            "is a table endpoint without https, to which no token may go",
            f"https:// for the identity; for Azurite its connection string, {_DEVELOPMENT}",
        )
    if value.lower().startswith("https:"):
        return TablesEndpoint(_table_endpoint(value))
    return _connection(value)


def _sqlite(value: str) -> SqliteFile:
    path = value[len(_SQLITE) :]
    names_a_file = path and path.isprintable() and not path.endswith(("/", "\\", ":memory:"))
    if not value.startswith(_SQLITE) or not names_a_file or "?" in path:
        raise WrongValueError(
            "is not the address of a SQLite file",
            "sqlite:///watchdog.db, or sqlite:////home/… (four slashes) for an absolute path",
        )
    return SqliteFile(path)


def _table_endpoint(value: str) -> str:
    parts = split_url(value)
    if parts is None or not _safe(parts):
        raise WrongValueError("is not an https address", STORE_RIGHT)
    if not _bare(parts):
        raise WrongValueError(
            "is a table endpoint with a query, perhaps a shared access signature",
            "the endpoint alone (the app's identity opens it), or a whole connection string",
        )
    if parts.path not in {"", "/"} and not is_loopback(value):
        raise WrongValueError(
            "is a table endpoint with a path",
            "the account's endpoint alone, such as https://<account>.table.core.windows.net",
        )
    return value.rstrip("/")


def _connection(value: str) -> StoreConnection:
    """The rules of azure.data.tables `parse_connection_str` (12.7.0), checked before it is used."""
    if value.rstrip(";").lower() == _DEVELOPMENT.lower():
        return StoreConnection(Secret(_DEVELOPMENT), _DEVELOPMENT_ENDPOINT)
    pairs = [item.partition("=") for item in value.rstrip(";").split(";")]
    parts = {name.lower(): text for name, _, text in pairs}
    if len(parts) != len(pairs) or not all(name and text for name, _, text in pairs):
        raise WrongValueError("is none of the three forms", STORE_RIGHT)
    if not (value.isascii() and value.isprintable()):
        raise WrongValueError("is a connection string with strange characters", STORE_RIGHT)
    has_key = "accountname" in parts and _is_base64(parts.get("accountkey", ""))
    if not has_key and "sharedaccesssignature" not in parts:
        raise WrongValueError(
            "is a connection string without a usable AccountName and AccountKey",
            "the whole string, copied again from the storage account's Access keys",
        )
    endpoint = parts.get("tableendpoint") or _derived_endpoint(parts)
    return StoreConnection(Secret(value), _table_endpoint(endpoint))


def _derived_endpoint(parts: dict[str, str]) -> str:
    if "accountname" not in parts:
        raise WrongValueError(
            "is a connection string without TableEndpoint or AccountName",
            "the whole string, copied again from the storage account's Access keys",
        )
    suffix = parts.get("endpointsuffix")
    protocol = parts.get("defaultendpointsprotocol", "https") if suffix else "https"
    return f"{protocol}://{parts['accountname']}.table.{suffix or 'core.windows.net'}"


def _is_base64(value: str) -> bool:
    try:
        return bool(base64.b64decode(value, validate=True))
    except (binascii.Error, ValueError):
        return False
