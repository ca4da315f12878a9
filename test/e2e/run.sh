#!/bin/sh
# Runs the end-to-end tests, with what they need installed first; arguments go to vitest.
set -eu
cd "$(dirname "$0")/../.."
PATH="$PWD/node_modules/.bin:$PATH"
export PATH
test/e2e/install.sh
exec vitest run --config test/e2e/vitest.config.ts "$@"
