"""The slow facts of Connect Health: versions, export errors, alerts that were resolved."""

from __future__ import annotations

import pytest

from shared.domain.pair.readings import MAX_ALERTS
from shared.domain.readings import Reason
from shared.sources.health_details import HealthDetailsSource
from tests.support.arm_reads import details, make, sample
from tests.support.arm_server import (
    ACTIVE,
    STANDBY,
    ArmServer,
    alert,
    listed,
    member,
    said,
)
from tests.support.loopback_server import Reply
from tests.support.source_reads import refusal


async def test_a_pair_takes_six_requests_for_its_details(arm: ArmServer) -> None:
    """Services, members, two configurations, error counts, resolved alerts."""
    source = make(HealthDetailsSource, arm.url)

    found = await details(source)

    assert sorted(arm.routes) == [
        "alerts?Resolved",
        "exporterrors/counts",
        "serviceconfiguration",
        "serviceconfiguration",
        "servicemembers",
        "services",
    ]
    assert source.requests == 6 == len(arm.seen)
    assert [(each.member_id, each.name, each.version) for each in found.servers] == [
        (ACTIVE, "SYNC-A", "2.5.79.0"),
        (STANDBY, "SYNC-B", "2.5.79.0"),
    ]
    assert found.export_errors == 3
    assert (found.resolved, found.resolved_unread) == ((), None)


async def test_microsofts_samples_are_read_for_details(arm: ArmServer) -> None:
    """They are the only published answers."""
    arm.on("services", said(sample("services_list")))
    arm.on("servicemembers", said(sample("ServiceMembers")))
    arm.on("serviceconfiguration", said(sample("serviceMembers_getServiceConfiguration")))
    arm.on("exporterrors/counts", said(sample("services_listExportErrors")))

    found = await details(make(HealthDetailsSource, arm.url))

    assert [each.version for each in found.servers] == ["1.1.750.0"]
    assert found.export_errors == 49


@pytest.mark.parametrize(
    ("document", "version"),
    [
        ({"version": "2.6.84.0"}, "2.6.84.0"),
        ({"value": {"version": "2.6.84.0"}}, "2.6.84.0"),
        ([{"version": "2.6.84.0"}], "2.6.84.0"),
        ({"value": [None, {"version": "2.6.84.0"}]}, "2.6.84.0"),
        ({"version": None}, None),
        ({"version": 2.5}, None),
        ({"version": ""}, None),
        ({}, None),
        ({"version": "<b>" + "9" * 99}, "9" * 31 + "…"),
    ],
)
async def test_a_version_is_found_in_every_shape_and_else_unknown(
    arm: ArmServer, document: object, version: str | None
) -> None:
    """An unknown version is not an old one."""
    arm.on("serviceconfiguration", said(document))

    found = await details(make(HealthDetailsSource, arm.url))

    assert [(each.version, each.unread) for each in found.servers] == [(version, None)] * 2


@pytest.mark.parametrize("reply", [said(7), said(None), said([]), Reply(403), Reply(content=b"<")])
async def test_a_configuration_that_cannot_be_read_is_said_for_that_server(
    arm: ArmServer, reply: Reply
) -> None:
    """The other server's version stays."""
    arm.on(f"serviceconfiguration@{STANDBY}", reply)

    active, standby = (await details(make(HealthDetailsSource, arm.url))).servers

    assert (active.version, active.unread) == ("2.5.79.0", None)
    assert standby.version is None
    assert standby.unread is not None


@pytest.mark.parametrize(
    ("properties", "dimensions", "agent"),
    [
        ([{"key": "AgentVersion", "value": "4.5.2520.0"}], None, "4.5.2520.0"),
        (None, {"Health_Agent-Version": "4.5.2520.0"}, "4.5.2520.0"),
        ([{"key": "agentversion", "value": None}], [{"key": "AgentVersion", "value": "4"}], "4"),
        ([{"key": "version", "value": "4"}], None, None),
        (None, None, None),
    ],
)
async def test_the_agents_version_is_looked_for_loosely(
    arm: ArmServer, properties: object, dimensions: object, agent: str | None
) -> None:
    """No document says where it stands, if anywhere."""
    arm.on("servicemembers", listed(member(properties=properties, dimensions=dimensions)))

    found = await details(make(HealthDetailsSource, arm.url))

    assert [each.agent_version for each in found.servers] == [agent]


@pytest.mark.parametrize(
    ("reply", "number"),
    [
        (said([{"errorBucket": "All", "count": 7}, {"errorBucket": "Others", "count": 7}]), 7),
        (
            listed({"errorBucket": "DataMismatch", "count": 2}, {"errorBucket": "X", "count": "3"}),
            5,
        ),
        (said([{"errorBucket": "all", "count": 0}]), 0),
        (said([{"errorBucket": "All", "count": -1}, {"errorBucket": "X", "count": True}]), None),
        (said([]), None),
        (said({}), None),
        (Reply(404), None),
        (Reply(500), None),
    ],
)
async def test_export_errors_are_the_bucket_all_or_the_sum_or_unknown(
    arm: ArmServer, reply: Reply, number: int | None
) -> None:
    """The real answer is a bare array; unknown is not zero."""
    arm.on("exporterrors/counts", reply)

    assert (await details(make(HealthDetailsSource, arm.url))).export_errors == number


async def test_resolved_alerts_are_bounded_and_name_their_servers(arm: ArmServer) -> None:
    """The newest are enough: they only close what was open."""
    many = [alert(f"a-{n}", state="ResolvedByTimer") for n in range(MAX_ALERTS + 5)]
    arm.on("alerts?Resolved", listed(*many))

    found = await details(make(HealthDetailsSource, arm.url))

    assert len(found.resolved) == MAX_ALERTS
    assert {each.server for each in found.resolved} == {"SYNC-A"}
    assert not any(each.active for each in found.resolved)


@pytest.mark.parametrize("reply", [Reply(500), said({}), listed(7)])
async def test_resolved_alerts_that_cannot_be_read_are_said(arm: ArmServer, reply: Reply) -> None:
    """None and unread are two things."""
    arm.on("alerts?Resolved", reply)

    found = await details(make(HealthDetailsSource, arm.url))

    assert found.resolved == ()
    assert found.resolved_unread is not None


@pytest.mark.parametrize("route", ["services", "servicemembers"])
async def test_without_servers_there_are_no_details(arm: ArmServer, route: str) -> None:
    """As for the other source."""
    arm.on(route, Reply(403))

    assert (await refusal(make(HealthDetailsSource, arm.url))).reason is Reason.FORBIDDEN
