// Optional: both storage accounts and the vault reachable from one virtual network only. The app
// itself stays public: people open its pages from phones, and the availability test comes from
// outside. Graph, Resource Manager, Teams and Application Insights are reached over the internet.
//
// The subscription needs the provider Microsoft.App: az provider register --namespace Microsoft.App

@description('Name of the virtual network.')
@minLength(2)
@maxLength(64)
param name string

@description('Region.')
param location string

@description('Tags of all that is made here.')
param tags object

@description('Address space, /24 or larger; the subnets are cut from its beginning.')
param addressPrefix string

@description('Make the private DNS zones here. Without it, a policy or a central team must enter the endpoints in theirs.')
param createDnsZones bool

@description('Resource id of the host\'s storage account.')
param hostStorageId string

@description('Resource id of the state\'s storage account.')
param stateStorageId string

@description('Resource id of the vault.')
param vaultId string

var blobZone = 'privatelink.blob.${environment().suffixes.storage}'
var tableZone = 'privatelink.table.${environment().suffixes.storage}'
// the suffix begins with a dot; the zone is named vaultcore in every cloud
var vaultZone = replace(environment().suffixes.keyvaultDns, '.vault.', 'privatelink.vaultcore.')
var zoneNames = [
  blobZone
  tableZone
  vaultZone
]
// zone: the index in zoneNames
var endpoints = [
  {
    name: 'host-blob'
    target: hostStorageId
    group: 'blob'
    zone: 0
  }
  {
    name: 'state-table'
    target: stateStorageId
    group: 'table'
    zone: 1
  }
  {
    name: 'vault'
    target: vaultId
    group: 'vault'
    zone: 2
  }
]

resource network 'Microsoft.Network/virtualNetworks@2024-05-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    addressSpace: {
      addressPrefixes: [
        addressPrefix
      ]
    }
    subnets: [
      {
        // Flex refuses an underscore in this name.
        name: 'app'
        properties: {
          addressPrefix: cidrSubnet(addressPrefix, 26, 0)
          // Graph, Teams and the log are on the internet. A team that routes through its own firewall
          // or NAT gateway attaches it to this subnet.
          defaultOutboundAccess: true
          delegations: [
            {
              name: 'flex'
              properties: {
                // Flex Consumption's delegation; other plans have Microsoft.Web/serverFarms.
                serviceName: 'Microsoft.App/environments'
              }
            }
          ]
        }
      }
      {
        name: 'endpoints'
        properties: {
          addressPrefix: cidrSubnet(addressPrefix, 27, 2)
          defaultOutboundAccess: false
          privateEndpointNetworkPolicies: 'Disabled'
        }
      }
    ]
  }

  resource appSubnet 'subnets' existing = {
    name: 'app'
  }

  resource endpointSubnet 'subnets' existing = {
    name: 'endpoints'
  }
}

resource zones 'Microsoft.Network/privateDnsZones@2024-06-01' = [for zoneName in zoneNames: if (createDnsZones) {
  name: zoneName
  location: 'global'
  tags: tags
}]

resource links 'Microsoft.Network/privateDnsZones/virtualNetworkLinks@2024-06-01' = [for (zoneName, i) in zoneNames: if (createDnsZones) {
  parent: zones[i]
  name: name
  location: 'global'
  tags: tags
  properties: {
    registrationEnabled: false
    virtualNetwork: {
      id: network.id
    }
  }
}]

resource privateEndpoints 'Microsoft.Network/privateEndpoints@2024-05-01' = [for endpoint in endpoints: {
  name: 'pe-${name}-${endpoint.name}'
  location: location
  tags: tags
  properties: {
    subnet: {
      id: network::endpointSubnet.id
    }
    privateLinkServiceConnections: [
      {
        name: endpoint.name
        properties: {
          privateLinkServiceId: endpoint.target
          groupIds: [
            endpoint.group
          ]
        }
      }
    ]
  }
}]

resource addresses 'Microsoft.Network/privateEndpoints/privateDnsZoneGroups@2024-05-01' = [for (endpoint, i) in endpoints: if (createDnsZones) {
  parent: privateEndpoints[i]
  name: 'default'
  properties: {
    privateDnsZoneConfigs: [
      {
        name: endpoint.group
        properties: {
          privateDnsZoneId: zones[endpoint.zone].id
        }
      }
    ]
  }
}]

@description('Resource id of the subnet that the app\'s outgoing traffic takes.')
output appSubnetId string = network::appSubnet.id
