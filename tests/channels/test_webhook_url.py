"""Which webhook URLs are accepted, and what is said about the others."""

from __future__ import annotations

import string

import pytest
import requests
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.channels.teams import HOSTS, check_webhook
from tests.support.canary import FLOW, SIGNATURE
from tests.support.channel_faults import TARGET

OLD = f"https://prod-12.westeurope.logic.azure.com:443{TARGET}"
NEW = (
    "https://default0123456789abcdef0123456789abcd.ef.environment.api.powerplatform.com:443"
    f"/powerautomate/automations/direct/cu/07/workflows/{FLOW}/triggers/manual/paths/invoke"
    f"?api-version=1&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig={SIGNATURE}"
)


@pytest.mark.parametrize(
    "url",
    [
        OLD,
        NEW,
        OLD.replace(":443", ""),
        OLD.replace("westeurope", "WestEurope"),
        NEW + "&x=" + "y" * 3000,
        f"https://a.logic.azure.com/x?sig={SIGNATURE}",
    ],
)
def test_a_workflows_url_is_accepted(url: str) -> None:
    """Both generations of hosts, with and without :443, of any length."""
    assert check_webhook(url, [], loopback=False) is None


@pytest.mark.parametrize(
    ("url", "says"),
    [
        (
            "https://contoso.webhook.office.com/webhookb2/1@2/IncomingWebhook/3/4",
            "retired May 2026",
        ),
        ("https://webhook.office.com/x?sig=abc", "retired May 2026"),
        ("https://outlook.office.com/webhook/1@2/IncomingWebhook/3", "retired May 2026"),
        ("https://outlook.office365.com/webhook/1", "retired May 2026"),
        (OLD.replace("https", "http"), "https"),
        (OLD.replace("https", "ftp"), "https"),
        (OLD.replace("logic.azure.com", "logic.azure.com.evil.example"), "not a host"),
        ("https://evil-logic.azure.com/x?sig=abc", "not a host"),
        ("https://logic.azure.com/x?sig=abc", "not a host"),
        ("https://.logic.azure.com/x?sig=abc", "address"),
        ("https://a..logic.azure.com/x?sig=abc", "address"),
        ("https://-a.logic.azure.com/x?sig=abc", "address"),
        ("https://a.logic.azure.com./x?sig=abc", "trailing dot"),
        ("https://xn--a-ecp.logic.azure.com/x?sig=abc", "foreign-script"),
        ("https://l\u043egic.logic.azure.com/x?sig=abc", "non-ASCII"),
        ("https://a.logic.azure.com。evil.example/x?sig=abc", "non-ASCII"),
        ("https://a.logic.azure.com@evil.example/x?sig=abc", "user name"),
        ("https://evil.example@a.logic.azure.com/x?sig=abc", "user name"),
        ("https://evil.example\\@a.logic.azure.com/x?sig=abc", "control"),
        ("https://evil.example/.logic.azure.com/x?sig=abc", "not a host"),
        ("https://evil.example?.logic.azure.com/x&sig=abc", "not a host"),
        ("https://evil.example#.logic.azure.com/x?sig=abc", "fragment"),
        (OLD + "#", "fragment"),
        (OLD.replace(":443", ":8443"), "443"),
        (OLD.replace(":443", ":"), "no valid host"),
        (OLD.replace(":443", ":0443"), "443"),
        ("https://10.0.0.4/x?sig=abc", "address"),
        ("https://127.0.0.1/x?sig=abc", "address"),
        ("https://[::1]/x?sig=abc", "address"),
        ("https://2130706433/x?sig=abc", "address"),
        ("https://0x7f.1/x?sig=abc", "address"),
        ("http://localhost:7071/x?sig=abc", "https"),
        (OLD.partition("&sig=")[0], "cut"),
        (OLD.partition("&")[0], "cut"),
        (OLD.partition("?")[0], "cut"),
        (OLD.replace(SIGNATURE, ""), "cut"),
        (OLD.replace("&", "&amp;"), "cut"),
        ("https://a.logic.azure.com?sig=abc", "cut"),
        (OLD + "%2", "cut"),
        (" " + OLD, "space"),
        (OLD + "\n", "space"),
        (OLD.replace("/manual/", "/man\tual/"), "space"),
        (f"'{OLD}'", "quote"),
        (OLD + "\x00", "control"),
        ("", "empty"),
        ("logic.azure.com/x?sig=abc", "not a URL"),
        ("https:///x?sig=abc", "no valid host"),
    ],
)
def test_another_url_is_refused_with_the_reason(url: str, says: str) -> None:
    """One sentence with the reason, without the signature and without the flow."""
    fault = check_webhook(url, [], loopback=False)

    assert fault is not None
    assert says in fault
    assert fault.endswith(".")
    assert "\n" not in fault
    assert SIGNATURE not in fault
    assert FLOW not in fault


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]"])
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_loopback_is_accepted_only_when_asked_for(scheme: str, host: str) -> None:
    """For the simulator: any port, http too; everything else stays as strict."""
    url = f"{scheme}://{host}:7071{TARGET}"

    assert check_webhook(url, [], loopback=True) is None
    assert check_webhook(url, [], loopback=False) is not None
    assert check_webhook(url.partition("?")[0], [], loopback=True) is None  # any path


