import assert from "node:assert/strict";
import { get, type IncomingMessage } from "node:http";
import { after, before, test } from "node:test";
import { type RunningHouse, startHouse } from "./house.ts";

const LISTENERS = 40;
let house: RunningHouse;

before(async () => {
  house = await startHouse({ EARSHOT_FRONT_PROCESSES: "2", EARSHOT_SOUND_CHECK: "1" });
});
after(() => house?.stop());

/** Listeners of MP3 streams by process, as the operator sees them. */
async function listeners(): Promise<Record<string, number>> {
  const text = await (await fetch(`${house.admin}/metrics`)).text();
  return Object.fromEntries(
    [...text.matchAll(/^earshot_front_streams_mp3\{process="([\w-]+)"\} (\d+)$/gm)].map(([, name, count]) => [name as string, Number(count)]),
  );
}

/** Status of an answer over a connection of its own. */
function statusOf(url: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    get(url, { agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode);
    }).once("error", reject);
  });
}

async function until(come: () => Promise<boolean>): Promise<void> {
  while (!(await come())) await new Promise((resolve) => setTimeout(resolve, 100));
}

test("two fronts share the port and the audience; when one is killed the other's listeners hear no gap and newcomers are served", {
  timeout: 400_000,
}, async () => {
  // Until both have it: each new connection is dealt to one of them by chance.
  await until(async () => {
    const asked = await Promise.all(Array.from({ length: 30 }, () => statusOf(`${house.front}/live/sound-check/plain.m3u8`)));
    return asked.every((status) => status === 200);
  });
  const streams: { readonly response: IncomingMessage; bytes: number; gone: boolean }[] = [];
  for (let count = 0; count < LISTENERS; count++) {
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      get(`${house.front}/live/sound-check.mp3`, { agent: false }, resolve).once("error", reject);
    });
    assert.equal(response.statusCode, 200);
    const stream = { response, bytes: 0, gone: false };
    response.on("data", (bytes: Buffer) => (stream.bytes += bytes.length));
    response.on("error", () => {});
    response.on("close", () => (stream.gone = true));
    streams.push(stream);
  }
  const shares = await listeners();
  assert.deepEqual(Object.keys(shares).sort(), ["front", "front-2"]);
  assert.equal((shares.front ?? 0) + (shares["front-2"] ?? 0), LISTENERS);
  assert.ok((shares.front ?? 0) > 0 && (shares["front-2"] ?? 0) > 0, JSON.stringify(shares));
  process.kill(house.pid("front"), "SIGKILL");
  await until(async () => streams.filter((stream) => stream.gone).length === shares.front);
  const left = streams.filter((stream) => !stream.gone);
  const before = left.map((stream) => stream.bytes);
  await until(async () => left.every((stream, index) => stream.bytes > (before[index] ?? 0)));
  // Back on the same port within moments, and taken into the deal again.
  await until(async () => (await listeners()).front === 0);
  for (let count = 0; count < 10; count++) assert.equal((await fetch(`${house.front}/e/sound-check`)).status, 200);
  for (const { response } of streams) response.destroy();
});
