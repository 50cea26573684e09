"""msgraph-sdk's request builders, authentication and retry pipeline, without its models.

A typed `get()` would load 1,216 model modules (1.3 s, 35 MiB) for five properties; asking the
request adapter for bytes loads none. Importing this module loads the SDK, so `graph_reader` does
it on the first read.
"""

from __future__ import annotations

import socket
import ssl
import warnings
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

import httpx
from kiota_abstractions.api_error import APIError
from kiota_abstractions.base_request_configuration import RequestConfiguration
from kiota_abstractions.method import Method
from kiota_abstractions.request_information import RequestInformation
from kiota_authentication_azure.azure_identity_authentication_provider import (
    AzureIdentityAuthenticationProvider,
)
from kiota_http.middleware.options import RedirectHandlerOption, RetryHandlerOption

from shared.domain.readings import Reason, Unavailable
from shared.sources.failures import LATER, Asked, Ended, refused
from shared.sources.graph_wire import Exchange, GuardedTransport, Phase
from shared.sources.organization import ASKED

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from azure.core.credentials import AccessToken

    from shared.sources.tokens import TokenSource

# By name, not by import statement: a type checker would follow them through 16,741 modules
# (95 s); nothing of them is typed in a way that helps here.
_MSGRAPH: Final = import_module("msgraph")
_ADAPTER_OPTIONS: Final = import_module("msgraph.graph_request_adapter").options
_FACTORY: Final = import_module("msgraph_core").GraphClientFactory
with warnings.catch_warnings():
    # The SDK's own request builders define classes that the SDK has deprecated.
    warnings.simplefilter("ignore", DeprecationWarning)
    _BUILDERS: Final = import_module("msgraph.generated.organization.organization_request_builder")
_BOTH_VERSIONS: Final = frozenset({401, 429})  # what concerns each version alike
_QUERY: Final = _BUILDERS.OrganizationRequestBuilder.OrganizationRequestBuilderGetQueryParameters


class GraphSdk:
    """The SDK's pipeline for one read.

    It is built anew each time and nothing of it outlives the read: ticks are minutes
    apart, so a kept connection would be dead anyway, and a new one asks the DNS again.
    """

    def __init__(
        self,
        base_url: str,
        scope: str,
        tokens: TokenSource,
        exchange: Exchange,
        tls: ssl.SSLContext,
    ) -> None:
        self._base_url = base_url
        self._exchange = exchange
        self._pool = httpx.AsyncHTTPTransport(verify=tls, trust_env=False)
        origin = httpx.URL(base_url)
        self._authentication = AzureIdentityAuthenticationProvider(
            _Credential(tokens, exchange),  # type: ignore[arg-type]  # it calls get_token only
            scopes=[scope],
            allowed_hosts=[origin.host],  # with an empty list every host would get the token
            # A token for continuous access evaluation lives a day: a new grant would wait for it.
            is_cae_enabled=False,
        )
        self._http = _FACTORY.create_with_default_middleware(
            client=httpx.AsyncClient(
                transport=GuardedTransport(self._pool, origin, exchange),
                timeout=None,  # noqa: S113  the read as a whole has one
                headers={"Accept-Encoding": "identity"},
                trust_env=False,
            ),
            options={
                **_ADAPTER_OPTIONS,
                RedirectHandlerOption.get_key(): RedirectHandlerOption(should_redirect=False),
                # `delay` is not a cap but added to every computed backoff, 3 s by default.
                RetryHandlerOption.get_key(): RetryHandlerOption(delay=0),
            },
        )

    async def organization(self, version: str, properties: Sequence[str]) -> bytes:
        """`GET /{version}/organization` with `$select`.

        Args:
            version: `v1.0` or `beta`.
            properties: The properties to select.

        Returns:
            The body of the 200.

        Raises:
            Ended: There is none, and why.
            Exception: Something that this was not written for.
        """
        adapter = self._adapter(version)
        builder = _MSGRAPH.GraphServiceClient(request_adapter=adapter).organization
        query = _QUERY(select=list(properties))
        request = builder.to_get_request_information(RequestConfiguration(query_parameters=query))
        return await self._send(adapter, request, ASKED)

    async def get(self, version: str, path: str, query: Mapping[str, str], asked: Asked) -> bytes:
        """`GET /{version}/{path}` with a query.

        Args:
            version: `v1.0` or `beta`.
            path: Below the version, without a leading slash; no remote text.
            query: Parameters with their `$`, such as `$filter`; the SDK encodes the values.
            asked: What this asks for.

        Returns:
            The body of the 200.

        Raises:
            Ended: There is none, and why.
            Exception: Something that this was not written for.
        """
        names = {quote(name): value for name, value in query.items()}  # "$" as the SDK writes it
        template = f"{{+baseurl}}/{path}{{?{','.join(names)}}}" if names else f"{{+baseurl}}/{path}"
        request = RequestInformation(Method.GET, template, {})
        request.query_parameters = names
        return await self._send(self._adapter(version), request, asked)

    async def follow(self, version: str, link: str, asked: Asked) -> bytes:
        """`GET` an address that Graph gave us; `paging` has checked that it is Graph's own.

        Args:
            version: The version that gave it.
            link: The whole address.
            asked: What this asks for.

        Returns:
            The body of the 200.

        Raises:
            Ended: There is none, and why.
            Exception: Something that this was not written for.
        """
        request = RequestInformation(Method.GET)
        request.url = link
        return await self._send(self._adapter(version), request, asked)

    @property
    def base_url(self) -> str:
        """Graph's root without a version."""
        return self._base_url

    def _adapter(self, version: str) -> Any:
        adapter = _MSGRAPH.GraphRequestAdapter(self._authentication, client=self._http)
        adapter.base_url = f"{self._base_url}/{version}"
        return adapter

    async def _send(self, adapter: Any, request: RequestInformation, asked: Asked) -> bytes:
        try:
            body: bytes | None = await adapter.send_primitive_async(request, "bytes", {})
        except APIError as error:
            status = error.response_status_code or 0
            raise Ended(
                refused(status, asked),
                other_version_may_work=status not in _BOTH_VERSIONS,
                status=status,
            ) from error
        except httpx.TransportError as error:
            raise _broken(error, self._exchange.phase) from error
        return body or b""

    async def aclose(self) -> None:
        """Close the connections of this read."""
        await self._pool.aclose()


