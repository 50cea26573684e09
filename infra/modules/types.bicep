// Types of parameters that more than one template takes.

@export()
@description('A telephone number that the action group calls or writes to.')
type phone = {
  @description('Country code without plus or zeros, such as 41.')
  @minLength(1)
  @maxLength(4)
  countryCode: string

  @description('The number without country code, digits only.')
  @minLength(4)
  @maxLength(15)
  phoneNumber: string
}

@export()
@description('What the watchdog can be told, one property per WATCHDOG_ setting. An absent or empty one leaves the default; docs/settings.md has the meanings and bounds.')
type watchdogSettings = {
  @description('When it looks: NCRONTAB with six fields, seconds first, UTC.')
  @maxLength(100)
  schedule: string?

  @description('The tenant\'s name on cards.')
  @maxLength(100)
  tenantName: string?

  @description('Further hosts that the Teams webhook may have, separated by semicolons.')
  teamsHosts: string?

  @description('Who is mentioned on cards: Name <upn>, separated by semicolons.')
  onCall: string?

  @description('The sync cycle of the pair if it was changed, ISO 8601, such as PT1H.')
  @maxLength(20)
  syncInterval: string?

  @description('The address of the app in links on cards, if it has a domain of its own.')
  publicUrl: string?

  @description('Your own runbook; {verdict} and {incident} are filled in.')
  runbookUrl: string?

  @description('The server that the team means to be active.')
  activeServer: string?

  @description('The servers that the team means to be in staging mode, separated by semicolons.')
  standbyServers: string?

  @description('No sign of life for so long: the server is silent. PT15M to P7D.')
  @maxLength(20)
  silentAfter: string?

  @description('No object sync for so long while passwords sync: stalled. PT30M to P7D.')
  @maxLength(20)
  stalledAfter: string?

  @description('No password sync for so long while objects sync: stalled. PT15M to P7D.')
  @maxLength(20)
  passwordStalledAfter: string?

  @description('Graph unreadable for so long: blind. PT5M to P1D.')
  @maxLength(20)
  blindAfter: string?

  @description('Time between reminders. PT5M to P1D.')
  @maxLength(20)
  remindEvery: string?

  @description('Escalate when nobody acknowledged for so long. PT1M to P1D.')
  @maxLength(20)
  escalateAfter: string?

  @description('Who is mentioned when it escalates: Name <upn>, separated by semicolons.')
  escalateTo: string?

  @description('What opens a page: a sign-in, or the signed link alone (needs useSigningKeys).')
  pageAccess: ('' | 'entra' | 'link')?

  @description('Whether to read Connect Health: where it answers, as a requirement, or not.')
  connectHealth: ('' | 'auto' | 'on' | 'off')?

  @description('An acknowledged incident that is still open speaks again after so long.')
  @maxLength(20)
  ackLapsesAfter: string?

  @description('Time zone of office hours, windows and digest: an IANA name.')
  @maxLength(60)
  timeZone: string?

  @description('When somebody is at work, such as Mon-Fri 08:00-17:00.')
  @maxLength(60)
  officeHours: string?

  @description('Maintenance windows, separated by semicolons.')
  maintenance: string?

  @description('When the weekly digest is posted, such as Mon 08:00.')
  @maxLength(20)
  digest: string?

  @description('How long history is kept. P90D to P3650D.')
  @maxLength(20)
  retention: string?
}
