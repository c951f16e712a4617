#!/usr/bin/env bash
# Brings the database of an environment up to date before the new version starts. Variables as for task.sh; TASK_DEFINITION
# is that of the new version. Prints the moment before it, which is what a restore to a point in time has to name.
set -euo pipefail

echo "migrate.sh: the database before this release is that of $(date -u +%Y-%m-%dT%H:%M:%SZ)"
export TASK_MINUTES=${MIGRATE_MINUTES:-30}
exec "$(dirname "$0")/task.sh" migrate
