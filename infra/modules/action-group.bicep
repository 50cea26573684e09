// Who is told, and how. Every alert rule of the watchdog uses this one action group.
//
// Limits of the service (learn.microsoft.com, Azure Monitor service limits): 10 each of SMS, voice,
// app push and webhook; one SMS and one call per number in five minutes, 100 mails per address and
// hour. A storm is thinned out by that; the webhook is not limited, so a pager sees everything.
// A new mail address must be confirmed by a passcode within 30 minutes of the first deployment, or it
// gets nothing: docs/operate.md says how to test the group.

targetScope = 'resourceGroup'

import { phone } from 'types.bicep'

@description('Name of the action group.')
@minLength(1)
@maxLength(260)
param name string

@description('What every SMS and mail begins with.')
@minLength(1)
@maxLength(12)
param shortName string

@description('Mail addresses. At least one: a group that tells nobody looks healthy for ever.')
@minLength(1)
@maxLength(100)
param email string[]

@description('Phones that get an SMS: country code without +, number without the leading zero.')
@maxLength(10)
param sms phone[] = []

@description('Phones that are called. Worth it for severity 0: an SMS does not wake everybody.')
@maxLength(10)
param voice phone[] = []

@description('Accounts of the Azure mobile app, by mail address.')
@maxLength(10)
param azureAppPush string[] = []

@description('HTTPS address of a pager or an on-call tool. Who may read the action group can see it: prefer an address that can only open incidents.')
@secure()
param webhookUrl string = ''

@description('Tags of the resource.')
param tags object = {}

resource group 'Microsoft.Insights/actionGroups@2023-01-01' = {
  name: name
  // Only a global group hears Service Health, and it outlives the loss of a region.
  location: 'global'
  tags: tags
  properties: {
    enabled: true
    groupShortName: shortName
    emailReceivers: [for (address, index) in email: {
      name: 'mail-${index}'
      emailAddress: address
      useCommonAlertSchema: true
    }]
    smsReceivers: [for (each, index) in sms: {
      name: 'sms-${index}'
      countryCode: each.countryCode
      phoneNumber: each.phoneNumber
    }]
    voiceReceivers: [for (each, index) in voice: {
      name: 'voice-${index}'
      countryCode: each.countryCode
      phoneNumber: each.phoneNumber
    }]
    azureAppPushReceivers: [for (account, index) in azureAppPush: {
      name: 'push-${index}'
      emailAddress: account
    }]
    webhookReceivers: empty(webhookUrl) ? [] : [
      {
        name: 'pager'
        serviceUri: webhookUrl
        useCommonAlertSchema: true
      }
    ]
  }
}

@description('Resource id of the action group.')
output id string = group.id