@pytest.mark.parametrize(
    "host", ["127.0.0.1.evil.example", "127.0.0.2", "127.1", "localhost.evil.example", "[::2]"]
)
def test_loopback_look_alikes_are_not_loopback(host: str) -> None:
    """Only the three names, not what starts with them."""
    assert check_webhook(f"http://{host}:7071{TARGET}", [], loopback=True) is not None


def test_further_hosts_are_exact_names_or_suffixes() -> None:
    """A sovereign cloud's hosts are added by setting."""
    url = f"https://a.logic.azure.us{TARGET}"

    assert check_webhook(url, [], loopback=False) is not None
    assert check_webhook(url, ["*.logic.azure.us"], loopback=False) is None
    assert check_webhook(url, ["A.Logic.azure.US"], loopback=False) is None
    assert check_webhook(url, ["logic.azure.us"], loopback=False) is not None
    assert check_webhook(url, ["b.logic.azure.us"], loopback=False) is not None


@pytest.mark.parametrize(
    "entry", ["*", "*.", "*.com", "com", "", "*.*.com", "https://a.b.c", "10.0.0.1", "a b.c", OLD]
)
def test_a_further_host_that_would_open_the_list_is_refused(entry: str) -> None:
    """Named by its position, not quoted: somebody may have pasted the URL there."""
    fault = check_webhook(OLD, ["flow.contoso.com", entry], loopback=False)

    assert fault is not None
    assert "Entry 2" in fault
    assert SIGNATURE not in fault


def test_a_retired_host_stays_refused_when_it_is_allowed_by_setting() -> None:
    """Adding the dead host to the list does not bring it back."""
    url = "https://contoso.webhook.office.com/webhookb2/1"

    fault = check_webhook(url, ["*.webhook.office.com"], loopback=False)

    assert fault is not None
    assert "retired May 2026" in fault


@settings(deadline=None)  # a busy machine is no defect
@given(
    st.text(max_size=60) | st.sampled_from(["https://", "https://a.logic.azure.com", OLD]),
    st.text(alphabet=string.printable + "é。\u202e\x00", max_size=60),
    st.booleans(),
)
def test_any_text_gets_an_answer_that_quotes_no_path(head: str, tail: str, loopback: bool) -> None:  # noqa: FBT001 - drawn by Hypothesis
    """Total: no exception, and what follows the host never comes back."""
    fault = check_webhook(f"{head}/{SIGNATURE}{tail}", [], loopback=loopback)

    assert fault is None or SIGNATURE not in fault


@settings(deadline=None)  # a busy machine is no defect
@given(
    st.lists(
        st.text(alphabet=string.ascii_letters + string.digits + ".-:@/\\#?%[]&=", max_size=12),
        min_size=1,
        max_size=4,
    ).map("".join),
    st.sampled_from(["", ".logic.azure.com", ".environment.api.powerplatform.com"]),
    st.text(alphabet=string.ascii_letters + ".-:@/\\#?%[]", max_size=12),
)
def test_an_accepted_url_goes_to_an_allowed_host_as_requests_understands_it(
    before: str, suffix: str, after: str
) -> None:
    """Whatever passes the check, the library that sends it must see an allowed host as well."""
    url = f"https://{before}{suffix}{after}/x?sig={SIGNATURE}"
    if check_webhook(url, [], loopback=False) is None:
        prepared = requests.Request("POST", url).prepare()
        adapter = requests.adapters.HTTPAdapter()
        pool = adapter.get_connection_with_tls_context(prepared, verify=True)

        assert any(pool.host.endswith(pattern[1:]) for pattern in HOSTS)
        assert pool.port in {None, 443}
        assert pool.scheme == "https"
