"""What a deployment promises about the app: its plan, its runtime, its settings, its transport."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from shared.settings.table import SETTINGS
from tests.support.bicep import syntax as s
from tests.support.bicep.app_settings import SITE, app_settings
from tests.support.bicep.template import Expression, Template

if TYPE_CHECKING:
    from collections.abc import Iterator

REQUIRED_SETTINGS: Final = frozenset(
    {
        "AzureWebJobsStorage__credential",
        "AzureWebJobsStorage__clientId",
        "AzureWebJobsStorage__blobServiceUri",
        "APPLICATIONINSIGHTS_CONNECTION_STRING",
        "AZURE_CLIENT_ID",
        "WATCHDOG_TENANT_ID",
        "WATCHDOG_STORE",
        "WATCHDOG_TEAMS_URL",
    }
)
"""What the host, the log and the watchdog cannot do without."""

PUBLIC_CLOUD: Final = "environment().name == 'AzureCloud'"
"""Where Application Insights takes Entra tokens.

https://learn.microsoft.com/azure/azure-monitor/app/azure-ad-authentication#prerequisites
"""

REFUSED_BY_FLEX: Final = (
    # A site with one of these is refused whole ("for Flex Consumption sites is invalid").
    # https://learn.microsoft.com/azure/azure-functions/functions-app-settings#flex-consumption-plan-deprecations
    "alwaysOn",
    "ftpsState",
    "functionAppScaleLimit",
    "javaVersion",
    "linuxFxVersion",
    "netFrameworkVersion",
    "powerShellVersion",
    "preWarmedInstanceCount",
    "pythonVersion",
    "use32BitWorkerProcess",
    "vnetRouteAllEnabled",
    "windowsFxVersion",
)

FORBIDDEN_SETTINGS: Final = (
    # https://learn.microsoft.com/azure/azure-functions/functions-app-settings says which ones Flex
    # Consumption refuses: it has them in functionAppConfig, or has no use for them.
    "AzureWebJobsStorage",
    "AzureWebJobsDashboard",
    "APPINSIGHTS_INSTRUMENTATIONKEY",
    "ENABLE_ORYX_BUILD",
    "FUNCTIONS_EXTENSION_VERSION",
    "FUNCTIONS_WORKER_PROCESS_COUNT",
    "FUNCTIONS_WORKER_RUNTIME",
    "FUNCTIONS_WORKER_RUNTIME_VERSION",
    "FUNCTIONS_MAX_HTTP_CONCURRENCY",
    "SCM_DO_BUILD_DURING_DEPLOYMENT",
    "TZ",
    "WEBSITE_CONTENTAZUREFILECONNECTIONSTRING",
    "WEBSITE_CONTENTOVERVNET",
    "WEBSITE_CONTENTSHARE",
    "WEBSITE_DNS_SERVER",
    "WEBSITE_MAX_DYNAMIC_APPLICATION_SCALE_OUT",
    "WEBSITE_NODE_DEFAULT_VERSION",
    "WEBSITE_RUN_FROM_PACKAGE",
    "WEBSITE_SKIP_CONTENTSHARE_VALIDATION",
    "WEBSITE_TIME_ZONE",
    "WEBSITE_VNET_ROUTE_ALL",
    "WEBSITES_ENABLE_APP_SERVICE_STORAGE",
)

FOR_THE_SIMULATOR: Final = frozenset({"WATCHDOG_GRAPH_URL", "WATCHDOG_ARM_URL"})
"""Settings that are refused in Azure."""

SECRETS: Final = frozenset({"WATCHDOG_TEAMS_URL", "WATCHDOG_SIGNING_KEYS", "WATCHDOG_DEAD_MAN_URL"})
"""Settings whose value must be a reference into the vault."""


def the_plan_is_flex_consumption(main: Template) -> Iterator[str]:
    """FC1, FlexConsumption, Linux: the plan that Microsoft recommends and that we cost."""
    plans = main.everything("Microsoft.Web/serverfarms")
    for each in plans:
        if each.get("sku") != {"name": "FC1", "tier": "FlexConsumption"}:
            yield f"{each.where}: sku is {each.get('sku')}"
        if each.get("properties", "reserved") is not True:
            yield f"{each.where}: not reserved, so not Linux"
    for each in main.everything(SITE):
        if each.get("kind") != "functionapp,linux":
            yield f"{each.where}: kind is {each.get('kind')}"
        node = each.node("properties", "serverFarmId")
        if node is None or each.template.resource_of(node) not in plans:
            yield f"{each.where}: not on the plan of this template"
    if len(plans) != 1 or len(main.everything(SITE)) != 1:
        yield "not exactly one plan and one app"


def the_runtime_is_tested(main: Template) -> Iterator[str]:
    """Python, and by default the version that the tests run on."""
    for each in main.everything(SITE):
        runtime = ("properties", "functionAppConfig", "runtime")
        if each.get(*runtime, "name") != "python":
            yield f"{each.where}: runtime {each.get(*runtime, 'name')}"
        node = each.node(*runtime, "version")
        home, version = each.template.follow(node) if node else (each.template, None)
        if version is None or home.plain(version) != "3.13":
            yield f"{each.where}: the default version is not 3.13"


def the_app_settings_are_all_there(main: Template) -> Iterator[str]:
    """What is needed is set without a condition, once; identity-based, with a client id."""
    found = app_settings(main)
    for name in sorted(REQUIRED_SETTINGS):
        same = [each for each in found if each.name == name]
        if len(same) != 1 or same[0].switched:
            yield f"{name} is not set once and always"
    for each in found:
        if each.name.endswith(("__clientId", "CLIENT_ID", "CLIENTID")) and not _reads_client_id(
            each.template, each.node
        ):
            yield f"{each.name} is not the client id of the app's identity"
        if each.name == "AzureWebJobsStorage__credential" and each.text != "'managedidentity'":
            yield f"{each.name} is {each.text}"
        if each.name == "APPLICATIONINSIGHTS_AUTHENTICATION_STRING":
            parts = each.node.parts if isinstance(each.node, s.String) else ()
            inner = [part for part in parts if isinstance(part, s.Node)]
            if (
                "Authorization=AAD" not in each.text
                or len(inner) != 1
                or not _reads_client_id(each.template, inner[0])
            ):
                yield f"{each.name} is {each.text}"


def _reads_client_id(template: Template, node: s.Node) -> bool:
    resource = template.resource_of(node)
    _, value = template.follow(node)
    return (
        resource is not None
        and resource.type == "Microsoft.ManagedIdentity/userAssignedIdentities"
        and isinstance(value, s.Member)
        and value.name == "clientId"
    )


def no_forbidden_app_setting(main: Template) -> Iterator[str]:
    """Nothing that Flex Consumption refuses, and no connection string of the host's storage."""
    forbidden = {each.upper() for each in FORBIDDEN_SETTINGS}
    for each in app_settings(main):
        if each.name.upper() in forbidden:
            yield f"{each.name} is set ({each.template.path.name})"