class _Credential:
    """What the SDK's authentication provider asks for a token, before every request."""

    def __init__(self, tokens: TokenSource, exchange: Exchange) -> None:
        self._tokens = tokens
        self._exchange = exchange

    async def get_token(self, *_scopes: str, **_options: object) -> AccessToken:
        self._exchange.phase = Phase.TOKEN
        return await self._tokens.get(self._exchange.present)


@cache
def tls_context() -> ssl.SSLContext:
    """The trust store of httpx (certifi, or SSL_CERT_FILE), once per process.

    Building it costs more than a read, and all sources of a tick need one at the same time.
    """
    return httpx.create_ssl_context()


def _broken(error: httpx.TransportError, phase: Phase) -> Ended:
    """What a failed connection means."""
    if phase is Phase.BODY:
        text = f"Graph's answer was cut off; {LATER}."
        return Ended(Unavailable(Reason.MALFORMED, text), other_version_may_work=True)
    if isinstance(error, httpx.TimeoutException):
        return Ended(Unavailable(Reason.TIMEOUT, f"Graph did not answer in time; {LATER}."))
    return Ended(Unavailable(Reason.UNREACHABLE, f"Graph could not be reached: {_cause(error)}"))


def _cause(error: BaseException) -> str:
    for each in _chain(error):
        if isinstance(each, ssl.SSLCertVerificationError):
            return (
                f"its certificate is not trusted ({each.verify_message}). Look for a proxy that "
                "inspects TLS, and check the app's clock."
            )
        if isinstance(each, ssl.SSLError):
            return "the TLS handshake failed. Look for a proxy or firewall in between."
        if isinstance(each, socket.gaierror):
            return "its name could not be resolved. Check the app's DNS and WATCHDOG_CLOUD."
        if isinstance(each, ConnectionRefusedError):
            return "the connection was refused. Check the network between the app and Graph."
    return (
        f"the connection failed ({type(error).__name__}). "
        "Check the network between the app and Graph."
    )


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """The error and what caused it, through exception groups too (anyio tries every address)."""
    while error is not None:
        yield error
        if isinstance(error, BaseExceptionGroup):
            for each in error.exceptions:
                yield from _chain(each)
        error = error.__cause__ or error.__context__
