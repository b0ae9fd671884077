import assert from "node:assert/strict";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import type { IncomingMessage } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import WebSocket from "ws";
import { systemClock } from "../../src/core/clock.ts";
import { silentLog } from "../../src/core/log.ts";
import { SAMPLE_RATE } from "../../src/core/units.ts";
import { mintSeatToken, type StageManifest, type StageSeat } from "../../src/event/mod.ts";
import { readCaptions } from "../../src/programme/mod.ts";
import { ensureHouseKey } from "../../src/server/adapters/house-key.ts";
import { runStage, type StageProcess } from "../../src/server/stage/stage-process.ts";
import { TestSpeaker } from "../../src/stage/werift/test-speaker.ts";
import type { Role, RoomMessage, RoomRequest } from "../../src/wire/room.ts";

/** A demoted person is out of the programme within so much of it. Samples; 200 ms. */
const SILENT_WITHIN = 0.2 * SAMPLE_RATE;
/** Tries per way of being demoted: a machine that holds the whole process up in the very moment says nothing about the stage. */
const TRIES = 3;
/** Louder than this somebody is heard. Linear. */
const AUDIBLE = 0.003;

let folder = "";
let houseKey: Uint8Array;
let running: StageProcess;
let manifest: StageManifest = { eventId: "evening-1", slug: "evening", title: "Evening", speakers: [], removedSeats: [], soundCheck: false };
/** End of the newest frame in which anything was audible. Samples since going live. */
let heardUntil = 0;
/** Where the programme was when the newest command reached the stage. */
let received = 0;

const noteReceipt = (message: unknown) => {
  if ((message as { request: IncomingMessage }).request.url === "/command") received = running.onAir.position;
};

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "earshot-backstage-"));
  houseKey = await ensureHouseKey(folder);
  await mkdir(join(folder, "events", manifest.eventId), { recursive: true });
  await write({});
  const config = {
    dataFolder: folder,
    publicUrl: "http://listen.test",
    eventId: manifest.eventId,
    slug: manifest.slug,
    announce: [],
    iceTcp: false,
    loopback: true,
  };
  const started = await runStage({
    config: { ...config, udpPorts: [46_000, 46_060] },
    clock: systemClock,
    log: silentLog,
    onDone: () => {},
    onStall: () => {},
  });
  assert.ok(started);
  running = started;
  const push = running.onAir.push.bind(running.onAir);
  running.onAir.push = (channels, levelOf) => {
    push(channels, levelOf);
    if (channels[0]?.some((sample) => Math.abs(sample) > AUDIBLE)) heardUntil = running.onAir.position;
  };
  subscribe("http.server.request.start", noteReceipt);
  await command("go-live");
});
after(async () => {
  unsubscribe("http.server.request.start", noteReceipt);
  await running?.close();
  await rm(folder, { recursive: true, force: true });
});

async function write(changes: Partial<StageManifest>): Promise<void> {
  manifest = { ...manifest, ...changes };
  await writeFile(join(folder, "events", manifest.eventId, "event.json"), JSON.stringify(manifest));
}

async function command(type: string): Promise<void> {
  const authorization = `Bearer ${Buffer.from(houseKey).toString("base64url")}`;
  const response = await fetch(`${running.url}/command`, { method: "POST", headers: { authorization }, body: JSON.stringify({ type }) });
  assert.equal(response.status, 200);
}

const tokenOf = ({ id, role, name }: StageSeat) =>
  mintSeatToken({ eventId: manifest.eventId, seatId: id, role, name, expires: Math.floor(systemClock.wallMs() / 1000) + 60 }, houseKey);

async function until(what: string, wanted: () => boolean): Promise<void> {
  for (let turn = 0; turn < 1_500; turn++) {
    if (wanted()) return;
    await systemClock.sleep(20);
  }
  assert.fail(`waited in vain for ${what}`);
}

/** Lets so much of the programme pass. Samples. */
const pass = (samples: number) => {
  const end = running.onAir.position + samples;
  return until("the programme to go on", () => running.onAir.position >= end);
};

/** Somebody new who talks without a pause until the test closes them. */
async function newSpeaker(): Promise<{ readonly seat: StageSeat; close(): Promise<void> }> {
  const seat: StageSeat = { id: `seat-${manifest.speakers.length}`, name: "Ada", role: "speaker" };
  await write({ speakers: [...manifest.speakers, seat] });
  await command("read-manifest");
  const speaker = await TestSpeaker.open(440);
  const response = await fetch(`${running.url}/whip/${manifest.slug}`, {
    method: "POST",
    headers: { authorization: `Bearer ${tokenOf(seat)}`, "content-type": "application/sdp" },
    body: await speaker.offer(),
  });
  assert.equal(response.status, 201);
  await speaker.take(await response.text());
  const talking = setInterval(() => speaker.speak(), 20);
  return {
    seat,
    close: async () => {
      clearInterval(talking);
      await speaker.close();
    },
  };
}

const changed = (seat: StageSeat, change: Partial<StageSeat>) => ({
  speakers: manifest.speakers.map((one) => (one.id === seat.id ? { ...one, ...change } : one)),
});

/** The ways in which somebody loses the air. */
const DEMOTIONS: Readonly<Record<string, (seat: StageSeat) => Partial<StageManifest>>> = {
  "removed from the event": ({ id }) => ({ removedSeats: [...manifest.removedSeats, id] }),
  "given a new link": ({ id }) => ({ generations: { ...manifest.generations, [id]: 2 } }),
  "made a moderator": (seat) => changed(seat, { role: "moderator" }),
  "made a producer": (seat) => changed(seat, { role: "producer" }),
  "taken aside by the producer": (seat) => changed(seat, { aside: true }),
};

