"""What each source said in one tick: a reading, or `Unavailable` with a named reason.

Unavailable is never "healthy", and null is not "never": a source that could not be read says
nothing about the tenant, and a property that is null has a meaning of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class Reason(StrEnum):
    """Why a source could not be read."""

    NOT_CONFIGURED = "not_configured"
    FORBIDDEN = "forbidden"
    THROTTLED = "throttled"
    TIMEOUT = "timeout"
    MALFORMED = "malformed"
    UNREACHABLE = "unreachable"


@dataclass(frozen=True, slots=True)
class Unavailable:
    """A source, or one value of it, that could not be read.

    Attributes:
        reason: The named reason, also the word in the log.
        detail: One plain sentence for a person; never holds a secret or raw remote text.
        retry_at: Not before this time should it be asked again (`Retry-After`); None if it did
            not say.
    """

    reason: Reason
    detail: str
    retry_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class TenantReading:
    """What Microsoft Graph said about the tenant's directory synchronisation.

    Attributes:
        tenant_id: The organization's id, equal to `WATCHDOG_TENANT_ID`.
        display_name: The organization's display name; it may change at any time.
        sync_enabled: `onPremisesSyncEnabled`: True, False (was synced, is no longer), or None
            (never, or no longer known).
        object_sync_at: `onPremisesLastSyncDateTime`, aware UTC; None when Graph has none.
        password_sync_at: `onPremisesLastPasswordSyncDateTime` (beta only), aware UTC; None when
            the tenant has no password hash sync; `Unavailable` when it could not be read.
        clock_ahead: How far Graph's clock (its `Date` header) is ahead of ours; negative when
            behind; None when it sent none.
    """

    tenant_id: str
    display_name: str
    sync_enabled: bool | None
    object_sync_at: datetime | None
    password_sync_at: datetime | Unavailable | None
    clock_ahead: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Observation:
    """All readings of one tick.

    Attributes:
        at: When the tick read, by our clock.
        tenant: Graph's answer.
        alive_at: The newest proof of life of the active server from any further source.
        sync_interval: The sync interval that Graph knows, where it is readable.
        password_sync: `passwordSyncEnabled`, where it is readable; False means that the password
            time is no heartbeat.
        cloud_sync: Whether Cloud Sync runs in the tenant: then the tenant's times prove nothing
            about Entra Connect.
    """

    at: datetime
    tenant: TenantReading | Unavailable
    alive_at: datetime | None = None
    sync_interval: timedelta | None = None
    password_sync: bool | None = None
    cloud_sync: bool = False
