import assert from "node:assert/strict";
import { test } from "node:test";
import { ClientAddresses } from "./client-address.ts";

const request = (remoteAddress: string, forwarded?: string) => ({
  socket: { remoteAddress },
  headers: forwarded === undefined ? {} : { "x-forwarded-for": forwarded },
});

test("without a trusted proxy nobody can lend themselves another address", () => {
  const addresses = new ClientAddresses([]);
  assert.equal(addresses.of(request("203.0.113.9", "198.51.100.1")), "203.0.113.9");
  assert.equal(addresses.of(request("::ffff:203.0.113.9")), "203.0.113.9");
});

test("behind our proxy the listener's address counts, not the proxy's", () => {
  const addresses = new ClientAddresses(["127.0.0.1", "10.0.0.0/8", "2001:db8::/32"]);
  assert.equal(addresses.of(request("127.0.0.1", "203.0.113.9")), "203.0.113.9");
  assert.equal(addresses.of(request("::ffff:127.0.0.1", "203.0.113.9, 10.1.2.3")), "203.0.113.9");
  assert.equal(addresses.of(request("2001:db8::7", "2a00:1450::1")), "2a00:1450::1");
});

test("what a visitor wrote into the header before our proxy added to it is not believed", () => {
  const addresses = new ClientAddresses(["127.0.0.1"]);
  assert.equal(addresses.of(request("127.0.0.1", "1.2.3.4, 203.0.113.9")), "203.0.113.9");
  assert.equal(addresses.of(request("127.0.0.1", "garbage")), "127.0.0.1");
  assert.equal(addresses.of(request("127.0.0.1", `${"1.2.3.4,".repeat(10_000)}203.0.113.9`)), "203.0.113.9");
});
