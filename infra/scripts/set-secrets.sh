#!/usr/bin/env bash
# Writes the watchdog's secrets into its vault. A secret comes from stdin, or is asked for without
# being shown; it is never an argument, an environment variable, a line in a file or on the screen.
#
#   infra/scripts/set-secrets.sh --vault NAME [--teams-url]          the Teams webhook (teams-url)
#   infra/scripts/set-secrets.sh --vault NAME --dead-man-url         the outside monitor (dead-man-url)
#   infra/scripts/set-secrets.sh --vault NAME --make-signing-keys    a first key for links (signing-keys)
#   infra/scripts/set-secrets.sh --vault NAME --rotate-signing-key   a new key in front of the others
#   infra/scripts/set-secrets.sh --vault NAME --drop-old-signing-keys   only the newest key remains
#
# --app NAME --resource-group NAME   let the app read its secrets again now; otherwise it does so
#                                    within a day (on Flex Consumption a restart is not enough)
#
# Signing keys and the monitor count only with useSigningKeys and useDeadMan in the parameters.
# Rotation: the old keys open what they signed. Drop them a day later; if a key leaked, at once.
# Needs: Azure CLI, signed in with the role Key Vault Secrets Officer on the vault; with --app also
# Website Contributor on the app; openssl for keys. A vault that is off the internet
# (privateNetworking) takes secrets only from inside its network.
set +x # nobody's trace shows a secret
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

vault='' action='' app='' group=''
act() {
  [[ -z $action || $action == "$1" ]] || die "$action and $1 together." "run it once for each"
  action=$1
}
while (($#)); do
  case $1 in
    --vault) vault=$(value "$@"); shift 2 ;;
    --app) app=$(value "$@"); shift 2 ;;
    --resource-group) group=$(value "$@"); shift 2 ;;
    --teams-url | --dead-man-url | --make-signing-keys | --rotate-signing-key | --drop-old-signing-keys)
      act "$1"; shift ;;
    -h | --help) usage; exit 0 ;;
    *) die "I do not know one of the options." \
      "run $0 --help; a secret is never an option: it is asked for, or read from stdin" ;;
  esac
done
action=${action:---teams-url}
need vault --vault
[[ -z $app || -n $group ]] || die "--app needs --resource-group." "run $0 --help"
[[ $action == *-url ]] || command -v openssl >/dev/null ||
  die "openssl is not installed on this machine." "install it, or use the Azure Cloud Shell"
need_azure

officer="you need the role Key Vault Secrets Officer: az role assignment create --role 'Key Vault Secrets Officer' --assignee <you> --scope \$(az keyvault show --name $vault --query id --output tsv), then wait some minutes. A vault that is off the internet takes secrets only from inside its network"

# Stores what comes on stdin, to the byte, under the name $1. az would print it: --output none.
store() {
  az keyvault secret set --vault-name "$vault" --name "$1" --file /dev/stdin --encoding utf-8 \
    --output none || die "could not write $1 into $vault; the reason is above." "$officer"
  say "stored              $1 in $vault"
}

# Prints the keys that are in the vault; nothing if there are none.
keys_now() {
  local there
  there=$(try "look for signing-keys in $vault" "$officer" az keyvault secret list \
    --vault-name "$vault" --query "[?name=='signing-keys'].name" --output tsv) || exit
  [[ -z $there ]] || try "read signing-keys from $vault" "$officer" az keyvault secret show \
    --vault-name "$vault" --name signing-keys --query value --output tsv
}

# A key with an id that says when it was made.
new_key() {
  local bytes
  bytes=$(openssl rand -base64 32) || die "openssl made no key." "run: openssl rand -base64 32"
  [[ ${#bytes} -eq 44 ]] || die "openssl made a key of a wrong length." "run: openssl version"
  printf 'k%s:%s' "$(date -u +%Y%m%dT%H%M%S)" "$bytes"
}

# Reads the secret address $1 from the keyboard, unseen, or from stdin, and stores it.
store_url() {
  local url=''
  if [[ -t 0 ]]; then
    read -rsp "$1 (not shown, Enter ends it): " url
    say ''
  else
    url=$(cat)
  fi
  url=${url%$'\r'}
  [[ -n $url ]] || die "nothing came." "pipe the address in, or type it; nothing was stored"
  [[ $url =~ ^https://[^[:space:]]+$ ]] || die "what came is not one address that begins with https://." \
    "copy it once more, all of it; it was not stored"
  printf '%s' "$url" | store "$1"
}

case $action in
  --teams-url) store_url teams-url ;;
  --dead-man-url) store_url dead-man-url ;;
  --make-signing-keys)
    keys=$(keys_now)
    [[ -z $keys ]] || die "$vault has signing keys already." \
      "to replace them: --rotate-signing-key, and a day later --drop-old-signing-keys"
    key=$(new_key)
    printf '%s' "$key" | store signing-keys
    ;;
  --rotate-signing-key)
    keys=$(keys_now)
    [[ -n $keys ]] || die "$vault has no signing keys yet." "make the first: --make-signing-keys"
    key=$(new_key)
    printf '%s;%s' "$key" "$keys" | store signing-keys
    say "The old keys still open what they signed. Drop them a day later: --drop-old-signing-keys"
    ;;
  --drop-old-signing-keys)
    keys=$(keys_now)
    [[ $keys == *';'* ]] || die "$vault has no older signing keys." "nothing: there is nothing to drop"
    printf '%s' "${keys%%;*}" | store signing-keys
    ;;
esac

if [[ -n $app ]]; then
  advice='you need Website Contributor on the app; otherwise it reads them within a day'
  id=$(try "find the app $app" "$advice" az functionapp show --name "$app" --resource-group "$group" \
    --query id --output tsv)
  try "let the app read its secrets again" "$advice" az rest --method post --output none \
    --url "$id/config/configreferences/appsettings/refresh?api-version=2022-03-01"
  say "The app reads its secrets again now."
fi
