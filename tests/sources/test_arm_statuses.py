"""Azure Resource Manager's refusals: each a named reason, a next step, and no foreign text."""

from __future__ import annotations

from datetime import timedelta

import pytest

from shared.domain.pair.readings import HealthReading
from shared.domain.readings import Reason, Unavailable
from shared.sources.connect_health import ConnectHealthSource
from shared.sources.failures import LONGEST_PAUSE
from tests.support.arm_reads import health, make
from tests.support.arm_server import ACTIVE, STANDBY, ArmServer, listed, said
from tests.support.credential import FakeCredential
from tests.support.loopback_server import Reply
from tests.support.source_reads import NOW, refusal

ECHO = {"error": {"code": "canary-in-the-error-body", "message": "<b>canary-in-the-error-body</b>"}}


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Lets a throttled read go on at once, and records how long it wanted to wait."""
    waited: list[float] = []

    async def sleep(seconds: float) -> None:
        waited.append(seconds)

    monkeypatch.setattr("shared.sources.arm._sleep", sleep)
    return waited


@pytest.mark.parametrize(
    ("status", "reason", "says"),
    [
        (204, Reason.MALFORMED, "204"),
        (302, Reason.UNREACHABLE, "redirect"),
        (400, Reason.MALFORMED, "change of the API"),
        (401, Reason.FORBIDDEN, "WATCHDOG_CLOUD"),
        (403, Reason.FORBIDDEN, "assign Reader"),
        (404, Reason.NOT_CONFIGURED, "Entra ID P1"),
        (409, Reason.MALFORMED, "409"),
        (410, Reason.MALFORMED, "410"),
        (429, Reason.THROTTLED, "429"),
        (500, Reason.UNREACHABLE, "service health"),
        (503, Reason.UNREACHABLE, "503"),
        (504, Reason.UNREACHABLE, "504"),
    ],
)
async def test_a_status_is_a_named_reason_with_a_next_step(
    arm: ArmServer, status: int, reason: Reason, says: str
) -> None:
    """The error's own text is never repeated: anybody in between may have written it."""
    arm.on("services", said(ECHO, status))

    answer = await refusal(make(ConnectHealthSource, arm.url))

    assert answer.reason is reason
    assert says in answer.detail
    assert "canary" not in answer.detail
    assert arm.routes == ["services"]


@pytest.mark.parametrize("status", [401, 403])
async def test_a_refused_token_is_not_used_again(arm: ArmServer, status: int) -> None:
    """A new token may carry what was missing."""
    arm.on("services", Reply(status))
    credential = FakeCredential()
    source = make(ConnectHealthSource, arm.url, credential)

    await refusal(source)
    await refusal(source)

    assert len(credential.scopes) == 2


async def test_the_reader_role_may_be_removed_and_given_back_at_any_time(arm: ArmServer) -> None:
    """Nothing of a refusal is remembered."""
    arm.on("services", Reply(403), listed({"serviceName": "AadSyncService-x"}))
    source = make(ConnectHealthSource, arm.url)

    assert (await refusal(source)).reason is Reason.FORBIDDEN
    assert len((await health(source)).members) == 2


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(
    ("headers", "waits"),
    [
        ({"Retry-After": "2"}, 2.0),
        ({"Retry-After": "2.128"}, 2.128),
        ({"Retry-After": "0"}, 0.0),
        (
            {
                "Retry-After": "Sat, 21 Nov 2026 11:00:07 GMT",
                "Date": "Sat, 21 Nov 2026 11:00:00 GMT",
            },
            7.0,
        ),
    ],
    ids=["seconds", "fraction", "zero", "date by the server's own clock"],
)
async def test_a_short_wait_is_waited_for_once(
    arm: ArmServer, pauses: list[float], status: int, headers: dict[str, str], waits: float
) -> None:
    """The read goes on as if nothing had been, and the request counts twice."""
    good = arm._replies["services"]
    arm.on("services", Reply(status, headers=headers), *good)
    source = make(ConnectHealthSource, arm.url)

    await health(source)

    assert pauses == [waits]
    assert source.requests == 7 == len(arm.seen)


