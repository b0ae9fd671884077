import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { get } from "node:http";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { after, before, describe, test } from "node:test";
import type { Verdict } from "../../src/ledger/verify/verdict.ts";
import { EdgeCount } from "../../src/server/adapters/edge-count.ts";
import { testWindow } from "../../src/wire/test-window.ts";
import { seedOf } from "../material/ledger.ts";
import { findTraces } from "../material/traces.ts";
import { listen, openHostCalls, pause, until } from "./host-calls.ts";
import { openBrowser, type RunningHouse, startHouse } from "./house.ts";
import { look } from "./look.ts";

/** How long each of the two stretches on air is. Milliseconds; more than two segments of every rendition. */
const ON_AIR_MS = 10_000;
/** After what time a listener who was told to comes back. Milliseconds. */
const COME_BACK_MS = 500;

/** Listeners nothing must remember: one on a line of their own, two behind the proxy that is trusted. */
const CANARIES = [
  { address: "127.77.13.9", agent: "CanaryRadio/7.3 (kitchen)", forwarded: undefined },
  { address: "127.0.0.1", agent: "CanaryPlayer/1.1 (hall)", forwarded: "203.0.113.77" },
  { address: "127.0.0.1", agent: "CanaryPlayer/1.1 (attic)", forwarded: "2001:db8:77::13" },
] as const;

/** Listeners of an edge elsewhere that the house knows, and its key. */
const AT_OSLO = 300;
const OSLO = seedOf("oslo");

let house: RunningHouse;
let folder = "";

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "earshot-e2e-ledger-"));
  const { publicKey } = new EdgeCount({ edge: "oslo", event: "any", seed: OSLO });
  const edges = `edges: [{ name: oslo, key: "${publicKey}", operator: Radio Oslo }]\n`;
  await writeFile(join(folder, "earshot.yaml"), `trusted_proxies: [127.0.0.1]\n${edges}`);
  house = await startHouse({ EARSHOT_CONFIG: join(folder, "earshot.yaml") });
});
after(async () => {
  await house?.stop();
  await rm(folder, { recursive: true, force: true });
});

/** A listener whose address and agent are known; listens until told to stop, and comes back where a server that is full says so. */
function listenAs(canary: (typeof CANARIES)[number], url: string, signal: AbortSignal): void {
  const { address, agent, forwarded } = canary;
  const headers = { "user-agent": agent, ...(forwarded === undefined ? {} : { "x-forwarded-for": forwarded }) };
  get(url.replace("//localhost", "//127.0.0.1"), { localAddress: address, agent: false, signal, headers }, (response) => {
    response.resume().on("error", () => {});
    if (response.statusCode === 503 && !signal.aborted) setTimeout(() => listenAs(canary, url, signal), COME_BACK_MS);
  }).on("error", () => {});
}

/** What an edge at Oslo signed of two windows that lie around now, where it comes into the house. */
async function countAtOslo(event: string, id: string): Promise<void> {
  const oslo = new EdgeCount({ edge: "oslo", event: id, seed: OSLO });
  const endUnixMs = Math.floor(Date.now() / 10_000) * 10_000;
  const heard = { listeningNow: AT_OSLO, listenedGrossMs: AT_OSLO * 10_000, bytes: AT_OSLO * 200_000 };
  const windows = [testWindow("front-a", endUnixMs, { ...heard, joins: AT_OSLO, sessionsGross: AT_OSLO }), testWindow("front-a", endUnixMs + 10_000, heard)];
  oslo.take(windows.map((window) => JSON.stringify(window)));
  await mkdir(join(event, "windows"), { recursive: true });
  await writeFile(join(event, "windows/oslo.jsonl"), Buffer.concat(oslo.sign(Date.now(), true).flatMap((line) => [line, Buffer.from("\n")])));
}

/** A Node of another major version than ours, as a stranger may have it; ours where this machine has no other. */
function strangersNode(): string {
  const candidates = (process.env.PATH ?? "").split(delimiter).map((path) => join(path, "node"));
  const old = candidates.find((path) => existsSync(path) && /^v2[0-4]\./.test(execFileSync(path, ["--version"]).toString()));
  return old ?? process.execPath;
}

