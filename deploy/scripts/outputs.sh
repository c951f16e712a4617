#!/usr/bin/env bash
# Turns the outputs of an environment into lines NAME=value that the other scripts read:
#   terraform -chdir=deploy/terraform/environments/dev output -json | deploy/scripts/outputs.sh >> "$GITHUB_ENV"
# An environment that was never applied has no outputs: nothing is printed and the exit code is 0, unless --required is given.
set -euo pipefail

required=${1:-}
outputs=$(cat)
if [ "$(jq 'length' <<<"$outputs")" = 0 ]; then
  [ "$required" != --required ] && exit 0
  echo 'outputs.sh: this environment has no outputs; apply it first' >&2
  exit 1
fi

value() {
  jq -er --arg name "$1" '
    .[$name].value // error("there is no output \($name); deploy/terraform/environments has to give it")
    | if type == "array" then join(",") else tostring end
    | if test("[\r\n]") then error("the output \($name) has more than one line") else . end' <<<"$outputs"
}

# Read first, printed after: half of the values would look like an environment.
cluster=$(value cluster)
web=$(value web_service)
target=$(value web_target_group)
alternate=$(value web_alternate_target_group)
rule=$(value web_listener_rule)
role=$(value web_switch_role)
worker=$(value worker_service)
task=$(value migrate_task_definition)
subnets=$(value private_subnets)
group=$(value service_security_group)
url=$(value url)
printf '%s=%s\n' CLUSTER "$cluster" WEB_SERVICE "$web" \
  WEB_TARGET_GROUP "$target" WEB_ALTERNATE_TARGET_GROUP "$alternate" WEB_LISTENER_RULE "$rule" WEB_SWITCH_ROLE "$role" \
  WORKER_SERVICE "$worker" TASK_DEFINITION "$task" \
  SUBNETS "$subnets" SECURITY_GROUP "$group" URL "$url"
