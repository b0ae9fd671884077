import { execFileSync } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { comeTrue } from "../test/e2e/come-true.ts";
import { openBrowser, startHouse } from "../test/e2e/house.ts";
import { makeEvent, onStage, takeSeat } from "../test/e2e/walk.ts";
import { type Bench, percentile } from "./harness.ts";

/** Seconds between two beeps: more than the slowest path's delay (plain HLS keeps three segments of four seconds), so that each beep belongs to one sound. */
const PERIOD = 20;
/** How long everybody listens. Minutes; a tenth of an hour says enough of delays, LATENCY_MINUTES=10 of stalls. */
const MINUTES = Number(process.env.LATENCY_MINUTES ?? 2);
const BEEPS = Math.max(5, Math.round((MINUTES * 60) / PERIOD));

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

/** A way of listening: its words for the table, and how it is begun on a page of its own. */
interface Way {
  /** Where the page is: the event's own, or an empty one with hls.js. */
  readonly own: boolean;
  /** Begins to play; the page has `audio` and `Hls`, or `earshot`. */
  readonly play: (live: string) => string;
  /** Whether how far it is behind says anything. */
  readonly near: boolean;
}

const hls = (list: string, more: string) => (live: string) =>
  `window.hls = new Hls({ ${more} }); hls.loadSource(${JSON.stringify(live)} + ${JSON.stringify(list)}); hls.attachMedia(audio); audio.play();`;
const own = (mode: string) => () => `earshot.player.mode = ${JSON.stringify(mode)}; document.getElementById("play").click();`;

/** Every way there is. The first is what listeners get when they do nothing, `segments` what they get behind a cache. */
const WAYS: Readonly<Record<string, Way>> = {
  stream: { own: true, play: own("usual"), near: true },
  near: { own: true, play: own("near"), near: true },
  segments: { own: true, play: () => "earshot.player.start(true);", near: true },
  less_data: { own: true, play: own("thrifty"), near: true },
  llhls: { own: false, play: hls("/index.m3u8", "lowLatencyMode: true, maxLiveSyncPlaybackRate: 1.06"), near: true },
  plain: { own: false, play: hls("/plain.m3u8", "lowLatencyMode: false"), near: true },
  mp3: { own: false, play: (live) => `audio.src = ${JSON.stringify(live)} + ".mp3"; audio.play();`, near: true },
  dvr: { own: false, play: hls("/dvr.m3u8", "startPosition: 0"), near: false },
};

/** Mouth to ear per listener path: the time of a beep at the speaker's microphone against the time each player gives it out. */
export const bench: Bench = {
  name: "latency",
  rounds: 1,
  figures: {
    ...Object.fromEntries(
      Object.entries(WAYS).flatMap(([name, { near }]): [string, Bench["figures"][string]][] => [
        ...(near
          ? ([
              [`${name}_p50_ms`, { unit: "ms" }],
              [`${name}_p95_ms`, { unit: "ms" }],
            ] as [string, Bench["figures"][string]][])
          : []),
        [`${name}_start_ms`, { unit: "ms from asking to the first sound" }],
        [`${name}_stalls`, { unit: "times the player ran dry", target: { limit: 0, direction: "at most" } }],
      ]),
    ),
    stream_p50_ms: { unit: "ms", target: { limit: 1_500, direction: "at most" } },
    segments_p50_ms: { unit: "ms", target: { limit: 1_500, direction: "at most" } },
    llhls_p50_ms: { unit: "ms", target: { limit: 3_200, direction: "at most" } },
    near_mixer_p50_ms: { unit: "ms from the mixer to the player's position", target: { limit: 500, direction: "at most" } },
    near_mixer_p95_ms: { unit: "ms from the mixer to the player's position" },
    rewind_start_ms: { unit: "ms from the wish to hear the first second to its sound, in our player" },
    beeps: { unit: "beeps heard on every path" },
    minutes: { unit: "minutes listened" },
  },
  async measure(progress) {
    const folder = await mkdtemp(join(tmpdir(), "earshot-latency-"));
    const beep = join(folder, "beep.wav");
    // A chirp now and then: a tone that keeps its pitch is, after the fourth time, what a howl is, and turned down.
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
      "850:1150",
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
      await makeEvent(host, house, "Latency");
      await takeSeat(host);
      await comeTrue(host, onStage(1));
      await host.evaluate(`${WATCH}(window.microphone)`);
      await host.click("#go-live");
      await host.waitForTimeout(9_000);
      const live = `${house.front}/live/latency`;
      const started: Record<string, { readonly page: Page; readonly startMs: number }> = {};
      for (const [name, way] of Object.entries(WAYS)) {
        const page = await open(way.own ? `${house.front}/e/latency` : origin);
        const element = way.own ? "earshot.audio" : "document.getElementById('audio')";
        const asked = performance.now();
        await page.evaluate(`{ const audio = ${element}; ${way.play(live)} }`);
        await page.waitForFunction(`${element}.currentTime > 0 && !${element}.paused && ${element}.readyState >= 3`, undefined, { polling: 20 });
        started[name] = { page, startMs: performance.now() - asked };
        await page.evaluate(`${WATCH}(${element})`);
      }
      // Those near the stage need a moment to come close; the first seconds of everybody are told as starts.
      await host.waitForTimeout(5_000);
      const nearPage = (started.near as { page: Page }).page;
      await nearPage.evaluate(
        "window.behind = []; setInterval(() => window.behind.push(Date.now() - earshot.player.originUnixMs - earshot.player.position * 1000), 250)",
      );
      for (const { page } of Object.values(started)) await page.evaluate("window.stalls = 0; window.beeps = []");
      progress(`listening to ${BEEPS} beeps, one every ${PERIOD} s, in ${Object.keys(WAYS).length} ways`);
      await host.waitForTimeout(BEEPS * PERIOD * 1_000);
      const spoken = (await host.evaluate("window.beeps")) as number[];
      const figures: Record<string, number> = {};
      let beeps = Number.POSITIVE_INFINITY;
      for (const [name, { page, startMs }] of Object.entries(started)) {
        figures[`${name}_start_ms`] = startMs;
        figures[`${name}_stalls`] = (await page.evaluate("window.stalls")) as number;
        if (WAYS[name]?.near !== true) continue;
        const delays = ((await page.evaluate("window.beeps")) as number[])
          .map((heard) => heard - Math.max(...spoken.filter((at) => at < heard)))
          .filter((delay) => Number.isFinite(delay))
          .sort((a, b) => a - b);
        beeps = Math.min(beeps, delays.length);
        if (delays.length < 3) throw new Error(`too few beeps heard on ${name}: ${JSON.stringify({ spoken: spoken.length, delays })}`);
        figures[`${name}_p50_ms`] = percentile(delays, 0.5);
        figures[`${name}_p95_ms`] = percentile(delays, 0.95);
      }
      const behind = ((await nearPage.evaluate("window.behind")) as number[]).sort((a, b) => a - b);
      const usual = (started.stream as { page: Page }).page;
      const wished = performance.now();
      await usual.evaluate("earshot.player.rewind(0.5)");
      await usual.waitForFunction("earshot.player.position < 30 && earshot.player.position > 0.52 && earshot.audio.readyState >= 3", undefined, {
        polling: 20,
      });
      return {
        ...figures,
        rewind_start_ms: performance.now() - wished,
        near_mixer_p50_ms: percentile(behind, 0.5),
        near_mixer_p95_ms: percentile(behind, 0.95),
        beeps,
        minutes: (BEEPS * PERIOD) / 60,
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
