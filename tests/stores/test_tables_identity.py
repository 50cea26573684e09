from __future__ import annotations

import base64
import datetime as dt
import ipaddress
import json
import time
from typing import TYPE_CHECKING

import pytest
from azure.core.credentials import AccessToken
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from shared.ports import Insert, Outcome, StoreUnavailableError
from shared.stores.tables import Pace, TablesStore
from tests.support import azurite
from tests.support.canary import assert_leaks_no_secret
from tests.support.store_contract import P
from tests.support.store_rows import documents, everything

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path


@pytest.fixture(scope="module")
def secure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """An Azurite that wants tokens over TLS, as Azure does: its endpoint, and its certificate."""
    folder = tmp_path_factory.mktemp("tls")
    cert, key = _certificate(folder)
    more = ("--oauth", "basic", "--cert", str(cert), "--key", str(key))
    with azurite.running(folder, *more) as port:
        yield f"https://127.0.0.1:{port}/{azurite.ACCOUNT}", str(cert)


class Credential:
    """Makes an unsigned token that Azurite takes for a managed identity's."""

    def __init__(self, audience: str) -> None:
        self.audience = audience
        self.scopes: list[str] = []
        self.token = ""

    def get_token(self, *scopes: str, **_: object) -> AccessToken:
        """Remember the scope and mint a token."""
        self.scopes += scopes
        now = int(time.time())
        tenant = "00000000-0000-0000-0000-000000000001"
        claims: dict[str, object] = {"aud": self.audience}
        claims["iss"] = f"https://sts.windows.net/{tenant}/"
        claims |= {"nbf": now - 60, "iat": now - 60, "exp": now + 3600}
        self.token = ".".join(_part(part) for part in ({"alg": "RS256"}, claims, {}))
        return AccessToken(self.token, now + 3600)


async def test_an_identity_reads_and_commits_over_tls(secure: tuple[str, str]) -> None:
    """The way of production: an endpoint, a token for Storage, and no key anywhere."""
    endpoint, certificate = secure
    credential = Credential("https://storage.azure.com")
    store = TablesStore.from_endpoint(endpoint, credential, connection_verify=certificate)

    async def work() -> None:
        assert await store.commit(P, [Insert("a", "1")], "w") is Outcome.APPLIED
        assert await store.commit(P, [Insert("a", "2")], "w2") is Outcome.CONFLICT
        assert await documents(store) == {"a": "1"}

    credential.get_token()
    secret = credential.token.split(".")[1][-80:]
    assert await assert_leaks_no_secret(work, [secret]) is None
    assert set(credential.scopes) == {"https://storage.azure.com/.default"}
    await store.aclose()


# The SDK tests an XML element for truth when a 403 comes as XML (azure-data-tables 12.7.0).
@pytest.mark.filterwarnings("ignore:Testing an element's truth value:DeprecationWarning")
async def test_an_identity_without_rights_is_unavailable(secure: tuple[str, str]) -> None:
    """A token for another service is refused like a missing role: a person has to act."""
    endpoint, certificate = secure
    store = TablesStore.from_endpoint(
        endpoint, Credential("https://graph.microsoft.com"), connection_verify=certificate
    )

    with pytest.raises(StoreUnavailableError, match=r"403.*Storage Table Data Contributor"):
        await everything(store)
    with pytest.raises(StoreUnavailableError, match=r"403.*Storage Table Data Contributor"):
        await store.commit(P, [Insert("b", "1")], "w")
    await store.aclose()


async def test_an_untrusted_certificate_is_unavailable_or_unknown(secure: tuple[str, str]) -> None:
    """A TLS failure proves nothing about an answer, so a commit claims nothing."""
    store = TablesStore.from_endpoint(
        secure[0], Credential("https://storage.azure.com"), pace=Pace(pauses=())
    )

    with pytest.raises(StoreUnavailableError, match="dropped the connection"):
        await everything(store)
    assert await store.commit(P, [Insert("c", "1")], "w") is Outcome.UNKNOWN
    await store.aclose()


def _part(value: Mapping[str, object]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def _certificate(folder: Path) -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = dt.datetime.now(dt.UTC)
    names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    files = folder / "cert.pem", folder / "key.pem"
    files[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    files[1].write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return files
