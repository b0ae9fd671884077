import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { gunzipSync } from "node:zlib";
import type { ProblemDetails } from "../../wire/problem.ts";
import type { PublicState } from "../../wire/public-state.ts";
import { ask, chunksOf, EVENT, type FrontDouble, open, openFront, openStageDouble, partOf, type StageDouble, stateOf, until } from "./test-front.ts";

let house: FrontDouble;
let stage: StageDouble;
const address = (path: string) => `${house.url}${path}`;
const store = () => house.front.desk.get("evening")?.store;
const tell = (double: StageDouble) => house.front.setStages([{ eventId: EVENT.id, slug: "evening", url: double.url }]);

before(async () => {
  house = await openFront();
});
after(() => house.close());

describe("before the stage is there", () => {
  test("the page and the state of an announced event answer; the audio says when to come back", async () => {
    const page = await ask(address("/e/evening"));
    assert.equal(page.status, 200);
    const state = JSON.parse((await ask(address("/live/evening/state.json"))).body.toString()) as PublicState;
    assert.deepEqual([state.status, state.interrupted, state.event.title], ["scheduled", false, EVENT.title]);
    for (const path of ["/live/evening/index.m3u8", "/live/evening.mp3", "/live/evening/stream.mp4"]) {
      const { status, headers, body } = await ask(address(path));
      assert.deepEqual([status, headers["cache-control"]], [409, "public, max-age=1"], path);
      assert.equal((JSON.parse(body.toString()) as ProblemDetails).code, "event-not-live");
    }
  });

  test("what was never announced is a problem for programs and a page for people, in their language and with nothing of theirs unescaped", async () => {
    for (const path of ["/live/nobody/index.m3u8", "/live/nobody.mp3", "/e/nobody", "/live/nobody/state.json"]) {
      const { status, headers, body } = await ask(address(path));
      assert.deepEqual([status, headers["content-type"], headers["cache-control"]], [404, "application/problem+json", "public, max-age=1"], path);
      const problem = JSON.parse(body.toString()) as ProblemDetails;
      assert.deepEqual([problem.code, problem.status], ["event-unknown", 404]);
    }
    const page = await ask(address("/e/nobody"), { accept: "text/html", "accept-language": "de" });
    assert.deepEqual([page.status, page.headers["content-type"]], [404, "text/html; charset=utf-8"]);
    assert.match(page.body.toString(), /lang="de"/);
    assert.match((await ask(address("/e/evening"))).body.toString(), /<title>An evening &#60;b&#62;<\/title>/);
  });

  test("addresses made up by scanners are refused, never an error of ours", async () => {
    for (const path of [
      "/..%2f..%2fetc/passwd",
      "/assets/..%2findex.html",
      "/assets/nothing.js",
      "/e/evening/../../x",
      "/e/evening/archive/opus.idx",
      `/${"a".repeat(9_000)}`,
      "/live/evening/",
      "//",
      "/%",
      "/e/EVENING",
    ]) {
      const { status } = await ask(address(path));
      assert.ok(status >= 400 && status < 500, `${path.slice(0, 40)}: ${status}`);
    }
  });

  test("only reading is allowed, and the answer says so", async () => {
    for (const method of ["POST", "PUT", "DELETE"]) {
      const { status, headers } = await ask(address("/e/evening"), {}, method);
      assert.deepEqual([status, headers.allow], [405, "GET, HEAD, OPTIONS"]);
    }
    const preflight = await ask(address("/live/evening/index.m3u8"), {}, "OPTIONS");
    assert.deepEqual([preflight.status, preflight.headers["access-control-allow-origin"]], [204, "*"]);
  });
});

describe("on air", () => {
  before(async () => {
    stage = await openStageDouble();
    tell(stage);
    await until(() => store()?.live?.phase === "live");
  });

  test("a radio that comes before the first sound waits for it", async () => {
    const radio = open(address("/live/evening.mp3"));
    setTimeout(() => stage.publish(0, 20), 300);
    const response = await radio;
    assert.deepEqual([response.statusCode, response.headers["content-type"]], [200, "audio/mpeg"]);
    response.destroy();
    await until(() => store()?.newest("mp3") === 19);
  });

  test("the state follows the stage, not the announcement", async () => {
    const state = JSON.parse((await ask(address("/live/evening/state.json"))).body.toString()) as PublicState;
    assert.deepEqual([state.event.status, state.status, state.interrupted, state.live?.epoch], ["scheduled", "live", false, 1]);
    assert.match((await ask(address("/"))).body.toString(), /"status":"live"/);
  });

  test("each kind of answer may be kept exactly as long as it is true", async () => {
    const table: readonly [string, string][] = [
      ["/healthz", "no-store"],
      ["/live/evening/state.json", "public, max-age=1"],
      ["/live/evening/index.m3u8", "public, max-age=2"],
      ["/live/evening/opus/index.m3u8", "public, max-age=2"],
      ["/live/evening/opus/index.m3u8?_HLS_msn=2&_HLS_part=3", "public, max-age=24"],
      ["/live/evening/aac/plain.m3u8", "public, max-age=2"],
      ["/live/evening/opus/header.mp4", "public, max-age=3600"],
      ["/live/evening/opus/part-19.m4s", "public, max-age=3600, immutable"],
      ["/live/evening/opus/segment-1.m4s", "public, max-age=3600, immutable"],
      ["/live/evening/opus/part-500.m4s", "public, max-age=1"],
      ["/live/evening/opus/index.m3u8?_HLS_msn=99", "public, max-age=1"],
      ["/assets/app-1a2b.js", "public, max-age=31536000, immutable"],
      ["/e/evening", "public, max-age=1"],
      ["/e/evening/replay.m3u8", "no-store"],
    ];
    for (const [path, expected] of table) assert.equal((await ask(address(path))).headers["cache-control"], expected, path);
  });

  test("lists, pages and assets are packed for who can unpack, and caches are told that there are two of them", async () => {
    for (const [path, encodings] of [
      ["/live/evening/opus/index.m3u8", ["gzip"]],
      ["/live/evening/index.m3u8", ["gzip"]],
      ["/e/evening", ["br", "gzip"]],
      ["/assets/app-1a2b.js", ["br", "gzip"]],
    ] as const) {
      const plain = await ask(address(path));
      assert.equal(plain.headers["content-encoding"], undefined, path);
      assert.match(plain.headers.vary ?? "", /accept-encoding/, path);
      for (const encoding of encodings) {
        const packed = await ask(address(path), { "accept-encoding": encoding });
        assert.deepEqual([packed.headers["content-encoding"], packed.headers.vary], [encoding, plain.headers.vary], path);
        assert.equal(Number(packed.headers["content-length"]), packed.body.length);
      }
    }
    const packed = await ask(address("/live/evening/opus/plain.m3u8"), { "accept-encoding": "gzip" });
    assert.match(gunzipSync(packed.body).toString(), /segment-1\.m4s/);
    assert.equal((await ask(address("/live/evening/opus/part-3.m4s"))).headers.vary, undefined, "media is never packed");
  });

  test("HEAD gets the headers of GET and no body", async () => {
    for (const path of ["/live/evening/opus/plain.m3u8", "/live/evening/opus/part-3.m4s", "/live/evening/state.json", "/e/evening", "/assets/app-1a2b.js"]) {
      const whole = await ask(address(path));
      const head = await ask(address(path), {}, "HEAD");
      assert.deepEqual([head.status, head.body.length], [200, 0], path);
      // The state tells the time, whose length does not change.
      assert.equal(head.headers["content-length"], whole.headers["content-length"], path);
    }
    const stream = await ask(address("/live/evening.mp3"), {}, "HEAD");
    assert.deepEqual([stream.status, stream.headers["content-type"], stream.headers["icy-name"], stream.body.length], [200, "audio/mpeg", "An evening <b>", 0]);
  });

  test("a part can be fetched in pieces", async () => {
    const { data } = partOf("opus", 3);
    const piece = await ask(address("/live/evening/opus/part-3.m4s"), { range: "bytes=10-19" });
    assert.deepEqual([piece.status, piece.headers["content-range"]], [206, `bytes 10-19/${data.length}`]);
    assert.deepEqual(piece.body, Buffer.from(data.subarray(10, 20)));
    const beyond = await ask(address("/live/evening/opus/part-3.m4s"), { range: "bytes=99999-" });
    assert.deepEqual([beyond.status, beyond.headers["content-range"]], [416, `bytes */${data.length}`]);
  });

  test("our own player is sent each piece of a part as the stage says it, and the part itself no more", async () => {
    const response = await open(address("/live/evening/stream.mp4"));
    let received = Buffer.alloc(0);
    response.on("data", (bytes: Buffer) => {
      received = Buffer.concat([received, bytes]);
    });
    await until(() => received.length > 0);
    const joined = received.length;
    const pieces = chunksOf("opus", 20);
    for (const [index, piece] of pieces.slice(0, 2).entries()) {
      stage.bus.publishChunk(piece);
      const sent = Buffer.concat(pieces.slice(0, index + 1).map(({ data }) => data));
      await until(() => received.length >= joined + sent.length);
      assert.deepEqual(received.subarray(joined), sent);
    }
    assert.equal(store()?.newest("opus"), 19, "no part has come since");
    response.destroy();
  });

  test("who asks for the next part waits for it on the open connection", async () => {
    const asked = ask(address("/live/evening/opus/part-20.m4s"));
    await until(() => house.front.desk.get("evening")?.hls.waiting === 1);
    stage.publish(20, 21);
    assert.deepEqual((await asked).body, Buffer.from(partOf("opus", 20).data));
  });

  test("a listener who hangs up in the middle of a wait leaves nothing behind", async () => {
    const leave = new AbortController();
    const asked = fetch(address("/live/evening/opus/part-21.m4s"), { signal: leave.signal });
    await until(() => house.front.desk.get("evening")?.hls.waiting === 1);
    leave.abort();
    await assert.rejects(asked);
    await until(() => house.front.desk.get("evening")?.hls.waiting === 0);
  });

  test("a browser's <audio> is given more to start with than a radio", async () => {
    const size = async (agent: string) => {
      const response = await open(address("/live/evening.mp3"), { "user-agent": agent });
      for await (const first of response as AsyncIterable<Buffer>) return first.length;
      return 0;
    };
    const radio = await size("VLC/3.0.20 LibVLC/3.0.20");
    assert.ok(radio > 0);
    assert.ok((await size("Mozilla/5.0 (X11; Linux x86_64)")) > radio);
    await until(() => house.front.desk.get("evening")?.endless.listeners("mp3") === 0);
  });

  test("the stage dies and comes back elsewhere: an open stream goes on where it was, nothing twice, and the state says so meanwhile", async () => {
    const response = await open(address("/live/evening.mp3"));
    let received = Buffer.alloc(0);
    response.on("data", (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
    });
    await until(() => received.length > 0);
    stage.close();
    await until(() => store()?.connected === false);
    const state = JSON.parse((await ask(address("/live/evening/state.json"))).body.toString()) as PublicState;
    assert.deepEqual([state.status, state.interrupted], ["live", true]);
    assert.equal((await ask(address("/live/evening/opus/plain.m3u8"))).status, 200, "what is in memory is served on");
    const started = received.length;
    stage = await openStageDouble(stateOf({ epoch: 2, revision: 9 }));
    stage.publish(10, 25, { epoch: 2 });
    tell(stage);
    await until(() => store()?.newest("mp3") === 24);
    const fresh = Buffer.concat([21, 22, 23, 24].map((number) => partOf("mp3", number).data));
    await until(() => received.length >= started + fresh.length);
    assert.deepEqual(received.subarray(started), fresh);
    response.destroy();
  });

  test("a listener who stops reading costs no memory and holds up nobody", async () => {
    const slow = await open(address("/live/evening.mp3"));
    slow.pause();
    const quick = await open(address("/live/evening.mp3"));
    let heard = 0;
    quick.on("data", (chunk: Buffer) => {
      heard += chunk.length;
    });
    const size = 512 * 1024;
    for (let number = 25; number < 65; number++) {
      stage.bus.publish(partOf("mp3", number, { size }));
      await until(() => store()?.newest("mp3") === number && heard >= (number - 24) * size);
    }
    const skipped = house.front.desk.get("evening")?.endless.skippedParts ?? 0;
    assert.ok(skipped >= 10, `${skipped} of 40 parts left out for the slow reader`);
    assert.ok(heard >= 40 * size);
    slow.destroy();
    quick.destroy();
    await until(() => house.front.desk.get("evening")?.endless.listeners("mp3") === 0);
  });

  test("at the end every stream ends after the last part, lists are closed, and who comes later is shown the replay", async () => {
    const streams = await Promise.all(["/live/evening.aac", "/live/evening.opus", "/live/evening/stream.mp4"].map((path) => open(address(path))));
    const ends = streams.map(async (response) => {
      const chunks = await Array.fromAsync(response as AsyncIterable<Buffer>);
      return Buffer.concat(chunks);
    });
    stage.publish(25, 30, { epoch: 2, last: true });
    const bodies = await Promise.all(ends);
    assert.ok(bodies.every((body) => body.length > 0));
    assert.ok((bodies[2] as Buffer).includes(Buffer.from(partOf("opus", 29).data).subarray(-60)));
    assert.match((await ask(address("/live/evening/opus/plain.m3u8"))).body.toString(), /#EXT-X-ENDLIST/);
    stage.endpoint.setState(stateOf({ epoch: 2, phase: "ended", durationSamples: 30 * 24_000, revision: 10 }));
    await until(() => store()?.live?.phase === "ended");
    for (const path of ["/live/evening.mp3", "/live/evening/door"]) {
      const { status, body } = await ask(address(path));
      assert.deepEqual([status, (JSON.parse(body.toString()) as ProblemDetails).code], [410, "event-ended"], path);
    }
    stage.close();
  });
});
