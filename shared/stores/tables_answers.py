"""What Azure Table Storage answered, in our words: one fault vocabulary, one row translation.

An exception of the SDK quotes the URL that it called, and with a shared access signature that URL
is a secret. So an exception is read here for its class, status and error code, and then let go:
nothing of its text goes on.
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING, Final

from azure.core.exceptions import (
    AzureError,
    ClientAuthenticationError,
    HttpResponseError,
    ServiceResponseTimeoutError,
)
from azure.data.tables import EntityProperty
from requests.exceptions import ConnectTimeout
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

from shared.ports import Row

if TYPE_CHECKING:
    from azure.data.tables import TableEntity

_LATER: Final = frozenset({408, 429})
_PRECONDITION: Final = frozenset({409, 412})
_NOT_FOUND: Final = 404
_FORBIDDEN: Final = frozenset({401, 403})
_REDIRECT, _SERVER_ERROR = 300, 500
_OURS: Final = frozenset({"PartitionKey", "RowKey"})


class Kind(Enum):
    """What an unsuccessful call means for the data."""

    CONFLICT = auto()
    """A condition failed: 409 or 412."""
    MISSING = auto()
    """No such row, or no such table: 404."""
    REFUSED = auto()
    """The store said no: nothing was stored, and asking again changes nothing."""
    UNSENT = auto()
    """No connection was made: nothing was stored."""
    UNCERTAIN = auto()
    """It may have been stored."""


@dataclass(frozen=True, slots=True)
class Fault:
    """An unsuccessful call.

    Attributes:
        kind: What it means for the data.
        text: What happened and what to do next, without the store's name. Never a secret.
        wait: Seconds that the store asked us to wait; 0 when it did not.
    """

    kind: Kind
    text: str
    wait: float = 0.0


def fault_of(error: Exception) -> Fault:
    """Classify what the SDK raised. Total: what is not known to be harmless is `UNCERTAIN`."""
    if isinstance(error, HttpResponseError) and error.status_code is not None:
        return _answered(error, error.status_code)
    if isinstance(error, ClientAuthenticationError):
        return Fault(
            Kind.REFUSED,
            f"was not asked, because there is no credential to sign with ({type(error).__name__}): "
            "check the managed identity (AZURE_CLIENT_ID), `az login`, or the account key",
        )
    cause = error.inner_exception if isinstance(error, AzureError) else None
    # azure-core's ServiceRequestError is no proof: a TLS error while the answer is read is one too.
    if isinstance(cause, NewConnectionError | ConnectTimeoutError | ConnectTimeout):
        return Fault(
            Kind.UNSENT,
            "could not be reached: check WATCHDOG_STORE's host, DNS and the account's firewall",
        )
    if isinstance(error, ServiceResponseTimeoutError):
        return Fault(Kind.UNCERTAIN, f"did not answer in time: {_AGAIN}")
    if isinstance(error, AzureError):
        return Fault(Kind.UNCERTAIN, f"dropped the connection ({type(error).__name__}): {_AGAIN}")
    return Fault(
        Kind.UNCERTAIN,
        f"gave an answer that is not Table Storage's ({type(error).__name__}): check for a proxy "
        "in between, and that WATCHDOG_STORE names a Table endpoint",
    )


_AGAIN: Final = "the next tick tries again; if it lasts, look at the account's health in Azure"


def _answered(error: HttpResponseError, status: int) -> Fault:
    code = str(getattr(getattr(error, "error_code", None), "value", None) or "")
    said = f"answered {status}" + (f" {code}" if re.fullmatch(r"[A-Za-z]{1,64}", code) else "")
    if status in _PRECONDITION:
        return Fault(Kind.CONFLICT, f"{said}: {_AGAIN}")
    if status == _NOT_FOUND:
        return Fault(
            Kind.MISSING,
            f"{said}: the table is missing and could not be made; if it was deleted just now, "
            "wait a minute, else check that WATCHDOG_STORE names a Table endpoint",
        )
    if status in _LATER or not _REDIRECT <= status < _SERVER_ERROR:
        return Fault(Kind.UNCERTAIN, f"{said}: {_AGAIN}", _retry_after(error))
    if status in _FORBIDDEN:
        return Fault(
            Kind.REFUSED,
            f"{said}: give the watchdog's identity the role 'Storage Table Data Contributor' on "
            "the table (a new role takes minutes), and check the key and the account's firewall",
        )
    return Fault(
        Kind.REFUSED,
        f"{said}: check that WATCHDOG_STORE names a Table endpoint; if it does, this is a defect",
    )


def _retry_after(error: HttpResponseError) -> float:
    """Seconds from ``Retry-After``; a date counts as none: our own pause is then as good."""
    headers = getattr(error.response, "headers", {})
    value = str(headers.get("Retry-After", ""))
    return float(value) if re.fullmatch(r"\d{1,9}", value) else 0.0


def row_of(entity: TableEntity) -> Row:
    """Translate what was found, whoever wrote it and with whatever types."""
    extra = {name: text_of(value) for name, value in sorted(entity.items()) if name not in _OURS}
    document = entity.get("document")
    if isinstance(document, str):
        del extra["document"]
    if isinstance(entity.get("last_write_id"), str):
        del extra["last_write_id"]
    return Row(
        key=entity["RowKey"],
        document=document if isinstance(document, str) else None,
        etag=entity.metadata["etag"] or "",
        extra=extra,
    )


def text_of(value: object) -> str:
    """Any property value as text; bytes as base64."""
    if isinstance(value, EntityProperty):
        return text_of(value.value)
    if isinstance(value, bytes):
        return base64.b64encode(value).decode("ascii")
    if isinstance(value, bool):
        return str(value).lower()
    return str(value)
