"""Judges of host names: each resolves, and is one of the cloud of `WATCHDOG_CLOUD`."""

from __future__ import annotations

import ipaddress
from functools import partial
from typing import TYPE_CHECKING, Final

from shared.doctor import fixes
from shared.doctor.facts import Address, have
from shared.doctor.judging import Check, Said, failed, not_verifiable, passed
from shared.settings.types import Cloud
from shared.settings.urls import LOOPBACK_HOSTS

if TYPE_CHECKING:
    from shared.doctor.facts import Facts, Named

# Suffixes that belong to one cloud for sure. Microsoft Learn, "Compare Azure Government and global
# Azure", "Azure China developer guide", and "Power Automate US Government".
_SUFFIXES: Final = {
    "azurewebsites.net": "public",
    "logic.azure.com": "public",
    "api.powerplatform.com": "public",
    "core.windows.net": "public",
    "azurewebsites.us": "us",
    "logic.azure.us": "us",
    "api.powerplatform.us": "us",
    "core.usgovcloudapi.net": "us",
    "chinacloudsites.cn": "china",
    "logic.azure.cn": "china",
    "core.chinacloudapi.cn": "china",
}
_PRIVATE: Final = tuple(
    ipaddress.ip_network(each)
    for each in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")
)
"""RFC 1918 and RFC 4193: where private endpoints are."""
_CLOUDS: Final = {
    Cloud.PUBLIC: "public",
    Cloud.USGOV: "us",
    Cloud.DOD: "us",
    Cloud.CHINA: "china",
}
_UNUSED: Final = {
    Address.ARM: "Not used: Connect Health is not read (WATCHDOG_CONNECT_HEALTH, WATCHDOG_CLOUD).",
    Address.LOGIN: "Not used: the simulator's made-up token needs no sign-in.",
    Address.STORE: "Not used: the store is a file on this machine.",
    Address.WEBHOOK: "WATCHDOG_TEAMS_URL is not set.",
    Address.PAGES: "WATCHDOG_PUBLIC_URL is not set, so cards have no link to this app.",
    Address.MONITOR: "Not used: WATCHDOG_DEAD_MAN_URL is not set.",
}
_SETTING: Final = {
    Address.STORE: "WATCHDOG_STORE",
    Address.WEBHOOK: "WATCHDOG_TEAMS_URL",
    Address.PAGES: "WATCHDOG_PUBLIC_URL",
    Address.MONITOR: "WATCHDOG_DEAD_MAN_URL",
}
_OPTIONAL: Final = frozenset({Address.ARM, Address.PAGES, Address.MONITOR})


def address(which: Address, facts: Facts) -> Said:
    """One host."""
    required = which not in _OPTIONAL
    found = facts.names.get(which)
    if found is None:
        fix = "Set WATCHDOG_PUBLIC_URL to the app's https address." if which is _PAGES else ""
        return not_verifiable(_UNUSED.get(which, "Not used."), fix, required=required)
    named = have(found)
    if named.host in LOOPBACK_HOSTS:
        return passed(f"{named.host} is this machine.", required=required)
    own, theirs = _CLOUDS[facts.settings.cloud], _cloud_of(named.host)
    if theirs is not None and theirs != own:
        return failed(
            f"{named.host} belongs to another cloud than WATCHDOG_CLOUD ({facts.settings.cloud}).",
            f"Correct {_SETTING.get(which, 'WATCHDOG_CLOUD')} or WATCHDOG_CLOUD.",
            required=required,
        )
    if not named.addresses:
        return failed(
            f"{named.host} does not resolve: {named.why or 'no address'}.",
            _mend_name(which, named),
            required=required,
        )
    return passed(f"{named.host} resolves to {_shown(named)}.", required=required)


_PAGES: Final = Address.PAGES


def _cloud_of(host: str) -> str | None:
    return next((c for suffix, c in _SUFFIXES.items() if host.endswith("." + suffix)), None)


def _shown(named: Named) -> str:
    first, more = named.addresses[0], len(named.addresses) - 1
    private = " (private)" if _is_private(first) else ""
    return f"{first}{private}" + (f" and {more} more" if more else "")


def _is_private(address: str) -> bool:
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(found in network for network in _PRIVATE if network.version == found.version)


def _mend_name(which: Address, named: Named) -> str:
    setting = _SETTING.get(which)
    spelling = f"Check the spelling in {setting}; then the" if setting else "Check the"
    return fixes.lines(
        f"{spelling} app's DNS: a virtual network needs a private DNS zone, or public DNS. Look:",
        fixes.command(f"nslookup {named.host}"),
    )


CHECKS: Final = tuple(Check(f"address of {each}", partial(address, each)) for each in Address)
