import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { type LiveEventDouble, openLiveEvent } from "../e2e/live-event.ts";
import { WebKit } from "../interop/webkit.ts";

/** How much of the event there is to go back to. Seconds. */
const PAST = 60;
/** What Safari calls itself on a phone. */
const IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1";
const HEARS = "earshot.player.status === 'playing'";
const BEHIND = "((Date.now() - earshot.player.originUnixMs) / 1000 - earshot.player.position)";

let event: LiveEventDouble;
before(async () => {
  event = await openLiveEvent({ pastSeconds: PAST });
});
after(() => event?.close());

/** The listening page in a WebKit of its own. */
async function open(settings: readonly string[] = []): Promise<WebKit> {
  const webkit = await WebKit.open(settings);
  await webkit.goto(`${event.url}/e/${event.slug}`);
  return webkit;
}

describe("somebody listens with Safari's engine", { timeout: 180_000 }, () => {
  test("one tap and the programme is heard two seconds behind the stage at most, from the beginning if wished, at half the data, and live again", async () => {
    await using webkit = await open();
    await webkit.click("#play");
    await webkit.until(`${HEARS} && ${BEHIND} > 0 && ${BEHIND} < 2`);
    const from = (await webkit.evaluate("earshot.player.position")) as number;
    await webkit.until(`earshot.player.position > ${from + 5} && ${BEHIND} < 2`);
    assert.match(String(await webkit.evaluate("document.getElementById('late').textContent")), /^You hear this [01]\.\d s after it is said\.$/);
    await webkit.evaluate("earshot.player.rewind(5)");
    await webkit.until(`earshot.player.rewound && ${HEARS} && earshot.player.position > 7 && earshot.player.position < 15`);
    await webkit.click("#live-edge");
    await webkit.until(`!earshot.player.rewound && ${HEARS} && ${BEHIND} < 2`);
    await webkit.evaluate("(earshot.player.mode = 'thrifty')");
    await webkit.until(`${HEARS} && ${BEHIND} < 3 && performance.getEntriesByType('resource').some(({ name }) => name.includes('/low/'))`);
    await webkit.click("#play");
    assert.equal(await webkit.evaluate("earshot.player.status"), "idle");
  });

  test("an iPhone, which plays by itself, hears it, goes back to the beginning, and has the recording when the event is over; no figure is made up", async () => {
    await using webkit = await open([`--user-agent=${IPHONE}`]);
    await webkit.click("#play");
    const place = "earshot.audio.currentTime";
    await webkit.until(`${HEARS} && earshot.audio.src.includes('.m3u8') && ${place} > 1`);
    const from = (await webkit.evaluate(place)) as number;
    await webkit.until(`${place} > ${from + 5}`);
    // This WebKit does not say at which date its sound begins, as Safari does.
    assert.equal(await webkit.evaluate("document.getElementById('late').textContent"), "");
    await webkit.evaluate("earshot.player.rewind(30)");
    await webkit.until(`earshot.player.rewound && ${HEARS} && earshot.player.position > 31 && earshot.player.position < 45`);
    assert.match(String(await webkit.evaluate("document.getElementById('late').textContent")), /^You hear what was said /);
    await webkit.click("#live-edge");
    // A list that has ended meanwhile would be played from its beginning.
    await webkit.until(`!earshot.player.rewound && ${HEARS} && earshot.audio.src.includes('/index.m3u8') && ${place} > ${PAST / 2}`);
    await event.end();
    await webkit.until("document.body.innerText.includes('Play replay')", 60_000);
    await webkit.click("#play");
    await webkit.until(`!earshot.audio.paused && ${place} > 2 && ${place} < 20`);
  });
});
