import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { type ClientHttp2Session, type ClientHttp2Stream, connect, constants } from "node:http2";
import { get } from "node:https";
import type { Server } from "node:http";
import { connect as dial, createServer, type Socket } from "node:net";
import { after, before, test } from "node:test";
import { connect as dialTls, type TLSSocket } from "node:tls";
import { systemClock } from "../../core/clock.ts";
import { silentLog } from "../../core/log.ts";
import { LiveCertificate } from "../adapters/certificate.ts";
import { makeCertificate, type TestCertificate } from "../adapters/test-certificate.ts";
import { Gatekeeper } from "./gatekeeper.ts";
import { TlsEntry } from "./tls-entry.ts";
import { EVENT, type FrontDouble, openFront, openStageDouble, partOf, type StageDouble, until } from "./test-front.ts";

let files: TestCertificate;
let certificate: LiveCertificate;
let house: FrontDouble;
let stage: StageDouble;
let newest = 19;
const served = () => house.front.desk.get("evening");
const port = () => Number(new URL(house.url).port);

before(async () => {
  files = await makeCertificate();
  certificate = await LiveCertificate.open(files, { clock: systemClock, log: silentLog });
  house = await openFront({ certificate, realTime: true });
  stage = await openStageDouble();
  stage.publish(0, 20);
  house.front.setStages([{ eventId: EVENT.id, slug: "evening", url: stage.url }]);
  await until(() => served()?.store.newest("mp3") === 19);
});
after(async () => {
  certificate.close();
  stage.close();
  await house.close();
  await files.remove();
});

interface Heard {
  readonly stream: ClientHttp2Stream;
  status: number;
  headers: Record<string, unknown>;
  body: Buffer;
  ended: boolean;
}

function session(): ClientHttp2Session {
  const client = connect(house.url, { rejectUnauthorized: false });
  client.on("error", () => {});
  return client;
}

/** One question over HTTP/2; the answer grows as it comes. */
function hear(client: ClientHttp2Session, path: string, more: Record<string, string> = {}): Heard {
  const stream = client.request({ ":path": path, ...more });
  const heard: Heard = { stream, status: 0, headers: {}, body: Buffer.alloc(0), ended: false };
  stream.on("response", (headers) => {
    heard.status = Number(headers[":status"]);
    heard.headers = headers;
  });
  stream.on("data", (bytes: Buffer) => {
    heard.body = Buffer.concat([heard.body, bytes]);
  });
  stream.on("end", () => {
    heard.ended = true;
  });
  stream.on("error", () => {});
  return heard;
}

/** HTTP/1.1 over TLS as a person with a terminal would see it. */
async function line(): Promise<{ readonly socket: TLSSocket; readonly bytes: () => Buffer; say(text: string): void }> {
  const chunks: Buffer[] = [];
  const socket = dialTls({ port: port(), host: "127.0.0.1", rejectUnauthorized: false, ALPNProtocols: ["http/1.1"] });
  socket.on("data", (bytes: Buffer) => chunks.push(bytes));
  socket.on("error", () => {});
  await new Promise<void>((resolve) => socket.once("secureConnect", resolve));
  return { socket, bytes: () => Buffer.concat(chunks), say: (text) => void socket.write(text) };
}

test("over TLS a radio's HTTP/1.1 gets its stream in the fast lane, and pages on the same connection", async () => {
  const page = await line();
  page.say("GET /e/evening HTTP/1.1\r\nHost: x\r\nAccept: text/html\r\n\r\n");
  await until(() => page.bytes().includes("</html>"));
  page.say(`GET /live/evening/opus/part-${newest}.m4s HTTP/1.1\r\nHost: x\r\n\r\n`);
  await until(() => page.bytes().includes(partOf("opus", newest).data));
  const radio = await line();
  radio.say("GET /live/evening.mp3 HTTP/1.0\r\n\r\n");
  await until(() => radio.bytes().includes(partOf("mp3", newest).data));
  stage.publish(++newest, newest + 1);
  await until(() => radio.bytes().includes(partOf("mp3", newest).data));
  assert.equal(served()?.endless.listeners("mp3"), 1);
  radio.socket.destroy();
  page.socket.destroy();
  await until(() => served()?.endless.listeners("mp3") === 0);
});

