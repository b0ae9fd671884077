import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, beforeEach, test } from "node:test";
import { EarshotError } from "../../core/errors.ts";
import { silentLog } from "../../core/log.ts";
import { FRAME_SAMPLES } from "../../core/units.ts";
import type { MixerInput } from "../mixer.ts";
import { LoudnessMeter } from "../sound/loudness.ts";
import { toneLevel } from "../test-tone.ts";
import { measureSound } from "./feed-thread.ts";
import { type PlayableSound, Soundboard } from "./soundboard.ts";
import { heard, makeTone, pullUntil, sharpest, soundOf } from "./test-sounds.ts";

let folder = "";
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "earshot-sounds-"));
});
after(async () => await rm(folder, { recursive: true }));

let inputs: Map<string, MixerInput>;
let shelf: Map<string, PlayableSound>;
let talking = false;
let changes = 0;
beforeEach(() => {
  inputs = new Map();
  shelf = new Map();
  talking = false;
  changes = 0;
});

/** A soundboard whose mix is the sum of its sounds. */
function open(...sounds: readonly PlayableSound[]) {
  for (const sound of sounds) shelf.set(sound.id, sound);
  const board = new Soundboard({
    mixer: {
      add: (name, input) => inputs.set(name, input),
      remove: (name) => inputs.delete(name),
      get talking() {
        return talking;
      },
    },
    find: async (id) => shelf.get(id),
    allowPrivate: false,
    log: silentLog,
    onChange: () => changes++,
  });
  const own = new Float32Array(FRAME_SAMPLES);
  const pull = (frame: Float32Array) => {
    frame.fill(0);
    for (const { source } of inputs.values()) {
      source.pull(own);
      for (const [index, sample] of own.entries()) frame[index] = (frame[index] as number) + sample;
    }
    board.advance();
  };
  return { board, pull, [Symbol.asyncDispose]: () => board.close() };
}

test("a jingle of every format is heard whole, at its pitch, and leaves the mix when it is over", async () => {
  for (const [name, more] of [
    ["a.mp3", []],
    ["a.wav", []],
    ["a.flac", []],
    ["a.opus", ["-c:a", "libopus"]],
    ["studio.wav", ["-ar", "96000", "-c:a", "pcm_s24le"]],
    ["telephone.wav", ["-ar", "8000"]],
  ] as const) {
    const sound = soundOf({ path: makeTone(folder, name, { more }) });
    await using opened = open(sound);
    await opened.board.play(sound.id);
    const all = heard(await pullUntil(opened.pull, (frames) => frames.length > 20 && inputs.size === 0));
    assert.equal(inputs.size, 0, `${name} left the mix`);
    const seconds = all.length / 48_000;
    assert.ok(Math.abs(seconds - 1) < 0.06, `${name}: ${seconds} s`);
    const middle = all.slice(12_000, 36_000);
    const level = toneLevel(middle, 700);
    // ffmpeg's tone is an eighth of full scale, 3 dB less on each of two channels; LAME takes off another 0.4 dB.
    assert.ok(Math.abs(level + 24.3) < 0.4, `${name}: ${level} dBFS`);
    for (const other of [644, 762]) assert.ok(toneLevel(middle, other) < level - 40, `${name}: ${other} Hz`);
  }
});

test("whatever its loudness, a measured sound comes at the programme's loudness, and its peaks stay under -1 dBTP", async () => {
  for (const volume of [0.3, 1, 7]) {
    const path = makeTone(folder, `loud-${volume}.wav`, { seconds: 2, volume });
    const { gainDb, seconds, codec } = await measureSound(path);
    assert.equal(codec, "pcm-s16");
    assert.ok(Math.abs(seconds - 2) < 0.001);
    const sound = soundOf({ path, gainDb, seconds });
    await using opened = open(sound);
    await opened.board.play(sound.id);
    const meter = new LoudnessMeter();
    const all = heard(await pullUntil(opened.pull, (frames) => frames.length > 60 && inputs.size === 0));
    meter.push(all);
    assert.ok(Math.abs(meter.integrated + 18) < 0.5, `${volume}: ${meter.integrated} LUFS`);
  }
});

test("what is no sound, silence, and a codec nobody decodes are refused with rule and value", async () => {
  const text = join(folder, "text.mp3");
  await writeFile(text, "This is a letter and no music. ".repeat(2_000));
  const refused = async (path: string, pattern: RegExp) =>
    await assert.rejects(
      measureSound(path),
      (error) => error instanceof EarshotError && error.code === "sound-unplayable" && pattern.test(JSON.stringify(error.details)),
    );
  await refused(text, /MP3, WAV, FLAC/);
  await refused(makeTone(folder, "silent.wav", { volume: 0 }), /peak over -60 dBTP/);
  await refused(makeTone(folder, "short.wav", { seconds: 0.01 }), /at least 0.05 s/);
  await refused(makeTone(folder, "a.m4a"), /aac/);
  await refused(makeTone(folder, "a.ogg", { more: ["-c:a", "libvorbis"] }), /vorbis/);
});

