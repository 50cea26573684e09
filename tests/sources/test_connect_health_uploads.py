"""When each server uploaded and exported last: Connect Health's heartbeats."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from shared.domain.readings import Reason
from shared.sources.connect_health import ConnectHealthSource
from tests.support.arm_reads import health, make
from tests.support.arm_server import ACTIVE, STANDBY, UPLOADS, ArmServer, said, uploads

if TYPE_CHECKING:
    from shared.domain.pair.readings import HealthMember

DAY = datetime(2026, 11, 21, tzinfo=UTC)


async def members(arm: ArmServer) -> tuple[HealthMember, ...]:
    """The servers as they are read."""
    return (await health(make(ConnectHealthSource, arm.url))).members


@pytest.mark.parametrize("wrapped", [False, True])
async def test_uploads_come_as_a_bare_array_or_wrapped(arm: ArmServer, wrapped: bool) -> None:  # noqa: FBT001  a parameter
    """Both shapes, everywhere."""
    arm.on("datafreshness", said({"value": UPLOADS} if wrapped else UPLOADS))

    assert [each.uploaded_at is not None for each in await members(arm)] == [True, True]


async def test_uploads_are_matched_loosely_and_the_newest_counts(arm: ArmServer) -> None:
    """The names of the data types are published only in prose; one that is no time is skipped."""
    found = [
        *uploads(run_profile_result="2026-11-21T07:00:00", RUNPROFILERESULTS="2026-11-21T06:00:00"),
        *uploads(SynchronizationRules="2026-11-21T09:00:00Z", Connectors="soon"),
        {"key": None, "value": "2026-11-21T10:00:00Z"},
        {"key": "ServiceStatus", "value": "0001-01-01T00:00:00"},
    ]
    arm.on("datafreshness", said(found))

    (active, _) = await members(arm)

    assert active.uploaded_at == DAY.replace(hour=9)
    assert active.ran_at == DAY.replace(hour=7)
    assert active.configured_at is None


async def test_a_server_that_never_uploaded_has_no_times(arm: ArmServer) -> None:
    """An empty or null answer is an answer."""
    arm.on(f"datafreshness@{ACTIVE}", said([])).on(
        f"datafreshness@{STANDBY}", said({"value": None})
    )

    for each in await members(arm):
        assert (each.uploaded_at, each.unread) == (None, None)


@pytest.mark.parametrize("document", [[7], [{"key": "x"}], [{"key": "x", "value": "soon"}], {}, 7])
async def test_uploads_of_which_nothing_can_be_used_are_unread(
    arm: ArmServer, document: object
) -> None:
    """For that member alone."""
    arm.on(f"datafreshness@{STANDBY}", said(document))

    active, standby = await members(arm)

    assert active.unread is None
    assert standby.unread is not None
    assert standby.unread.reason is Reason.MALFORMED


async def test_the_newest_export_of_each_member_counts(arm: ArmServer) -> None:
    """In whatever order and case they are listed."""
    arm.on(
        "exportstatus",
        said(
            [
                {"serviceMemberId": ACTIVE.upper(), "endTime": "2026-11-21T08:00:00Z"},
                {"serviceMemberId": ACTIVE, "endTime": "2026-11-21T09:00:00Z"},
                {"serviceMemberId": ACTIVE, "endTime": "2026-11-21T07:00:00Z"},
                {"serviceMemberId": STANDBY, "endTime": "0001-01-01T00:00:00"},
                {"serviceMemberId": "gone", "endTime": "2026-11-21T07:00:00Z"},
                7,
            ]
        ),
    )

    assert [each.exported_at for each in await members(arm)] == [DAY.replace(hour=9), None]


@pytest.mark.parametrize("document", [[7], [{"endTime": "2026-11-21T07:00:00Z"}], {}])
async def test_exports_of_which_nothing_can_be_used_are_unread(
    arm: ArmServer, document: object
) -> None:
    """Unread is not "never exported"."""
    arm.on("exportstatus", said(document))

    reading = await health(make(ConnectHealthSource, arm.url))

    assert reading.exports_unread is not None
    assert reading.exports_unread.reason is Reason.MALFORMED
