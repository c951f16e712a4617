#!/usr/bin/env bash
# Prints the images that workers of an environment run, as APP_IMAGE=… and EVAL_RUNNER_IMAGE=…, for a plan that is no release:
#   CLUSTER=… deploy/scripts/images.sh "$WORKER_SERVICE"
set -euo pipefail

: "${CLUSTER:?}"
service=${1:?images.sh: name the service of the workers}
definition=$(aws ecs describe-services --cluster "$CLUSTER" --services "$service" \
  --query 'services[0].taskDefinition' --output text)
aws ecs describe-task-definition --task-definition "$definition" --output json | jq -er '
  .taskDefinition.containerDefinitions[0]
  | (.environment[] | select(.name == "DOCOPS_ECS_RUNNER_IMAGE") | .value) as $runner
  | "APP_IMAGE=\(.image)", "EVAL_RUNNER_IMAGE=\($runner)"'
