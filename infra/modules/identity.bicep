// The one identity of the app. It is made first and by itself, so that its roles exist before the
// app starts: an app that starts without them fails in ways that no log shows.

@description('Name of the identity.')
@minLength(3)
@maxLength(128)
param name string

@description('Region.')
param location string

@description('Tags of the identity.')
param tags object

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = {
  name: name
  location: location
  tags: tags
}

@description('Resource id.')
output id string = identity.id

@description('Name.')
output name string = identity.name

@description('Client id: what the app and the host ask tokens for.')
output clientId string = identity.properties.clientId

@description('Object id of its service principal: what roles are given to.')
output principalId string = identity.properties.principalId
