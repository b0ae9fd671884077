import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { silentLog } from "../../src/core/log.ts";
import { FRAME_SAMPLES, SAMPLE_RATE, samples } from "../../src/core/units.ts";
import { readArchiveIndex, readAsOgg, voiceTrackFile, voiceTrackIndex } from "../../src/programme/mod.ts";
import { createFake } from "../../src/stage/fake-transport.ts";
import { Stage } from "../../src/stage/mod.ts";
import { openReturnEncoder } from "../../src/stage/codecs.ts";
import { StepClock } from "../../src/core/step-clock.ts";
import { BROWSER_OFFER } from "../../src/stage/test-offers.ts";
import { readTrackList } from "../../src/server/adapters/track-list.ts";
import { BenchHouse, endStage } from "../../bench/recording/stage-child.ts";
import { KeptSound } from "../../src/server/stage/kept-sound.ts";

const FRAME_MS = 20;
/** Furthest lag looked for. Samples. */
const REACH = 400;
const BOTH = { keepTracks: true, keepLossless: true };

let root = "";
before(async () => {
  root = await mkdtemp(join(tmpdir(), "earshot-kept-"));
});
after(() => rm(root, { recursive: true, force: true }));

/** A stage whose voices are kept, a clock in the test's hand, and everyone's packets made from the same words. */
async function openEvening(folder: string, settings = BOTH, position = 0) {
  const clock = new StepClock();
  const fake = createFake();
  const faults: unknown[] = [];
  const options = { folder, onFault: (error: unknown) => faults.push(error), log: silentLog };
  const kept = await KeptSound.open(options, settings, samples(position));
  const mix: number[] = [];
  let at = position;
  const stage = await Stage.open({
    manifest: { eventId: "event", slug: "evening", title: "Evening", speakers: [], removedSeats: [], soundCheck: false },
    transport: fake.transport,
    verifyToken: (token) => ({ ok: true, claims: { eventId: "event", seatId: token, role: "speaker", name: `${token} of Somewhere`, expires: 0 } }),
    clock,
    log: silentLog,
    phase: () => ({ phase: "live" }),
    onGoLive: () => {},
    onEnd: () => {},
    onChange: () => {},
    keepsTracks: () => kept.keepsTracks,
    onTrack: ({ seatId, name }, agreed) => kept.agree(seatId, name, agreed),
    onVoice: (seatId, packet, ahead, quiet) => kept.voice(seatId, packet, { position: samples(at), ahead, quiet }),
  });
  const frame = new Float32Array(FRAME_SAMPLES);
  const say = async (seat: string, message: object) => {
    const room = stage.room.join(
      () => {},
      () => {},
    );
    room.receive(JSON.stringify({ type: "hello", token: seat }));
    room.receive(JSON.stringify(message));
  };
  return {
    clock,
    fake,
    kept,
    stage,
    faults,
    mix,
    say,
    agree: (seat: string, on = true) => say(seat, { type: "own-track", on }),
    join: async (seat: string) => {
      await stage.whip({
        method: "POST",
        session: undefined,
        contentType: "application/sdp",
        authorization: `Bearer ${seat}`,
        ifMatch: undefined,
        body: BROWSER_OFFER,
      });
      return fake.peers.at(-1) as (typeof fake.peers)[number];
    },
    get position() {
      return at;
    },
    /** One frame of the evening; each peer's packet comes first. */
    tick: async (packets: readonly [{ deliver(packet: Uint8Array): void }, Uint8Array][]) => {
      for (const [peer, packet] of packets) peer.deliver(packet);
      await clock.advance(FRAME_MS);
      stage.tick(frame);
      kept.push(frame, samples(at));
      mix.push(...frame);
      at += FRAME_SAMPLES;
    },
    end: async () => {
      await kept.finish(samples(at));
      await kept.close();
      await stage.close();
    },
  };
}

/** Packets of a voice-like chirp with pauses, so that there is one place where two recordings of it fit. */
async function words(frames: number): Promise<{ readonly packets: Uint8Array[] }> {
  const encoder = await openReturnEncoder();
  const pcm = new Float32Array(FRAME_SAMPLES);
  const packets = Array.from({ length: frames }, (_, number) => {
    for (let index = 0; index < FRAME_SAMPLES; index++) {
      const time = (number * FRAME_SAMPLES + index) / SAMPLE_RATE;
      const talks = time % 1.5 < 1 ? 0.1 : 0;
      pcm[index] = talks * (Math.sin(2 * Math.PI * (200 * time + 20 * time * time)) + Math.sin(2 * Math.PI * (3_500 * time + 150 * time * time)));
    }
    return encoder.encode(pcm).slice();
  });
  encoder.close();
  return { packets };
}

