#!/usr/bin/env bash
# Runs the guide's Java programs with the unmodified rally-rest-api from Maven Central, and compares them with ours. Without
# java, curl or Maven Central this is skipped, which is said; CI=true takes this skip, as Maven Central cannot be reached from
# everywhere. MAVEN_CENTRAL names another address of it.
set -euo pipefail
cd "$(dirname "$0")/.."
skip() {
  echo "skipped: $1"
  exit 0
}
command -v curl > /dev/null || skip 'there is no curl'
# From 11 on, java runs a source file.
java --source 11 -version > /dev/null 2>&1 || skip 'there is no java 11 or newer'
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
for jar in com/rallydev/rest/rally-rest-api/2.2.1/rally-rest-api-2.2.1 \
  com/google/code/gson/gson/2.2.4/gson-2.2.4 \
  org/apache/httpcomponents/httpclient/4.2.5/httpclient-4.2.5 \
  org/apache/httpcomponents/httpcore/4.2.4/httpcore-4.2.4 \
  commons-logging/commons-logging/1.1.1/commons-logging-1.1.1 \
  commons-codec/commons-codec/1.6/commons-codec-1.6; do
  curl --fail --silent --location --connect-timeout 20 --max-time 120 --output "$folder/$(basename "$jar").jar" \
    "${MAVEN_CENTRAL:-https://repo.maven.apache.org/maven2}/$jar.jar" || skip 'rally-rest-api cannot be had from Maven Central'
done
WSAPI_JAVA="$folder/*" cargo test --quiet --all-features --test docs side_by_side::others::java
