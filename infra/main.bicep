// The watchdog in one resource group: az deployment group create -g <group> -f infra/main.bicep
//   -p infra/main.prod.bicepparam. docs/deploy.md has the whole way; `azd up` takes azd.bicep.
//
// Order matters in two places. The identity and its roles come before the app. The app comes before
// its registration, which needs the app's host name, and that before the sign-in that uses it.

import { phone, watchdogSettings } from 'modules/types.bicep'

targetScope = 'resourceGroup'

// -- where and how ---------------------------------------------------------------------------------

@description('Short name of this watchdog: part of the name of each resource. Letters, digits and hyphens, and not only hyphens.')
@minLength(3)
@maxLength(12)
param name string = 'watchdog'

@description('Region; must offer Flex Consumption (az functionapp list-flexconsumption-locations).')
@minLength(1)
param location string = resourceGroup().location

@description('Tags of every resource.')
param tags object = {}

@description('Cloud of the watched tenant. The default follows the Azure cloud; dod has to be said.')
@allowed([
  'public'
  'usgov'
  'dod'
  'china'
])
param cloud string = environment().name == 'AzureUSGovernment'
  ? 'usgov'
  : environment().name == 'AzureChinaCloud' ? 'china' : 'public'

@description('Memory of an instance, in MB. 512 is enough; 2048 has the CPU for a quick start.')
@allowed([
  512
  2048
  4096
])
param instanceMemoryMB int = 2048

@description('How many instances at most. 40 is the least that Flex takes, and far more than one timer needs.')
@minValue(40)
@maxValue(1000)
param maximumInstanceCount int = 40

@description('Instances in several zones: az functionapp list-flexconsumption-locations --zone-redundant=true has the regions. Azure then keeps two instances ready for each kind of function and bills them all month, several times the price of everything else.')
param zoneRedundant bool = false

@description('Both storage accounts in several zones, where the region has them. It costs cents, and is hard to change later.')
param zoneRedundantStorage bool = zoneRedundant

@description('Storage and vault reachable from a virtual network only. The app stays public: its pages are opened from phones, and the availability test comes from outside.')
param privateNetworking bool = false

@description('Address space of that network, /24 or larger.')
@minLength(9)
@maxLength(18)
param networkPrefix string = '10.61.0.0/24'

@description('Make the private DNS zones too. False where a policy or a central team enters endpoints in theirs.')
param createDnsZones bool = true

@description('Nobody can purge the vault or a secret early. Cannot be undone; false only for trials that are torn down. A deleted vault keeps its name: to deploy once more into a group of the same name, az keyvault recover it first, or where this is false az keyvault purge.')
param purgeProtection bool = true

@description('How long a deleted vault or secret can be recovered, in days. Cannot be changed later.')
@minValue(7)
@maxValue(90)
param recoverDays int = 90

@description('How long the log is kept, in days.')
@minValue(30)
@maxValue(730)
param logRetentionDays int = 90

@description('Gigabytes of log a day, after which no more is taken; -1 for no cap. The watchdog writes a few megabytes.')
@minValue(-1)
@maxValue(100)
param logDailyCapGb int = 1

@description('Logs of the Function App besides the ones in Application Insights. FunctionAppLogs has mostly the same lines, but comes another way: a host that cannot start leaves Application Insights empty. AppServiceAuthenticationLogs repeats what the sign-in logs of Entra have.')
@allowed([
  'AppServiceAuthenticationLogs'
  'FunctionAppLogs'
])
param appLogs array = [
  'FunctionAppLogs'
]

// -- who hears about a silent watchdog --------------------------------------------------------------

@description('Mail addresses that hear when the watchdog itself is silent, or nobody acknowledged. At least one.')
@minLength(1)
@maxLength(20)
param alertEmails string[]

@description('Numbers that get an SMS: the second way when Teams accepts a card and shows nothing.')
@maxLength(10)
param alertSms phone[] = []

@description('Numbers that are called.')
@maxLength(10)
param alertVoice phone[] = []

@description('Azure accounts (mail addresses) whose Azure mobile app gets a push message.')
@maxLength(10)
param alertPush string[] = []

@description('Webhook of a pager, which gets the common alert schema; its address is a secret. A deployment without it takes the pager out again.')
@secure()
param alertWebhookUrl string = ''

@description('Sender of SMS and push messages.')
@minLength(1)
@maxLength(12)
param alertShortName string = 'watchdog'

@description('No heartbeat for so long, and the alert fires: at least three pauses of the schedule, and the lateness of the log.')
@allowed([
  'PT15M'
  'PT20M'
  'PT30M'
  'PT45M'
  'PT1H'
  'PT2H'
  'PT3H'
])
param heartbeatSilence string = 'PT20M'

@description('Ask /api/health from outside every few minutes. It costs a little per month and notices what logs cannot.')
param availabilityTest bool = true

// -- what it may see, and who may see it --------------------------------------------------------------

