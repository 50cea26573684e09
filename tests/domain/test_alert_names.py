"""What an alert is about, by the words of its name: old and new wordings, and what is not known."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.alerts.names import AlertKind as Kind
from shared.domain.alerts.names import kind_of
from shared.domain.pair.readings import HealthAlert

CATALOGUE = [
    (Kind.DATA_STALE, "Health service data isn't up to date"),
    (Kind.DATA_STALE, "Health service data isn\N{RIGHT SINGLE QUOTATION MARK}t up-to-date."),
    (Kind.DATA_STALE, "Health Service data is not up to date."),
    (Kind.DATA_STALE, "HealthServiceDataNotUpToDate"),
    (Kind.DATA_STALE, "Health service data is outdated"),
    (Kind.SERVICE_STOPPED, "Microsoft Entra Connect Sync Service isn't running"),
    (Kind.SERVICE_STOPPED, "Azure AD Connect Sync Service is not running"),
    (Kind.SERVICE_STOPPED, "AZURE AD CONNECT SYNC SERVICE IS NOT RUNNING!"),
    (Kind.SERVICE_STOPPED, "Sync_Service_Not_Running"),
    (Kind.SERVICE_STOPPED, "Sync_Service_Cannot_Start_Invalid_Encryption_Keys"),
    (Kind.SERVICE_STOPPED, "The ADSync service has stopped"),
    (Kind.ENTRA_IMPORT_FAILED, "Import from Microsoft Entra ID failed"),
    (Kind.ENTRA_IMPORT_FAILED, "Import from Azure Active Directory failed"),
    (Kind.ENTRA_IMPORT_FAILED, "Import from Azure AD failed"),
    (Kind.ENTRA_IMPORT_FAILED, "Import from Entra ID has errors"),
    (
        Kind.ENTRA_SIGN_IN_FAILED,
        "Connection to Microsoft Entra ID failed due to authentication failure",
    ),
    (
        Kind.ENTRA_SIGN_IN_FAILED,
        "Connection to Azure Active Directory failed due to authentication failure",
    ),
    (Kind.ENTRA_SIGN_IN_FAILED, "AAD_Authentication_Failure"),
    (Kind.AD_EXPORT_FAILED, "Export to Active Directory failed"),
    (Kind.AD_EXPORT_FAILED, "Export to AD DS failed"),
    (Kind.AD_IMPORT_FAILED, "Import from Active Directory failed"),
    (Kind.AD_IMPORT_FAILED, "Import from Active Directory Domain Services failed"),
    (Kind.AD_IMPORT_FAILED, "Import from Active Directory failed on Microsoft Entra Connect"),
    (Kind.AD_IMPORT_FAILED, "Microsoft Entra ID: import from Active Directory failed"),
    (Kind.ENTRA_EXPORT_FAILED, "Export to Microsoft Entra ID failed"),
    (Kind.ENTRA_EXPORT_FAILED, "Export to Azure Active Directory failed"),
    (Kind.ENTRA_EXPORT_FAILED, "AAD_Connector_Exports_Failed"),
    (
        Kind.PASSWORD_HEARTBEAT,
        "Password Hash Synchronization heartbeat was skipped in last 120 minutes",
    ),
    (Kind.PASSWORD_HEARTBEAT, "Password synchronization heartbeat was skipped"),
    (Kind.PASSWORD_STOPPED, "Password Hash Synchronization stopped working"),
    (Kind.PASSWORD_STOPPED, "Password hash sync isn't working"),
    (Kind.PASSWORD_STOPPED, "PHS_Stopped_Working"),
    (
        Kind.DELETE_THRESHOLD,
        "Export to Microsoft Entra ID was Stopped. Accidental delete threshold was reached",
    ),
    (
        Kind.DELETE_THRESHOLD,
        "Export to Azure Active Directory was Stopped. Accidental delete threshold was reached.",
    ),
    (Kind.DELETE_THRESHOLD, "AccidentalDeletionThresholdReached"),
    (Kind.RESOURCES, "High CPU Usage detected"),
    (Kind.RESOURCES, "High Memory Consumption Detected"),
]
NOT_KNOWN = [
    "Permission_Issue",
    "Server_Busy",
    "Exceeded_Quota_Limit",
    "Password writeback failed",
    "Import from Active Directory was delayed",
    "Health service was updated",
    "Sync service account will expire",
    "",
    "\N{FIRE}\N{RIGHT-TO-LEFT OVERRIDE}",
]


@pytest.mark.parametrize(("kind", "name"), CATALOGUE, ids=[name for _, name in CATALOGUE])
def test_an_alert_is_told_by_its_words(kind: Kind, name: str) -> None:
    """Old and new wordings of the catalogue, as a display name and as a short name."""
    assert kind_of(HealthAlert("1", name)) is kind
    assert kind_of(HealthAlert("1", "Something new", name)) is kind


@pytest.mark.parametrize("name", NOT_KNOWN)
def test_an_alert_that_no_rule_knows_is_other(name: str) -> None:
    """Loose is not boundless: what only resembles a rule is not it."""
    assert kind_of(HealthAlert("1", name)) is Kind.OTHER


def test_the_display_name_counts_before_the_short_name() -> None:
    """Short names are not published; they speak only where the display name says nothing."""
    both = HealthAlert("1", "High CPU Usage detected", "PHS_Stopped_Working")

    assert kind_of(both) is Kind.RESOURCES


@given(st.text(max_size=2000), st.text(max_size=100))
def test_every_name_has_a_kind(name: str, short: str) -> None:
    """Total for any text, and the same without regard to case and punctuation around it."""
    kind = kind_of(HealthAlert("1", name, short))

    assert kind in Kind
    assert kind_of(HealthAlert("1", f"  {name}.", short)) is kind or len(name) > 500
