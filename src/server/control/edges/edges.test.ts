import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { appendFile, mkdir, readdir, readFile, rename, rm, rmdir, writeFile } from "node:fs/promises";
import { createServer, request as httpRequest, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import type { EventView } from "../../../wire/api.ts";
import {
  EDGE_CLOCK_MS,
  EDGE_COUNTS_BYTES,
  EDGE_HERE_MS,
  type EdgeFile,
  type EdgeHello,
  type EdgeOthers,
  edgePaths,
  type EdgeReceipt,
  type EdgeStages,
} from "../../../wire/edge.ts";
import type { HouseHealth } from "../../../wire/house.ts";
import type { ProblemDetails } from "../../../wire/problem.ts";
import type { PublicEvent } from "../../../wire/public-state.ts";
import { networkKeyOf } from "../../adapters/network-key.ts";
import { StageDouble } from "../stage-double.ts";
import { goodDraft, TEST_NOW_MS, TestHouse } from "../test-house.ts";
import { lineOf, TestEdge, windowsOf } from "./test-edge.ts";

const LIMIT = { timeout: 30_000 };
const frankfurt = new TestEdge("frankfurt-1");
const oslo = new TestEdge("oslo");
const edges = [frankfurt, oslo].map(({ name, key }) => ({ name, key }));
const SALT = randomBytes(16).toString("base64");

/** A house with two edges and an event; `stage`: as the supervisor tells it when it runs. */
async function evening() {
  const house = await TestHouse.open(undefined, { edges });
  const operator = await house.operator();
  const event = (await operator.call<EventView>("POST", "/api/events", goodDraft)).body;
  const folder = join(house.folder, "events", event.id);
  const stage = { eventId: event.id, slug: event.slug, url: "http://127.0.0.1:9", audienceSalt: SALT };
  return { house, operator, event, folder, stage, [Symbol.asyncDispose]: () => house[Symbol.asyncDispose]() };
}

const linesOf = async (path: string) => (await readFile(path, "utf8")).split("\n").slice(0, -1);
const restart = async (house: TestHouse) => {
  await house.stop();
  await house.start({ edges });
};

test("a feed tells an edge all it must know, each file before the stages that need it, and then every change", LIMIT, async () => {
  await using it = await evening();
  const { house, operator, event, folder, stage } = it;
  await writeFile(join(folder, "state.json"), '{"phase":"backstage"}');
  await writeFile(join(folder, "audience.jsonl"), `${lineOf(event.id, "front-a", 1)}\ntorn`);
  await writeFile(join(folder, "elsewhere.jsonl"), `${lineOf(event.id, "oslo/front-b", 1)}\n${lineOf(event.id, "frankfurt-1/front-c", 1)}\n`);
  house.control.setStages([stage]);
  using feed = await frankfurt.follow(house);
  await feed.until((now) => now.of("counts").length === 2);

  assert.deepEqual(
    feed.frames.slice(0, 7).map(({ kind }) => kind),
    [1, 2, 2, 2, 2, 4, 5],
    "hello, files, stages, counts",
  );
  const [hello] = feed.of<EdgeHello>("hello");
  assert.deepEqual(
    [hello?.header.publicUrl, hello?.header.backstageUrl, hello?.header.networkKey],
    [house.config.publicUrl, house.config.backstageUrl, networkKeyOf(house.houseKey)],
  );
  assert.equal(Buffer.from(hello?.header.listenerKey ?? "", "base64").length, 32);
  const files = feed.of<EdgeFile>("file");
  assert.deepEqual(
    files.map(({ header }) => header.path).sort(),
    [`events/${event.id}/state.json`, "public/_reminders.json", "public/house.json", `public/${event.slug}.json`].sort(),
  );
  for (const { header, text } of files) assert.equal(text, await readFile(join(house.folder, header.path), "utf8"), header.path);
  assert.deepEqual(feed.of<EdgeStages>("stages")[0]?.header, { stages: [{ eventId: event.id, slug: event.slug, audienceSalt: SALT }] });
  assert.deepEqual(
    feed.of<EdgeOthers>("counts").map(({ header, text }) => [header.eventId, text]),
    [
      [event.id, `${lineOf(event.id, "front-a", 1)}\n`],
      [event.id, `${lineOf(event.id, "oslo/front-b", 1)}\n`],
    ],
  );

  // Every change, and nothing twice.
  const before = feed.frames.length;
  await operator.call("PATCH", `/api/events/${event.slug}`, { title: "Another title" });
  await writeFile(join(folder, "doors.json"), '{"mode":"held"}');
  await appendFile(join(folder, "audience.jsonl"), `\n${lineOf(event.id, "front-a", 2)}\n`);
  await house.control.round();
  await feed.until((now) => now.of("beat").length === 1);
  assert.deepEqual(
    feed.frames.slice(before).map(({ kind, header }) => [kind, (header as EdgeFile).path ?? ""]),
    [
      [2, `public/${event.slug}.json`],
      [2, `events/${event.id}/doors.json`],
      [5, ""],
      [6, ""],
    ],
  );
  assert.equal((JSON.parse(feed.of("file").at(-2)?.text ?? "") as PublicEvent).title, "Another title");
  assert.equal(feed.of("counts").at(-1)?.text, `${lineOf(event.id, "front-a", 2)}\n`);
  await rm(join(folder, "doors.json"));
  await house.control.round();
  await feed.until((now) => now.of("beat").length === 2);
  assert.deepEqual(
    feed.of<EdgeFile>("gone").map(({ header }) => header.path),
    [`events/${event.id}/doors.json`],
  );

  // A stage that dies and comes back.
  house.control.setStages([]);
  await feed.until((now) => now.of("stages").length === 2);
  await rm(join(folder, "state.json"));
  house.control.setStages([stage]);
  await feed.until((now) => now.of("stages").length === 3);
  assert.deepEqual(
    feed.of<EdgeStages>("stages").map(({ header }) => header.stages.length),
    [1, 0, 1],
  );
  assert.deepEqual(
    feed.frames.slice(-2).map(({ kind, header }) => [kind, (header as EdgeFile).path]),
    [
      [3, `events/${event.id}/state.json`],
      [4, undefined],
    ],
  );

  // What must never be on a disk is not.
  for (const entry of await readdir(house.folder, { recursive: true, withFileTypes: true }))
    if (entry.isFile()) assert.ok(!(await readFile(join(entry.parentPath, entry.name))).includes(SALT), entry.name);
});

test("after control died an edge hears of no stages before the supervisor has said which run", LIMIT, async () => {
  await using it = await evening();
  const { house, stage } = it;
  await house.stop();
  await house.start({ edges }, false);
  using feed = await oslo.follow(house);
  await feed.until((now) => now.of("file").length === 2);
  await house.control.round();
  await feed.until((now) => now.of("beat").length === 1);
  assert.equal(feed.of("stages").length, 0);
  house.control.setStages([stage]);
  await feed.until((now) => now.of("stages").length > 0);
  assert.deepEqual(
    feed.of<EdgeStages>("stages").map(({ header }) => header.stages.length),
    [1],
  );
});

test("strangers, wrong signatures and wrong clocks are told so and get nothing else", LIMIT, async () => {
  await using it = await evening();
  const { house, event, folder } = it;
  const stranger = new TestEdge("paris");
  const thief = new TestEdge("oslo");
  const ask = async (path: string, headers: Record<string, string>, method = "GET", body?: string) => {
    const answer = await fetch(`${house.control.url}${path}`, { method, headers, ...(body === undefined ? {} : { body }) });
    return { status: answer.status, type: answer.headers.get("content-type"), body: (await answer.json()) as ProblemDetails };
  };
  for (const path of [edgePaths.feed, edgePaths.bus(event.slug), edgePaths.here, "/edge/", "/edge/nothing"]) {
    for (const headers of [{}, stranger.headers(house, { path }), thief.headers(house, { path }), oslo.headers(house, { path: `${path}?x` })]) {
      const { status, type, body } = await ask(path, headers);
      assert.deepEqual([status, type, body.code], [403, "application/problem+json", "edge-unknown"], path);
    }
    const late = await ask(path, oslo.headers(house, { path, atMs: house.clock.wallMs() - EDGE_CLOCK_MS - 1 }));
    assert.deepEqual([late.status, late.body.code, late.body.details.house_unix_ms], [403, "edge-clock", TEST_NOW_MS]);
  }
  const path = edgePaths.counts(event.id);
  const body = JSON.stringify({ lines: [lineOf(event.id, "front-a", 1)], windows: [] });
  assert.equal((await ask(path, stranger.headers(house, { method: "POST", path, body }), "POST", body)).body.code, "edge-unknown");
  assert.equal(
    (await ask(path, oslo.headers(house, { method: "POST", path, body }), "POST", `${body} `)).body.code,
    "edge-unknown",
    "a body that was changed on the way",
  );
  const long = JSON.stringify({ lines: ["x".repeat(EDGE_COUNTS_BYTES)], windows: [] });
  assert.equal((await ask(path, oslo.headers(house, { method: "POST", path, body: long }), "POST", long)).body.code, "body-too-large");
  assert.ok(!(await readdir(folder)).includes("elsewhere.jsonl"));
  // Nothing that a stranger sends is waited for.
  const endless = httpRequest(`${house.control.url}${path}`, {
    method: "POST",
    headers: { ...stranger.headers(house, { method: "POST", path }), "content-length": 1_000 },
  });
  endless.on("error", () => {}).flushHeaders();
  const status = await new Promise((resolve) => endless.on("response", (answer) => resolve(answer.statusCode)));
  assert.equal(status, 403);
  endless.destroy();
  // Of an edge that is one.
  assert.equal((await ask("/edge/nothing", oslo.headers(house, { path: "/edge/nothing" }))).body.code, "not-found");
  assert.equal((await ask(path, oslo.headers(house, { path }))).body.code, "method-not-allowed");
  assert.equal((await ask(edgePaths.bus("nothing"), oslo.headers(house, { path: edgePaths.bus("nothing") }))).body.code, "stage-starting");
});

test("what an edge counted is kept exactly once, however often it is sent, also after control died", LIMIT, async () => {
  await using it = await evening();
  const { house, event, folder } = it;
  house.clock.advance(60_000);
  const windows = windowsOf(event.id, "oslo", 4);
  const lines = [1, 2].map((n) => lineOf(event.id, "front-a", n));
  const first = { lines, windows: windows.slice(0, 2) };
  for (const time of ["first", "second"]) assert.deepEqual(await oslo.post<EdgeReceipt>(house, event.id, first), { status: 200, body: { due: 2 } }, time);
  assert.deepEqual((await frankfurt.post<EdgeReceipt>(house, event.id, { lines })).body, { due: 0 }, "another edge's fronts may have the same names");
  await restart(house);
  assert.deepEqual((await oslo.post<EdgeReceipt>(house, event.id, first)).body, { due: 2 });
  const more = { lines: [lines[1] ?? "", lineOf(event.id, "front-a", 3), lineOf(event.id, "front-b", 3)], windows };
  assert.deepEqual((await oslo.post<EdgeReceipt>(house, event.id, more)).body, { due: 4 });
  const kept = (await linesOf(join(folder, "elsewhere.jsonl"))).map((text) => JSON.parse(text) as { edge: string; seq: number });
  assert.deepEqual(
    kept.map(({ edge, seq }) => `${edge} ${seq}`),
    ["oslo/front-a 1", "oslo/front-a 2", "frankfurt-1/front-a 1", "frankfurt-1/front-a 2", "oslo/front-a 3", "oslo/front-b 3"],
  );
  assert.equal(await readFile(join(folder, "windows", "oslo.jsonl"), "utf8"), `${windows.join("\n")}\n`, "byte for byte");
  assert.deepEqual(await oslo.post<EdgeReceipt>(house, event.id, {}), { status: 200, body: { due: 4 } }, "an edge that asks is told where to go on");
});

test("what a kill cut off spoils nothing: a line is closed, a window that was never acknowledged is taken again", LIMIT, async () => {
  await using it = await evening();
  const { house, event, folder } = it;
  house.clock.advance(60_000);
  const windows = windowsOf(event.id, "oslo", 3);
  const post = (n: number) => oslo.post<EdgeReceipt>(house, event.id, { lines: [lineOf(event.id, "front-a", n)], windows: windows.slice(0, n) });
  await post(1);
  await house.stop();
  await appendFile(join(folder, "elsewhere.jsonl"), lineOf(event.id, "oslo/front-a", 2).slice(0, 90));
  await appendFile(join(folder, "windows", "oslo.jsonl"), windows[1]?.slice(0, 200) ?? "");
  await house.start({ edges });
  assert.deepEqual((await oslo.post<EdgeReceipt>(house, event.id, {})).body, { due: 1 });
  assert.deepEqual((await post(2)).body, { due: 2 });
  assert.deepEqual((await post(3)).body, { due: 3 });
  assert.equal(await readFile(join(folder, "windows", "oslo.jsonl"), "utf8"), `${windows.join("\n")}\n`);
  const lines = await linesOf(join(folder, "elsewhere.jsonl"));
  assert.equal(lines.length, 4);
  assert.deepEqual(
    [0, 2, 3].map((index) => (JSON.parse(lines[index] ?? "") as { seq: number }).seq),
    [1, 2, 3],
  );
});

test("a post of which the disk takes only a part is refused, and leaves nothing twice when it comes again", LIMIT, async () => {
  await using it = await evening();
  const { house, event, folder } = it;
  house.clock.advance(60_000);
  const windows = windowsOf(event.id, "oslo", 3);
  const post = (n: number) => oslo.post<EdgeReceipt>(house, event.id, { lines: [lineOf(event.id, "front-a", n)], windows: windows.slice(0, n) });
  await post(1);
  const [ofWindows, ofLines] = [join(folder, "windows", "oslo.jsonl"), join(folder, "elsewhere.jsonl")];
  for (const [n, path] of [
    [2, ofWindows],
    [3, ofLines],
  ] as const) {
    await rename(path, `${path}.away`);
    await mkdir(path);
    assert.equal((await post(n)).status, 500);
    await rmdir(path);
    await rename(`${path}.away`, path);
    for (const time of ["first", "second"]) assert.deepEqual(await post(n), { status: 200, body: { due: n } }, time);
    assert.equal(await readFile(ofWindows, "utf8"), `${windows.slice(0, n).join("\n")}\n`);
    assert.equal((await linesOf(ofLines)).length, n);
  }
});

test("a hole, a window of another edge, and what is no line are refused, and nothing of such a post is kept", LIMIT, async () => {
  await using it = await evening();
  const { house, operator, event, folder } = it;
  house.clock.advance(60_000);
  const windows = windowsOf(event.id, "oslo", 5);
  const lines = [lineOf(event.id, "front-a", 1)];
  const refused = async (counts: Parameters<TestEdge["post"]>[2]) => (await oslo.post(house, event.id, { lines, ...counts })).body;
  const early = await refused({ windows: windows.slice(1) });
  assert.deepEqual([early.code, early.details.due], ["conflict", 0]);
  assert.equal((await refused({ windows: [windows[0] ?? "", windows[2] ?? ""] })).code, "conflict");
  assert.equal((await refused({ windows: windowsOf(event.id, "frankfurt-1", 1) })).code, "invalid-field");
  assert.equal((await refused({ windows: windowsOf("another", "oslo", 1) })).code, "invalid-field");
  assert.equal((await refused({ windows: [`${windows[0]} `] })).code, "invalid-field");
  for (const line of [
    "{}",
    lineOf("another", "front-a", 1),
    lineOf(event.id, "frankfurt-1/front-a", 1),
    lineOf(event.id, "front-a", 1, { endUnixMs: TEST_NOW_MS + 5_000 }),
    lineOf(event.id, "front-a", 1, { unique: "x".repeat(40_000) }),
  ])
    assert.equal((await refused({ lines: [line] })).code, "invalid-field", line.slice(0, 300));
  assert.equal((await refused({ lines: [1 as unknown as string] })).code, "invalid-field");
  assert.ok(!(await readdir(folder)).includes("elsewhere.jsonl"));
  assert.deepEqual(await oslo.post<EdgeReceipt>(house, event.id, { windows: [windows[0] ?? "", windows[0] ?? "", windows[1] ?? ""] }), {
    status: 200,
    body: { due: 2 },
  });
  assert.equal((await oslo.post(house, event.id, { lines: [lineOf(event.id, "front-a", 9), lines[0] ?? ""] })).status, 200);
  const kept = (await linesOf(join(folder, "elsewhere.jsonl"))).map((text) => (JSON.parse(text) as { seq: number }).seq);
  assert.deepEqual(kept, [1], "a line of a time to come is left out");
  const late = await refused({ windows: windows.slice(3) });
  assert.deepEqual([late.code, late.details.due], ["conflict", 2]);

  const { id: soundCheck } = (await operator.call<EventView>("GET", "/api/events/sound-check")).body;
  for (const unknown of ["nothing", soundCheck, "..%2F.."]) assert.ok([403, 404].includes((await oslo.post(house, unknown, { lines })).status), unknown);
});

test("counts are taken for a while after the end, and not afterwards", LIMIT, async () => {
  await using it = await evening();
  const { house, operator, event, stage } = it;
  await using double = await StageDouble.open(event.id, event.slug);
  house.control.setStages([{ ...stage, url: double.url }]);
  await operator.call("POST", `/api/events/${event.slug}/live`);
  await operator.call("POST", `/api/events/${event.slug}/end`);
  house.control.setStages([]);
  const post = () => oslo.post(house, event.id, { lines: [lineOf(event.id, "front-a", 1)] });
  house.clock.advance((double.state.endedUnixMs ?? 0) - TEST_NOW_MS + 600_000);
  assert.equal((await post()).status, 200);
  house.clock.advance(1);
  assert.deepEqual([(await post()).status, (await post()).body.code], [410, "event-ended"]);
});

test("a stage's bus reaches an edge byte for byte, and each end that leaves takes the other with it", LIMIT, async () => {
  await using it = await evening();
  const { house, event, stage } = it;
  const asked: string[] = [];
  const answers: ServerResponse[] = [];
  let onLeft: () => void = () => {};
  const left = new Promise<void>((resolve) => {
    onLeft = resolve;
  });
  const bus = createServer((request, response) => {
    if (request.url === "/command") return void response.destroy();
    asked.push(request.url ?? "");
    answers.push(response);
    response.on("close", onLeft);
    response.writeHead(200, { "content-type": "application/octet-stream" }).flushHeaders();
  });
  await new Promise<void>((resolve) => bus.listen(0, "127.0.0.1", resolve));
  try {
    house.control.setStages([{ ...stage, url: `http://127.0.0.1:${(bus.address() as AddressInfo).port}` }]);
    const path = `${edgePaths.bus(event.slug)}?windowMs=90000`;
    const [answer, request] = await oslo.open(house, path);
    assert.deepEqual(asked, ["/bus?windowMs=90000"]);
    const sent = randomBytes(300_000);
    const read = new Promise<Buffer>((resolve) => {
      const chunks: Buffer[] = [];
      answer.on("data", (chunk: Buffer) => {
        chunks.push(chunk);
        const all = Buffer.concat(chunks);
        if (all.length >= sent.length) resolve(all);
      });
    });
    answers[0]?.write(sent.subarray(0, 1_000));
    answers[0]?.write(sent.subarray(1_000));
    assert.ok((await read).equals(sent));
    request.destroy();
    await left;

    const [second] = await oslo.open(house, path);
    const over = new Promise((resolve) => second.on("close", resolve));
    second.resume();
    answers[1]?.destroy();
    await over;
    // A third is open while control ends: nothing keeps it from ending.
    await oslo.open(house, path);
  } finally {
    bus.close();
    await restart(house);
    bus.closeAllConnections();
  }
});

test("of two feeds of one edge the later holds; the operator sees who is connected, since when, and how many listen there", LIMIT, async () => {
  await using it = await evening();
  const { house, operator, event } = it;
  const seen = async () => (await operator.call<HouseHealth>("GET", "/api/house/health")).body.edges;
  const away = { connected: false, sinceUnixMs: null, listeningNow: null, asOfUnixMs: null };
  assert.deepEqual(await seen(), [
    { name: "frankfurt-1", ...away },
    { name: "oslo", ...away },
  ]);
  using first = await oslo.follow(house);
  await first.until((feed) => feed.frames.length > 0);
  house.clock.advance(60_000);
  using second = await oslo.follow(house);
  await first.until((feed) => feed.ended);
  await second.until((feed) => feed.frames.length > 2);
  await oslo.post(house, event.id, { lines: [lineOf(event.id, "front-a", 5), lineOf(event.id, "front-b", 5, { listeningNow: 35 })] });
  const came = TEST_NOW_MS + 60_000;
  assert.deepEqual((await seen())[1], { name: "oslo", connected: true, sinceUnixMs: came, listeningNow: 42, asOfUnixMs: TEST_NOW_MS + 50_000 });
  assert.match(await house.registry.metrics(), /^earshot_edges_connected(?:\{[^}]*\})? 1$/m);
  house.clock.advance(30_000);
  second[Symbol.dispose]();
  while ((await seen())[1]?.connected === true) await new Promise((resolve) => setTimeout(resolve, 10));
  assert.deepEqual((await seen())[1], { name: "oslo", connected: false, sinceUnixMs: came + 30_000, listeningNow: null, asOfUnixMs: null });
  assert.match(await house.registry.metrics(), /^earshot_edges_connected(?:\{[^}]*\})? 0$/m);
});