for (const [how, demote] of Object.entries(DEMOTIONS)) {
  test(`a speaker who is ${how} in the middle of a word is out of the programme within 200 ms of it`, { timeout: 120_000 }, async (context) => {
    const tails: number[] = [];
    while (tails.length < TRIES && !tails.some((tail) => tail <= SILENT_WITHIN)) {
      const speaker = await newSpeaker();
      const from = running.onAir.position;
      await until("the speaker to be heard", () => heardUntil > from);
      await pass(SAMPLE_RATE / 2);
      assert.ok(heardUntil > running.onAir.position - SAMPLE_RATE / 4, "they talk");
      await write(demote(speaker.seat));
      await command("read-manifest");
      await pass(SAMPLE_RATE / 2);
      tails.push(Math.max(0, heardUntil - received));
      if (how.startsWith("taken aside")) {
        const { aside: _, ...back } = manifest.speakers.at(-1) as StageSeat;
        await write({ speakers: [...manifest.speakers.slice(0, -1), back] });
        const before = heardUntil;
        await command("read-manifest");
        await pass(SAMPLE_RATE / 2);
        assert.equal(heardUntil, before, "back on stage they are muted, and not a sample of the talk with the producer is heard");
      }
      await speaker.close();
      await write({ removedSeats: [...manifest.removedSeats, speaker.seat.id] });
      await command("read-manifest");
    }
    context.diagnostic(`heard for ${tails.map((tail) => Math.round((tail / SAMPLE_RATE) * 1000)).join(", ")} ms of the programme after the command`);
    assert.ok(Math.min(...tails) <= SILENT_WITHIN, `heard for ${tails.join(", ")} samples after the command`);
  });
}

/** Somebody's page in the room of the real stage. */
async function page(id: string, role: Role): Promise<{ readonly heard: RoomMessage[]; say(request: RoomRequest): void; close(): void }> {
  const socket = new WebSocket(`${running.url.replace("http", "ws")}/room/${manifest.slug}`);
  const heard: RoomMessage[] = [];
  socket.on("message", (data: Buffer) => heard.push(JSON.parse(data.toString()) as RoomMessage));
  await new Promise((resolve) => socket.once("open", resolve));
  const say = (request: RoomRequest) => socket.send(JSON.stringify(request));
  say({ type: "hello", token: tokenOf({ id, name: id, role }) });
  await until("the welcome", () => heard.some(({ type }) => type === "welcome"));
  return { heard, say, close: () => socket.close() };
}

test("a captioner's line rides with the sound and lies beside the recording as WebVTT; an announcement reaches everybody; the chat is on no disk", {
  timeout: 120_000,
}, async () => {
  const crew: StageSeat[] = [
    { id: "carla", name: "Carla", role: "captioner" },
    { id: "mia", name: "Mia", role: "moderator" },
  ];
  await write({ speakers: [...manifest.speakers, ...crew] });
  await command("read-manifest");
  const [captioner, moderator] = [await page("carla", "captioner"), await page("mia", "moderator")];
  captioner.say({ type: "caption", text: "Good evening & welcome." });
  moderator.say({ type: "announce", text: "Questions from nine on." });
  moderator.say({ type: "chat", text: "CANARY-OF-THE-CHAT" });
  await until("the line backstage", () => moderator.heard.some((message) => message.type === "caption" && message.text === "Good evening & welcome."));
  await until("the chat", () => captioner.heard.some((message) => message.type === "chat"));
  await until("the announcement", () => captioner.heard.some((message) => message.type === "room" && message.announcement === "Questions from nine on."));
  const state = (await (await fetch(`${running.url}/state`)).json()) as { announcement?: string };
  assert.equal(state.announcement, "Questions from nine on.");
  await pass(10 * SAMPLE_RATE);
  captioner.say({ type: "caption", text: "The first question." });
  moderator.say({ type: "announce", text: "" });
  await pass(2 * SAMPLE_RATE);
  captioner.close();
  moderator.close();
  await command("end");
  const archive = join(folder, "events", manifest.eventId, "archive");
  const kept = readCaptions(await readFile(join(archive, "captions.vtt"), "utf8"));
  assert.ok(kept.ok);
  assert.deepEqual(
    kept.captions.map(({ text }) => text),
    ["Good evening & welcome.", "The first question."],
  );
  assert.ok((kept.captions[1]?.start ?? 0) - (kept.captions[0]?.start ?? 0) >= 10, "at the time they were written");
  for (const rendition of ["opus", "aac"]) {
    const sound = (await readFile(join(archive, `${rendition}.mp4`))).toString("latin1");
    const told = [...sound.matchAll(/"(c|a)":"([^"]*)"/g)]
      .map(([, key, text]) => `${key} ${text}`)
      .filter((line, index, lines) => line !== lines[index - 2] && line !== lines[index - 1]);
    for (const line of ["c Good evening & welcome.", "a Questions from nine on.", "c ", "c The first question.", "a "])
      assert.ok(told.includes(line), `${rendition}: ${line} in ${told.join(" | ")}`);
  }
  for (const file of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (file.isFile()) assert.ok(!(await readFile(join(file.parentPath, file.name))).includes("CANARY-OF-THE-CHAT"), `the chat is in ${file.name}`);
  }
});
