"""What Connect Health says about the pair, with all the quirks that its answers may have."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from shared.domain.pair.readings import MAX_ALERTS, MAX_NAME, MAX_SERVERS, AlertLevel, HealthAlert
from shared.domain.readings import Reason, Unavailable
from shared.sources.connect_health import ConnectHealthSource
from tests.support.arm_reads import health, make, sample
from tests.support.arm_server import (
    ACTIVE,
    SERVICE,
    STANDBY,
    ArmServer,
    alert,
    listed,
    member,
    said,
)
from tests.support.source_reads import refusal

if TYPE_CHECKING:
    from shared.domain.pair.readings import HealthMember

DAY = datetime(2026, 11, 21, tzinfo=UTC)


async def members(arm: ArmServer, *items: object) -> tuple[HealthMember, ...]:
    """What becomes of these service members."""
    if items:
        arm.on("servicemembers", listed(*items))
    return (await health(make(ConnectHealthSource, arm.url))).members


async def alerts(arm: ArmServer, *items: object) -> tuple[HealthAlert, ...]:
    """What becomes of these alerts."""
    arm.on("alerts?Active", listed(*items))
    found = (await health(make(ConnectHealthSource, arm.url))).alerts
    assert isinstance(found, tuple), found
    return found


# -- services -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "items",
    [
        [],
        [{"serviceName": "AdFederationService-sts.contoso.com", "type": "AdFederationService"}],
        [{"serviceName": "contoso.com", "type": "AdDomainService"}],
        [{"serviceName": "AadSyncService-x", "type": "AdFederationService"}],
    ],
    ids=["none", "AD FS", "AD DS", "the type wins over the name"],
)
async def test_a_tenant_without_a_sync_service_has_no_connect_health(
    arm: ArmServer, items: list[Any]
) -> None:
    """Unlicensed, or no agent was ever registered: not configured, and not broken."""
    arm.on("services", listed(*items))

    answer = await refusal(make(ConnectHealthSource, arm.url))

    assert answer.reason is Reason.NOT_CONFIGURED
    assert "P1" in answer.detail
    assert arm.routes == ["services"]


async def test_a_null_list_of_services_is_an_empty_one(arm: ArmServer) -> None:
    """Null is how some answers write an empty list."""
    arm.on("services", said({"value": None, "totalCount": 7}))

    assert (await refusal(make(ConnectHealthSource, arm.url))).reason is Reason.NOT_CONFIGURED


async def test_the_service_is_chosen_by_its_type_or_its_name(arm: ArmServer) -> None:
    """`serviceType` in the query is a wish: the answer may hold other services as well."""
    arm.on(
        "services",
        said(
            [
                {"serviceName": "AdFederationService-sts", "type": "AdFederationService"},
                {"serviceName": SERVICE, "type": None},
            ]
        ),
    )

    assert len(await members(arm)) == 2

    assert {each.path.split("/")[4] for each in arm.seen[1:]} == {SERVICE}


async def test_all_sync_services_are_read(arm: ArmServer) -> None:
    """One is normal; the servers of a second one must not be missed."""
    names = ["AadSyncService-one", "AadSyncService-two"]
    arm.on("services", listed(*({"serviceName": name} for name in names)))
    arm.on("servicemembers@AadSyncService-one", listed(member()))
    arm.on("servicemembers@AadSyncService-two", listed(member(STANDBY, "SYNC-B")))
    arm.on("alerts?Active@AadSyncService-two", listed(alert()))

    reading = await health(make(ConnectHealthSource, arm.url))

    assert [each.id for each in reading.members] == [ACTIVE, STANDBY]
    assert isinstance(reading.alerts, tuple)
    assert len(reading.alerts) == 1
    asked = {each.path.split("/")[4] for each in arm.seen if each.path.endswith("freshness")}
    assert asked == set(names)


async def test_a_disabled_service_has_disabled_servers(arm: ArmServer) -> None:
    """Connect Health ignores them, so their silence means nothing."""
    arm.on("services", listed({"serviceName": SERVICE, "disabled": "True"}))

    assert [each.disabled for each in await members(arm)] == [True, True]


# -- members --------------------------------------------------------------------------------------


async def test_a_pair_is_named_with_role_and_heartbeats(arm: ArmServer) -> None:
    """The whole of a healthy answer."""
    active, standby = await members(arm)

    assert (active.id, active.name, active.staging) == (ACTIVE, "SYNC-A", False)
    assert (standby.id, standby.name, standby.staging) == (STANDBY, "SYNC-B", True)
    assert active.updated_at == datetime(2026, 11, 21, 9, 0, 0, 123456, tzinfo=UTC)
    assert active.uploaded_at == datetime(2026, 11, 21, 10, 3, 0, 123456, tzinfo=UTC)
    assert active.ran_at == DAY.replace(hour=10, minute=1)
    assert active.configured_at == DAY.replace(hour=8, minute=30)
    assert active.exported_at == DAY.replace(hour=10, minute=0, second=30)
    assert standby.exported_at is None
    assert active.unread is None
    assert not active.disabled


@pytest.mark.parametrize(
    ("computed", "customized", "staging"),
    [
        ([{"key": "StagingMode", "value": "True"}], None, True),
        ([{"key": "StagingMode", "value": "false"}], None, False),
        ([{"key": "stagingmode", "value": True}], None, True),
        ({"StagingMode": " TRUE "}, None, True),
        ({"key": "StagingMode", "value": "False"}, None, False),
        (None, [{"key": "StagingMode", "value": "True"}], True),
        (
            [{"key": "StagingMode", "value": "False"}],
            [{"key": "StagingMode", "value": "True"}],
            False,
        ),
        ([{"key": "StagingMode", "value": "<value not aggregated>"}], None, None),
        ([{"key": "StagingMode"}, None, 7, {"value": "True"}], "samplemonitoringConfig", None),
        (None, None, None),
    ],
)
async def test_staging_mode_is_found_where_it_is_and_unknown_elsewhere(
    arm: ArmServer,
    computed: object,
    customized: object,
    staging: bool | None,  # noqa: FBT001  the expectation
) -> None:
    """Unknown is not active: nobody fails over because of a missing flag."""
    item = member(
        monitoringConfigurationsComputed=computed, monitoringConfigurationsCustomized=customized
    )

    assert [each.staging for each in await members(arm, item)] == [staging]


async def test_two_entries_with_one_name_stay_two(arm: ArmServer) -> None:
    """A rebuilt server leaves its old entry behind; which one is meant, others decide."""
    found = await members(arm, member(), member(STANDBY, "SYNC-A"))

    assert [(each.id, each.name) for each in found] == [(ACTIVE, "SYNC-A"), (STANDBY, "SYNC-A")]


async def test_one_id_is_one_member(arm: ArmServer) -> None:
    """The entry that changed last counts, in whatever case the id is written."""
    older, newer = "2026-11-20T09:00:00Z", "2026-11-21T09:00:00Z"

    found = await members(
        arm,
        member(lastUpdated=older, machineName="OLD"),
        member(ACTIVE.upper(), lastUpdated=newer, machineName="NEW"),
        member(lastUpdated=None, machineName="NONE"),
    )

    assert [each.name for each in found] == ["NEW"]


async def test_of_many_servers_the_newest_are_kept_and_the_others_counted(arm: ArmServer) -> None:
    """Bounded work: at most twenty are asked for their uploads."""
    many = [
        member(f"id-{n}", f"S{n}", lastUpdated=f"2026-11-{n + 1:02}T00:00:00Z") for n in range(28)
    ]
    many[27]["disabled"] = True
    arm.on("servicemembers", listed(*many))

    reading = await health(make(ConnectHealthSource, arm.url))

    assert [each.name for each in reading.members] == [f"S{n}" for n in range(7, 27)]
    assert reading.members_left_out == 8
    assert arm.routes.count("datafreshness") == MAX_SERVERS


async def test_no_members_are_a_reading(arm: ArmServer) -> None:
    """The service is there and nobody is registered: that is known."""
    arm.on("servicemembers", listed())

    reading = await health(make(ConnectHealthSource, arm.url))

    assert reading.members == ()


@pytest.mark.parametrize(
    "items", [[7], [{}], [{"serviceMemberId": "../../x"}], [{"serviceMemberId": 7}], ["x", None]]
)
async def test_members_without_a_usable_id_are_no_answer(arm: ArmServer, items: list[Any]) -> None:
    """Nothing can be asked about them, and an empty list would be a lie."""
    arm.on("servicemembers", listed(*items))

    assert (await refusal(make(ConnectHealthSource, arm.url))).reason is Reason.MALFORMED


async def test_items_of_a_wrong_type_are_skipped_among_good_ones(arm: ArmServer) -> None:
    """One odd entry must not hide the pair."""
    assert len(await members(arm, None, 7, "x", [], {}, member())) == 1


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("SYNC-A\n\x00\u202eB", "SYNC-A B"),
        ("\ud800SYNC-A", "SYNC-A"),
        ("**SYNC** <b>A</b> &amp;", "**SYNC** <b>A</b> &amp;"),
        ("x" * 10_000, "x" * (MAX_NAME - 1) + "…"),
        ("", ACTIVE),
        (None, ACTIVE),
        (7, ACTIVE),
    ],
    ids=["control", "surrogate", "markup", "long", "empty", "null", "number"],
)
async def test_a_name_is_kept_as_it_is_on_one_bounded_line(
    arm: ArmServer, name: object, kept: str
) -> None:
    """Escaping is the card's business; a server without a name is called by its id."""
    assert [each.name for each in await members(arm, member(machineName=name))] == [kept]


# -- Microsoft's samples --------------------------------------------------------------------------


async def test_microsofts_samples_are_read(arm: ArmServer) -> None:
    """They are the only published answers."""
    arm.on("services", said(sample("services_list")))
    arm.on("servicemembers", said(sample("ServiceMembers")))
    arm.on("datafreshness", said(sample("serviceMembers_listDataFreshness")))
    arm.on("exportstatus", said(sample("services_listExportStatus")))
    arm.on("alerts?Active", said(sample("Server_Alerts")))

    reading = await health(make(ConnectHealthSource, arm.url))

    (server,) = reading.members
    assert (server.id, server.name) == ("SampleServiceMemberId", "SampleMachineName")
    assert server.uploaded_at == datetime(2015, 3, 6, 17, 41, 34, 305000, tzinfo=UTC)
    assert server.exported_at == datetime(2018, 4, 30, 23, 4, 37, 647000, tzinfo=UTC)
    assert not isinstance(reading.alerts, Unavailable)
    (found,) = reading.alerts
    assert (found.name, found.level) == ("SampleAlertDisplayName", AlertLevel.ERROR)
    assert found.server == "SampleMachineName"
    assert len(reading.alerts) <= MAX_ALERTS
