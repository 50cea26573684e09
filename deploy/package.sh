#!/usr/bin/env bash
# Sends a built package to the app as it is, without remote build, and waits until it is in place.
#
#   deploy/package.sh --resource-group NAME --app NAME [--zip FILE]
#
#   --zip           the package (default: build/watchdog.zip, which "make package" builds); to go back,
#                   the one that ran before
#   --attempts N    how often to ask whether it is done (default 60)
#   --pause N       seconds between two questions (default 5)
#
# Needs: Azure CLI (signed in, Contributor on the app), curl.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

group='' app='' zip=build/watchdog.zip attempts=60 pause=5
while (($#)); do
  case $1 in
    --resource-group) group=$(value "$@"); shift 2 ;;
    --app) app=$(value "$@"); shift 2 ;;
    --zip) zip=$(value "$@"); shift 2 ;;
    --attempts) attempts=$(value "$@"); shift 2 ;;
    --pause) pause=$(value "$@"); shift 2 ;;
    -h | --help) usage; exit 0 ;;
    *) die "I do not know \"$1\"." "run $0 --help" ;;
  esac
done
need group --resource-group
need app --app
[[ $attempts =~ ^[1-9][0-9]{0,2}$ ]] || die "--attempts is not a number from 1 to 999." "run $0 --help"
[[ $pause =~ ^[0-9]{1,3}$ ]] || die "--pause is not a number of seconds." "run $0 --help"
[[ -f $zip ]] || die "there is no $zip." "make package builds build/watchdog.zip; a path counts from the checkout's top"
need_command curl "apt-get install curl"
need_azure

# Of an app on Flex Consumption the Azure CLI prints what Azure says, with "properties"; older
# releases, and other plans, are without. The name cannot be guessed: it may have a region in it.
host=$(azure functionapp show --resource-group "$group" --name "$app" --output tsv \
  --query "(properties.hostNameSslStates || hostNameSslStates)[?hostType=='Repository'].name") ||
  die "the app $app cannot be read; the reason is above." "is $app in $group? This needs Contributor on it"
# A token for Azure goes there: to no other host than App Service's.
[[ $host =~ ^[A-Za-z0-9.-]+\.scm\.[A-Za-z0-9.-]*azurewebsites\.(net|us|cn)$ ]] ||
  die "Azure names no host that takes packages: \"$host\"." "az functionapp show --resource-group $group --name $app"
token=$(azure account get-access-token --query accessToken --output tsv) || die "there is no token." "az login"
mask "$token"

answer=$(mktemp)
trap 'rm -f "$answer"' EXIT

# Requests a path; the token travels by curl's standard input, where no other process can read it.
status=''
request() {
  : >"$answer"
  status=$(printf 'header = "Authorization: Bearer %s"\n' "$token" | curl --silent --show-error --proto '=https' \
    --max-time 600 --output "$answer" --write-out '%{http_code}' --config - "$@") || status="no answer (curl: exit code $?)"
}
refused() {
  warn "It answered $status:"
  head -c 2000 "$answer" >&2
  warn ""
  die "$1" "$2"
}

say "Sending $zip ($(wc -c <"$zip" | tr -d ' ') bytes) to $app"
request --request POST --header 'Content-Type: application/zip' --data-binary "@$zip" "https://$host/api/publish?RemoteBuild=false"
case $status in
  200 | 202) ;;
  401 | 403) refused "$app does not take packages from you." "this needs Contributor on $app, and a network from which $host can be reached" ;;
  409) refused "another deployment is under way." "wait a minute, and run this again" ;;
  *) refused "the package was not taken; what ran before still runs." "wait a minute, and run this again" ;;
esac

# 4 is done; 3, 5, 6 and -1 are failed, overtaken, half done and cancelled. What the endpoint does not
# know any more (404) was cleared away because it is done.
for ((try = 1; try <= attempts; try++)); do
  request "https://$host/api/deployments/latest"
  state=$(grep -o '"status": *-\{0,1\}[0-9]*' "$answer" | head -n 1 | grep -o '[0-9-]*$' || true)
  case $status:$state in
    *:4) say "$app has the package."; exit 0 ;;
    404:*) ((try == 1)) || { say "$app has the package."; exit 0; } ;;
    *:3 | *:5 | *:6 | *:-1) refused "the package did not get into its place." "run this again; then deploy/smoke-test.sh says what runs" ;;
  esac
  ((try == attempts)) || sleep "$pause"
done
refused "after $attempts questions, $pause s apart, the deployment is not done." "deploy/smoke-test.sh says what runs"
