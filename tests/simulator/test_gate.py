"""What the simulated tenant refuses, and in which words: as Graph and Resource Manager do."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest
import requests

from simulator import tokens
from simulator.clock import VirtualClock
from simulator.grants import DEFAULT_ROLES, DOORS
from simulator.graph_services import CLOUD_SYNC_ID
from simulator.health_shapes import PREFIX, SERVICE, SERVICE_ID
from simulator.server import LoopbackTenant
from tests.support.roles_credential import RolesCredential
from tests.support.simulated_pair import START, tenant

if TYPE_CHECKING:
    from collections.abc import Iterator

DATA: Final = Path(__file__).resolve().parents[1] / "data"
GRAPH: Final = tokens.GRAPH + "/.default"
ARM: Final = tokens.ARM + "/.default"
SERVICES: Final = f"{PREFIX}/services?api-version=2014-01-01"
NEEDS: Final = {
    "/beta/organization": "Organization.Read.All",
    "/v1.0/organization": "Organization.Read.All",
    "/beta/directory/onPremisesSynchronization": "OnPremDirectorySynchronization.Read.All",
    "/v1.0/auditLogs/directoryAudits": "AuditLog.Read.All",
    "/v1.0/applications": "Application.Read.All",
    "/v1.0/servicePrincipals": "Application.Read.All",
    f"/v1.0/servicePrincipals/{CLOUD_SYNC_ID}/synchronization/jobs": "Synchronization.Read.All",
    "/v1.0/admin/serviceAnnouncement/issues": "ServiceHealth.Read.All",
}
"""Every path of Graph that is simulated, and which default permission opens it."""


@pytest.fixture
def loopback() -> Iterator[LoopbackTenant]:
    """A served pair beside which Cloud Sync runs; its clock stands at START."""
    with LoopbackTenant(tenant(), VirtualClock(START)) as served:
        served.change(lambda model: model.cloud_sync_starts())
        yield served


def ask(
    loopback: LoopbackTenant, path: str, token: str = tokens.LOOPBACK, method: str = "GET"
) -> requests.Response:
    """One request with a token."""
    headers = {"Authorization": f"Bearer {token}"}
    return requests.request(method, loopback.graph_url + path, headers=headers, timeout=5)


def shape(value: Any) -> Any:
    """A JSON value with its texts left out."""
    if isinstance(value, dict):
        return {name: shape(each) for name, each in value.items() if name != "client-request-id"}
    return type(value).__name__


def shown(answer: requests.Response) -> bool:
    """Whether an answer shows what is asked for."""
    if answer.status_code != 200:
        return False
    first = answer.json()["value"][0] if answer.json()["value"] else {"id": "", "more": ""}
    return any(value is not None for name, value in first.items() if name != "id")


@pytest.mark.parametrize("path", NEEDS)
def test_each_path_opens_with_its_permission_and_with_no_other_of_the_default_ones(
    loopback: LoopbackTenant, path: str
) -> None:
    """Whether the token names the permission, or the tenant has granted it to the loopback's."""
    allowed = set()
    for minute, role in enumerate(sorted(DEFAULT_ROLES), 1):
        loopback.advance_to(START + timedelta(minutes=minute))  # audits have a limit of their own
        if shown(ask(loopback, path, RolesCredential(role).get_token(GRAPH).token)):
            allowed.add(role)
    everything = shown(ask(loopback, path))
    loopback.revokes(NEEDS[path])

    assert allowed == {NEEDS[path]}
    assert (everything, shown(ask(loopback, path))) == (True, False)
    loopback.grants(NEEDS[path])
    assert shown(ask(loopback, path))


def test_every_door_leads_somewhere(loopback: LoopbackTenant) -> None:
    """No path stands in the table that is not simulated, and every default permission opens one."""
    paths = {path: ask(loopback, path).status_code for path in NEEDS}

    assert set(paths.values()) == {200}
    assert len({path.split("/", 2)[2] for path in NEEDS}) == len(DOORS)
    assert set(NEEDS.values()) == DEFAULT_ROLES


def test_graph_denies_in_its_own_words(loopback: LoopbackTenant) -> None:
    """The shape and the words of a real 403; the audits have a code of their own."""
    loopback.revokes(*DEFAULT_ROLES)
    recorded = json.loads((DATA / "graph" / "error_403.json").read_text(encoding="utf-8"))
    denied = ask(loopback, "/beta/directory/onPremisesSynchronization")
    audits = ask(loopback, "/v1.0/auditLogs/directoryAudits")

    assert (denied.status_code, audits.status_code) == (403, 403)
    assert shape(denied.json()) == shape(recorded)
    assert denied.json()["error"]["code"] == recorded["error"]["code"]
    assert denied.json()["error"]["message"] == recorded["error"]["message"]
    assert audits.json()["error"]["code"] == "Authentication_MSGraphPermissionMissing"


@pytest.mark.parametrize("version", ["v1.0", "beta"])
def test_the_organization_hides_its_fields_instead_of_itself(
    loopback: LoopbackTenant, version: str
) -> None:
    """A 200 whose fields are all null but the id, whatever was selected."""
    loopback.revokes("Organization.Read.All")
    whole = ask(loopback, f"/{version}/organization")
    some = ask(loopback, f"/{version}/organization?$select=id,displayName,onPremisesSyncEnabled")

    assert (whole.status_code, some.status_code) == (200, 200)
    assert {name for name, value in whole.json()["value"][0].items() if value} == {"id"}
    assert some.json()["value"][0] == {
        "id": whole.json()["value"][0]["id"],
        "displayName": None,
        "onPremisesSyncEnabled": None,
    }


