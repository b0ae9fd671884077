import assert from "node:assert/strict";
import { createHmac, randomBytes } from "node:crypto";
import { test } from "node:test";
import fc from "fast-check";
import { type Ticket, TicketPress } from "./ticket.ts";

const secret = randomBytes(16);
const press = new TicketPress(secret, "event");

test("a ticket says what was put on it, and its signature is an HMAC-SHA256 that anyone with the key can check", () => {
  const kinds = fc.constantFrom<Ticket["kind"]>("early", "slot", "pass");
  fc.assert(
    fc.property(fc.nat(255), fc.nat(0x7fff_ffff), fc.nat(2 ** 31), kinds, (moves, network, issuedUnixMs, kind) => {
      const ticket: Ticket = { kind, nonce: randomBytes(12), network, moves, issuedUnixMs, notBeforeUnixMs: issuedUnixMs * 1_000 };
      const text = press.mint(ticket);
      const read = press.read(text);
      assert.ok(read.ok);
      assert.deepEqual({ ...read.ticket, nonce: Buffer.from(read.ticket.nonce) }, ticket);
      const bytes = Buffer.from(text, "base64url");
      const key = createHmac("sha256", secret).update("earshot ticket v1").digest();
      assert.deepEqual(bytes.subarray(36), createHmac("sha256", key).update(bytes.subarray(0, 36)).digest().subarray(0, 16));
    }),
  );
});

test("whatever is brought as a ticket, reading it never throws and never takes what was not minted", () => {
  fc.assert(fc.property(fc.string({ maxLength: 100 }), (text) => !press.read(text).ok));
  fc.assert(fc.property(fc.uint8Array({ minLength: 52, maxLength: 52 }), (bytes) => !press.read(Buffer.from(bytes).toString("base64url")).ok));
});
