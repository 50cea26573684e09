"""What a deployment promises about rights: who may do what, and where. Each gives its breaches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from shared.sources.permissions import AZURE_ROLES, GRAPH_APP_ID, GRAPH_ROLES, Scope
from tests.support.bicep import syntax as s
from tests.support.bicep.app_settings import SITE, app_settings
from tests.support.bicep.template import Expression, Resource, Template
from tests.support.bicep.walk import walk

if TYPE_CHECKING:
    from collections.abc import Iterator

ASSIGNMENT: Final = "Microsoft.Authorization/roleAssignments"
GRANT: Final = "Microsoft.Graph/appRoleAssignedTo"
OPEN_PATHS: Final = ["/api/health", "/api/run", "/api/doctor"]
SIGN_IN_SCOPES: Final = {"openid", "profile", "email"}


def role_of(assignment: Resource) -> str | None:
    """The role definition's id in `subscriptionResourceId(type, id)`."""
    node = assignment.node("properties", "roleDefinitionId")
    if not isinstance(node, s.Call) or node.name != "subscriptionResourceId":
        return None
    _, role = assignment.template.follow(node.arguments[-1])
    return role.literal if isinstance(role, s.String) else None


def _read_from(main: Template, setting: str) -> Resource | None:
    found = [each for each in app_settings(main) if each.name == setting]
    return found[0].source if len(found) == 1 else None


def scope_of(main: Template, assignment: Resource) -> Scope | None:
    """Which of the allowed scopes an assignment has; None for every other one."""
    node = assignment.node("scope")
    resource = assignment.template.resource_of(node) if node else None
    if resource is None or resource.existing:
        return None
    if resource == _read_from(main, "AzureWebJobsStorage__blobServiceUri"):
        return Scope.HOST_STORAGE
    if resource == _read_from(main, "APPLICATIONINSIGHTS_CONNECTION_STRING"):
        return Scope.INSIGHTS
    if resource.type == "Microsoft.KeyVault/vaults":
        return Scope.VAULT
    service = resource.parent
    account = service.parent if service else None
    if resource.type.endswith("/tableServices/tables") and account is not None:
        is_state = account == _read_from(main, "WATCHDOG_STORE")
        return Scope.STATE_TABLE if is_state else None
    return None


def azure_roles_are_the_allowed_ones(main: Template) -> Iterator[str]:
    """The identity has the Azure roles of the allow-list, each at its scope, and no other."""
    wanted = {(each.id, each.scope) for each in AZURE_ROLES if each.scope != Scope.CONNECT_HEALTH}
    found = set[tuple[str | None, Scope | None]]()
    for each in main.everything(ASSIGNMENT):
        pair = (role_of(each), scope_of(main, each))
        if pair not in wanted:
            yield f"{each.where}: role {pair[0]} at {pair[1]} is not in the allow-list"
        if pair in found or each.loop is not None:
            yield f"{each.where}: given twice, or in a loop"
        found.add(pair)
    for role, scope in sorted(wanted):
        if (role, scope) not in found:
            yield f"nobody assigns {role} at {scope.value}"


def role_assignments_are_deterministic(main: Template) -> Iterator[str]:
    """Each has a scope, says that it is for a service principal, and has a name made by guid()."""
    for each in main.everything(ASSIGNMENT):
        if each.scope is None:
            yield f"{each.where}: no scope"
        if each.get("properties", "principalType") != "ServicePrincipal":
            yield f"{each.where}: principalType is not 'ServicePrincipal'"
        principal = each.node("properties", "principalId")
        if not _is_identity(each.template, principal, "principalId"):
            yield f"{each.where}: its principal is not the app's identity"
        name = each.get("name")
        role = each.get("properties", "roleDefinitionId")
        if not isinstance(name, Expression) or not isinstance(name.node, s.Call):
            yield f"{each.where}: its name is not guid(...)"
            continue
        needed = set[str]()
        for part in (each.scope, each.get("properties", "principalId"), role):
            needed |= part.names if isinstance(part, Expression) else set()
        if name.node.name != "guid" or not needed <= name.names:
            yield f"{each.where}: its name is not guid() of its scope, principal and role"
        if any(isinstance(x, s.Call) and x.name in {"newGuid", "utcNow"} for x in walk(name.node)):
            yield f"{each.where}: its name changes with each deployment"


def _is_identity(template: Template, node: s.Node | None, member: str) -> bool:
    resource = template.resource_of(node) if node else None
    _, value = template.follow(node) if node else (template, None)
    return (
        resource is not None
        and resource.type == "Microsoft.ManagedIdentity/userAssignedIdentities"
        and isinstance(value, s.Member)
        and value.name == member
    )


