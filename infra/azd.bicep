// For `azd up`: makes the resource group and hands everything to main.bicep. The parameters have the
// meanings they have there; the ones that few people change are left at main.bicep's defaults.

import { phone, watchdogSettings } from 'modules/types.bicep'

targetScope = 'subscription'

@description('Name of the azd environment; the resource group is rg- and this.')
@minLength(1)
@maxLength(64)
param environmentName string

@description('Region; must offer Flex Consumption.')
@minLength(1)
param location string

@description('Short name of this watchdog: part of the name of each resource.')
@minLength(3)
@maxLength(12)
param name string = 'watchdog'

@description('Mail addresses that hear when the watchdog itself is silent. At least one.')
@minLength(1)
@maxLength(20)
param alertEmails string[]

@description('Numbers that get an SMS.')
@maxLength(10)
param alertSms phone[] = []

@description('Numbers that are called.')
@maxLength(10)
param alertVoice phone[] = []

@description('Azure accounts whose Azure mobile app gets a push message.')
@maxLength(10)
param alertPush string[] = []

@description('Webhook of a pager; its address is a secret.')
@secure()
param alertWebhookUrl string = ''

@description('Grant the Graph permissions here.')
param grantGraphRoles bool = true

@description('Sign-in of the pages: create the registration, use an existing one, or none.')
@allowed([
  'create'
  'existing'
  'off'
])
param signIn string = 'create'

@description('Client id of the registration for signIn existing.')
@maxLength(36)
param signInClientId string = ''

@description('Object ids of the users and groups who may sign in, for signIn create.')
@maxLength(50)
param signInUsers string[] = []

@description('Consent for the tenant to reading who signs in, for signIn create.')
param signInConsent bool = true

@description('The secret signing-keys is in the vault.')
param useSigningKeys bool = false

@description('The secret dead-man-url is in the vault.')
param useDeadMan bool = false

@description('Nobody can purge the vault or a secret early. Cannot be undone.')
param purgeProtection bool = true

@description('Instances and storage in several zones.')
param zoneRedundant bool = false

@description('Storage and vault reachable from a virtual network only.')
param privateNetworking bool = false

@description('What the watchdog is told, see docs/settings.md.')
param settings watchdogSettings = {}

// azd finds its resources by this tag
var tags = {
  'azd-env-name': environmentName
}

resource group 'Microsoft.Resources/resourceGroups@2024-03-01' = {
  name: 'rg-${environmentName}'
  location: location
  tags: tags
}

module main 'main.bicep' = {
  name: 'watchdog'
  scope: group
  params: {
    name: name
    location: location
    tags: tags
    alertEmails: alertEmails
    alertSms: alertSms
    alertVoice: alertVoice
    alertPush: alertPush
    alertWebhookUrl: alertWebhookUrl
    grantGraphRoles: grantGraphRoles
    signIn: signIn
    signInClientId: signInClientId
    signInUsers: signInUsers
    signInConsent: signInConsent
    useSigningKeys: useSigningKeys
    useDeadMan: useDeadMan
    purgeProtection: purgeProtection
    zoneRedundant: zoneRedundant
    privateNetworking: privateNetworking
    settings: settings
  }
}

@description('Name of the Function App.')
output functionAppName string = main.outputs.functionAppName

@description('Where the app lives.')
output functionAppUrl string = main.outputs.functionAppUrl

@description('Name of the app\'s identity.')
output identityName string = main.outputs.identityName

@description('Client id of the identity.')
output identityClientId string = main.outputs.identityClientId

@description('Object id of the identity.')
output identityPrincipalId string = main.outputs.identityPrincipalId

@description('Name of the vault.')
output keyVaultName string = main.outputs.keyVaultName

@description('Where the state is kept.')
output stateTableEndpoint string = main.outputs.stateTableEndpoint

@description('Name of the resource group.')
output resourceGroupName string = main.outputs.resourceGroupName

@description('Name of the workspace that has the log.')
output workspaceName string = main.outputs.workspaceName

@description('Where a sign-in returns to.')
output signInRedirectUri string = main.outputs.signInRedirectUri

@description('Somebody can sign in.')
output signInReady bool = main.outputs.signInReady
