#!/usr/bin/env bash
# All tests, as `npm test` and CI run them. What computes goes three at a time, walks through pages, which wait more than they compute, four; whole evenings with several browsers come last, each with the machine to itself.
set -uo pipefail
cd "$(dirname "$0")/.."
bash scripts/test-tools.sh || exit 1
export PATH="$PWD/node_modules/.bin:$PATH"
export NODE_COMPILE_CACHE="$PWD/node_modules/.cache/tests"
# What hangs is ended and named: a test after five minutes (the longest takes one and a half), a group with what it left open after fifteen.
run=(timeout 900 node --test --test-reporter=spec --test-timeout=300000)
failed=0
"${run[@]}" --test-concurrency=3 "src/**/*.test.ts" "web/**/*.test.ts" "test/*.test.ts" "test/fuzz/*.test.ts" "bench/**/*.test.ts" || failed=1
"${run[@]}" --test-concurrency=4 "test/e2e/*.test.ts" || failed=1
"${run[@]}" --test-concurrency=2 "test/live/*.test.ts" || failed=1
"${run[@]}" --test-concurrency=1 "test/evening/*.test.ts" || failed=1
exit "$failed"
