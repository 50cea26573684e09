// Every Azure role of the app's identity, and nothing else: each on one resource, none wider.
// The list is the one in shared/sources/permissions.py, which also says what fails without each.
// Reader on Connect Health is missing here because its scope lies outside every subscription:
// scripts/grant-connect-health-reader.sh. Microsoft Graph: graph.bicep.

@description('Object id of the identity.')
@minLength(36)
@maxLength(36)
param principalId string

@description('Name of the host\'s storage account.')
param hostStorageName string

@description('Name of the state\'s storage account.')
param stateStorageName string

@description('Name of the table that holds the state.')
param stateTableName string

@description('Name of the vault.')
param vaultName string

@description('Name of the Application Insights component.')
param insightsName string

var storageBlobDataOwner = 'b7e6dc6d-f1e8-4753-8033-0f276bb0955b'
var storageTableDataContributor = '0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3'
var keyVaultSecretsUser = '4633458b-17de-408a-b874-0445c86b69e6'
var monitoringMetricsPublisher = '3913510d-42f4-4e42-8a64-420c390055eb'

resource hostStorage 'Microsoft.Storage/storageAccounts@2025-06-01' existing = {
  name: hostStorageName
}

resource stateStorage 'Microsoft.Storage/storageAccounts@2025-06-01' existing = {
  name: stateStorageName

  resource tables 'tableServices' existing = {
    name: 'default'

    resource watchdog 'tables' existing = {
      name: stateTableName
    }
  }
}

resource vault 'Microsoft.KeyVault/vaults@2025-05-01' existing = {
  name: vaultName
}

resource insights 'Microsoft.Insights/components@2020-02-02' existing = {
  name: insightsName
}

// The names hold the principal's id, not the identity's: an identity that was deleted and made again
// is somebody else, and an assignment's principal cannot be changed.

resource hostAccess 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(hostStorage.id, principalId, storageBlobDataOwner)
  scope: hostStorage
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', storageBlobDataOwner)
    description: 'The host keeps the package, its keys and the timer\'s lock there.'
  }
}

resource stateAccess 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(stateStorage::tables::watchdog.id, principalId, storageTableDataContributor)
  scope: stateStorage::tables::watchdog
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', storageTableDataContributor)
    description: 'Heartbeats, incidents and cards that are due are kept there.'
  }
}

resource vaultAccess 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(vault.id, principalId, keyVaultSecretsUser)
  scope: vault
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', keyVaultSecretsUser)
    description: 'Settings that are secrets are references into it.'
  }
}

resource insightsAccess 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(insights.id, principalId, monitoringMetricsPublisher)
  scope: insights
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', monitoringMetricsPublisher)
    description: 'The log, and with it the alert rules, arrive there.'
  }
}
