#!/usr/bin/env bash
# Drives unmodified pyral from PyPI against the sandbox. Where PyPI cannot be reached this is skipped, said so, and with
# CI=true a failure.
set -euo pipefail
cd "$(dirname "$0")/.."
skip() {
  echo "skipped: $1"
  [ "${CI:-}" != true ] || { echo 'CI=true takes no skips'; exit 1; }
  exit 0
}
# Newer releases of pyral need a newer Python than some machines' own.
python=''
for name in python3.14 python3.13 python3.12 python3; do
  if [ -z "$python" ] && "$name" -c 'import venv' 2> /dev/null; then python=$name; fi
done
[ -n "$python" ] || skip 'there is no python3'
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"$python" -m venv "$folder/env" || skip 'python3 makes no virtual environment'
"$folder/env/bin/pip" install --quiet --disable-pip-version-check --retries 1 --timeout 20 'pyral>=1.6,<2' \
  || skip 'pyral cannot be had from PyPI'
cargo build --quiet --all-features --example sandbox
"$folder/env/bin/python" -B tests/pyral/drive.py "${CARGO_TARGET_DIR:-target}/debug/examples/sandbox"
# The programs that the guide shows side by side.
WSAPI_PYRAL="$folder/env/bin/python" cargo test --quiet --all-features --test docs pyral::
