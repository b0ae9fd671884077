import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import { after, before, test } from "node:test";
import { type Clock, systemClock } from "../../core/clock.ts";
import { silentLog } from "../../core/log.ts";
import { milliseconds } from "../../core/units.ts";
import { type Part, renditionHeaders } from "../../programme/mod.ts";
import type { LiveState } from "../../wire/public-state.ts";
import { MemoryPartBus } from "../adapters/part-bus-memory.ts";
import { readBus } from "../adapters/part-bus-stream.ts";
import { chunksOf, EVENT, partOf, stateOf } from "../front/test-front.ts";
import { BusEndpoint } from "../stage/bus-endpoint.ts";
import { Relays } from "./relay.ts";
import { SignedLine } from "./signed-line.ts";

/** The house's end of the bus; undefined: the house is away. */
let endpoint: BusEndpoint | undefined;
let house: Server;
let line: SignedLine;
let relays: Relays;
let ended = 0;
let connections = 0;
/** What the clock is ahead of the machine's. Milliseconds. */
let aheadMs = 0;
const clock: Clock = { ...systemClock, steadyMs: () => milliseconds(systemClock.steadyMs() + aheadMs) };

before(async () => {
  house = createServer((_, response) => {
    connections++;
    if (endpoint === undefined) response.destroy();
    else endpoint.serve(response, 90_000);
  });
  await new Promise<void>((resolve) => house.listen(0, "127.0.0.1", resolve));
  const { port } = house.address() as { readonly port: number };
  line = new SignedLine({ name: "south", house: `http://127.0.0.1:${port}`, seed: new Uint8Array(32).fill(1), clock: systemClock });
  relays = await Relays.open({ line, clock, log: silentLog, onEnd: () => ended++ });
});
after(() => {
  relays.close();
  line.close();
  house.close();
  house.closeAllConnections();
});

async function until(come: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await come())) await new Promise((resolve) => setTimeout(resolve, 20));
}

/** A stage of the house with what it has published so far. */
function openStage(
  state: LiveState,
  numbers: readonly number[],
): { readonly floor: MemoryPartBus; readonly german: MemoryPartBus; readonly endpoint: BusEndpoint } {
  const [floor, german] = [new MemoryPartBus(), new MemoryPartBus()];
  const opened = new BusEndpoint(floor, { eventId: EVENT.id, slug: EVENT.slug, epoch: state.epoch }, state);
  opened.setHeaders(renditionHeaders(1));
  opened.addLanguage("de", german, renditionHeaders(1));
  for (const number of numbers) for (const bus of [floor, german]) bus.publish(partOf("opus", number));
  return { floor, german, endpoint: opened };
}

test("fronts get what the stage gave, in every language; after a break nothing twice, and while the house is away no bus at all", {
  timeout: 30_000,
}, async (t) => {
  const stage = openStage(stateOf(), [0, 1]);
  endpoint = stage.endpoint;
  const [told] = relays.follow([{ eventId: EVENT.id, slug: EVENT.slug, audienceSalt: "c2FsdA==" }]);
  const url = told?.url ?? "";
  const seen: string[] = [];
  const parts: Part[] = [];
  let connected = false;
  const reading = readBus({
    url,
    windowMs: 90_000,
    clock: systemClock,
    log: silentLog,
    reader: {
      onHeader: (rendition, codecs, header, language) => seen.push(`header ${rendition} ${codecs} ${header.length} ${language}`),
      onPart: (part, language) => {
        parts.push(part);
        seen.push(`part ${part.sequenceNumber} ${language}`);
      },
      onChunk: (chunk, language) => seen.push(`chunk ${chunk.sequenceNumber} ${language}`),
      onState: (state) => seen.push(`state ${state.phase} ${state.revision}`),
      onConnected: (is) => {
        connected = is;
      },
    },
  });
  t.after(() => reading.close());
  await until(() => seen.includes("part 1 de") && seen.includes("part 1 undefined"));
  for (const [rendition, { codecs, bytes }] of renditionHeaders(1))
    for (const language of [undefined, "de"]) assert.ok(seen.includes(`header ${rendition} ${codecs} ${bytes.length} ${language}`), `${rendition} ${language}`);
  assert.deepEqual(Buffer.from(parts[0]?.data ?? []), Buffer.from(partOf("opus", 0).data));
  for (const chunk of chunksOf("opus", 2)) stage.german.publishChunk(chunk);
  stage.endpoint.setState(stateOf({ revision: 2 }));
  await until(() => seen.includes("chunk 2 de") && seen.includes("state live 2"));

  endpoint = undefined;
  stage.endpoint.cut();
  await until(() => !connected);
  await until(async () => (await fetch(`${url}/bus`)).status === 503);

  seen.length = 0;
  const later = openStage(stateOf({ epoch: 2, revision: 3 }), [0, 1, 2, 3]);
  endpoint = later.endpoint;
  await until(() => seen.includes("part 3 undefined") && seen.includes("part 3 de"));
  assert.ok(connected);
  for (const language of [undefined, "de"])
    assert.deepEqual(
      seen.filter((each) => each.startsWith("part") && each.endsWith(` ${language}`)),
      [0, 1, 2, 3].map((number) => `part ${number} ${language}`),
      "each once to a reader that comes anew",
    );
  assert.equal(relays.parts, 8, "and each was taken once from the house");

  // A line that died without a word: its connection stays, and nothing comes any more.
  const before = connections;
  aheadMs = 9_000;
  await until(() => connections > before);
  await until(() => connected && relays.connected === 1);

  later.endpoint.setState(stateOf({ phase: "ended", revision: 4, endedUnixMs: 1 }));
  await until(() => ended === 1);
  relays.follow([]);
  await until(() => !connected);
  assert.equal((await fetch(`${url}/bus`)).status, 503);
});