def test_connect_health_without_reader_names_the_action(loopback: LoopbackTenant) -> None:
    """Each path its own; Graph does not care; the role comes back."""
    one = f"{PREFIX}/services/{SERVICE}"
    loopback.removes_reader()
    actions = {
        path: ask(loopback, f"{path}?api-version=2014-01-01").json()["error"]["message"]
        for path in (f"{PREFIX}/services", f"{one}/alerts", f"{one}/servicemembers")
    }
    denied = ask(loopback, SERVICES)

    assert (denied.status_code, denied.json()["error"]["code"]) == (403, "AuthorizationFailed")
    for path, what in (("services", ""), ("alerts", "/alerts"), ("servicemembers", "/servicemem")):
        said = next(text for asked, text in actions.items() if asked.endswith(path))
        assert f"'Microsoft.ADHybridHealthService/services{what}" in said
        assert f"over scope '{PREFIX}'" in said
    assert ask(loopback, "/v1.0/organization").status_code == 200
    loopback.assigns_reader()
    assert ask(loopback, SERVICES).status_code == 200


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "HEAD"])
def test_nothing_can_be_changed(loopback: LoopbackTenant, method: str) -> None:
    """Whatever is granted: only reads are let in, and not even a HEAD is one of them."""
    for path in (*NEEDS, SERVICES, f"{PREFIX}/services/{SERVICE}/alerts"):
        assert ask(loopback, path, method=method).status_code == 403
    assert ask(loopback, "/v1.0/users", method=method).status_code == 404
    assert all(each.astray for each in loopback.requests)


def test_a_query_that_would_show_more_is_refused(loopback: LoopbackTenant) -> None:
    """Expanding needs the permissions of what is expanded."""
    assert ask(loopback, "/v1.0/applications?$expand=owners").status_code == 403
    assert ask(loopback, "/v1.0/applications?$select=id").status_code == 200
    assert loopback.strayed == ["GET /v1.0/applications: 403"]


def test_a_token_for_another_service_tenant_or_time_is_none(loopback: LoopbackTenant) -> None:
    """401 from both services, and a name for what is wrong."""
    graph, arm = (RolesCredential(*DEFAULT_ROLES).get_token(each).token for each in (GRAPH, ARM))
    other = RolesCredential(*DEFAULT_ROLES, tenant_id=SERVICE_ID).get_token(GRAPH).token
    late = tokens.mint(tokens.GRAPH, DEFAULT_ROLES, expires=START)
    early = tokens.mint(tokens.GRAPH, DEFAULT_ROLES, issued=START + timedelta(seconds=1))
    good = {"/v1.0/organization": graph, SERVICES: arm}
    bad = [
        ("/v1.0/organization", arm, "Invalid audience"),
        (SERVICES, graph, "Invalid audience"),
        ("/v1.0/organization", other, "wrong issuer"),
        ("/v1.0/organization", late, "expired"),
        ("/v1.0/organization", early, "Lifetime validation failed"),
        ("/v1.0/organization", "another-opaque-one", "not well formed"),
        ("/v1.0/organization", "a.b.c", "not well formed"),
    ]

    assert {ask(loopback, path, token).status_code for path, token in good.items()} == {200}
    for path, token, why in bad:
        answer = ask(loopback, path, token)
        assert (answer.status_code, why in answer.json()["error"]["message"]) == (401, True)
        assert answer.json()["error"]["code"] == "InvalidAuthenticationToken"


def test_a_role_in_the_token_counts_and_a_later_grant_needs_a_new_token(
    loopback: LoopbackTenant,
) -> None:
    """As with a managed identity, whose token is good for a day."""
    credential = RolesCredential.of(loopback)
    loopback.revokes("AuditLog.Read.All")
    old = credential.get_token(GRAPH).token
    loopback.grants("AuditLog.Read.All")
    new = credential.get_token(GRAPH).token
    audits = "/v1.0/auditLogs/directoryAudits"

    assert [ask(loopback, audits, each).status_code for each in (old, new)] == [403, 200]
    assert credential.scopes == [GRAPH, GRAPH]


def test_a_token_says_who_it_is_for(loopback: LoopbackTenant) -> None:
    """The claims of an app's token; roles in Graph's only."""
    credential = RolesCredential("AuditLog.Read.All", "Application.Read.All")
    graph = tokens.read(credential.get_token(GRAPH).token)
    storage = tokens.read(credential.get_token(tokens.STORAGE + "/.default").token)

    assert graph is not None
    assert storage is not None
    assert (graph.audience, storage.audience) == (tokens.GRAPH, tokens.STORAGE)
    assert (graph.roles, storage.roles) == (
        frozenset({"Application.Read.All", "AuditLog.Read.All"}),
        frozenset(),
    )
    assert loopback.granted == DEFAULT_ROLES


def test_a_mistake_in_a_grant_is_named(loopback: LoopbackTenant) -> None:
    """A name that is none, and what cannot be taken away."""
    with pytest.raises(ValueError, match="no permission is named 'auditlog'"):
        loopback.grants("auditlog")
    with pytest.raises(ValueError, match=r"Mail\.Read cannot be revoked: granted is Application"):
        loopback.revokes("Mail.Read")
    loopback.grants("Mail.Read")
    loopback.revokes("Mail.Read")
    assert loopback.granted == DEFAULT_ROLES
