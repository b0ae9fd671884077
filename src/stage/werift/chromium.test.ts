import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { type Browser, chromium, type Page } from "playwright-core";
import { systemClock } from "../../core/clock.ts";
import { silentLog } from "../../core/log.ts";
import { FRAME_MS, FRAME_SAMPLES } from "../../core/units.ts";
import { relayServers } from "../../event/mod.ts";
import { Stage } from "../stage.ts";
import { toneLevel } from "../test-tone.ts";
import { endsFlight, TestLine, type Way } from "./test-line.ts";
import { createWerift } from "./werift-transport.ts";

/** How long both are listened to. Ticks; 6 s. */
const LISTEN_TICKS = 300;
/** Longest wait for the first sound. Ticks; 15 s. */
const WAIT_TICKS = 750;

let folder = "";
let server: Server;
const browsers: Browser[] = [];
const stages: Stage[] = [];

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "earshot-stage-"));
  server = createServer((_, response) => response.writeHead(200, { "content-type": "text/html" }).end("<!doctype html><title>A speaker</title>"));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
after(async () => {
  for (const browser of browsers) await browser.close();
  // Also those of a test that failed half way, or the file would never end.
  for (const stage of stages) await stage.close();
  server.close();
  await rm(folder, { recursive: true, force: true });
});

/** A browser whose microphone hears a tone. */
async function openSpeaker(hertz: number): Promise<Page> {
  const path = join(folder, `${hertz}.wav`);
  await writeFile(path, wav(hertz));
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: [
      "--no-sandbox",
      "--disable-background-networking",
      "--use-fake-ui-for-media-stream",
      "--use-fake-device-for-media-stream",
      `--use-file-for-fake-audio-capture=${path}`,
      "--allow-loopback-in-peer-connection",
      "--autoplay-policy=no-user-gesture-required",
    ],
  });
  browsers.push(browser);
  const page = await browser.newPage();
  await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  return page;
}

/** Ten seconds of a tone as a WAV file: mono, 48 kHz, 16 bits. */
function wav(hertz: number): Buffer {
  const samples = 480_000;
  const file = Buffer.alloc(44 + samples * 2);
  file.write("RIFF", 0);
  file.writeUInt32LE(file.length - 8, 4);
  file.write("WAVEfmt ", 8);
  file.writeUInt32LE(16, 16);
  file.writeUInt16LE(1, 20);
  file.writeUInt16LE(1, 22);
  file.writeUInt32LE(48_000, 24);
  file.writeUInt32LE(96_000, 28);
  file.writeUInt16LE(2, 32);
  file.writeUInt16LE(16, 34);
  file.write("data", 36);
  file.writeUInt32LE(samples * 2, 40);
  for (let index = 0; index < samples; index++) {
    const phase = (2 * Math.PI * hertz * index) / 48_000;
    // With an overtone, as every voice has it: a pure tone is what the howl guard mutes.
    file.writeInt16LE(Math.round(8_000 * (Math.sin(phase) + 0.3 * Math.sin(2 * phase))), 44 + index * 2);
  }
  return file;
}

// What runs in the page is text, because the test's own types know no browser.
const OFFER = `(async () => {
  const stream = await navigator.mediaDevices.getUserMedia({ audio: { echoCancellation: false, noiseSuppression: false, autoGainControl: false } });
  window.connection = new RTCPeerConnection();
  connection.addTransceiver(stream.getAudioTracks()[0], { direction: "sendrecv" });
  if (window.wantsCopies) {
    const { codecs } = RTCRtpReceiver.getCapabilities("audio");
    const copies = codecs.filter(({ mimeType }) => mimeType === "audio/red");
    connection.getTransceivers()[0].setCodecPreferences([...copies, ...codecs.filter((codec) => !copies.includes(codec))]);
  }
  connection.ontrack = ({ track }) => {
    const element = new Audio();
    element.srcObject = new MediaStream([track]);
    element.muted = true;
    void element.play();
    const context = new AudioContext();
    window.analyser = context.createAnalyser();
    analyser.fftSize = 8192;
    context.createMediaStreamSource(element.srcObject).connect(analyser);
  };
  await connection.setLocalDescription(await connection.createOffer());
  return connection.localDescription.sdp;
})()`;
const answer = (sdp: string) => `connection.setRemoteDescription({ type: "answer", sdp: ${JSON.stringify(sdp)} })`;
/** Level of a frequency in what the page hears. dBFS, by the analyser's own measure. */
const HEARD = (hertz: number) => `(() => {
  const bins = new Float32Array(analyser.frequencyBinCount);
  analyser.getFloatFrequencyData(bins);
  return bins[Math.round(${hertz} / (analyser.context.sampleRate / analyser.fftSize))];
})()`;

