import assert from "node:assert/strict";
import { connect, type Socket } from "node:net";
import { after, before, test } from "node:test";
import { EVENT, type FrontDouble, openFront, openStageDouble, partOf, type StageDouble, until } from "./test-front.ts";

let house: FrontDouble;
let stage: StageDouble;
const served = () => house.front.desk.get("evening");

before(async () => {
  house = await openFront();
  stage = await openStageDouble();
  stage.publish(0, 20);
  house.front.setStages([{ eventId: EVENT.id, slug: "evening", url: stage.url }]);
  // Whom it is for is read from the disk; until then Node's server answers.
  await until(() => served()?.store.newest("mp3") === 19 && house.front.gate.isOpen("evening"));
});
after(async () => {
  stage.close();
  await house.close();
});

/** A connection that keeps all it is sent, as a person with a terminal would see it. */
function dial(): {
  readonly socket: Socket;
  readonly text: () => string;
  readonly bytes: () => Buffer;
  readonly closed: () => boolean;
  say(text: string): void;
} {
  const chunks: Buffer[] = [];
  let closed = false;
  const socket = connect(Number(new URL(house.url).port), "127.0.0.1");
  socket.on("data", (bytes: Buffer) => chunks.push(bytes));
  socket.on("close", () => (closed = true));
  socket.on("error", () => {});
  const bytes = () => Buffer.concat(chunks);
  return { socket, bytes, text: () => bytes().toString("latin1"), closed: () => closed, say: (text) => void socket.write(text) };
}
const get = (path: string, more = "") => `GET ${path} HTTP/1.1\r\nHost: x\r\n${more}\r\n`;
const count = (text: string, what: string) => text.split(what).length - 1;

test("one connection may ask for audio, a page and audio again: it is answered in order by whoever knows", async () => {
  const line = dial();
  line.say(get("/live/evening/opus/part-3.m4s"));
  await until(() => count(line.text(), "HTTP/1.1 200") === 1);
  line.say(get("/e/evening", "Accept: text/html\r\n"));
  await until(() => line.text().includes("</html>"));
  line.say(get("/live/evening/opus/part-4.m4s"));
  await until(() => count(line.text(), "HTTP/1.1 200") === 3);
  line.socket.destroy();
});

test("questions sent all at once are answered one after the other, also when one must wait and the last ends the connection", async () => {
  const line = dial();
  line.say(get("/live/evening/opus/part-3.m4s") + get("/live/evening/opus/part-20.m4s") + get("/live/evening/aac/part-5.m4s", "Connection: close\r\n"));
  await until(() => count(line.text(), "HTTP/1.1 200") === 1);
  stage.publish(20, 21);
  await until(line.closed);
  const bytes = line.bytes();
  const at = [partOf("opus", 3), partOf("opus", 20), partOf("aac", 5)].map(({ data }) => bytes.indexOf(data));
  assert.ok(
    at.every((each, index) => each > (at[index - 1] ?? 0)),
    String(at),
  );
});

test("a thousand who ask for the same are one question, and each gets the whole answer", async () => {
  const lines = Array.from({ length: 100 }, dial);
  for (const line of lines) line.say(get("/live/evening/opus/part-21.m4s"));
  await until(() => house.front.connections >= 100 && served()?.hls.waiting === 1);
  stage.publish(21, 22);
  await until(() => lines.every((line) => line.bytes().includes(partOf("opus", 21).data)));
  assert.match(lines[0]?.text() ?? "", /\r\ndate: \w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT\r\n/);
  for (const line of lines) line.socket.destroy();
});

test("an old radio that speaks HTTP/1.0 gets its stream without anything wrapped around it", async () => {
  const line = dial();
  line.say("GET /live/evening.mp3 HTTP/1.0\r\n\r\n");
  await until(() => line.text().includes("\r\n\r\n") && line.bytes().length > 500);
  const head = line.text().slice(0, line.text().indexOf("\r\n\r\n"));
  assert.match(head, /content-type: audio\/mpeg/);
  assert.match(head, /icy-name: An evening <b>/);
  assert.doesNotMatch(head, /transfer-encoding/i);
  stage.publish(22, 23);
  await until(() => line.bytes().includes(partOf("mp3", 22).data));
  assert.deepEqual(line.bytes().subarray(-partOf("mp3", 22).data.length), Buffer.from(partOf("mp3", 22).data));
  assert.equal(house.front.audience.streamsOpen, 1);
  line.socket.destroy();
  await until(() => served()?.endless.listeners("mp3") === 0);
  assert.equal(house.front.audience.streamsOpen, 0, "and nothing of who listened is kept");
});

test("who opens a connection and says nothing, or half a question, is let go; who listens is not", async () => {
  const [silent, half, radio] = [dial(), dial(), dial()];
  half.say("GET /live/evening/opus/part-");
  radio.say(get("/live/evening.mp3"));
  await until(() => served()?.endless.listeners("mp3") === 1 && house.front.connections === 3);
  house.passTime(6_000);
  await until(() => silent.closed() && half.closed());
  assert.equal(radio.closed(), false);
  radio.socket.destroy();
  await until(() => house.front.connections === 0);
});

