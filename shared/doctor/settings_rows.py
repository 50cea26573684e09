"""Rows of settings that are wrong: each by name, and how its vault reference is mended."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from shared.doctor import fixes
from shared.doctor.judging import DETAIL_LENGTH, FIX_LENGTH, clipped
from shared.doctor.report import Outcome, Row
from shared.sources.permissions import Scope

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from shared.doctor.facts import Place
    from shared.settings.types import Problem

_REFERENCE: Final = "@microsoft.keyvault("
NOTHING_SET: Final = Row(
    "this machine",
    Outcome.NOT_VERIFIABLE,
    "Nothing is configured here: no variable of the environment begins with WATCHDOG_.",
    fixes.lines(
        "The settings of a deployed app are in Azure: ask it. Its function key goes into"
        " FUNCTION_KEY; without it this prints how to fetch it:",
        fixes.command("python -m shared.cli doctor --app https://<function app>.azurewebsites.net"),
        "No tenant at hand? Play an outage against a simulated one:",
        fixes.command("python -m shared.cli demo"),
        "To watch a tenant from here, with your own sign-in, set what follows (docs/settings.md),"
        " and:",
        fixes.command("export WATCHDOG_CREDENTIAL=developer"),
    ),
)
"""In front of what is missing, where nothing was configured at all."""


def settings_rows(
    problems: Iterable[Problem], environ: Mapping[str, str], place: Place
) -> tuple[Row, ...]:
    """One row per problem.

    Args:
        problems: What is wrong.
        environ: Where a reference that was not resolved stands; no other value is used.
        place: Where this runs.
    """
    rows: list[Row] = []
    taken: set[str] = set()
    for problem in problems:
        name = numbered(f"setting {problem.name}", taken)
        value = environ.get(problem.name, "").strip()
        unresolved = value.lower().startswith(_REFERENCE)
        detail = f"{problem.name} {problem.what_is_wrong}."
        fix = f"Right: {problem.what_would_be_right}."
        if unresolved:
            detail, fix = _unresolved(
                problem.name, value, environ.get("AZURE_CLIENT_ID", ""), place
            )
        rows.append(
            Row(name, Outcome.FAIL, clipped(detail, DETAIL_LENGTH), clipped(fix, FIX_LENGTH))
        )
    return tuple(rows)


def numbered(name: str, taken: set[str]) -> str:
    """The name, with a number if it is taken."""
    fresh, number = name, 1
    while fresh in taken:
        number += 1
        fresh = f"{name} ({number})"
    taken.add(fresh)
    return fresh


def _unresolved(name: str, value: str, who: str, place: Place) -> tuple[str, str]:
    found = fixes.vault_reference(value)
    if found is None:
        return (
            f"{name} is missing: its Key Vault reference was not resolved and has no known form.",
            "Right: @Microsoft.KeyVault(SecretUri=https://<vault>.vault.azure.net/secrets/<name>).",
        )
    vault, secret = found
    role = fixes.role_named(Scope.VAULT)
    return (
        f"{name} is missing: App Service could not read the secret {secret} of the vault {vault}.",
        fixes.lines(
            "Is the secret there? If not, put it in:",
            fixes.command(
                f"az keyvault secret show --vault-name {vault} --name {secret}"
                " --query attributes.enabled"
            ),
            fixes.put_secret(vault, secret),
            f"May the app's identity read it (role {role})?",
            fixes.command(
                f'az role assignment create --assignee {fixes.client_of(who)} --role "{role}"'
                f' --scope "$(az keyvault show --name {vault} --query id --output tsv)"'
            ),
            "Then let the app read its references again:",
            fixes.refresh(place.app, place.group),
        ),
    )