/** Runs the downloaded file alone, in a folder of its own. */
function verify(place: string, ...more: string[]): { readonly status: number | null; readonly out: string } {
  const { status, stdout, stderr } = spawnSync(strangersNode(), [join(folder, "verify.mjs"), place, ...more], { cwd: folder });
  return { status, out: `${stdout.toString()}${stderr.toString()}` };
}

describe("a recorded evening, checked by a stranger", { timeout: 400_000 }, () => {
  let address = "";
  let event = "";

  test("an event goes on air, its stage is killed in the middle, and it ends", async () => {
    const host = await openHostCalls(house);
    const { slug, id } = await host.goOnAir("An evening on the record");
    address = `${house.front}/e/${slug}`;
    event = join(house.dataFolder, "events", id);
    const listener = new AbortController();
    const heard = listen(`${house.front}/live/${slug}.mp3`, listener.signal);
    for (const canary of CANARIES) {
      listenAs(canary, `${house.front}/live/${slug}.mp3`, listener.signal);
      for (const path of [`/e/${slug}`, `/live/${slug}/index.m3u8`, `/live/${slug}/door?s=canary-visitor`, "/nowhere"])
        listenAs(canary, `${house.front}${path}`, listener.signal);
      listenAs(canary, `${house.backstage}/api/me`, listener.signal);
    }
    await countAtOslo(event, id);
    await pause(ON_AIR_MS);
    // On a busy machine the stage may be starting anew by itself at this moment.
    await until(async () => process.kill(house.pid(`stage-${slug}`), "SIGKILL"));
    await pause(ON_AIR_MS);
    await until(async () => (await host.call("POST", `/api/events/${slug}/end`)).status === 200);
    listener.abort();
    assert.ok((await heard) > 0);
    await until(async () => (JSON.parse(await readFile(join(event, "state.json"), "utf8")) as { ledgerFinal?: boolean }).ledgerFinal === true);
  });

  test("anyone downloads the verifier as one file that needs nothing but Node", async () => {
    const response = await fetch(`${house.front}/verify.mjs`);
    assert.match(response.headers.get("content-type") ?? "", /javascript/);
    const source = await response.text();
    for (const [, name] of source.matchAll(/^import .*? from "([^"]+)"/gm)) assert.match(name ?? "", /^node:/);
    await writeFile(join(folder, "verify.mjs"), source);
  });

  test("over the network and in the folder it says that everything holds, and names what happened", () => {
    for (const place of [address, `${address}/ledger/`, event]) {
      const { status, out } = verify(place);
      assert.equal(status, 0, out);
      assert.match(out, /^HOLDS: every check passed\./);
      assert.match(out, /An evening on the record/);
      assert.match(out, /, ended\n/);
      assert.match(out, /1 incidents/);
    }
    const verdict = JSON.parse(verify(address, "--json").out) as Verdict;
    assert.ok(verdict.replay.compared >= 12, `${verdict.replay.compared} segments`);
    assert.equal(verdict.replay.compared, verdict.replay.segments);
    assert.equal(verdict.acts.roles, 2);
    assert.ok((verdict.audience?.windows ?? 0) >= 2 && verdict.audience?.grossSessions === 1 + CANARIES.length + AT_OSLO, JSON.stringify(verdict.audience));
    assert.ok(verdict.audience.grossMs > 8_000 && (verdict.bytesOverNeeded ?? 0) > 1);
    assert.deepEqual(
      verdict.edges.map(({ edge, closed }) => [edge, closed]),
      [
        ["house", true],
        ["oslo", true],
      ],
    );
    assert.match(verify(address).out, /^ {2}oslo \(Radio Oslo\): peak 300 at /m);
    assert.ok(verdict.replay.filler > 0, "the time the stage was away is entered as silence");
  });

  test("earshot verify says the same, and accepts the ledger only under the key it is given", () => {
    const run = (...more: string[]) => spawnSync(process.execPath, [join(import.meta.dirname, "../../bin/earshot.mjs"), "verify", event, ...more]);
    assert.match(run().stdout.toString(), /^HOLDS/);
    const strange = "localhost/other+00000000+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
    assert.equal(run("--key", strange).status, 1);
  });

  test("one changed byte of the recording is named by its segment", async () => {
    const copy = join(folder, "copy");
    await cp(event, copy, { recursive: true });
    const path = join(copy, "archive/aac.mp4");
    const bytes = await readFile(path);
    const at = Math.floor(bytes.length / 2);
    bytes[at] = (bytes[at] as number) ^ 1;
    await writeFile(path, bytes);
    const { status, out } = verify(copy);
    assert.equal(status, 1);
    assert.match(out, /^CONTRADICTED/);
    assert.match(out, /A stretch of the replay is not the one that was recorded\.\n {2}aac segment \d+, 0:\d\d to 0:\d\d/);
  });

  test("a listener checks the record in the browser, with the recording, in both languages", async () => {
    const browser = await openBrowser();
    let page = await browser.newPage();
    try {
      for (const [language, button, holds, crossCheck, compare, compared] of [
        [
          "en",
          "Check the record",
          "It holds: every check passed.",
          /^Cross-check: [\d.]+ MB were sent, [1-9]/,
          /^Compare the recording too/,
          /^(\d+) of \1 stretches/,
        ],
        [
          "de",
          "Register prüfen",
          "Es stimmt: Alle Prüfungen sind bestanden.",
          /^Gegenprobe: [\d,]+ MB wurden gesendet, das [1-9]/,
          /^Auch die Aufzeichnung vergleichen/,
          /^(\d+) von \1 Stücken/,
        ],
      ] as const) {
        // First as listeners have it, with the page's own rules, which no language changes; then open to the tool that looks for barriers.
        for (const bypassCSP of language === "en" ? [false, true] : [true]) {
          page = await (await browser.newContext({ bypassCSP })).newPage();
          await page.goto(`${address}?lang=${language}`);
          await page.getByRole("button", { name: button }).click();
          await page.getByText(holds).waitFor();
        }
        await page.getByText(crossCheck).waitFor();
        await page.getByRole("button", { name: compare }).click();
        await page.getByText(compared).waitFor();
        await page.getByText(holds).waitFor();
        for (const summary of await page.locator("#record summary").all()) await summary.click();
        await page.getByText(`oslo (Radio Oslo): ${language === "en" ? "peak" : "Höchststand"} ${AT_OSLO}`).waitFor();
        await look(page, `record-${language}`);
      }
    } finally {
      await browser.close();
    }
  });

  test("no file of the house and no line of its log tells from where or with what anybody listened", async () => {
    const traces = ["127.77.13.9", "203.0.113.77", "2001:db8:77::13", "2001:0db8", "Canary", "canary-visitor"];
    assert.deepEqual(await findTraces(house.dataFolder, Object.fromEntries(traces.map((trace) => [trace, trace]))), []);
    for (const trace of traces) assert.ok(!house.output().includes(trace), trace);
  });

  test("nothing of the ledger but its public files can be fetched, and they tell caches how long they last", async () => {
    for (const path of ["journal.jsonl", "../event.json", "public/checkpoint", "tile/0/../../journal.jsonl", "tile/entries/999"])
      assert.equal((await fetch(`${address}/ledger/${path}`)).status, 404, path);
    const checkpoint = await fetch(`${address}/ledger/checkpoint`);
    assert.equal(checkpoint.headers.get("cache-control"), "no-store");
    const [, size = ""] = (await checkpoint.text()).split("\n");
    const tile = await fetch(`${address}/ledger/tile/entries/000.p/${size}`);
    assert.match(tile.headers.get("cache-control") ?? "", /immutable/);
    const tiles = await readdir(join(event, "ledger/public/tile/entries"), { recursive: true });
    assert.ok(tiles.length > 0);
  });
});
