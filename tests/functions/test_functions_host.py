"""The test host itself: Microsoft's runtime indexes and runs small apps as it would in Azure."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING

import pytest

from tests.support.functions_answers import InvocationError
from tests.support.functions_config import HostError
from tests.support.functions_host import FunctionsHost, runtime_notice
from tests.support.functions_samples import ECHO, GATE, RETRY, SETTINGS, TICK

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

# -- indexing -------------------------------------------------------------------------------------


async def test_it_indexes_the_functions_with_their_settings_resolved(
    write_app: Callable[..., Path],
) -> None:
    """Names and bindings are the ones that Azure would see, `%SETTING%` replaced by its value."""
    async with FunctionsHost(write_app(TICK, ECHO), SETTINGS) as host:
        assert set(host.functions) == {"tick", "echo"}
        assert host.functions["tick"].trigger["schedule"] == "0 */5 * * * *"
        assert host.functions["echo"].trigger["route"] == "things/{id}/{part?}"
        assert host.functions["echo"].trigger["authLevel"].lower() == "anonymous"


async def test_an_app_without_functions_has_none(write_app: Callable[..., Path]) -> None:
    """The runtime accepts an empty app, so a test must compare the set of names."""
    async with FunctionsHost(write_app(), SETTINGS) as host:
        assert host.functions == {}


@pytest.mark.parametrize(
    ("piece", "complaint"),
    [
        (TICK.replace("TimerRequest", "QueueMessage"), "type annotation QueueMessage"),
        (TICK.replace("(timer:", "(other:"), "tick"),
        (TICK + TICK, "unique function name"),
        (ECHO.replace("-> func.HttpResponse", "-> int"), "does not match binding type"),
        ("import no_such_module_here\n", "no_such_module_here"),
        ("def broken(:\n", "SyntaxError"),
        ("other = func.FunctionApp()\n", "More than one"),
        (TICK.replace("async def", "@app.retry('sometimes', '3')\nasync def"), "retry_strategy"),
        (TICK.replace("async def", f"{RETRY}\nasync def"), "retry policies"),
    ],
    ids=[
        "wrong annotation",
        "parameter without binding",
        "duplicate name",
        "wrong return annotation",
        "missing module",
        "syntax error",
        "two apps",
        "unknown retry strategy",
        "retry policy",
    ],
)
async def test_a_broken_app_does_not_start(
    write_app: Callable[..., Path], piece: str, complaint: str
) -> None:
    """What would leave an app without functions in Azure is an error here, with the reason."""
    folder = write_app(piece)

    with pytest.raises(HostError, match=complaint):
        async with FunctionsHost(folder, SETTINGS):
            pass


async def test_a_setting_that_is_missing_is_named(write_app: Callable[..., Path]) -> None:
    """An unresolved `%SETTING%` stops the host, even if the developer's shell has that variable."""
    folder = write_app(TICK)

    with pytest.raises(HostError, match="tick: the app setting SCHEDULE of '%SCHEDULE%'"):
        async with FunctionsHost(folder, {}):
            pass


async def test_a_schedule_that_is_none_is_refused(write_app: Callable[..., Path]) -> None:
    """The resolved schedule is checked, not the placeholder."""
    folder = write_app(TICK)

    with pytest.raises(HostError, match="'61' is no second"):
        async with FunctionsHost(folder, {"SCHEDULE": "61 * * * * *"}):
            pass


# -- timers ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("past_due", [True, False])
async def test_past_due_reaches_the_function(
    write_app: Callable[..., Path], *, past_due: bool
) -> None:
    """The function sees `past_due` and the last attempt as the host says them."""
    async with FunctionsHost(write_app(TICK), SETTINGS) as host:
        run = await host.timer("tick", past_due=past_due)

    assert run.messages == [f"past_due={past_due} last=2026-01-01T00:00:00+00:00"]


async def test_overlapping_timers_overlap(write_app: Callable[..., Path]) -> None:
    """Two runs are inside the function at once, and each keeps its own log records."""
    async with FunctionsHost(write_app(GATE), SETTINGS) as host:
        runs = await asyncio.gather(host.timer("gate"), host.timer("gate"))

    assert [run.messages for run in runs] == [
        [f"entered {run.id}", f"left {run.id}"] for run in runs
    ]


async def test_an_http_request_is_answered_during_a_timer(write_app: Callable[..., Path]) -> None:
    """The request runs while the timer waits for it; both would hang otherwise."""
    async with FunctionsHost(write_app(GATE), SETTINGS) as host:
        timer = asyncio.create_task(host.timer("gate"))
        await asyncio.sleep(0)
        answer = await host.http("open_gate", "POST", "/api/open")
        await timer

    assert (answer.status, answer.text) == (200, "1")


