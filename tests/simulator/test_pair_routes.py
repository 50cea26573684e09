"""The sources of the pair over real HTTP: tokens, faults, denials, counting."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import pytest
import requests

from simulator.clock import VirtualClock, minutes
from simulator.health_shapes import PREFIX, SERVICE
from simulator.routes_graph import RESOURCES
from simulator.server import LoopbackTenant
from tests.support.simulated_pair import START, A, tenant

if TYPE_CHECKING:
    from collections.abc import Iterator

API = {"api-version": "2014-01-01"}
PATHS = {
    "organization": "/beta/organization",
    "onPremisesSynchronization": "/beta/directory/onPremisesSynchronization",
    "directoryAudits": "/v1.0/auditLogs/directoryAudits",
    "applications": "/v1.0/applications",
    "issues": "/v1.0/admin/serviceAnnouncement/issues",
    "servicePrincipals": "/v1.0/servicePrincipals",
}


@pytest.fixture
def loopback() -> Iterator[LoopbackTenant]:
    """A served pair whose clock stands at START."""
    with LoopbackTenant(tenant(), VirtualClock(START)) as served:
        yield served


def get(url: str, token: str = "loopback", **query: str) -> requests.Response:  # noqa: S107  # made up
    """Read something."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return requests.get(url, params=query, headers=headers, timeout=5)


def services(loopback: LoopbackTenant, token: str = "loopback") -> requests.Response:  # noqa: S107  # as above
    """The first request to Connect Health."""
    return get(f"{loopback.arm_url}{PREFIX}/services", token, **API, serviceType="AadSyncService")


def test_connect_health_answers_at_the_address_for_resource_manager(
    loopback: LoopbackTenant,
) -> None:
    """Services, and what lies below one, as the tenant is now."""
    url = f"{loopback.arm_url}{PREFIX}/services/{SERVICE}/exportstatus"
    before = get(url, **API).json()
    loopback.advance_to(START + minutes(60))

    assert [each["serviceName"] for each in services(loopback).json()["value"]] == [SERVICE]
    assert get(url, **API).json() != before
    assert get(f"{loopback.arm_url}/providers/Microsoft.Other/x", **API).status_code == 404
    assert get(f"{loopback.arm_url}{PREFIX}/services").status_code == 400


def test_both_services_want_a_token_and_are_counted_apart(loopback: LoopbackTenant) -> None:
    """401 in each service's own words."""
    assert services(loopback, token="").json()["error"]["code"] == "AuthenticationFailed"
    for path in PATHS.values():
        assert get(loopback.graph_url + path, token="").status_code == 401

    assert loopback.http_requests == {"arm": 1, "graph": len(PATHS)}


def test_a_page_can_be_followed_to_the_next_over_http(loopback: LoopbackTenant) -> None:
    """Links lead back to the loopback, not to Microsoft."""

    def flood(model: Any) -> None:
        for n in range(60):
            model.raise_alert(A, f"Alert {n}")

    loopback.change(flood)
    url = f"{loopback.arm_url}{PREFIX}/services/{SERVICE}/alerts"
    first = get(url, **API, state="Active").json()
    second = get(first["nextLink"]).json()

    assert (len(first["value"]), len(second["value"])) == (50, 10)
    assert second["nextLink"] is None


@pytest.mark.parametrize("status", [401, 403, 404, 409, 429, 500, 503])
def test_resource_manager_fails_with_any_status_and_recovers(
    loopback: LoopbackTenant, status: int
) -> None:
    """And Graph does not care."""
    loopback.arm_fails(status)
    failed = services(loopback)

    assert failed.status_code == status
    assert failed.json()["error"]["code"]
    assert get(loopback.graph_url + PATHS["organization"]).status_code == 200
    loopback.arm_works()
    assert services(loopback).status_code == 200


def test_resource_manager_throttles_and_breaks(loopback: LoopbackTenant) -> None:
    """Retry-After, HTML, half an answer, a page whose next page is itself, a cut connection."""
    loopback.arm_throttles(17)
    assert (services(loopback).status_code, services(loopback).headers["Retry-After"]) == (
        429,
        "17",
    )
    loopback.arm_fails("html")
    assert services(loopback).headers["Content-Type"].startswith("text/html")
    loopback.arm_fails("truncated")
    with pytest.raises(requests.JSONDecodeError):
        services(loopback).json()
    loopback.arm_fails("loop")
    looped = services(loopback).json()
    assert get(looped["nextLink"]).json()["nextLink"] == looped["nextLink"]
    loopback.arm_fails("reset")
    with pytest.raises(requests.ConnectionError):
        services(loopback)


@pytest.mark.parametrize("resource", sorted(PATHS))
def test_one_resource_of_graph_can_be_denied(loopback: LoopbackTenant, resource: str) -> None:
    """The others answer; it comes back when it is allowed."""
    loopback.denies(resource)
    answers = {name: get(loopback.graph_url + path) for name, path in PATHS.items()}
    loopback.allows(resource)

    assert {name for name, answer in answers.items() if answer.status_code != 200} == {resource}
    assert answers[resource].json()["error"]["code"] == "Authorization_RequestDenied"
    assert get(loopback.graph_url + PATHS[resource]).status_code == 200


def test_a_mistake_in_a_script_is_named(loopback: LoopbackTenant) -> None:
    """A resource that does not exist cannot be denied."""
    with pytest.raises(ValueError, match="choose from organization"):
        loopback.denies("organisation")
    assert set(PATHS) | {"jobs"} == set(RESOURCES)


def test_a_plan_says_what_was_never_granted() -> None:
    """From the first request on."""
    model = tenant(
        audits_readable=False, configuration_readable=False, service_health_readable=False
    )
    with LoopbackTenant(model, VirtualClock(START)) as served:
        status = {name: get(served.graph_url + p).status_code for name, p in PATHS.items()}

    denied = {"directoryAudits", "onPremisesSynchronization", "issues"}
    assert {name for name, code in status.items() if code == 403} == denied


@pytest.mark.parametrize("fault", ["denied_fields", "empty", "two_organizations"])
def test_a_fault_of_the_organization_is_told_by_other_resources_in_their_way(
    loopback: LoopbackTenant, fault: Literal["denied_fields", "empty", "two_organizations"]
) -> None:
    """A permission that is gone is a 403 there."""
    loopback.graph_fails(fault)
    answer = get(loopback.graph_url + PATHS["applications"])

    assert answer.status_code == (403 if fault == "denied_fields" else 200)
    if fault == "empty":
        assert answer.json()["value"] == []


def test_audits_may_be_read_five_times_in_ten_seconds(loopback: LoopbackTenant) -> None:
    """Graph's limit for reports; it says when to come back."""
    url = loopback.graph_url + PATHS["directoryAudits"]
    codes = [get(url).status_code for _ in range(6)]

    assert codes == [200] * 5 + [429]
    assert get(url).headers["Retry-After"] == "10"
    loopback.advance_to(START + minutes(1))
    assert get(url).status_code == 200


def test_an_unknown_path_is_a_404(loopback: LoopbackTenant) -> None:
    """Nothing is made up for a path that nobody simulated."""
    for path in ("/v1.0/users", "/v2.0/applications", "/beta/directory/x", "/providers"):
        assert get(loopback.graph_url + path).status_code == 404
