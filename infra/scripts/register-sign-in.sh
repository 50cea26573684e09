#!/usr/bin/env bash
# Makes the registration behind the pages' sign-in, where the template may not (modules/sign-in.bicep
# does the same): no secret, but the app's identity as its credential; only who is assigned gets in.
# Prints the client id: deploy again with signIn=existing and it as signInClientId. Can be run again.
#
#   infra/scripts/register-sign-in.sh --app NAME --redirect-uri URL --principal-id ID
#       [--user ID]... [--no-consent] [--graph URL]
#
# --app           name of the Function App: output functionAppName of the deployment
# --redirect-uri  output signInRedirectUri; once more for a domain of your own
# --principal-id  object id of the identity: output identityPrincipalId
# --user          object id of a user or a group who may sign in, once for each
# --no-consent    an administrator consents in the portal instead; until then nobody gets in
# --graph         Microsoft Graph's address, for DoD: https://dod-graph.microsoft.us
#
# Needs: Azure CLI, signed in as a Cloud Application Administrator (or with the Graph permissions
# Application.ReadWrite.All, AppRoleAssignment.ReadWrite.All, DelegatedPermissionGrant.ReadWrite.All).
# No right on any subscription.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

GRAPH_APP_ID=00000003-0000-0000-c000-000000000000
SCOPES=(openid profile email)
NO_ROLES=00000000-0000-0000-0000-000000000000

app='' redirects=() principal='' users=() consent=yes graph=''
while (($#)); do
  case $1 in
    --app) app=$(value "$@"); shift 2 ;;
    --redirect-uri) redirects+=("$(value "$@")"); shift 2 ;;
    --principal-id | --principal) principal=$(value "$@"); shift 2 ;;
    --user) users+=("$(value "$@")"); shift 2 ;;
    --no-consent) consent=''; shift ;;
    --graph) graph=$(value "$@"); shift 2 ;;
    -h | --help) usage; exit 0 ;;
    *) die "I do not know \"$1\"." "run $0 --help" ;;
  esac
done
need app --app
need redirects --redirect-uri
need principal --principal-id
[[ $app =~ ^[A-Za-z0-9-]{2,60}$ ]] || die "\"$app\" is not the name of a Function App." "run $0 --help"
for redirect in "${redirects[@]}"; do
  [[ $redirect =~ ^https://[A-Za-z0-9.-]+/\.auth/login/aad/callback$ ]] ||
    die "\"$redirect\" is not where App Service's sign-in returns to." "take the output signInRedirectUri"
done
need_id --principal-id "$principal"
for user in ${users[@]+"${users[@]}"}; do need_id --user "$user"; done
need_azure
need_graph

right='sign in as a Cloud Application Administrator, or ask one to run this. If the registration is only seconds old: run it once more'
json=(--headers Content-Type=application/json)
tenant=$(try "find the tenant" "az login" az account show --query tenantId --output tsv)
cloud=$(try "find out which cloud this is" "az cloud list, az cloud set" az cloud show --query name --output tsv)
case $cloud in
  AzureUSGovernment) authority=https://login.microsoftonline.us audience=api://AzureADTokenExchangeUSGov ;;
  AzureChinaCloud) authority=https://login.partner.microsoftonline.cn audience=api://AzureADTokenExchangeChina ;;
  *) authority=https://login.microsoftonline.com audience=api://AzureADTokenExchange ;;
esac

# Items as a JSON list of strings; none of them holds anything that JSON would escape.
list() { local all; all=$(printf '"%s", ' "$@"); printf '[%s]' "${all%, }"; }

# -- the registration; the template gives it the same name, so each finds what the other made ---------
resource=$(ask_graph "find Microsoft Graph in the tenant" "$right" get \
  "servicePrincipals(appId='$GRAPH_APP_ID')?\$select=id" --query id --output tsv)
offered=$(ask_graph "list the scopes that Graph offers" "$right" get \
  "servicePrincipals(appId='$GRAPH_APP_ID')?\$select=oauth2PermissionScopes" \
  --query 'oauth2PermissionScopes[].[value, id]' --output tsv)
wanted=()
for scope in "${SCOPES[@]}"; do
  id=$(awk -F '\t' -v scope="$scope" '$1 == scope { print $2; exit }' <<<"$offered")
  [[ -n $id ]] || die "this cloud's Graph has no scope $scope." "tell the authors; the registration was not made"
  wanted+=("{\"id\": \"$id\", \"type\": \"Scope\"}")
