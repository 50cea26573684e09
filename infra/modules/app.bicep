// The Function App on Flex Consumption. Its settings are in app-settings.bicep, its sign-in in
// authentication.bicep. Flex has no platform health check and no deployment slots.

@description('Name of the Function App.')
@minLength(2)
@maxLength(60)
param name string

@description('Name of the plan; a Flex plan holds one app.')
@minLength(1)
@maxLength(60)
param planName string

@description('Region; must offer Flex Consumption.')
param location string

@description('Tags of both.')
param tags object

@description('Resource id of the app\'s identity.')
param identityId string

@description('Address of the container that the package is deployed to.')
param packageContainerUrl string

@description('Memory of an instance, in MB; more memory also brings more CPU.')
param instanceMemoryMB int

@description('How many instances at most.')
param maximumInstanceCount int

@description('Instances in several zones of the region.')
param zoneRedundant bool

@description('Resource id of the subnet for outgoing traffic; empty for none.')
param subnetId string

resource plan 'Microsoft.Web/serverfarms@2025-03-01' = {
  name: planName
  location: location
  tags: tags
  kind: 'functionapp'
  sku: {
    name: 'FC1'
    tier: 'FlexConsumption'
  }
  properties: {
    reserved: true
    zoneRedundant: zoneRedundant
  }
}

resource app 'Microsoft.Web/sites@2025-03-01' = {
  name: name
  location: location
  // azd finds the app that it deploys to by this tag
  tags: union(tags, { 'azd-service-name': 'watchdog' })
  kind: 'functionapp,linux'
  identity: {
    // One identity only: with a second one the host's storage connection was seen to fail at times.
    type: 'UserAssigned'
    userAssignedIdentities: {
      '${identityId}': {}
    }
  }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    clientAffinityEnabled: false
    // People open pages from their phones, and the availability test comes from outside.
    publicNetworkAccess: 'Enabled'
    // Without this, references into the vault are read with a system-assigned identity: none here.
    keyVaultReferenceIdentity: identityId
    // Flex sends all outgoing traffic through the subnet once it has one.
    virtualNetworkSubnetId: empty(subnetId) ? null : subnetId
    functionAppConfig: {
      deployment: {
        storage: {
          type: 'blobContainer'
          value: packageContainerUrl
          authentication: {
            type: 'UserAssignedIdentity'
            userAssignedIdentityResourceId: identityId
          }
        }
      }
      runtime: {
        name: 'python'
        // the package holds compiled code for this version (release/), and no other can load it
        version: '3.13'
      }
      scaleAndConcurrency: {
        instanceMemoryMB: instanceMemoryMB
        maximumInstanceCount: maximumInstanceCount
      }
    }
    siteConfig: {
      // No ftpsState: Flex has no FTP, and refuses the whole app for the property that says so.
      minTlsVersion: '1.2'
      scmMinTlsVersion: '1.2'
    }
  }

  // Deployments sign in with Entra; a publishing password would be one more secret. Flex has no FTP.
  resource scmPasswords 'basicPublishingCredentialsPolicies' = {
    name: 'scm'
    properties: {
      allow: false
    }
  }
}

@description('Resource id.')
output id string = app.id

@description('Name.')
output name string = app.name

// In lower case, as browsers say it: a sign-in's return address is compared to the letter.
@description('Host name, without scheme.')
output hostName string = toLower(app.properties.defaultHostName)
