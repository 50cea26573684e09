"""Reads what the tenant knows of its sync client: who exported last, how often, which version.

`GET /beta/directory/onPremisesSynchronization`. The documentation says that applications may not
read it; the app role exists and is reported to work, so a 403 is normal and the source optional.
https://learn.microsoft.com/graph/api/onpremisesdirectorysynchronization-get?view=graph-rest-beta
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from shared.domain.pair.readings import Source, SyncConfiguration
from shared.domain.readings import Reason, Unavailable
from shared.sources.failures import Ended, of_graph, unusable
from shared.sources.graph_pages import page_of
from shared.sources.graph_reader import GraphReader
from shared.sources.json_values import count_of, part, word_of
from shared.sources.plain_text import one_line
from shared.sources.tenants import own_entity

if TYPE_CHECKING:
    from shared.sources.graph_sdk import GraphSdk
    from shared.sources.graph_wire import Exchange

ASKED: Final = of_graph("the sync configuration", "OnPremDirectorySynchronization.Read.All")
_QUERY: Final = {"$select": "id,configuration,features"}
_DURATION: Final = re.compile(
    r"P(?:(?P<days>\d{1,5})D)?"
    r"(?:T(?:(?P<hours>\d{1,5})H)?(?:(?P<minutes>\d{1,6})M)?(?:(?P<seconds>\d{1,8})(?:\.\d+)?S)?)?",
    re.ASCII,
)
_INTERVALS: Final = timedelta(minutes=1), timedelta(days=7)
"""A cycle must run at least every 7 days (scheduler documentation); below a minute none can."""
_COUNTED: Final = "enabledforcount"
_NONE: Final = Unavailable(
    Reason.NOT_CONFIGURED,
    "Graph knows no sync configuration of this tenant. If Entra Connect is set up, check "
    "WATCHDOG_TENANT_ID.",
)


class SyncConfigurationSource(GraphReader[SyncConfiguration]):
    """Reads the sync configuration (`ports.ReadsSource`); its arguments: `GraphReader`."""

    source = Source.SYNC_CONFIGURATION

    async def _ask(self, sdk: GraphSdk, exchange: Exchange) -> SyncConfiguration | Unavailable:  # noqa: ARG002  the base's signature
        body = await sdk.get("beta", "directory/onPremisesSynchronization", _QUERY, ASKED)
        return parse_sync_configuration(body, self._tenant_id)


def parse_sync_configuration(body: bytes, tenant_id: str) -> SyncConfiguration | Unavailable:
    """Choose the watched tenant's configuration in an answer and read it.

    Args:
        body: The body of a 200, as it came: a collection or one entity.
        tenant_id: The watched tenant's id, which is the configuration's id.

    Returns:
        The reading, or why there is none. Never raises.
    """
    try:
        found = page_of(body, ASKED, or_entity=True).items
        if not found:
            return _NONE
        entity = own_entity(found, tenant_id, ASKED)
    except Ended as ended:
        return ended.outcome
    if not isinstance(entity.get("configuration"), dict):
        return unusable(ASKED, "its configuration is missing")
    return _read(entity["configuration"], part(entity, "features"))


def _read(configuration: dict[str, Any], features: dict[str, Any]) -> SyncConfiguration:
    export = part(configuration, "currentExportData")
    prevention = part(configuration, "accidentalDeletionPrevention")
    counted = word_of(prevention.get("synchronizationPreventionType")) == _COUNTED
    intervals = [
        _interval(configuration.get("synchronizationInterval")),
        _interval(configuration.get("customerRequestedSynchronizationInterval")),
    ]
    used = features.get("passwordSyncEnabled")
    return SyncConfiguration(
        exporter=one_line(export.get("clientMachineName")) or None,
        client_version=one_line(configuration.get("synchronizationClientVersion")) or None,
        interval=max((each for each in intervals if each is not None), default=None),
        deletion_threshold=count_of(prevention.get("alertThreshold")) if counted else None,
        pending_deletions=count_of(export.get("pendingObjectsDeletion")),
        password_sync=used if isinstance(used, bool) else None,
    )


def _interval(value: object) -> timedelta | None:
    """An ISO 8601 duration of days and less; None for what no sync interval can be.

    `P10675199DT2H48M5.4775807S`, .NET's longest, is how some of Graph's answers write "never".
    """
    match = _DURATION.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        return None
    interval = timedelta(**{unit: int(digits or 0) for unit, digits in match.groupdict().items()})
    return interval if _INTERVALS[0] <= interval <= _INTERVALS[1] else None