async function openStage(): Promise<Stage> {
  const stage = await Stage.open({
    manifest: { eventId: "event", slug: "evening", title: "Evening", speakers: [], removedSeats: [], soundCheck: false },
    transport: createWerift({ udpPorts: [42_200, 42_260], announce: [], loopback: true, iceTcp: true, log: silentLog }),
    verifyToken: (token) => ({ ok: true, claims: { eventId: "event", seatId: token, role: "speaker", name: token, expires: 0 } }),
    clock: systemClock,
    log: silentLog,
    phase: () => ({ phase: "backstage" }),
    onGoLive: () => {},
    onEnd: () => {},
    onChange: () => {},
  });
  stages.push(stage);
  return stage;
}

/** Ticks the stage in step with the clock until `done` says so. */
async function run(stage: Stage, ticks: number, onTick: (programme: Float32Array) => boolean): Promise<boolean> {
  const programme = new Float32Array(FRAME_SAMPLES);
  const startedAt = systemClock.steadyMs();
  for (let tick = 0; tick < ticks; tick++) {
    stage.tick(programme);
    if (onTick(programme)) return true;
    const ahead = startedAt + (tick + 1) * FRAME_MS - systemClock.steadyMs();
    // Also when behind: the network's packets wait for the event loop.
    await systemClock.sleep(Math.max(0, ahead));
  }
  return false;
}

const publish = async (stage: Stage, seat: string, offer: string) =>
  (await stage.whip({ method: "POST", session: undefined, contentType: "application/sdp", authorization: `Bearer ${seat}`, ifMatch: undefined, body: offer }))
    .body;

test("two people in Chromium are both in the programme, hear each other and not themselves", async () => {
  const stage = await openStage();
  const [ada, ben] = await Promise.all([openSpeaker(440), openSpeaker(1_500)]);
  for (const [seat, page] of [
    ["ada", ada],
    ["ben", ben],
  ] as const)
    await page.evaluate(answer(await publish(stage, seat, (await page.evaluate(OFFER)) as string)));
  assert.ok(await run(stage, WAIT_TICKS, (programme) => toneLevel(programme, 440) > -25 && toneLevel(programme, 1_500) > -25), "both came");
  await run(stage, 100, () => false);
  let holes = 0;
  await run(stage, LISTEN_TICKS, (programme) => {
    if (toneLevel(programme, 440) < -30 || toneLevel(programme, 1_500) < -30) holes++;
    return false;
  });
  const heard = Promise.all([ada, ben].map(async (page) => [await page.evaluate(HEARD(440)), await page.evaluate(HEARD(1_500))] as [number, number]));
  await run(stage, 50, () => false);
  const [[adaOwn, adaOther], [benOther, benOwn]] = (await heard) as [[number, number], [number, number]];
  assert.ok(adaOther > adaOwn + 20, `Ada hears Ben at ${adaOther}, herself at ${adaOwn}`);
  assert.ok(benOther > benOwn + 20, `Ben hears Ada at ${benOther}, himself at ${benOwn}`);
  assert.ok(holes < LISTEN_TICKS / 10, `${holes} of ${LISTEN_TICKS} frames with a hole: ${JSON.stringify([...stage.lines])}`);
  assert.ok((stage.lines.get("ada")?.audioLevel ?? -127) > -40, "the browser tells its own level");
  process.stdout.write(`# ${holes} holes in ${LISTEN_TICKS} frames; ${JSON.stringify(Object.fromEntries(stage.lines))}\n`);
  await stage.close();
});

