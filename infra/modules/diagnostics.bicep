// What the resources say about themselves, sent to the workspace: who read a secret, who changed
// what is stored. Each category costs by its size, so each has its reason.

@description('Resource id of the workspace.')
param workspaceId string

@description('Name of the vault.')
param vaultName string

@description('Name of the host\'s storage account.')
param hostStorageName string

@description('Name of the state\'s storage account.')
param stateStorageName string

@description('Name of the Function App.')
param appName string

@description('Categories of the Function App; main.bicep has the reason of each.')
param appLogs string[]

var settingName = 'to-workspace'

resource vault 'Microsoft.KeyVault/vaults@2025-05-01' existing = {
  name: vaultName
}

resource hostStorage 'Microsoft.Storage/storageAccounts@2025-06-01' existing = {
  name: hostStorageName

  resource blobs 'blobServices' existing = {
    name: 'default'
  }
}

resource stateStorage 'Microsoft.Storage/storageAccounts@2025-06-01' existing = {
  name: stateStorageName

  resource tables 'tableServices' existing = {
    name: 'default'
  }
}

resource app 'Microsoft.Web/sites@2025-03-01' existing = {
  name: appName
}

// Who read or changed a secret, and who was refused. A few lines a day.
resource vaultLog 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: settingName
  scope: vault
  properties: {
    workspaceId: workspaceId
    logs: [
      {
        category: 'AuditEvent'
        enabled: true
      }
    ]
  }
}

// Who wrote or deleted a package or a key, which are the app. No reads: the host polls all day.
resource hostStorageLog 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: settingName
  scope: hostStorage::blobs
  properties: {
    workspaceId: workspaceId
    logs: [
      {
        category: 'StorageWrite'
        enabled: true
      }
      {
        category: 'StorageDelete'
        enabled: true
      }
    ]
  }
}

// Who wrote or deleted rows: anybody but the app's identity is worth a question. No reads, as every
// tick and every page makes several.
resource stateStorageLog 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: settingName
  scope: stateStorage::tables
  properties: {
    workspaceId: workspaceId
    logs: [
      {
        category: 'StorageWrite'
        enabled: true
      }
      {
        category: 'StorageDelete'
        enabled: true
      }
    ]
  }
}

resource appLog 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = if (!empty(appLogs)) {
  name: settingName
  scope: app
  properties: {
    workspaceId: workspaceId
    logs: [for category in appLogs: {
      category: category
      enabled: true
    }]
  }
}
