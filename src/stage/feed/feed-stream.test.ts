import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { EarshotError } from "../../core/errors.ts";
import { toneLevel } from "../test-tone.ts";
import type { FeedReport } from "./feed-job.ts";
import { FeedSource } from "./feed-source.ts";
import { openFeedStream } from "./feed-stream.ts";
import { startFeed } from "./feed-thread.ts";
import { FrameRing } from "./frame-ring.ts";
import { makeTone, pullUntil } from "./test-sounds.ts";

let folder = "";
let server: Server;
let url = "";
let answer: (path: string, response: ServerResponse) => void;
const asked: string[] = [];
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "earshot-stream-"));
  server = createServer((request, response) => {
    asked.push(request.url ?? "");
    answer(request.url ?? "", response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
after(async () => {
  server.closeAllConnections();
  server.close();
  await rm(folder, { recursive: true });
});

const { signal } = new AbortController();
const fails = (code: string) => (error: unknown) => error instanceof EarshotError && error.code === code;

test("where a redirect leads is looked up and checked like the address itself", async () => {
  const { port } = new URL(url);
  const hosts: string[] = [];
  const lookup = async (host: string) => {
    hosts.push(host);
    if (host === "radio.example") return [{ address: "127.0.0.1", family: 4 as const }];
    throw new EarshotError("feed-address-refused", { host });
  };
  answer = (_, response) => void response.writeHead(302, { location: "http://inner.example/secret" }).end();
  await assert.rejects(openFeedStream(`http://radio.example:${port}/`, { allowPrivate: true, signal, lookup }), EarshotError);
  assert.deepEqual(hosts, ["radio.example", "inner.example"], "one look-up per host: what was checked is what was asked");
  answer = (_, response) => void response.writeHead(302, { location: "file:///etc/passwd" }).end();
  await assert.rejects(openFeedStream(`${url}/`, { allowPrivate: true, signal }), fails("feed-address-refused"));
});

test("redirects that go round in circles end, and whatever is no 200 is a stream that is away", async () => {
  answer = (_, response) => void response.writeHead(302, { location: "/again" }).end();
  asked.length = 0;
  await assert.rejects(openFeedStream(`${url}/`, { allowPrivate: true, signal }), fails("feed-away"));
  assert.equal(asked.length, 6);
  answer = (_, response) => void response.writeHead(404).end();
  await assert.rejects(openFeedStream(`${url}/`, { allowPrivate: true, signal }), fails("feed-away"));
});

for (const [name, more] of [
  ["radio.mp3", ["-b:a", "128k"]],
  ["radio.opus", ["-c:a", "libopus"]],
] as const) {
  test(`a stream (${name}) is heard at the programme's loudness, and again after it broke off`, async () => {
    const path = makeTone(folder, name, { seconds: 6, hertz: 500, more });
    const bytes = await readFile(path);
    let times = 0;
    answer = (_, response) => {
      times++;
      response.writeHead(200, { "content-type": "audio/mpeg" });
      // The first connection breaks in the middle; the second begins in the middle, as radio does.
      if (times === 1) response.write(bytes.subarray(0, bytes.length / 2), () => response.destroy());
      else response.write(name.endsWith("mp3") ? bytes.subarray(bytes.length / 3) : bytes);
    };
    const reports: FeedReport[] = [];
    const ring = FrameRing.of(400);
    const thread = startFeed({ kind: "stream", url: `${url}/${name}`, allowPrivate: true, memory: ring.memory }, (report) => reports.push(report));
    const source = new FeedSource(ring, { kind: "stream", levelDb: 0, ducks: false, someoneTalks: () => false });
    const all = await pullUntil(
      (frame) => source.pull(frame),
      (frames) => frames.length >= 280,
    );
    await thread.close();
    assert.ok(times >= 2, "it was asked again");
    assert.deepEqual(reports.flatMap((report) => (report.type === "line" ? [report.up] : [])).slice(0, 3), [true, false, true]);
    const before = toneLevel(all.slice(96_000, 120_000), 500);
    // 500 Hz at -18 LUFS: K-weighting leaves it nearly alone.
    assert.ok(Math.abs(before + 17.6) < 1.5, `${before} dBFS`);
    assert.ok(toneLevel(all.slice(-24_000), 500) > -20, "heard again");
  });
}

test("a stream of a codec nobody decodes ends with the reason and is not asked again", async () => {
  const path = join(folder, "vorbis.ogg");
  execFileSync("ffmpeg", ["-v", "error", "-f", "lavfi", "-i", "sine=d=1", "-c:a", "libvorbis", path]);
  const bytes = await readFile(path);
  asked.length = 0;
  answer = (_, response) => void response.end(bytes);
  const fault = await new Promise<FeedReport>((resolve) => {
    const thread = startFeed({ kind: "stream", url, allowPrivate: true, memory: FrameRing.of(400).memory }, (report) => {
      if (report.type === "fault") void thread.close().then(() => resolve(report));
    });
  });
  assert.deepEqual([fault.type === "fault" && fault.code, asked.length], ["sound-unplayable", 1]);
});
