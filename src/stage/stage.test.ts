import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { EarshotError, type ErrorCode } from "../core/errors.ts";
import { silentLog } from "../core/log.ts";
import { FRAME_MS, FRAME_SAMPLES } from "../core/units.ts";
import { FLOOR_MAX, INTERPRETERS_MAX, type Role, type RoomMessage } from "../wire/room.ts";
import { openReturnEncoder, type ReturnEncoder } from "./codecs.ts";
import { createFake } from "./fake-transport.ts";
import type { ModerationAct } from "./room.ts";
import { Stage } from "./stage.ts";
import { StepClock } from "../core/step-clock.ts";
import { BROWSER_OFFER } from "./test-offers.ts";
import { toneLevel } from "./test-tone.ts";
import type { WhipRequest } from "./whip.ts";

let encoder: ReturnEncoder;
before(async () => {
  encoder = await openReturnEncoder();
});
after(() => encoder.close());

let clock: StepClock;
let phase: "backstage" | "live" | "ended";
beforeEach(() => {
  clock = new StepClock();
  phase = "backstage";
});

type Fake = ReturnType<typeof createFake>;

function open(fake: Fake, onModeration: (act: ModerationAct) => void = () => {}): Promise<Stage> {
  return Stage.open({
    manifest: { eventId: "event", slug: "evening", title: "Evening", speakers: [], removedSeats: [], soundCheck: false },
    transport: fake.transport,
    verifyToken: (token) => {
      const [eventId = "", seatId, role = "speaker"] = token.split("/");
      return seatId === undefined
        ? { ok: false, code: "token-forged" }
        : { ok: true, claims: { eventId, seatId, role: role as Role, name: seatId, expires: 0 } };
    },
    clock,
    log: silentLog,
    phase: () => ({ phase }),
    onGoLive: () => {},
    onEnd: () => {},
    onModeration,
    onChange: () => {},
  });
}

const post = (seat: string, more: Partial<WhipRequest> = {}): WhipRequest => ({
  method: "POST",
  session: undefined,
  contentType: "application/sdp",
  authorization: `Bearer event/${seat}`,
  ifMatch: undefined,
  body: BROWSER_OFFER,
  ...more,
});

async function refuses(answer: Promise<unknown>, code: ErrorCode): Promise<void> {
  await assert.rejects(answer, (error) => error instanceof EarshotError && error.code === code);
}

/** Lets time pass in ticks; a speaking peer sends a packet per tick. */
async function pass(stage: Stage, ms: number, speaking: readonly { deliver(payload: Uint8Array): void }[] = []): Promise<Float32Array> {
  const programme = new Float32Array(FRAME_SAMPLES);
  const frame = new Float32Array(FRAME_SAMPLES);
  for (let at = 0; at < ms; at += FRAME_MS) {
    for (let index = 0; index < FRAME_SAMPLES; index++) frame[index] = 0.2 * Math.sin((2 * Math.PI * 400 * index) / 48_000);
    const packet = encoder.encode(frame);
    for (const peer of speaking) peer.deliver(packet);
    await clock.advance(FRAME_MS);
    stage.tick(programme);
  }
  return programme;
}

function listen(stage: Stage, seat: string): RoomMessage[] {
  const heard: RoomMessage[] = [];
  stage.room
    .join(
      (message) => {
        if (message.type !== "levels") heard.push(message);
      },
      () => {},
    )
    .receive(JSON.stringify({ type: "hello", token: `event/${seat}` }));
  return heard;
}

test("an exchange is answered with 201, its own address and an entity tag, and DELETE ends it", async () => {
  const fake = createFake();
  const stage = await open(fake);
  const { status, headers, body } = await stage.whip(post("ben"));
  assert.equal(status, 201);
  assert.match(headers.location ?? "", /^\/whip\/evening\/[\w-]{24}$/);
  assert.match(headers.etag ?? "", /^"[\w-]{24}"$/);
  assert.match(body, /^v=0/);
  const session = headers.location?.split("/").at(-1);
  await refuses(stage.whip(post("ada", { method: "DELETE", session })), "not-found");
  assert.equal(fake.peers[0]?.closed, false, "another seat's token does not end it");
  assert.equal((await stage.whip(post("ben", { method: "DELETE", session }))).status, 200);
  assert.equal(fake.peers[0]?.closed, true);
  await refuses(stage.whip(post("ben", { method: "DELETE", session })), "not-found");
  await stage.close();
});

