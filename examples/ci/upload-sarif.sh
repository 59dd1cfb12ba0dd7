#!/usr/bin/env bash
# Uploads SARIF to code scanning by the REST API: for servers without Actions, and for CI systems other than GitHub's.
#
# usage: upload-sarif.sh FILE
#
#   GITHUB_TOKEN        a token that may write security events
#   GITHUB_REPOSITORY   owner/name
#   COMMIT_SHA          the commit that was scanned, 40 hexadecimal digits
#   REF                 refs/heads/BRANCH, refs/tags/TAG or refs/pull/N/merge
#   GITHUB_API_URL      https://api.github.com unless set; on a server of your own https://HOST/api/v3
#   POLL_SECONDS        how long to wait before the first question, 5 unless set; every further wait is twice as long
#
# Needs bash, curl, gzip, base64 and python3. Ends with 0 when the server has taken all, 1 when it has not, 2 when the request was wrong.
set -euo pipefail

wrong() { echo "upload-sarif: $1" >&2; exit 2; }
failed() { echo "upload-sarif: $1" >&2; exit 1; }

[ $# -eq 1 ] || wrong "name one file"
[ -s "$1" ] || wrong "$1 does not exist or is empty; after a fault there is no upload, because it would close alerts"
[ -n "${GITHUB_TOKEN:-}" ] || wrong "GITHUB_TOKEN is not set"
[[ ${GITHUB_REPOSITORY:-} =~ ^[A-Za-z0-9._-]+/[A-Za-z0-9._-]+$ ]] || wrong "GITHUB_REPOSITORY is not set to owner/name"
[[ ${COMMIT_SHA:-} =~ ^[0-9a-f]{40}$ ]] || wrong "COMMIT_SHA is not set to a commit of 40 digits"
[[ ${REF:-} =~ ^refs/(heads|tags|pull)/[^[:space:]\"\\]+$ ]] || wrong "REF is not set to a full name such as refs/heads/main"
api=${GITHUB_API_URL:-https://api.github.com}
wait=${POLL_SECONDS:-5}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The token goes in through a file that only we can read: arguments can be seen by everybody on the machine.
(umask 077; printf 'header = "Authorization: Bearer %s"\n' "$GITHUB_TOKEN" >"$work/token")
ask() {
  curl --silent --show-error --config "$work/token" --header 'Accept: application/vnd.github+json' \
    --header 'X-GitHub-Api-Version: 2022-11-28' --max-time 120 --output "$work/answer" --write-out '%{http_code}' "$@"
}
# What stands under a key of the answer; nothing if it is not there.
answer() {
  python3 -c '
import json, sys
try:
    value = json.load(open(sys.argv[1], encoding="utf-8")).get(sys.argv[2])
except (ValueError, AttributeError):
    value = None
print("\n".join(map(str, value)) if isinstance(value, list) else "" if value is None else value)' "$work/answer" "$1"
}

{
  printf '{"commit_sha":"%s","ref":"%s","tool_name":"plimsoll","sarif":"' "$COMMIT_SHA" "$REF"
  gzip -c -- "$1" | base64 | tr -d '\n'
  printf '"}'
} >"$work/request"

status=$(ask --request POST --header 'Content-Type: application/json' --data-binary "@$work/request" \
  "$api/repos/$GITHUB_REPOSITORY/code-scanning/sarifs") || failed "$api cannot be reached"
[ "$status" = 202 ] || failed "the server refused the upload with $status: $(answer message)"
id=$(answer id)
[[ $id =~ ^[A-Za-z0-9-]+$ ]] || failed "the server did not say what it calls the upload"

for _ in 1 2 3 4 5 6; do
  sleep "$wait"
  wait=$((wait * 2))
  # 404 means that the server has not begun yet.
  status=$(ask "$api/repos/$GITHUB_REPOSITORY/code-scanning/sarifs/$id") || status=none
  case $status/$(answer processing_status) in
    200/complete)
      echo "upload-sarif: the server has taken $1"
      exit 0
      ;;
    200/failed) failed "the server could not process the upload:"$'\n'"$(answer errors)" ;;
    200/* | 404/* | 5??/* | none/*) ;;
    *) failed "the server answered $status: $(answer message)" ;;
  esac
done
failed "the server is still at work on $id; ask it later"
