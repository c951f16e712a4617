#!/usr/bin/env bash
# Prints "service<tab>task definition" for each service that runs, so that rollback.sh can bring it back:
#   CLUSTER=… deploy/scripts/current.sh "$WEB_SERVICE" "$WORKER_SERVICE" > before.txt
set -euo pipefail

: "${CLUSTER:?}"
[ $# -gt 0 ] || { echo 'current.sh: name the services' >&2; exit 64; }
aws ecs describe-services --cluster "$CLUSTER" --services "$@" --output json |
  jq -r '.services[] | select(.status == "ACTIVE") | "\(.serviceName)\t\(.taskDefinition)"'
