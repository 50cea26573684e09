"""Runs a Functions app in Microsoft's own Python runtime, in this process and on this event loop.

`azure-functions-runtime` is the code that imports, indexes and invokes a Python 3.13 app in
Azure. This module plays the other half, the .NET host: app settings, `host.json`, `%SETTING%`,
schedules, routes, trigger payloads.

    async with FunctionsHost(app_dir, {"WATCHDOG_SCHEDULE": "0 */5 * * * *"}) as host:
        await host.timer("watch", past_due=True)
        answer = await host.http("health", "GET", "/api/health")

Invocations may overlap (`asyncio.gather`): all run on the caller's loop, as in a worker.
An app finds the environment of a fresh worker: its settings and the machine's plain variables,
nothing of the developer's; a freshly imported runtime and script. On exit the environment,
`sys.path`, `sys.modules` and logging are as they were. One host at a time in a process.

Not emulated: when a timer fires, its singleton lease, `functionTimeout`, retry policies, keys and
sign-in (`authLevel` is only reported), scale-in, the working directory.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import importlib
import importlib.metadata
import json
import sys
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, Self, cast

from tests.support import functions_config as config
from tests.support import functions_protos as protos
from tests.support.functions_answers import (
    Function,
    HttpAnswer,
    Invocation,
    InvocationError,
    Records,
    answer_of,
)
from tests.support.functions_config import HostError
from tests.support.process_state import app_environment, app_imports, app_logging

if TYPE_CHECKING:
    import logging
    from collections.abc import Iterator, Mapping
    from types import ModuleType, TracebackType

RUNTIME = "azure_functions_runtime"
SCRIPT = "function_app"
SAMPLE_INSTANT = datetime(2026, 1, 1, tzinfo=UTC)
"""A timer's last run unless the test says otherwise: a test should not depend on today."""


class _Runtime(Protocol):
    """The entry points of `azure_functions_runtime`."""

    invocation_id_cv: contextvars.ContextVar[str | None]

    def start_threadpool_executor(self) -> None: ...
    def stop_threadpool_executor(self) -> None: ...
    async def worker_init_request(self, request: Any) -> protos.WorkerInitResponse: ...
    async def functions_metadata_request(self, request: Any) -> protos.FunctionMetadataResponse: ...
    async def function_load_request(self, request: Any) -> protos.FunctionLoadResponse: ...
    async def invocation_request(self, request: Any) -> protos.InvocationResponse: ...


