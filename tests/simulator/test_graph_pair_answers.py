"""Graph's simulated answers about the pair have the fields of Microsoft's samples."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from simulator import graph_pair, graph_services
from simulator.clock import minutes
from simulator.graph import GraphError
from simulator.graph_services import CLOUD_SYNC_ID, CLOUD_SYNC_TEMPLATE
from tests.support.simulated_pair import PLAN, START, A, B, after, tenant

if TYPE_CHECKING:
    from simulator.model import Tenant

SAMPLES = json.loads(
    (Path(__file__).parents[1] / "data" / "simulator" / "graph_samples.json").read_text("utf-8")
)
URL = "http://127.0.0.1:1/v1.0/x"
SYNC_APPS = {"$filter": "startswith(displayName,'ConnectSyncProvisioning_')"}


def missing(sample: Any, answer: Any, where: str = "") -> list[str]:
    """Fields of the sample that the answer lacks; names compare without case, as a sample's do."""
    if isinstance(sample, list) and isinstance(answer, list):
        pairs = ((sample[0], each) for each in answer) if sample else ()
        return [line for one, other in pairs for line in missing(one, other, f"{where}[]")]
    if not isinstance(sample, dict) or not isinstance(answer, dict):
        return []
    names = {name.casefold(): value for name, value in answer.items()}
    lines = [f"{where}.{name}" for name in sample if name.casefold() not in names]
    for name, inner in sample.items():
        lines += missing(inner, names.get(name.casefold()), f"{where}.{name}")
    return lines


def troubled() -> Tenant:
    """A tenant with everything to show."""
    model = tenant()
    model.cloud_sync_starts()
    model.entra_outage()
    after(model, 60).entra_recovers()
    return after(model, 400)


def test_answers_have_every_field_of_the_samples() -> None:
    """Whatever a reader of Microsoft's documentation expects is there."""
    model = troubled()
    one = graph_pair.configuration(model, "beta")["value"]
    assert isinstance(one, list)
    audits = graph_pair.audits(model, {}, URL)
    jobs = graph_services.jobs(model, CLOUD_SYNC_ID)["value"]

    assert missing(SAMPLES["onPremisesSynchronization"], {**one[0], "@odata.context": ""}) == []
    shown = missing(SAMPLES["directoryAudits"], audits)
    optional = ".value[].targetResources[]"  # groupType and userPrincipalName depend on the type
    assert [line for line in shown if not line.startswith(optional)] == []
    assert missing(SAMPLES["applications"], graph_pair.applications(model, {}, URL)) == []
    assert missing(SAMPLES["issues"], graph_services.issues(model, {}, URL)) == []
    sample = {key: value for key, value in SAMPLES["jobs"].items() if not key.startswith("@")}
    assert isinstance(jobs, list)
    assert missing([sample], jobs) == []


def configuration(model: Tenant, version: str = "beta") -> Any:
    """The settings inside the answer."""
    answer: Any = graph_pair.configuration(model, version)
    return answer["value"][0]["configuration"]


def test_the_configuration_names_the_last_exporter() -> None:
    """Machine, identity, version and interval, in beta only."""
    model = tenant()
    first = configuration(model)
    after(model, 60).server_dies(A)
    model.promote(B)
    second = configuration(after(model, 120))

    assert first["currentExportData"]["clientMachineName"] == A
    assert first["currentExportData"]["serviceAccount"] == PLAN.servers[0].identity
    assert first["synchronizationClientVersion"] == "2.6.92.0"
    assert first["customerRequestedSynchronizationInterval"] == "PT30M"
    assert second["currentExportData"]["clientMachineName"] == B
    assert list(configuration(model, "v1.0")) == ["accidentalDeletionPrevention"]


def test_the_configuration_shows_deletes_that_were_stopped() -> None:
    """Only after an export was stopped, beside the threshold."""
    model = tenant()
    model.deletes_pile_up(1200)
    before = configuration(model)
    stopped = configuration(after(model, 14))
    model.deletes_cleared()
    cleared = configuration(after(model, 45))

    shown = [c["currentExportData"]["pendingObjectsDeletion"] for c in (before, stopped, cleared)]
    assert shown == [0, 1200, 0]
    assert before["accidentalDeletionPrevention"] == {
        "synchronizationPreventionType": "enabledForCount",
        "alertThreshold": 500,
    }
    off = configuration(tenant(deletion_threshold=None))["accidentalDeletionPrevention"]
    assert off["synchronizationPreventionType"] == "disabled"


def entries(model: Tenant, **query: str) -> list[Any]:
    """Audit entries."""
    answer: Any = graph_pair.audits(model, {f"${name}": text for name, text in query.items()}, URL)
    found: list[Any] = answer["value"]
    return found


