// The alert rules that do not depend on the app: Azure Monitor asks the log, whatever became of the
// app. They are the second path to the on-call engineer, for the night when the first is broken.
//
// All rules look at the workspace every five minutes. A minute would cost twice as much and forbids
// functions in the query, and the log itself is two to five minutes late. All are stateful
// (autoMitigate): a rule rings once for each combination of its dimensions and is quiet until that
// combination was absent for three looks. So a window may be far longer than the five minutes: a line
// that arrives late still rings, and none rings twice. muteActionsDuration is not used: it would also
// mute the next incident. Windows are windowSize itself; overrideQueryTimeRange would only hide that.
//
// skipQueryValidation: on the first deployment no trace was ever logged, and the table is not there.
// Until it is, the rules cannot be evaluated; the smoke test after a deployment logs the first lines.
// _ResourceId is in each query because a workspace may be shared: the heartbeat of another deployment
// must not hide the silence of this one.
//
// An SMS says the short name of the action group and the title of the rule, no more. Therefore each
// title says what happened, and each description what it means and what to do next.

targetScope = 'resourceGroup'

@description('What the names of the rules begin with; an SMS may show it.')
@minLength(1)
@maxLength(80)
param name string

@description('Region of the rules: that of the workspace.')
param location string

@description('Tags of the resources.')
param tags object = {}

@description('Resource id of the Log Analytics workspace.')
param workspaceId string

@description('Resource id of the Application Insights component that the app logs to.')
param insightsId string

@description('Resource id of the function app; alerts link to it.')
param appId string

@description('Resource id of the action group that is told.')
param actionGroupId string

@description('No heartbeat for so long means silence. At least three ticks and the lateness of the log.')
@allowed(['PT15M', 'PT20M', 'PT30M', 'PT45M', 'PT1H', 'PT2H', 'PT3H'])
param heartbeatSilence string = 'PT20M'

// The service takes only timespan literals in ago(), and only certain windows.
var silences = {
  PT15M: { kql: '15m', window: 'PT30M' }
  PT20M: { kql: '20m', window: 'PT30M' }
  PT30M: { kql: '30m', window: 'PT45M' }
  PT45M: { kql: '45m', window: 'PT1H' }
  PT1H: { kql: '1h', window: 'PT2H' }
  PT2H: { kql: '2h', window: 'PT3H' }
  PT3H: { kql: '3h', window: 'PT4H' }
}
var links = {
  functionApp: appId
  applicationInsights: insightsId
}

resource silent 'Microsoft.Insights/scheduledQueryRules@2023-12-01' = {
  name: '${name}-silent'
  location: location
  tags: tags
  kind: 'LogAlert'
  properties: {
    displayName: 'Watchdog silent: nobody watches Entra Connect'
    description: 'WHAT: the watchdog finished no clean run for ${heartbeatSilence}. MEANS: if Entra Connect stops now, no card will tell you. Either the app does not run, or it runs and cannot store or deliver, or its log does not arrive. NEXT: open /api/health of the function app. 200: it works, so look at ingestion and the daily cap of the workspace. 503: it says why. No answer: restart the app, then POST /api/run; while it is down, look at the sync times yourself (Entra admin center, Connect). After the very first deployment this rings until the first heartbeat, which proves that alerts arrive. RESOLVED means that heartbeats are back. More: docs/operate.md, "Watchdog silent".'
    severity: 0
    enabled: true
    scopes: [workspaceId]
    evaluationFrequency: 'PT5M'
    windowSize: silences[heartbeatSilence].window
    skipQueryValidation: true
    autoMitigate: true
    criteria: {
      allOf: [
        {
          query: replace(replace(loadTextContent('../queries/alert_heartbeat_missing.kql'), '__insightsId__', insightsId), '__silence__', silences[heartbeatSilence].kql)
          timeAggregation: 'Count'
          operator: 'GreaterThan'
          threshold: 0
          failingPeriods: {
            numberOfEvaluationPeriods: 1
            minFailingPeriodsToAlert: 1
          }
        }
      ]
    }
    actions: {
      actionGroups: [actionGroupId]
      customProperties: links
    }
  }
}

