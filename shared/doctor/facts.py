"""What the probes found, before anybody judges it. Plain values; no probe decides anything."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TypeVar

from shared.doctor.claims import Claims
from shared.domain.pair.readings import Source, SourceReading
from shared.domain.readings import TenantReading, Unavailable
from shared.ports import Receipt
from shared.settings import Settings
from shared.watch import Health

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Gone:
    """A probe that brought nothing back.

    Attributes:
        why: What became of it, as the end of a sentence.
        defect: The type of an exception that nobody foresaw; "" when it was only too late.
    """

    why: str
    defect: str = ""


class GoneError(Exception):
    """A judge asked for what a probe did not bring."""

    def __init__(self, gone: Gone) -> None:
        super().__init__(gone.why)
        self.gone = gone


def have(value: T | Gone) -> T:
    """The value.

    Raises:
        GoneError: The probe brought none.
    """
    if isinstance(value, Gone):
        raise GoneError(value)
    return value


# mypy finds no T for a union of more than two (it joins the others to `object`), hence these.


def token_in(value: Token | Unavailable | Gone) -> Token | Unavailable:
    """As `have`."""
    if isinstance(value, Gone):
        raise GoneError(value)
    return value


def tenant_in(value: TenantReading | Unavailable | Gone) -> TenantReading | Unavailable:
    """As `have`."""
    if isinstance(value, Gone):
        raise GoneError(value)
    return value


def reading_in(value: SourceReading | Unavailable | Gone) -> SourceReading | Unavailable:
    """As `have`."""
    if isinstance(value, Gone):
        raise GoneError(value)
    return value


class Audience(StrEnum):
    """Who a token is for."""

    GRAPH = "Graph"
    ARM = "Resource Manager"
    STORAGE = "storage"


class Address(StrEnum):
    """A host that a name is looked up for."""

    GRAPH = "Graph"
    ARM = "Resource Manager"
    LOGIN = "sign-in"
    STORE = "the store"
    WEBHOOK = "the webhook"
    PAGES = "the pages"
    MONITOR = "the outside monitor"


@dataclass(frozen=True, slots=True)
class Named:
    """What the name service said about a host.

    Attributes:
        host: The name.
        addresses: What it resolves to; empty when it does not.
        why: Why it does not, as the end of a sentence.
    """

    host: str
    addresses: tuple[str, ...] = ()
    why: str = ""


@dataclass(frozen=True, slots=True)
class Token:
    """A token that was issued.

    Attributes:
        claims: What it says; None when it is opaque.
        expires_at: When it expires, by the credential.
    """

    claims: Claims | None
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Web:
    """What somebody without cookie, key or token is answered.

    Attributes:
        status: The HTTP status; None when there was no answer.
        problem: Why there was none, as the end of a sentence.
        headers: The headers by lower-case name.
        body: The beginning of the body.
        at: Our clock when the answer came.
    """

    status: int | None
    problem: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    at: datetime | None = None


class Door(StrEnum):
    """What is asked for at the app's public address, without a key."""

    HEALTH = "health"
    STATUS = "status"
    RUN = "run"
    DOCTOR = "doctor"


class Step(StrEnum):
    """How far the probe row came."""

    READ = "read"
    WRITE = "write"
    READ_BACK = "read back"
    DELETE = "delete"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Probed:
    """What became of the probe row.

    Attributes:
        step: The step that failed, or `DONE`.
        problem: What the store said.
        cleaned: Rows of earlier doctors that were taken away too.
    """

    step: Step
    problem: str = ""
    cleaned: int = 0


@dataclass(frozen=True, slots=True)
class Place:
    """Where the process runs, as far as the platform says; "" where it does not.

    Attributes:
        app: The function app's name.
        group: Its resource group.
        python: The version of Python.
    """

    app: str = ""
    group: str = ""
    python: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Everything that was found, and what it is judged against.

    Attributes:
        settings: What the team configured.
        place: Where this runs.
        now: When it began.
        build: The running build.
        tokens: By audience; one that is not needed is missing.
        names: By address; one that is not used is missing.
        graph_answer: What Graph answers without a token: its clock.
        tenant: Graph's organization.
        sources: Every optional source.
        store: The probe row.
        health: What the store says of the ticks.
        card: The workflow's answer to the test card; None when none was to be sent.
        web: By door; empty without a public address.
        facts_age: How long ago the version facts were compared with Microsoft's pages.
    """

    settings: Settings
    place: Place
    now: datetime
    build: str
    tokens: Mapping[Audience, Token | Unavailable | Gone]
    names: Mapping[Address, Named | Gone]
    graph_answer: Web | Gone
    tenant: TenantReading | Unavailable | Gone
    sources: Mapping[Source, SourceReading | Unavailable | Gone]
    store: Probed | Gone
    health: Health | Gone
    card: Receipt | Gone | None
    web: Mapping[Door, Web | Gone]
    facts_age: timedelta
