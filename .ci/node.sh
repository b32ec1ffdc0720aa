#!/usr/bin/env bash
# Drives the unmodified npm package `rally` against the sandbox. Without node, npm or the registry this is skipped, said so,
# and with CI=true a failure.
set -euo pipefail
cd "$(dirname "$0")/.."
skip() {
  echo "skipped: $1"
  [ "${CI:-}" != true ] || { echo 'CI=true takes no skips'; exit 1; }
  exit 0
}
command -v node > /dev/null || skip 'there is no node'
command -v npm > /dev/null || skip 'there is no npm'
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
npm install --prefix "$folder" --no-save --no-audit --no-fund --ignore-scripts --silent --fetch-retries 1 \
  --fetch-timeout 20000 rally@2.1.3 || skip 'rally cannot be had from the npm registry'
cargo build --quiet --all-features --example sandbox
NODE_PATH="$folder/node_modules" node --no-deprecation tests/node/drive.js "${CARGO_TARGET_DIR:-target}/debug/examples/sandbox"
# The programs that the guide shows side by side.
NODE_PATH="$folder/node_modules" WSAPI_NODE=node cargo test --quiet --all-features --test docs side_by_side::others::node
