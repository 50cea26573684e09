#!/usr/bin/env bash
# Says what a person has left to do once the infrastructure stands. azd calls it after "provision".
#
#   deploy/next-steps.sh
#
# Reads the outputs of infra/azd.bicep from the environment: functionAppName, functionAppUrl,
# resourceGroupName, keyVaultName, identityPrincipalId, signInRedirectUri, signInReady. Changes nothing.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

case ${1:-} in
  '') ;;
  -h | --help) usage; exit 0 ;;
  *) die "I do not know \"$1\"." "run $0 --help" ;;
esac
for output in functionAppName functionAppUrl resourceGroupName keyVaultName identityPrincipalId \
  signInRedirectUri; do
  [[ -n ${!output:-} ]] || die "$output is not in the environment." \
    "azd env get-values shows the outputs; azd provision writes them"
done

# shellcheck disable=SC2154  # the outputs come from azd's environment
cat <<TEXT
The infrastructure stands. What is left, once, in this order: a token that the app takes before it has
its roles does not learn of them for a day, and it takes none before the first secret is there.

1. Only if you deployed with grantGraphRoles=false: somebody who may grant them gives the app's
   identity its roles in Microsoft Graph:
     infra/scripts/grant-graph-roles.sh --principal-id $identityPrincipalId
2. Connect Health (Entra ID P1) says which server is silent. Bicep cannot give this right:
     infra/scripts/grant-connect-health-reader.sh --principal-id $identityPrincipalId
3. The address of the Teams workflow goes into the vault (docs/teams-workflow.md makes the workflow).
   You need Key Vault Secrets Officer on it; docs/deploy.md, step 4, has the command:
     infra/scripts/set-secrets.sh --vault $keyVaultName --app $functionAppName --resource-group $resourceGroupName
4. See that it works; this posts a test card:
     deploy/smoke-test.sh --resource-group $resourceGroupName --app $functionAppName --url $functionAppUrl
TEXT
# shellcheck disable=SC2154  # likewise
[[ ${signInReady:-} == true ]] || cat <<TEXT

Nobody can sign in yet, so the pages are shut and cards have no button. Either deploy again with
signInUsers, or make the registration apart and deploy again with signIn=existing:
     infra/scripts/register-sign-in.sh --app $functionAppName --redirect-uri $signInRedirectUri --principal-id $identityPrincipalId
TEXT
