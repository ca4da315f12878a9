#!/bin/sh
# Runs the fault scenarios, with what they need installed first; arguments go to vitest.
set -eu
cd "$(dirname "$0")/../.."
PATH="$PWD/node_modules/.bin:$PATH"
export PATH
test/faults/install.sh
exec vitest run --config test/faults/vitest.config.ts "$@"
