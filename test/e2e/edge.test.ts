import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { spawnSync } from "node:child_process";
import { after, before, describe, test } from "node:test";
import type { Browser } from "playwright-core";
import { keyPairOf } from "../../src/ledger/signer.ts";
import type { Verdict } from "../../src/ledger/verify/verdict.ts";
import type { PublicState } from "../../src/wire/public-state.ts";
import { findTraces } from "../material/traces.ts";
import { comeTrue } from "./come-true.ts";
import { type HostCalls, listen, openHostCalls, pause, until } from "./host-calls.ts";
import { openBrowser, type RunningHouse, startEdge, startHouse } from "./house.ts";

/** Listeners at the house and at its edge. */
const AT_HOUSE = 3;
const AT_EDGE = 2;
/** Longest a listener at the edge may go without a byte while the edge's line is started again. Milliseconds; a stage that is killed may take as long. */
const MOST_SILENT_MS = 15_000;

let folder = "";
let house: RunningHouse;
let edge: Awaited<ReturnType<typeof startEdge>>;
let browser: Browser;
let host: HostCalls;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "earshot-e2e-edge-"));
  const seed = randomBytes(32);
  const key = Buffer.from(keyPairOf(seed).publicKey).toString("base64");
  await writeFile(
    join(folder, "house.yaml"),
    `trusted_proxies: [127.0.0.1]\nedges:\n  - { name: frankfurt-1, key: "${key}", operator: Us, network: AS64500, capacity: 20000 }\n`,
  );
  house = await startHouse({ EARSHOT_CONFIG: join(folder, "house.yaml") });
  const data = join(folder, "edge");
  await mkdir(join(data, "keys"), { recursive: true });
  await writeFile(join(data, "keys/edge.key"), seed, { mode: 0o600 });
  await writeFile(join(folder, "edge.yaml"), `edge: { name: frankfurt-1, house: "${house.backstage}", origin: "${house.front}" }\n`);
  [edge, browser, host] = await Promise.all([startEdge(join(folder, "edge.yaml"), { EARSHOT_DATA: data }), openBrowser(), openHostCalls(house)]);
  await until(async () => (await fetch(`${edge.front}/healthz`)).ok);
});
after(async () => {
  await browser?.close();
  await edge?.stop();
  await house?.stop();
  await rm(folder, { recursive: true, force: true });
});

/** A number as players tell one listener from another by. */
const sessionNumber = () => randomBytes(8).toString("hex");
const stateAt = async (front: string, slug: string) => (await (await fetch(`${front}/live/${slug}/state.json`)).json()) as PublicState;

describe("an evening with an edge", { timeout: 400_000 }, () => {
  const leave = new AbortController();
  let slug = "";
  let id = "";
  let heardAt = 0;
  let longestSilence = 0;

  test("before it begins an event's page is the same at the edge", async () => {
    const { json } = await host.call("POST", "/api/events", {
      title: "Tomorrow",
      startDate: new Date(Date.now() + 86_400_000).toISOString(),
      timeZone: "Europe/Berlin",
    });
    const path = `/e/${String(json.slug)}`;
    await until(async () => (await fetch(`${edge.front}${path}`)).ok);
    assert.match(await (await fetch(`${edge.front}${path}`)).text(), /Tomorrow/);
    assert.match(await (await fetch(`${edge.front}/`)).text(), /Tomorrow/);
    assert.equal((await fetch(`${edge.front}/e/nowhere`)).status, 404);
  });

  test("live it is heard at the edge, by the page too, and both tell one figure of all machines", async () => {
    ({ slug, id } = await host.goOnAir("An evening for everybody"));
    await until(async () => (await fetch(`${edge.front}/live/${slug}.mp3`, { method: "HEAD" })).ok);
    for (let count = 0; count < AT_HOUSE; count++) void listen(`${house.front}/live/${slug}.mp3?s=${sessionNumber()}`, leave.signal);
    for (let count = 0; count < AT_EDGE; count++)
      void listen(`${edge.front}/live/${slug}.mp3?s=${sessionNumber()}`, leave.signal, () => {
        const now = Date.now();
        if (heardAt > 0) longestSilence = Math.max(longestSilence, now - heardAt);
        heardAt = now;
      });
    const page = await (await browser.newContext({ bypassCSP: true })).newPage();
    await page.goto(`${edge.front}/e/${slug}`);
    await page.click("#play");
    await comeTrue(page, "earshot.player.status === 'playing' && earshot.audio.currentTime > 1", 30_000);
    const everybody = AT_HOUSE + AT_EDGE + 1;
    for (const front of [house.front, edge.front]) await until(async () => (await stateAt(front, slug)).audience?.listeningNow === everybody);
    await comeTrue(page, `document.getElementById('count-now').textContent.startsWith('${everybody}')`, 30_000);
    await page.context().close();
  });

  test("kill -9 of the edge's line: whoever listens there goes on listening", async () => {
    longestSilence = 0;
    process.kill(edge.pid("line"), "SIGKILL");
    const began = Date.now();
    await until(async () => Date.now() - began > 5_000 && Date.now() - heardAt < 2_000 && (await stateAt(edge.front, slug)).interrupted === false);
    assert.ok(longestSilence < MOST_SILENT_MS, `${longestSilence} ms`);
    await pause(10_000);
  });

  test("when it ends the replay is at the same address at the edge too", async () => {
    assert.equal((await host.call("POST", `/api/events/${slug}/end`)).status, 200);
    leave.abort();
    for (const front of [house.front, edge.front]) await until(async () => (await stateAt(front, slug)).status === "ended");
    const part = await fetch(`${edge.front}/e/${slug}/recording.mp3`, { headers: { range: "bytes=0-999" } });
    assert.deepEqual([part.status, (await part.arrayBuffer()).byteLength], [206, 1_000]);
    assert.match(await (await fetch(`${edge.front}/e/${slug}/replay.m3u8`)).text(), /#EXTM3U/);
    const page = await (await browser.newContext({ bypassCSP: true })).newPage();
    await page.goto(`${edge.front}/e/${slug}`);
    await page.click("#play");
    await comeTrue(page, "earshot.audio.currentTime > 1", 30_000);
    await page.context().close();
  });

  test("the ledger holds, with the windows of both, each signed by who counted", async () => {
    const state = join(house.dataFolder, "events", id, "state.json");
    await until(async () => (JSON.parse(await readFile(state, "utf8")) as { ledgerFinal?: boolean }).ledgerFinal === true);
    const { status, stdout, stderr } = spawnSync(process.execPath, [
      join(import.meta.dirname, "../../bin/earshot.mjs"),
      "verify",
      `${edge.front}/e/${slug}`,
      "--json",
    ]);
    const verdict = JSON.parse(stdout.toString()) as Verdict;
    assert.equal(status, 0, `${JSON.stringify(verdict.findings)} ${stderr.toString()}`);
    assert.deepEqual(
      verdict.edges.map((one) => [one.edge, one.closed, one.peak?.listening]),
      [
        ["house", true, AT_HOUSE],
        ["frankfurt-1", true, AT_EDGE + 1],
      ],
    );
    assert.equal(verdict.audience?.peak?.listening, AT_HOUSE + AT_EDGE + 1);
  });

  test("nothing on the edge's disk tells from where or with what anybody listened", async () => {
    const traces = ["a listener", "127.0.0.1"];
    assert.deepEqual(await findTraces(join(edge.dataFolder, "events"), Object.fromEntries(traces.map((trace) => [trace, trace]))), []);
  });
});
