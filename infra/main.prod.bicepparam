// Production. Copy it, and replace what is contoso's. It holds no secret: see scripts/set-secrets.sh.
using './main.bicep'

param name = 'watchdog'
param tags = {
  environment: 'prod'
}

// -- who hears about a silent watchdog: two ways at least, and not only mail at 3 a.m. -----------------
param alertEmails = [
  'identity@contoso.com'
  'cloud-operations@contoso.com'
]
param alertSms = [
  {
    countryCode: '1'
    phoneNumber: '4255550100'
  }
]
param alertPush = [
  'oncall@contoso.com'
]

// A pager's address is a secret: it comes from the environment of who deploys and is in no file.
param alertWebhookUrl = readEnvironmentVariable('ALERT_WEBHOOK_URL', '')

// -- for good -------------------------------------------------------------------------------------------
// The state survives the loss of a zone; the app starts in another one, late, and the alarms say so.
// Instances in several zones (zoneRedundant) are billed all month: see the parameter.
param zoneRedundantStorage = true
param purgeProtection = true
param logRetentionDays = 90

// -- rights: a pipeline may usually not give these. Once, by somebody who may:
//    scripts/grant-graph-roles.sh, scripts/grant-connect-health-reader.sh, scripts/register-sign-in.sh.
//    The first deployment has no sign-in yet; the second, with the client id that the script printed,
//    has: signIn 'existing' and signInClientId. By hand, with the rights: true and 'create'. The
//    pipelines always pass both (deploy/common.sh).
param grantGraphRoles = false
param signIn = 'off'

// -- secrets that are in the vault ------------------------------------------------------------------------
param useSigningKeys = false
param useDeadMan = false

// -- what it watches --------------------------------------------------------------------------------------
param settings = {
  tenantName: 'Contoso'
  activeServer: 'SYNC-A'
  standbyServers: 'SYNC-B'
  onCall: 'On-call Identity <oncall@contoso.com>'
  escalateTo: 'Identity lead <identity-lead@contoso.com>'
  timeZone: 'Europe/Zurich'
  officeHours: 'Mon-Fri 08:00-17:00'
}