@description('Grant the Graph permissions here. Needs Privileged Role Administrator; false for a pipeline, then scripts/grant-graph-roles.sh.')
param grantGraphRoles bool = true

@description('Sign-in of the pages: create the registration, use an existing one (signInClientId), or none, and then the pages stay shut.')
@allowed([
  'create'
  'existing'
  'off'
])
param signIn string = 'create'

@description('Client id of the registration for signIn existing; scripts/register-sign-in.sh makes it and prints this.')
@maxLength(36)
param signInClientId string = ''

@description('Object ids of the users and groups who may sign in, for signIn create. Empty: nobody yet.')
@maxLength(50)
param signInUsers string[] = []

@description('Consent for the tenant to reading who signs in, for signIn create. False: an administrator consents in the portal.')
param signInConsent bool = true

// -- what the watchdog is told ------------------------------------------------------------------------

@description('The secret signing-keys is in the vault (scripts/set-secrets.sh): links that open without sign-in.')
param useSigningKeys bool = false

@description('The secret dead-man-url is in the vault (scripts/set-secrets.sh): an outside monitor is pinged.')
param useDeadMan bool = false

@description('What the watchdog is told, see docs/settings.md. Nothing is required.')
param settings watchdogSettings = {}

@description('Further app settings by name. They cannot replace one that the template sets. No secrets: the history of deployments shows them.')
param extraSettings object = {}

// -- names --------------------------------------------------------------------------------------------

var suffix = uniqueString(resourceGroup().id, name)
var lowered = toLower(name)
// what a vault or a storage account would refuse in its name, one character each
var refused = filter(map(range(0, length(name)), at => substring(lowered, at, 1)), each => !contains('abcdefghijklmnopqrstuvwxyz0123456789-', each))
var letters = empty(refused) && !empty(replace(lowered, '-', ''))
  ? replace(lowered, '-', '')
  : fail('name may hold letters, digits and hyphens only, and not only hyphens')
// An issuer has to be spelled as the tokens spell it. China's tokens do not name its login endpoint.
var authority = environment().name == 'AzureChinaCloud'
  ? 'https://login.partner.microsoftonline.cn/'
  : environment().authentication.loginEndpoint
var issuer = '${authority}${tenant().tenantId}/v2.0'
var callback = '/.auth/login/aad/callback'
// scheme, nothing, host: a sign-in returns to the root whatever path links begin with
var ownDomain = join(take(split(settings.?publicUrl ?? '', '/'), 3), '/')
var signInOn = signIn != 'off'

// -- first: who the app is, and what it may touch -----------------------------------------------------

module identity 'modules/identity.bicep' = {
  name: 'identity'
  params: {
    name: 'id-${name}-${suffix}'
    location: location
    tags: tags
  }
}

module storage 'modules/storage.bicep' = {
  name: 'storage'
  params: {
    hostName: '${take(letters, 7)}host${suffix}'
    stateName: '${take(letters, 6)}state${suffix}'
    location: location
    tags: tags
    zoneRedundant: zoneRedundantStorage
    privateNetworking: privateNetworking
  }
}

module vault 'modules/vault.bicep' = {
  name: 'vault'
  params: {
    name: 'kv-${take(letters, 7)}-${suffix}'
    location: location
    tags: tags
    purgeProtection: purgeProtection
    recoverDays: recoverDays
    privateNetworking: privateNetworking
  }
}

module monitoring 'modules/monitoring.bicep' = {
  name: 'monitoring'
  params: {
    workspaceName: 'log-${name}-${suffix}'
    insightsName: 'appi-${name}-${suffix}'
    location: location
    tags: tags
    retentionDays: logRetentionDays
    dailyCapGb: logDailyCapGb
  }
}

module roles 'modules/roles.bicep' = {
  name: 'roles'
  params: {
    principalId: identity.outputs.principalId
    hostStorageName: storage.outputs.hostName
    stateStorageName: storage.outputs.stateName
    stateTableName: storage.outputs.stateTableName
    vaultName: vault.outputs.name
    insightsName: monitoring.outputs.insightsName
  }
}

module graph 'graph.bicep' = if (grantGraphRoles) {
  name: 'graph-permissions'
  params: {
    principalId: identity.outputs.principalId
  }
}

module network 'modules/network.bicep' = if (privateNetworking) {
  name: 'network'
  params: {
    name: 'vnet-${name}-${suffix}'
    location: location
    tags: tags
    addressPrefix: networkPrefix
    createDnsZones: createDnsZones
    hostStorageId: storage.outputs.hostId
    stateStorageId: storage.outputs.stateId
    vaultId: vault.outputs.id
  }
}

// -- then: the app --------------------------------------------------------------------------------------

module app 'modules/app.bicep' = {
  name: 'app'
  params: {
    name: 'func-${name}-${suffix}'
    planName: 'plan-${name}-${suffix}'
    location: location
    tags: tags
    identityId: identity.outputs.id
    packageContainerUrl: storage.outputs.packageContainerUrl
    instanceMemoryMB: instanceMemoryMB
    maximumInstanceCount: maximumInstanceCount
    zoneRedundant: zoneRedundant
    subnetId: privateNetworking ? network!.outputs.appSubnetId : ''
  }
  dependsOn: [
    roles
  ]
}