test("Chromium joins although each side's first Finished is lost", async () => {
  const stage = await openStage();
  const page = await openSpeaker(440);
  const lost: Record<Way, number> = { "to-stage": 0, "to-speaker": 0 };
  const line = new TestLine((way, datagram) => endsFlight(datagram) && lost[way]++ < 2);
  await page.evaluate(answer(await line.through(await publish(stage, "ada", (await page.evaluate(OFFER)) as string))));
  assert.ok(await run(stage, WAIT_TICKS, (programme) => toneLevel(programme, 440) > -25), "the sound came");
  assert.ok(lost["to-stage"] > 0 && lost["to-speaker"] > 0, JSON.stringify(lost));
  await stage.close();
  line.close();
});

test("of a Chromium speaker whose line loses a tenth of all packets nothing is missing: a copy comes with the next", async () => {
  const stage = await openStage();
  const page = await openSpeaker(440);
  await page.evaluate("window.wantsCopies = true");
  let [lossy, count] = [false, 0];
  // Every tenth datagram of media: their first byte is 128 and more. @spec RFC 7983
  const line = new TestLine((way, datagram) => lossy && way === "to-stage" && (datagram[0] as number) >= 128 && ++count % 10 === 0);
  const told = await publish(stage, "ada", (await page.evaluate(OFFER)) as string);
  assert.match(told, /^a=rtpmap:\d+ red\/48000\/2\r$/m);
  await page.evaluate(answer(await line.through(told)));
  assert.ok(await run(stage, WAIT_TICKS, (programme) => toneLevel(programme, 440) > -25), "the sound came");
  lossy = true;
  await run(stage, LISTEN_TICKS, () => false);
  const figures = stage.lines.get("ada");
  assert.ok((figures?.copies ?? 0) >= LISTEN_TICKS / 20, `copies took the place of ${figures?.copies} packets: ${JSON.stringify(figures)}`);
  assert.ok((figures?.lost ?? 0) <= LISTEN_TICKS / 100, `${figures?.lost} were missing: ${JSON.stringify(figures)}`);
  await stage.close();
  line.close();
});

test("Chromium is heard by TCP where the network lets no UDP through", async () => {
  const stage = await openStage();
  const page = await openSpeaker(440);
  const told = await publish(stage, "ada", (await page.evaluate(OFFER)) as string);
  const candidates = told.split("\r\n").filter((line) => line.startsWith("a=candidate:"));
  const tcp = candidates.filter((line) => / tcp /i.test(line));
  assert.ok(tcp.length > 0 && tcp.every((line) => line.includes("tcptype passive")), candidates.join(" "));
  await page.evaluate(answer(told.replace(/a=candidate:.* udp .*\r\n/gi, "")));
  assert.ok(await run(stage, WAIT_TICKS, (programme) => toneLevel(programme, 440) > -25), "the sound came");
  let holes = 0;
  await run(stage, LISTEN_TICKS, (programme) => {
    if (toneLevel(programme, 440) < -30) holes++;
    return false;
  });
  const pair = page.evaluate(
    `connection.getStats().then((stats) => [...stats.values()].find((each) => each.type === "remote-candidate" && each.protocol === "tcp")?.port)`,
  );
  await run(stage, 20, () => false);
  const ports = tcp.map((line) => Number(line.split(" ")[5]));
  assert.ok(ports.includes((await pair) as number), `${String(await pair)} is none of the ports told by TCP: ${ports.join(" ")}`);
  assert.ok(holes < LISTEN_TICKS / 10, `${holes} of ${LISTEN_TICKS} frames with a hole: ${JSON.stringify([...stage.lines])}`);
  await stage.close();
});

const RESTART = `(async () => {
  connection.restartIce();
  await connection.setLocalDescription(await connection.createOffer());
  const lines = connection.localDescription.sdp.split("\\r\\n");
  const line = (start) => lines.find((each) => each.startsWith(start));
  return [line("a=ice-ufrag:"), line("a=ice-pwd:"), line("m=audio"), "a=mid:0", ""].join("\\r\\n");
})()`;