const FRAGMENT = "a=ice-ufrag:Zkq9\r\na=ice-pwd:3hJ5T7bQwWq0r5xXkq2rT8mN\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\n";

test("PATCH adds candidates to the present ICE session, or begins a new one; which one is meant must be said", async () => {
  const stage = await open(createFake());
  const { headers } = await stage.whip(post("ben"));
  const session = headers.location?.split("/").at(-1);
  const patch = (body: string, ifMatch?: string, more: Partial<WhipRequest> = {}) =>
    stage.whip(post("ben", { method: "PATCH", session, contentType: "application/trickle-ice-sdpfrag", ifMatch, body, ...more }));
  const candidate = "a=candidate:1 1 udp 2122260223 192.0.2.7 50000 typ host generation 0\r\n";
  assert.equal((await patch(`${FRAGMENT}${candidate}`, headers.etag)).status, 204);
  const other = FRAGMENT.replace("Zkq9", "New0");
  const restarted = await patch(other, "*");
  assert.equal(restarted.status, 200);
  assert.equal(restarted.headers["content-type"], "application/trickle-ice-sdpfrag");
  assert.match(restarted.body, /a=ice-ufrag:fake1\r\n/);
  await refuses(patch(`${FRAGMENT}${candidate}`, headers.etag), "precondition-failed");
  await refuses(patch(FRAGMENT, restarted.headers.etag), "precondition-failed");
  assert.equal((await patch(`${other}${candidate}`, restarted.headers.etag)).status, 204);
  assert.equal((await patch(other, "*")).status, 204, "a restart asked for twice is one restart");
  await refuses(patch(FRAGMENT), "precondition-required");
  await refuses(patch("v=0\r\n", "*"), "ice-fragment-invalid");
  await refuses(patch(FRAGMENT, "*", { contentType: "application/sdp" }), "media-type");
  await refuses(patch(FRAGMENT, "*", { authorization: "Bearer event/ada" }), "not-found");
  await refuses(patch(FRAGMENT, "*", { session: undefined }), "method-not-allowed");
  await assert.rejects(
    async () => {
      for (let count = 0; count < 50; count++) await patch(other, "*");
    },
    (error) => error instanceof EarshotError && error.code === "rate-limited",
  );
  await stage.close();
});

test("OPTIONS tells what to post; what WHIP does not know is refused by name", async () => {
  const stage = await open(createFake());
  assert.equal((await stage.whip(post("ben", { method: "OPTIONS", authorization: undefined }))).headers["accept-post"], "application/sdp");
  await refuses(stage.whip(post("ben", { method: "GET" })), "method-not-allowed");
  await refuses(stage.whip(post("ben", { contentType: "application/json" })), "media-type");
  await refuses(stage.whip(post("ben", { contentType: undefined })), "media-type");
  await refuses(stage.whip(post("ben", { authorization: undefined })), "unauthorised");
  await refuses(stage.whip(post("ben", { authorization: "Bearer forged" })), "unauthorised");
  await refuses(stage.whip(post("ben", { body: "v=0\r\n" })), "sdp-invalid");
  await stage.close();
});

test("a seat of another event of the same house is no seat here, for sound and for the room", async () => {
  const stage = await open(createFake());
  await refuses(stage.whip(post("ben", { authorization: "Bearer elsewhere/ben" })), "unauthorised");
  const heard: RoomMessage[] = [];
  stage.room
    .join(
      (message) => heard.push(message),
      () => {},
    )
    .receive(JSON.stringify({ type: "hello", token: "elsewhere/ben/host" }));
  assert.deepEqual(
    heard.map(({ type }) => type),
    ["error"],
  );
  await stage.close();
});

test("a newer exchange of a seat replaces the older, and an older one that is answered late does not replace the newer", async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const fake = createFake((exchange) => (exchange === 0 ? promise : Promise.resolve()));
  const stage = await open(fake);
  const slow = stage.whip(post("ben"));
  const slowRefused = refuses(slow, "conflict");
  await new Promise((done) => setImmediate(done));
  assert.equal((await stage.whip(post("ben"))).status, 201);
  resolve();
  await slowRefused;
  assert.deepEqual(
    fake.peers.map(({ closed }) => closed),
    [true, false],
  );
  await stage.whip(post("ben"));
  assert.deepEqual(
    fake.peers.map(({ closed }) => closed),
    [true, true, false],
  );
  const programme = await pass(stage, 200, [fake.peers[2] as (typeof fake.peers)[number]]);
  assert.ok(toneLevel(programme, 400) > -20);
  await stage.close();
});

