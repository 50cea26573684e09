"""Any bytes become a reading or `Unavailable` (promise R8)."""

from __future__ import annotations

import json
from datetime import timedelta

from hypothesis import example, given
from hypothesis import strategies as st

from shared.domain.readings import Reason, TenantReading, Unavailable
from shared.sources.organization import NAME_LIMIT, parse_organization
from tests.support.graph_server import TENANT, body, organization
from tests.support.graph_sources import scalars

_scalars = scalars | st.sampled_from(
    [TENANT, TENANT.upper(), "2026-11-21T10:00:00Z", "0001-01-01T00:00:00Z"]
)
_names = st.sampled_from([*organization(), "value", "error", "@odata.context"])
_json = st.recursive(
    _scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_names, inner, max_size=6),
    max_leaves=20,
)
_entities = st.fixed_dictionaries(
    {}, optional={name: _scalars | st.just(value) for name, value in organization().items()}
)


@st.composite
def _mutated(draw: st.DrawFn) -> bytes:
    """A valid body with some bytes deleted, replaced or inserted."""
    raw = bytearray(body(organization()))
    for _ in range(draw(st.integers(min_value=1, max_value=4))):
        start = draw(st.integers(min_value=0, max_value=len(raw)))
        end = draw(st.integers(min_value=start, max_value=min(len(raw), start + 6)))
        raw[start:end] = draw(st.binary(max_size=6))
    return bytes(raw)


def _is_sound(answer: object) -> None:
    """The answer is one of the two, and every field has the type that it promises."""
    if isinstance(answer, Unavailable):
        assert isinstance(answer.reason, Reason)
        assert 0 < len(answer.detail) < 400
        assert "<" not in answer.detail
        assert answer.detail.isprintable()
        return
    assert isinstance(answer, TenantReading)
    assert answer.tenant_id == TENANT
    assert len(answer.display_name) <= NAME_LIMIT
    answer.display_name.encode()
    assert answer.sync_enabled in (True, False, None)
    for at in (answer.object_sync_at, answer.password_sync_at):
        assert at is None or isinstance(at, Unavailable) or at.utcoffset() == timedelta()


@given(raw=st.binary(max_size=400) | _mutated())
@example(raw=b"\x00")
def test_any_bytes_become_a_reading_or_unavailable(raw: bytes) -> None:
    """R8: nothing else, and nothing escapes."""
    _is_sound(parse_organization(raw, TENANT))


@given(document=_json | st.builds(lambda many: {"value": many}, st.lists(_entities, max_size=3)))
def test_any_json_becomes_a_reading_or_unavailable(document: object) -> None:
    """R8 again, for bytes that get past the decoder."""
    _is_sound(parse_organization(json.dumps(document).encode(), TENANT))
