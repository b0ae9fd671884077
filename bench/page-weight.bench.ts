import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { brotliCompressSync } from "node:zlib";
import type { Browser } from "playwright-core";
import { comeTrue } from "../test/e2e/come-true.ts";
import { openBrowser, startHouse } from "../test/e2e/house.ts";
import type { Bench } from "./harness.ts";

/** How long requests are counted once it plays. Seconds; several segments. */
const COUNTED_SECONDS = 24;

/** What crossed the wire to a browser that has never been here, as it tells itself: heads of answers and bodies as they came. */
interface FirstListen {
  readonly toFirstSound: number;
  readonly page: number;
  readonly scripts: number;
  readonly audio: number;
  /** Requests up to the first sound. */
  readonly requests: number;
  /** Requests per second while it plays. */
  readonly perSecond: number;
}

/** Opens the page, taps, and counts until the first sound; then counts requests for a while. */
async function listenFirst(browser: Browser, front: string): Promise<FirstListen> {
  const context = await browser.newContext({ bypassCSP: true });
  const page = await context.newPage();
  const wire = await context.newCDPSession(page);
  const fetched = new Map<string, { readonly path: string; bytes: number }>();
  const add = (requestId: string, bytes: number) => {
    const request = fetched.get(requestId);
    if (request !== undefined) request.bytes += bytes;
  };
  wire.on("Network.requestWillBeSent", ({ requestId, request }) => fetched.set(requestId, { path: new URL(request.url).pathname, bytes: 0 }));
  wire.on("Network.responseReceived", ({ requestId, response }) => add(requestId, response.encodedDataLength));
  wire.on("Network.dataReceived", ({ requestId, encodedDataLength }) => add(requestId, encodedDataLength));
  wire.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => {
    // The whole of what is over, head included; a page's own body is told only here.
    const request = fetched.get(requestId);
    if (request !== undefined) request.bytes = encodedDataLength;
  });
  const bytesOf = (kind: RegExp) => [...fetched.values()].reduce((sum, { path, bytes }) => (kind.test(path) ? sum + bytes : sum), 0);
  await wire.send("Network.enable");
  await page.goto(`${front}/e/sound-check`);
  await page.click("#play");
  await comeTrue(page, "document.getElementById('audio').currentTime > 0 && !document.getElementById('audio').paused");
  const first = {
    toFirstSound: bytesOf(/^/),
    page: bytesOf(/^\/e\//),
    scripts: bytesOf(/^\/assets\//),
    audio: bytesOf(/^\/live\/.*(?<!\.json)$/),
    requests: fetched.size,
  };
  await page.waitForTimeout(COUNTED_SECONDS * 1_000);
  const perSecond = (fetched.size - first.requests) / COUNTED_SECONDS;
  await context.close();
  return { ...first, perSecond };
}

/** Everything a browser fetches before the first sound: page with its styles, scripts, header and the first audio; by the default stream and behind a cache. */
export const bench: Bench = {
  name: "page-weight",
  rounds: 1,
  figures: {
    bytes_to_first_sound: { unit: "bytes, heads of answers included", target: { limit: 25_000, direction: "at most" } },
    page_bytes: { unit: "bytes" },
    script_bytes: { unit: "bytes" },
    first_audio_bytes: { unit: "bytes, as far as they had come when it sounded" },
    requests_to_first_sound: { unit: "requests" },
    requests_per_listener_second: { unit: "requests while it plays" },
    cache_bytes_to_first_sound: { unit: "bytes, the same where a cache stands in front", target: { limit: 25_000, direction: "at most" } },
    cache_requests_per_listener_second: { unit: "requests while it plays, where a cache stands in front: one per segment of 4 s, and the number" },
    hls_js_light_bytes: { unit: "bytes" },
    hls_js_full_bytes: { unit: "bytes" },
    ratio_vs_hls_js_light: { unit: "of hls.js light alone" },
  },
  async measure() {
    const browser = await openBrowser();
    const measured: FirstListen[] = [];
    try {
      for (const environment of [{}, { EARSHOT_CDN: "1" }] as const) {
        const house = await startHouse({ EARSHOT_SOUND_CHECK: "1", ...environment });
        try {
          measured.push(await listenFirst(browser, house.front));
        } finally {
          await house.stop();
        }
      }
    } finally {
      await browser.close();
    }
    const [own, cache] = measured as [FirstListen, FirstListen];
    const library = async (file: string) => brotliCompressSync(await readFile(join(import.meta.dirname, "../node_modules/hls.js/dist", file))).length;
    const light = await library("hls.light.min.js");
    return {
      bytes_to_first_sound: own.toFirstSound,
      page_bytes: own.page,
      script_bytes: own.scripts,
      first_audio_bytes: own.audio,
      requests_to_first_sound: own.requests,
      requests_per_listener_second: own.perSecond,
      cache_bytes_to_first_sound: cache.toFirstSound,
      cache_requests_per_listener_second: cache.perSecond,
      hls_js_light_bytes: light,
      hls_js_full_bytes: await library("hls.min.js"),
      ratio_vs_hls_js_light: own.toFirstSound / light,
    };
  },
};