test("the fourteenth person is told that the stage is full; a place that was left is free again", async () => {
  const fake = createFake();
  const stage = await open(fake);
  for (let seat = 0; seat < FLOOR_MAX; seat++) await stage.whip(post(`seat-${seat}`));
  await refuses(stage.whip(post("late")), "stage-full");
  fake.peers[3]?.leave("closed");
  assert.equal((await stage.whip(post("late"))).status, 201);
  await stage.close();
});

test("a page that publishes again and again is slowed down", async () => {
  const stage = await open(createFake());
  for (let count = 0; count < 6; count++) await stage.whip(post("ben"));
  await refuses(stage.whip(post("ben")), "rate-limited");
  await clock.advance(2_000);
  assert.equal((await stage.whip(post("ben"))).status, 201);
  await stage.close();
});

test("no sound three seconds after the answer: the page is told once to publish again", async () => {
  const stage = await open(createFake());
  const heard = listen(stage, "ben");
  await stage.whip(post("ben"));
  await pass(stage, 2_800);
  assert.equal(heard.filter(({ type }) => type === "publish-again").length, 0);
  await pass(stage, 2_000);
  assert.equal(heard.filter(({ type }) => type === "publish-again").length, 1);
  await stage.close();
});

test("sound that stops makes a speaker reconnecting, then asks the page; sound that comes back mends both", async () => {
  const fake = createFake();
  const stage = await open(fake);
  const heard = listen(stage, "ben");
  await stage.whip(post("ben"));
  const [ben] = fake.peers;
  assert.ok(ben);
  const presence = () => heard.flatMap((message) => (message.type === "room" ? message.seats.map((seat) => seat.presence) : [])).at(-1);
  await pass(stage, 1_000, [ben]);
  assert.equal(presence(), "on-stage");
  await pass(stage, 2_400);
  assert.equal(presence(), "reconnecting");
  assert.equal(
    heard.some(({ type }) => type === "publish-again"),
    false,
  );
  await pass(stage, 3_000);
  assert.equal(
    heard.some(({ type }) => type === "publish-again"),
    true,
  );
  await pass(stage, 200, [ben]);
  assert.equal(presence(), "on-stage");
  await stage.close();
});

test("a line that stays dead gives its place back after a minute; the seat keeps its mute", async () => {
  const fake = createFake();
  const stage = await open(fake);
  stage.room
    .join(
      () => {},
      () => {},
    )
    .receive(JSON.stringify({ type: "hello", token: "event/ben" }));
  await stage.whip(post("ben"));
  const [ben] = fake.peers;
  assert.ok(ben);
  await pass(stage, 200, [ben]);
  await clock.advance(61_000);
  await pass(stage, 200);
  assert.equal(ben.closed, true);
  assert.equal(stage.lines.size, 0);
  assert.equal(stage.room.seats.length, 1);
  await stage.close();
});

test("a flood of packets from one peer is held to its budget", async () => {
  const fake = createFake();
  const stage = await open(fake);
  await stage.whip(post("ben"));
  for (let count = 0; count < 5_000; count++) fake.peers[0]?.deliver(Uint8Array.of(0xfc));
  assert.ok((stage.lines.get("ben")?.overBudget ?? 0) >= 4_500);
  await stage.close();
});

test("a flood by one guest leaves the others' frames as they were, each of the same energy to the last bit", async () => {
  const evening = async (flood: boolean) => {
    clock = new StepClock();
    const fake = createFake();
    const stage = await open(fake);
    for (const seat of ["ada", "eve"]) await stage.whip(post(seat));
    const heard: unknown[] = [];
    const programme = new Float32Array(FRAME_SAMPLES);
    const frame = new Float32Array(FRAME_SAMPLES);
    const voice = await openReturnEncoder();
    const junk = Uint8Array.from({ length: 200 }, (_, index) => (index * 37) % 256);
    for (let tick = 0; tick < 150; tick++) {
      for (let index = 0; index < FRAME_SAMPLES; index++) frame[index] = 0.2 * Math.sin((2 * Math.PI * 400 * (tick * FRAME_SAMPLES + index)) / 48_000);
      fake.peers[0]?.deliver(voice.encode(frame));
      for (let count = 0; flood && count < 500; count++) fake.peers[1]?.deliver(junk);
      await clock.advance(FRAME_MS);
      stage.tick(programme);
      const { late, lost, dropped, underruns } = stage.lines.get("ada") ?? {};
      heard.push([stage.level("ada"), late, lost, dropped, underruns]);
    }
    const dropped = stage.lines.get("eve")?.overBudget ?? 0;
    voice.close();
    await stage.close();
    return { heard, dropped };
  };
  const [quiet, flooded] = [await evening(false), await evening(true)];
  assert.ok(flooded.dropped > 70_000, String(flooded.dropped));
  assert.deepEqual(flooded.heard, quiet.heard);
});

