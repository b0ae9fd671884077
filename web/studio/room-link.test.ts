import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";
import type { RoomMessage } from "../../src/wire/room.ts";
import { RoomLink } from "./room-link.ts";

/** As much of a browser's WebSocket as the link touches; a dead one never tells that it closed. */
class Socket extends EventTarget {
  static readonly OPEN = 1;
  static all: Socket[] = [];
  readyState = 0;
  readonly sent: unknown[] = [];
  readonly url: string;
  deaf = false;
  constructor(url: URL) {
    super();
    this.url = url.href;
    Socket.all.push(this);
  }
  static get last(): Socket {
    return Socket.all.at(-1) as Socket;
  }
  send(text: string): void {
    this.sent.push(JSON.parse(text));
  }
  close(): void {
    if (!this.deaf) this.end();
  }
  open(): void {
    this.readyState = 1;
    this.dispatchEvent(new Event("open"));
  }
  end(): void {
    if (this.readyState === 3) return;
    this.readyState = 3;
    this.dispatchEvent(new Event("close"));
  }
  say(message: object): void {
    this.dispatchEvent(new MessageEvent("message", { data: JSON.stringify(message) }));
  }
}

const GRANT = { token: "es1.token", seat: "ada", name: "Ada", role: "speaker", expiresUnixSeconds: 0, iceServers: [] } as const;
/** Until the grant is there. */
const granted = () => new Promise((resolve) => setImmediate(resolve));
const WELCOME = { type: "welcome", publishing: false };
let now = 0;
let link: RoomLink;
let heard: RoomMessage[] = [];
let ups: [up: boolean, lostForMs: number][] = [];
const realWebSocket = globalThis.WebSocket;

/** Lets time pass in small steps, so that every timer sees the clock it would see. */
function pass(ms: number): void {
  for (const end = now + ms; now < end; ) {
    now += 10;
    mock.timers.tick(10);
  }
}

beforeEach(() => {
  mock.timers.enable({ apis: ["setTimeout", "setInterval"] });
  Object.assign(globalThis, { WebSocket: Socket });
  now = 0;
  Socket.all = [];
  heard = [];
  ups = [];
  link = new RoomLink({
    slug: "talk",
    grant: { fresh: async () => GRANT },
    pageUrl: "https://stage.example/studio/talk",
    onMessage: (message) => heard.push(message),
    onLink: (up, lostForMs) => ups.push([up, lostForMs]),
    nowMs: () => now,
    random: () => 1,
  });
});
afterEach(() => {
  link.close();
  mock.timers.reset();
  globalThis.WebSocket = realWebSocket;
});

test("the page says hello with its token at the address it came from, and is in the room when welcomed", async () => {
  assert.equal(Socket.last.url, "wss://stage.example/room/talk");
  Socket.last.open();
  await granted();
  assert.deepEqual(Socket.last.sent, [{ type: "hello", token: "es1.token" }]);
  assert.deepEqual(ups, []);
  Socket.last.say(WELCOME);
  assert.deepEqual([ups, heard], [[[true, 0]], [WELCOME]]);
});

test("a stage that was killed finds its pages at the door within a quarter of a second after it is back", () => {
  Socket.last.open();
  Socket.last.say(WELCOME);
  Socket.last.end();
  for (const end = now + 3_500; now < end; ) {
    const before = Socket.all.length;
    pass(260);
    assert.ok(Socket.all.length > before, `an attempt in every 260 ms, at ${now}`);
    Socket.last.end();
  }
});

test("a server that is away for long is asked every few seconds, and a welcome makes the page eager again", () => {
  Socket.last.end();
  let attempts = 0;
  for (const end = now + 60_000; now < end; ) {
    const before = Socket.all.length;
    pass(10);
    if (Socket.all.length > before) Socket.last.end();
    attempts = Socket.all.length;
  }
  pass(5_000);
  assert.ok(attempts < 70, `${attempts} attempts in the first minute`);
  assert.ok((ups.at(-1)?.[1] ?? 0) > 50_000, "and it knows how long it has been away");
  Socket.last.open();
  Socket.last.say(WELCOME);
  Socket.last.end();
  const before = Socket.all.length;
  pass(260);
  assert.equal(Socket.all.length, before + 1);
});

test("a line that went dead without a word is given up after three seconds of silence and replaced", () => {
  Socket.last.open();
  Socket.last.say(WELCOME);
  const dead = Socket.last;
  dead.deaf = true;
  for (let count = 0; count < 50; count++) {
    pass(100);
    dead.say({ type: "levels", levels: {} });
  }
  assert.equal(Socket.all.length, 1, "ten messages a second keep it");
  pass(3_800);
  assert.equal(Socket.all.length, 2);
  const messages = heard.length;
  dead.say({ type: "levels", levels: {} });
  dead.end();
  assert.deepEqual([heard.length, Socket.all.length], [messages, 2], "what the dead line says later counts for nothing");
});

test("an attempt that hangs is given up, so that a changed network is found", () => {
  Socket.last.deaf = true;
  pass(5_800);
  assert.equal(Socket.all.length, 2);
});

test("who closed the page is not connected again", async () => {
  Socket.last.open();
  await granted();
  Socket.last.say(WELCOME);
  link.close();
  pass(60_000);
  assert.deepEqual([Socket.all.length, ups], [1, [[true, 0]]]);
  link.send({ type: "mute", muted: true });
  assert.equal(Socket.last.sent.length, 1);
});
