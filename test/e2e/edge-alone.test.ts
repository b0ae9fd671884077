import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { get, type IncomingMessage } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { parse } from "yaml";
import { knownEdgesSchema } from "../../src/core/edge-config.ts";
import { nodeSha256, nodeSignatureCheck, readEntry, type WindowEntry } from "../../src/ledger/mod.ts";
import { linkOf, signedPartOf } from "../../src/ledger/verify/window-signature.ts";
import { countLine } from "../../src/server/edge/test-lines.ts";
import type { PublicState } from "../../src/wire/public-state.ts";
import { type RunningHouse, startEdge } from "./house.ts";
import { type EdgeHouse, openEdgeHouse } from "./edge-house.ts";

let house: EdgeHouse;
let folder: string;
let settings: string;
let edge: Omit<RunningHouse, "hostLink" | "backstage">;
let stream: IncomingMessage;
let heard = 0;
let isStopped = false;

before(async () => {
  house = await openEdgeHouse();
  house.others = `${countLine(house.event.id, { edge: "front-house", endUnixMs: Math.floor(Date.now() / 10_000) * 10_000, listeningNow: 3 })}\n`;
  folder = await mkdtemp(join(tmpdir(), "earshot-edge-settings-"));
  settings = join(folder, "earshot.yaml");
  await writeFile(settings, JSON.stringify({ edge: { name: "south", house: house.url, origin: "http://127.0.0.1:1" } }));
  edge = await startEdge(settings);
});
after(async () => {
  stream?.destroy();
  if (!isStopped) await edge?.stop();
  await house?.close();
  await rm(folder, { recursive: true, force: true });
});