test("who is muted is not in the programme, also when they publish anew", async () => {
  const fake = createFake();
  const stage = await open(fake);
  const page = stage.room.join(
    () => {},
    () => {},
  );
  page.receive(JSON.stringify({ type: "hello", token: "event/ben" }));
  page.receive(JSON.stringify({ type: "mute", muted: true }));
  await stage.whip(post("ben"));
  const muted = await pass(stage, 400, [fake.peers[0] as (typeof fake.peers)[number]]);
  assert.ok(muted.every((value) => value === 0));
  page.receive(JSON.stringify({ type: "mute", muted: false }));
  const open400 = await pass(stage, 400, [fake.peers[0] as (typeof fake.peers)[number]]);
  assert.ok(toneLevel(open400, 400) > -20);
  await stage.close();
});

test("an encoder that only sends gets no return feed", async () => {
  const fake = createFake();
  const stage = await open(fake);
  await stage.whip(post("encoder", { body: BROWSER_OFFER.replace("a=sendrecv", "a=sendonly") }));
  await stage.whip(post("ben"));
  await pass(stage, 200, fake.peers);
  assert.equal(fake.peers[0]?.sent.length, 0);
  assert.ok((fake.peers[1]?.sent.length ?? 0) >= 10);
  await stage.close();
});

test("the end of the event closes every line and lets nobody publish", async () => {
  const fake = createFake();
  const stage = await open(fake);
  await stage.whip(post("ada"));
  await stage.whip(post("ben"));
  phase = "ended";
  stage.room.changed();
  await new Promise((done) => setImmediate(done));
  assert.deepEqual(
    fake.peers.map(({ closed }) => closed),
    [true, true],
  );
  await refuses(stage.whip(post("ben")), "event-ended");
  await stage.close();
});

test("a house source is heard without anybody on stage", async () => {
  const stage = await open(createFake());
  await stage.addHouseSource("clip", { pull: (out) => void out.fill(0.1) });
  const programme = await pass(stage, 60);
  assert.ok(Math.abs((programme[0] as number) - 0.1) < 1e-6);
  assert.equal(Math.round(stage.level("clip")), -20);
  await stage.close();
});

test("a seat that is taken away is silent with the next frame, its page is told why, and its token opens nothing any more", async () => {
  const fake = createFake();
  const stage = await open(fake);
  const heard = listen(stage, "ada");
  await stage.whip(post("ada"));
  const programme = await pass(stage, 400, [fake.peers[0] as NonNullable<(typeof fake.peers)[0]>]);
  assert.ok(Math.max(...programme) > 0.01, "heard before");
  const manifest = { eventId: "event", slug: "evening", title: "Evening", speakers: [], removedSeats: ["ada"], soundCheck: false };
  stage.setManifest(manifest);
  const after = await pass(stage, 2 * FRAME_MS, [fake.peers[0] as NonNullable<(typeof fake.peers)[0]>]);
  assert.ok(Math.max(...after.map(Math.abs)) < 1e-3, "but for the milliseconds that limiter and filters still held");
  assert.ok(heard.some((message) => message.type === "error" && message.code === "removed"));
  assert.equal(stage.room.seats.length, 0);
  await refuses(stage.whip(post("ada")), "removed");
  await stage.close();
});

test("a new role holds at once, whatever the token says", async () => {
  const stage = await open(createFake());
  const heard = listen(stage, "ada/host");
  const speakers = [{ id: "ada", name: "Ada L.", role: "speaker" as const }];
  stage.setManifest({ eventId: "event", slug: "evening", title: "Evening", speakers, removedSeats: [], soundCheck: false });
  const room = heard.findLast((message) => message.type === "room");
  assert.deepEqual(
    room?.seats.map(({ name, role }) => [name, role]),
    [["Ada L.", "speaker"]],
  );
  await stage.close();
});

