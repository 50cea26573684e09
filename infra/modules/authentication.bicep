// App Service's own sign-in, in front of every route but three. It is set in every case: switched
// off, too, must be what the template says and not what somebody left behind. Without a sign-in the
// pages stay shut, unless WATCHDOG_PAGE_ACCESS is 'link'.

@description('Name of the Function App.')
param appName string

@description('Client id of the registration; empty switches the sign-in off.')
param clientId string

@description('Issuer of the tenant\'s tokens.')
param issuer string

resource app 'Microsoft.Web/sites@2025-03-01' existing = {
  name: appName
}

resource authentication 'Microsoft.Web/sites/config@2025-03-01' = {
  parent: app
  name: 'authsettingsV2'
  properties: {
    platform: {
      enabled: !empty(clientId)
      runtimeVersion: '~1'
    }
    globalValidation: {
      requireAuthentication: true
      unauthenticatedClientAction: 'RedirectToLoginPage'
      redirectToProvider: 'azureactivedirectory'
      // What machines call. health says nothing but its own state; run and doctor take POST only,
      // with a function key.
      excludedPaths: [
        '/api/health'
        '/api/run'
        '/api/doctor'
      ]
    }
    identityProviders: empty(clientId)
      ? {}
      : {
          azureActiveDirectory: {
            enabled: true
            registration: {
              clientId: clientId
              // Not the name of a secret: App Service takes a token of the identity named in it.
              clientSecretSettingName: 'OVERRIDE_USE_MI_FIC_ASSERTION_CLIENTID'
              openIdIssuer: issuer
            }
            validation: {
              allowedAudiences: [
                clientId
              ]
              defaultAuthorizationPolicy: {
                // Tokens that other applications got for their users open nothing here.
                allowedApplications: [
                  clientId
                ]
              }
            }
          }
        }
    login: {
      // The pages need to know who somebody is, once; nobody's tokens are kept.
      tokenStore: {
        enabled: false
      }
      preserveUrlFragmentsForLogins: false
      cookieExpiration: {
        convention: 'FixedTime'
        timeToExpiration: '08:00:00'
      }
      nonce: {
        validateNonce: true
      }
    }
    httpSettings: {
      requireHttps: true
      forwardProxy: {
        // Forwarded headers could otherwise choose where a sign-in returns to.
        convention: 'NoProxy'
      }
    }
  }
}
