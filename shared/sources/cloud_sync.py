"""Reads whether Entra Cloud Sync runs in the tenant: it keeps the tenant's sync times fresh, too.

Each configuration of Cloud Sync is a service principal of one application template, with
synchronization jobs.
https://learn.microsoft.com/entra/identity/hybrid/cloud-sync/how-to-inbound-synch-ms-graph
https://learn.microsoft.com/graph/api/synchronization-synchronization-list-jobs
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from shared.domain.pair.readings import CloudSync, Source
from shared.sources.failures import Ended, of_graph, unusable
from shared.sources.graph_pages import page_of
from shared.sources.graph_reader import GraphReader
from shared.sources.json_values import part, word_of
from shared.sources.tenants import is_guid
from shared.sources.times import time_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from shared.domain.readings import Unavailable
    from shared.sources.graph_sdk import GraphSdk
    from shared.sources.graph_wire import Exchange

TEMPLATE: Final = "1a4721b3-e57f-4451-ae87-ef078703ec94"
"""The application template of Cloud Sync."""
MAX_PRINCIPALS: Final = 5
APPLICATIONS: Final = of_graph(
    "the Cloud Sync applications", "Application.Read.All and Synchronization.Read.All"
)
JOBS: Final = of_graph("the Cloud Sync jobs", "Synchronization.Read.All")
_QUERY: Final = {
    "$filter": f"applicationTemplateId eq '{TEMPLATE}'",
    "$select": "id,applicationTemplateId",
    "$top": str(MAX_PRINCIPALS + 1),
}
_FROM_AD: Final = ("ad2aadprovisioning", "ad2aadpasswordhash")


class CloudSyncSource(GraphReader[CloudSync]):
    """Reads the jobs of Cloud Sync (`ports.ReadsSource`); its arguments: `GraphReader`."""

    source = Source.CLOUD_SYNC

    async def _ask(self, sdk: GraphSdk, exchange: Exchange) -> CloudSync | Unavailable:  # noqa: ARG002  the base's signature
        body = await sdk.get("v1.0", "servicePrincipals", _QUERY, APPLICATIONS)
        page = page_of(body, APPLICATIONS)
        principals = parse_principals(page.items)
        jobs: list[dict[str, Any]] = []
        for each in principals[:MAX_PRINCIPALS]:
            path = f"servicePrincipals/{each}/synchronization/jobs"
            jobs += page_of(await sdk.get("v1.0", path, {}, JOBS), JOBS).items
        reading = parse_jobs(jobs)
        unread = len(principals) > MAX_PRINCIPALS or page.next_link is not None
        if unread and not reading.running:  # "none runs" would be more than was read
            return unusable(
                APPLICATIONS,
                f"there are more than {MAX_PRINCIPALS} of them, and in those read no job runs",
            )
        return reading


def parse_principals(found: Iterable[dict[str, Any]]) -> list[str]:
    """The ids of the service principals that belong to Cloud Sync, each once.

    Raises:
        Ended: One has no usable id.
    """
    mine = [each for each in found if word_of(each.get("applicationTemplateId")) == TEMPLATE]
    ids = [each.get("id") for each in mine]
    usable = [each for each in ids if is_guid(each)]
    if len(usable) != len(ids):
        raise Ended(unusable(APPLICATIONS, "one has no id"))
    return list(dict.fromkeys(usable))


def parse_jobs(found: Iterable[dict[str, Any]]) -> CloudSync:
    """The provisioning jobs from Active Directory, whatever else is in the list. Never raises.

    The other way round (`AAD2AD…`) proves nothing about the tenant's sync times.
    """
    jobs = [each for each in found if _is_from_active_directory(each)]
    ends = [end for each in jobs if (end := _last_success(each)) is not None]
    return CloudSync(
        jobs=len(jobs),
        running=sum(_runs(each) for each in jobs),
        last_success_at=max(ends, default=None),
    )


def _is_from_active_directory(job: dict[str, Any]) -> bool:
    return any(word_of(job.get(name)).startswith(_FROM_AD) for name in ("id", "templateId"))


def _runs(job: dict[str, Any]) -> bool:
    """Whether it is switched on: neither paused, in quarantine, unset nor never started.

    A job whose schedule does not say counts by its status alone.
    """
    schedule = word_of(part(job, "schedule").get("state")) or "active"
    return word_of(part(job, "status").get("code")) == "active" and schedule == "active"


def _last_success(job: dict[str, Any]) -> datetime | None:
    success = part(part(job, "status"), "lastSuccessfulExecution")
    return time_of(success.get("timeEnded")) or time_of(success.get("timeBegan"))
