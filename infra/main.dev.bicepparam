// A trial: cheap, and it can be torn down without a trace. Copy it, and replace what is contoso's.
using './main.bicep'

param name = 'watchdog-dev'
param tags = {
  environment: 'dev'
}

param alertEmails = [
  'identity-dev@contoso.com'
]

// A vault with purge protection keeps its name for 90 days after it is deleted.
param purgeProtection = false
param recoverDays = 7
param logRetentionDays = 30
param instanceMemoryMB = 512

param settings = {
  tenantName: 'Contoso (dev)'
  activeServer: 'SYNC-A'
  standbyServers: 'SYNC-B'
}
