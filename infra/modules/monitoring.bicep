// Where the log arrives: a workspace, and the Application Insights component that writes into it.

@description('Name of the workspace.')
@minLength(4)
@maxLength(63)
param workspaceName string

@description('Name of the Application Insights component.')
@minLength(1)
@maxLength(255)
param insightsName string

@description('Region.')
param location string

@description('Tags of both.')
param tags object

@description('How long the log is kept, in days. Longer than 31 costs extra for some tables, 90 is free for the application\'s own.')
@minValue(30)
@maxValue(730)
param retentionDays int

@description('Gigabytes a day after which the workspace takes no more; -1 for no cap. A cap that is reached also stops the heartbeat, so the alert on its absence tells.')
@minValue(-1)
@maxValue(100)
param dailyCapGb int

resource workspace 'Microsoft.OperationalInsights/workspaces@2025-02-01' = {
  name: workspaceName
  location: location
  tags: tags
  properties: {
    sku: {
      name: 'PerGB2018'
    }
    retentionInDays: retentionDays
    workspaceCapping: {
      dailyQuotaGb: dailyCapGb
    }
    features: {
      // No shared key: whoever has one could write a heartbeat that never was.
      disableLocalAuth: true
      enableLogAccessUsingOnlyResourcePermissions: true
    }
  }
}

resource insights 'Microsoft.Insights/components@2020-02-02' = {
  name: insightsName
  location: location
  tags: tags
  kind: 'web'
  properties: {
    Application_Type: 'web'
    WorkspaceResourceId: workspace.id
    IngestionMode: 'LogAnalytics'
    // The connection string alone writes nothing: the app signs in with its identity. Only in the
    // public cloud can it (learn.microsoft.com, "Microsoft Entra authentication for Application
    // Insights", prerequisites); elsewhere no line of the log would arrive.
    DisableLocalAuth: environment().name == 'AzureCloud'
  }
}

@description('Resource id of the workspace.')
output workspaceId string = workspace.id

@description('Name of the workspace.')
output workspaceName string = workspace.name

@description('Resource id of the Application Insights component.')
output insightsId string = insights.id

@description('Name of the Application Insights component.')
output insightsName string = insights.name
