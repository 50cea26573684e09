#!/usr/bin/env bash
# Deploys the infrastructure of one environment, and says the app's name and address.
#
#   deploy/infra.sh --environment dev|prod --resource-group NAME
#
# Needs: Azure CLI, signed in. The next steps of a pipeline get functionAppName and functionAppUrl.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

read_environment "$@"

name="watchdog-$environment"
azure deployment group create --name "$name" --resource-group "$group" --output none \
  --parameters "$file" --parameters "${PIPELINE_PARAMETERS[@]}" ||
  die "the deployment $name failed; the reason is above. What was deployed before still runs." \
    "az deployment operation group list --name $name --resource-group $group --query \"[?properties.provisioningState=='Failed']\""

for output in functionAppName functionAppUrl; do
  found=$(azure deployment group show --name "$name" --resource-group "$group" \
    --query "properties.outputs.$output.value" --output tsv)
  [[ -n $found ]] || die "the deployment has no output $output." "does infra/main.bicep still declare it?"
  say "$output: $found"
  hand_over "$output" "$found"
done
