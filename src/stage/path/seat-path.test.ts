import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { decode, RATE, speak } from "../../../test/material/speech.ts";
import { STARTED_MS, sox, VoicePath, widen } from "../../../test/material/voice-path.ts";
import { PacketWatch } from "./packet-watch.ts";
import { SeatPath } from "./seat-path.ts";
import type { FindingKind, PathFinding } from "../../wire/path-record.ts";

const TEXT =
  "She sells six fresh fish sandwiches, just as she said she should. This is the sixth session of the season; a horse passes the house, and the voices of the choir fill the city streets on Sundays.";
const PART_SECONDS = 15;
/** What is named within this time is named in time to act on it. Seconds. */
const SOON = 10;

/** Most that is told of one voice every two seconds. Bytes. */
const MOST_BYTES = 1_600;

let folder = "";
/** A voice with the sibilants of a real mouth over the faint noise of a room. */
let voice: Float32Array;
before(() => {
  folder = mkdtempSync(join(tmpdir(), "earshot-path-"));
  voice = widen(decode(speak(folder, "ada", "en-gb", TEXT, PART_SECONDS))).map((value) => value * 0.7);
});
after(() => rmSync(folder, { recursive: true }));

const second = (unixMs: number) => (unixMs - STARTED_MS) / 1_000;
const cutAt = (hertz: number) => sox(voice, "sinc", `-${hertz}`);
const silence = (seconds: number) => new Float32Array(RATE * seconds);
/** A pause in which the room goes on. */
const pause = (seconds: number) => silence(seconds).map(() => (Math.random() - 0.5) * 0.002);

/** Speaks one part after the other; gives the findings and when each kind was first named (seconds). */
async function report(...parts: readonly (Float32Array | ((line: VoicePath) => void))[]) {
  const line = await VoicePath.open();
  const named = new Map<FindingKind, number>();
  for (const part of parts) {
    if (typeof part === "function") part(line);
    else
      line.say(part, undefined, () => {
        for (const { kind } of line.findings) if (!named.has(kind)) named.set(kind, second(line.unixMs));
      });
  }
  const { findings } = line;
  const now = line.path.now;
  const record = line.path.record("ada", "Ada");
  line.close();
  return { findings, named, now, record };
}

function lasted(finding: PathFinding | undefined, from: number, to: number, slack = 1.5): void {
  assert.ok(finding !== undefined, "it was found");
  assert.ok(Math.abs(second(finding.startUnixMs) - from) < slack, `began at ${second(finding.startUnixMs)} s, not at ${from}`);
  assert.ok(finding.endUnixMs !== undefined && Math.abs(second(finding.endUnixMs) - to) < slack, `ended at ${finding.endUnixMs}, not at ${to} s`);
}

for (const hertz of [3_400, 7_100]) {
  test(`a path cut at ${hertz} Hz is named with its frequency, its start and its end`, async () => {
    const { findings, named } = await report(voice, cutAt(hertz), voice);
    const [cut, ...more] = findings;
    assert.deepEqual([cut?.kind, cut?.hop, cut?.verdict, more.length], ["cut", "microphone", "path", 0]);
    assert.ok(Math.abs((cut?.value ?? 0) - hertz) < 0.06 * hertz, `${cut?.value} Hz`);
    assert.ok((named.get("cut") ?? Number.POSITIVE_INFINITY) < PART_SECONDS + SOON, `named at ${named.get("cut")} s`);
    lasted(cut, PART_SECONDS, 2 * PART_SECONDS);
  });
}

test("a filter that only slopes away is told from a darker voice once the voice is known", async () => {
  const slope = ["lowpass", "7100", "lowpass", "7100"];
  const { findings } = await report(voice, voice, sox(voice, ...slope), voice);
  assert.deepEqual(
    findings.map(({ kind, verdict }) => [kind, verdict]),
    [["cut", "path"]],
  );
  lasted(findings[0], 2 * PART_SECONDS, 3 * PART_SECONDS, 4);
});

test("clean speech gives no finding, wideband or not, loud or soft, and its verdict is the voice", async () => {
  for (const gain of [1.3, 0.05]) {
    const { findings, now, record } = await report(
      voice.map((value) => Math.max(-1, Math.min(1, value * gain))),
      voice.map((value) => value * gain),
    );
    assert.deepEqual([findings, now.verdict], [[], "voice"], `gain ${gain}`);
    assert.ok(Math.abs((now.sibilanceDb ?? Number.NaN) - (now.mixSibilanceDb ?? Number.NaN)) < 3, JSON.stringify(now));
    assert.deepEqual([now.line?.packetMs, now.line?.lossShare, now.line?.concealedShare], [20, 0, 0]);
    assert.ok((now.line?.bitrate ?? 0) > 20_000, JSON.stringify(now));
    assert.equal(record?.minutes[0]?.verdict, "voice");
  }
});