module appSettings 'modules/app-settings.bicep' = {
  name: 'app-settings'
  params: {
    appName: app.outputs.name
    identityClientId: identity.outputs.clientId
    insightsName: monitoring.outputs.insightsName
    hostBlobEndpoint: storage.outputs.hostBlobEndpoint
    stateTableEndpoint: storage.outputs.stateTableEndpoint
    vaultUri: vault.outputs.uri
    cloud: cloud
    signIn: signInOn
    useSigningKeys: useSigningKeys
    useDeadMan: useDeadMan
    settings: settings
    extraSettings: extraSettings
  }
}

module registration 'modules/sign-in.bicep' = if (signIn == 'create') {
  name: 'sign-in'
  params: {
    uniqueName: 'sign-in-${name}-${suffix}'
    displayName: 'Entra Connect Watchdog (${name})'
    appUrl: 'https://${app.outputs.hostName}'
    redirectUris: union(
      ['https://${app.outputs.hostName}${callback}'],
      empty(ownDomain) ? [] : ['${ownDomain}${callback}']
    )
    identityPrincipalId: identity.outputs.principalId
    issuer: issuer
    assigned: signInUsers
    grantConsent: signInConsent
  }
}

module authentication 'modules/authentication.bicep' = {
  name: 'authentication'
  params: {
    appName: app.outputs.name
    clientId: signIn == 'create'
      ? registration!.outputs.clientId
      : signIn == 'off'
          ? ''
          : empty(signInClientId)
              ? fail('signIn is existing: signInClientId must name the registration (scripts/register-sign-in.sh)')
              : signInClientId
    issuer: issuer
  }
  dependsOn: [
    appSettings
  ]
}

// -- and what watches it --------------------------------------------------------------------------------

module diagnostics 'modules/diagnostics.bicep' = {
  name: 'diagnostics'
  params: {
    workspaceId: monitoring.outputs.workspaceId
    vaultName: vault.outputs.name
    hostStorageName: storage.outputs.hostName
    stateStorageName: storage.outputs.stateName
    appName: app.outputs.name
    appLogs: appLogs
  }
}

module actionGroup 'modules/action-group.bicep' = {
  name: 'action-group'
  params: {
    name: 'ag-${name}-${suffix}'
    shortName: alertShortName
    email: alertEmails
    sms: alertSms
    voice: alertVoice
    azureAppPush: alertPush
    webhookUrl: alertWebhookUrl
    tags: tags
  }
}

module alerts 'modules/alerts.bicep' = {
  name: 'alerts'
  params: {
    name: name
    location: location
    tags: tags
    workspaceId: monitoring.outputs.workspaceId
    insightsId: monitoring.outputs.insightsId
    appId: app.outputs.id
    actionGroupId: actionGroup.outputs.id
    heartbeatSilence: heartbeatSilence
  }
}

module availability 'modules/availability.bicep' = if (availabilityTest) {
  name: 'availability'
  params: {
    name: name
    location: location
    tags: tags
    insightsId: monitoring.outputs.insightsId
    healthUrl: 'https://${app.outputs.hostName}/api/health'
    actionGroupId: actionGroup.outputs.id
  }
}

module workbook 'modules/workbook.bicep' = {
  name: 'workbook'
  params: {
    name: name
    location: location
    tags: tags
    workspaceId: monitoring.outputs.workspaceId
    insightsId: monitoring.outputs.insightsId
    displayName: 'Entra Connect Watchdog (${name})'
  }
}

// -- what the next step needs ---------------------------------------------------------------------------

@description('Name of the Function App: deploy the package to it.')
output functionAppName string = app.outputs.name

@description('Where the app lives.')
output functionAppUrl string = 'https://${app.outputs.hostName}'

@description('Name of the app\'s identity.')
output identityName string = identity.outputs.name

@description('Client id of the identity.')
output identityClientId string = identity.outputs.clientId

@description('Object id of the identity: for grant-graph-roles.sh and grant-connect-health-reader.sh.')
output identityPrincipalId string = identity.outputs.principalId

@description('Name of the vault: for set-secrets.sh.')
output keyVaultName string = vault.outputs.name

@description('Where the state is kept.')
output stateTableEndpoint string = storage.outputs.stateTableEndpoint

@description('Name of the resource group.')
output resourceGroupName string = resourceGroup().name

@description('Name of the workspace that has the log.')
output workspaceName string = monitoring.outputs.workspaceName

@description('Where a sign-in returns to; a registration has to name it.')
output signInRedirectUri string = 'https://${app.outputs.hostName}${callback}'

@description('Somebody can sign in: the sign-in is on, and for signIn create somebody is assigned.')
output signInReady bool = signIn == 'existing' || (signIn == 'create' && !empty(signInUsers))
