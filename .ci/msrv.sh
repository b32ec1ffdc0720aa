#!/usr/bin/env bash
# Holds the default library to the `rust-version` of Cargo.toml: with that toolchain where it is installed, and in any
# case in the lock file, where no dependency of the default build on any platform may declare a newer one.
# Prints what the features `cli` and `mirror` need, which are not held to it.
set -euo pipefail
cd "$(dirname "$0")/.."
floor=$(sed -n 's/^rust-version = "\(.*\)"$/\1/p' Cargo.toml)
metadata=$(mktemp)
trap 'rm -f "$metadata"' EXIT
cargo metadata --format-version 1 --locked --all-features > "$metadata"
# The newest Rust that a dependency declares: `cargo tree` knows which a build has, `cargo metadata` what each declares.
newest() {
  cargo tree --locked -e normal,build --target all --prefix none --format '{p}' "$@" | sort -u | python3 -c '
import json, sys
packages = json.load(open(sys.argv[1]))["packages"]
declared = {(p["name"], "v" + p["version"]): p["rust_version"] or "0" for p in packages}
used = {tuple(line.split()[:2]) for line in sys.stdin}
number = lambda name: [int(part) for part in (declared[name].split(".") + ["0"])[:2]]
print(*max((number(name), declared[name], *name) for name in used)[1:])
' "$metadata"
}
default=$(newest)
echo "newest Rust that a dependency declares: $default; with cli: $(newest --features cli); with mirror: $(newest --features mirror)"
[ "$(printf '%s\n' "${default%% *}" "$floor" | sort -V | tail -n 1)" = "$floor" ] \
  || { echo "that is newer than $floor, the rust-version of Cargo.toml"; exit 1; }

if [ "${CI:-}" = true ] && command -v rustup > /dev/null; then
  rustup toolchain install "$floor" --profile minimal || echo 'the toolchain cannot be installed here'
fi
if rustup run "$floor" cargo --version > /dev/null 2>&1; then
  cargo "+$floor" check --locked --lib
else
  echo "skipped: there is no toolchain $floor"
fi
