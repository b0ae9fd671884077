import assert from "node:assert/strict";
import { test } from "node:test";
import { SAMPLE_RATE, samples } from "../../core/units.ts";
import type { RenditionId } from "../../programme/mod.ts";
import type { LiveState } from "../../wire/public-state.ts";
import { FLOOR_MAX, INTERPRETERS_MAX } from "../../wire/room.ts";
import { ID3_SCHEME, METADATA_SCHEME, type PackedAudience, packAudience, type TimedMetadata, unpackAudience } from "../../wire/timed-metadata.ts";
import { LevelHistory } from "./level-history.ts";

const PART = SAMPLE_RATE / 2;
const ADA = { id: "seat-a", name: "Ada", role: "host", muted: false } as const;
const BEN = { id: "seat-b", name: "Ben", role: "speaker", muted: true } as const;
const state: LiveState = { eventId: "e", slug: "e", phase: "live", epoch: 1, originUnixMs: 1, onStage: [ADA, BEN], revision: 1 };

function open(now: LiveState = state) {
  const told = { title: "Evening", audience: undefined as PackedAudience | undefined, revision: 7 };
  const history = new LevelHistory({ title: () => told.title, audience: () => told.audience, revision: () => told.revision });
  const messages = (part: number, rendition: RenditionId) =>
    history.metadata({ rendition, timestamp: samples(part * PART), duration: samples(PART), firstOfSegment: part % 8 === 0, last: false }, now);
  const own = (part: number, rendition: RenditionId = "opus") => {
    const { l: _, ...news } = JSON.parse(new TextDecoder().decode(messages(part, rendition)[0]?.message)) as TimedMetadata;
    return news;
  };
  return { told, messages, own };
}

/** Frames of a tag by their names. */
function framesOf(tag: Uint8Array): Readonly<Record<string, string>> {
  const bytes = Buffer.from(tag);
  assert.deepEqual([...bytes.subarray(0, 6)], [0x49, 0x44, 0x33, 4, 0, 0]);
  const size = (at: number) => [0, 1, 2, 3].reduce((sum, index) => sum * 128 + bytes.readUInt8(at + index), 0);
  assert.equal(size(6), bytes.length - 10);
  const frames: Record<string, string> = {};
  for (let at = 10; at < bytes.length; at += 10 + size(at + 4))
    frames[bytes.toString("latin1", at, at + 4)] = bytes.toString("utf8", at + 11, at + 10 + size(at + 4));
  return frames;
}

test("the number is told once per window to every rendition's listeners, and comes back as it was", () => {
  const { told, own } = open();
  own(0);
  const audience = { listeningNow: 1_200_345, low: 1_200_300, high: 1_200_350, asOfUnixMs: 1_800_000_000_000, peak: 1_300_000, peakUnixMs: 1_799_999_990_000 };
  told.audience = packAudience(audience);
  assert.deepEqual([own(1).n, own(2).n, own(8).n, own(9, "aac").n], [told.audience, undefined, undefined, told.audience]);
  assert.deepEqual(unpackAudience(told.audience), audience);
  told.audience = packAudience({ ...audience, low: 1, high: 1, listeningNow: 1, asOfUnixMs: 1_800_000_010_000 });
  const next = own(10).n;
  assert.deepEqual([next?.length, unpackAudience(next)?.high], [4, 1]);
  for (const nonsense of [undefined, "3", [1, 2], [1, 2, 3, "4"], [1, 2, 3, null]]) assert.equal(unpackAudience(nonsense), undefined);
});

test("another title and that the page has something new are told with the next part, and to newcomers with every segment", () => {
  const { told, own } = open();
  assert.deepEqual([own(0).t, own(1).t, own(0).v, own(1).v], ["Evening", undefined, 7, undefined]);
  told.title = "Evening, moved";
  told.revision = 8;
  assert.deepEqual(own(3), { t: "Evening, moved", v: 8 });
  assert.deepEqual(own(4), {});
  assert.deepEqual([own(8).t, own(8).v], ["Evening, moved", 8]);
});

test("players of others get title, open microphones and our words as a tag when there is something to tell; thin lines are spared", () => {
  const { told, messages } = open();
  const [own, tag, ...more] = messages(0, "aac");
  assert.deepEqual([own?.scheme, tag?.scheme, more.length], [METADATA_SCHEME, ID3_SCHEME, 0]);
  const { TIT2, TPE1, TXXX = "" } = framesOf(tag?.message ?? new Uint8Array());
  const { l, ...news } = JSON.parse(new TextDecoder().decode(own?.message)) as TimedMetadata;
  assert.ok(l !== undefined);
  assert.deepEqual([TIT2, TPE1, TXXX.split("\0")[0], JSON.parse(TXXX.split("\0")[1] ?? "")], ["Evening", "Ada", "earshot", news]);
  assert.deepEqual([messages(1, "aac").length, messages(0, "low").length], [1, 1]);
  told.title = "Änderung";
  assert.equal(framesOf(messages(2, "aac")[1]?.message ?? new Uint8Array()).TIT2, "Änderung");
});

test("a full stage with long names does not make the tag grow without end", () => {
  const onStage = Array.from({ length: FLOOR_MAX + INTERPRETERS_MAX }, (_, index) => ({ ...ADA, id: `seat-${index}`, name: "ü".repeat(80) }));
  const { messages } = open({ ...state, onStage });
  const tag = messages(0, "opus")[1]?.message ?? new Uint8Array();
  assert.ok(tag.length < 4_000, `${tag.length} bytes`);
  assert.equal(JSON.parse(framesOf(tag).TXXX?.split("\0")[1] ?? "").t, "Evening");
});
