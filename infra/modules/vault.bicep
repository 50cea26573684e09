// The vault for the few secrets there are: the Teams webhook, and where used the signing keys and
// the dead man's address. Templates never hold their values: scripts/set-secrets.sh writes them.

@description('Name of the vault.')
@minLength(3)
@maxLength(24)
param name string

@description('Region.')
param location string

@description('Tags of the vault.')
param tags object

@description('Nobody, not even an owner, can purge a deleted vault or secret early. Cannot be undone.')
param purgeProtection bool

@description('How long a deleted vault or secret can be recovered.')
@minValue(7)
@maxValue(90)
param recoverDays int

@description('No access from the internet; private endpoint only.')
param privateNetworking bool

resource vault 'Microsoft.KeyVault/vaults@2025-05-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    tenantId: tenant().tenantId
    sku: {
      family: 'A'
      name: 'standard'
    }
    enableRbacAuthorization: true
    enableSoftDelete: true
    softDeleteRetentionInDays: recoverDays
    // The service refuses `false`: left out is how one says no.
    enablePurgeProtection: purgeProtection ? true : null
    enabledForDeployment: false
    enabledForDiskEncryption: false
    enabledForTemplateDeployment: false
    publicNetworkAccess: privateNetworking ? 'Disabled' : 'Enabled'
    networkAcls: {
      bypass: 'None'
      defaultAction: privateNetworking ? 'Deny' : 'Allow'
    }
  }
}

@description('Resource id.')
output id string = vault.id

@description('Name.')
output name string = vault.name

@description('Address, with a slash at its end.')
output uri string = vault.properties.vaultUri