def flex_takes_every_site_property(main: Template) -> Iterator[str]:
    """No property that other plans have and Flex Consumption refuses."""
    for site in main.everything(SITE):
        for name in REFUSED_BY_FLEX:
            if site.node("properties", "siteConfig", name) is not None:
                yield f"{site.where}: Flex Consumption refuses {name}"


def the_log_signs_in_where_azure_lets_it(main: Template) -> Iterator[str]:
    """In the public cloud the host has a token for the log, which takes nothing without one.

    Elsewhere it has none, and the component takes the connection string: one without the other
    leaves an empty log.
    """
    name = "APPLICATIONINSIGHTS_AUTHENTICATION_STRING"
    same = [each for each in app_settings(main) if each.name == name]
    for each in same:
        source = each.template.unit.source
        if not any(
            isinstance(variable.value, s.Ternary)
            and source(variable.value.condition) == PUBLIC_CLOUD
            and name in source(variable.value.yes)
            for variable in each.template.variables.values()
        ):
            yield f"{name} is not set in the public cloud, and there alone"
    if len(same) != 1:
        yield f"{name} is set {len(same)} times"
    for component in main.everything("Microsoft.Insights/components"):
        node = component.node("properties", "DisableLocalAuth")
        if node is None or component.template.unit.source(node) != PUBLIC_CLOUD:
            yield f"{component.where}: DisableLocalAuth is not {PUBLIC_CLOUD}"