async function until(what: string, come: () => boolean | Promise<boolean>, limitMs = 60_000): Promise<void> {
  const end = Date.now() + limitMs;
  while (!(await come())) {
    if (Date.now() > end) throw new Error(`${what} did not come\n${edge.output()}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function state(): Promise<PublicState> {
  return (await (await fetch(`${edge.front}/live/evening/state.json`)).json()) as PublicState;
}

async function linesOf(file: string): Promise<string[]> {
  const text = await readFile(join(edge.dataFolder, "events", house.event.id, file), "utf8").catch(() => "");
  return text.split("\n").slice(0, -1);
}

/** What the doctor finds at the edge, by check. */
async function doctor(): Promise<ReadonlyMap<string, string>> {
  const child = spawn(process.execPath, [join(import.meta.dirname, "../../bin/earshot.mjs"), "doctor", "--json"], {
    env: { ...process.env, EARSHOT_CONFIG: settings, EARSHOT_DATA: edge.dataFolder },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const said = Buffer.concat(await Array.fromAsync(child.stdout as AsyncIterable<Buffer>)).toString();
  const findings = JSON.parse(said) as readonly { readonly check: string; readonly verdict: string; readonly found: string; readonly action?: string }[];
  return new Map(findings.map(({ check, verdict, found, action = "" }) => [check, `${verdict} ${found} ${action}`]));
}

const health = async () => (await fetch(`${edge.admin}/healthz`)).status;
/** Whether a listener's page would say that the sound is interrupted, or that all is well. */
const saysInterrupted = async (is: boolean) => (await state().catch(() => undefined))?.interrupted === is;
const more = async () => {
  const before = heard;
  await until("more sound", () => heard > before + 20_000);
};

test("an edge whose key the house does not know says so once, keeps asking, and begins by itself when it is known", { timeout: 400_000 }, async () => {
  await until("a third refusal", () => house.refused >= 3);
  assert.equal(edge.output().match(/This house has no edge with that name and key/g)?.length, 1, edge.output());
  assert.equal(edge.output().match(/"code":"edge-unknown"/g)?.length, 1, edge.output());
  assert.equal(await health(), 503);
  assert.ok(!edge.output().includes('"process":"front"'), "fronts wait for what the house tells them");
  const key = await stat(join(edge.dataFolder, "keys/edge.key"));
  assert.deepEqual([key.size, key.mode & 0o777], [32, 0o600]);
  assert.match((await doctor()).get("House") ?? "", /^problem .*write it under edges: there/);
  // The printed line is what the operator pastes.
  const [known] = knownEdgesSchema.parse(parse(/^ +(- \{ name: .+)$/m.exec(edge.output())?.[1] ?? ""));
  house.edges = [known as NonNullable<typeof known>];
  await until("health", async () => (await health()) === 200);
  assert.match(edge.output(), /The house answers/);
  assert.match((await doctor()).get("House") ?? "", /^ok .* knows south/);
  assert.ok(!existsSync(join(edge.dataFolder, "../outside.json")), "a house writes nowhere but where fronts read");
});

test("a listener at the edge hears the event: the very bytes the house made", { timeout: 400_000 }, async () => {
  await until("the event", async () => (await fetch(`${edge.front}/live/evening/opus/part-${house.newest()}.m4s`)).status === 200);
  const number = house.newest();
  const answered = await fetch(`${edge.front}/live/evening/opus/part-${number}.m4s`);
  assert.deepEqual(Buffer.from(await answered.arrayBuffer()), Buffer.from(house.part(number) as Uint8Array));
  const { status, interrupted: away } = await state();
  assert.deepEqual([status, away], ["live", false]);
  stream = await new Promise<IncomingMessage>((resolve, reject) => {
    get(`${edge.front}/live/evening.mp3`, { agent: false }, resolve).once("error", reject);
  });
  stream.on("data", (bytes: Buffer) => (heard += bytes.length));
  await more();
});

test("a house that is away is told as an interruption; when it is back sound and counts go on, late and whole", { timeout: 400_000 }, async () => {
  await until("a window at the house", () => house.windows.length >= 1);
  await house.away();
  // The stage's bus breaks off first; that the house is away is known when it is asked again.
  await until("the interruption", async () => (await saysInterrupted(true)) && (await health()) === 503);
  const before = house.windows.length;
  await until("two windows that wait", async () => (await linesOf("windows.jsonl")).length >= before + 2);
  assert.equal(house.windows.length, before);
  await house.back();
  await until("the end of the interruption", () => saysInterrupted(false));
  await more();
  await until("the windows", () => house.windows.length >= before + 2);
  assert.deepEqual(await linesOf("elsewhere.jsonl"), house.others.split("\n").slice(0, -1), "what the house tells again is there once");
});

test("a line that is killed comes back: sound goes on, and no window is signed twice", { timeout: 400_000 }, async () => {
  const [pid, windows] = [edge.pid("line"), house.windows.length];
  process.kill(pid, "SIGKILL");
  await until("another line", () => edge.pid("line") !== pid);
  await until("the end of the interruption", async () => (await health()) === 200 && (await saysInterrupted(false)));
  await more();
  await until("the next windows", () => house.windows.length >= windows + 2);
});

test("a front that is killed comes back and serves who comes", { timeout: 400_000 }, async () => {
  const pid = edge.pid("front");
  process.kill(pid, "SIGKILL");
  await until("another front", () => edge.pid("front") !== pid);
  await until("the event", async () => (await fetch(`${edge.front}/live/evening/opus/part-${house.newest()}.m4s`).catch(() => undefined))?.status === 200);
});

test("fronts are started again when the house's addresses are others than before", { timeout: 400_000 }, async () => {
  await house.away();
  house.hello = { ...house.hello, publicUrl: "http://elsewhere.example" };
  const pid = edge.pid("front");
  await house.back();
  await until("another front", () => edge.pid("front") !== pid);
  await until("health", async () => (await health()) === 200);
});

test("after the end the last window says that it is the last; the public key checks every one of them", { timeout: 400_000 }, async () => {
  await until("the event", async () => (await fetch(`${edge.front}/live/evening/opus/part-${house.newest()}.m4s`)).status === 200);
  await house.end();
  const entries = () =>
    house.windows.map((text) => {
      const result = readEntry(Buffer.from(text));
      assert.ok(result.ok && result.entry?.kind === "window");
      return result.entry as WindowEntry;
    });
  await until("the last window", () => entries().at(-1)?.last === true);
  const publicKey = Buffer.from(house.edges[0]?.key ?? "", "base64");
  const check = nodeSignatureCheck();
  let link = linkOf(nodeSha256, publicKey);
  for (const [index, window] of entries().entries()) {
    const bytes = Buffer.from(house.windows[index] ?? "");
    assert.equal(await check(publicKey, signedPartOf(bytes) as Uint8Array, Buffer.from(window.sig, "base64")), true);
    assert.deepEqual([window.seq, window.prev, window.edge, window.last], [index, link, "south", index === house.windows.length - 1]);
    link = linkOf(nodeSha256, bytes);
  }
  assert.equal(house.contradictions, 0);
  assert.deepEqual(house.windows, await linesOf("windows.jsonl"));
  assert.ok(
    entries().some(({ listening }) => listening > 0),
    "the listener of the stream was counted",
  );
  // Every line the fronts wrote is there; what a kill left unacknowledged may be there twice.
  await until("the lines", async () => new Set(house.lines).size === (await linesOf("audience.jsonl")).length);
});

test("an edge that is ended lets its fronts end first and its line last", { timeout: 30_000 }, async () => {
  isStopped = true;
  await edge.stop();
  const ended = edge
    .output()
    .split("\n")
    .filter((line) => line.includes('"process ended"'))
    .map((line) => (JSON.parse(line) as { readonly process: string }).process);
  assert.deepEqual(ended.slice(-2), ["front", "line"]);
});
