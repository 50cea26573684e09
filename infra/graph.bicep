// Microsoft Graph application permissions of the app's identity, by value: a role's id differs from
// cloud to cloud. The list is the one in shared/sources/permissions.py.
//
// Whoever deploys this needs AppRoleAssignment.ReadWrite.All and Application.Read.All (a person:
// Privileged Role Administrator). Many teams keep that from a pipeline: set grantGraphRoles to false
// in main.bicep, and let somebody who may deploy this file alone,
//   az deployment group create -g <group> -f infra/graph.bicep -p principalId=<identityPrincipalId>
// or run scripts/grant-graph-roles.sh. A token that was issued before does not have a new role:
// until the identity gets a new one, for up to a day, Graph may still answer 403.

extension microsoftGraphV1

@description('Object id of the app\'s identity.')
@minLength(36)
@maxLength(36)
param principalId string

@description('Application permissions to grant. Without Organization.Read.All the watchdog is blind; what another one would have shown is reported as forbidden.')
@allowed([
  'Organization.Read.All'
  'OnPremDirectorySynchronization.Read.All'
  'AuditLog.Read.All'
  'Application.Read.All'
  'ServiceHealth.Read.All'
  'Synchronization.Read.All'
])
param permissions array = [
  'Organization.Read.All'
  'OnPremDirectorySynchronization.Read.All'
  'AuditLog.Read.All'
  'Application.Read.All'
  'ServiceHealth.Read.All'
  'Synchronization.Read.All'
]

resource graphApp 'Microsoft.Graph/servicePrincipals@v1.0' existing = {
  appId: '00000003-0000-0000-c000-000000000000'
}

resource grants 'Microsoft.Graph/appRoleAssignedTo@v1.0' = [for permission in permissions: {
  appRoleId: filter(graphApp.appRoles, role => role.value == permission)[0].id
  principalId: principalId
  resourceId: graphApp.id
}]

@description('What was granted.')
output granted array = permissions
