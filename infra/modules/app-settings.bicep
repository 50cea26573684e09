// All app settings. Flex takes its runtime and its package from the app's functionAppConfig and
// refuses the settings that other plans need for that (FUNCTIONS_WORKER_RUNTIME,
// FUNCTIONS_EXTENSION_VERSION, WEBSITE_RUN_FROM_PACKAGE, WEBSITE_CONTENT...): none is set here.

import { watchdogSettings } from 'types.bicep'

@description('Name of the Function App.')
param appName string

@description('Client id of the app\'s identity.')
param identityClientId string

@description('Name of the Application Insights component.')
param insightsName string

@description('Blob endpoint of the host\'s storage account.')
param hostBlobEndpoint string

@description('Table endpoint of the state\'s storage account.')
param stateTableEndpoint string

@description('Address of the vault, with a slash at its end.')
param vaultUri string

@description('Cloud of the watched tenant.')
param cloud string

@description('Pages ask for a sign-in.')
param signIn bool

@description('The secret signing-keys is in the vault.')
param useSigningKeys bool

@description('The secret dead-man-url is in the vault.')
param useDeadMan bool

@description('What the watchdog is told.')
param settings watchdogSettings

@description('Further app settings by name. They cannot replace one that is set here.')
param extraSettings object

resource insights 'Microsoft.Insights/components@2020-02-02' existing = {
  name: insightsName
}

resource app 'Microsoft.Web/sites@2025-03-01' existing = {
  name: appName
}

var always = {
  // The explicit client id matters: without it the host guesses which identity is meant. Only blobs:
  // a timer and HTTP need neither queues nor tables, and the identity has no role on them.
  AzureWebJobsStorage__credential: 'managedidentity'
  AzureWebJobsStorage__clientId: identityClientId
  AzureWebJobsStorage__blobServiceUri: hostBlobEndpoint
  APPLICATIONINSIGHTS_CONNECTION_STRING: insights.properties.ConnectionString
  AZURE_CLIENT_ID: identityClientId
  // An identity gets tokens of its own tenant only, so that is the tenant that is watched.
  WATCHDOG_TENANT_ID: tenant().tenantId
  WATCHDOG_CLOUD: cloud
  WATCHDOG_CREDENTIAL: 'managed_identity'
  WATCHDOG_STORE: stateTableEndpoint
  // Without a version: a new one is fetched within a day, or at once by set-secrets.sh --app.
  WATCHDOG_TEAMS_URL: '@Microsoft.KeyVault(SecretUri=${vaultUri}secrets/teams-url)'
}

// How the host signs in to Application Insights. modules/monitoring.bicep says why not everywhere.
var signedLog = environment().name == 'AzureCloud'
  ? { APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'ClientId=${identityClientId};Authorization=AAD' }
  : {}

// A reference to a secret that is not there counts as a missing setting: hence the switches.
var signingKeys = useSigningKeys
  ? { WATCHDOG_SIGNING_KEYS: '@Microsoft.KeyVault(SecretUri=${vaultUri}secrets/signing-keys)' }
  : {}
var deadMan = useDeadMan
  ? { WATCHDOG_DEAD_MAN_URL: '@Microsoft.KeyVault(SecretUri=${vaultUri}secrets/dead-man-url)' }
  : {}

// The sign-in proves itself with the app's identity where others have a client secret. The name is
// App Service's own, and authentication.bicep points to it.
var withoutSecret = signIn ? { OVERRIDE_USE_MI_FIC_ASSERTION_CLIENTID: identityClientId } : {}

var told = {
  WATCHDOG_SCHEDULE: settings.?schedule ?? ''
  WATCHDOG_TENANT_NAME: settings.?tenantName ?? ''
  WATCHDOG_TEAMS_HOSTS: settings.?teamsHosts ?? ''
  WATCHDOG_ON_CALL: settings.?onCall ?? ''
  WATCHDOG_SYNC_INTERVAL: settings.?syncInterval ?? ''
  WATCHDOG_PUBLIC_URL: settings.?publicUrl ?? ''
  WATCHDOG_RUNBOOK_URL: settings.?runbookUrl ?? ''
  WATCHDOG_ACTIVE_SERVER: settings.?activeServer ?? ''
  WATCHDOG_STANDBY_SERVERS: settings.?standbyServers ?? ''
  WATCHDOG_SILENT_AFTER: settings.?silentAfter ?? ''
  WATCHDOG_STALLED_AFTER: settings.?stalledAfter ?? ''
  WATCHDOG_PASSWORD_STALLED_AFTER: settings.?passwordStalledAfter ?? ''
  WATCHDOG_BLIND_AFTER: settings.?blindAfter ?? ''
  WATCHDOG_REMIND_EVERY: settings.?remindEvery ?? ''
  WATCHDOG_ESCALATE_AFTER: settings.?escalateAfter ?? ''
  WATCHDOG_ESCALATE_TO: settings.?escalateTo ?? ''
  WATCHDOG_PAGE_ACCESS: settings.?pageAccess ?? ''
  WATCHDOG_CONNECT_HEALTH: settings.?connectHealth ?? ''
  WATCHDOG_ACK_LAPSES_AFTER: settings.?ackLapsesAfter ?? ''
  WATCHDOG_TIME_ZONE: settings.?timeZone ?? ''
  WATCHDOG_OFFICE_HOURS: settings.?officeHours ?? ''
  WATCHDOG_MAINTENANCE: settings.?maintenance ?? ''
  WATCHDOG_DIGEST: settings.?digest ?? ''
  WATCHDOG_RETENTION: settings.?retention ?? ''
}
var toldOnes = toObject(filter(items(told), each => !empty(each.value)), each => each.key, each => each.value)

resource appSettings 'Microsoft.Web/sites/config@2025-03-01' = {
  parent: app
  name: 'appsettings'
  // the later wins
  properties: union(extraSettings, toldOnes, signingKeys, deadMan, withoutSecret, signedLog, always)
}