async function decodeTrack(folder: string, seat: string, durationSamples: number): Promise<Float32Array> {
  const track = (await readTrackList(folder)).tracks.find((known) => known.seat === seat);
  assert.ok(track);
  const segments = readArchiveIndex(await readFile(join(folder, voiceTrackIndex(seat)), "utf8"));
  const file = await readFile(join(folder, voiceTrackFile(seat)));
  const read = async (offset: number, length: number) => file.subarray(offset, offset + length);
  const pages: Uint8Array[] = [];
  for await (const page of readAsOgg({ read, segments, title: track.name, numberOfChannels: 1, skip: track.skipSamples, durationSamples })) pages.push(page);
  await writeFile(join(folder, "track.opus"), Buffer.concat(pages));
  return decode(join(folder, "track.opus"));
}

function decode(path: string): Float32Array {
  const raw = execFileSync("ffmpeg", ["-v", "warning", "-i", path, "-f", "f32le", "-ar", "48000", "-ac", "1", "-"], { maxBuffer: 1e9 });
  return new Float32Array(raw.buffer.slice(raw.byteOffset, raw.byteOffset + raw.length));
}

/** What is left of the high tones: the stage turns the phases of low ones, which then have no one place. */
function sharpen(pcm: Float32Array): Float32Array {
  return pcm.map((sample, at) => sample - 2 * (pcm[at - 1] ?? 0) + (pcm[at - 2] ?? 0));
}

/** By how many samples `late` lies behind `early`, from their correlation. */
function lag(early: Float32Array, late: Float32Array, from: number, to: number): number {
  return lagOf(sharpen(early), sharpen(late), from, to);
}

/** The phase turner delays these tones by 1.2 samples, and nothing that is still higher: a track lies where the highest tones are. */
function assertBeside(samplesLate: number): void {
  assert.ok(samplesLate >= 0 && samplesLate <= 2, `the mix is ${samplesLate} samples behind the track`);
}

function lagOf(early: Float32Array, late: Float32Array, from: number, to: number): number {
  const correlation = Float64Array.from({ length: 2 * REACH + 1 }, (_, index) => {
    let sum = 0;
    for (let at = from; at < to; at++) sum += (early[at] ?? 0) * (late[at + index - REACH] ?? 0);
    return sum;
  });
  // The length of the analytic signal: a turned phase moves its waves and not its peak.
  const length = correlation.map((value, at) => {
    let turned = 0;
    for (let odd = 1; odd < REACH; odd += 2) turned += ((correlation[at - odd] ?? 0) - (correlation[at + odd] ?? 0)) / odd;
    return Math.hypot(value, (2 * turned) / Math.PI);
  });
  return length.indexOf(Math.max(...length)) - REACH;
}

test("a speaker's track lies beside the programme to the sample, holds their own packets, and is as long as it", async () => {
  const folder = await mkdtemp(join(root, "beside-"));
  const evening = await openEvening(folder);
  await evening.agree("ada");
  const { packets } = await words(400);
  await evening.tick([]);
  const ada = await evening.join("ada");
  for (let number = 0; number < 137; number++) await evening.tick([]);
  for (const packet of packets) await evening.tick([[ada, packet]]);
  for (let number = 0; number < 31; number++) await evening.tick([]);
  await evening.end();
  assert.deepEqual(evening.faults, []);

  const track = await decodeTrack(folder, "ada", evening.position);
  assert.equal(track.length, evening.position);
  const flac = decode(join(folder, "recording.flac"));
  assert.equal(flac.length, evening.position);
  // The file is opened beside the frames, so that its first ones may be silence.
  assert.ok(Math.abs((flac[300_000] ?? 0) - (evening.mix[300_000] ?? 1)) < 2 ** -23);
  assertBeside(lag(track, flac, 3 * SAMPLE_RATE, 8 * SAMPLE_RATE));
  const file = await readFile(join(folder, voiceTrackFile("ada")));
  const kept = packets.filter((packet) => file.indexOf(packet) >= 0).length;
  assert.ok(kept >= packets.length - 5, `${kept} of ${packets.length} packets are in the file byte for byte`);
  assert.deepEqual((await readTrackList(folder)).tracks, [
    { seat: "ada", name: "ada of Somewhere", skipSamples: (await readTrackList(folder)).tracks[0]?.skipSamples, stereo: false },
  ]);
});

