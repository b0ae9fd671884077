import type { Networks } from "./network.ts";

/** Connections that have not asked anything yet, per address (IPv6: /64). 64: a lecture hall that connects in the same second; headers come within 5 s. */
const PER_ADDRESS = 64;
/** The same for everybody together. 8,192: about 80 MB at 10 KB each, half of what the kernel holds for us. */
const ALTOGETHER = 8_192;
const PLACES = 65_536;

/** Counts connections that have said nothing yet: whoever holds many of them open is not a listener. Fixed memory. */
export class SilentSockets {
  readonly #rows = [new Uint16Array(PLACES), new Uint16Array(PLACES)] as const;
  /** All of them. */
  open = 0;
  /** Refused since the start. */
  refused = 0;

  /** Takes in a new connection; undefined when there are too many like it, else what to call when it asks or is gone. */
  enter(networks: Networks): (() => void) | undefined {
    const hash = networks[0] as number;
    const [one, other] = [hash & (PLACES - 1), hash >>> 16];
    const [first, second] = this.#rows;
    if (this.open >= ALTOGETHER || ((first[one] as number) >= PER_ADDRESS && (second[other] as number) >= PER_ADDRESS)) {
      this.refused++;
      return undefined;
    }
    first[one] = (first[one] as number) + 1;
    second[other] = (second[other] as number) + 1;
    this.open++;
    let left = false;
    return () => {
      if (left) return;
      left = true;
      first[one] = (first[one] as number) - 1;
      second[other] = (second[other] as number) - 1;
      this.open--;
    };
  }
}
