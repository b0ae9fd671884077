import { readCheckUfrag } from "./check-reader.ts";

/** An agent behind a port that it shares with others. */
export interface Lodger {
  /** Whether it has credentials of that name; no proof of anything. */
  knows(ufrag: string): boolean;
  /** Whether a check proves that its sender knows the password that goes with the name. */
  admits(check: Buffer): boolean;
}

/** Finds whom a check is for, and proves to be. `known`: who has its sender's address, and asks every check for proof by itself; it is asked first, and for its name only. */
export function lodgerOf<Kind extends Lodger>(check: Buffer, lodgers: Iterable<Kind>, known?: Kind): Kind | undefined {
  const ufrag = readCheckUfrag(check);
  if (ufrag === undefined) return undefined;
  if (known?.knows(ufrag) === true) return known;
  for (const lodger of lodgers) if (lodger.knows(ufrag) && lodger.admits(check)) return lodger;
  return undefined;
}
