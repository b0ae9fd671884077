import { createHmac, hash, timingSafeEqual } from "node:crypto";

/** Layout in bytes: version, kind, moves, spare, nonce 12, event 4, network 4, issued 6, not before 6, HMAC-SHA256 cut to 16. */
const NONCE_AT = 4;
const EVENT_AT = 16;
const NETWORK_AT = 20;
const ISSUED_AT = 24;
const NOT_BEFORE_AT = 30;
const MAC_AT = 36;
const TICKET_BYTES = 52;
const VERSION = 1;
/** Characters of a ticket in base64url: 52 bytes. */
const TICKET_CHARACTERS = 70;
const NONCE_BYTES = 12;
/** Block and digest of SHA-256. Bytes. */
const BLOCK_BYTES = 64;
const DIGEST_BYTES = 32;
/** What a ticket's last character may be: only two of its six bits are used, and a ticket has one spelling. */
const LAST_CHARACTERS = "AQgw";

/**
 * What a ticket is for: a place in the draw, a time to come, a way back in for somebody who was let in, the same for whoever was given the cheaper stream,
 * and a time to come again for somebody who came at theirs and for whom there was no room.
 */
export const TICKET_KINDS = { early: 1, slot: 2, pass: 3, lowPass: 4, again: 5 } as const;
/** What a ticket is for. */
export type TicketKind = keyof typeof TICKET_KINDS;

/** What a ticket says. All of it stands on the ticket: the door remembers nobody. */
export interface Ticket {
  readonly kind: TicketKind;
  /** Random, 12 bytes. */
  readonly nonce: Uint8Array;
  /** Keyed hash of the network it was given to; 32 bits. */
  readonly network: number;
  /** How often its holder changed networks since. */
  readonly moves: number;
  readonly issuedUnixMs: number;
  readonly notBeforeUnixMs: number;
}

/** What reading a ticket came to. */
export type TicketResult = { readonly ok: true; readonly ticket: Ticket } | { readonly ok: false; readonly code: "ticket-invalid"; readonly offset: number };

/** Makes and reads one event's tickets. */
export class TicketPress {
  readonly #key: Uint8Array;
  readonly #event: number;
  readonly #scratch = Buffer.alloc(TICKET_BYTES);
  /** Key pads with room for what follows them: an HMAC in two calls that leave nothing behind, where Node's object would wait for the collector. */
  readonly #inner = Buffer.alloc(BLOCK_BYTES + MAC_AT);
  readonly #outer = Buffer.alloc(BLOCK_BYTES + DIGEST_BYTES);

  /** `secret`: shared by all fronts of the event and forgotten with it. */
  constructor(secret: Uint8Array, eventId: string) {
    this.#key = createHmac("sha256", secret).update("earshot ticket v1").digest();
    for (let at = 0; at < BLOCK_BYTES; at++) {
      this.#inner[at] = (this.#key[at] ?? 0) ^ 0x36;
      this.#outer[at] = (this.#key[at] ?? 0) ^ 0x5c;
    }
    this.#event = createHmac("sha256", this.#key).update(eventId).digest().readUInt32BE(0);
  }

  /** A ticket as text: 70 characters of base64url. @hot */
  mint({ kind, nonce, network, moves, issuedUnixMs, notBeforeUnixMs }: Ticket): string {
    const bytes = this.#scratch;
    bytes[0] = VERSION;
    bytes[1] = TICKET_KINDS[kind];
    bytes[2] = moves;
    bytes[3] = 0;
    bytes.set(nonce.subarray(0, NONCE_BYTES), NONCE_AT);
    bytes.writeUInt32BE(this.#event, EVENT_AT);
    bytes.writeUInt32BE(network, NETWORK_AT);
    bytes.writeUIntBE(Math.floor(issuedUnixMs), ISSUED_AT, 6);
    bytes.writeUIntBE(Math.floor(notBeforeUnixMs), NOT_BEFORE_AT, 6);
    this.#sign(bytes).copy(bytes, MAC_AT, 0, TICKET_BYTES - MAC_AT);
    return bytes.toString("base64url");
  }

  /** HMAC-SHA256 of a ticket's fields. @spec RFC 2104 @hot */
  #sign(bytes: Buffer): Buffer {
    bytes.copy(this.#inner, BLOCK_BYTES, 0, MAC_AT);
    hash("sha256", this.#inner, "buffer").copy(this.#outer, BLOCK_BYTES);
    return hash("sha256", this.#outer, "buffer");
  }

  /** Reads a ticket somebody brought; the cheapest checks come first. Never throws. @hot */
  read(text: string): TicketResult {
    if (text.length !== TICKET_CHARACTERS || !LAST_CHARACTERS.includes(text[TICKET_CHARACTERS - 1] as string)) return refused(0);
    const bytes = Buffer.from(text, "base64url");
    if (bytes.length !== TICKET_BYTES || bytes[0] !== VERSION || bytes[3] !== 0) return refused(0);
    const kind = KINDS[bytes[1] as number];
    if (kind === undefined) return refused(1);
    if (bytes.readUInt32BE(EVENT_AT) !== this.#event) return refused(EVENT_AT);
    const mac = this.#sign(bytes);
    if (!timingSafeEqual(mac.subarray(0, TICKET_BYTES - MAC_AT), bytes.subarray(MAC_AT))) return refused(MAC_AT);
    return {
      ok: true,
      ticket: {
        kind,
        nonce: bytes.subarray(NONCE_AT, NONCE_AT + NONCE_BYTES),
        network: bytes.readUInt32BE(NETWORK_AT),
        moves: bytes[2] as number,
        issuedUnixMs: bytes.readUIntBE(ISSUED_AT, 6),
        notBeforeUnixMs: bytes.readUIntBE(NOT_BEFORE_AT, 6),
      },
    };
  }
}

const KINDS: readonly (TicketKind | undefined)[] = [undefined, "early", "slot", "pass", "lowPass", "again"];

function refused(offset: number): TicketResult {
  return { ok: false, code: "ticket-invalid", offset };
}
