"""The optional sources of Graph, each with a good answer, for tests that concern all of them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Protocol

from hypothesis import strategies as st

from shared import ledger
from shared.domain.pair.readings import (
    Acted,
    AuditTrail,
    Certificate,
    Certificates,
    CloudSync,
    ServiceHealth,
    ServiceIssue,
    Source,
    SourceReading,
    SyncConfiguration,
)
from shared.domain.readings import Unavailable
from shared.ports import MAX_DOCUMENT
from shared.sources.audits import AuditsSource
from shared.sources.certificates import CertificatesSource
from shared.sources.cloud_sync import TEMPLATE, CloudSyncSource
from shared.sources.graph_reader import GraphReader
from shared.sources.service_health import ServiceHealthSource
from shared.sources.sync_configuration import SyncConfigurationSource
from tests.support.graph_server import TENANT, GraphServer, body
from tests.support.loopback_server import Reply

if TYPE_CHECKING:
    from shared.sources.tokens import TokenSource
    from tests.support.credential import FakeCredential

AT = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
APP_A = "ConnectSyncProvisioning_SYNC-A_3ac06f5648e4"
APP_B = "ConnectSyncProvisioning_SYNC-B_e72762af8e46"
ACCOUNT_A = "Sync_SYNC-A_b3eb0fb7f6ec@contoso.onmicrosoft.com"
PRINCIPAL = "0e1f3c5a-7b2d-4c9e-8a1b-5d6f7a8b9c0d"
JOBS = f"/v1.0/servicePrincipals/{PRINCIPAL}/synchronization/jobs"


class MakesReader(Protocol):
    """Builds any reader for the running server, or for another URL."""

    def __call__(
        self,
        kind: type[Any],
        credential: FakeCredential | TokenSource | None = None,
        *,
        url: str = "",
        **options: Any,
    ) -> Any:
        """Build it."""


def written(at: datetime) -> str:
    """A time as Graph writes it."""
    return at.strftime("%Y-%m-%dT%H:%M:%S.%f0Z")


def configuration(**changes: Any) -> dict[str, Any]:
    """A sync configuration as beta answers it; a value of `...` removes the property."""
    entity = {
        "id": TENANT,
        "configuration": {
            "synchronizationInterval": "PT30M",
            "synchronizationClientVersion": "2.6.92.0",
            "currentExportData": {"clientMachineName": "SYNC-A", "pendingObjectsDeletion": 3},
        },
        "features": {"passwordSyncEnabled": True},
    } | changes
    return {name: value for name, value in entity.items() if value is not ...}


def entry(at: datetime, *, app: Any = None, user: Any = None, **more: Any) -> dict[str, Any]:
    """An audit entry of an application or a user."""
    return {
        "activityDateTime": written(at),
        "category": "UserManagement",
        "initiatedBy": {
            "app": app and {"displayName": app},
            "user": user and {"userPrincipalName": user},
        },
    } | more


def application(name: Any, *ends: Any) -> dict[str, Any]:
    """An application with key credentials that end then."""
    return {"displayName": name, "keyCredentials": [{"endDateTime": each} for each in ends]}


def issue(**changes: Any) -> dict[str, Any]:
    """An open incident of Entra."""
    return {
        "id": "MO123456",
        "title": "Directory synchronization is delayed",
        "service": "Microsoft Entra",
        "classification": "incident",
        "status": "serviceDegradation",
        "isResolved": False,
        "startDateTime": written(AT),
    } | changes


def principal(identifier: Any = PRINCIPAL, template: Any = TEMPLATE) -> dict[str, Any]:
    """A service principal of Cloud Sync."""
    return {"id": identifier, "applicationTemplateId": template}


def job(**changes: Any) -> dict[str, Any]:
    """A running job of Cloud Sync."""
    return {
        "id": f"AD2AADProvisioning.{TENANT.replace('-', '')}.1",
        "templateId": "AD2AADProvisioning",
        "schedule": {"interval": "PT2M", "state": "Active"},
        "status": {"code": "Active", "lastSuccessfulExecution": {"timeEnded": written(AT)}},
    } | changes


@dataclass(frozen=True)
class Case:
    """One source.

    Attributes:
        kind: Its class.
        path: What it asks first.
        role: The permission that it needs.
        good: A good first answer.
        reading: What it makes of that.
        then: Further paths with their good answers.
    """

    kind: type[GraphReader[Any]]
    path: str
    role: str
    good: bytes
    reading: SourceReading
    then: tuple[tuple[str, bytes], ...] = ()

    def script(self, server: GraphServer) -> None:
        """Let the server answer well."""
        for path, content in ((self.path, self.good), *self.then):
            server.at(path, Reply(content=content))


CASES = {
    Source.SYNC_CONFIGURATION: Case(
        SyncConfigurationSource,
        "/beta/directory/onPremisesSynchronization",
        "OnPremDirectorySynchronization.Read.All",
        body(configuration()),
        SyncConfiguration("SYNC-A", "2.6.92.0", timedelta(minutes=30), None, 3, True),
    ),
    Source.AUDITS: Case(
        AuditsSource,
        "/v1.0/auditLogs/directoryAudits",
        "AuditLog.Read.All",
        body(entry(AT, app=APP_A)),
        AuditTrail((Acted("SYNC-A", AT, AT),)),
    ),
    Source.CERTIFICATES: Case(
        CertificatesSource,
        "/v1.0/applications",
        "Application.Read.All",
        body(application(APP_A, written(AT))),
        Certificates((Certificate("SYNC-A", AT),)),
    ),
    Source.SERVICE_HEALTH: Case(
        ServiceHealthSource,
        "/v1.0/admin/serviceAnnouncement/issues",
        "ServiceHealth.Read.All",
        body(issue()),
        ServiceHealth((ServiceIssue("MO123456", "Directory synchronization is delayed", AT),)),
    ),
    Source.CLOUD_SYNC: Case(
        CloudSyncSource,
        "/v1.0/servicePrincipals",
        "Synchronization.Read.All",
        body(principal()),
        CloudSync(1, 1, AT),
        ((JOBS, body(job())),),
    ),
}


def linked(link: object, *items: dict[str, Any]) -> bytes:
    """A page that links to the next one."""
    return json.dumps({"value": items, "@odata.nextLink": link}).encode()


# -- foreign values for the parsers ---------------------------------------------------------------

_HOSTILE = st.sampled_from(
    ["\u202e\u2066", "\ud800", "😀" * 200, '"\\' * 200, "a" * 10_000, "<b>", "0001-01-01T00:00:00Z"]
)
scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats()
    | st.text(max_size=20)
    | _HOSTILE
    | st.datetimes().map(written)
)
anything = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=6,
)


def like(sample: dict[str, Any], special: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Entities like the sample in which any value, at any depth, may be missing or foreign."""
    return st.fixed_dictionaries(
        {},
        optional={
            name: anything
            | special
            | (like(value, special) if isinstance(value, dict) else st.just(value))
            for name, value in sample.items()
        },
    )


def is_sound(answer: object) -> None:
    """It is a reading that can be stored and shown, or a reason in one plain sentence."""
    if isinstance(answer, Unavailable):
        assert 0 < len(answer.detail) < 400
        assert answer.detail.isprintable()
        assert "<" not in answer.detail
        return
    text = ledger.encode(answer)
    assert len(text.encode("utf-16-le")) // 2 < MAX_DOCUMENT
    assert ledger.decode(text, type(answer)) == answer
    assert text.isprintable()
