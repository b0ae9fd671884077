import assert from "node:assert/strict";
import { test } from "node:test";
import { relayServers } from "./relay.ts";

const RELAY = { urls: ["turn:relay.example.org:3478", "turns:relay.example.org:443?transport=tcp"], secret: "north" };

test("a seat gets credentials that the relay can check by itself and that end after six hours", () => {
  // The credential was computed with: printf '1700021600:ada' | openssl dgst -sha1 -hmac north -binary | base64
  assert.deepEqual(relayServers(RELAY, "ada", 1_700_000_000_000), [
    { urls: RELAY.urls, username: "1700021600:ada", credential: "y+wvDZnNpKJLVsMkdAIu8eEx8zA=" },
  ]);
});

test("without a relay there is none", () => {
  assert.deepEqual(relayServers(undefined, "ada", 0), []);
});