test("an encoder that goes down to wideband is told by its packets, and the microphone is not blamed", async () => {
  const { findings } = await report(
    voice,
    (line) => line.narrow(8_000),
    voice,
    (line) => line.narrow(20_000),
    voice,
  );
  assert.deepEqual(
    findings.map(({ kind, hop, value }) => [kind, hop, value]),
    [["cut", "codec", 8_000]],
  );
  lasted(findings[0], PART_SECONDS, 2 * PART_SECONDS);
});

test("a microphone cut below what the codec passes is named before the codec", async () => {
  const { findings } = await report((line) => line.narrow(8_000), cutAt(5_500), voice);
  assert.deepEqual(
    findings.map(({ hop }) => hop),
    ["microphone", "codec"],
  );
});

test("a cut that begins when the browser's settings change is the browser's", async () => {
  const settings = { device: "Desk microphone", noiseSuppression: false };
  const { findings } = await report(
    (line) => line.path.tell(settings, line.unixMs),
    voice,
    (line) => line.path.tell({ ...settings, noiseSuppression: true }, line.unixMs),
    cutAt(7_100),
  );
  assert.deepEqual(
    findings.map(({ kind, hop }) => [kind, hop]),
    [["cut", "browser"]],
  );
});

test("a voice that loses its sharp sounds on a path that carries everything is the voice", async () => {
  // Down by the same amount wherever a sibilant is, as when a tongue no longer finds its place.
  const lisp = sox(voice, "equalizer", "7000", "1.2o", "-14");
  const { findings, now } = await report(voice, voice, lisp, lisp);
  assert.deepEqual(
    findings.map(({ kind, verdict }) => [kind, verdict]),
    [["voice-duller", "voice"]],
  );
  assert.equal(now.verdict, "voice");
});

test("talk that hits full scale is clipping, and ends with it", async () => {
  const { findings } = await report(
    voice,
    voice.map((value) => Math.max(-1, Math.min(1, 5 * value))),
    voice,
  );
  assert.deepEqual(
    findings.map(({ kind }) => kind),
    ["clipping"],
  );
  lasted(findings[0], PART_SECONDS, 2 * PART_SECONDS);
});

test("a burst of lost packets and a lossy stretch are two intervals, and sound invented is told", async () => {
  const line = await VoicePath.open();
  line.say(voice, (packet) => !(packet >= 250 && packet < 256));
  line.say(voice, (packet) => !(packet >= 750 && packet < 1_250 && packet % 8 === 0));
  line.say(voice);
  const losses = line.findings.filter(({ kind }) => kind === "loss");
  assert.equal(losses.length, 2);
  lasted(losses[0], 5, 5.1, 0.5);
  lasted(losses[1], 15, 25, 0.5);
  assert.ok(Math.abs((losses[1]?.value ?? 0) - 1 / 8) < 0.03, `${losses[1]?.value}`);
  assert.equal(losses[0]?.hop, "network");
  const [minute] = line.path.record("ada", "Ada")?.minutes ?? [];
  assert.ok((minute?.concealedMs ?? 0) >= 60 && (minute?.repairedMs ?? 0) >= 600, JSON.stringify(minute));
  line.close();
});

test("a microphone that never gives a sound is dead, one that falls silent for good is too", async () => {
  const never = await report(silence(12));
  assert.deepEqual(
    never.findings.map(({ kind, startUnixMs }) => [kind, second(startUnixMs)]),
    [["dead", 0]],
  );
  const fell = await report(voice, pause(3), voice, silence(20), voice);
  assert.deepEqual(
    fell.findings.map(({ kind }) => kind),
    ["dead"],
  );
  lasted(fell.findings[0], 2 * PART_SECONDS + 3, 2 * PART_SECONDS + 23);
});

test("who listens behind a noise gate is not dead: their pauses always were silence", async () => {
  const clean = decode(join(folder, "ada-speech.wav"));
  const words = Array.from({ length: 4 }, (_, index) => [clean.subarray(index * 2 * RATE, (index + 1) * 2 * RATE), silence(3)]).flat();
  const { findings } = await report(...words, silence(40));
  assert.deepEqual(findings, []);
});

test("hum of the mains is told from the pauses, with its frequency", async () => {
  for (const hertz of [50, 60]) {
    const parts = Array.from({ length: 3 }, () => [voice.subarray(0, 3 * RATE), pause(3)]).flat();
    const humming = parts.map((part) =>
      part.map((value, index) => value + [1, 3, 5].reduce((sum, n) => sum + (0.01 / n) * Math.sin((2 * Math.PI * hertz * n * index) / RATE), 0)),
    );
    const { findings } = await report(...humming);
    assert.deepEqual(
      findings.map(({ kind, value }) => [kind, value]),
      [["hum", hertz]],
    );
  }
});

