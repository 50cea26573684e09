"""Connect Health's simulated answers have the published shapes, and the known quirks."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from simulator import health
from simulator.clock import minutes
from simulator.connect_health import DELETES_STOPPED
from simulator.health_shapes import PREFIX, SERVICE
from tests.support.simulated_pair import START, A, B, after, tenant

if TYPE_CHECKING:
    from simulator.model import Tenant

SCHEMAS = json.loads(
    (Path(__file__).parents[1] / "data" / "simulator" / "arm_schemas.json").read_text("utf-8")
)
ONE = f"/services/{SERVICE}"
ORIGIN = "http://127.0.0.1:1"
PYTHON: dict[str, type] = {"string": str, "integer": int, "boolean": bool, "array": list}


def ask(model: Tenant, path: str, **query: str) -> Any:
    """The answer, as a client would parse it."""
    asked = {"api-version": "2014-01-01", **query}
    return json.loads(json.dumps(health.answer(model, PREFIX + path, asked, ORIGIN)))


def troubled() -> Tenant:
    """A tenant with alerts of all sorts, active and resolved, on servers and the service."""
    model = tenant()
    model.raise_alert(A, DELETES_STOPPED)
    model.raise_alert(B, "High CPU Usage detected", "Warning")
    model.raise_alert("", "Odd")
    model.raise_alert(A, "Gone")
    model.resolve_alert("Gone")
    return after(model, 2)  # before an agent reports and takes its own alerts back


def conform(value: Any, schema: str, where: str) -> None:
    """Every field of an object exists in its schema, and is null or of the schema's type."""
    assert isinstance(value, dict), where
    properties = SCHEMAS[schema]["properties"]
    for name, inner in value.items():
        assert name in properties, f"{where}.{name} is not in {schema}"
        check(inner, properties[name], f"{where}.{name}")


def check(value: Any, schema: dict[str, Any], where: str) -> None:
    """One value against its part of the schema."""
    if value is None:
        return
    if "items" in schema:  # the conversion calls some arrays objects
        assert isinstance(value, list), where
        for each in value:
            check(each, schema["items"], f"{where}[]")
    elif "$ref" in schema:
        conform(value, schema["$ref"].rsplit("/", 1)[1], where)
    else:
        assert isinstance(value, PYTHON[schema["type"]]), where
        if schema.get("format") == "date-time":
            assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z?", str(value)), where


def member_of(model: Tenant, name: str) -> str:
    """A server's path."""
    return f"{ONE}/servicemembers/{model.health.members[name].id}"


def test_every_answer_has_the_published_fields_and_types() -> None:
    """Nothing is made up: each field is in the swagger."""
    model = troubled()
    member = member_of(model, A)
    for path, schema in {
        "/services": "Services",
        f"{ONE}/servicemembers": "ServiceMembers",
        f"{ONE}/alerts": "Alerts",
        f"{ONE}/exportstatus": "ExportStatuses",
        member: "ServiceMember",
        f"{member}/alerts": "Alerts",
        f"{member}/datafreshness": "DataFreshnessDetails",
        f"{member}/exportstatus": "ExportStatuses",
        f"{member}/serviceconfiguration": "ServiceConfiguration",
    }.items():
        answer = ask(model, path)
        conform(answer, schema, path)
        assert answer.get("value", True), path


def test_export_errors_are_a_bare_array_with_all_buckets() -> None:
    """As a shipping exporter reads them, not as the swagger has them."""
    model = tenant()
    model.health.export_errors = 3
    answer = ask(model, f"{ONE}/exporterrors/counts")

    assert isinstance(answer, list)
    for each in answer:
        conform(each, "ErrorCount", "counts")
    assert {e["errorBucket"]: e["count"] for e in answer}["All"] == 3


def test_the_quirks_are_there() -> None:
    """Wrong counters, null lists, seven digits, no zone, HTML."""
    model = troubled()
    (service,) = ask(model, "/services")["value"]
    members = ask(model, f"{ONE}/servicemembers")
    alerts = ask(model, f"{ONE}/alerts", state="Active")["value"]

    assert members["totalCount"] == 0
    assert members["value"][0]["monitoringConfigurationsCustomized"] is None
    assert members["value"][0]["lastDisabled"] == "0001-01-01T00:00:00"
    assert re.search(r"\.\d{7}Z$", members["value"][0]["lastUpdated"])
    assert service["health"] == "Error"
    assert all("<" in alert["description"] and "<" in alert["remediation"] for alert in alerts)


