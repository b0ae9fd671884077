import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Page } from "playwright-core";

/** A site of somebody else's, as far as the browser can tell. */
const ELSEWHERE = "http://player.localhost/";

/** Opens hls.js on another site's page and plays `playlist` by it: `window.hls`, `window.element`, and in `window.faults` what it complained about. Resolves once it plays. */
export async function playByHls(page: Page, playlist: string): Promise<void> {
  await page.route(`${ELSEWHERE}**`, (route) => route.fulfill({ contentType: "text/html", body: "<title>A player</title>" }));
  await page.goto(ELSEWHERE);
  await page.addScriptTag({ content: await readFile(join(import.meta.dirname, "../../node_modules/hls.js/dist/hls.min.js"), "utf8") });
  await page.evaluate(`
    window.faults = [];
    window.element = document.body.appendChild(new Audio());
    window.hls = new Hls({ lowLatencyMode: true });
    hls.on(Hls.Events.ERROR, (_, { details, fatal, reason }) => faults.push(details + (fatal ? " fatal" : "") + (reason ? ": " + reason : "")));
    hls.loadSource(${JSON.stringify(playlist)});
    hls.attachMedia(element);
    element.play();
  `);
  await page.waitForFunction("element.currentTime > 1 && !element.paused", undefined, { timeout: 30_000 });
}
