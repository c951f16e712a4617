#!/usr/bin/env bash
# Runs one docops command as an ECS task of its own, waits until it has ended, and ends with the command's exit code:
#   CLUSTER=… TASK_DEFINITION=… SUBNETS=subnet-1,subnet-2 SECURITY_GROUP=sg-1 deploy/scripts/task.sh doctor
# Anything but an exit code of the command (no capacity, an image that cannot be pulled, a task that was stopped) ends
# with 70, and no end within TASK_MINUTES with 75; the task is then stopped.
set -euo pipefail

: "${CLUSTER:?}" "${TASK_DEFINITION:?}" "${SUBNETS:?}" "${SECURITY_GROUP:?}"
[ $# -gt 0 ] || { echo 'task.sh: say which docops command, such as: migrate' >&2; exit 64; }
deadline=$((SECONDS + ${TASK_MINUTES:-15} * 60))
pause=${POLL_SECONDS:-6}

definition=$(aws ecs describe-task-definition --task-definition "$TASK_DEFINITION" --query taskDefinition --output json)
container=$(jq -er '.containerDefinitions[0].name' <<<"$definition")
overrides=$(jq -nc --arg name "$container" '{containerOverrides: [{name: $name, command: $ARGS.positional}]}' --args -- "$@")

started=$(aws ecs run-task --cluster "$CLUSTER" --task-definition "$TASK_DEFINITION" --launch-type FARGATE --count 1 \
  --started-by "release-$1" --overrides "$overrides" --output json \
  --network-configuration "awsvpcConfiguration={subnets=[$SUBNETS],securityGroups=[$SECURITY_GROUP],assignPublicIp=DISABLED}")
if ! task=$(jq -er '.tasks[0].taskArn' <<<"$started"); then
  echo "task.sh: ECS did not take the task for '$*': $(jq -c .failures <<<"$started")" >&2
  exit 70
fi
echo "task.sh: '$*' runs as $task"

# A cancelled workflow must not leave a migration behind that nobody watches.
ended=false
stop() {
  [ "$ended" = true ] || aws ecs stop-task --cluster "$CLUSTER" --task "$task" --reason "task.sh: $1" >/dev/null || true
}
trap 'stop "cancelled"; exit 143' INT TERM

while :; do
  # DescribeTasks lags behind RunTask: a task that is not seen yet has no status.
  state=$(aws ecs describe-tasks --cluster "$CLUSTER" --tasks "$task" --output json)
  [ "$(jq -r '.tasks[0].lastStatus' <<<"$state")" != STOPPED ] || break
  if [ $SECONDS -ge $deadline ]; then
    echo "task.sh: '$*' has not ended within ${TASK_MINUTES:-15} minutes; stopping it" >&2
    stop 'past TASK_MINUTES'
    exit 75
  fi
  # In the background, so that a signal is heard at once: GitHub waits ten seconds after a cancellation.
  sleep "$pause" &
  wait $!
done
ended=true

# The end of its log, where there is one and we may read it.
group=$(jq -r '.containerDefinitions[0].logConfiguration.options["awslogs-group"] // empty' <<<"$definition")
prefix=$(jq -r '.containerDefinitions[0].logConfiguration.options["awslogs-stream-prefix"] // empty' <<<"$definition")
if [ -n "$group" ]; then
  aws logs get-log-events --log-group-name "$group" --log-stream-name "$prefix/$container/${task##*/}" --limit 200 \
    --query 'events[].message' --output json 2>/dev/null | jq -r '.[]' ||
    echo "task.sh: its log could not be read; it is in $group"
fi

exit_code=$(jq -r --arg name "$container" '.tasks[0].containers[] | select(.name == $name) | .exitCode' <<<"$state")
if [ "$exit_code" = null ] || [ -z "$exit_code" ]; then
  jq -r --arg what "$*" '.tasks[0] | "task.sh: \($what) did not run to its end: \(.stopCode // "no stop code"): \(.stoppedReason // "no reason given")"' <<<"$state" >&2
  exit 70
fi
echo "task.sh: '$*' ended with $exit_code"
exit "$exit_code"