def test_members_show_their_staging_mode_and_uploads() -> None:
    """The flag is a text; the newest upload is the server's heartbeat."""
    model = tenant()
    flags = {
        m["machineName"]: next(
            item["value"]
            for item in m["monitoringConfigurationsComputed"]
            if item["key"] == "StagingMode"
        )
        for m in ask(model, f"{ONE}/servicemembers")["value"]
    }
    keys = ask(model, member_of(model, B) + "/datafreshness")["value"]

    assert flags == {A: "False", B: "True"}
    assert {item["key"] for item in keys} >= {
        "AadSyncService-RunProfileResults",
        "AadSyncService-ServiceConfigurations",
    }
    assert max(item["value"] for item in keys) > "2026-11-10T00:00"


def test_export_status_names_only_who_exported() -> None:
    """For the service and for one member."""
    model = tenant()

    assert [e["serviceMemberId"] for e in ask(model, f"{ONE}/exportstatus")["value"]] == [
        model.health.members[A].id
    ]
    assert ask(model, member_of(model, B) + "/exportstatus")["value"] == []


def test_alerts_are_filtered_by_state_and_keep_their_id() -> None:
    """Active, resolved, or both."""
    model = troubled()
    every = {a["alertId"]: a for a in ask(model, f"{ONE}/alerts")["value"]}
    active = {a["alertId"] for a in ask(model, f"{ONE}/alerts", state="Active")["value"]}
    resolved = {a["alertId"] for a in ask(model, f"{ONE}/alerts", state="Resolved")["value"]}

    assert len(every) == 4
    assert active | resolved == set(every)
    assert {every[each]["displayName"] for each in resolved} == {"Gone"}
    assert {every[each]["state"] for each in resolved} == {"ResolvedByPositiveResult"}
    own = ask(model, member_of(model, B) + "/alerts")["value"]
    assert [a["displayName"] for a in own] == ["High CPU Usage detected"]


def test_more_than_a_page_of_alerts_comes_in_pages() -> None:
    """Each entry once, the link absolute, the last page without one."""
    model = tenant()
    for n in range(2 * health.PAGE + 1):
        model.raise_alert(A, f"Alert {n}")
    page = ask(model, f"{ONE}/alerts", state="Active")
    names = [a["displayName"] for a in page["value"]]
    for token in ("50", "100"):
        assert page["nextLink"].startswith(f"{ORIGIN}{PREFIX}{ONE}/alerts?")
        assert f"skiptoken={token}" in page["nextLink"]
        page = ask(model, f"{ONE}/alerts", **{"state": "Active", "$skiptoken": token})
        names += [a["displayName"] for a in page["value"]]

    assert page["nextLink"] is None
    assert names == [f"Alert {n}" for n in range(2 * health.PAGE + 1)]


def test_without_a_licence_or_an_agent_there_is_no_service() -> None:
    """An empty list, and nothing below it."""
    model = tenant(licensed=False)

    assert ask(model, "/services")["value"] == []
    with pytest.raises(health.ArmError) as caught:
        ask(model, f"{ONE}/alerts")
    assert caught.value.status == 404
    assert ask(tenant(), "/services", serviceType="AdFederationService")["value"] == []


@pytest.mark.parametrize(
    "path",
    ["/services/other/alerts", f"{ONE}/servicemembers/none/datafreshness", f"{ONE}/nothing", ""],
)
def test_what_does_not_exist_is_a_404(path: str) -> None:
    """With Resource Manager's error body."""
    with pytest.raises(health.ArmError) as caught:
        ask(tenant(), path)

    assert caught.value.status == 404
    assert caught.value.body["error"]["code"] == "ResourceNotFound"


def test_the_api_version_is_required() -> None:
    """As Resource Manager does."""
    with pytest.raises(health.ArmError) as caught:
        health.answer(tenant(), f"{PREFIX}/services", {}, ORIGIN)

    assert caught.value.status == 400


def test_a_dead_servers_answers_grow_old() -> None:
    """Its last uploads stay as they are."""
    model = tenant()
    path = member_of(model, A) + "/datafreshness"
    after(model, 60).server_dies(A)
    before = ask(model, path)

    assert ask(after(model, 500), path) == before
    assert model.now == START + minutes(500)
