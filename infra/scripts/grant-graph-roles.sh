#!/usr/bin/env bash
# Gives the app's identity its Microsoft Graph permissions, where the template may not (graph.bicep
# does the same). Says which it has already, so it can be run again; and which it has besides.
#
#   infra/scripts/grant-graph-roles.sh --principal-id ID [--role VALUE]... [--dry-run] [--graph URL]
#
# --principal-id  object id of the identity: output identityPrincipalId of the deployment
# --role          a permission, once for each; without it, all that the watchdog can use
# --dry-run       only look
# --graph         Microsoft Graph's address, for DoD: https://dod-graph.microsoft.us
#
# Needs: Azure CLI, signed in as a Privileged Role Administrator (or with the Graph permissions
# AppRoleAssignment.ReadWrite.All and Application.Read.All). No right on any subscription.
# Tokens that were issued before do not have a new permission: up to a day may pass.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

GRAPH_APP_ID=00000003-0000-0000-c000-000000000000
ALL=(
  Organization.Read.All
  OnPremDirectorySynchronization.Read.All
  AuditLog.Read.All
  Application.Read.All
  ServiceHealth.Read.All
  Synchronization.Read.All
)

principal='' graph='' dry='' roles=()
while (($#)); do
  case $1 in
    --principal-id | --principal) principal=$(value "$@"); shift 2 ;;
    --role) roles+=("$(value "$@")"); shift 2 ;;
    --graph) graph=$(value "$@"); shift 2 ;;
    --dry-run) dry=yes; shift ;;
    -h | --help) usage; exit 0 ;;
    *) die "I do not know \"$1\"." "run $0 --help" ;;
  esac
done
need principal --principal-id
need_id --principal-id "$principal"
((${#roles[@]})) || roles=("${ALL[@]}")
for role in "${roles[@]}"; do
  [[ " ${ALL[*]} " == *" $role "* ]] ||
    die "$role is not a permission that the watchdog can use." "use some of: ${ALL[*]}"
done
need_azure
need_graph

right='sign in as a Privileged Role Administrator, or ask one to run this'
resource=$(ask_graph "find Microsoft Graph in the tenant" "$right" get \
  "servicePrincipals(appId='$GRAPH_APP_ID')?\$select=id" --query id --output tsv)
# The id of a permission differs from cloud to cloud, its value does not.
offered=$(ask_graph "list the permissions that Graph offers" "$right" get \
  "servicePrincipals(appId='$GRAPH_APP_ID')?\$select=appRoles" \
  --query "appRoles[?contains(allowedMemberTypes, 'Application')].[value, id]" --output tsv)
held=$(ask_graph "list what the identity has" \
  "--principal-id is the object id of the identity, not its client id; a new identity takes a minute to appear" \
  get "servicePrincipals/$principal/appRoleAssignments?\$top=999" \
  --query "value[?resourceId=='$resource'].appRoleId" --output tsv)

id_of() { awk -F '\t' -v role="$1" '$1 == role { print $2; exit }' <<<"$offered"; }
value_of() { awk -F '\t' -v id="$1" '$2 == id { print $1; exit }' <<<"$offered"; }

for role in "${roles[@]}"; do
  id=$(id_of "$role")
  if [[ -z $id ]]; then
    say "not in this cloud   $role"
  elif grep -qxF -- "$id" <<<"$held"; then
    say "there already       $role"
  elif [[ -n $dry ]]; then
    say "would be granted    $role"
  else
    ask_graph "grant $role" "$right" post "servicePrincipals/$resource/appRoleAssignedTo" \
      --headers Content-Type=application/json --output none \
      --body "{\"principalId\": \"$principal\", \"resourceId\": \"$resource\", \"appRoleId\": \"$id\"}"
    say "granted             $role"
  fi
done

# Least privilege is a promise: what the identity holds besides is worth a question.
while read -r id; do
  role=$(value_of "$id")
  [[ -z $id || " ${ALL[*]} " == *" $role "* ]] ||
    say "NOT NEEDED          ${role:-$id}: remove it in the portal (Enterprise applications, the identity, Permissions)"
done <<<"$held"
[[ -n $dry ]] || say "Tokens issued before have no new permission. If Graph still answers 403: wait, up to a day."
