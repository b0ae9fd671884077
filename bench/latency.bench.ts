import { execFileSync } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { openBrowser, startHouse } from "../test/e2e/house.ts";
import { type Bench, percentile } from "./harness.ts";

/** Seconds between two beeps: more than the slowest path's delay, so that each beep belongs to one sound. */
const PERIOD = 12;
const BEEPS = 8;

/** Notes the time of every beep an audio source of the page gives. Milliseconds since the Unix epoch. */
const WATCH = `(async (source) => {
  const element = source instanceof MediaStream ? undefined : source;
  window.stalls = 0;
  element?.addEventListener("waiting", () => window.stalls++);
  const context = new AudioContext({ sampleRate: 48000, latencyHint: "interactive" });
  await context.resume();
  const input = source instanceof MediaStream ? context.createMediaStreamSource(source) : context.createMediaElementSource(source);
  const node = context.createScriptProcessor(256, 1, 1);
  const filter = context.createBiquadFilter();
  filter.type = "bandpass"; filter.frequency.value = 1000; filter.Q.value = 4;
  window.beeps = [];
  let last = 0;
  node.onaudioprocess = ({ inputBuffer, playbackTime }) => {
    const stamp = context.getOutputTimestamp();
    const data = inputBuffer.getChannelData(0);
    for (let at = 0; at < data.length; at++) {
      if (Math.abs(data[at]) < 0.03) continue;
      const now = performance.timeOrigin + stamp.performanceTime + (playbackTime + at / 48000 - stamp.contextTime) * 1000;
      if (now - last > 4000) { window.beeps.push(now); }
      last = now;
    }
  };
  input.connect(filter); filter.connect(node); node.connect(context.destination);
})`;

/** Mouth to ear per listener path: the time of a beep at the speaker's microphone against the time each player gives it out. */
export const bench: Bench = {
  name: "latency",
  rounds: 1,
  figures: {
    stream_p50_ms: { unit: "ms", target: { limit: 1_500, direction: "at most" } },
    stream_p95_ms: { unit: "ms" },
    llhls_p50_ms: { unit: "ms", target: { limit: 3_200, direction: "at most" } },
    llhls_p95_ms: { unit: "ms" },
    mp3_p50_ms: { unit: "ms" },
    mp3_p95_ms: { unit: "ms" },
    mp3_start_ms: { unit: "ms from asking to the first sound" },
    stream_stalls: { unit: "times the player ran dry" },
    llhls_stalls: { unit: "times the player ran dry" },
    mp3_stalls: { unit: "times the player ran dry" },
    beeps: { unit: "beeps heard on every path" },
  },
  async measure(progress) {
    const folder = await mkdtemp(join(tmpdir(), "earshot-latency-"));
    const beep = join(folder, "beep.wav");
    // A second of tone now and then over a faint noise: long enough for the browser's noise suppression to take it for sound.
    execFileSync("sox", [
      "-n",
      "-r",
      "48000",
      "-c",
      "1",
      "-b",
      "16",
      beep,
      "synth",
      "0.4",
      "sine",
      "1000",
      "vol",
      "0.5",
      "pad",
      "2",
      String(PERIOD - 2.4),
      "repeat",
      String(BEEPS + 6),
    ]);
    const house = await startHouse();
    const speakers = await openBrowser(beep);
    const listeners = await openBrowser();
    const pages: Page[] = [];
    const server = createServer((request, response) => {
      void (async () => {
        const script = request.url === "/hls.js";
        response.writeHead(200, { "content-type": script ? "text/javascript" : "text/html" });
        response.end(
          script
            ? await readFile(join(import.meta.dirname, "../node_modules/hls.js/dist/hls.min.js"))
            : '<audio id="audio" crossorigin="anonymous"></audio><script src="/hls.js"></script>',
        );
      })();
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const origin = `http://127.0.0.1:${(server.address() as { port: number }).port}/`;
    const open = async (url: string): Promise<Page> => {
      const page = await (await listeners.newContext({ bypassCSP: true })).newPage();
      await page.goto(url);
      pages.push(page);
      return page;
    };
    try {
      const host = await (await speakers.newContext({ bypassCSP: true })).newPage();
      await host.addInitScript(
        "const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices); navigator.mediaDevices.getUserMedia = async (wish) => (window.microphone = await open({ audio: { ...wish.audio, noiseSuppression: false, autoGainControl: false, echoCancellation: false } }));",
      );
      await host.goto(house.hostLink);
      await host.waitForURL("**/studio");
      await host.fill('input[name="title"]', "Latency");
      await host.fill('input[name="host"]', "Ada");
      await host.click("#make");
      await host.waitForURL("**/studio/latency");
      await host.waitForSelector("#join:not([disabled])");
      await host.click("#join");
      await host.waitForFunction("document.querySelectorAll('.seats li:not(.away)').length === 1");
      await host.evaluate(`${WATCH}(window.microphone)`);
      await host.click("#go-live");
      await host.waitForTimeout(9_000);
      const stream = await open(`${house.front}/e/latency`);
      await stream.click("#play");
      await stream.waitForFunction("window.earshot.player.status === 'playing'");
      await stream.evaluate(`${WATCH}(window.earshot.audio)`);
      const hls = await open(origin);
      await hls.evaluate(
        `window.hls = new Hls({ lowLatencyMode: true, maxLiveSyncPlaybackRate: 1.06 }); hls.loadSource(${JSON.stringify(`${house.front}/live/latency/index.m3u8`)}); hls.attachMedia(audio); audio.play();`,
      );
      await hls.waitForFunction("document.getElementById('audio').currentTime > 1");
      await hls.evaluate(`${WATCH}(document.getElementById('audio'))`);
      const mp3 = await open(origin);
      const asked = performance.now();
      await mp3.evaluate(`audio.src = ${JSON.stringify(`${house.front}/live/latency.mp3`)}; audio.play();`);
      await mp3.waitForFunction("document.getElementById('audio').currentTime > 0");
      const mp3Start = performance.now() - asked;
      await mp3.evaluate(`${WATCH}(document.getElementById('audio'))`);
      progress(`listening to ${BEEPS} beeps, one every ${PERIOD} s`);
      await host.waitForTimeout(BEEPS * PERIOD * 1000);
      const spoken = (await host.evaluate("window.beeps")) as number[];
      const delays = async (page: Page) =>
        ((await page.evaluate("window.beeps")) as number[])
          .map((heard) => heard - Math.max(...spoken.filter((at) => at < heard)))
          .filter((delay) => Number.isFinite(delay))
          .sort((a, b) => a - b);
      const paths = { stream: await delays(stream), llhls: await delays(hls), mp3: await delays(mp3) };
      const beeps = Math.min(...Object.values(paths).map((values) => values.length));
      if (beeps < 3) throw new Error(`too few beeps heard: ${JSON.stringify({ spoken: spoken.length, ...paths })}`);
      return {
        ...Object.fromEntries(
          Object.entries(paths).flatMap(([path, values]) => [
            [`${path}_p50_ms`, percentile(values, 0.5)],
            [`${path}_p95_ms`, percentile(values, 0.95)],
          ]),
        ),
        mp3_start_ms: mp3Start,
        stream_stalls: (await stream.evaluate("window.stalls")) as number,
        llhls_stalls: (await hls.evaluate("window.stalls")) as number,
        mp3_stalls: (await mp3.evaluate("window.stalls")) as number,
        beeps,
      };
    } finally {
      server.close();
      await speakers.close();
      await listeners.close();
      await house.stop();
      await rm(folder, { recursive: true, force: true });
    }
  },
};