test("over HTTP/2 one connection carries pages, an endless stream and a playlist that waits for its part", async () => {
  const client = session();
  const [page, stream] = [hear(client, "/e/evening", { accept: "text/html" }), hear(client, "/live/evening/stream.mp4")];
  await until(() => page.ended && stream.body.length > 0);
  assert.deepEqual([page.status, stream.status], [200, 200]);
  assert.equal(stream.headers["cache-control"], "no-store");
  assert.equal(served()?.endless.listeners("mp4-opus"), 1);
  const next = newest + 1;
  const waiting = hear(client, `/live/evening/opus/index.m3u8?_HLS_msn=${Math.floor(next / 8)}&_HLS_part=${next % 8}`);
  const hinted = hear(client, `/live/evening/opus/part-${next}.m4s`);
  await until(() => (served()?.hls.waiting ?? 0) > 0);
  assert.deepEqual([waiting.status, hinted.status], [0, 0]);
  stage.publish(++newest, newest + 1);
  await until(() => waiting.ended && hinted.ended);
  assert.match(waiting.body.toString(), new RegExp(`part-${newest}\\.m4s`));
  assert.deepEqual(hinted.body, Buffer.from(partOf("opus", newest).data));
  await until(() => stream.body.includes(Buffer.from(partOf("opus", newest).data).subarray(-60)));
  const missing = hear(client, "/nothing", { accept: "application/json" });
  const posted = client.request({ ":method": "POST", ":path": "/e/evening" });
  const status = await new Promise((resolve) => posted.once("response", (headers) => resolve(headers[":status"])));
  await until(() => missing.ended);
  assert.deepEqual([missing.status, status], [404, 405]);
  stream.stream.close(constants.NGHTTP2_CANCEL);
  await until(() => served()?.endless.listeners("mp4-opus") === 0);
  client.destroy();
  await until(() => house.front.tls?.sessions === 0);
});

test("a client that takes back hundreds of requests is sent away, and a listener beside it hears on", async () => {
  const [asked, floods] = [house.front.requests, house.front.tls?.resetFloods ?? 0];
  const listener = session();
  const stream = hear(listener, "/live/evening.aac");
  await until(() => stream.body.length > 0);
  const attacker = session();
  let gone = false;
  attacker.once("close", () => {
    gone = true;
  });
  for (let count = 0; count < 2_000 && !gone; count++) {
    if (attacker.destroyed || attacker.closed) break;
    const taken = attacker.request({ ":path": `/live/evening/opus/part-${newest + 1}.m4s` });
    taken.on("error", () => {});
    taken.close(constants.NGHTTP2_CANCEL);
    if (count % 10 === 9) await new Promise((resolve) => setImmediate(resolve));
  }
  await until(() => gone);
  assert.equal(house.front.tls?.resetFloods, floods + 1);
  assert.ok(house.front.requests - asked < 200, `${house.front.requests - asked} requests were worked on`);
  const heard = stream.body.length;
  stage.publish(++newest, newest + 1);
  await until(() => stream.body.length > heard);
  assert.equal(served()?.hls.waiting, 0, "nothing is kept for those who took their questions back");
  listener.destroy();
});

/** A frame as it stands on the wire. @spec RFC 9113 §4.1 */
function frame(type: number, flags: number, streamId: number, payload: Uint8Array = new Uint8Array(0)): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(streamId, 5);
  return Buffer.concat([head, payload]);
}
const [HEADERS, SETTINGS, PING, CONTINUATION] = [1, 4, 6, 9];
/** `:method: GET, :scheme: https, :path: /` by HPACK's static table. @spec RFC 7541 appendix A */
const GET_ROOT = Buffer.from([0x82, 0x87, 0x84]);

for (const { flood, one } of [
  { flood: "pings that nobody reads the answers of", one: () => frame(PING, 0, 0, Buffer.alloc(8)) },
  { flood: "settings that nobody reads the answers of", one: () => frame(SETTINGS, 0, 0) },
  { flood: "a head that never ends", one: (index: number) => (index === 0 ? frame(HEADERS, 0, 1, GET_ROOT) : frame(CONTINUATION, 0, 1)) },
]) {
  test(`${flood}: the session ends and the next listener is served`, async () => {
    const socket = dialTls({ port: port(), host: "127.0.0.1", rejectUnauthorized: false, ALPNProtocols: ["h2"] });
    let gone = false;
    socket.on("error", () => {});
    socket.on("close", () => (gone = true));
    await new Promise<void>((resolve) => socket.once("secureConnect", resolve));
    socket.write(Buffer.concat([Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), frame(SETTINGS, 0, 0)]));
    await until(() => (house.front.tls?.sessions ?? 0) > 0);
    // Nothing is read: what the other side wants to say has nowhere to go.
    socket.pause();
    let sent = 0;
    while ((house.front.tls?.sessions ?? 0) > 0 && !gone && sent < 2_000_000) {
      socket.write(Buffer.concat(Array.from({ length: 500 }, () => one(sent++))));
      await new Promise((resolve) => setImmediate(resolve));
    }
    assert.equal(house.front.tls?.sessions, 0, `${sent} frames were taken`);
    socket.destroy();
    const client = session();
    const page = hear(client, "/healthz");
    await until(() => page.ended);
    client.destroy();
    await until(() => house.front.tls?.sessions === 0);
  });
}

