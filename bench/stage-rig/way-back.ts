import type { Page } from "playwright-core";
import { openBrowser, type RunningHouse, startHouse } from "../../test/e2e/house.ts";

/** Speakers who are on stage when it is killed; the slowest of them counts. */
const SPEAKERS = ["Ada", "Bruno", "Clara"];
/** Time everybody is on stage before the next kill. Milliseconds. */
const REST_MS = 5_000;
/** Longest wait for somebody who does not come back. Milliseconds. */
const LIMIT_MS = 20_000;

/** One speaker's way back after a kill, step by step. Milliseconds since the kill; each step holds those before it. */
export interface WayBack {
  /** The new stage process was started. */
  readonly started: number;
  /** It listens. */
  readonly listens: number;
  /** The room welcomed the page. */
  readonly room: number;
  /** The page asked for its sound to be taken, the last time that it did. */
  readonly offered: number;
  readonly answered: number;
  /** ICE and DTLS are through. */
  readonly connected: number;
  /** The page shows its own speaker on stage: sound arrived there. */
  readonly back: number;
}

/** Notes in a page when each step was taken last, by the wall clock. */
const NOTE_STEPS = `(() => {
  const steps = (window.steps = {});
  const note = (name) => (steps[name] = Date.now());
  const { WebSocket: Socket, RTCPeerConnection: Connection, fetch: ask } = window;
  window.WebSocket = class extends Socket {
    constructor(...args) {
      super(...args);
      this.addEventListener("message", ({ data }) => String(data).startsWith('{"type":"welcome"') && note("room"));
    }
  };
  window.RTCPeerConnection = class extends Connection {
    constructor(...args) {
      super(...args);
      this.addEventListener("connectionstatechange", () => this.connectionState === "connected" && note("connected"));
    }
  };
  window.fetch = async (url, init) => {
    if (!String(url).includes("/whip/") || init?.method !== "POST") return await ask(url, init);
    note("offered");
    const response = await ask(url, init);
    note("answered");
    return response;
  };
  let there = false;
  const look = () => {
    const own = document.querySelector(".seats .quiet:not(.small)")?.closest("li");
    const is = own !== undefined && own !== null && !own.classList.contains("away");
    if (is && !there) note("back");
    there = is;
  };
  new MutationObserver(look).observe(document, { subtree: true, childList: true, attributes: true });
})()`;

/** Kills the stage of a whole Earshot `kills` times and follows every speaker back; one list per kill. */
export async function killStages(kills: number, progress: (text: string) => void): Promise<WayBack[][]> {
  const house = await startHouse();
  const browser = await openBrowser();
  try {
    const [host, ...guests] = await Promise.all(
      SPEAKERS.map(async () => {
        const page = await (await browser.newContext({ bypassCSP: true })).newPage();
        await page.addInitScript(NOTE_STEPS);
        return page;
      }),
    );
    const pages = [host as Page, ...guests];
    for (const [index, link] of (await openEvent(host as Page, house)).entries()) await guests[index]?.goto(link);
    for (const page of pages) {
      await page.waitForSelector("#join:not([disabled])");
      await page.click("#join");
    }
    const runs: WayBack[][] = [];
    for (let count = 0; count < kills; count++) {
      for (const page of pages) await page.waitForFunction(`document.querySelectorAll(".seats li:not(.away)").length === ${pages.length}`);
      await (host as Page).waitForTimeout(REST_MS);
      const killed = Date.now();
      process.kill(house.pid("stage-killed"), "SIGKILL");
      runs.push(await Promise.all(pages.map((page) => followBack(page, house, killed))));
      progress(
        `kill ${count + 1} of ${kills}: ${runs
          .at(-1)
          ?.map((each) => Object.values(each).join(" "))
          .join(" | ")}`,
      );
    }
    return runs;
  } finally {
    await browser.close();
    await house.stop();
  }
}

/** Makes the event as its host would; returns the guests' links. */
async function openEvent(page: Page, house: RunningHouse): Promise<string[]> {
  await page.goto(house.hostLink);
  await page.waitForURL("**/studio");
  const start = new Date(Date.now() + 3_600_000).toISOString();
  const speakers = SPEAKERS.map((name, index) => ({ name, role: index === 0 ? "host" : "speaker" }));
  const event = { title: "Killed", startDate: start, timeZone: "Europe/Berlin", speakers };
  const made = `fetch("/api/events", { method: "POST", headers: { "content-type": "application/json" }, body: ${JSON.stringify(JSON.stringify(event))} }).then(({ status }) => status)`;
  const status = await page.evaluate(made);
  if (status !== 201) throw new Error(`the event was not made: ${String(status)}`);
  await page.goto(`${house.backstage}/studio/killed`);
  return await Promise.all(SPEAKERS.slice(1).map((name) => page.inputValue(`input[data-person="${name}"]`)));
}

async function followBack(page: Page, house: RunningHouse, killed: number): Promise<WayBack> {
  await page.waitForFunction(`(steps.back ?? 0) > ${killed}`, undefined, { timeout: LIMIT_MS, polling: 20 });
  const { room, offered, answered, connected, back } = (await page.evaluate("steps")) as Record<"room" | "offered" | "answered" | "connected" | "back", number>;
  const since = (at: number) => at - killed;
  const told = (message: string) => since(Date.parse((JSON.parse(lineOf(house, message)) as { at: string }).at));
  return {
    started: told('"process":"stage-killed","pid"'),
    listens: told('"stage listens"'),
    room: since(room),
    offered: since(offered),
    answered: since(answered),
    // The first sound may be shown before the browser says that it is connected.
    connected: since(connected < answered ? back : connected),
    back: since(back),
  };
}

/** The newest line of the log of the stage under test that holds a text. */
function lineOf(house: RunningHouse, text: string): string {
  return (
    house
      .output()
      .split("\n")
      .filter((line) => line.includes(text) && line.includes('"stage-killed"'))
      .at(-1) ?? "{}"
  );
}
