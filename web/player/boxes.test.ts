import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { METADATA_SCHEME } from "../../src/wire/timed-metadata.ts";
import { BoxSplitter, readEmsg } from "./boxes.ts";

function box(type: string, body: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(8 + body.length);
  new DataView(bytes.buffer).setUint32(0, bytes.length);
  bytes.set(new TextEncoder().encode(type), 4);
  bytes.set(body, 8);
  return bytes;
}

/** An event message at a media time. Milliseconds. */
function emsg(atMs: number, json: string, scheme: string = METADATA_SCHEME, timescale = 1000): Uint8Array {
  const text = new TextEncoder().encode(`${scheme}\0\0${json}`);
  const body = new Uint8Array(24 + text.length);
  const view = new DataView(body.buffer);
  body[0] = 1;
  view.setUint32(4, timescale);
  view.setUint32(12, atMs);
  body.set(text, 24);
  return box("emsg", body);
}

const join = (...parts: Uint8Array[]) => Uint8Array.from(parts.flatMap((part) => [...part]));
const part = (index: number) => join(emsg(index * 500, `{"r":${index}}`), box("moof", new Uint8Array(20)), box("mdat", new Uint8Array(100 + index)));

test("however the network cuts the stream, the player gets the same whole parts and every message once", () => {
  const stream = join(box("ftyp", new Uint8Array(16)), box("moov", new Uint8Array(200)), ...[0, 1, 2, 3, 4].map(part));
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 40 }), (cuts) => {
      const splitter = new BoxSplitter();
      const media: number[] = [];
      const times = new Set<number>();
      for (let at = 0, index = 0; at < stream.length; index++) {
        const size = cuts[index % cuts.length] ?? 1;
        const split = splitter.push(stream.subarray(at, at + size));
        at += size;
        media.push(...(split.media ?? []));
        for (const { at: seconds } of split.entries) times.add(seconds);
      }
      assert.deepEqual(media, [...stream]);
      assert.deepEqual([...times], [0, 0.5, 1, 1.5, 2]);
      assert.equal(splitter.broken, false);
    }),
  );
});

test("nonsense ends the stream instead of the page: nothing is thrown and nothing grows", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      const splitter = new BoxSplitter();
      for (let count = 0; count < 3 && !splitter.broken; count++) splitter.push(bytes);
      readEmsg(bytes);
      readEmsg(join(new Uint8Array([0, 0, 0, bytes.length + 9]), new TextEncoder().encode("emsg"), Uint8Array.of(1), bytes));
    }),
    { numRuns: 5_000 },
  );
  const splitter = new BoxSplitter();
  splitter.push(Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0x6d, 0x64, 0x61, 0x74));
  assert.equal(splitter.broken, true);
});

test("a message whose time or content is no such thing is passed over, so that those after it are still heard", () => {
  assert.equal(readEmsg(emsg(500, "{}", METADATA_SCHEME, 0)), undefined);
  for (const json of ["null", "7", '"text"']) assert.equal(readEmsg(emsg(0, json)), undefined);
  fc.assert(
    fc.property(fc.nat(), fc.nat(), fc.json(), (atMs, timescale, json) => {
      const entry = readEmsg(emsg(atMs, json, METADATA_SCHEME, timescale));
      assert.ok(entry === undefined || (Number.isFinite(entry.at) && typeof entry.metadata === "object"));
    }),
  );
});

test("messages of other schemes and broken JSON are passed over", () => {
  assert.equal(readEmsg(emsg(0, "{}", "urn:someone:else")), undefined);
  assert.equal(readEmsg(emsg(0, "{broken")), undefined);
  assert.deepEqual(readEmsg(emsg(1_500, '{"e":1}')), { at: 1.5, metadata: { e: 1 } });
});