done
access=$(IFS=,; printf '%s' "${wanted[*]}")
unique=sign-in-${app#func-}
body="{\"displayName\": \"Entra Connect Watchdog ($app)\", \"signInAudience\": \"AzureADMyOrg\",
  \"web\": {\"redirectUris\": $(list "${redirects[@]}"),
    \"implicitGrantSettings\": {\"enableIdTokenIssuance\": true, \"enableAccessTokenIssuance\": false}},
  \"requiredResourceAccess\": [{\"resourceAppId\": \"$GRAPH_APP_ID\", \"resourceAccess\": [$access]}]}"
# Made if it is missing, and then Graph says its ids; brought up to date if not, and then it says nothing.
found=$(ask_graph "make or update the registration" "$right" patch "applications(uniqueName='$unique')" \
  "${json[@]}" Prefer=create-if-missing --body "$body" --query '[id, appId]' --output tsv | paste -s -)
if [[ $found == *$'\t'* ]]; then
  say "made                registration $unique"
else
  found=$(ask_graph "read the registration" "$right" get "applications(uniqueName='$unique')?\$select=id,appId" \
    --query '[id, appId]' --output tsv | paste -s -)
  say "there already       registration $unique"
fi
object=${found%%$'\t'*} client=${found##*$'\t'}

# -- the app's identity in place of a secret -----------------------------------------------------------
trusted=$(ask_graph "list the registration's credentials" "$right" get \
  "applications/$object/federatedIdentityCredentials" \
  --query "value[?name=='managed-identity'].[id, subject, issuer]" --output tsv)
credential="{\"name\": \"managed-identity\", \"issuer\": \"$authority/$tenant/v2.0\",
  \"subject\": \"$principal\", \"audiences\": [\"$audience\"],
  \"description\": \"The identity of the app proves the app, in place of a client secret.\"}"
if [[ -z $trusted ]]; then
  ask_graph "trust the app's identity" "$right" post "applications/$object/federatedIdentityCredentials" \
    "${json[@]}" --body "$credential" --output none
  say "made                credential: the app's identity"
elif [[ $trusted == *$'\t'"$principal"$'\t'"$authority/$tenant/v2.0" ]]; then
  say "there already       credential: the app's identity"
else
  ask_graph "trust the app's new identity" "$right" patch \
    "applications/$object/federatedIdentityCredentials/${trusted%%$'\t'*}" \
    "${json[@]}" --body "$credential" --output none
  say "changed             credential: the app's identity"
fi

# -- who gets in ----------------------------------------------------------------------------------------
service=$(ask_graph "look for the registration's service principal" "$right" get \
  "servicePrincipals?\$filter=appId%20eq%20'$client'&\$select=id" --query 'value[].id' --output tsv)
if [[ -z $service ]]; then
  service=$(ask_graph "make the registration's service principal" "$right" \
    post servicePrincipals "${json[@]}" --query id --output tsv \
    --body "{\"appId\": \"$client\", \"appRoleAssignmentRequired\": true}")
  say "made                service principal"
fi
# Always: without it everybody in the tenant gets in.
ask_graph "require an assignment" "$right" patch "servicePrincipals/$service" "${json[@]}" \
  --body '{"appRoleAssignmentRequired": true}' --output none
say "required            an assignment to sign in"

# Where assignment is required, users cannot consent for themselves.
if [[ -n $consent ]]; then
  given=$(ask_graph "look for the consent" "$right" get \
    "oauth2PermissionGrants?\$filter=clientId%20eq%20'$service'" --output tsv \
    --query "value[?consentType=='AllPrincipals' && resourceId=='$resource'].id")
  if [[ -n $given ]]; then
    say "there already       consent for the tenant"
  else
    ask_graph "consent for the tenant" "$right. Or use --no-consent, and consent in the portal" \
      post oauth2PermissionGrants "${json[@]}" --output none \
      --body "{\"clientId\": \"$service\", \"consentType\": \"AllPrincipals\", \"resourceId\": \"$resource\", \"scope\": \"${SCOPES[*]}\"}"
    say "granted             consent for the tenant: ${SCOPES[*]}"
  fi
fi

assigned=$(ask_graph "list who is assigned" "$right" get "servicePrincipals/$service/appRoleAssignedTo?\$top=999" \
  --query 'value[].principalId' --output tsv)
for user in ${users[@]+"${users[@]}"}; do
  if grep -qxF -- "$user" <<<"$assigned"; then
    say "there already       $user"
  else
    ask_graph "assign $user" "is it the object id of a user or a group of this tenant? A group needs Entra ID P1" \
      post "servicePrincipals/$service/appRoleAssignedTo" "${json[@]}" --output none \
      --body "{\"principalId\": \"$user\", \"resourceId\": \"$service\", \"appRoleId\": \"$NO_ROLES\"}"
    say "assigned            $user"
  fi
done
[[ -n $assigned || ${#users[@]} -gt 0 ]] ||
  say "Nobody is assigned yet, so nobody can sign in: run it again with --user."

say "Deploy again with signIn=existing and this as signInClientId:"
printf '%s\n' "$client"
