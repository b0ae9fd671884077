#!/usr/bin/env bash
# All tests, as `npm test` and CI run them. What listens in real time leaves the processors idle: it runs beside what computes, and is served first.
set -uo pipefail
cd "$(dirname "$0")/.."
bash scripts/test-tools.sh || exit 1
export PATH="$PWD/node_modules/.bin:$PATH"
export NODE_COMPILE_CACHE="$PWD/node_modules/.cache/tests"
run=(node --test --test-reporter=spec)
failed=0

told="$(mktemp)"
"${run[@]}" --test-concurrency=2 "test/live/*.test.ts" >"$told" 2>&1 &
live=$!
trap 'kill "$live" 2>/dev/null; rm -f "$told"' EXIT
nice -n 19 "${run[@]}" --test-concurrency=3 "src/**/*.test.ts" "web/**/*.test.ts" "test/*.test.ts" "test/fuzz/*.test.ts" "bench/**/*.test.ts" || failed=1
wait "$live" || failed=1
trap 'rm -f "$told"' EXIT
cat "$told"
"${run[@]}" --test-concurrency=3 "test/e2e/*.test.ts" || failed=1
exit "$failed"