async def test_a_second_refusal_ends_the_read(arm: ArmServer, pauses: list[float]) -> None:
    """One more request a tick is polite, ten are not."""
    arm.on("services", Reply(429, headers={"Retry-After": "5"}))
    source = make(ConnectHealthSource, arm.url)

    answer = await refusal(source)

    assert answer.reason is Reason.THROTTLED
    assert pauses == [5.0]
    assert source.requests == 2 == len(arm.seen)


@pytest.mark.parametrize(
    ("asked", "after"),
    [
        ("120", timedelta(seconds=120)),
        ("Sat, 21 Nov 2026 10:15:00 GMT", timedelta(minutes=10)),
        ("999999999", LONGEST_PAUSE),
    ],
)
async def test_a_long_wait_is_said_instead_of_waited_for(
    arm: ArmServer, pauses: list[float], asked: str, after: timedelta
) -> None:
    """The scheduler of the reads needs to know when; nobody is left blind for days."""
    arm.on("services", Reply(429, headers={"Retry-After": asked}))

    answer = await refusal(make(ConnectHealthSource, arm.url))

    assert answer.reason is Reason.THROTTLED
    assert answer.retry_at is not None
    assert answer.retry_at - NOW - after < timedelta(seconds=30)  # what the read took so far
    assert pauses == []
    assert len(arm.seen) == 1


@pytest.mark.parametrize("asked", ["", "soon", "-1", "Sat, 99 Foo", "1e9", "٣"])
async def test_a_wait_that_makes_no_sense_is_no_wait(
    arm: ArmServer, pauses: list[float], asked: str
) -> None:
    """Then the next read is soon enough."""
    reply = Reply(429, headers={"Retry-After": asked.encode().decode("latin-1")})
    arm.on("services", reply)

    answer = await refusal(make(ConnectHealthSource, arm.url))

    assert answer.retry_at is None
    assert pauses == []


async def test_a_throttled_part_is_said_in_its_place_and_ends_what_follows(arm: ArmServer) -> None:
    """The rest would only be refused as well: the other members are not even asked."""
    arm.on("exportstatus", Reply(429, headers={"Retry-After": "600"}))
    servers = [{"serviceMemberId": f"id-{number}", "machineName": "S"} for number in range(20)]
    arm.on("servicemembers", listed(*servers))
    arm.on("datafreshness", Reply(429, headers={"Retry-After": "600"}))
    source = make(ConnectHealthSource, arm.url)

    reading = await health(source)

    assert isinstance(reading.exports_unread, Unavailable)
    assert reading.exports_unread.reason is Reason.THROTTLED
    unread = [each.unread for each in reading.members]
    assert all(each is not None and each.reason is Reason.THROTTLED for each in unread)
    assert source.requests == len(arm.seen) < 12


@pytest.mark.parametrize("route", ["exportstatus", "alerts?Active", f"datafreshness@{STANDBY}"])
@pytest.mark.parametrize("status", [403, 404, 409, 500])
async def test_a_part_that_fails_leaves_the_rest_of_the_reading(
    arm: ArmServer, route: str, status: int
) -> None:
    """Each part says itself why it is missing; unread is never the same as empty."""
    arm.on(route, said(ECHO, status))

    reading = await health(make(ConnectHealthSource, arm.url))

    by_id = {each.id: each for each in reading.members}
    missing = {
        "exportstatus": reading.exports_unread,
        "alerts?Active": reading.alerts,
        f"datafreshness@{STANDBY}": by_id[STANDBY].unread,
    }
    assert {each for each, why in missing.items() if isinstance(why, Unavailable)} == {route}
    assert "canary" not in str(missing)
    assert by_id[ACTIVE].uploaded_at is not None


@pytest.mark.parametrize("status", [403, 404, 429, 500])
async def test_without_the_list_of_servers_there_is_no_reading(arm: ArmServer, status: int) -> None:
    """A reading without servers would look as if there were none."""
    arm.on("servicemembers", Reply(status))

    assert not isinstance(await make(ConnectHealthSource, arm.url).read(NOW), HealthReading)
