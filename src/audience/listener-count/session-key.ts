import { createHmac } from "node:crypto";

/** Bytes of an event's salt. 16: nobody can try all of them, and it lives for an evening. */
const SALT_BYTES = 16;
/** Longest session number believed. Characters; a UUID in quotes fits, a made-up novel does not. */
const MAX_SESSION_NUMBER = 64;
/** Agents that say themselves that no person listens. What lies cannot be told from a listener, and is not claimed to be. */
const MACHINE = /bot\b|bot\/|crawl|spider|slurp|preview|monitor|uptime|pingdom|facebookexternalhit|mastodon|pleroma/i;

/** What is looked at of a request to tell sessions apart. Used in memory only. */
export interface Caller {
  readonly address: string;
  readonly agent: string;
  /** A session number the player says itself: ours (`s`), CMCD's `sid`, AVPlayer's `X-Playback-Session-Id`. */
  readonly sessionNumber: string | undefined;
}

/** A session's key: two halves of a 64-bit salted hash. */
export interface SessionKey {
  readonly high: number;
  readonly low: number;
}

/**
 * Turns callers into keys under one event's salt. The salt never leaves memory; after {@link forget} no key can be made or recognised again.
 * A player that says no number is told apart by address and agent: several of one make behind one address count as one.
 */
export class SessionKeys {
  readonly #salt: Uint8Array;
  #forgotten = false;

  /** `salt`: shared by all edges of an event; overwritten here when it is forgotten. @throws RangeError when it has another length. */
  constructor(salt: Uint8Array) {
    if (salt.length !== SALT_BYTES) throw new RangeError(`a salt has ${SALT_BYTES} bytes, not ${salt.length}`);
    this.#salt = Uint8Array.from(salt);
  }

  /** The key of a caller's session; undefined once the salt is forgotten. */
  session({ address, agent, sessionNumber }: Caller): SessionKey | undefined {
    return this.#hash(sessionNumber === undefined ? `a ${address} ${agent}` : `s ${sessionNumber}`);
  }

  /** The key of a caller as a person: network and kind of agent, and the session number where there is one. Coarser than a session on purpose. */
  person({ address, agent, sessionNumber }: Caller): SessionKey | undefined {
    return this.#hash(`p ${networkOf(address)} ${agentFamily(agent)} ${sessionNumber ?? ""}`);
  }

  /** Overwrites the salt. */
  forget(): void {
    this.#salt.fill(0);
    this.#forgotten = true;
  }

  #hash(text: string): SessionKey | undefined {
    if (this.#forgotten) return undefined;
    const digest = createHmac("sha256", this.#salt).update(text).digest();
    return { high: digest.readUInt32BE(0), low: digest.readUInt32BE(4) };
  }
}

/** Whether an agent declares itself to be a machine. */
export function isMachine(agent: string): boolean {
  return MACHINE.test(agent);
}

/** The session number a player says, wherever it says it; undefined when there is none or it is no reasonable one. @spec CTA-5004 §3.2 (sid) */
export function readSessionNumber(query: URLSearchParams, headers: Readonly<Record<string, string | string[] | undefined>>): string | undefined {
  const own = query.get("s");
  if (own !== null) return reasonable(own);
  const cmcd = query.get("CMCD") ?? headers["cmcd-session"];
  const sid = typeof cmcd === "string" ? /(?:^|,)sid="([^"]+)"/.exec(cmcd)?.[1] : undefined;
  const playback = headers["x-playback-session-id"];
  return reasonable(sid ?? (typeof playback === "string" ? playback : undefined));
}

function reasonable(text: string | undefined): string | undefined {
  return text !== undefined && text.length >= 8 && text.length <= MAX_SESSION_NUMBER && /^[\w.:-]+$/.test(text) ? text : undefined;
}

/** The /24 or /64 an address is in, as text. */
function networkOf(address: string): string {
  if (!address.includes(":")) return address.split(".").slice(0, 3).join(".");
  const [head = "", tail = ""] = address.split("::");
  const groups = head.split(":").filter((group) => group !== "");
  const after = tail.split(":").filter((group) => group !== "");
  if (address.includes("::")) while (groups.length + after.length < 8) groups.push("0");
  return [...groups, ...after].slice(0, 4).join(":");
}

/** The make of a player without its version. */
function agentFamily(agent: string): string {
  return /Firefox|Edg|OPR|Chrome|Safari|VLC|Winamp|iTunes|AppleCoreMedia|stagefright|ExoPlayer|Lavf|GStreamer/.exec(agent)?.[0] ?? agent.split(/[/ ]/)[0] ?? "";
}