test("nothing is kept of who did not agree, of what is said while muted, or after consent was taken back", async () => {
  const folder = await mkdtemp(join(root, "consent-"));
  const evening = await openEvening(folder, { keepTracks: true, keepLossless: false });
  const { packets } = await words(200);
  const ada = await evening.join("ada");
  const ben = await evening.join("ben");
  await evening.agree("ada");
  const both = async (from: number, to: number) => {
    for (const packet of packets.slice(from, to))
      await evening.tick([
        [ada, packet],
        [ben, packet],
      ]);
  };
  await both(0, 50);
  await evening.say("ada", { type: "mute", muted: true });
  await both(50, 100);
  await evening.say("ada", { type: "mute", muted: false });
  await both(100, 150);
  await evening.agree("ada", false);
  await both(150, 200);
  await evening.end();
  assert.deepEqual((await readdir(folder)).filter((name) => name.startsWith("track-")).sort(), ["track-ada.idx", "track-ada.mp4"]);
  const file = await readFile(join(folder, voiceTrackFile("ada")));
  // Packets of a pause are all alike and say nothing.
  const once = new Set(packets.filter((packet) => packets.filter((other) => Buffer.compare(packet, other) === 0).length === 1));
  const has = (from: number, to: number) => packets.slice(from, to).filter((packet) => once.has(packet) && file.indexOf(packet) >= 0).length;
  // A packet is decoded two frames after it came, so the borders are a few packets wide.
  assert.ok(has(10, 45) > 15, "said in the open");
  assert.equal(has(55, 98), 0, "said while muted");
  assert.ok(has(105, 145) > 15, "said after that");
  assert.equal(has(155, 200), 0, "said after consent was taken back");
  assert.equal((await readdir(folder)).includes("recording.flac"), false);
});

test("a stage that keeps no tracks keeps none, whatever a page sends", async () => {
  const folder = await mkdtemp(join(root, "none-"));
  const evening = await openEvening(folder, { keepTracks: false, keepLossless: false });
  const ada = await evening.join("ada");
  await evening.agree("ada");
  const { packets } = await words(60);
  for (const packet of packets) await evening.tick([[ada, packet]]);
  assert.equal(evening.stage.room.seats[0]?.ownTrack, false);
  await evening.end();
  assert.deepEqual(await readdir(folder), []);
});

test("after a kill both go on where the programme does, the hole is silence, and an event that ended meanwhile is completed", async () => {
  const folder = await mkdtemp(join(root, "kill-"));
  // Long enough for many words after the kill: where one is short, its place is a matter of a few samples.
  const { packets } = await words(150);
  const { packets: after } = await words(400);
  const first = await openEvening(folder);
  await first.agree("ada");
  const ada = await first.join("ada");
  for (const packet of packets) await first.tick([[ada, packet]]);
  // The file system has what was written; the process is gone, and the last write is torn.
  await first.kept.close();
  await first.stage.close();
  for (const name of ["recording.flac", voiceTrackFile("ada")]) await truncate(join(folder, name), (await stat(join(folder, name))).size - 11);

  const resumeAt = 5 * SAMPLE_RATE + 3 * FRAME_SAMPLES;
  const second = await openEvening(folder, BOTH, resumeAt);
  await second.agree("ada");
  const again = await second.join("ada");
  for (const packet of after) await second.tick([[again, packet]]);
  await second.kept.close();
  await second.stage.close();

  const end = second.position;
  const third = await KeptSound.open({ folder, onFault: (error) => assert.fail(String(error)), log: silentLog }, BOTH, samples(0));
  await third.finish(samples(end));
  await third.finish(samples(end));
  await third.close();
  const track = await decodeTrack(folder, "ada", end);
  const flac = decode(join(folder, "recording.flac"));
  assert.equal(track.length, end);
  assert.equal(flac.length, end);
  assertBeside(lag(track, flac, resumeAt + SAMPLE_RATE / 2, end - SAMPLE_RATE));
  const quiet = flac.subarray(4 * SAMPLE_RATE, resumeAt);
  assert.ok(
    quiet.every((sample) => sample === 0),
    "the hole is silence",
  );
});

test("an event whose host keeps FLAC has it, as long as the programme, as soon as it ends; a kill in the middle is a named gap", {
  timeout: 400_000,
}, async () => {
  const house = await BenchHouse.open("kept");
  try {
    const event = join(house.archiveFolder, "..");
    await writeFile(join(event, "recording.json"), JSON.stringify({ version: 1, keepLossless: true, keepTracks: true }));
    const first = await house.startStage();
    await house.command(first.url, "go-live");
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    await endStage(first, "SIGKILL");
    const second = await house.startStage();
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    await house.command(second.url, "end");
    const { durationSamples } = JSON.parse(await readFile(join(house.archiveFolder, "end.json"), "utf8")) as { durationSamples: number };
    assert.equal(decode(join(house.archiveFolder, "recording.flac")).length, durationSamples);
    const { gaps } = JSON.parse(await readFile(join(event, "gaps.json"), "utf8")) as { gaps: { start: number; end: number }[] };
    assert.equal(gaps.length, 1);
    const [{ start, end }] = gaps as [{ start: number; end: number }];
    assert.ok(start > 0.5 && end > start && end < durationSamples / SAMPLE_RATE, `${start} to ${end}`);
    await endStage(second, "SIGTERM");
  } finally {
    await house.close();
  }
});
