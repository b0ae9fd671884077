import assert from "node:assert/strict";
import { test } from "node:test";
import { EarshotError } from "../../core/errors.ts";
import { type HostAddress, parseFeedUrl, resolveFeed } from "./feed-address.ts";

const refused = (error: unknown) => error instanceof EarshotError && error.code === "feed-address-refused";
const answering =
  (...addresses: readonly string[]) =>
  async (): Promise<readonly HostAddress[]> =>
    addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 }));

test("an address that is no public web address of a stream is refused with rule and value", () => {
  for (const text of [
    "",
    "radio",
    "file:///etc/passwd",
    "ftp://radio.example/a.mp3",
    "http://me:secret@radio.example/",
    `http://radio.example/${"a".repeat(2_000)}`,
  ])
    assert.throws(() => parseFeedUrl(text), refused, text);
  assert.equal(parseFeedUrl("HTTP://Radio.Example:8000/live.mp3#now").href, "http://radio.example:8000/live.mp3");
});

test("no stream is fetched from our own machine or network, however its address is written", async () => {
  const hosts = [
    "127.0.0.1",
    "127.1",
    "2130706433",
    "0x7f000001",
    "0177.0.0.1",
    "0.0.0.0",
    "10.1.2.3",
    "100.64.0.1",
    "169.254.169.254",
    "172.31.255.255",
    "192.168.1.1",
    "198.18.0.1",
    "224.0.0.1",
    "255.255.255.255",
    "[::]",
    "[::1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:10.0.0.1]",
    "[64:ff9b::7f00:1]",
    "[fe80::1]",
    "[fc00::1]",
    "[fd12::1]",
    "[ff02::1]",
    "[2002:7f00:1::]",
    "[2001:0:7f00:1::]",
    "[2001:db8::1]",
  ];
  for (const host of hosts) await assert.rejects(resolveFeed(parseFeedUrl(`http://${host}/live`), { allowPrivate: false }), refused, host);
});

test("a name that leads to our own network is refused, and when only one of its addresses does", async () => {
  const url = parseFeedUrl("https://radio.example/live");
  for (const addresses of [["10.0.0.1"], ["::1"], ["93.184.216.34", "192.168.0.1"], ["::ffff:10.0.0.1"]])
    await assert.rejects(resolveFeed(url, { allowPrivate: false, lookup: answering(...addresses) }), refused, addresses.join());
});

test("a public stream is fetched from the very address that was checked", async () => {
  const url = parseFeedUrl("https://radio.example/live");
  const { pinned } = await resolveFeed(url, { allowPrivate: false, lookup: answering("93.184.216.34", "2606:2800:220:1::1") });
  assert.deepEqual(pinned, { address: "93.184.216.34", family: 4 });
  assert.deepEqual((await resolveFeed(parseFeedUrl("http://[2606:2800:220:1::1]:8000/"), { allowPrivate: false })).pinned.family, 6);
});

test("the operator can allow the house's own network", async () => {
  const { pinned } = await resolveFeed(parseFeedUrl("http://127.0.0.1:8000/live"), { allowPrivate: true });
  assert.equal(pinned.address, "127.0.0.1");
});