async def test_a_sync_function_runs_on_the_pool_and_its_records_are_kept(
    write_app: Callable[..., Path],
) -> None:
    """Functions without `async` run on the runtime's threads, like in a worker."""
    sync = "import threading\n" + TICK.replace("async def", "def").replace(
        '"past_due=%s last=%s", timer.past_due,', "threading.current_thread().name)"
    ).replace('timer.schedule_status["Last"])', "")

    async with FunctionsHost(write_app(sync), SETTINGS) as host:
        run = await host.timer("tick")

    assert [message.partition("-")[0] for message in run.messages] == ["ThreadPoolExecutor"]


async def test_a_function_that_raises_fails_the_test_with_its_traceback(
    write_app: Callable[..., Path],
) -> None:
    """Nothing that a function raises is lost."""
    folder = write_app(TICK, "    raise LookupError('the reason')\n")

    async with FunctionsHost(folder, SETTINGS) as host:
        with pytest.raises(InvocationError, match="tick: LookupError: the reason") as caught:
            await host.timer("tick")

    assert "function_app.py" in caught.value.stack_trace


async def test_a_returned_value_without_a_binding_fails(write_app: Callable[..., Path]) -> None:
    """A timer function returns nothing; the runtime says so."""
    async with FunctionsHost(write_app(TICK, "    return 1\n"), SETTINGS) as host:
        with pytest.raises(InvocationError, match="non-None value"):
            await host.timer("tick")


# -- http -----------------------------------------------------------------------------------------


async def test_a_request_arrives_whole_and_so_does_the_answer(
    write_app: Callable[..., Path],
) -> None:
    """Route parameters and query are taken from the URL; header names ignore case."""
    async with FunctionsHost(write_app(ECHO), SETTINGS) as host:
        answer = await host.http(
            "echo", "POST", "/api/Things/a%20b?x=1&y=", headers={"X-TRACE": "t"}, body=b"hello"
        )

    assert answer.status == 202
    assert answer.headers == {"content-type": "application/json", "x-seen": "yes"}
    assert answer.json() == {
        "method": "POST",
        "params": {"id": "a b"},
        "query": {"x": "1", "y": ""},
        "body": "hello",
        "headers": {"x-trace": "t"},
    }


async def test_an_answer_to_head_has_no_body(write_app: Callable[..., Path]) -> None:
    """The web server in front of a function drops it, so a test must not see one."""
    async with FunctionsHost(write_app(ECHO), SETTINGS) as host:
        answer = await host.http("echo", "HEAD", "/api/things/1/2")

    assert (answer.status, answer.body) == (202, b"")


@pytest.mark.parametrize(
    ("method", "url"),
    [("DELETE", "/api/things/1"), ("GET", "/things/1"), ("GET", "/api/things")],
)
async def test_a_request_that_no_route_serves_is_refused(
    write_app: Callable[..., Path], method: str, url: str
) -> None:
    """A wrong method, prefix or path is a 404 in Azure and never reaches the function."""
    async with FunctionsHost(write_app(ECHO), SETTINGS) as host:
        with pytest.raises(HostError, match="is a 404"):
            await host.http("echo", method, url)


async def test_an_answer_of_the_wrong_type_fails(write_app: Callable[..., Path]) -> None:
    """An HTTP function that returns a dict is an error 500 in Azure."""
    wrong = "@app.route(route='x')\nasync def x(req: func.HttpRequest):\n    return {}\n"

    async with FunctionsHost(write_app(wrong), SETTINGS) as host:
        with pytest.raises(InvocationError, match="unable to encode"):
            await host.http("x", "GET", "/api/x")


async def test_a_function_is_started_by_its_own_trigger_only(
    write_app: Callable[..., Path],
) -> None:
    """A name that does not exist, or the wrong trigger for it, is a mistake of the test."""
    async with FunctionsHost(write_app(TICK), SETTINGS) as host:
        with pytest.raises(HostError, match="no function 'tock'; there are"):
            await host.timer("tock")
        with pytest.raises(HostError, match="started by timerTrigger"):
            await host.http("tick", "GET", "/api/tick")


async def test_a_cookie_passes_through_the_strict_messages(
    write_app: Callable[..., Path],
) -> None:
    """The runtime builds nested messages for cookies; the strict classes accept right ones."""
    cookie = "s=1; Max-Age=5; SameSite=Lax; expires=Thu, 01 Jan 2026 00:00:00 GMT"
    baker = ECHO.replace('{"X-Seen": "yes"}', f'{{"Set-Cookie": "{cookie}"}}')

    async with FunctionsHost(write_app(baker), SETTINGS) as host:
        answer = await host.http("echo", "GET", "/api/things/1")

    assert answer.status == 202


def test_the_notice_says_whether_this_python_is_the_runtimes_own() -> None:
    """Below 3.13 the runtime is unofficial, and every test report says so."""
    assert ("UNOFFICIAL" in runtime_notice()) == (sys.version_info < (3, 13))
    assert "1.3.0" in runtime_notice()
