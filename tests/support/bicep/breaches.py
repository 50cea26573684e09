"""How each promise about the deployment can be broken: one edit in one file of infra/."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from tests.support.bicep import promises_access as access
from tests.support.bicep import promises_app as app
from tests.support.bicep import promises_secrets as secrets
from tests.support.bicep import promises_shape as shape
from tests.support.bicep.template import Template

Promise = Callable[[Template], Iterator[str]]

ONE_MORE_ROLE = """resource more 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid('x')
  scope: vault
  properties: {
    principalId: location
    roleDefinitionId: location
  }
}

@description('Resource id.')"""
A_SETTING_ELSEWHERE = """scmMinTlsVersion: '1.2'
      appSettings: [
        {
          name: 'WEBSITE_RUN_FROM_PACKAGE'
          value: '1'
        }
      ]"""

BREACHES: Final[list[tuple[Promise, str, str, str]]] = [
    (access.azure_roles_are_the_allowed_ones, "modules/roles.bicep", "b7e6dc6d", "ba92f5b4"),
    (
        access.azure_roles_are_the_allowed_ones,
        "modules/roles.bicep",
        "scope: stateStorage::tables::watchdog",
        "scope: stateStorage",
    ),
    (
        access.azure_roles_are_the_allowed_ones,
        "modules/roles.bicep",
        "scope: hostStorage",
        "scope: stateStorage",
    ),
    (
        access.azure_roles_are_the_allowed_ones,
        "main.bicep",
        "hostStorageName: storage.outputs.hostName\n    stateStorageName",
        "hostStorageName: storage.outputs.stateName\n    stateStorageName",
    ),
    (
        access.azure_roles_are_the_allowed_ones,
        "modules/vault.bicep",
        "@description('Resource id.')",
        ONE_MORE_ROLE,
    ),
    (
        access.role_assignments_are_deterministic,
        "modules/roles.bicep",
        "  scope: insights\n",
        "",
    ),
    (
        access.role_assignments_are_deterministic,
        "modules/roles.bicep",
        "principalType: 'ServicePrincipal'",
        "principalType: 'User'",
    ),
    (
        access.role_assignments_are_deterministic,
        "modules/roles.bicep",
        "guid(vault.id, principalId, keyVaultSecretsUser)",
        "guid(vault.id, principalId)",
    ),
    (
        access.role_assignments_are_deterministic,
        "modules/roles.bicep",
        "guid(vault.id, principalId, keyVaultSecretsUser)",
        "guid(vault.id, principalId, keyVaultSecretsUser, newGuid())",
    ),
    (
        access.role_assignments_are_deterministic,
        "main.bicep",
        "principalId: identity.outputs.principalId\n    hostStorageName",
        "principalId: identity.outputs.clientId\n    hostStorageName",
    ),
    (
        access.graph_roles_are_the_allowed_ones,
        "graph.bicep",
        "array = [\n  'Organization.Read.All'",
        "array = [\n  'Directory.Read.All'",
    ),
    (
        access.graph_roles_are_the_allowed_ones,
        "graph.bicep",
        "  'AuditLog.Read.All'\n",
        "  'AuditLog.Read.All'\n  'User.Read.All'\n",
    ),
    (
        access.graph_roles_are_the_allowed_ones,
        "graph.bicep",
        "filter(graphApp.appRoles, role => role.value == permission)[0].id",
        "'498476ce-e0fe-48b0-b801-37ba7e2685c6'",
    ),
    (
        access.graph_roles_are_the_allowed_ones,
        "modules/sign-in.bicep",
        "resourceId: principal.id",
        "resourceId: graphApp.id",
    ),
    (
        access.sign_in_asks_for_little,
        "modules/sign-in.bicep",
        "appRoleAssignmentRequired: true",
        "appRoleAssignmentRequired: false",
    ),
    (
        access.sign_in_asks_for_little,
        "modules/sign-in.bicep",
        "signInAudience: 'AzureADMyOrg'",
        "signInAudience: 'AzureADMyOrg'\n  passwordCredentials: []",
    ),
    (
        access.consent_is_to_reading_who_signs_in,
        "modules/sign-in.bicep",
        "  'email'\n",
        "  'email'\n  'User.Read'\n",
    ),
    (access.pages_ask_for_a_sign_in, "modules/authentication.bicep", "'/api/run'", "'/api/*'"),
    (
        access.pages_ask_for_a_sign_in,
        "modules/authentication.bicep",
        "requireAuthentication: true",
        "requireAuthentication: false",
    ),
    (
        access.pages_ask_for_a_sign_in,
        "modules/authentication.bicep",
        "'RedirectToLoginPage'",
        "'AllowAnonymous'",
    ),
    (
        access.pages_ask_for_a_sign_in,
        "modules/authentication.bicep",
        "clientSecretSettingName: 'OVERRIDE_USE_MI_FIC_ASSERTION_CLIENTID'",
        "clientSecretSettingName: 'SIGN_IN_SECRET'",
    ),
    (
        access.the_app_has_one_identity,
        "modules/app.bicep",
        "type: 'UserAssigned'\n",
        "type: 'SystemAssigned, UserAssigned'\n",
    ),
    (
        access.the_app_has_one_identity,
        "modules/app.bicep",
        "keyVaultReferenceIdentity: identityId",
        "keyVaultReferenceIdentity: plan.id",
    ),
    (access.the_app_comes_after_its_roles, "main.bicep", "    roles\n  ]", "    vault\n  ]"),
    (app.the_plan_is_flex_consumption, "modules/app.bicep", "'FC1'", "'Y1'"),
    (app.the_plan_is_flex_consumption, "modules/app.bicep", "'FlexConsumption'", "'Dynamic'"),
    (app.the_plan_is_flex_consumption, "modules/app.bicep", "reserved: true", "reserved: false"),
    (
        app.the_runtime_is_tested,
        "modules/app.bicep",
        "version: '3.13'",
        "version: '3.12'",
    ),
    (app.the_runtime_is_tested, "modules/app.bicep", "name: 'python'", "name: 'node'"),
    (
        app.the_app_settings_are_all_there,
        "modules/app-settings.bicep",
        "  AZURE_CLIENT_ID: identityClientId\n",
        "",
    ),
    (
        app.the_app_settings_are_all_there,
        "modules/app-settings.bicep",
        "  AZURE_CLIENT_ID: identityClientId\n",
        "  AZURE_CLIENT_ID: appName\n",
    ),
    (
        app.the_app_settings_are_all_there,
        "modules/app-settings.bicep",
        "'managedidentity'",
        "'managed_identity'",
    ),
    (
        app.the_app_settings_are_all_there,
        "modules/app-settings.bicep",
        "'ClientId=${identityClientId};Authorization=AAD'",
        "'Authorization=AAD'",
    ),
    (
        app.no_forbidden_app_setting,
        "modules/app-settings.bicep",
        "  AZURE_CLIENT_ID: identityClientId\n",
        "  AZURE_CLIENT_ID: identityClientId\n  FUNCTIONS_WORKER_RUNTIME: 'python'\n",
    ),
    (
        app.no_forbidden_app_setting,
        "modules/app.bicep",
        "scmMinTlsVersion: '1.2'",
        A_SETTING_ELSEWHERE,
    ),
    (
        app.every_watchdog_setting_exists,
        "modules/app-settings.bicep",
        "WATCHDOG_SILENT_AFTER:",
        "WATCHDOG_SILENCE_AFTER:",
    ),
    (
        app.every_setting_can_be_given,
        "modules/app-settings.bicep",
        "  WATCHDOG_DIGEST: settings.?digest ?? ''\n",
        "",
    ),
    (
        app.secret_settings_are_references,
        "modules/app-settings.bicep",
        "'@Microsoft.KeyVault(SecretUri=${vaultUri}secrets/teams-url)'",
        "settings.?publicUrl ?? ''",
    ),
    (
        app.secret_settings_are_references,
        "main.bicep",
        "vaultUri: vault.outputs.uri",
        "vaultUri: storage.outputs.hostBlobEndpoint",
    ),
    (app.nothing_takes_a_shared_key, "modules/app.bicep", "httpsOnly: true", "httpsOnly: false"),
    (
        app.nothing_takes_a_shared_key,
        "modules/app.bicep",
        "  minTlsVersion: '1.2'",
        "  minTlsVersion: '1.0'",
    ),
    (
        app.nothing_takes_a_shared_key,
        "modules/storage.bicep",
        "allowSharedKeyAccess: false",
        "allowSharedKeyAccess: true",
    ),
    (
        app.nothing_takes_a_shared_key,
        "modules/storage.bicep",
        "minimumTlsVersion: 'TLS1_2'",
        "minimumTlsVersion: 'TLS1_1'",
    ),
    (
        app.the_log_signs_in_where_azure_lets_it,
        "modules/monitoring.bicep",
        "DisableLocalAuth: environment().name == 'AzureCloud'",
        "DisableLocalAuth: true",
    ),
    (app.the_log_signs_in_where_azure_lets_it, "modules/app-settings.bicep", "'AzureCloud'", "'x'"),
    (app.flex_takes_every_site_property, "modules/app.bicep", "minTlsVersion:", "ftpsState:"),
    (
        app.nothing_takes_a_shared_key,
        "modules/vault.bicep",
        "enableRbacAuthorization: true",
        "enableRbacAuthorization: false",
    ),
    (
        app.the_log_is_workspace_based,
        "modules/monitoring.bicep",
        "    WorkspaceResourceId: workspace.id\n",
        "",
    ),
    (
        secrets.no_output_has_a_secret,
        "modules/monitoring.bicep",
        "output insightsName string = insights.name",
        "output insightsName string = insights.properties.ConnectionString",
    ),
    (
        secrets.no_output_has_a_secret,
        "modules/storage.bicep",
        "output hostName string = host.name",
        "output hostName string = host.listKeys().keys[0].value",
    ),
    (
        secrets.no_output_has_a_secret,
        "main.bicep",
        "output identityName string = identity.outputs.name",
        "var hidden = 'x${alertWebhookUrl}'\noutput identityName string = hidden",
    ),
    (
        secrets.secrets_go_into_secure_parameters_only,
        "modules/action-group.bicep",
        "@secure()\n",
        "",
    ),
    (
        secrets.no_app_setting_has_a_secret,
        "modules/app-settings.bicep",
        "WATCHDOG_STORE: stateTableEndpoint",
        "WATCHDOG_STORE: app.listKeys().primaryConnectionString",
    ),
    (
        secrets.no_key_is_listed,
        "modules/storage.bicep",
        "output stateName string = state.name",
        "output stateName string = listKeys(state.id, '2025-06-01').keys[0].value",
    ),
    (
        secrets.secure_parameters_have_no_value,
        "main.bicep",
        "param alertWebhookUrl string = ''",
        "param alertWebhookUrl string = 'https://pager.contoso.com/x'",
    ),
    (
        secrets.no_text_looks_like_a_secret,
        "main.bicep",
        "param signInClientId string = ''",
        "param signInClientId string = 'https://contoso.logic.azure.com/x?sp=1&sig=abc'",
    ),
    (
        shape.versions_are_settled,
        "modules/app.bicep",
        "Microsoft.Web/sites@2025-03-01",
        "Microsoft.Web/sites@2024-04-01",
    ),
    (
        shape.versions_are_settled,
        "modules/monitoring.bicep",
        "workspaces@2025-02-01",
        "workspaces@2023-09-01",
    ),
    (
        shape.every_parameter_is_described,
        "modules/vault.bicep",
        "@description('Region.')\n",
        "",
    ),
    (shape.people_cannot_mistype, "main.bicep", "@minLength(3)\n@maxLength(12)\n", ""),
    (shape.people_cannot_mistype, "main.bicep", "@minValue(7)\n", ""),
    (
        shape.the_outputs_are_the_agreed_ones,
        "main.bicep",
        "output keyVaultName string",
        "output vaultName string",
    ),
]
"""Promise, file, what stands there, what would break the promise."""
