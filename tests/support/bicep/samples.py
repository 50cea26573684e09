"""Small templates, right and wrong, that say what the checker is for."""

from __future__ import annotations

from typing import Final

VALID: Final = """
targetScope = 'resourceGroup'

import { place } from 'shared.bicep'

@description('Region.')
param location string = resourceGroup().location

@minLength(3)
@maxLength(8)
param name string

@allowed([1, 2])
param count int = 1

param labels { team: string, *: string } = { team: 'identity', cost: 'x' }
param others place[] = []
param note string?

var prefix = toLower(replace(name, '-', ''))
var list = [...['a', 'b'], name]
var some = filter(others, each => each.city != 'x' && each.city != 'y')
var byName = toObject(some, each => each.city)
var words = map(range(0, count), (n, i) => '${prefix}-${n + i}')
var text = '''
one 'line' ${not a hole}
'''
var choice = count == 1
  ? { kind: 'a', ...byName }
  : { kind: 'b' }

func shout(what string) string => toUpper(what)

resource account 'Microsoft.Storage/storageAccounts@2025-06-01' = {
  name: take('${prefix}store${uniqueString(resourceGroup().id)}', 24)
  location: location
  kind: 'StorageV2'
  sku: { name: 'Standard_LRS' }
  tags: union(labels, { note: note ?? 'none' })
  properties: {
    allowSharedKeyAccess: false
  }

  resource tables 'tableServices' = {
    name: 'default'

    resource state 'tables' = [for word in words: if (!empty(word)) {
      name: replace(word, '-', '')
    }]
  }
}

module child 'child.bicep' = [for (other, i) in others: {
  name: 'child-${i}'
  params: {
    city: other.city
    size: other.?size
  }
}]

output endpoint string = account.properties.primaryEndpoints.table
output cities array = [for (other, i) in others: child[i].outputs.city]
output all object = { text: text, list: list, choice: choice.kind, loud: shout(name) }
"""

SHARED: Final = """
@export()
type place = {
  city: string
  size: int?
}
"""

CHILD: Final = """
@minLength(1)
param city string
@minValue(1)
param size int?
output city string = '${city} ${size ?? 1}'
"""

BASE: Final = """
param location string
param flag bool = true
var open = { a: 1 }
resource account 'Microsoft.Storage/storageAccounts@2025-06-01' = if (flag) {
  name: 'contosostate'
  location: location
  kind: 'StorageV2'
  sku: { name: 'Standard_LRS' }
}
resource vault 'Microsoft.KeyVault/vaults@2025-05-01' existing = {
  name: 'kv-contoso'
}
module child 'child.bicep' = {
  name: 'child'
  params: { city: 'x${open.a}' }
}
output vaultId string = vault.id
"""
"""A right template that the wrong ones below are added to."""