test("a head longer than any listener's is refused, and the session's other streams go on", async () => {
  const client = session();
  const stream = hear(client, "/live/evening.aac");
  await until(() => stream.body.length > 0);
  const long = hear(client, "/e/evening", { "x-long": "a".repeat(12_000) });
  await new Promise<void>((resolve) => long.stream.once("close", () => resolve()));
  assert.notEqual(long.status, 200);
  const heard = stream.body.length;
  stage.publish(++newest, newest + 1);
  await until(() => stream.body.length > heard);
  client.destroy();
});

test("who listens over HTTP/2 and reads nothing is skipped and given up, never buffered without end, and others hear all", async () => {
  const other = await openFront({ certificate, realTime: true });
  const loud = await openStageDouble();
  const big = (number: number) => loud.bus.publish(partOf("mp3", number, { size: 48 * 1024 }));
  for (let number = 0; number < 4; number++) big(number);
  other.front.setStages([{ eventId: EVENT.id, slug: "evening", url: loud.url }]);
  await until(() => other.front.desk.get("evening")?.store.newest("mp3") === 3);
  const listen = () => {
    const client = connect(other.url, { rejectUnauthorized: false });
    client.on("error", () => {});
    return { client, heard: hear(client, "/live/evening.mp3") };
  };
  const [slow, quick] = [listen(), listen()];
  // Both have taken the burst whole: from here on only what is not read piles up.
  await until(() => [slow, quick].every(({ heard }) => heard.body.length >= 4 * 48 * 1024));
  slow.heard.stream.pause();
  let gone = false;
  slow.heard.stream.once("close", () => (gone = true));
  const endless = other.front.desk.get("evening")?.endless;
  let number = 4;
  while (endless?.listeners("mp3") === 2 && number < 400) {
    const expected = quick.heard.body.length + 48 * 1024;
    big(number++);
    await until(() => quick.heard.body.length >= expected);
  }
  assert.equal(endless?.listeners("mp3"), 1, "after a minute without a byte it is given up");
  assert.ok((endless?.skippedParts ?? 0) > 50);
  slow.heard.stream.resume();
  await until(() => gone);
  for (const { client } of [slow, quick]) client.destroy();
  loud.close();
  await other.close();
});

test("who leaves now and then is no flood: twenty streams opened and left one after the other go well", async () => {
  const client = session();
  for (let count = 0; count < 20; count++) {
    const stream = hear(client, "/live/evening.opus");
    await until(() => stream.body.length > 0);
    stream.stream.close(constants.NGHTTP2_CANCEL);
  }
  const page = hear(client, "/healthz");
  await until(() => page.ended);
  assert.equal(page.status, 200);
  client.destroy();
});

test("a renewed certificate is used for whoever comes next, and nobody who listens is dropped", async () => {
  const radio = await line();
  radio.say("GET /live/evening.mp3 HTTP/1.1\r\nHost: x\r\n\r\n");
  const client = session();
  const stream = hear(client, "/live/evening/stream.mp4");
  await until(() => radio.bytes().length > 500 && stream.body.length > 0);
  const before = radio.socket.getPeerCertificate().fingerprint256;
  await files.renew(9);
  await certificate.look();
  const later = await line();
  assert.notEqual(later.socket.getPeerCertificate().fingerprint256, before);
  const [heard, seen] = [radio.bytes().length, stream.body.length];
  stage.publish(++newest, newest + 1);
  await until(() => radio.bytes().length > heard && stream.body.length > seen);
  for (const { socket } of [radio, later]) socket.destroy();
  client.destroy();
});

test("who speaks plain HTTP to the port is let go, and the next one is served", async () => {
  const plain = dial(port(), "127.0.0.1");
  plain.on("error", () => {});
  plain.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  await new Promise<void>((resolve) => plain.once("close", () => resolve()));
  await until(() => (house.front.tls?.failures ?? 0) > 0);
  const status = await new Promise<number | undefined>((resolve, reject) => {
    get(`${house.url}/healthz`, { rejectUnauthorized: false, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode);
    }).once("error", reject);
  });
  assert.equal(status, 200);
});

