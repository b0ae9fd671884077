import assert from "node:assert/strict";
import { test } from "node:test";
import { Feed } from "./feed.ts";

/** A managed source and its buffer, as far as a feed uses them: no browser here has one. */
class ManagedSource extends EventTarget {
  streaming = false;
  want(streaming: boolean): void {
    this.streaming = streaming;
    this.dispatchEvent(new Event(streaming ? "startstreaming" : "endstreaming"));
  }
}

class Buffer extends EventTarget {
  readonly appended: Uint8Array[] = [];
  readonly buffered = { length: 0 };
  updating = false;
  appendBuffer(piece: Uint8Array): void {
    this.appended.push(piece);
    this.updating = true;
    queueMicrotask(() => {
      this.updating = false;
      this.dispatchEvent(new Event("updateend"));
    });
  }
}

function open(source: EventTarget) {
  const buffer = new Buffer();
  const audio = { currentTime: 0, buffered: buffer.buffered } as unknown as HTMLAudioElement;
  return { buffer, feed: new Feed(audio, source, buffer as unknown as SourceBuffer) };
}

const piece = (type: string, length: number, mark = 0) => Uint8Array.from({ length }, (_, at) => (at >= 4 && at < 8 ? type.charCodeAt(at - 4) : mark));
const settle = async () => await new Promise((resolve) => setTimeout(resolve, 1));

test("a browser that says when it wants audio is given it then, and only then", async () => {
  const source = new ManagedSource();
  const { buffer, feed } = open(source);
  feed.push(piece("ftyp", 100));
  feed.push(piece("moof", 1_000, 1));
  await settle();
  assert.deepEqual([buffer.appended.length, feed.wanted], [0, false]);
  source.want(true);
  await settle();
  assert.equal(buffer.appended.length, 2);
  source.want(false);
  feed.push(piece("moof", 1_000, 2));
  await settle();
  assert.equal(buffer.appended.length, 2);
  source.want(true);
  await settle();
  assert.deepEqual(
    buffer.appended.map((each) => each[0]),
    [0, 1, 2],
  );
});

test("what is held back meanwhile is bounded: the header and the newest audio stay", async () => {
  const source = new ManagedSource();
  const { buffer, feed } = open(source);
  feed.push(piece("ftyp", 100));
  for (let mark = 1; mark <= 200; mark++) feed.push(piece("moof", 3_000, mark));
  source.want(true);
  await settle();
  const marks = buffer.appended.map((each) => each[0]);
  assert.equal(marks[0], 0);
  assert.equal(marks.at(-1), 200);
  assert.ok(buffer.appended.reduce((sum, { length }) => sum + length, 0) <= 120_000 + 100, `${marks.length} pieces`);
});

test("other browsers are given everything at once", async () => {
  const { buffer, feed } = open(new EventTarget());
  for (let mark = 1; mark <= 200; mark++) feed.push(piece("moof", 3_000, mark));
  await settle();
  assert.deepEqual([buffer.appended.length, feed.wanted], [200, true]);
});
