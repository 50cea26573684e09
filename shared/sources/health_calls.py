"""What both sources of Connect Health ask for: the services, their members, and lists of each.

Paths: Azure/azure-rest-api-specs `Microsoft.ADHybridHealthService/stable/2014-01-01`. The names of
the services are always discovered, never assumed.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from shared.domain.readings import Unavailable
from shared.sources.arm_failures import NOT_SET_UP
from shared.sources.arm_pages import Listing
from shared.sources.health_parsing import Registered, Service, members, newest, sync_services

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shared.sources.arm import ArmRead

PROVIDER: Final = "/providers/Microsoft.ADHybridHealthService"
API_VERSION: Final = "api-version=2014-01-01"


@dataclass(frozen=True, slots=True)
class Servers:
    """The registered servers.

    Attributes:
        kept: At most `MAX_SERVERS`.
        left_out: How many more there are, at least.
    """

    kept: tuple[Registered, ...]
    left_out: int

    @property
    def names(self) -> dict[str, str]:
        """Each server's name by `serviceMemberId` in lower case."""
        return {each.member.id.casefold(): each.member.name for each in self.kept}


async def ask_services(arm: ArmRead) -> tuple[Service, ...] | Unavailable:
    """The services for sync: one request."""
    query = f"{API_VERSION}&serviceType=AadSyncService&skipCount=0&takeCount=50"
    path = f"{PROVIDER}/services?{query}"
    listing = await arm.listing(path, "the services", absent=NOT_SET_UP)
    return listing if isinstance(listing, Unavailable) else sync_services(listing.items)


async def ask_servers(arm: ArmRead, services: Sequence[Service]) -> Servers | Unavailable:
    """The members of all services: one request each."""
    listings = await _each(arm, services, "servicemembers", "the servers")
    if isinstance(listings, Unavailable):
        return listings
    found: list[Registered] = []
    for service, listing in zip(services, listings, strict=True):
        some = members(service, listing.items)
        if isinstance(some, Unavailable):
            return some
        found += some
    kept, left_out = newest(found)
    return Servers(kept, max(left_out, int(not all(each.complete for each in listings))))


async def ask_all(
    arm: ArmRead, services: Sequence[Service], part: str, what: str
) -> Listing | Unavailable:
    """One list of all services put together: one request each.

    Args:
        arm: The read.
        services: Whose list.
        part: Path below the service, with a query where it needs one.
        what: What is asked for, such as `the alerts`.
    """
    listings = await _each(arm, services, part, what)
    if isinstance(listings, Unavailable):
        return listings
    items = tuple(item for listing in listings for item in listing.items)
    return Listing(items, all(each.complete for each in listings))


def member_path(server: Registered, part: str) -> str:
    """Path and query of something about one member."""
    return _path(server.service, f"servicemembers/{server.member.id}/{part}")


async def _each(
    arm: ArmRead, services: Sequence[Service], part: str, what: str
) -> list[Listing] | Unavailable:
    """One list of each service; the first failure is the failure of all."""
    outcomes = await asyncio.gather(
        *(arm.listing(_path(service.name, part), what) for service in services)
    )
    found: list[Listing] = []
    for outcome in outcomes:
        if isinstance(outcome, Unavailable):
            return outcome
        found.append(outcome)
    return found


def _path(service: str, part: str) -> str:
    joint = "&" if "?" in part else "?"
    return f"{PROVIDER}/services/{quote(service, safe='')}/{part}{joint}{API_VERSION}"
