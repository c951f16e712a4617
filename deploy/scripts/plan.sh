#!/usr/bin/env bash
# Plans an environment for two images and keeps the plan, which is what is applied later: plan.tfplan in the current folder,
# its text in the job's summary, its SHA-256 among the step's outputs.
#   DIRECTORY=deploy/terraform/environments/dev APP_IMAGE=… EVAL_RUNNER_IMAGE=… deploy/scripts/plan.sh
# Reads only: it takes no lock, since the role of plans may not write one. An apply of a plan whose state has moved on since is
# refused by Terraform.
set -euo pipefail

: "${DIRECTORY:?}" "${APP_IMAGE:?}" "${EVAL_RUNNER_IMAGE:?}"
summary=${GITHUB_STEP_SUMMARY:-/dev/null}
plan=$PWD/plan.tfplan

"$(dirname "$0")/init.sh"
terraform -chdir="$DIRECTORY" plan -input=false -no-color -lock=false -out="$plan" \
  -var "app_image=$APP_IMAGE" -var "eval_runner_image=$EVAL_RUNNER_IMAGE"

# GitHub cuts a summary off at 1 MiB.
{
  echo "### Plan of $DIRECTORY"
  echo '~~~~~~diff'
  terraform -chdir="$DIRECTORY" show -no-color "$plan" | head -c 900000
  echo '~~~~~~'
} >>"$summary"
sha256sum "$plan" | sed 's/^\([0-9a-f]*\) .*/sha256=\1/' >>"${GITHUB_OUTPUT:-/dev/stdout}"
