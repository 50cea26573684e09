"""The exact command or click that mends a row, filled with the names that are known.

What is not known stands in angle brackets. Nothing foreign is put into a command but what has
the strict form of its kind (`claims`, `settings`): a command is made to be pasted into a shell.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from shared.doctor.report import COMMAND
from shared.settings.types import Cloud, TablesEndpoint
from shared.sources.permissions import AZURE_ROLES, GRAPH_APP_ID, Scope

if TYPE_CHECKING:
    from shared.doctor.claims import Claims
    from shared.doctor.facts import Facts
    from shared.settings import Settings

TABLE: Final = "watchdog"
SECRETS: Final = {
    "teams-url": "--teams-url",
    "signing-keys": "--make-signing-keys",
    "dead-man-url": "--dead-man-url",
}
"""By the name of a secret of the template: the option of `infra/scripts/set-secrets.sh`."""
_AZ_CLOUDS: Final = {
    Cloud.USGOV: "AzureUSGovernment",
    Cloud.DOD: "AzureUSGovernment",
    Cloud.CHINA: "AzureChinaCloud",
}
"""As `az cloud list` names them; without it az stays in the public cloud."""
_LATER: Final = (
    "A managed identity sees a new grant only with its next token: that can take up to 24 h."
)
_VAULT: Final = re.compile(
    r"@microsoft\.keyvault\(\s*secreturi=https://(?P<vault>[a-z][a-z0-9-]{1,22}[a-z0-9])"
    r"\.vault\.(?:azure\.net|usgovcloudapi\.net|azure\.cn)/secrets/(?P<secret>[a-z0-9-]{1,127})"
    r"(?:/[0-9a-z]*)?/?\s*\)",
    re.IGNORECASE | re.ASCII,
)
_VAULT_BY_NAME: Final = re.compile(
    r"@microsoft\.keyvault\(\s*vaultname=(?P<vault>[a-z][a-z0-9-]{1,22}[a-z0-9])\s*;"
    r"\s*secretname=(?P<secret>[a-z0-9-]{1,127})\s*(?:;[^)]*)?\)",
    re.IGNORECASE | re.ASCII,
)
_ACCOUNT: Final = re.compile(r"https://([a-z0-9]{3,24})\.table\.")
_GUID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_PLAIN_URL: Final = re.compile(r"https?://[A-Za-z0-9.-]{1,253}(?::[0-9]{1,5})?")
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,59}")
_GROUP: Final = re.compile(r"[\w().-]{1,90}", re.ASCII)


def lines(*parts: str) -> str:
    """A fix of several lines, empty ones left out."""
    return "\n".join(part for part in parts if part)


def own_url(facts: Facts) -> str:
    """The app's address as it may stand in a command, or where it goes."""
    url = facts.settings.public_url or ""
    return url if _PLAIN_URL.fullmatch(url) else "https://<function app>.azurewebsites.net"


def send_card(facts: Facts) -> str:
    """How a test card is sent by whoever was looked at: the app, or this machine."""
    app = f" --app {own_url(facts)}" if facts.settings.inside_azure else ""
    return lines(
        "Send a test card, and look at the channel:",
        command(f"python -m shared.cli doctor{app} --send-card"),
    )


def command(text: str) -> str:
    """A line to be copied."""
    return COMMAND + text


def role_named(scope: Scope) -> str:
    """The name of the one Azure role that the identity has at a scope."""
    return next(role.name for role in AZURE_ROLES if role.scope is scope)


def app_name(name: str) -> str:
    """The function app's name, or where it goes."""
    return name if _NAME.fullmatch(name) else "<function app>"


def group_name(*names: str) -> str:
    """The first name of a resource group that is known, or where it goes."""
    known = (name for name in names if _GROUP.fullmatch(name))
    return next(known, "<resource group>")


def principal(claims: Claims | None) -> str:
    """The object id of the identity's service principal, or where it goes."""
    return claims.object_id if claims and claims.object_id else "<the identity's principal id>"


def assign(role: str, scope: str, claims: Claims | None) -> str:
    """The command that gives the identity an Azure role."""
    return command(
        f"az role assignment create --assignee-object-id {principal(claims)}"
        f' --assignee-principal-type ServicePrincipal --role "{role}" --scope {scope}'
    )


def refresh(app: str, group: str) -> str:
    """The command that makes the app read its vault references again.

    On Flex Consumption a restart is not enough (Microsoft Learn, "Use Key Vault references").
    """
    found = f"--resource-group {group_name(group)} --name {app_name(app)} --query id --output tsv"
    return command(
        f'az rest --method post --url "$(az functionapp show {found})'
        '/config/configreferences/appsettings/refresh?api-version=2022-03-01"'
    )


