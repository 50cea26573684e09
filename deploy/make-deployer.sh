#!/usr/bin/env bash
# Makes the identity with which a pipeline deploys one environment: no secret, rights on one resource
# group only, and of the right to assign roles no more than the template needs. A person runs it once.
#
#   deploy/make-deployer.sh --environment dev|prod --resource-group NAME --location REGION \
#       --repository OWNER/NAME [--subject TEXT] [--identity-group NAME]
#
#   --resource-group   what the pipeline deploys to; made if it is not there
#   --repository       of GitHub, whose environment of that name may sign in as the identity
#   --subject          how GitHub names the repository to Azure. Of one made, renamed or moved since
#                      July 2026 with ids: repo:contoso@123456/watchdog@456789; of an older one
#                      repo:contoso/watchdog. Without it GitHub is asked (gh, signed in)
#   --identity-group   where the identity itself lives (default: NAME-deploy); never in the group that
#                      it deploys to, where it could let in others by itself
#
# It also registers what the template uses with the subscription: the pipeline may not.
# Prints the variables that the workflow reads. In Azure DevOps a service connection with workload
# identity federation takes the same identity; its page says the issuer and the subject to add.
# Needs: Azure CLI, signed in as Owner of the subscription or of both groups.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

environment='' group='' location='' repository='' subject='' home=''
while (($#)); do
  case $1 in
    --environment) environment=$(value "$@"); shift 2 ;;
    --resource-group) group=$(value "$@"); shift 2 ;;
    --location) location=$(value "$@"); shift 2 ;;
    --repository) repository=$(value "$@"); shift 2 ;;
    --subject) subject=$(value "$@"); shift 2 ;;
    --identity-group) home=$(value "$@"); shift 2 ;;
    -h | --help) usage; exit 0 ;;
    *) die "I do not know \"$1\"." "run $0 --help" ;;
  esac
done
need environment --environment
need group --resource-group
need location --location
need repository --repository
parameters_of "$environment" >/dev/null
home=${home:-$group-deploy}
[[ $repository =~ ^[A-Za-z0-9-]+/[A-Za-z0-9._-]+$ ]] || die "--repository is not OWNER/NAME." "run $0 --help"
lower() { printf '%s' "$1" | tr '[:upper:]' '[:lower:]'; }
[[ $(lower "$home") != "$(lower "$group")" ]] || die "the identity cannot live in $group, to which it deploys." \
  "name another group with --identity-group"

# The roles that the template assigns, from the template: no second list that could differ.
roles=$(sed -n "s/^var [A-Za-z]* = '\([0-9a-f-]\{36\}\)'.*/\1/p" infra/modules/roles.bicep | paste -s -d , | sed 's/,/, /g')
[[ -n $roles ]] || die "infra/modules/roles.bicep names no role." "did its form change? This script reads its lines \"var name = '<id>'\""
providers=$(sed -n "s/^ *resource .* '\(Microsoft\.[A-Za-z]*\)\/.*/\1/p" infra/modules/*.bicep | grep -v '^Microsoft\.Graph$' | sort -u)

# Names can be given to somebody else, ids cannot: https://docs.github.com/actions/reference/security/oidc
if [[ -z $subject ]]; then
  need_command gh "install GitHub's command line and sign in (gh auth login), or give --subject: the repository's Settings, Actions, OIDC shows it"
  subject=$(gh api "repos/$repository/actions/oidc/customization/sub" --jq '.sub_claim_prefix // ""') ||
    die "GitHub does not say how it names $repository to Azure; the reason is above." "gh auth login, as somebody who may see its settings; or give --subject"
  subject=${subject:-repo:$repository}
fi
[[ $subject =~ ^repo:[A-Za-z0-9-]+(@[0-9]+)?/[A-Za-z0-9._-]+(@[0-9]+)?$ ]] ||
  die "\"$subject\" is not repo:OWNER/NAME or repo:OWNER@ID/NAME@ID." "give --subject; run $0 --help"
need_azure

# What did not work, and what may mend it.
failed() { die "$1 failed; the reason is above." "this needs Owner of the subscription, or of $group and $home"; }

for each in "$group" "$home"; do
  [[ $(azure group exists --name "$each") == true ]] ||
    azure group create --name "$each" --location "$location" --output none || failed "making the group $each"
done
for each in $providers; do
  azure provider register --namespace "$each" --output none ||
    warn "$each could not be registered. Unless it is, an owner of the subscription does it: az provider register --namespace $each"
done
name="id-watchdog-deploy-$environment"
azure identity create --name "$name" --resource-group "$home" --location "$location" --output none ||
  failed "making the identity"
client=$(azure identity show --name "$name" --resource-group "$home" --query clientId --output tsv)
principal=$(azure identity show --name "$name" --resource-group "$home" --query principalId --output tsv)
scope=$(azure group show --name "$group" --query id --output tsv)
tenant=$(azure account show --query tenantId --output tsv)
subscription=$(azure account show --query id --output tsv)

azure identity federated-credential create --name "github-$environment" --identity-name "$name" \
  --resource-group "$home" --issuer https://token.actions.githubusercontent.com \
  --subject "$subject:environment:$environment" --audiences api://AzureADTokenExchange \
  --output none || failed "letting the repository in"

assign() {
  azure role assignment create --assignee-object-id "$principal" \
    --assignee-principal-type ServicePrincipal --scope "$scope" --output none "$@" || failed "assigning a role"
}
assign --role Contributor
# The form of a condition: https://learn.microsoft.com/azure/role-based-access-control/delegate-role-assignments-examples
kind=Microsoft.Authorization/roleAssignments
limit="((!(ActionMatches{'$kind/write'})) OR (@Request[$kind:RoleDefinitionId] ForAnyOfAnyValues:GuidEquals {$roles}"
limit+=" AND @Request[$kind:PrincipalType] ForAnyOfAnyValues:StringEqualsIgnoreCase {'ServicePrincipal'}))"
limit+=" AND ((!(ActionMatches{'$kind/delete'})) OR (@Resource[$kind:RoleDefinitionId] ForAnyOfAnyValues:GuidEquals {$roles}))"
assign --role 'Role Based Access Control Administrator' --condition "$limit" --condition-version 2.0

cat <<TEXT
$name may deploy to $group. As variables, none of them a secret:
  in the repository $repository: AZURE_TENANT_ID=$tenant AZURE_SUBSCRIPTION_ID=$subscription
  in its environment $environment: AZURE_CLIENT_ID=$client AZURE_RESOURCE_GROUP=$group
TEXT
