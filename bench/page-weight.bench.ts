import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { brotliCompressSync } from "node:zlib";
import { startHouse } from "../test/e2e/house.ts";
import type { Bench } from "./harness.ts";

/** Bytes of a body as they cross the wire to a browser that accepts Brotli. */
async function wireBytes(url: string): Promise<{ readonly bytes: number; readonly text: string }> {
  const { request } = await import("node:http");
  const { brotliDecompressSync, gunzipSync } = await import("node:zlib");
  return await new Promise((resolve, reject) => {
    request(url, { headers: { "accept-encoding": "br, gzip", accept: "text/html,*/*" } }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () => {
        const body = Buffer.concat(chunks);
        const encoding = response.headers["content-encoding"];
        resolve({ bytes: body.length, text: (encoding === "br" ? brotliDecompressSync(body) : encoding === "gzip" ? gunzipSync(body) : body).toString() });
      });
    })
      .on("error", reject)
      .end();
  });
}

/** Everything a browser fetches before the first sound: page (with styles), scripts, header and first part. */
export const bench: Bench = {
  name: "page-weight",
  rounds: 1,
  figures: {
    bytes_to_first_sound: { unit: "bytes", target: { limit: 25_000, direction: "at most" } },
    page_bytes: { unit: "bytes" },
    script_bytes: { unit: "bytes" },
    first_audio_bytes: { unit: "bytes" },
    hls_js_light_bytes: { unit: "bytes" },
    hls_js_full_bytes: { unit: "bytes" },
    ratio_vs_hls_js_light: { unit: "of hls.js light alone" },
  },
  async measure() {
    const house = await startHouse();
    try {
      const page = await wireBytes(`${house.front}/e/sound-check`);
      let scriptBytes = 0;
      const queue = [...page.text.matchAll(/src="(\/assets\/[^"]+)"/g)].map((match) => match[1] ?? "");
      for (let at = 0; at < queue.length; at++) {
        const script = await wireBytes(`${house.front}${queue[at]}`);
        scriptBytes += script.bytes;
        for (const [, name = ""] of script.text.matchAll(/(?:from|import)"\.\/([^"]+)"/g))
          if (!queue.includes(`/assets/${name}`)) queue.push(`/assets/${name}`);
      }
      const list = (await wireBytes(`${house.front}/live/sound-check/opus/index.m3u8`)).text;
      const part = /URI="(part-\d+\.m4s)"/.exec(list)?.[1] ?? "";
      const audio =
        (await wireBytes(`${house.front}/live/sound-check/opus/header.mp4`)).bytes + (await wireBytes(`${house.front}/live/sound-check/opus/${part}`)).bytes;
      const library = async (file: string) => brotliCompressSync(await readFile(join(import.meta.dirname, "../node_modules/hls.js/dist", file))).length;
      const light = await library("hls.light.min.js");
      const total = page.bytes + scriptBytes + audio;
      return {
        bytes_to_first_sound: total,
        page_bytes: page.bytes,
        script_bytes: scriptBytes,
        first_audio_bytes: audio,
        hls_js_light_bytes: light,
        hls_js_full_bytes: await library("hls.min.js"),
        ratio_vs_hls_js_light: total / light,
      };
    } finally {
      await house.stop();
    }
  },
};
