// Two storage accounts. On the host's account the identity is Blob Data Owner, because the host
// needs that: whoever controls the app there can replace its package, its keys and its locks. The
// state (heartbeats, incidents, cards that are due) is therefore elsewhere, where the identity may
// touch one table and nothing else; and it survives when the host's account is emptied or remade.

@description('Name of the account that the Functions host uses: package, keys, timer locks.')
@minLength(3)
@maxLength(24)
param hostName string

@description('Name of the account that keeps the state.')
@minLength(3)
@maxLength(24)
param stateName string

@description('Region.')
param location string

@description('Tags of both accounts.')
param tags object

@description('Copies in several zones of the region.')
param zoneRedundant bool

@description('No access from the internet; private endpoints only.')
param privateNetworking bool

var packageContainer = 'app-package'
var stateTable = 'watchdog'
var sku = zoneRedundant ? 'Standard_ZRS' : 'Standard_LRS'
var publicNetworkAccess = privateNetworking ? 'Disabled' : 'Enabled'

resource host 'Microsoft.Storage/storageAccounts@2025-06-01' = {
  name: hostName
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: {
    name: sku
  }
  properties: {
    // Entra tokens only: there is no key that could leak, and no anonymous reader.
    allowSharedKeyAccess: false
    defaultToOAuthAuthentication: true
    allowBlobPublicAccess: false
    allowCrossTenantReplication: false
    isLocalUserEnabled: false
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
    publicNetworkAccess: publicNetworkAccess
    networkAcls: {
      bypass: 'None'
      defaultAction: privateNetworking ? 'Deny' : 'Allow'
    }
  }

  resource blobs 'blobServices' = {
    name: 'default'
    properties: {
      // A deleted or overwritten package, or key, can be fetched back for a week. Longer is waste:
      // every deployment brings a package, and the timer's lock is rewritten all day.
      deleteRetentionPolicy: {
        enabled: true
        days: 7
      }
      containerDeleteRetentionPolicy: {
        enabled: true
        days: 7
      }
    }

    resource package 'containers' = {
      name: packageContainer
      properties: {
        publicAccess: 'None'
      }
    }
  }
}

resource state 'Microsoft.Storage/storageAccounts@2025-06-01' = {
  name: stateName
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: {
    name: sku
  }
  properties: {
    allowSharedKeyAccess: false
    defaultToOAuthAuthentication: true
    allowBlobPublicAccess: false
    allowCrossTenantReplication: false
    isLocalUserEnabled: false
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
    publicNetworkAccess: publicNetworkAccess
    networkAcls: {
      bypass: 'None'
      defaultAction: privateNetworking ? 'Deny' : 'Allow'
    }
  }

  resource tables 'tableServices' = {
    name: 'default'

    // Tables have no soft delete. The table is made here, because a role on one table cannot make it.
    resource watchdog 'tables' = {
      name: stateTable
    }
  }
}

@description('Resource id of the host\'s account.')
output hostId string = host.id

@description('Name of the host\'s account.')
output hostName string = host.name

@description('Blob endpoint of the host\'s account.')
output hostBlobEndpoint string = host.properties.primaryEndpoints.blob

@description('Address of the container that the package is deployed to.')
output packageContainerUrl string = '${host.properties.primaryEndpoints.blob}${packageContainer}'

@description('Resource id of the state\'s account.')
output stateId string = state.id

@description('Name of the state\'s account.')
output stateName string = state.name

@description('Name of the table that holds the state.')
output stateTableName string = state::tables::watchdog.name

@description('Table endpoint of the state\'s account.')
output stateTableEndpoint string = state.properties.primaryEndpoints.table
