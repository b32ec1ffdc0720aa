#!/usr/bin/env bash
# Runs the DuckDB statements of the guide on a mirror of the sandbox, made by the program that is named, or built here.
# Without python, duckdb or its sqlite extension this is skipped, which is said; CI=true takes this skip, as the extension
# cannot be had everywhere.
set -euo pipefail
cd "$(dirname "$0")/.."
skip() {
  echo "skipped: $1"
  exit 0
}
command -v python3 > /dev/null || skip 'there is no python3'
folder=$(mktemp -d)
trap '[ -z "${server:-}" ] || kill "$server" 2> /dev/null; rm -rf "$folder"' EXIT
python=${DUCKDB_PYTHON:-$folder/venv/bin/python}
if [ -z "${DUCKDB_PYTHON:-}" ]; then
  python3 -m venv "$folder/venv" || skip 'python3 makes no environment'
  "$folder/venv/bin/pip" install --quiet --retries 1 --timeout 20 duckdb==1.5.5 duckdb-extensions \
    duckdb-extension-sqlite-scanner==1.5.5 || skip 'duckdb cannot be had from the registry'
fi
# The extension from the registry, too: duckdb itself takes it from a server of its own.
"$python" -c 'from duckdb_extensions import import_extension; import_extension("sqlite_scanner")' 2> /dev/null || true
"$python" -c 'import duckdb; duckdb.sql("install sqlite; load sqlite;")' 2> /dev/null || skip 'the sqlite extension of duckdb cannot be had'
rally=${1:-}
if [ -z "$rally" ]; then
  cargo build --quiet --all-features --bin rally
  rally="${CARGO_TARGET_DIR:-$PWD/target}/debug/rally"
fi
"$rally" sandbox > "$folder/sandbox" &
server=$!
for _ in $(seq 100); do grep -q RALLY_SERVER "$folder/sandbox" && break; sleep 0.1; done
eval "$(grep -o 'export RALLY_SERVER.*' "$folder/sandbox")"
guide=$PWD/src/guide/mirror.md
cd "$folder"
"$rally" mirror shop.db --types Story,Defect,Task > mirrored
"$python" - "$guide" << 'PYTHON'
import duckdb, sqlite3, sys
text = open(sys.argv[1], encoding="utf-8").read()
block = text.split("DuckDB reads", 1)[1].split("```text\n", 1)[1].split("```", 1)[0]
rows = duckdb.sql(block).fetchall()
wanted = sqlite3.connect("shop.db").execute("select Project_name, count(*) from Defect group by 1").fetchall()
assert rows and sorted(rows) == sorted(wanted), (rows, wanted)
print(f"duckdb {duckdb.__version__} reads the mirror: {sorted(rows)}")
PYTHON
