import assert from "node:assert/strict";
import { generateKeyPairSync, sign } from "node:crypto";
import { test } from "node:test";
import { EDGE_CLOCK_MS } from "../../wire/edge.ts";
import { checkRequest, signRequest } from "./edge-signature.ts";

const NOW = Date.parse("2026-10-03T19:00:00Z");
const { privateKey, publicKey } = generateKeyPairSync("ed25519");
const EDGE = { name: "frankfurt-1", key: publicKey.export({ format: "der", type: "spki" }).subarray(-32).toString("base64") };
const OTHER = { name: "oslo", key: Buffer.alloc(32, 9).toString("base64") };
const REQUEST = { method: "POST", path: "/edge/counts/ev?x=1", body: Buffer.from("{}") };
const headers = signRequest(REQUEST, { name: EDGE.name, nowUnixMs: NOW, sign: (message) => sign(null, message, privateKey) });
const look = (request = REQUEST, fields: Record<string, string> = headers, nowUnixMs = NOW) =>
  checkRequest(request, fields, { edges: [OTHER, EDGE], nowUnixMs });

test("a request that an edge signed is that edge's, for a few seconds", () => {
  assert.equal(look(), EDGE);
  assert.equal(look(REQUEST, headers, NOW + EDGE_CLOCK_MS), EDGE);
  assert.equal(look(REQUEST, headers, NOW - EDGE_CLOCK_MS), EDGE);
  assert.deepEqual([look(REQUEST, headers, NOW + EDGE_CLOCK_MS + 1), look(REQUEST, headers, NOW - EDGE_CLOCK_MS - 1)], ["clock", "clock"]);
});

test("what was changed on the way, or signed by somebody else, is nobody's", () => {
  for (const changed of [{ method: "GET" }, { path: "/edge/counts/ev?x=2" }, { body: Buffer.from("[]") }])
    assert.equal(look({ ...REQUEST, ...changed }), "signature");
  assert.equal(look(REQUEST, { ...headers, "earshot-time": String(NOW + 1) }), "signature");
  assert.equal(look(REQUEST, { ...headers, "earshot-edge": "oslo" }), "signature");
  assert.equal(look(REQUEST, { ...headers, "earshot-edge": "paris" }), "unknown");
  assert.equal(look(REQUEST, { ...headers, "earshot-signature": "" }), "signature");
  assert.equal(look(REQUEST, {}), "unknown");
});