class FunctionsHost:
    """One worker with one app; see the module's docstring.

    Attributes:
        config: The parts of `host.json` that matter to the app.
        functions: The indexed functions by name; filled on entry.
    """

    _running: ClassVar[bool] = False

    def __init__(self, app_dir: Path | str, settings: Mapping[str, str] | None = None) -> None:
        self.app_dir = Path(app_dir).resolve()
        self.config = config.read_host_json(self.app_dir / "host.json")
        self.functions: dict[str, Function] = {}
        self._settings = dict(settings or {})
        self._current: contextvars.ContextVar[str | None] = contextvars.ContextVar(
            "invocation", default=None
        )
        self._records = Records(self._current)
        self._undo = contextlib.AsyncExitStack()
        self._in_flight = 0
        self._runtime: _Runtime

    @property
    def records(self) -> tuple[logging.LogRecord, ...]:
        """Everything that was logged since entry, start-up included."""
        return tuple(record for _, record in self._records.kept)

    @property
    def module(self) -> ModuleType:
        """The app's script as imported, to look into or to close what it opened."""
        return sys.modules[SCRIPT]

    # -- start and stop -------------------------------------------------------------------------

    async def __aenter__(self) -> Self:
        """Import, index and load the app.

        Raises:
            HostError: The app would not start in Azure.
        """
        if FunctionsHost._running:
            raise HostError("another FunctionsHost runs in this process; leave that one first")
        FunctionsHost._running = True
        async with contextlib.AsyncExitStack() as undo:
            undo.callback(setattr, FunctionsHost, "_running", False)
            undo.enter_context(app_environment(self._settings))
            undo.enter_context(app_logging(self._records))
            undo.enter_context(app_imports(self.app_dir, SCRIPT, RUNTIME))
            self._runtime = cast("_Runtime", importlib.import_module(RUNTIME))
            self._records.in_pool = self._runtime.invocation_id_cv
            self._runtime.start_threadpool_executor()
            # joins the pool's threads, which may still need this loop
            undo.push_async_callback(asyncio.to_thread, self._runtime.stop_threadpool_executor)
            await self._index()
            self._undo = undo.pop_all()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._undo.aclose()
        if self._in_flight and error is None:
            raise HostError(f"{self._in_flight} invocations still run; await them in the block")

    async def _index(self) -> None:
        request = protos.WorkerInitRequest(function_app_directory=str(self.app_dir))
        _succeed(await self._runtime.worker_init_request(_envelope(worker_init_request=request)))
        answer = await self._runtime.functions_metadata_request(_envelope())
        for metadata in answer.function_metadata_results:
            if metadata.retry_options:
                raise HostError(f"{metadata.name}: this test host does not emulate retry policies")
            known = metadata.function_id
            load = protos.FunctionLoadRequest(function_id=known, metadata=metadata)
            loaded = await self._runtime.function_load_request(
                _envelope(function_load_request=load)
            )
            _succeed(loaded)
            bindings = tuple(self._resolve(metadata.name, raw) for raw in metadata.raw_bindings)
            self.functions[metadata.name] = Function(metadata.name, known, bindings)

    def _resolve(self, function: str, raw: str) -> Mapping[str, Any]:
        binding: dict[str, Any] = json.loads(raw)
        for key, value in binding.items():
            if isinstance(value, str):
                binding[key] = config.resolve(value, self._settings, function)
        if binding["type"] == "timerTrigger":
            config.check_schedule(binding["schedule"])
        return binding

    # -- triggers -------------------------------------------------------------------------------

    async def timer(
        self,
        function: str,
        *,
        past_due: bool = False,
        last: datetime = SAMPLE_INSTANT,
        every: timedelta = timedelta(minutes=5),
    ) -> Invocation:
        """Fire a timer once.

        Args:
            function: The function's name.
            past_due: Whether the host says that a run was missed.
            last: The last attempt, as the host keeps it.
            every: From `last` to the next due time.

        Raises:
            InvocationError: The function raised.
        """
        self._trigger(function, "timerTrigger")
        payload = {
            "Schedule": {"AdjustForDST": True},
            "ScheduleStatus": {
                "Last": last.isoformat(),
                "LastUpdated": last.isoformat(),
                "Next": (last + every).isoformat(),
            },
            "IsPastDue": past_due,
        }
        invocation, _ = await self._invoke(function, protos.TypedData(json=json.dumps(payload)))
        return invocation

    async def http(
        self,
        function: str,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
    ) -> HttpAnswer:
        """Send one request; route parameters and query come from the URL.

        Args:
            function: The function that must answer.
            method: Such as `GET`.
            url: Path and query, such as `/api/incidents/7?x=1`.
            headers: Sent with names in lower case, as the host does.
            body: The request's body.

        Raises:
            HostError: The host would answer 404: no such route or method.
            InvocationError: The function raised; the host would answer 500.
        """
        trigger = self._trigger(function, "httpTrigger")
        methods = [str(each).upper() for each in trigger.get("methods") or [method]]
        route = str(trigger.get("route") or function)
        target = config.match_route(url, self.config.route_prefix, route)
        if target is None or method not in methods:
            raise HostError(
                f"{method} {url} is a 404: {function} serves {'/'.join(methods)}"
                f" /{self.config.route_prefix}/{route}"
            )
        request = protos.RpcHttp(
            method=method,
            url=f"http://localhost:7071{url}",
            headers={name.lower(): value for name, value in (headers or {}).items()},
            params=target.params,
            query=target.query,
            body=protos.TypedData(bytes=body),
        )
        invocation, value = await self._invoke(function, protos.TypedData(http=request))
        return answer_of(invocation, value, with_body=method != "HEAD")

    def _trigger(self, function: str, kind: str) -> Mapping[str, Any]:
        if function not in self.functions:
            raise HostError(f"no function '{function}'; there are {sorted(self.functions)}")
        trigger = self.functions[function].trigger
        if trigger["type"] != kind:
            raise HostError(f"{function} is started by {trigger['type']}, not by {kind}")
        return trigger

    async def _invoke(
        self, name: str, data: protos.TypedData
    ) -> tuple[Invocation, protos.TypedData | None]:
        function, identity = self.functions[name], str(uuid.uuid4())
        request = protos.InvocationRequest(
            invocation_id=identity,
            function_id=function.id,
            input_data=[protos.ParameterBinding(name=function.trigger["name"], data=data)],
            trace_context=protos.RpcTraceContext(
                trace_parent=f"00-{uuid.uuid4().hex}-{uuid.uuid4().hex[:16]}-01"
            ),
            retry_context=protos.RetryContext(),
        )
        with self._invocation(identity):
            answer = await self._runtime.invocation_request(_envelope(invocation_request=request))
        if not answer.result or answer.result.status != protos.StatusResult.Success:
            raise InvocationError(name, answer.result.exception if answer.result else None)
        return Invocation(identity, self._records.of(identity)), answer.return_value

    @contextlib.contextmanager
    def _invocation(self, identity: str) -> Iterator[None]:
        token = self._current.set(identity)
        self._in_flight += 1
        try:
            yield
        finally:
            self._in_flight -= 1
            self._current.reset(token)


def _envelope(**request: Any) -> protos.Envelope:
    return protos.Envelope(
        request=protos.Request(**request), properties={"protos": protos, "host": "127.0.0.1"}
    )


def _succeed(answer: protos.WorkerInitResponse | protos.FunctionLoadResponse) -> None:
    if not answer.result or answer.result.status != protos.StatusResult.Success:
        found = answer.result.exception if answer.result else None
        text = f"{found.message}\n{found.stack_trace}" if found else "no reason given"
        raise HostError(f"the runtime refuses the app: {text}")


def runtime_notice() -> str:
    """One line that says which runtime the tests use, and whether this Python is its own."""
    version = importlib.metadata.version("azure-functions-runtime")
    python = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info >= (3, 13):
        return f"functions host: azure-functions-runtime {version} on Python {python}"
    return (
        f"functions host: azure-functions-runtime {version} on Python {python}: UNOFFICIAL, it asks"
        " for 3.13 and was installed with --ignore-requires-python; run the tests on 3.13 too"
    )
