// The registration behind the sign-in of the pages (Microsoft Graph extension). It has no secret:
// the app's identity is its credential. Only who is assigned gets in.
//
// Whoever deploys this needs Application.ReadWrite.All, AppRoleAssignment.ReadWrite.All and, for the
// consent, DelegatedPermissionGrant.ReadWrite.All (a person: Cloud Application Administrator). A
// pipeline that may not have these: signIn 'existing' and scripts/register-sign-in.sh.

extension microsoftGraphV1

@description('Key of the registration in the tenant; it finds the registration again at the next deployment.')
@minLength(3)
@maxLength(120)
param uniqueName string

@description('Name that people see when they sign in.')
@minLength(3)
@maxLength(120)
param displayName string

@description('Where the app lives, such as https://app.azurewebsites.net.')
param appUrl string

@description('Where a sign-in may return to.')
@minLength(1)
param redirectUris string[]

@description('Object id of the app\'s identity.')
param identityPrincipalId string

@description('Issuer of the tenant\'s tokens.')
param issuer string

@description('Object ids of the users and groups that may sign in.')
param assigned string[]

@description('Consent for the whole tenant to reading who signs in.')
param grantConsent bool

// All that a sign-in asks for: who somebody is. Not even User.Read.
var scopes = [
  'openid'
  'profile'
  'email'
]
var audiences = {
  AzureCloud: 'api://AzureADTokenExchange'
  AzureUSGovernment: 'api://AzureADTokenExchangeUSGov'
  AzureChinaCloud: 'api://AzureADTokenExchangeChina'
}
var audience = audiences[environment().name]

resource graphApp 'Microsoft.Graph/servicePrincipals@v1.0' existing = {
  appId: '00000003-0000-0000-c000-000000000000'
}

resource registration 'Microsoft.Graph/applications@v1.0' = {
  uniqueName: uniqueName
  displayName: displayName
  description: 'Sign-in to the pages of the Entra Connect Watchdog.'
  signInAudience: 'AzureADMyOrg'
  web: {
    homePageUrl: appUrl
    redirectUris: redirectUris
    implicitGrantSettings: {
      // App Service reads who signed in from the id token
      enableIdTokenIssuance: true
      enableAccessTokenIssuance: false
    }
  }
  requiredResourceAccess: [
    {
      resourceAppId: graphApp.appId
      resourceAccess: [for scope in scopes: {
        id: filter(graphApp.oauth2PermissionScopes, each => each.value == scope)[0].id
        type: 'Scope'
      }]
    }
  ]

  resource withoutSecret 'federatedIdentityCredentials@v1.0' = {
    name: '${registration.uniqueName}/managed-identity'
    description: 'The identity of the app proves the app, in place of a client secret.'
    issuer: issuer
    subject: identityPrincipalId
    audiences: [
      audience
    ]
  }
}

resource principal 'Microsoft.Graph/servicePrincipals@v1.0' = {
  appId: registration.appId
  appRoleAssignmentRequired: true
}

// Where assignment is required, users cannot consent for themselves: without this, the first who
// signs in is sent to an administrator. The assignment still decides who gets in.
resource consent 'Microsoft.Graph/oauth2PermissionGrants@v1.0' = if (grantConsent) {
  clientId: principal.id
  consentType: 'AllPrincipals'
  resourceId: graphApp.id
  scope: join(scopes, ' ')
}

// The role of zeros is the one of applications that define no roles.
resource access 'Microsoft.Graph/appRoleAssignedTo@v1.0' = [for objectId in assigned: {
  appRoleId: '00000000-0000-0000-0000-000000000000'
  principalId: objectId
  resourceId: principal.id
}]

@description('Client id of the registration.')
output clientId string = registration.appId
