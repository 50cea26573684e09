#!/usr/bin/env bash
# Says what a deployment of the infrastructure would change, and changes nothing.
#
#   deploy/what-if.sh --environment dev|prod --resource-group NAME
#
# Needs: Azure CLI, signed in. In a pipeline the answer also stands on the page of the run.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

read_environment "$@"

# Kept: a pipeline uploads it after this script has ended.
answer=$(mktemp)
azure deployment group what-if --name "watchdog-$environment" --resource-group "$group" \
  --parameters "$file" --parameters "${PIPELINE_PARAMETERS[@]}" >"$answer" ||
  die "what-if failed; nothing was changed. The reason is above." \
    "a missing right: docs/deploy.md lists the roles of this identity. A mistake in a template: make test"
cat "$answer"
summarise "What would change in $environment ($group)" "$answer"
