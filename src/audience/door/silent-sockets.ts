import type { Networks } from "./network.ts";

/** Connections that have not asked anything yet, per address (IPv6: /64). 64: a lecture hall that connects in the same second; headers come within 5 s. */
const PER_ADDRESS = 64;
/** The same for everybody together. 8,192: about 80 MB at 10 KB each, half of what the kernel holds for us. */
const ALTOGETHER = 8_192;
/** The same where connections begin with a handshake of TLS. 2,048: about 120 MB at 60 KB each, and three seconds of the handshakes a core can do. */
const ALTOGETHER_SECURE = 2_048;
const PLACES = 65_536;

/** Counts connections that have said nothing yet: whoever holds many of them open is not a listener. Fixed memory. */
export class SilentSockets {
  readonly #rows = [new Uint16Array(PLACES), new Uint16Array(PLACES)] as const;
  readonly #altogether: number;
  /** All of them. */
  open = 0;
  /** Refused since the start. */
  refused = 0;

  /** `secure`: whether each begins with a handshake of TLS. */
  constructor(secure = false) {
    this.#altogether = secure ? ALTOGETHER_SECURE : ALTOGETHER;
  }

  /** Takes in a new connection; undefined when there are too many like it, else what to call when it asks or is gone. */
  enter(networks: Networks): (() => void) | undefined {
    const hash = networks[0] as number;
    const [one, other] = [hash & (PLACES - 1), hash >>> 16];
    const [first, second] = this.#rows;
    if (this.open >= this.#altogether || ((first[one] as number) >= PER_ADDRESS && (second[other] as number) >= PER_ADDRESS)) {
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
