# shellcheck shell=bash
# What the scripts in this folder share; sourced, never run. Both pipelines and azd call the same
# scripts, so that a step is written, and tested, once.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source infra/scripts/common.sh

# A pipeline's identity has no right in Microsoft Graph: one that may grant Graph roles is as strong as
# a Privileged Role Administrator. So a person grants the app's roles and makes the registration for
# sign-in, once (infra/scripts), and SIGN_IN_CLIENT_ID names that registration. Without it the pages
# stay shut.
# shellcheck disable=SC2034  # used by the scripts that source this file
PIPELINE_PARAMETERS=(grantGraphRoles=false)
if [[ -n ${SIGN_IN_CLIENT_ID:-} ]]; then
  PIPELINE_PARAMETERS+=(signIn=existing "signInClientId=$SIGN_IN_CLIENT_ID")
else
  PIPELINE_PARAMETERS+=(signIn=off)
fi

say() { printf '%s\n' "$*"; }

need_command() {
  command -v "$1" >/dev/null || die "$1 is not installed on this machine." "$2"
}

# The Azure CLI, in the subscription that azd chose where it calls: that of az may be another.
azure() { az "$@" ${AZURE_SUBSCRIPTION_ID:+--subscription "$AZURE_SUBSCRIPTION_ID"}; }

need_azure() {
  need_command az "install the Azure CLI 2.60 or newer: https://aka.ms/azure-cli"
  azure account show --output none || die "the Azure CLI is not signed in." \
    "az login, or in a pipeline: check the federated credential of its identity"
}

# Reads --environment and --resource-group into the variables environment, group and file, the
# environment's parameters, and sees to it that both can be used.
read_environment() {
  environment='' group=''
  while (($#)); do
    case $1 in
      --environment) environment=$(value "$@"); shift 2 ;;
      --resource-group) group=$(value "$@"); shift 2 ;;
      -h | --help) usage; exit 0 ;;
      *) die "I do not know \"$1\"." "run $0 --help" ;;
    esac
  done
  need environment --environment
  need group --resource-group
  # shellcheck disable=SC2034  # used by the scripts that call this
  file=$(parameters_of "$environment")
  need_azure
  need_group "$group"
}

# The parameter file of an environment.
parameters_of() {
  local file="infra/main.$1.bicepparam"
  [[ $1 =~ ^[a-z][a-z0-9-]*$ ]] || die "\"$1\" is not the name of an environment." "use dev or prod"
  [[ -f $file ]] || die "$file does not exist." "copy infra/main.dev.bicepparam and adapt it"
  printf '%s' "$file"
}

# A pipeline's identity has rights on one resource group only, so that group must be there first.
need_group() {
  azure group show --name "$1" --output none || die "the resource group $1 cannot be read." \
    "create it (az group create --name $1 --location <region>) and give this identity its roles on it: docs/deploy.md"
}

# Secret $1 is replaced by *** in the rest of a pipeline's log. A terminal gets nothing to read.
mask() {
  if [[ ${GITHUB_ACTIONS:-} == true ]]; then
    say "::add-mask::$1"
  elif [[ -n ${TF_BUILD:-} ]]; then
    say "##vso[task.setsecret]$1"
  fi
}

# Hands value $2 under the name $1 to the pipeline's next steps.
hand_over() {
  if [[ -n ${GITHUB_OUTPUT:-} ]]; then
    printf '%s=%s\n' "$1" "$2" >>"$GITHUB_OUTPUT"
  elif [[ -n ${TF_BUILD:-} ]]; then
    say "##vso[task.setvariable variable=$1]$2"
  fi
}

# Puts file $2 as a code block under the title $1 on the page of the run, where reviewers look.
summarise() {
  if [[ -n ${GITHUB_STEP_SUMMARY:-} ]]; then
    { printf '## %s\n\n```\n' "$1"; cat "$2"; printf '\n```\n'; } >>"$GITHUB_STEP_SUMMARY"
  elif [[ -n ${TF_BUILD:-} ]]; then
    { printf '## %s\n\n```\n' "$1"; cat "$2"; printf '\n```\n'; } >"$2.md"
    say "##vso[task.uploadsummary]$2.md"
  fi
}