test("an edge that falls silent while its line stands is away; one that says it is there stays", LIMIT, async () => {
  await using it = await evening();
  const { house, operator } = it;
  using oslosFeed = await oslo.follow(house);
  using frankfurtsFeed = await frankfurt.follow(house);
  const connected = async () => {
    await house.control.round();
    return (await operator.call<HouseHealth>("GET", "/api/house/health")).body.edges.map((edge) => edge.connected);
  };
  for (let said = 0; said < 4; said++) {
    house.clock.advance(EDGE_HERE_MS);
    assert.equal(await oslo.here(house), 200);
    assert.deepEqual(await connected(), [said < 3, true]);
  }
  await frankfurtsFeed.until((feed) => feed.ended);
  assert.equal(oslosFeed.ended, false);
  using back = await frankfurt.follow(house);
  assert.deepEqual(await connected(), [true, true]);
  assert.equal(back.ended, false);
});

test("an edge that comes late to a large event is told all that others counted, and one that does not read is cut off", LIMIT, async () => {
  await using it = await evening();
  const { house, event, folder, stage } = it;
  const unique = "x".repeat(10_000);
  const lines = Array.from({ length: 2_000 }, (_, n) => `${lineOf(event.id, "front-a", n, { unique })}\n`);
  await writeFile(join(folder, "audience.jsonl"), lines.join(""));
  house.control.setStages([stage]);
  using feed = await oslo.follow(house);
  const told = () => feed.of("counts").reduce((sum, { text }) => sum + text.length, 0);
  const whole = lines.join("").length;
  // What does not fit at once follows with the next looks.
  while (told() < whole) await Promise.all([house.control.round(), new Promise((resolve) => setTimeout(resolve, 20))]);
  assert.equal(
    feed
      .of("counts")
      .map(({ text }) => text)
      .join(""),
    lines.join(""),
  );

  feed.pause();
  for (let version = 0; !feed.ended && version < 60; version++) {
    await writeFile(join(folder, "state.json"), String(version).padEnd(1024 * 1024));
    await house.control.round();
  }
  const health = async () => /^earshot_edges_connected(?:\{[^}]*\})? (\d)$/m.exec(await house.registry.metrics())?.[1];
  while ((await health()) !== "0") await new Promise((resolve) => setTimeout(resolve, 10));
});
