"""The message classes that Microsoft's Python runtime asks its host for, made strict.

`azure-functions-runtime` imports no protobuf: the host hands it an object with one attribute per
message of `FunctionRpc.proto`, and the runtime builds and reads messages through it. This module
is that object. Each class has the fields of the message that the runtime touches (source:
`azure_functions_runtime` 1.3.0, each `protos.` in it). As in protobuf, an unknown field or a value
of the wrong type raises TypeError, and None means "not set": so a wrong value in a decorator or in
an answer fails here as it would in Azure.
"""

from __future__ import annotations

import builtins
import functools
import types
import typing
from dataclasses import dataclass, field, fields
from datetime import timedelta
from typing import Any, ClassVar, Literal, get_args, get_origin


def _fits(value: object, kind: Any) -> bool:
    """Whether a value has the type of a field, its elements included."""
    origin, parts = get_origin(kind), get_args(kind)
    if origin in (typing.Union, types.UnionType):
        return any(_fits(value, part) for part in parts)
    if origin is Literal:
        return value in parts
    if not isinstance(value, (origin or kind) if kind is not float else (int, float)):
        return False
    if isinstance(value, dict):
        return all(_fits(key, parts[0]) and _fits(each, parts[1]) for key, each in value.items())
    return not isinstance(value, list) or all(_fits(each, parts[0]) for each in value)


@functools.cache
def _kinds(message: Any) -> dict[str, Any]:
    """The types of a message's fields."""
    return typing.get_type_hints(message)


@dataclass(kw_only=True)
class Message:
    """The common part: checks every field when a message is built."""

    ONEOF: ClassVar[dict[str, tuple[str, ...]]] = {}
    """Groups of which at most one field is set: group name to field names."""

    def __post_init__(self) -> None:
        kinds = _kinds(type(self))  # type: ignore[arg-type]  # mypy sees the instances' __hash__
        for each in fields(self):
            value = getattr(self, each.name)
            if value is None and each.default is not None:
                unset = each.default_factory() if callable(each.default_factory) else each.default
                setattr(self, each.name, unset)
            elif not _fits(value, kinds[each.name]):
                raise TypeError(
                    f"{type(self).__name__}.{each.name} must be {kinds[each.name]},"
                    f" not {type(value).__name__} {value!r}"
                )

    def WhichOneof(self, group: str) -> str | None:  # noqa: N802  # protobuf's own name
        """The field of a group that is set, or None."""
        return next((name for name in self.ONEOF[group] if getattr(self, name) is not None), None)


# -- answers of the runtime -----------------------------------------------------------------------


@dataclass(kw_only=True)
class RpcException(Message):
    """What a function, or the indexing of the app, raised."""

    source: str = ""
    stack_trace: str = ""
    message: str = ""


@dataclass(kw_only=True)
class StatusResult(Message):
    """Whether a request succeeded."""

    Failure: ClassVar[int] = 0
    Success: ClassVar[int] = 1
    Cancelled: ClassVar[int] = 2

    status: int = 0
    result: str = ""
    exception: RpcException | None = None


@dataclass(kw_only=True)
class WorkerMetadata(Message):
    """Which runtime this is."""

    runtime_name: str = ""
    runtime_version: str = ""
    worker_version: str = ""
    worker_bitness: str = ""
    custom_properties: dict[str, str] = field(default_factory=dict)


@dataclass(kw_only=True)
class WorkerInitResponse(Message):
    """The app is imported and indexed, or why not."""

    capabilities: dict[str, str] = field(default_factory=dict)
    worker_metadata: WorkerMetadata | None = None
    result: StatusResult | None = None


@dataclass(kw_only=True)
class BindingInfo(Message):
    """One binding of a function, as far as the worker describes it."""

    out: ClassVar[int] = 1
    inout: ClassVar[int] = 2
    undefined: ClassVar[int] = 0

    type: str = ""
    direction: int = 0
    data_type: int = 0


@dataclass(kw_only=True)
class RpcRetryOptions(Message):
    """A retry policy; an unknown strategy is refused, as protobuf refuses an unknown label."""

    max_retry_count: int = 0
    retry_strategy: Literal["exponential_backoff", "fixed_delay"] = "exponential_backoff"
    delay_interval: timedelta | None = None
    minimum_interval: timedelta | None = None
    maximum_interval: timedelta | None = None


@dataclass(kw_only=True)
class RpcFunctionMetadata(Message):
    """One indexed function."""

    name: str = ""
    function_id: str = ""
    directory: str = ""
    managed_dependency_enabled: bool = False
    script_file: str = ""
    entry_point: str = ""
    is_proxy: bool = False
    language: str = ""
    bindings: dict[str, BindingInfo] = field(default_factory=dict)
    raw_bindings: list[str] = field(default_factory=list)
    retry_options: RpcRetryOptions | None = None
    properties: dict[str, str] = field(default_factory=dict)