test("a line that loses packets is told to the host, and its record ends the loss with the line", async () => {
  const fake = createFake();
  const stage = await open(fake);
  await stage.whip(post("ben"));
  const heard = listen(stage, "ada/host");
  const [peer] = fake.peers;
  assert.ok(peer !== undefined);
  for (let second = 0; second < 4; second++) {
    await pass(stage, 900, [peer]);
    for (let lost = 0; lost < 5; lost++) peer.lose();
    await pass(stage, 100);
  }
  const paths = heard.findLast((message) => message.type === "paths");
  assert.deepEqual(paths?.type === "paths" ? [paths.paths.ben?.verdict, paths.paths.ben?.hop] : [], ["path", "network"]);
  peer.leave("gone");
  await pass(stage, 200);
  const [seat] = stage.pathRecord.seats;
  const loss = seat?.findings.find(({ kind }) => kind === "loss");
  assert.ok(loss?.endUnixMs !== undefined && loss.value > 0.05, JSON.stringify(seat?.findings));
  assert.equal(seat?.name, "ben");
  await stage.close();
});

test("a speaker whose line loses packets hears the stage with copies in them, within a second of their report", async () => {
  const fake = createFake();
  const stage = await open(fake);
  await stage.whip(post("ben"));
  await stage.whip(post("ada"));
  const [ben, ada] = fake.peers;
  assert.ok(ben !== undefined && ada !== undefined);
  await pass(stage, 1_000, [ada]);
  const plain = ben.sent.at(-1)?.[0] ?? 0;
  ben.reportLoss(0.05);
  await pass(stage, 1_000, [ada]);
  // Configurations 12 to 15 are Opus' speech mode with the whole band, which alone carries copies. @spec RFC 6716 §3.1
  assert.ok(plain >> 3 >= 16 && (ben.sent.at(-1)?.[0] ?? 0) >> 3 < 16, `${plain >> 3}, then ${(ben.sent.at(-1)?.[0] ?? 0) >> 3}`);
  await stage.close();
});

test("interpreters take nobody's place on the floor, and the ninth is told that there is none", async () => {
  const stage = await open(createFake());
  const interpreters = Array.from({ length: INTERPRETERS_MAX + 1 }, (_, index) => ({
    id: `ina-${index}`,
    name: "Ina",
    role: "speaker" as const,
    interprets: "de",
  }));
  stage.setManifest({ eventId: "event", slug: "evening", title: "Evening", speakers: interpreters, removedSeats: [], soundCheck: false });
  for (let seat = 0; seat < FLOOR_MAX; seat++) await stage.whip(post(`seat-${seat}`));
  for (const { id } of interpreters.slice(0, INTERPRETERS_MAX)) assert.equal((await stage.whip(post(id))).status, 201);
  await refuses(stage.whip(post(`ina-${INTERPRETERS_MAX}`)), "stage-full");
  await refuses(stage.whip(post("seat-99")), "stage-full");
  await stage.close();
});

test("who has no sound by their role sends none; producers take nobody's place on stage, and the fourth is told that there is none", async () => {
  const stage = await open(createFake());
  for (const role of ["moderator", "captioner"]) await refuses(stage.whip(post(`someone/${role}`)), "forbidden");
  for (let seat = 0; seat < FLOOR_MAX; seat++) await stage.whip(post(`seat-${seat}`));
  for (let seat = 0; seat < 3; seat++) assert.equal((await stage.whip(post(`paul-${seat}/producer`))).status, 201);
  await refuses(stage.whip(post("paul-3/producer")), "stage-full");
  await refuses(stage.whip(post("seat-99")), "stage-full");
  await stage.close();
});

