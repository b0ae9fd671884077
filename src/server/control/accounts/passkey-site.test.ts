import assert from "node:assert/strict";
import { test } from "node:test";
import { passkeySite } from "./passkey-site.ts";

test("passkeys are bound to the name listeners know where the backstage address lies under it, else to the backstage name", () => {
  for (const [front, backstage, rpId, origin] of [
    ["https://live.example.org", "https://live.example.org:8081", "live.example.org", "https://live.example.org:8081"],
    ["https://example.org", "https://backstage.example.org", "example.org", "https://backstage.example.org"],
    ["https://live.example.org", "https://backstage.example.org", "backstage.example.org", "https://backstage.example.org"],
    ["https://live.example.org", "https://notlive.example.org", "notlive.example.org", "https://notlive.example.org"],
    ["http://localhost:8080", "http://localhost:8081", "localhost", "http://localhost:8081"],
  ] as const)
    assert.deepEqual(passkeySite(front, backstage), { rpId, origin });
});

test("where browsers offer no passkeys none are offered: an address without a name, or plain HTTP beyond this machine", () => {
  for (const address of [
    "http://192.168.1.5:8081",
    "https://192.168.1.5:8081",
    "https://[2001:db8::1]:8081",
    "http://live.example.org:8081",
    "http://localhost.example.org",
  ])
    assert.equal(passkeySite(address, address), undefined, address);
});