test("a speaker who changes networks restarts ICE, and is heard and hears on the new path with the old one cut", async () => {
  const stage = await openStage();
  let phase = 0;
  await stage.addHouseSource("house", {
    pull: (out) => {
      for (let index = 0; index < out.length; index++) out[index] = 0.1 * Math.sin((2 * Math.PI * 1_500 * phase++) / 48_000);
    },
  });
  const page = await openSpeaker(440);
  let cut = false;
  const [before, after] = [new TestLine(() => cut), new TestLine(() => false)];
  const offer = (await page.evaluate(OFFER)) as string;
  const request = { session: undefined, contentType: "application/sdp", authorization: "Bearer ada", ifMatch: undefined };
  const { headers, body } = await stage.whip({ ...request, method: "POST", body: offer });
  const first = await before.through(body);
  await page.evaluate(answer(first));
  assert.ok(await run(stage, WAIT_TICKS, (programme) => toneLevel(programme, 440) > -25), "the sound came");

  const patched = await stage.whip({
    method: "PATCH",
    session: headers.location?.split("/").at(-1),
    contentType: "application/trickle-ice-sdpfrag",
    authorization: "Bearer ada",
    ifMatch: "*",
    body: (await page.evaluate(RESTART)) as string,
  });
  assert.equal(patched.status, 200);
  assert.notEqual(patched.headers.etag, headers.etag);
  const fragment = await after.through(patched.body);
  const value = (name: string) => new RegExp(`a=${name}:.*`).exec(fragment)?.[0] ?? "";
  const second = first
    .replace(/a=ice-ufrag:.*/, value("ice-ufrag"))
    .replace(/a=ice-pwd:.*/, value("ice-pwd"))
    .replace(/a=candidate:.*/, value("candidate"));
  await page.evaluate(answer(second));
  await run(stage, 100, () => false);
  cut = true;
  // What was on its way is played out first.
  await run(stage, 50, () => false);
  let holes = 0;
  await run(stage, LISTEN_TICKS / 2, (programme) => {
    if (toneLevel(programme, 440) < -30) holes++;
    return false;
  });
  assert.ok(holes < LISTEN_TICKS / 20, `${holes} frames without the speaker`);
  const heard = page.evaluate(HEARD(1_500));
  await run(stage, 20, () => false);
  assert.ok(((await heard) as number) > -60, `the speaker hears the house at ${String(await heard)}`);
  await stage.close();
  for (const line of [before, after]) line.close();
});

test("a speaker whose network lets only the operator's relay through is heard, with credentials of their own", async () => {
  const port = 42_900 + Math.floor(Math.random() * 90);
  const relay = { urls: [`turn:127.0.0.1:${port}?transport=udp`], secret: "a secret of sixteen" };
  const flags = ["-n", "--log-file=stdout", "--listening-ip=127.0.0.1", "--relay-ip=127.0.0.1", "--allow-loopback-peers", "--no-cli", "--no-tls", "--no-dtls"];
  const credentials = ["--use-auth-secret", `--static-auth-secret=${relay.secret}`, "--realm=stage.test"];
  const turn = spawn("turnserver", [...flags, ...credentials, `--listening-port=${port}`, "--min-port=43300", "--max-port=43340", "--pidfile="], {
    stdio: "ignore",
  });
  const stage = await openStage();
  try {
    const page = await openSpeaker(440);
    const servers = JSON.stringify(relayServers(relay, "ada", Date.now()));
    const relayed = OFFER.replace("new RTCPeerConnection()", `new RTCPeerConnection({ iceTransportPolicy: "relay", iceServers: ${servers} })`);
    await page.evaluate(answer(await publish(stage, "ada", (await page.evaluate(relayed)) as string)));
    assert.ok(await run(stage, WAIT_TICKS, (programme) => toneLevel(programme, 440) > -25), "the sound came");
    const stranger = await openSpeaker(440);
    const forged = relayed.replace(/"credential":"[^"]*"/, '"credential":"forged"');
    await stranger.evaluate(answer(await publish(stage, "eve", (await stranger.evaluate(forged)) as string)));
    assert.ok(!(await run(stage, LISTEN_TICKS / 2, () => (stage.lines.get("eve")?.packetsReceived ?? 0) > 0)), "a forged credential relays nothing");
  } finally {
    await stage.close();
    turn.kill();
  }
});
