import assert from "node:assert/strict";
import { seeded } from "../material/seeded.ts";

/** Cases of the stage's parsers; `npm run fuzz` asks for a million. Those of the network come on top. */
export const CASES = Number(process.env.FUZZ_CASES ?? 200_000);
const SEED = Number(process.env.FUZZ_SEED ?? Math.floor(Math.random() * 2 ** 32));
/** Longest a single case may take. Milliseconds; anything a stranger sends is done within a few microseconds, and 100 would be five frames of silence for everybody. */
const HANG_MS = 100;

/** Chance of this run; its seed is printed, and `FUZZ_SEED` makes the run again. */
export const random = seeded(SEED);
process.stdout.write(`# ${CASES} cases, FUZZ_SEED=${SEED}\n`);

/** Runs its share of the cases; one that throws or takes too long fails with what was sent. The machine may take the processor away for a moment: a slow case is judged by its second run. */
export function fuzz(share: number, run: (index: number) => () => unknown): void {
  const timed = (act: () => unknown): number => {
    const started = performance.now();
    act();
    return performance.now() - started;
  };
  for (let index = 0; index < CASES * share; index++) {
    const act = run(index);
    const took = timed(act);
    if (took > HANG_MS) assert.ok(timed(act) <= HANG_MS, `case ${index} of seed ${SEED} took ${took} ms`);
  }
}
