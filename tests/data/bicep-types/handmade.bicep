// Types of resources that the pruned data does not have, written by hand: the properties that the
// templates here use, no more. An unknown property is refused, so a template that needs another
// one of them adds it here, from Azure's reference: learn.microsoft.com/azure/templates.

@metadata({ resource: 'Microsoft.Network/virtualNetworks@2024-05-01', scopes: 8 })
type virtualNetwork = {
  name: string
  location: string?
  tags: tags?
  properties: {
    addressSpace: {
      addressPrefixes: string[]?
    }?
    subnets: {
      name: string?
      properties: subnetProperties?
    }[]?
  }?
}

@metadata({ resource: 'Microsoft.Network/virtualNetworks/subnets@2024-05-01', scopes: 8 })
type subnet = {
  name: string
  properties: subnetProperties?
}

@metadata({ resource: 'Microsoft.Network/privateEndpoints@2024-05-01', scopes: 8 })
type privateEndpoint = {
  name: string
  location: string?
  tags: tags?
  properties: {
    subnet: reference?
    customNetworkInterfaceName: string?
    privateLinkServiceConnections: {
      name: string?
      properties: {
        privateLinkServiceId: string?
        groupIds: string[]?
        requestMessage: string?
      }?
    }[]?
  }?
}

@metadata({ resource: 'Microsoft.Network/privateEndpoints/privateDnsZoneGroups@2024-05-01', scopes: 8 })
type privateDnsZoneGroup = {
  name: string
  properties: {
    privateDnsZoneConfigs: {
      name: string?
      properties: {
        privateDnsZoneId: string?
      }?
    }[]?
  }?
}

@metadata({ resource: 'Microsoft.Network/privateDnsZones@2024-06-01', scopes: 8 })
type privateDnsZone = {
  name: string
  location: string?
  tags: tags?
}

@metadata({ resource: 'Microsoft.Network/privateDnsZones/virtualNetworkLinks@2024-06-01', scopes: 8 })
type privateDnsZoneLink = {
  name: string
  location: string?
  tags: tags?
  properties: {
    registrationEnabled: bool?
    virtualNetwork: reference?
  }?
}

@metadata({ resource: 'Microsoft.Insights/workbooks@2023-06-01', scopes: 8 })
type workbook = {
  name: string
  location: string
  kind: 'shared'?
  tags: tags?
  properties: {
    displayName: string
    serializedData: string
    version: string?
    category: string
    sourceId: string?
    description: string?
  }?
}

@metadata({ resource: 'Microsoft.Insights/metricAlerts@2018-03-01', scopes: 8 })
type metricAlert = {
  name: string
  location: string
  tags: tags?
  properties: {
    description: string?
    severity: int
    enabled: bool
    scopes: string[]
    evaluationFrequency: string
    windowSize: string
    targetResourceType: string?
    targetResourceRegion: string?
    criteria: webtestCriteria | staticCriteria
    autoMitigate: bool?
    actions: {
      actionGroupId: string?
      webHookProperties: tags?
    }[]?
  }
}

type webtestCriteria = {
  'odata.type': 'Microsoft.Azure.Monitor.WebtestLocationAvailabilityCriteria'
  webTestId: string
  componentId: string
  failedLocationCount: int
}

type staticCriteria = {
  'odata.type': 'Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria'
  allOf: {
    criterionType: 'StaticThresholdCriterion'
    name: string
    metricName: string
    metricNamespace: string?
    operator: 'Equals' | 'GreaterThan' | 'GreaterThanOrEqual' | 'LessThan' | 'LessThanOrEqual'
    threshold: int
    timeAggregation: 'Average' | 'Count' | 'Minimum' | 'Maximum' | 'Total'
    dimensions: {
      name: string
      operator: string
      values: string[]
    }[]?
    skipMetricValidation: bool?
  }[]?
}

type subnetProperties = {
  addressPrefix: string?
  defaultOutboundAccess: bool?
  delegations: {
    name: string?
    properties: {
      serviceName: string?
    }?
  }[]?
  networkSecurityGroup: reference?
  natGateway: reference?
  routeTable: reference?
  privateEndpointNetworkPolicies: ('Enabled' | 'Disabled' | 'NetworkSecurityGroupEnabled' | 'RouteTableEnabled')?
  privateLinkServiceNetworkPolicies: ('Enabled' | 'Disabled')?
}

type reference = {
  id: string?
}

type tags = {
  *: string
}