def every_watchdog_setting_exists(main: Template) -> Iterator[str]:
    """A WATCHDOG_ setting that the watchdog does not know would be refused by it."""
    known = {each.name for each in SETTINGS}
    for each in app_settings(main):
        if each.name.startswith("WATCHDOG_") and each.name not in known:
            yield f"{each.name} is not in docs/settings.md"


def every_setting_can_be_given(main: Template) -> Iterator[str]:
    """Whatever docs/settings.md offers has its place in the template, but for the simulator's."""
    given = {each.name for each in app_settings(main)}
    for each in SETTINGS:
        if each.name not in given and each.name not in FOR_THE_SIMULATOR:
            yield f"{each.name} cannot be given"


def secret_settings_are_references(main: Template) -> Iterator[str]:
    """The value of a secret setting is a reference into the vault of this deployment."""
    for each in app_settings(main):
        if each.name not in SECRETS:
            continue
        parts = each.node.parts if isinstance(each.node, s.String) else ()
        inner = [part for part in parts if isinstance(part, s.Node)]
        vault = each.template.resource_of(inner[0]) if len(inner) == 1 else None
        if not each.text.startswith("'@Microsoft.KeyVault(SecretUri=${"):
            yield f"{each.name} is no reference into the vault: {each.text}"
        elif vault is None or vault.type != "Microsoft.KeyVault/vaults":
            yield f"{each.name} refers to another vault"


TRANSPORT: Final[dict[str, dict[tuple[str, ...], object]]] = {
    SITE: {
        ("properties", "httpsOnly"): True,
        ("properties", "siteConfig", "minTlsVersion"): "1.2",
        ("properties", "siteConfig", "scmMinTlsVersion"): "1.2",
    },
    "Microsoft.Web/sites/basicPublishingCredentialsPolicies": {("properties", "allow"): False},
    "Microsoft.Storage/storageAccounts": {
        ("properties", "allowSharedKeyAccess"): False,
        ("properties", "allowBlobPublicAccess"): False,
        ("properties", "minimumTlsVersion"): "TLS1_2",
        ("properties", "supportsHttpsTrafficOnly"): True,
        ("kind",): "StorageV2",
    },
    "Microsoft.Storage/storageAccounts/blobServices/containers": {
        ("properties", "publicAccess"): "None"
    },
    "Microsoft.KeyVault/vaults": {
        ("properties", "enableRbacAuthorization"): True,
        ("properties", "enableSoftDelete"): True,
    },
    "Microsoft.OperationalInsights/workspaces": {
        ("properties", "features", "disableLocalAuth"): True
    },
}
"""Properties that every resource of a type must have, with their values."""


def nothing_takes_a_shared_key(main: Template) -> Iterator[str]:
    """HTTPS with TLS 1.2, Entra tokens only: no shared key, no publishing password, no FTP."""
    for type_, wanted in TRANSPORT.items():
        found = main.everything(type_)
        if not found:
            yield f"there is no {type_}"
        for each in found:
            for path, value in wanted.items():
                if each.get(*path) != value:
                    yield f"{each.where}: {'.'.join(path)} is {each.get(*path)}, not {value}"


def the_log_is_workspace_based(main: Template) -> Iterator[str]:
    """Application Insights writes into the workspace of this deployment."""
    for each in main.everything("Microsoft.Insights/components"):
        node = each.get("properties", "WorkspaceResourceId")
        workspace = each.template.resource_of(node.node) if isinstance(node, Expression) else None
        if workspace is None or workspace.type != "Microsoft.OperationalInsights/workspaces":
            yield f"{each.where}: no workspace"
