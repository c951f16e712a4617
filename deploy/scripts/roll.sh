#!/usr/bin/env bash
# Gives services a task definition and waits until it is what runs:
#   CLUSTER=… deploy/scripts/roll.sh SERVICE=TASK_DEFINITION …
# SERVICE alone means the newest revision of the family that it runs: what terraform apply has just registered. Ends with 1 when ECS went back to what ran before (its deployment
# circuit breaker tripped, or an alarm rang) and with 75 when the services are not steady within ROLL_MINUTES.
#
# WEB_SERVICE is moved blue/green: its new tasks start beside the old ones in the target group that is idle, the load balancer's rule is turned to them at once, and for BAKE_MINUTES
# ECS can turn it back. ECS wants to know the second target group, the rule and the role from an earlier deployment, so the first one rolls and hands them over:
# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/update-rolling-to-bluegreen.html
set -euo pipefail

: "${CLUSTER:?}"
[ $# -gt 0 ] || { echo 'roll.sh: name services, as SERVICE or SERVICE=TASK_DEFINITION' >&2; exit 64; }
deadline=$((SECONDS + ${ROLL_MINUTES:-30} * 60))
pause=${POLL_SECONDS:-10}
bake=${BAKE_MINUTES:-5}

describe() { aws ecs describe-services --cluster "$CLUSTER" --services "$1" --output json; }

declare -A wanted update how
for pair in "$@"; do
  service=${pair%%=*}
  definition=${pair#*=}
  if [ "$pair" = "$service" ] || [ "$service" = "${WEB_SERVICE:-}" ]; then
    described=$(describe "$service")
  fi
  if [ "$pair" = "$service" ]; then
    definition=$(jq -er '.services[0].taskDefinition | split("/")[1] | split(":")[0]' <<<"$described")
  fi
  wanted[$service]=$(aws ecs describe-task-definition --task-definition "$definition" \
    --query taskDefinition.taskDefinitionArn --output text)
  how[$service]=rolling
  update[$service]='{}'
  [ "$service" = "${WEB_SERVICE:-}" ] || continue

  : "${WEB_TARGET_GROUP:?}" "${WEB_ALTERNATE_TARGET_GROUP:?}" "${WEB_LISTENER_RULE:?}" "${WEB_SWITCH_ROLE:?}"
  turn=$(jq -cn --arg group "$WEB_ALTERNATE_TARGET_GROUP" --arg rule "$WEB_LISTENER_RULE" --arg role "$WEB_SWITCH_ROLE" \
    '{alternateTargetGroupArn: $group, productionListenerRule: $rule, roleArn: $role}')
  if jq -e --argjson turn "$turn" '
    .services[0].loadBalancers[0].advancedConfiguration // {} | . as $has
    | all($turn | to_entries[]; $has[.key] == .value)' <<<"$described" >/dev/null; then
    how[$service]=blue/green
    # Circuit breaker and alarms are Terraform's; they are said again, so that none is lost.
    update[$service]=$(jq -c --argjson bake "$bake" '
      .services[0].deploymentConfiguration // {}
      | {deploymentCircuitBreaker, alarms, maximumPercent, minimumHealthyPercent} | with_entries(select(.value != null))
      | {deploymentConfiguration: (. + {strategy: "BLUE_GREEN", bakeTimeInMinutes: $bake})}' <<<"$described")
  else
    update[$service]=$(jq -ce --argjson turn "$turn" --arg group "$WEB_TARGET_GROUP" '
      .services[0].loadBalancers[0] // error("it has no load balancer")
      | {loadBalancers: [{targetGroupArn: $group, containerName, containerPort, advancedConfiguration: $turn}]}' <<<"$described")
  fi
done
# All at once: the two are one version.
for service in "${!wanted[@]}"; do
  echo "roll.sh: $service gets ${wanted[$service]}, ${how[$service]}"
  input=$(jq -c --arg cluster "$CLUSTER" --arg service "$service" --arg definition "${wanted[$service]}" \
    '. + {cluster: $cluster, service: $service, taskDefinition: $definition}' <<<"${update[$service]}")
  aws ecs update-service --cli-input-json "$input" --query service.serviceName --output text >/dev/null
done

# How a blue/green deployment goes, whose id is ecs-svc/ID; describe-services promises a state for rolling ones alone.
yesterday=$(jq -rn 'now - 86400 | todate')
deployment() {
  aws ecs list-service-deployments --cluster "$CLUSTER" --service "$1" --created-at "after=$yesterday" --max-results 100 --output json |
    jq -r --arg id "/${2#*/}" '
      first(.serviceDeployments[] | select(.targetServiceRevisionArn // "" | endswith($id))) // {}
      | "\(.status // "UNKNOWN") \(.statusReason // "")"'
}

for service in "${!wanted[@]}"; do
  id=''
  asked=$SECONDS
  while :; do
    read -r runs rollout primary < <(describe "$service" |
      jq -r '.services[0].deployments[] | select(.status == "PRIMARY") | "\(.taskDefinition) \(.rolloutState) \(.id)"')
    late=false
    [ $((SECONDS - asked)) -lt "${LAG_SECONDS:-60}" ] || late=true
    if [ "$runs" = "${wanted[$service]}" ]; then
      id=$primary
    # DescribeServices may lag behind UpdateService for a moment. A blue/green deployment that goes back is waited for.
    elif [ "$late:$id" = true: ] || { [ -n "$id" ] && [ "${how[$service]}" = rolling ]; }; then
      echo "roll.sh: ECS took $service back to $runs: the tasks of ${wanted[$service]} did not stay healthy" >&2
      exit 1
    fi
    state=none
    reason=''
    if [ -n "$id" ]; then
      state=$rollout
      if [ "${how[$service]}" = blue/green ]; then
        read -r state reason < <(deployment "$service" "$id")
        # It ran already, since before yesterday.
        [ "$late:$state" != true:UNKNOWN ] || state=$rollout
      fi
    fi
    case $state in
    COMPLETED | SUCCESSFUL) break ;;
    ROLLBACK_SUCCESSFUL)
      echo "roll.sh: ECS took $service back to $runs: $reason" >&2
      exit 1
      ;;
    FAILED | ROLLBACK_FAILED | STOPPED)
      echo "roll.sh: the deployment of $service failed ($state $reason); its events say why: aws ecs describe-services" >&2
      exit 1
      ;;
    esac
    if [ $SECONDS -ge $deadline ]; then
      echo "roll.sh: $service is not steady within ${ROLL_MINUTES:-30} minutes ($state $reason)" >&2
      exit 75
    fi
    sleep "$pause"
  done
  echo "roll.sh: $service runs ${wanted[$service]}"
done
