// The second, independent path: Azure asks the health page from outside. It notices a dead timer, a
// dead app and dead telemetry alike, because it needs nothing from the app but an answer.
//
// Cost: each location asks every five minutes, and each ask is billed: docs/cost.md has the sum. With
// three locations two must fail before it rings, so one location's bad network wakes nobody. (Microsoft
// recommends five; two more would cost two thirds more and change nothing in who is woken.)
// If the app cannot be reached from the internet (private networking), leave this module out and let
// an outside monitor take WATCHDOG_DEAD_MAN_URL instead.

targetScope = 'resourceGroup'

@description('Name of the test and of its alert; an SMS shows it.')
@minLength(1)
@maxLength(80)
param name string

@description('Region of the test: that of the Application Insights component.')
param location string

@description('Tags of the resources.')
param tags object = {}

@description('Resource id of the Application Insights component that keeps the results.')
param insightsId string

@description('HTTPS address of the health page.')
param healthUrl string

@description('Resource id of the action group that is told.')
param actionGroupId string

// Source: learn.microsoft.com, "Application Insights availability tests", location population tags.
var locations = {
  AzureCloud: ['emea-nl-ams-azr', 'emea-gb-db3-azr', 'us-va-ash-azr']
  AzureUSGovernment: ['usgov-va-azr', 'usgov-phx-azr', 'usgov-tx-azr']
  AzureChinaCloud: ['mc-cne-azr', 'mc-cne2-azr', 'mc-cnn-azr']
}

resource test 'Microsoft.Insights/webtests@2022-06-15' = {
  name: name
  location: location
  // Without this link the portal and the alert do not find the component of the test.
  tags: union(tags, { 'hidden-link:${insightsId}': 'Resource' })
  kind: 'standard'
  properties: {
    Name: name
    Description: 'Asks the health page of the watchdog: is it alive, and did it look lately?'
    SyntheticMonitorId: name
    Kind: 'standard'
    Enabled: true
    Frequency: 300
    Timeout: 60
    RetryEnabled: true
    Locations: [for each in locations[environment().name]: {
      Id: each
    }]
    Request: {
      RequestUrl: healthUrl
      HttpVerb: 'GET'
      ParseDependentRequests: false
      // A sign-in page would answer 200, too: a redirect is a failure.
      FollowRedirects: false
    }
    ValidationRules: {
      ExpectedHttpStatusCode: 200
      IgnoreHttpStatusCode: false
      SSLCheck: true
      SSLCertRemainingLifetimeCheck: 7
      ContentValidation: {
        ContentMatch: 'last_success_age_seconds'
        IgnoreCase: false
        PassIfTextFound: true
      }
    }
  }
}

resource unhealthy 'Microsoft.Insights/metricAlerts@2018-03-01' = {
  // a metric alert has no title: an SMS shows this name
  name: '${name}-health-page-fails'
  location: 'global'
  tags: union(tags, {
    'hidden-link:${insightsId}': 'Resource'
    'hidden-link:${test.id}': 'Resource'
  })
  properties: {
    description: 'WHAT: from two places or more, the health page of the watchdog does not answer, or answers that it does not work. MEANS: Entra Connect is probably not watched now. NEXT: open /api/health of the function app. 503 says why: misconfigured, store_unreadable, blind (Graph cannot be read), no_success_yet (just deployed), or stale (no success for three schedules: the timer is dead, POST /api/run and restart the app). No answer: is the app stopped, its certificate over, its network closed? While it lasts, look at the sync times yourself (Entra admin center, Connect). After the very first deployment this rings until the first successful tick. RESOLVED means that the page answers well again. More: docs/operate.md, "Watchdog unhealthy".'
    severity: 0
    enabled: true
    scopes: [
      test.id
      insightsId
    ]
    evaluationFrequency: 'PT1M'
    windowSize: 'PT5M'
    autoMitigate: true
    criteria: {
      'odata.type': 'Microsoft.Azure.Monitor.WebtestLocationAvailabilityCriteria'
      webTestId: test.id
      componentId: insightsId
      failedLocationCount: 2
    }
    actions: [
      {
        actionGroupId: actionGroupId
      }
    ]
  }
}