test("who keeps talking while an answer is waited for is cut off instead of filling the memory", async () => {
  const line = dial();
  line.say(get(`/live/evening/opus/part-${(served()?.store.newest("opus") ?? 0) + 1}.m4s`));
  await until(() => served()?.hls.waiting === 1);
  line.socket.write(Buffer.alloc(200_000, "x"));
  await until(line.closed);
  await until(() => served()?.hls.waiting === 0);
});

test("a failure is an answer: the connection goes on, and whoever made it up gets no other file", async () => {
  const line = dial();
  for (const path of ["/live/evening/opus/part-999.m4s", "/live/evening/opus/..", "/live/evening/index.m3u8?_HLS_part=1"]) line.say(get(path));
  line.say(get("/live/evening/opus/part-3.m4s"));
  await until(() => line.text().includes("HTTP/1.1 200"));
  assert.equal(count(line.text(), "HTTP/1.1 404"), 2);
  line.socket.destroy();
});

test("a segment is followed while it is made, over one connection after the other's kind, and is the same bytes as the whole one", async () => {
  stage.publish(23, 26);
  await until(() => served()?.store.newest("opus") === 25);
  const [lane, slow] = [dial(), dial()];
  lane.say(get("/live/evening/opus/stream-3.m4s"));
  // After a page the connection belongs to Node's own server.
  slow.say(get("/e/evening", "Accept: text/html\r\n"));
  await until(() => slow.text().includes("</html>"));
  const before = slow.bytes().length;
  slow.say(get("/live/evening/opus/stream-3.m4s"));
  const parts = () => Array.from({ length: 8 }, (_, index) => partOf("opus", 24 + index).data);
  await until(() => [lane, slow].every((line) => line.bytes().includes(parts()[1] as Uint8Array)));
  assert.equal(served()?.segments.following, 2);
  stage.publish(26, 31);
  await until(() => [lane, slow].every((line) => line.bytes().includes(parts()[6] as Uint8Array)));
  assert.ok(!lane.text().endsWith("0\r\n\r\n"), "not whole yet");
  stage.publish(31, 32);
  await until(() => [lane, slow].every((line) => line.text().endsWith("\r\n0\r\n\r\n")));
  assert.match(lane.text(), /cache-control: public, max-age=3600, immutable\r\n/);
  const whole = Buffer.concat(parts());
  assert.deepEqual(unchunk(lane.bytes()), whole);
  assert.deepEqual(unchunk(slow.bytes().subarray(before)), whole);
  lane.say(get("/live/evening/opus/stream-3.m4s"));
  await until(() => lane.text().includes(`content-length: ${whole.length}`) && lane.bytes().subarray(-whole.length).equals(whole));
  lane.say(get("/live/evening/opus/stream-9.m4s"));
  await until(() => lane.text().includes("HTTP/1.1 404"));
  for (const line of [lane, slow]) line.socket.destroy();
});

/** The body of a chunked answer. */
function unchunk(answer: Buffer): Buffer {
  const pieces: Buffer[] = [];
  for (let at = answer.indexOf("\r\n\r\n") + 4; ; ) {
    const end = answer.indexOf("\r\n", at);
    const length = Number.parseInt(answer.toString("latin1", at, end), 16);
    if (length === 0) return Buffer.concat(pieces);
    pieces.push(answer.subarray(end + 2, end + 2 + length));
    at = end + 4 + length;
  }
}

test("who asks for a place near the stage is told whether there is one", async () => {
  const endless = served()?.endless;
  assert.ok(endless !== undefined);
  endless.nearPlaces = 1;
  const [first, second] = [dial(), dial()];
  first.say(get("/live/evening/stream.mp4?near=1"));
  await until(() => first.text().includes("\r\n\r\n"));
  assert.match(first.text(), /earshot-near: 1\r\n/);
  assert.match(first.text(), /earshot-cadence-ms: 100\r\n/);
  second.say(get("/live/evening/stream.mp4?near=1"));
  await until(() => second.text().includes("\r\n\r\n"));
  assert.doesNotMatch(second.text(), /earshot-near: /);
  first.socket.destroy();
  await until(() => endless.nearListeners === 0);
  second.socket.destroy();
});

test("who followed a segment that will never begin is told so, and caches may tell all others for a second", async () => {
  const [lane, slow] = [dial(), dial()];
  slow.say(get("/e/evening", "Accept: text/html\r\n"));
  await until(() => slow.text().includes("</html>"));
  for (const line of [lane, slow]) line.say(get("/live/evening/opus/stream-5.m4s"));
  await until(() => served()?.segments.following === 2);
  served()?.store.end();
  await until(() => [lane, slow].every((line) => line.text().includes("stage-starting")));
  for (const line of [lane, slow]) {
    const [answer = ""] = /HTTP\/1\.1 503 Service Unavailable\r\n[\s\S]*?\r\n\r\n/.exec(line.text()) ?? [];
    assert.match(answer, /\r\ncache-control: public, max-age=1\r\n/i);
    line.socket.destroy();
  }
});
