#!/usr/bin/env bash
# Ends with 0 when each image is named by its digest and was signed by image.yml of this repository on main:
#   GITHUB_REPOSITORY=acme/docops deploy/scripts/verify-image.sh IMAGE@sha256:… …
set -euo pipefail

: "${GITHUB_REPOSITORY:?}"
server=${GITHUB_SERVER_URL:-https://github.com}
[ $# -gt 0 ] || { echo 'verify-image.sh: name the images' >&2; exit 64; }
for image in "$@"; do
  if [[ ! $image =~ ^[a-z0-9./:-]+@sha256:[0-9a-f]{64}$ ]]; then
    echo "verify-image.sh: $image is not an image by digest (REPOSITORY@sha256:…): a tag may be another image tomorrow" >&2
    exit 64
  fi
  cosign verify --output text \
    --certificate-oidc-issuer https://token.actions.githubusercontent.com \
    --certificate-identity "$server/$GITHUB_REPOSITORY/.github/workflows/image.yml@refs/heads/main" "$image" >/dev/null
  echo "verify-image.sh: $image was signed by this repository's release"
done
