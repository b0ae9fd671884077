import type { DoorDraw, DoorMode } from "../../wire/door.ts";

/** Shortest draw. Milliseconds; those who wait hear of the opening within this. */
const SHORTEST_DRAW_MS = 20_000;
/** Longest draw. Milliseconds; the furthest time that doors give out. */
const LONGEST_DRAW_MS = 7_200_000;

/** What a draw is made of. */
export interface DrawMaterial {
  readonly nowUnixMs: number;
  /** Newcomers who wait, and how many are let in per second, at all fronts together. */
  readonly waiting: number;
  readonly joinsPerSecond: number;
  readonly random: (bytes: number) => Uint8Array;
}

/** An event's draws after the host's newest orders: doors that are now held begin one, doors that were held draw with a window as long as those who came early need. */
export function drawsAfter(draws: readonly DoorDraw[], mode: DoorMode, { nowUnixMs, waiting, joinsPerSecond, random }: DrawMaterial): readonly DoorDraw[] {
  const last = draws.at(-1);
  const isPending = last !== undefined && last.startUnixMs === undefined;
  if (mode === "hold") return isPending ? draws : [...draws, { seed: Buffer.from(random(32)).toString("hex"), heldUnixMs: nowUnixMs }];
  if (!isPending) return draws;
  const windowMs = Math.round(Math.min(LONGEST_DRAW_MS, Math.max(SHORTEST_DRAW_MS, (waiting * 1_000) / joinsPerSecond)));
  return [...draws.slice(0, -1), { ...last, startUnixMs: nowUnixMs, windowMs }];
}
