// A trial: cheap, and it can be torn down. Copy it, and replace what is contoso's.
using './main.bicep'

param name = 'watchdog-dev'
param tags = {
  environment: 'dev'
}

param alertEmails = [
  'identity-dev@contoso.com'
]

// A deleted vault keeps its name: for 90 days with purge protection, so for 7 until it is purged (az
// keyvault list-deleted, az keyvault purge). Until then the same deployment is refused once more.
param purgeProtection = false
param recoverDays = 7
param logRetentionDays = 30
param instanceMemoryMB = 512

param settings = {
  tenantName: 'Contoso (dev)'
  activeServer: 'SYNC-A'
  standbyServers: 'SYNC-B'
}
