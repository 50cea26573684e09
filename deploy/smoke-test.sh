#!/usr/bin/env bash
# Proves that a deployed watchdog works: it does a tick, /api/health says 200, the doctor finds no
# fault, and a test card is in the channel. Exit code 0 only if all of that is so.
#
#   deploy/smoke-test.sh --resource-group NAME --app NAME --url https://HOST [options]
#
#   --no-card       do not post the test card
#   --attempts N    how often to try each step (default 20)
#   --pause N       seconds between two tries (default 15)
#
# Needs: Azure CLI (signed in; it reads the function key), curl, and Python with requirements.txt
# installed (PYTHON names it; else .venv/bin/python, else python3).
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

group='' app='' url='' card=(--send-card) attempts=20 pause=15
while (($#)); do
  case $1 in
    --resource-group) group=$(value "$@"); shift 2 ;;
    --app) app=$(value "$@"); shift 2 ;;
    --url) url=$(value "$@"); shift 2 ;;
    --no-card) card=(); shift ;;
    --attempts) attempts=$(value "$@"); shift 2 ;;
    --pause) pause=$(value "$@"); shift 2 ;;
    -h | --help) usage; exit 0 ;;
    *) die "I do not know \"$1\"." "run $0 --help" ;;
  esac
done
need group --resource-group
need app --app
need url --url
[[ $attempts =~ ^[1-9][0-9]{0,2}$ ]] || die "--attempts is not a number from 1 to 999." "run $0 --help"
[[ $pause =~ ^[0-9]{1,3}$ ]] || die "--pause is not a number of seconds." "run $0 --help"
# The key goes there: never over plain http, never to another host by a path or a user part.
[[ $url =~ ^https://[A-Za-z0-9.-]+/?$ ]] || die "--url is not https://HOST." "take the output functionAppUrl"
url=${url%/}
need_command curl "apt-get install curl"
need_azure

python=${PYTHON:-}
if [[ -z $python ]]; then
  python=python3
  [[ ! -x .venv/bin/python ]] || python=.venv/bin/python
fi

answer=$(mktemp)
trap 'rm -f "$answer"' EXIT

# Runs a command until it succeeds, at most $attempts times.
persist() {
  local try
  for ((try = 1; try <= attempts; try++)); do
    if "$@"; then return 0; fi
    ((try == attempts)) || sleep "$pause"
  done
  return 1
}

key=''
fetch_key() {
  key=$(azure functionapp keys list --resource-group "$group" --name "$app" \
    --query functionKeys.default --output tsv) && [[ -n $key && $key != None ]]
}

# Requests a path; true when the answer is 200. The key travels by curl's standard input: the
# arguments of a process can be read by every other one on the machine.
status=''
request() {
  : >"$answer"
  status=$(curl --silent --show-error --proto '=https' --max-time 240 --output "$answer" \
    --write-out '%{http_code}' --config - "$@") || status="no answer (curl: exit code $?)"
  say "  $(date -u +%H:%M:%S) UTC  ${*: -1}  $status"
  [[ $status == 200 ]]
}
tick() {
  request "$url/api/run" < <(printf 'header = "x-functions-key: %s"\nrequest = "POST"\ndata = ""\n' "$key")
}
health() { request "$url/api/health" </dev/null; }

# Ends the script: the step $1 never answered 200. The answer itself says which setting is wrong.
give_up() {
  warn "The last answer of $1 was $status:"
  head -c 2000 "$answer" >&2
  warn ""
  case $status in
    401 | 403) die "$1 refuses the key or the caller." \
      "sign-in must exclude /api/health, /api/run and /api/doctor (infra/main.bicep), and no access restriction may keep this machine out" ;;
    404) die "$1 is not there: the app has no functions." \
      "the package was not indexed: az functionapp log tail --resource-group $group --name $app, and check that it was deployed without remote build" ;;
    503) die "$1 says that the watchdog does not work." \
      "\"misconfigured\" names settings: secrets come into the vault with infra/scripts/set-secrets.sh; docs/operate.md has the other states" ;;
    *) die "$1 did not answer 200 in $attempts tries, $pause s apart." \
      "az functionapp log tail --resource-group $group --name $app" ;;
  esac
}

say "Fetching the function key of $app"
persist fetch_key || die "the function key of $app could not be read." \
  "the host must be running (its storage roles may need minutes), and this identity needs Contributor on $group"
mask "$key"

say "One tick now; timers have not come round yet"
persist tick || give_up /api/run
say "Health"
persist health || give_up /api/health

say "The doctor, inside the app and from here"
code=0
FUNCTION_KEY=$key "$python" -m shared.cli doctor --app "$url" ${card[@]+"${card[@]}"} || code=$?
if ((code)); then
  warn "The doctor ended with exit code $code: the rows above say what is wrong and what mends it."
  exit "$code"
fi
say "$app works."