def set_setting(facts: Facts, name: str, value: str) -> str:
    """The command that sets an app setting that is no secret, or the variable on a laptop."""
    if not facts.settings.inside_azure:
        return command(f'export {name}="{value}"')
    place, (first, *others) = facts.place, name.removeprefix("WATCHDOG_").lower().split("_")
    parameter = first + "".join(word.capitalize() for word in others)
    return lines(
        f"In the parameters that you deploy with, {parameter} in settings; or at once, until the"
        " next deployment:",
        command(
            f"az functionapp config appsettings set --resource-group {group_name(place.group)}"
            f' --name {app_name(place.app)} --settings "{name}={value}" --output none'
        ),
    )


# -- who looks ------------------------------------------------------------------------------------


def sign_in_here(settings: Settings) -> str:
    """How a person signs in on this machine, for the watched tenant."""
    cloud = _AZ_CLOUDS.get(settings.cloud)
    return lines(
        command(f"az cloud set --name {cloud}") if cloud else "",
        command(f"az login --tenant {settings.tenant_id}"),
    )


ASK_THE_APP: Final = lines(
    "Only the app knows its identity's rights. Ask it, with its function key in FUNCTION_KEY:",
    command("python -m shared.cli doctor --app https://<function app>.azurewebsites.net"),
)


# -- Microsoft Graph ------------------------------------------------------------------------------


def grant(role: str, facts: Facts, claims: Claims | None) -> str:
    """How the identity gets an application permission of Graph."""
    dod = facts.settings.cloud is Cloud.DOD
    where = f" --graph {facts.settings.hosts.graph_url}" if dod else ""
    return lines(
        "Let a Privileged Role Administrator grant it, in a checkout of the project:",
        command(
            f"infra/scripts/grant-graph-roles.sh --principal-id {principal(claims)}"
            f" --role {role}{where}"
        ),
        _LATER,
    )


def revoke(graph: str, roles: tuple[str, ...], claims: Claims | None) -> str:
    """How a role that is not on the list is taken away."""
    base = f"{graph}/v1.0/servicePrincipals/{principal(claims)}/appRoleAssignments"
    rest = f"az rest --resource {graph} --method"
    named = " || ".join(f"value=='{role}'" for role in roles)
    return lines(
        "Let a Privileged Role Administrator take them away. The ids of these roles:",
        command(
            f'az ad sp show --id {GRAPH_APP_ID} --query "appRoles[?{named}].[value, id]"'
            " --output tsv"
        ),
        "The identity's assignments, by such an id:",
        command(f'{rest} get --url "{base}" --query "value[].[appRoleId, id]" --output tsv'),
        "Then, for each:",
        command(f'{rest} delete --url "{base}/<assignment id>"'),
        _LATER,
    )


def connect_health(claims: Claims | None) -> str:
    """How the identity may read Connect Health, which no template can do."""
    return lines(
        f"Let its Owner, or a Global Administrator, assign {role_named(Scope.CONNECT_HEALTH)}; in a"
        " checkout of the project:",
        command(f"infra/scripts/grant-connect-health-reader.sh --principal-id {principal(claims)}"),
        "Or in the portal: Connect Health, Role based access control (IAM), Add.",
    )


# -- the store and the vault ----------------------------------------------------------------------


def account_of(facts: Facts) -> str:
    """The storage account's name, or where it goes."""
    store = facts.settings.store
    match = _ACCOUNT.match(store.endpoint) if isinstance(store, TablesEndpoint) else None
    return match[1] if match else "<storage account>"


def store_role(facts: Facts, claims: Claims | None) -> str:
    """How the identity may write the table."""
    account = f"$(az storage account show --name {account_of(facts)} --query id --output tsv)"
    scope = f'"{account}/tableServices/default/tables/{TABLE}"'
    return lines(
        "A new role takes some minutes until it counts.",
        assign(role_named(Scope.STATE_TABLE), scope, claims),
    )


def make_table(facts: Facts) -> str:
    """How the table is made, which the identity may not do itself."""
    return command(
        f"az storage table create --auth-mode login --account-name {account_of(facts)}"
        f" --name {TABLE}"
    )


def vault_reference(value: str) -> tuple[str, str] | None:
    """The vault and the secret that a reference names; None when it is of no known form."""
    match = _VAULT.fullmatch(value.strip()) or _VAULT_BY_NAME.fullmatch(value.strip())
    return (match["vault"].lower(), match["secret"]) if match else None


def put_secret(vault: str, secret: str) -> str:
    """The command that writes a secret into the vault; the script knows three names."""
    option = SECRETS.get(secret.lower())
    if option is None:
        return command(
            'read -rs it && printf %s "$it" |'
            f" az keyvault secret set --vault-name {vault} --name {secret} --file /dev/stdin"
            " --encoding utf-8 --output none"
        )
    return command(f"infra/scripts/set-secrets.sh --vault {vault} {option}")


def client_of(client_id: str) -> str:
    """The identity's client id, or where it goes."""
    return client_id if _GUID.fullmatch(client_id.strip().lower()) else "<the identity's client id>"
