#!/usr/bin/env bash
# Brings services back to what current.sh wrote down before a release: the task definition, and with it the image by digest.
#   CLUSTER=… deploy/scripts/rollback.sh before.txt
# ECS starts nothing from a task definition that was deregistered, by a clean-up or by a Terraform without skip_destroy: such
# a one is registered again as it was.
set -euo pipefail

: "${CLUSTER:?}"
before=${1:?rollback.sh: name the file that current.sh wrote}
if [ ! -s "$before" ]; then
  echo 'rollback.sh: nothing ran here before this release, so there is nothing to go back to' >&2
  exit 1
fi

# What describe-task-definition says and register-task-definition does not take.
readonly NOT_OURS='["taskDefinitionArn","revision","status","requiresAttributes","compatibilities","registeredAt","registeredBy","deregisteredAt","deleteRequestedAt"]'

pairs=()
while IFS=$'\t' read -r service definition; do
  described=$(aws ecs describe-task-definition --task-definition "$definition" --include TAGS --output json)
  if [ "$(jq -r .taskDefinition.status <<<"$described")" != ACTIVE ]; then
    input=$(jq -c --argjson drop "$NOT_OURS" '
      (.tags // []) as $tags
      | .taskDefinition | del(.[$drop[]])
      | if ($tags | length) > 0 then .tags = $tags else . end' <<<"$described")
    definition=$(aws ecs register-task-definition --cli-input-json "$input" \
      --query taskDefinition.taskDefinitionArn --output text)
    echo "rollback.sh: registered again what $service ran, as $definition"
  fi
  pairs+=("$service=$definition")
done <"$before"

if ! "$(dirname "$0")/roll.sh" "${pairs[@]}"; then
  echo 'rollback.sh: what ran before does not come up. If this release migrated the database, the version before it refuses' \
    'to start on it: docs/release.md, "When going back is not possible"' >&2
  exit 1
fi
