import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { systemClock } from "../../src/core/clock.ts";
import { FRAME_MS, FRAME_SAMPLES } from "../../src/core/units.ts";
import type { Stage } from "../../src/stage/stage.ts";
import { openLoopbackStage } from "../../src/stage/werift/test-stage.ts";
import { openBrowser } from "../e2e/house.ts";

/** How long both are listened to. Ticks; 6 s. */
export const LISTEN_TICKS = 300;
/** Longest wait for the first sound. Ticks; 15 s. */
export const WAIT_TICKS = 750;

let folder = "";
let server: Server;
/** Browsers by the tone that their microphones hear. */
const browsers = new Map<number, Promise<Browser>>();
const speakers: BrowserContext[] = [];
const stages: Stage[] = [];

/** Makes what the tests of a file share; call it before them. */
export async function openChromiumRig(): Promise<void> {
  folder = await mkdtemp(join(tmpdir(), "earshot-stage-"));
  server = createServer((_, response) => response.writeHead(200, { "content-type": "text/html" }).end("<!doctype html><title>A speaker</title>"));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
}

/** Closes every browser and stage that a test opened. */
export async function closeChromiumRig(): Promise<void> {
  for (const browser of browsers.values()) await (await browser).close();
  // Also those of a test that failed half way, or the file would never end.
  for (const stage of stages) await stage.close();
  server.close();
  await rm(folder, { recursive: true, force: true });
}

/** Sends everybody away who spoke in a test; call it after each. */
export async function closeSpeakers(): Promise<void> {
  for (const speaker of speakers.splice(0)) await speaker.close();
}

/** Somebody whose microphone hears a tone. */
export async function openSpeaker(hertz: number): Promise<Page> {
  const browser = browsers.get(hertz) ?? openWithTone(hertz);
  browsers.set(hertz, browser);
  const speaker = await (await browser).newContext();
  speakers.push(speaker);
  const page = await speaker.newPage();
  await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  return page;
}

async function openWithTone(hertz: number): Promise<Browser> {
  const path = join(folder, `${hertz}.wav`);
  await writeFile(path, wav(hertz));
  return await openBrowser(path);
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

/** Opens the microphone and offers its sound; resolves to the offer. Text, because the tests' own types know no browser. */
export const OFFER = `(async () => {
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
/** Hands the stage's answer to the page. */
export const answer = (sdp: string) => `connection.setRemoteDescription({ type: "answer", sdp: ${JSON.stringify(sdp)} })`;
/** Level of a frequency in what the page hears. dBFS, by the analyser's own measure. */
export const HEARD = (hertz: number) => `(() => {
  const bins = new Float32Array(analyser.frequencyBinCount);
  analyser.getFloatFrequencyData(bins);
  return bins[Math.round(${hertz} / (analyser.context.sampleRate / analyser.fftSize))];
})()`;

/** A stage on loopback, closed with the rig at the latest. */
export async function openStage(singlePort = false): Promise<Stage> {
  const stage = await openLoopbackStage({ udpPorts: [42_200, 42_260], singlePort });
  stages.push(stage);
  return stage;
}

/** Ticks the stage in step with the clock until `done` says so. */
export async function run(stage: Stage, ticks: number, onTick: (programme: Float32Array) => boolean): Promise<boolean> {
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

/** Publishes a seat; resolves to the answer. */
export const publish = async (stage: Stage, seat: string, offer: string) =>
  (await stage.whip({ method: "POST", session: undefined, contentType: "application/sdp", authorization: `Bearer ${seat}`, ifMatch: undefined, body: offer }))
    .body;