// An hour of window: a line up to an hour late still rings. The same incident that escalates again
// with the same verdict within that hour (it worsened, was told anew, and waited again) rings once.
resource escalated 'Microsoft.Insights/scheduledQueryRules@2023-12-01' = {
  name: '${name}-nobody-acknowledged'
  location: location
  tags: tags
  kind: 'LogAlert'
  properties: {
    displayName: 'Entra Connect: nobody acknowledged an incident'
    description: 'WHAT: an incident is open and nobody acknowledged its card in time; the dimensions name the incident and its verdict. MEANS: Entra Connect needs a person now. Perhaps nobody is there, or the card never showed up although Teams accepted it. NEXT: look into the Teams channel; if the card is not there, open the pages of the function app (/api/status) for what is wrong and what to do, and acknowledge it there. Then find out why the card was not seen. RESOLVED only means that the escalation is over an hour old, NOT that the incident is over. More: docs/operate.md, "Nobody acknowledged".'
    severity: 1
    enabled: true
    scopes: [workspaceId]
    evaluationFrequency: 'PT5M'
    windowSize: 'PT1H'
    skipQueryValidation: true
    autoMitigate: true
    criteria: {
      allOf: [
        {
          query: replace(loadTextContent('../queries/alert_escalations.kql'), '__insightsId__', insightsId)
          timeAggregation: 'Count'
          operator: 'GreaterThan'
          threshold: 0
          dimensions: [
            { name: 'Incident', operator: 'Include', values: ['*'] }
            { name: 'Verdict', operator: 'Include', values: ['*'] }
          ]
          failingPeriods: {
            numberOfEvaluationPeriods: 1
            minFailingPeriodsToAlert: 1
          }
        }
      ]
    }
    actions: {
      actionGroups: [actionGroupId]
      customProperties: links
      // The order of the dimensions is the service's own: both read well in either place.
      actionProperties: {
        'Email.Subject': 'Entra Connect: nobody acknowledged \${data.alertContext.condition.allOf[0].dimensions[0].value} / \${data.alertContext.condition.allOf[0].dimensions[1].value} (\${data.essentials.monitorCondition})'
      }
    }
  }
}

// Six hours: after its first hour an undelivered card is tried once an hour, and three tries count.
resource undelivered 'Microsoft.Insights/scheduledQueryRules@2023-12-01' = {
  name: '${name}-cards-do-not-arrive'
  location: location
  tags: tags
  kind: 'LogAlert'
  properties: {
    displayName: 'Watchdog: Teams does not take its cards'
    description: 'WHAT: a card was refused, or failed three times; the dimensions name the incident and its verdict. MEANS: Entra Connect needs a person, and the channel was not told. NEXT: open /api/status of the function app and handle the incident from there. Then mend the way to Teams: is the workflow on, does its owner still have an account, was its address replaced? The workbook shows the answer that Teams gave; docs/operate.md says how to replace the address (secret teams-url in the key vault). The watchdog keeps trying, hourly after the first hour. RESOLVED means that the newest card got through. More: docs/operate.md, "Cards do not arrive".'
    severity: 1
    enabled: true
    scopes: [workspaceId]
    evaluationFrequency: 'PT5M'
    windowSize: 'PT6H'
    skipQueryValidation: true
    autoMitigate: true
    criteria: {
      allOf: [
        {
          query: replace(loadTextContent('../queries/alert_cards_not_delivered.kql'), '__insightsId__', insightsId)
          timeAggregation: 'Count'
          operator: 'GreaterThan'
          threshold: 0
          dimensions: [
            { name: 'Incident', operator: 'Include', values: ['*'] }
            { name: 'Verdict', operator: 'Include', values: ['*'] }
          ]
          failingPeriods: {
            numberOfEvaluationPeriods: 1
            minFailingPeriodsToAlert: 1
          }
        }
      ]
    }
    actions: {
      actionGroups: [actionGroupId]
      customProperties: links
    }
  }
}

resource disabled 'Microsoft.Insights/scheduledQueryRules@2023-12-01' = {
  name: '${name}-cannot-work'
  location: location
  tags: tags
  kind: 'LogAlert'
  properties: {
    displayName: 'Watchdog cannot work: wrong settings or errors'
    description: 'WHAT: twice within half an hour the watchdog found its settings wrong (misconfigured) or ended in an error that nobody foresaw (failed); the dimension says which. MEANS: it does not watch Entra Connect, or a page of it does not answer. NEXT: misconfigured: the log names each wrong setting and what would be right; a key vault reference that does not resolve counts as missing. failed: the log has the trace; if a deployment came just before, go back to the package before it. The doctor (POST /api/doctor) names what to mend. RESOLVED means that it did not happen again. More: docs/operate.md, "Watchdog cannot work".'
    severity: 1
    enabled: true
    scopes: [workspaceId]
    evaluationFrequency: 'PT5M'
    windowSize: 'PT30M'
    skipQueryValidation: true
    autoMitigate: true
    criteria: {
      allOf: [
        {
          query: replace(loadTextContent('../queries/alert_cannot_work.kql'), '__insightsId__', insightsId)
          timeAggregation: 'Count'
          operator: 'GreaterThan'
          threshold: 0
          dimensions: [
            { name: 'Reason', operator: 'Include', values: ['*'] }
          ]
          failingPeriods: {
            numberOfEvaluationPeriods: 1
            minFailingPeriodsToAlert: 1
          }
        }
      ]
    }
    actions: {
      actionGroups: [actionGroupId]
      customProperties: links
    }
  }
}