test("waiting music goes round without a click until it is told not to, then plays to its end", async () => {
  // 0.3 s of 701 Hz end in the middle of a wave.
  const sound = soundOf({ path: makeTone(folder, "loop.wav", { hertz: 701, seconds: 0.3 }), seconds: 0.3, loop: true });
  await using opened = open(sound);
  await opened.board.play(sound.id);
  const round = await pullUntil(opened.pull, (frames) => frames.length >= 150);
  const music = heard(round);
  assert.ok(music.length > 2 * 48_000, `${music.length / 48_000} s`);
  assert.ok(sharpest(music) < 4 * sharpest(music.slice(2_000, 10_000)), `${sharpest(music)}`);
  assert.ok((opened.board.playing[0]?.remainingSeconds ?? 1) <= 0.3);
  shelf.set(sound.id, { ...sound, loop: false });
  await opened.board.refresh();
  await pullUntil(opened.pull, () => inputs.size === 0);
  assert.deepEqual(opened.board.playing, []);
});

test("a sound that is stopped fades out within half a second, without a click", async () => {
  const sound = soundOf({ path: makeTone(folder, "long.wav", { seconds: 5 }), seconds: 5 });
  await using opened = open(sound);
  await opened.board.play(sound.id);
  const before = await pullUntil(opened.pull, (frames) => frames.length >= 60);
  opened.board.stop(sound.id);
  assert.deepEqual(opened.board.playing, [], "its button is free at once");
  const fading = await pullUntil(opened.pull, () => inputs.size === 0);
  assert.ok(heard(fading).length <= 24_000, `${fading.length / 48_000} s`);
  assert.ok(sharpest(fading) <= 1.05 * sharpest(before.slice(-24_000)));
});

test("music that gives way to voices is 12 dB down while somebody talks, and comes back", async () => {
  const sound = soundOf({ path: makeTone(folder, "duck.wav", { seconds: 8 }), seconds: 8, ducks: true });
  await using opened = open(sound);
  await opened.board.play(sound.id);
  const level = async () => toneLevel((await pullUntil(opened.pull, (frames) => frames.length >= 80)).slice(-9_600), 700);
  const alone = await level();
  talking = true;
  const under = await level();
  assert.ok(Math.abs(under - alone + 12) < 0.3, `${alone} dBFS alone, ${under} under a voice`);
  talking = false;
  assert.ok(Math.abs((await level()) - alone) < 0.3);
});

test("a change of level is followed while it plays", async () => {
  const sound = soundOf({ path: makeTone(folder, "level.wav", { seconds: 5 }), seconds: 5 });
  await using opened = open(sound);
  await opened.board.play(sound.id);
  const level = async () => toneLevel((await pullUntil(opened.pull, (frames) => frames.length >= 50)).slice(-9_600), 700);
  const before = await level();
  shelf.set(sound.id, { ...sound, levelDb: -10 });
  await opened.board.refresh();
  assert.ok(Math.abs((await level()) - before + 10) < 0.3);
});

test("an interpreter's stream is heard in its language only, and changes over while it plays", async () => {
  const sound = soundOf({ path: makeTone(folder, "german.wav", { seconds: 5 }), seconds: 5, language: "de" });
  await using opened = open(sound);
  await opened.board.play(sound.id);
  const languages = () => [...inputs.values()].map(({ language }) => language);
  assert.deepEqual(languages(), ["de"]);
  await pullUntil(opened.pull, (frames) => frames.length >= 20);
  const before = opened.board.playing[0]?.elapsedSeconds ?? 0;
  shelf.set(sound.id, { ...sound, language: "" });
  await opened.board.refresh();
  assert.deepEqual(languages(), [undefined]);
  await pullUntil(opened.pull, (frames) => frames.length >= 5);
  assert.ok((opened.board.playing[0]?.elapsedSeconds ?? 0) > before, "it goes on where it was");
});

test("a fifth sound at once is refused, and one that is unknown", async () => {
  const path = makeTone(folder, "many.wav", { seconds: 5 });
  const sounds = Array.from({ length: 5 }, () => soundOf({ path, seconds: 5 }));
  await using opened = open(...sounds);
  for (const { id } of sounds.slice(0, 4)) await opened.board.play(id);
  const refuses = (id: string, code: string) => assert.rejects(opened.board.play(id), (error) => error instanceof EarshotError && error.code === code);
  await refuses(sounds[4]?.id ?? "", "sounds-full");
  await refuses("none", "not-found");
  await opened.board.play(sounds[0]?.id ?? "");
  assert.equal(opened.board.playing.length, 4);
});

test("a file that breaks while it plays ends its sound with the reason, and the mix goes on", async () => {
  const gone = soundOf({ path: join(folder, "gone.wav") });
  await using opened = open(gone);
  await opened.board.play(gone.id);
  await pullUntil(opened.pull, () => opened.board.playing[0]?.state === "failed");
  assert.deepEqual(
    opened.board.playing.map(({ state, problem }) => [state, problem?.code]),
    [["failed", "sound-unplayable"]],
  );
  assert.equal(inputs.size, 0);
  assert.ok(changes >= 2);
  opened.board.stop(gone.id);
  assert.deepEqual(opened.board.playing, []);
});
