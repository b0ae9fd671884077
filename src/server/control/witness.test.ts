import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { getRequestListener, type HttpBindings } from "@hono/node-server";
import { Hono } from "hono";
import { check } from "../../../test/material/ledger.ts";
import { systemClock } from "../../core/clock.ts";
import { createLog, silentLog } from "../../core/log.ts";
import { folderSource } from "../../ledger/verify/folder-source.ts";
import type { LiveState } from "../../wire/public-state.ts";
import { LedgerKeeper } from "../stage/ledger/ledger-keeper.ts";
import type { App } from "./api/app.ts";
import { mountWitness } from "./witness.ts";

/** Log key of any ledger of the asking house; it follows from its house key. */
const HOUSE_KEY = Buffer.alloc(32, 9);
let folder = "";
let server: Server;
let address = "";

/** Keeps an event's ledger from its beginning to its end, with this witness; returns what the log says. */
async function keepEvening(dataFolder: string, key: string): Promise<string[]> {
  const logged: string[] = [];
  await mkdir(join(dataFolder, "events/ev1/archive"), { recursive: true });
  const state: LiveState = { eventId: "ev1", slug: "evening", phase: "ended", epoch: 1, revision: 0, onStage: [], originUnixMs: 1_000, endedUnixMs: 2_000 };
  const keeper = LedgerKeeper.start({
    dataFolder,
    publicUrl: "https://asking.example",
    houseKey: HOUSE_KEY,
    manifest: { eventId: "ev1", slug: "evening", title: dataFolder, speakers: [], removedSeats: [], soundCheck: false },
    witnesses: { ask: [{ address, key }], quorum: 1 },
    edges: [],
    state: () => state,
    settings: {},
    version: "1",
    clock: { ...systemClock, sleep: async (ms, signal) => (ms > 1_000 ? await systemClock.sleep(ms, signal) : undefined) },
    log: createLog((line) => logged.push(line), Date.now),
  });
  await keeper.finish();
  await keeper.close();
  return logged;
}

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "earshot-witness-port-"));
  // The key of the asking house is known once it has kept a ledger, as its operator would hand it over.
  await keepEvening(join(folder, "first"), "nobody.example/w+00000000+AAAA");
  const { logKey } = await check(await folderSource(join(folder, "first/events/ev1")));
  const app: App = new Hono<{ Bindings: HttpBindings }>();
  mountWitness(app, {
    dataFolder: folder,
    backstageUrl: "https://witness.example",
    houses: [logKey, "no key"],
    houseKey: Buffer.alloc(32, 3),
    clock: systemClock,
    log: silentLog,
  });
  server = createServer(getRequestListener(app.fetch, { overrideGlobalObjects: false }));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  address = `http://127.0.0.1:${(server.address() as { port: number }).port}/witness`;
});
after(async () => {
  server.close();
  server.closeAllConnections();
  await rm(folder, { recursive: true, force: true });
});

const keyOfWitness = async () => (await (await fetch(`${address}/key`)).text()).trimEnd();

test("another house cosigns an event's ledger, and will not cosign a second story of it", async () => {
  const key = await keyOfWitness();
  assert.match(key, /^witness\.example\/witness\+/);
  await keepEvening(join(folder, "told"), key);
  const told = await check(await folderSource(join(folder, "told/events/ev1")), { witnessKeys: [key] });
  assert.equal(told.result, "holds", JSON.stringify(told.findings));
  assert.deepEqual([told.quorum, told.witnesses[0]?.newest], [1, true]);

  const logged = await keepEvening(join(folder, "told again"), key);
  assert.ok(logged.some((line) => line.includes("a witness did not cosign")));
  const again = await check(await folderSource(join(folder, "told again/events/ev1")), { witnessKeys: [key] });
  assert.equal(again.result, "holds-with-gaps");
  assert.ok((again.counts["quorum-missed"] ?? 0) > 0);
});

test("a request that is too long is not read to its end", async () => {
  const response = await fetch(`${address}/add-checkpoint`, { method: "POST", body: "x".repeat(70_000) });
  assert.equal(response.status, 413);
});