WRONG: Final[dict[str, tuple[str, str]]] = {
    # what is wrong: what is added to BASE, and what the checker says about it
    "a parameter that nobody uses": ("param unused string", "param 'unused' is declared but never"),
    "a variable that nobody uses": ("var unused = 1", "var 'unused' is declared but never used"),
    "a type that nobody uses": ("type unused = string", "type 'unused' is declared but never used"),
    "an import that nobody uses": ("import { place } from 'shared.bicep'", "'place' is declared"),
    "an import of nothing": ("import { plice } from 'shared.bicep'\nparam p plice = 1", "export"),
    "an existing resource that nobody uses": (
        "resource it 'Microsoft.KeyVault/vaults@2025-05-01' existing = {\n  name: 'kv-x'\n}",
        "existing resource 'it' is never used",
    ),
    "a name that is not defined": ("output x string = nobody", "'nobody' is not defined"),
    "a type that is not defined": ("param x nothing\noutput y string = x", "'nothing' is not def"),
    "two symbols of one name": ("var open = 2", "'open' is declared twice"),
    "two outputs of one name": ("output vaultId string = 'x'", "'vaultId' is declared twice"),
    "a function that is none": ("output x string = upper('a')", "unknown function upper()"),
    "too many arguments": ("output x string = trim('a', 'b')", "trim() takes 1 argument"),
    "a decorator that is none": ("@descripton('x')\noutput x string = 'a'", "unknown decorator"),
    "a decorator in a wrong place": ("@secure()\nvar x = 'a'\noutput y string = x", "cannot stand"),
    "a decorator for another type": (
        "@minLength(2)\nparam x int\noutput y int = x",
        "@minLength cannot stand on a value of type int",
    ),
    "a default of another type": ("param x string = 1\noutput y string = x", "expected string"),
    "a default that is not allowed": (
        "@allowed(['a'])\nparam x string = 'b'\noutput y string = x",
        "param x: ",
    ),
    "a default that is too long": (
        "@maxLength(2)\nparam x string = 'abc'\noutput y string = x",
        "may have 3 characters, at most 2",
    ),
    "an output of another type": ("output x int = 'a'", "output x: expected int, found 'a'"),
    "a property of a variable that is none": ("output x int = open.b", "has no property 'b'"),
    "a property of a resource that is none": (
        "output x string = vault.properties.uri",
        "has no property 'uri'",
    ),
    "a property of something with a condition": (
        "output x string = account.properties.primaryEndpoints.blob",
        "'account' has a condition",
    ),
    "an output of a module that is none": (
        "output x string = child.outputs.town",
        "'child.outputs' has no property 'town'",
    ),
    "a property of a string": ("output x string = location.name", "string has no properties"),
    "null where a string is needed": (
        "param x string?\noutput y string = x",
        "may be null, expected string",
    ),
    "a module that is not there": (
        "module gone 'gone.bicep' = {\n  name: 'gone'\n}",
        "module file 'gone.bicep' does not exist",
    ),
    "a module's parameter that is none": (
        "module x 'child.bicep' = {\n  name: 'x'\n  params: { city: 'a', town: 'b' }\n}",
        "unknown property 'town'",
    ),
    "a module's parameter that is missing": (
        "module x 'child.bicep' = {\n  name: 'x'\n}",
        "missing required property 'city'",
    ),
    "a module's parameter of another type": (
        "module x 'child.bicep' = {\n  name: 'x'\n  params: { city: 1 }\n}",
        "x.params.city: expected string, found 1",
    ),
    "a module for another scope": (
        "module x 'wide.bicep' = {\n  name: 'x'\n}",
        "missing 'scope'",
    ),
    "a file that is not there": (
        "output x string = loadTextContent('gone.kql')",
        "there is no file 'gone.kql'",
    ),
    "a role for the whole group": (
        (
            "resource x 'Microsoft.Authorization/roleAssignments@2022-04-01' = {\n"
            "  name: guid(location)\n"
            "  properties: { principalId: location, roleDefinitionId: 'x' }\n}"
        ),
        "missing 'scope': it would apply to the whole resourceGroup",
    ),
    "a resource group inside a group": (
        (
            "resource x 'Microsoft.Resources/resourceGroups@2024-03-01' = {\n"
            "  name: 'rg'\n  location: location\n}"
        ),
        "cannot be deployed at resourceGroup scope",
    ),
    "a child without its parent": (
        (
            "resource x 'Microsoft.Storage/storageAccounts/tableServices@2025-06-01' = {\n"
            "  name: 'default'\n}"
        ),
        "missing 'parent'",
    ),
    "a child of the wrong parent": (
        (
            "resource x 'Microsoft.Storage/storageAccounts/tableServices@2025-06-01' = {\n"
            "  parent: vault\n  name: 'default'\n}"
        ),
        "'parent' must be a microsoft.storage/storageaccounts",
    ),
    "readEnvironmentVariable in a template": (
        "output x string = readEnvironmentVariable('X')",
        "may stand only in a parameter file",
    ),
    "a name that is known too late": (
        (
            "var late = vault.properties.tenantId\nmodule x 'child.bicep' = {\n"
            "  name: 'x-${late}'\n  params: { city: 'a' }\n}"
        ),
        "its name needs 'late', which is not known when the deployment starts",
    ),
    "a condition that is known too late": (
        (
            "module x 'child.bicep' = if (child.outputs.city == 'a') {\n"
            "  name: 'x'\n  params: { city: 'a' }\n}"
        ),
        "its condition needs 'child.outputs'",
    ),
    "newGuid outside a default": ("output x string = newGuid()", "may stand only in the default"),
    "a comma at the end of a line": ("var x = {\n  a: 1,\n  b: 2\n}", "syntax: a comma at the end"),
    "two properties on a line": ("var x = { a: 1 b: 2 }", "syntax: expected a new line or a comma"),
    "a string over two lines": ("var x = 'a\nb'", "syntax: the string does not end"),
    # the linter
    "concat": ("output x string = concat('a', location)", "prefer-interpolation"),
    "an interpolation of one thing": ("output x string = '${location}'", "simplify-interpolation"),
    "a quoted name": ("output x object = { 'a': 1 }", "prefer-unquoted-property-names"),
    "a host of one cloud": (
        "output x string = 'https://x.vault.azure.net'",
        "no-hardcoded-env-urls: vault.azure.net",
    ),
    "a region in the text": (
        (
            "resource x 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = {\n"
            "  name: 'id-contoso'\n  location: 'westeurope'\n}"
        ),
        "no-hardcoded-location: 'westeurope'",
    ),
    "the group's region outside a parameter": (
        "output x string = resourceGroup().location",
        "no-loc-expr-outside-params",
    ),
    "a wait that is none": (
        (
            "module x 'child.bicep' = {\n  name: 'x'\n  params: { city: vault.id }\n"
            "  dependsOn: [\n    vault\n  ]\n}"
        ),
        "no-unnecessary-dependson: 'vault'",
    ),
    "a secret that is not secure": (
        "param clientSecret string\noutput x string = clientSecret",
        "secure-secrets-in-params",
    ),
    "a secret with a default": (
        "@secure()\nparam pin string = '1234'\noutput x string = pin",
        "secure-parameter-default",
    ),
    "a name that changes each time": (
        (
            "param x string = newGuid()\n"
            "resource y 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = {\n"
            "  name: x\n  location: location\n}"
        ),
        "use-stable-resource-identifiers",
    ),
    "contains and then a read": (
        "output x int = contains(open, 'a') ? open.a : 2",
        "use-safe-access",
    ),
    "a json null": ("output x object = { a: json('null') }", "simplify-json-null"),
    "a key by the resource's id": (
        "output x object = listKeys(vault.id, '2025-05-01')",
        "use-resource-symbol-reference",
    ),
    "a module's region left to its default": (
        "module x 'wide-here.bicep' = {\n  name: 'x'\n}",
        "explicit-values-for-loc-params",
    ),
    "a parent in the name": (
        (
            "resource x 'Microsoft.KeyVault/vaults/secrets@2025-05-01' existing = {\n"
            "  name: '${vault.name}/s'\n}\noutput y string = x.id"
        ),
        "use-parent-property",
    ),
}

FILES: Final = {
    "child.bicep": CHILD,
    "shared.bicep": SHARED,
    "wide.bicep": "targetScope = 'subscription'\n",
    "wide-here.bicep": "param location string = resourceGroup().location\n"
    "output x string = location\n",
}
"""The files beside the samples."""

PARAMETERS: Final = "using './main.bicep'\nparam location = 'westeurope'\n"

WRONG_PARAMETERS: Final = {
    "using './main.bicep'\n": "missing parameter 'location'",
    "param location = 'x'\n": "needs one `using`",
    "using './gone.bicep'\n": "template './gone.bicep' does not exist",
    PARAMETERS + "param town = 'x'\n": "the template has no parameter 'town'",
    PARAMETERS + "param flag = 'yes'\n": "flag: expected bool, found 'yes'",
    PARAMETERS + "param flag = bool(readEnvironment('X'))\n": "unknown function readEnvironment()",
    PARAMETERS + "var x = 1\n": "var 'x' is declared but never used",
    PARAMETERS + "param flag bool = true\n": "syntax: expected '='",
}
