import assert from "node:assert/strict";
import { execFile, execFileSync } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { GRIDS, MP3_FRAME_BYTES, type Part, writeChunk } from "../../programme/mod.ts";
import { METADATA_SCHEME, type TimedMetadata } from "../../wire/timed-metadata.ts";
import { ask, EVENT, type FrontDouble, open, openFront, openStageDouble, partOf, type StageDouble, until } from "./test-front.ts";

const PART_BYTES = MP3_FRAME_BYTES * GRIDS.mp3.framesPerPart;
/** Parts of the event: half a minute. */
const PARTS = 60;
const DESCRIPTION = "Two voices,\r\nX-Injected: one question. Grüße";
let house: FrontDouble;
let stage: StageDouble;
let mp3: Buffer;

function told(number: number, metadata: TimedMetadata): Part {
  const part = partOf("aac", number);
  const packets = Array.from({ length: GRIDS.aac.framesPerPart }, () => Uint8Array.of(0xfc, number & 255, 0));
  const message = new TextEncoder().encode(JSON.stringify(metadata));
  const data = writeChunk({ rendition: "aac", sequenceNumber: number, timestamp: part.timestamp, packets, metadata: [{ scheme: METADATA_SCHEME, message }] });
  return { ...part, data };
}

/** Publishes real MP3, and beside it AAC that says who speaks: from the middle on somebody else. */
function publish(from: number, to: number): void {
  for (let number = from; number < to; number++) {
    const name = number < 30 ? "Ada" : "Jörg";
    stage.bus.publish(told(number, number % 8 === 0 || number === 30 ? { s: [["a", name, "host", 0]], t: EVENT.title } : {}));
    const data = mp3.subarray(number * PART_BYTES, (number + 1) * PART_BYTES);
    stage.bus.publish({ ...partOf("mp3", number, { last: number === PARTS - 1 }), data });
  }
}

before(async () => {
  const tone = ["-f", "lavfi", "-i", "sine=frequency=300:sample_rate=48000:duration=40"];
  mp3 = execFileSync("ffmpeg", ["-v", "error", ...tone, "-ac", "1", "-b:a", "64k", "-write_xing", "0", "-id3v2_version", "0", "-f", "mp3", "-"], {
    maxBuffer: 1 << 24,
  });
  house = await openFront();
  await writeFile(join(house.dataFolder, "public/evening.json"), JSON.stringify({ ...EVENT, description: DESCRIPTION }));
  stage = await openStageDouble();
  house.front.setStages([{ eventId: EVENT.id, slug: EVENT.slug, url: stage.url }]);
  publish(0, 20);
  await until(() => house.front.desk.get(EVENT.slug)?.store.newest("mp3") === 19);
});
after(async () => {
  stage.close();
  await house.close();
});

test("the head says what a radio wants to know, and nothing a host writes can end a line of it", async () => {
  for (const headers of [{}, { range: "bytes=0-" }]) {
    const { headers: fields } = await ask(`${house.url}/live/evening.mp3`, headers, "HEAD");
    assert.deepEqual([fields["x-injected"], fields["ice-audio-info"]], [undefined, "ice-bitrate=64;ice-channels=1;ice-samplerate=48000"]);
  }
  const own = await ask(`${house.url}/live/evening/stream.mp4?codec=aac`, { "icy-metadata": "1" }, "HEAD");
  assert.deepEqual([own.headers["icy-metaint"], own.headers["icy-br"]], [undefined, undefined]);
});

test("radios that ask hear who speaks between the sound, ffprobe reads it, and without the blocks it is the same sound", { timeout: 60_000 }, async () => {
  const address = `${house.url}/live/evening.mp3`;
  const endless = house.front.desk.get(EVENT.slug)?.endless;
  const responses = await Promise.all([
    open(address, { "icy-metadata": "1" }),
    open(address),
    open(`${address}?s=1`, { "icy-metadata": "1", range: "bytes=0-" }),
  ]);
  const probing = promisify(execFile)("ffprobe", ["-v", "error", "-icy", "1", "-show_entries", "packet=pts:format_tags", "-of", "json", address], {
    maxBuffer: 1 << 24,
  });
  await until(() => endless?.listeners("mp3") === 4);
  const bodies = Promise.all(
    responses.map(async (response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of response as AsyncIterable<Buffer>) chunks.push(chunk);
      return Buffer.concat(chunks);
    }),
  );
  for (let number = 20; number < PARTS; number++) {
    publish(number, number + 1);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const [radio, plain, slowLane] = (await bodies) as [Buffer, Buffer, Buffer];
  const interval = Number(responses[0].headers["icy-metaint"]);
  assert.equal(interval, 16_000);
  const stripped = strip(radio, interval);
  assert.deepEqual(stripped.audio, plain);
  assert.equal(responses[1].headers["icy-metaint"], undefined);
  assert.deepEqual(stripped.titles, [`Ada – ${EVENT.title}`, `Jörg – ${EVENT.title}`]);
  assert.deepEqual(strip(slowLane, interval), stripped, "whichever way the request takes");
  const { tags } = (JSON.parse((await probing).stdout) as { format: { tags: Record<string, string> } }).format;
  assert.equal(tags.StreamTitle, `Jörg – ${EVENT.title}`);
  assert.deepEqual([tags["icy-name"], tags["icy-br"], tags["icy-url"]], [EVENT.title, "64", "http://listen.test/e/evening"]);
  assert.equal(tags["icy-description"], "Two voices, X-Injected: one question. Grüße");
});

function strip(bytes: Buffer, interval: number): { readonly audio: Buffer; readonly titles: readonly string[] } {
  const audio: Buffer[] = [];
  const titles: string[] = [];
  for (let at = 0; at < bytes.length; ) {
    audio.push(bytes.subarray(at, at + interval));
    const length = at + interval < bytes.length ? bytes.readUInt8(at + interval) * 16 : 0;
    const block = bytes.toString("utf8", at + interval + 1, at + interval + 1 + length);
    if (length > 0) titles.push(/^StreamTitle='(.*)';\0*$/.exec(block)?.[1] ?? block);
    at += interval + 1 + length;
  }
  return { audio: Buffer.concat(audio), titles };
}
