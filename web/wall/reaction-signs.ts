import type { Reaction } from "../../src/wire/wall.ts";

/** Signs of the reactions. */
export const REACTION_SIGNS: Readonly<Record<Reaction, string>> = { clap: "👏", heart: "❤️", laugh: "😂", wow: "😮" };