def graph_roles_are_the_allowed_ones(main: Template) -> Iterator[str]:
    """Graph's roles are those of the allow-list, by value, and are looked up by value."""
    wanted = {each.value for each in GRAPH_ROLES}
    seen = 0
    for each in main.everything(GRANT):
        target = each.template.resource_of(each.node("resourceId") or s.Null(0, 0))
        if target is None or target.get("appId") != GRAPH_APP_ID:
            continue
        seen += 1
        role = each.get("appRoleId")
        if not isinstance(role, Expression) or "filter(" not in role.text:
            yield f"{each.where}: the role is not looked up by its value"
        if not _is_identity(each.template, each.node("principalId"), "principalId"):
            yield f"{each.where}: its principal is not the app's identity"
        loop = each.loop
        _, source = each.template.follow(loop.node) if loop else (None, None)
        values = each.template.plain(source) if source else None
        if not isinstance(values, list) or set(values) != wanted or len(values) != len(wanted):
            yield f"{each.where}: grants {values}, the allow-list has {sorted(wanted)}"
        offered = each.template.params.get("permissions")
        allowed = offered.decorator("allowed") if offered else None
        choice = each.template.plain(allowed.arguments[0]) if allowed else None
        if not isinstance(choice, list) or set(choice) != wanted:
            yield f"{each.where}: 'permissions' allows {choice}"
    if seen != 1:
        yield f"Graph's roles are granted in {seen} places"


def sign_in_asks_for_little(main: Template) -> Iterator[str]:
    """The registration has no secret, and only who is assigned gets in."""
    for each in main.everything("Microsoft.Graph/applications"):
        for name in ("passwordCredentials", "keyCredentials"):
            if each.node(name) is not None:
                yield f"{each.where}: {name}"
    principals = main.everything("Microsoft.Graph/servicePrincipals")
    for each in principals:
        if each.get("appRoleAssignmentRequired") is not True:
            yield f"{each.where}: appRoleAssignmentRequired is not true"
    if not principals:
        yield "nobody makes a service principal for the sign-in"
    if not main.everything("Microsoft.Graph/applications/federatedIdentityCredentials"):
        yield "the registration has no federated credential"


def consent_is_to_reading_who_signs_in(main: Template) -> Iterator[str]:
    """The consent for the tenant holds nothing but the three scopes of a sign-in."""
    for each in main.everything("Microsoft.Graph/oauth2PermissionGrants"):
        node = each.node("scope")
        if not isinstance(node, s.Call) or node.name != "join":
            yield f"{each.where}: its scopes cannot be read here"
            continue
        home, scopes = each.template.follow(node.arguments[0])
        values = home.plain(scopes)
        if not isinstance(values, list) or not set(map(str, values)) <= SIGN_IN_SCOPES:
            yield f"{each.where}: asks for {values}"


def pages_ask_for_a_sign_in(main: Template) -> Iterator[str]:
    """Every route but three redirects to the sign-in, which has no client secret."""
    found = [
        each
        for each in main.everything("Microsoft.Web/sites/config")
        if each.get("name") == "authsettingsV2"
    ]
    if len(found) != 1:
        yield f"authsettingsV2 is set {len(found)} times"
    for each in found:
        validation = ("properties", "globalValidation")
        paths = each.get(*validation, "excludedPaths")
        if paths != OPEN_PATHS:
            yield f"{each.where}: excludedPaths are {paths}"
        if each.get(*validation, "requireAuthentication") is not True:
            yield f"{each.where}: requireAuthentication is not true"
        if each.get(*validation, "unauthenticatedClientAction") != "RedirectToLoginPage":
            yield f"{each.where}: who is not signed in is not redirected"
        text = each.template.unit.source(each.placed.resource)
        if "clientSecretSettingName: 'OVERRIDE_USE_MI_FIC_ASSERTION_CLIENTID'" not in text:
            yield f"{each.where}: the sign-in does not use the identity in place of a secret"


def the_app_has_one_identity(main: Template) -> Iterator[str]:
    """User-assigned, one, and used for the package and for references into the vault."""
    for each in main.everything(SITE):
        keys = each.node("identity", "userAssignedIdentities")
        items = keys.items if isinstance(keys, s.Object) else ()
        if each.get("identity", "type") != "UserAssigned" or len(items) != 1:
            yield f"{each.where}: not exactly one user-assigned identity"
        uses = {
            "keyVaultReferenceIdentity": each.node("properties", "keyVaultReferenceIdentity"),
            "deployment": each.node(
                *("properties", "functionAppConfig", "deployment", "storage", "authentication"),
                "userAssignedIdentityResourceId",
            ),
        }
        for item in items:
            key = item.key if isinstance(item, s.Property) else None
            uses["identity"] = key.parts[0] if isinstance(key, s.String) and key.parts else None  # type: ignore[assignment]  # a wrong one is no identity below
        for what, node in uses.items():
            if not isinstance(node, s.Node) or not _is_identity(each.template, node, "id"):
                yield f"{each.where}: {what} is not the app's identity"


def the_app_comes_after_its_roles(main: Template) -> Iterator[str]:
    """The module of the app waits for the module of the role assignments."""
    seen = False
    for template in main.tree():
        apps = {each for each in template.modules if each.target.everything(SITE)}
        roles = {each for each in template.modules if each.target.everything(ASSIGNMENT)}
        for each in apps - roles:
            seen = seen or bool(roles)
            missing = {role.symbol for role in roles - apps} - each.depends_on
            if missing:
                yield f"module {each.symbol} does not depend on {', '.join(sorted(missing))}"
    if not seen:
        yield "no module makes the app alone, beside one that makes its roles"