test("a producer and who is taken aside are in no programme, no talk time and no path record; brought on stage they are muted, unmuted they are heard", async () => {
  const fake = createFake();
  const stage = await open(fake);
  phase = "live";
  const eve = { id: "eve", name: "Eve", role: "speaker" } as const;
  const manifest = { eventId: "event", slug: "evening", title: "Evening", removedSeats: [], soundCheck: false };
  stage.setManifest({ ...manifest, speakers: [{ ...eve, aside: true }] });
  await stage.whip(post("eve"));
  await stage.whip(post("paul/producer"));
  const page = listen(stage, "eve");
  const quiet = await pass(stage, 400, fake.peers);
  assert.ok(toneLevel(quiet, 400) < -80, `${toneLevel(quiet, 400)} dB`);
  assert.deepEqual([stage.talkRecord.speakers, stage.pathRecord.seats], [[], []]);
  stage.setManifest({ ...manifest, speakers: [eve] });
  const muted = await pass(stage, 200, fake.peers);
  assert.ok(toneLevel(muted, 400) < -80, `${toneLevel(muted, 400)} dB`);
  const seen = page.findLast((message) => message.type === "room");
  assert.equal(seen?.seats.find(({ id }) => id === "eve")?.muted, true);
  const eves = stage.room.join(
    () => {},
    () => {},
  );
  eves.receive(JSON.stringify({ type: "hello", token: "event/eve" }));
  eves.receive(JSON.stringify({ type: "mute", muted: false }));
  const heard = await pass(stage, 300, fake.peers.slice(0, 1));
  assert.ok(toneLevel(heard, 400) > -40, `${toneLevel(heard, 400)} dB`);
  assert.deepEqual([stage.talkRecord.speakers.map(({ id }) => id), stage.pathRecord.seats.map(({ id }) => id)], [["eve"], ["eve"]]);
  stage.setManifest({ ...manifest, speakers: [], removedSeats: ["eve"] });
  await pass(stage, 100, []);
  assert.deepEqual(
    [stage.talkRecord.speakers.map(({ name }) => name), stage.pathRecord.seats.map(({ name }) => name)],
    [["Eve"], ["Eve"]],
    "who was removed has still said what they said",
  );
  const later = await open(createFake());
  later.setManifest({ ...manifest, speakers: [], removedSeats: ["eve"] });
  later.restoreTalk(stage.talkRecord, 45);
  assert.deepEqual(
    later.talkRecord.speakers.map(({ name }) => name),
    ["Eve"],
    "also after the stage was killed",
  );
  await later.close();
  await stage.close();
});

test("a microphone that howls on is muted by the guard, whoever comes later sees it, and a host takes it back for everybody", async () => {
  const fake = createFake();
  const acts: string[] = [];
  const stage = await open(fake, ({ act, by }) => acts.push(`${act} by ${by}`));
  await stage.whip(post("ben"));
  const host = listen(stage, "ada/host");
  const howls = (heard: readonly RoomMessage[]) =>
    heard
      .flatMap((message) => (message.type === "room" ? [message.seats.find(({ id }) => id === "ben")?.howl?.act ?? "none"] : []))
      .filter((act, index, all) => act !== all[index - 1]);
  await pass(stage, 5_000, fake.peers);
  assert.deepEqual(howls(host), ["none", "duck", "mute"]);
  assert.equal(stage.level("ben"), -99);
  const ben = listen(stage, "ben");
  const forgiving = stage.room.join(
    () => {},
    () => {},
  );
  forgiving.receive(JSON.stringify({ type: "hello", token: "event/eve/co-host" }));
  forgiving.receive(JSON.stringify({ type: "forgive", seat: "ben" }));
  assert.deepEqual([howls(host).at(-1), howls(ben)], ["none", ["mute", "none"]]);
  const programme = await pass(stage, 4_000, fake.peers);
  assert.ok(toneLevel(programme, 400) > -40, `${toneLevel(programme, 400)} dB: heard again`);
  assert.deepEqual([howls(host).at(-1), acts], ["none", ["mute by howl-guard", "reinstate by eve"]]);
  await stage.close();
});

test("the event outlives its host: their page and line go, everybody else is heard on, and they come back to the same seat as the host", async () => {
  const fake = createFake();
  const stage = await open(fake);
  phase = "live";
  await stage.whip(post("grace/host"));
  await stage.whip(post("ben"));
  const host = stage.room.join(
    () => {},
    () => {},
  );
  host.receive(JSON.stringify({ type: "hello", token: "event/grace/host" }));
  host.closed();
  fake.peers[0]?.leave("the network is gone");
  const programme = await pass(stage, 1_000, [fake.peers[1] as (typeof fake.peers)[number]]);
  assert.ok(toneLevel(programme, 400) > -40, `${toneLevel(programme, 400)} dB of who is still there`);
  const back = listen(stage, "grace/host");
  assert.deepEqual(
    back.flatMap((message) => (message.type === "welcome" ? [[message.seat, message.role]] : [])),
    [["grace", "host"]],
  );
  assert.equal((await stage.whip(post("grace/host"))).status, 201);
  await stage.close();
});
