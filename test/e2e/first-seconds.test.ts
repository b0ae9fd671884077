import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { EVENT, type FrontDouble, openFront, openStageDouble, type StageDouble, until } from "../../src/server/front/test-front.ts";
import { comeTrue } from "./come-true.ts";
import { openBrowser } from "./house.ts";

let house: FrontDouble;
let stage: StageDouble;
let browser: Browser;
let server: Server;
let origin = "";

before(async () => {
  house = await openFront();
  stage = await openStageDouble();
  stage.publish(0, 3);
  house.front.setStages([{ eventId: EVENT.id, slug: EVENT.slug, url: stage.url }]);
  await until(() => house.front.desk.get(EVENT.slug)?.store.newest("mp3") === 2);
  browser = await openBrowser();
  const script = await readFile(join(import.meta.dirname, "../../node_modules/hls.js/dist/hls.min.js"));
  server = createServer((request, response) => {
    if (request.url === "/hls.js") response.writeHead(200, { "content-type": "text/javascript" }).end(script);
    else if (request.url === "/parts-only.m3u8") response.writeHead(200, { "content-type": "application/vnd.apple.mpegurl" }).end(PARTS_ONLY);
    else response.writeHead(200, { "content-type": "text/html" }).end('<script src="/hls.js"></script>');
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  origin = `http://127.0.0.1:${(server.address() as { port: number }).port}`;
});
after(async () => {
  server.close();
  await browser.close();
  stage.close();
  await house.close();
});

/** What a list in the first four seconds would be without waiting: parts, no whole segment. */
const PARTS_ONLY = `#EXTM3U
#EXT-X-VERSION:9
#EXT-X-TARGETDURATION:4
#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK=2.0,HOLD-BACK=12.0
#EXT-X-PART-INF:PART-TARGET=0.5
#EXT-X-MEDIA-SEQUENCE:0
#EXT-X-PART:DURATION=0.5,URI="part-0.m4s",INDEPENDENT=YES
#EXT-X-PRELOAD-HINT:TYPE=PART,URI="part-1.m4s"
`;

/** Opens a page whose hls.js tells of every list it took and every error it met. */
async function listen(address: string): Promise<Page> {
  const page = await (await browser.newContext()).newPage();
  await page.goto(origin);
  await page.evaluate(`
    window.told = [];
    window.hls = new Hls({ lowLatencyMode: true });
    hls.on(Hls.Events.LEVEL_LOADED, (_, { details }) => told.push("list of " + details.fragments.length));
    hls.on(Hls.Events.ERROR, (_, { details }) => told.push(details));
    hls.loadSource(${JSON.stringify(address)});
  `);
  return page;
}

test("hls.js that joins in the first four seconds of an event waits and meets no error", async () => {
  const page = await listen(`${house.url}/live/${EVENT.slug}/index.m3u8`);
  await until(() => (house.front.desk.get(EVENT.slug)?.hls.waiting ?? 0) > 0);
  stage.publish(3, 8);
  await comeTrue(page, "told.length > 0");
  assert.deepEqual(await page.evaluate("told"), ["list of 1"]);
});

test("a list of parts without a whole segment would have been an error to it", async () => {
  const page = await listen(`${origin}/parts-only.m3u8`);
  await comeTrue(page, "told.length > 0");
  assert.equal(await page.evaluate("told[0]"), "levelEmptyError");
});