def test_audits_are_filtered_by_time_and_ordered() -> None:
    """Newest first unless asked otherwise."""
    model = after(tenant(), 400)
    since = START + minutes(200)
    found = entries(model, filter=f"activityDateTime ge {since:%Y-%m-%dT%H:%M:%SZ}")
    times = [entry["activityDateTime"] for entry in found]

    assert 0 < len(found) < len(entries(model))
    assert min(times) >= f"{since:%Y-%m-%dT%H:%M:%S}"
    assert times == sorted(times, reverse=True)
    assert [e["activityDateTime"] for e in entries(model, orderby="activityDateTime asc")] == (
        sorted(e["activityDateTime"] for e in entries(model))
    )


def test_an_audit_entry_says_who_by_application_or_by_account() -> None:
    """Exactly one of the two initiators."""
    by = [entry["initiatedBy"] for entry in entries(after(tenant(), 400))]

    assert {each["app"]["displayName"] for each in by if each["app"]} == {PLAN.servers[0].identity}
    people = {each["user"]["userPrincipalName"] for each in by if each["user"]}
    assert people == {"admin@contoso.com"}
    assert all((each["app"] is None) != (each["user"] is None) for each in by)


def test_pages_hold_what_was_asked_for_and_each_entry_once() -> None:
    """`$top` and a link to the next page."""
    model = after(tenant(), 400)
    every = [entry["id"] for entry in entries(model, top="999")]
    seen: list[str] = []
    query = {"$top": "7"}
    while True:
        page: Any = graph_pair.audits(model, query, URL)
        seen += [entry["id"] for entry in page["value"]]
        assert len(page["value"]) <= 7
        if "@odata.nextLink" not in page:
            break
        assert page["@odata.nextLink"].startswith(f"{URL}?")
        query = {"$top": "7", "$skiptoken": page["@odata.nextLink"].rsplit("=", 1)[1]}

    assert seen == every
    assert len(set(seen)) == len(seen)


def test_applications_show_until_when_a_certificate_is_valid() -> None:
    """One per server that signs in with an application, and no other with the filter."""
    model = tenant()
    model.suspend_scheduler(B)
    model.certificate_expires(B, timedelta(days=20))
    every: Any = graph_pair.applications(model, {}, URL)
    found: Any = graph_pair.applications(model, SYNC_APPS, URL)
    ends = {
        app["displayName"].split("_")[1]: datetime.fromisoformat(
            app["keyCredentials"][0]["endDateTime"]
        )
        for app in found["value"]
    }

    assert len(every["value"]) == 3
    assert set(ends) == {A, B}
    assert ends[B] == START.astimezone(UTC) + timedelta(days=20)
    selected: Any = graph_pair.applications(model, {**SYNC_APPS, "$select": "appId"}, URL)
    assert [list(app) for app in selected["value"]] == [["appId"], ["appId"]]


def test_issues_are_incidents_or_advisories_open_or_resolved() -> None:
    """Newest first; resolved ones can be left out."""
    model = troubled()
    model.advisory("Portal is slow")
    after(model, 430)
    every: Any = graph_services.issues(model, {}, URL)
    still: Any = graph_services.issues(model, {"$filter": "isResolved eq false"}, URL)

    assert [(i["classification"], i["isResolved"]) for i in every["value"]] == [
        ("advisory", False),
        ("incident", True),
    ]
    assert [i["title"] for i in still["value"]] == ["Portal is slow"]


def test_cloud_sync_has_jobs_once_it_runs() -> None:
    """No principal before; paused jobs afterwards; another principal is not found."""
    wanted = {"$filter": f"applicationTemplateId eq '{CLOUD_SYNC_TEMPLATE}'"}
    nothing: Any = graph_services.service_principals(tenant(), wanted, URL)
    model = troubled()
    found: Any = graph_services.service_principals(model, wanted, URL)
    (principal,) = found["value"]
    other: Any = graph_services.service_principals(model, {"$filter": "displayName eq 'x'"}, URL)
    running: Any = graph_services.jobs(model, principal["id"])
    model.cloud_sync_stops()
    paused: Any = graph_services.jobs(model, principal["id"])

    assert nothing["value"] == []
    assert other["value"] == []
    assert {job["status"]["code"] for job in running["value"]} == {"Active"}
    assert {job["status"]["code"] for job in paused["value"]} == {"Paused"}
    assert all(job["status"]["lastSuccessfulExecution"]["timeEnded"] for job in running["value"])
    with pytest.raises(GraphError):
        graph_services.jobs(model, "other")
