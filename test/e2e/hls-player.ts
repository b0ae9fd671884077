import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { comeTrue } from "./come-true.ts";

/** Opens hls.js on another site's page and plays `playlist` by it: `window.hls`, `window.sound`, and in `window.faults` what it complained about. Resolves once it plays. */
export async function playByHls(page: Page, playlist: string): Promise<void> {
  // A real server: a page that comes from nowhere may not ask addresses of this machine.
  const elsewhere = createServer((_, response) => response.writeHead(200, { "content-type": "text/html" }).end("<!doctype html><title>A player</title>"));
  await new Promise<void>((resolve) => elsewhere.listen(0, "127.0.0.1", resolve));
  await page.goto(`http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}/`);
  elsewhere.close();
  await page.addScriptTag({ content: await readFile(join(import.meta.dirname, "../../node_modules/hls.js/dist/hls.min.js"), "utf8") });
  await page.evaluate(`
    window.faults = [];
    window.sound = document.body.appendChild(new Audio());
    window.hls = new Hls({ lowLatencyMode: true });
    hls.on(Hls.Events.ERROR, (_, { details, fatal, reason, buffer }) =>
      faults.push(details + (fatal ? " fatal" : "") + (reason ? ": " + reason : "") + (buffer === undefined ? "" : " with " + buffer.toFixed(2) + " s in hand at " + sound.currentTime.toFixed(1) + " s")));
    hls.loadSource(${JSON.stringify(playlist)});
    hls.attachMedia(sound);
    void sound.play();
  `);
  await comeTrue(page, "sound.currentTime > 1 && !sound.paused", 30_000);
}
