#!/usr/bin/env bash
# Lets the app's identity read Connect Health: which server lives, and which is staging. Bicep cannot
# do it, because the scope lies outside every subscription. Optional: without it the watchdog reports
# Connect Health as forbidden, and goes by Graph alone. Can be run again.
#
#   infra/scripts/grant-connect-health-reader.sh --principal-id ID
#
# --principal-id  object id of the identity: output identityPrincipalId of the deployment
#
# Needs: Azure CLI, signed in as Owner or User Access Administrator of Connect Health. A Global
# Administrator becomes that for a moment: with
#   az rest --method post --url '/providers/Microsoft.Authorization/elevateAccess?api-version=2016-07-01'
# then az login again, this script, and afterwards the right is given back with
#   az role assignment delete --role 'User Access Administrator' --scope / --assignee <you>
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

SCOPE=/providers/Microsoft.ADHybridHealthService

principal=''
while (($#)); do
  case $1 in
    --principal-id | --principal) principal=$(value "$@"); shift 2 ;;
    -h | --help) usage; exit 0 ;;
    *) die "I do not know \"$1\"." "run $0 --help" ;;
  esac
done
need principal --principal-id
need_id --principal-id "$principal"
need_azure
cloud=$(try "find out which cloud this is" "az cloud list, az cloud set" az cloud show --query name --output tsv)
[[ $cloud != AzureChinaCloud ]] || die "Connect Health does not exist in this cloud." \
  "nothing; set connectHealth to off in the parameters"

right="elevate access for a moment ($0 --help), or in the portal: Microsoft Entra Connect Health, Role based access control (IAM), add Reader"
held=$(try "list who may read Connect Health" "$right" az role assignment list --scope "$SCOPE" \
  --fill-principal-name false --output tsv \
  --query "[?principalId=='$principal' && scope=='$SCOPE'].roleDefinitionName")
while read -r role; do
  [[ -z $role || $role == Reader ]] || say "NOT NEEDED          $role: Reader is all that the watchdog uses"
done <<<"$held"
if grep -qx Reader <<<"$held"; then
  say "there already       Reader on $SCOPE"
  exit 0
fi
try "make the identity a Reader of Connect Health" "$right" az role assignment create \
  --assignee-object-id "$principal" --assignee-principal-type ServicePrincipal \
  --role Reader --scope "$SCOPE" --output none
say "granted             Reader on $SCOPE"
say "If you elevated your access: give it back now ($0 --help)."
