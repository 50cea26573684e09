// The workbook: how the watchdog and what it watches have been doing, on one page of the portal.
//
// What it shows stands in workbook.json. An item that asks the log has the name of its query, and the
// query stands in queries/<name>.kql, where it can be read, tried and tested.

targetScope = 'resourceGroup'

@description('Anything unique in the resource group; the resource is named by a GUID made of it.')
@minLength(1)
param name string

@description('Region of the workbook.')
param location string

@description('Tags of the resource.')
param tags object = {}

@description('Resource id of the Log Analytics workspace that is asked.')
param workspaceId string

@description('Resource id of the Application Insights component; the workbook is found there.')
param insightsId string

@description('Title in the gallery.')
@minLength(1)
param displayName string

var queries = {
  now: loadTextContent('../queries/now.kql')
  sync_age: loadTextContent('../queries/sync_age.kql')
  verdicts: loadTextContent('../queries/verdicts.kql')
  incidents: loadTextContent('../queries/incidents.kql')
  what_happened: loadTextContent('../queries/what_happened.kql')
  cards: loadTextContent('../queries/cards.kql')
  sources: loadTextContent('../queries/sources.kql')
  complaints: loadTextContent('../queries/complaints.kql')
  health_page: loadTextContent('../queries/health_page.kql')
  calls_per_tick: loadTextContent('../queries/calls_per_tick.kql')
  executions: loadTextContent('../queries/executions.kql')
  ingestion: loadTextContent('../queries/ingestion.kql')
}
// any(): which item has a query is decided by the file, not by the types of its items.
var book = any(loadJsonContent('../workbook.json'))
// Type 3 is a query. union() merges nested objects, so the rest of an item stays as it is.
var items = map(book.items, item => (item.type != 3) ? item : union(item, {
  content: {
    query: replace(queries[item.name], '__insightsId__', insightsId)
    crossComponentResources: [workspaceId]
  }
}))

resource workbook 'Microsoft.Insights/workbooks@2023-06-01' = {
  name: guid(resourceGroup().id, 'workbook', name)
  location: location
  tags: union(tags, { 'hidden-title': displayName })
  kind: 'shared'
  properties: {
    displayName: displayName
    category: 'workbook'
    sourceId: insightsId
    version: 'Notebook/1.0'
    serializedData: string(union(book, { items: items, fallbackResourceIds: [workspaceId] }))
  }
}
