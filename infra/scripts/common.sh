# shellcheck shell=bash
# What the scripts here and in deploy/ share; sourced, never run. Progress goes to stderr, results to
# stdout.

warn() { printf '%s\n' "$*" >&2; }
say() { warn "$@"; }

# Ends the script: what happened, then what to do.
die() {
  warn "$(basename "$0"): $1"
  warn "What to do: $2"
  exit 2
}

# The lines of comment at the top of the script are its help.
usage() { awk 'NR > 1 { if (!/^#/) exit; sub(/^# ?/, ""); print }' "$0"; }

# The value of an option that needs one.
value() {
  [[ $# -ge 2 && -n $2 ]] || die "$1 has no value." "run $0 --help"
  printf '%s' "$2"
}

# The variable called $1 must hold something; $2 is its option.
need() { [[ -n ${!1:-} ]] || die "$2 is missing." "run $0 --help"; }

# $2 must look like an id of a directory object; $1 is its option.
need_id() {
  [[ $2 =~ ^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$ ]] ||
    die "$1 is not an object id: $2" "take the one that the deployment printed, such as 8f0c2f5e-3a5b-4b9a-9a3b-2f6f0f4f9d11"
}

# Runs a command. If it fails, its own words are already on the screen: adds what it was for ($1), and
# what to do ($2). Windows ends az's lines with a carriage return. Nothing here may eat our input.
try() {
  local what=$1 advice=$2
  shift 2
  "$@" </dev/null | tr -d '\r' || die "could not $what; the reason is above." "$advice"
}

need_azure() {
  command -v az >/dev/null || die "az is not installed on this machine." \
    "install the Azure CLI 2.60 or newer (https://aka.ms/azure-cli), or use the Azure Cloud Shell"
  try "find out who is signed in" "az login; without a subscription: az login --allow-no-subscriptions" \
    az account show --output none
}

# Sets graph, the address of Microsoft Graph, unless an option gave one.
need_graph() {
  [[ -n ${graph:-} ]] || graph=$(try "find the cloud's Microsoft Graph" "az cloud list, az cloud set" \
    az cloud show --query endpoints.microsoftGraphResourceId --output tsv)
  graph=${graph%/}
  [[ $graph == https://* ]] || die "\"$graph\" is not an address of Microsoft Graph." \
    "give it: --graph https://graph.microsoft.com (DoD: https://dod-graph.microsoft.us)"
}

# One request to Microsoft Graph: purpose, advice, method, path, further options of az rest.
ask_graph() {
  local what=$1 advice=$2 method=$3 path=$4
  shift 4
  try "$what" "$advice" az rest --method "$method" --resource "$graph" --url "$graph/v1.0/$path" "$@"
}
