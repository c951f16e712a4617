#!/usr/bin/env bash
# Is what was deployed well? The process answers, it can do its work, and docops doctor finds nothing broken.
#   URL=https://docops.example.com CLUSTER=… (as for task.sh) deploy/scripts/smoke.sh
set -euo pipefail

: "${URL:?}" "${CLUSTER:?}" "${TASK_DEFINITION:?}" "${SUBNETS:?}" "${SECURITY_GROUP:?}"
tries=${SMOKE_TRIES:-12}
pause=${POLL_SECONDS:-5}

# No redirects: what answers has to be ours. A proxy's own page has no such body.
expect() {
  local path=$1 filter=$2 answer=''
  for ((i = 1; i <= tries; i++)); do
    if answer=$(curl --silent --show-error --fail-with-body --max-time 10 --max-filesize 65536 "$URL$path" 2>&1) &&
      jq -e "$filter" <<<"$answer" >/dev/null 2>&1; then
      echo "smoke.sh: $path is well"
      return
    fi
    [ "$i" = "$tries" ] || sleep "$pause"
  done
  echo "smoke.sh: $URL$path is not well after $tries tries: ${answer:0:500}" >&2
  exit 1
}

expect /healthz '.alive == true'
expect /readyz '.ready == true'
TASK_MINUTES=${TASK_MINUTES:-10} "$(dirname "$0")/task.sh" doctor