@dataclass(kw_only=True)
class FunctionMetadataResponse(Message):
    """All indexed functions."""

    use_default_metadata_indexing: bool = False
    function_metadata_results: list[RpcFunctionMetadata] = field(default_factory=list)
    result: StatusResult | None = None


@dataclass(kw_only=True)
class FunctionLoadResponse(Message):
    """One function is loaded."""

    function_id: str = ""
    result: StatusResult | None = None


# -- values in both directions --------------------------------------------------------------------


@dataclass(kw_only=True)
class TypedData(Message):
    """One value; exactly one field is set. `builtins` because the fields shadow the types."""

    ONEOF: ClassVar[dict[str, tuple[str, ...]]] = {
        "data": ("string", "json", "bytes", "http", "int", "double")
    }

    string: str | None = None
    json: str | None = None
    bytes: builtins.bytes | None = None
    http: RpcHttp | None = None
    int: builtins.int | None = None
    double: float | None = None


@dataclass(kw_only=True)
class RpcHttp(Message):
    """An HTTP request or answer."""

    method: str = ""
    url: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    body: TypedData | None = None
    params: dict[str, str] = field(default_factory=dict)
    query: dict[str, str] = field(default_factory=dict)
    status_code: str = ""
    cookies: list[RpcHttpCookie] = field(default_factory=list)
    enable_content_negotiation: bool = False


@dataclass(kw_only=True)
class ParameterBinding(Message):
    """One argument or output of an invocation."""

    ONEOF: ClassVar[dict[str, tuple[str, ...]]] = {"rpc_data": ("data",)}

    name: str = ""
    data: TypedData | None = None


@dataclass(kw_only=True)
class InvocationResponse(Message):
    """What a function returned, or raised."""

    invocation_id: str = ""
    output_data: list[ParameterBinding] = field(default_factory=list)
    return_value: TypedData | None = None
    result: StatusResult | None = None


# -- cookies --------------------------------------------------------------------------------------


@dataclass(kw_only=True)
class NullableString(Message):
    """A string that may be absent."""

    value: str = ""


@dataclass(kw_only=True)
class NullableBool(Message):
    """A bool that may be absent."""

    value: bool = False


@dataclass(kw_only=True)
class NullableDouble(Message):
    """A number that may be absent."""

    value: float = 0.0


@dataclass(kw_only=True)
class Timestamp(Message):
    """Seconds since 1970-01-01 UTC."""

    seconds: int = 0


@dataclass(kw_only=True)
class NullableTimestamp(Message):
    """An instant that may be absent."""

    value: Timestamp | None = None


@dataclass(kw_only=True)
class RpcHttpCookie(Message):
    """One `Set-Cookie`."""

    SameSite: ClassVar[Any] = types.SimpleNamespace(
        **{"None": 0, "Lax": 1, "Strict": 2, "ExplicitNone": 3}
    )

    name: str = ""
    value: str = ""
    domain: NullableString | None = None
    path: NullableString | None = None
    expires: NullableTimestamp | None = None
    secure: NullableBool | None = None
    http_only: NullableBool | None = None
    same_site: int = 0
    max_age: NullableDouble | None = None


# -- requests of the host -------------------------------------------------------------------------


@dataclass(kw_only=True)
class WorkerInitRequest(Message):
    """Import and index the app in this folder."""

    capabilities: dict[str, str] = field(default_factory=dict)
    function_app_directory: str = ""


@dataclass(kw_only=True)
class FunctionLoadRequest(Message):
    """Load one indexed function."""

    function_id: str = ""
    metadata: RpcFunctionMetadata | None = None


@dataclass(kw_only=True)
class RpcTraceContext(Message):
    """The W3C trace that an invocation belongs to."""

    trace_parent: str = ""
    trace_state: str = ""
    attributes: dict[str, str] = field(default_factory=dict)


@dataclass(kw_only=True)
class RetryContext(Message):
    """Which attempt this is."""

    retry_count: int = 0
    max_retry_count: int = 0
    exception: RpcException | None = None


@dataclass(kw_only=True)
class InvocationRequest(Message):
    """Run one function once."""

    invocation_id: str = ""
    function_id: str = ""
    input_data: list[ParameterBinding] = field(default_factory=list)
    trigger_metadata: dict[str, TypedData] = field(default_factory=dict)
    trace_context: RpcTraceContext | None = None
    retry_context: RetryContext | None = None


@dataclass(kw_only=True)
class Request(Message):
    """The envelope's content: one of the requests above."""

    worker_init_request: WorkerInitRequest | None = None
    function_load_request: FunctionLoadRequest | None = None
    invocation_request: InvocationRequest | None = None


@dataclass(kw_only=True)
class Envelope(Message):
    """What the runtime's entry points take."""

    request: Request = field(default_factory=Request)
    properties: dict[str, object] = field(default_factory=dict)
