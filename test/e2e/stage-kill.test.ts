import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, test } from "node:test";
import { BenchHouse, endStage, type StageChild } from "../../bench/recording/stage-child.ts";
import { systemClock } from "../../src/core/clock.ts";
import { FRAME_MS, FRAME_SAMPLES } from "../../src/core/units.ts";
import { toneLevel } from "../../src/stage/test-tone.ts";
import { TestSpeaker } from "../../src/stage/werift/test-speaker.ts";
import type { RoomMessage, RoomRequest, RoomSeat } from "../../src/wire/room.ts";

/** How long something is waited for. Milliseconds; against a busy machine. */
const PATIENCE_MS = 60_000;
/** A tone this loud in what comes back is heard, below -45 it is not. dBFS; Opus leaves a little of everything. */
const HEARD = -35;
const NOT_HEARD = -45;
/** Frames of 20 ms in which nothing of who is muted may be heard. */
const LISTENED_FRAMES = 50;
const [GUEST_HERTZ, ENCODER_HERTZ] = [1_000, 400];

let house: BenchHouse;
const stages: StageChild[] = [];
const speakers: TestSpeaker[] = [];
after(async () => {
  for (const speaker of speakers) await speaker.close();
  for (const { child } of stages) child.kill("SIGKILL");
  await house?.close();
});

async function startStage(): Promise<StageChild> {
  const stage = await house.startStage();
  stages.push(stage);
  return stage;
}

async function openSpeaker(...options: Parameters<typeof TestSpeaker.open>): Promise<TestSpeaker> {
  const speaker = await TestSpeaker.open(...options);
  speakers.push(speaker);
  return speaker;
}

/** Waits until `done`, letting `step` happen every 20 ms. */
async function until(done: () => boolean | Promise<boolean>, what: string, step: () => void = () => {}): Promise<void> {
  const end = performance.now() + PATIENCE_MS;
  while (!(await done())) {
    assert.ok(performance.now() < end, what);
    step();
    await systemClock.sleep(FRAME_MS);
  }
}

/** A page in the room of a running stage; it asks what it is told to ask, and keeps the newest roster. */
async function openPage({ url }: StageChild, token: string) {
  const socket = new WebSocket(`${url.replace("http", "ws")}/room/${house.slug}`);
  let seats: readonly RoomSeat[] = [];
  socket.addEventListener("message", ({ data }) => {
    const message = JSON.parse(String(data)) as RoomMessage;
    if (message.type === "room") ({ seats } = message);
  });
  const ask = (request: RoomRequest) => socket.send(JSON.stringify(request));
  await new Promise((resolve) => socket.addEventListener("open", resolve, { once: true }));
  ask({ type: "hello", token });
  await until(() => seats.length > 0, "the page is welcomed");
  const seat = (id: string) => seats.find((each) => each.id === id);
  return { ask, seat, voice: (id: string) => [seat(id)?.muted, seat(id)?.mutedBy, seat(id)?.noiseSuppressed] };
}

/** Everybody of the evening on a stage that runs: host, a guest from the audience, one who mutes themselves, one whom the host mutes, and an encoder without a page. */
async function everybody(stage: StageChild) {
  // Each is made when it is used: it is good for a minute.
  const tokens = {
    host: () => house.token("host", { role: "host" }),
    guest: () => house.token("guest", { arrivesMuted: true }),
    shy: () => house.token("shy"),
    loud: () => house.token("loud"),
    encoder: () => house.token("encoder"),
  };
  const voices = {
    host: await openSpeaker(200),
    guest: await openSpeaker(GUEST_HERTZ),
    encoder: await openSpeaker(ENCODER_HERTZ, { direction: "sendonly" }),
  };
  for (const [name, voice] of Object.entries(voices))
    await voice.take((await house.publish(stage, tokens[name as keyof typeof voices](), await voice.offer())).answer);
  const page = (name: Exclude<keyof typeof tokens, "encoder">) => openPage(stage, tokens[name]());
  const pages = { host: await page("host"), guest: await page("guest"), shy: await page("shy"), loud: await page("loud") };
  const heard = new Float32Array(FRAME_SAMPLES);
  /** Lets everybody talk until what the host hears is as it should be. */
  const hears = (is: (frame: Float32Array) => boolean, what: string) =>
    until(
      () => is(heard),
      what,
      () => {
        for (const voice of Object.values(voices)) voice.speak();
        voices.host.listen(heard);
      },
    );
  return { pages, hears };
}

test("kill -9 of the stage puts nobody on air who was muted, by whomever, mutes nobody who was on air, and leaves noise out of whose voice it was taken", {
  timeout: 400_000,
}, async () => {
  house = await BenchHouse.open("stage-kill");
  const first = await startStage();
  const before = await everybody(first);
  const { host, guest, shy } = before.pages;
  assert.deepEqual(host.voice("guest"), [true, "self", false], "who comes from the audience arrives muted");
  guest.ask({ type: "mute", muted: false });
  shy.ask({ type: "mute", muted: true });
  for (const seat of ["encoder", "loud"]) host.ask({ type: "mute", muted: true, seat });
  host.ask({ type: "suppress-noise", seat: "shy", on: true });
  const decided = {
    guest: [false, "none", false],
    shy: [true, "self", true],
    loud: [true, "host", false],
    encoder: [true, "host", false],
  } as const;
  await until(() => host.seat("shy")?.noiseSuppressed === true, "the host sees what they asked for");
  for (const [seat, voice] of Object.entries(decided)) assert.deepEqual(host.voice(seat), voice, seat);
  await before.hears((frame) => toneLevel(frame, GUEST_HERTZ) > HEARD, "the host hears the guest");
  const kept = join(house.archiveFolder, "..", "seats.json");
  await until(async () => (await readFile(kept, "utf8").catch(() => "")).includes('"noiseSuppressed":true'), "it is on the disk");
  await endStage(first, "SIGKILL");

  const second = await startStage();
  const again = await everybody(second);
  // As its page does, which knows only that it was muted.
  again.pages.loud.ask({ type: "mute", muted: true });
  again.pages.host.ask({ type: "mute", muted: false, seat: "encoder" });
  await again.hears((frame) => toneLevel(frame, GUEST_HERTZ) > HEARD, "the guest is on air again without a click");
  let frames = 0;
  let loudest = -99;
  await again.hears((frame) => {
    loudest = Math.max(loudest, toneLevel(frame, ENCODER_HERTZ));
    return ++frames > LISTENED_FRAMES;
  }, "a second is listened to");
  assert.ok(loudest < NOT_HEARD, `the encoder is not heard: ${loudest} dBFS`);
  for (const [seat, voice] of Object.entries(decided)) assert.deepEqual(again.pages.host.voice(seat), voice, `${seat} after the kill`);
});

test("kill -9 of a stage whose speakers share a port, the only one there is: it has that port again at once", { timeout: 400_000 }, async () => {
  const narrow = await BenchHouse.open("stage-kill-port");
  try {
    for (let round = 0; round < 3; round++) {
      const stage = await narrow.startStage({ udpPorts: [30_020, 30_020], singlePort: true });
      stages.push(stage);
      const speaker = await openSpeaker(GUEST_HERTZ);
      const { answer } = await narrow.publish(stage, 1, await speaker.offer());
      assert.deepEqual(new Set([...answer.matchAll(/^a=candidate:\S+ 1 udp \d+ \S+ (\d+) /gm)].map(([, port]) => port)), new Set(["30020"]));
      await speaker.take(answer);
      await until(() => speaker.state === "connected", "the speaker is connected");
      await endStage(stage, "SIGKILL");
    }
  } finally {
    await narrow.close();
  }
});
