// Values come from the azd environment: azd env set ALERT_EMAILS 'oncall@contoso.com'. Lists are
// separated by semicolons. No secret belongs here: scripts/set-secrets.sh puts them into the vault.
//
// any(): the compiler knows each variable's value, and so knows the parts of a list's item, too. Where
// a list is empty, it would refuse the second part of an item that never comes.
using './azd.bicep'

param environmentName = readEnvironmentVariable('AZURE_ENV_NAME', 'watchdog')
param location = readEnvironmentVariable('AZURE_LOCATION', 'westeurope')

// Required; without it the deployment is refused, because alertEmails takes at least one address.
param alertEmails = map(filter(split(readEnvironmentVariable('ALERT_EMAILS', ''), ';'), each => !empty(trim(each))), each => trim(each))

// The second way when Teams accepts a card and shows nothing: ALERT_SMS='41 790000000;1 4255550100'.
param alertSms = map(filter(split(readEnvironmentVariable('ALERT_SMS', ''), ';'), each => !empty(trim(each))), each => {
  countryCode: split(any(trim(each)), ' ')[0]
  phoneNumber: split(any(trim(each)), ' ')[1]
})
param alertVoice = map(filter(split(readEnvironmentVariable('ALERT_VOICE', ''), ';'), each => !empty(trim(each))), each => {
  countryCode: split(any(trim(each)), ' ')[0]
  phoneNumber: split(any(trim(each)), ' ')[1]
})
param alertPush = map(filter(split(readEnvironmentVariable('ALERT_PUSH', ''), ';'), each => !empty(trim(each))), each => trim(each))

// A pager's address is a secret: export it. `azd env set` would write it into a file.
param alertWebhookUrl = readEnvironmentVariable('ALERT_WEBHOOK_URL', '')

param grantGraphRoles = bool(readEnvironmentVariable('GRANT_GRAPH_ROLES', 'true'))
param signIn = readEnvironmentVariable('SIGN_IN', 'create')
param signInClientId = readEnvironmentVariable('SIGN_IN_CLIENT_ID', '')
param signInUsers = map(filter(split(readEnvironmentVariable('SIGN_IN_USERS', ''), ';'), each => !empty(trim(each))), each => trim(each))
param useSigningKeys = bool(readEnvironmentVariable('USE_SIGNING_KEYS', 'false'))
param useDeadMan = bool(readEnvironmentVariable('USE_DEAD_MAN', 'false'))
param purgeProtection = bool(readEnvironmentVariable('PURGE_PROTECTION', 'true'))
param zoneRedundant = bool(readEnvironmentVariable('ZONE_REDUNDANT', 'false'))
param privateNetworking = bool(readEnvironmentVariable('PRIVATE_NETWORKING', 'false'))

// The same names as the settings themselves (docs/settings.md); an empty one leaves the default.
param settings = {
  schedule: readEnvironmentVariable('WATCHDOG_SCHEDULE', '')
  tenantName: readEnvironmentVariable('WATCHDOG_TENANT_NAME', '')
  teamsHosts: readEnvironmentVariable('WATCHDOG_TEAMS_HOSTS', '')
  onCall: readEnvironmentVariable('WATCHDOG_ON_CALL', '')
  syncInterval: readEnvironmentVariable('WATCHDOG_SYNC_INTERVAL', '')
  publicUrl: readEnvironmentVariable('WATCHDOG_PUBLIC_URL', '')
  runbookUrl: readEnvironmentVariable('WATCHDOG_RUNBOOK_URL', '')
  activeServer: readEnvironmentVariable('WATCHDOG_ACTIVE_SERVER', '')
  standbyServers: readEnvironmentVariable('WATCHDOG_STANDBY_SERVERS', '')
  silentAfter: readEnvironmentVariable('WATCHDOG_SILENT_AFTER', '')
  stalledAfter: readEnvironmentVariable('WATCHDOG_STALLED_AFTER', '')
  passwordStalledAfter: readEnvironmentVariable('WATCHDOG_PASSWORD_STALLED_AFTER', '')
  blindAfter: readEnvironmentVariable('WATCHDOG_BLIND_AFTER', '')
  remindEvery: readEnvironmentVariable('WATCHDOG_REMIND_EVERY', '')
  escalateAfter: readEnvironmentVariable('WATCHDOG_ESCALATE_AFTER', '')
  escalateTo: readEnvironmentVariable('WATCHDOG_ESCALATE_TO', '')
  pageAccess: readEnvironmentVariable('WATCHDOG_PAGE_ACCESS', '')
  connectHealth: readEnvironmentVariable('WATCHDOG_CONNECT_HEALTH', '')
  ackLapsesAfter: readEnvironmentVariable('WATCHDOG_ACK_LAPSES_AFTER', '')
  timeZone: readEnvironmentVariable('WATCHDOG_TIME_ZONE', '')
  officeHours: readEnvironmentVariable('WATCHDOG_OFFICE_HOURS', '')
  maintenance: readEnvironmentVariable('WATCHDOG_MAINTENANCE', '')
  digest: readEnvironmentVariable('WATCHDOG_DIGEST', '')
  retention: readEnvironmentVariable('WATCHDOG_RETENTION', '')
}
