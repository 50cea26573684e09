"""The host's own rules: schedules, host.json, routes, and messages as strict as protobuf."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.support import functions_config as config
from tests.support import functions_protos as protos
from tests.support.functions_config import HostError
from tests.support.functions_host import FunctionsHost

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.mark.parametrize(
    "schedule",
    ["0 */5 * * * *", "*/5 * * * *", "0 0 8-17/2,20 1,15 jan-mar Mon-Friday", "30 0 0 31 12 0"],
)
def test_a_good_schedule_is_accepted(schedule: str) -> None:
    """Six fields or five, lists, ranges, steps, and names in full or by three letters."""
    config.check_schedule(schedule)


@pytest.mark.parametrize(
    "schedule",
    [
        "",
        "* * * *",
        "0 0 0 * * * *",
        "60 * * * * *",
        "0 60 * * * *",
        "0 0 24 * * *",
        "0 0 0 0 * *",
        "0 0 0 32 * *",
        "0 0 0 * 13 *",
        "0 0 0 * * 7",
        "0 */0 * * * *",
        "0 0 0 * * mo",
        "0 0 jan * * *",
        "0 0 0 L * *",
        "00:05:00",
        "%SCHEDULE%",
    ],
)
def test_a_bad_schedule_is_refused(schedule: str) -> None:
    """Each field has its range; intervals such as 00:05:00 do not work on Flex Consumption."""
    with pytest.raises(HostError, match="schedule"):
        config.check_schedule(schedule)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "cannot be read"),
        ("[]", "version"),
        ('{"version": "3.0"}', "version"),
        ('{"version": "2.0", "functionTimeOut": "00:04:00"}', "unknown keys functionTimeOut"),
        ('{"version": "2.0", "functionTimeout": "4 minutes"}', "hh:mm:ss"),
        ('{"version": "2.0", "functionTimeout": "00:60:00"}', "hh:mm:ss"),
    ],
)
def test_a_bad_host_json_is_refused(
    write_app: Callable[..., Path], text: str, complaint: str
) -> None:
    """A key that is misspelt would be ignored in Azure, silently."""
    folder = write_app(host_json=text)

    with pytest.raises(HostError, match=complaint):
        FunctionsHost(folder)


def test_host_json_sets_the_timeout_and_the_prefix(write_app: Callable[..., Path]) -> None:
    """The two parts of host.json that change what the app does are read."""
    http = '"extensions": {"http": {"routePrefix": ""}}'
    text = f'{{"version": "2.0", "functionTimeout": "00:04:00", {http}}}'

    found = FunctionsHost(write_app(host_json=text)).config

    assert found == config.HostConfig(timedelta(minutes=4), "")


# -- routes ----------------------------------------------------------------------------------------


def test_a_route_with_a_constraint_is_refused() -> None:
    """The host does not pretend to know what it does not emulate."""
    with pytest.raises(HostError, match="more than this test host knows"):
        config.match_route("/api/a/1", "api", "a/{id:int}")


@pytest.mark.parametrize(
    ("url", "params"),
    [("/api/f/a/b", {"path": "a/b"}), ("/api/f/", {"path": ""}), ("/api/f", {})],
)
def test_a_catch_all_takes_the_rest_of_the_path(url: str, params: dict[str, str]) -> None:
    """`{*path}` matches any number of parts."""
    target = config.match_route(url, "api", "f/{*path}")

    assert target == config.Target(params, {})


# -- strict messages ------------------------------------------------------------------------------


def test_a_message_refuses_a_field_that_it_does_not_have() -> None:
    """As protobuf does: a misspelt field cannot pass unseen."""
    with pytest.raises(TypeError, match="statuscode"):
        protos.RpcHttp(statuscode="200")  # type: ignore[call-arg]  # the point of the test


@pytest.mark.parametrize(
    ("message", "name", "value"),
    [
        (protos.RpcHttp, "status_code", 200),
        (protos.RpcHttp, "headers", {"a": 1}),
        (protos.TypedData, "bytes", "text"),
        (protos.InvocationResponse, "output_data", [protos.TypedData()]),
        (protos.RpcRetryOptions, "retry_strategy", "sometimes"),
    ],
    ids=["scalar", "map value", "bytes", "list element", "enum label"],
)
def test_a_message_refuses_a_value_of_the_wrong_type(
    message: type[protos.Message], name: str, value: object
) -> None:
    """Values are checked through to the elements of maps and lists."""
    with pytest.raises(TypeError, match=f"{name} must be"):
        message(**{name: value})


def test_none_leaves_a_field_unset() -> None:
    """As in protobuf, None is the default value and not a value of its own."""
    data = protos.TypedData(string=None, bytes=b"")

    assert data.WhichOneof("data") == "bytes"
    assert protos.RpcHttp(headers=None, status_code=None) == protos.RpcHttp()  # type: ignore[arg-type]  # protobuf allows it
