import assert from "node:assert/strict";
import type { NetworkInterfaceInfo } from "node:os";
import { test } from "node:test";
import { hostAddresses } from "./host-addresses.ts";

const entry = (family: "IPv4" | "IPv6", address: string, internal = false) => ({ family, address, internal }) as NetworkInterfaceInfo;
const MACHINE = {
  lo: [entry("IPv4", "127.0.0.1", true), entry("IPv6", "::1", true)],
  eth0: [entry("IPv4", "192.0.2.7"), entry("IPv6", "2001:db8::7"), entry("IPv6", "fe80::7")],
  wlan0: [entry("IPv4", "198.51.100.7"), entry("IPv4", "169.254.3.4"), entry("IPv4", "192.0.2.7")],
};

test("speakers are told every address they can reach, each once, and no link-local one", () => {
  assert.deepEqual(hostAddresses(false, MACHINE), { v4: ["192.0.2.7", "198.51.100.7"], v6: ["2001:db8::7"] });
});

test("loopback is told last and only when asked for", () => {
  assert.deepEqual(hostAddresses(true, MACHINE), { v4: ["192.0.2.7", "198.51.100.7", "127.0.0.1"], v6: ["2001:db8::7", "::1"] });
  assert.deepEqual(hostAddresses(false, { lo: MACHINE.lo }), { v4: [], v6: [] });
});
