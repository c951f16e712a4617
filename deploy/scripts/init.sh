#!/usr/bin/env bash
# terraform init of an environment, with the providers of its lock file and no others.
#   DIRECTORY=deploy/terraform/environments/dev TF_STATE_BUCKET=… deploy/scripts/init.sh
# Without TF_STATE_BUCKET the folder's own backend is used.
set -euo pipefail

: "${DIRECTORY:?}"
backend=()
[ -z "${TF_STATE_BUCKET:-}" ] || backend=("-backend-config=bucket=$TF_STATE_BUCKET" "-backend-config=region=${AWS_REGION:?}")
terraform -chdir="$DIRECTORY" init -input=false -no-color -lockfile=readonly "${backend[@]}"