test("a room that is nearly as loud as the voice is told", async () => {
  const room = sox(
    silence(PART_SECONDS).map(() => Math.random() - 0.5),
    "lowpass",
    "2000",
    "vol",
    "-24dB",
  );
  const { findings } = await report(...[1, 2].map(() => voice.map((value, index) => 0.5 * value + (room[index] ?? 0))));
  assert.deepEqual(
    findings.map(({ kind }) => kind),
    ["noise"],
  );
});

test("a telephone headset is known by its sample rate, a muted or unplugged device by its track", async () => {
  const line = await VoicePath.open();
  line.path.tell({ device: "Hands-Free", sampleRate: 16_000 }, line.unixMs);
  line.say(voice.subarray(0, RATE));
  line.path.tell({ device: "Desk microphone", sampleRate: 48_000, track: "muted" }, line.unixMs);
  line.say(voice.subarray(0, RATE));
  line.path.tell({ device: "Desk microphone", sampleRate: 48_000, track: "live" }, line.unixMs);
  line.say(voice.subarray(0, RATE));
  assert.deepEqual(
    line.findings.map(({ kind, hop, endUnixMs }) => [kind, hop, endUnixMs !== undefined]),
    [
      ["device-rate", "microphone", true],
      ["dead", "microphone", true],
    ],
  );
  assert.deepEqual(
    line.path.record("ada", "Ada")?.microphones.map(({ device, atUnixMs }) => [device, second(atUnixMs)]),
    [
      ["Hands-Free", 0],
      ["Desk microphone", 1],
      ["Desk microphone", 2],
    ],
  );
  line.close();
});

test("what a host is told of a voice at once is small, however much was found and whatever the device is called", () => {
  const path = new SeatPath();
  const device = "x".repeat(120);
  const now = () => new TextEncoder().encode(JSON.stringify(path.now)).length;
  for (let change = 0; change < 200; change++) {
    const telephone = change % 2 === 0;
    const settings = { sampleRate: telephone ? 16_000 : 48_000, echoCancellation: true, noiseSuppression: true, autoGainControl: true };
    path.tell({ device, ...settings, track: "live" }, STARTED_MS + change * 20_000);
    const packets = new PacketWatch();
    packets.note(1, Uint8Array.of(15 << 3));
    path.advance(STARTED_MS + change * 20_000 + 200, { packets, late: 0, copies: 0, underruns: 0, concealed: 0, repaired: 0, broken: 0 });
  }
  assert.ok(path.record("ada", "Ada")?.findings.length === 100);
  assert.deepEqual(path.now.microphone, { device, sampleRate: 48_000, echoCancellation: true, noiseSuppression: true, autoGainControl: true, track: "live" });
  // Fifteen voices, as many as there can be on and behind the stage, in one message every two seconds.
  assert.ok(now() <= MOST_BYTES, `${now()} bytes`);
});

test("the end of a connection ends every finding, and a restart of the stage takes the record up", async () => {
  const line = await VoicePath.open();
  line.say(cutAt(7_100));
  const before = line.path.record("ada", "Ada");
  line.path.leave(line.unixMs);
  assert.equal(line.findings[0]?.endUnixMs, line.unixMs);
  line.close();
  assert.ok(before !== undefined && before.findings[0]?.endUnixMs === undefined);
  const next = await VoicePath.open();
  next.path.restore(before, line.unixMs);
  assert.deepEqual(next.findings, [{ ...before.findings[0], endUnixMs: line.unixMs }], "killed in the middle: ended when last written");
  next.close();
});

test("what runs dry because our own machine stood still is not blamed on the network", () => {
  for (const [stoodStillMs, hop] of [
    [0, "network"],
    [3_000, "decoder"],
  ] as const) {
    const path = new SeatPath();
    const packets = new PacketWatch();
    let underruns = 0;
    let nowUnixMs = STARTED_MS;
    let sequenceNumber = 0;
    const look = (count: number) => {
      for (let packet = 0; packet < count; packet++) packets.note(sequenceNumber++, Uint8Array.of(15 << 3));
      nowUnixMs += 200;
      path.advance(nowUnixMs, { packets, late: 0, copies: 0, underruns, concealed: 0, repaired: 0, broken: 0 });
    };
    for (let step = 0; step < 25; step++) look(10);
    nowUnixMs += stoodStillMs;
    underruns += 3;
    look(10);
    assert.deepEqual(
      path.now.findings.map((finding) => [finding.kind, finding.hop]),
      [["stutter", hop]],
    );
  }
});