test("a connection that shook hands and asks nothing is a silent one until its first question, over either version", async () => {
  const other = await openFront({ certificate, realTime: true, trustedProxies: [] });
  const { silent } = other.front.door.gatekeeper;
  const to = { port: Number(new URL(other.url).port), host: "127.0.0.1", rejectUnauthorized: false };
  for (const [index, protocol] of ["http/1.1", "h2"].entries()) {
    const socket = dialTls({ ...to, ALPNProtocols: [protocol] });
    await new Promise<void>((resolve) => socket.once("secureConnect", resolve));
    await until(() => silent.open === 1);
    if (index === 0) socket.write("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
    else hear(connect(other.url, { createConnection: () => socket }), "/healthz");
    await until(() => silent.open === 0);
    socket.destroy();
  }
  const gone = dialTls(to);
  await until(() => silent.open === 1);
  gone.destroy();
  await until(() => silent.open === 0);
  await other.close();
});

test("who comes back to another front of the house, even after a renewal, needs no whole handshake", async () => {
  const ticketKeys = randomBytes(48);
  const fronts = await Promise.all([0, 1].map(() => openFront({ certificate, realTime: true, ticketKeys })));
  const stranger = await openFront({ certificate, realTime: true, ticketKeys: randomBytes(48) });
  const come = async (url: string, ticket?: Buffer): Promise<{ readonly ticket: Buffer | undefined; readonly known: boolean }> => {
    const to = { port: Number(new URL(url).port), host: "127.0.0.1", rejectUnauthorized: false };
    const socket = dialTls({ ...to, ...(ticket === undefined ? {} : { session: ticket }) });
    let told: Buffer | undefined;
    socket.on("session", (session: Buffer) => (told = session));
    socket.write("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
    await new Promise((resolve) => socket.once("data", resolve));
    const result = { ticket: told, known: socket.isSessionReused() };
    socket.destroy();
    return result;
  };
  const [one, other] = fronts.map(({ url }) => url) as [string, string];
  const first = await come(one);
  await files.renew();
  await certificate.look();
  const visits = [first.known, (await come(other, first.ticket)).known, (await come(stranger.url, first.ticket)).known];
  for (const front of [...fronts, stranger]) await front.close();
  assert.deepEqual(visits, [false, true, false]);
});

test("who stops in the handshake, asks nothing, or rests too long is let go; who is gone leaves no socket behind", async () => {
  // The times are short so that the test is; what is claimed is that each of them ends.
  const gatekeeper = new Gatekeeper({
    asking: () => ({ address: "192.0.2.1", target: "/", caller: () => ({ address: "192.0.2.1", agent: "", sessionNumber: undefined }) }),
    vouches: () => false,
    offer: () => undefined,
    isProxy: () => false,
    nowMs: () => systemClock.steadyMs(),
    secure: true,
    onConnection: () => {},
  });
  const entry = new TlsEntry({
    certificate,
    clock: systemClock,
    gatekeeper,
    requestMs: 200,
    idleMs: 300,
    plain: (socket) => socket.destroy(),
    request: (_, response) => response.writeHead(200).end("hello"),
  });
  const raws = new Set<Socket>();
  const server = createServer((raw) => {
    raws.add(raw);
    raw.once("close", () => raws.delete(raw));
    entry.accept(raw);
  });
  gatekeeper.guard(server as unknown as Server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const to = { port: (server.address() as { port: number }).port, host: "127.0.0.1" };
  const mute = dial(to);
  const asks = connect(`https://127.0.0.1:${to.port}`, { rejectUnauthorized: false });
  const silent = connect(`https://127.0.0.1:${to.port}`, { rejectUnauthorized: false });
  for (const each of [mute, asks, silent]) each.on("error", () => {});
  const answer = hear(asks, "/");
  await until(() => answer.ended);
  assert.equal(answer.body.toString(), "hello");
  await until(() => mute.destroyed && asks.destroyed && silent.destroyed);
  // A client that says goodbye and keeps its socket open.
  const lingers = connect(`https://127.0.0.1:${to.port}`, { rejectUnauthorized: false });
  lingers.on("error", () => {});
  const last = hear(lingers, "/");
  await until(() => last.ended);
  lingers.goaway();
  await until(() => raws.size === 0 && entry.sessions === 0);
  assert.equal(gatekeeper.silent.open, 0);
  server.close();
});
