import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { Browser } from "playwright-core";
import { type PathRecord, pathRecord } from "../../src/wire/path-record.ts";
import { speak } from "../material/speech.ts";
import { comeTrue } from "./come-true.ts";
import { openBrowser, type RunningHouse, startHouse } from "./house.ts";
import { look } from "./look.ts";
import { makeEvent, openDevice, takeSeat } from "./walk.ts";

const TEXT = "She sells six fresh fish sandwiches, just as she said she should. This is the sixth session of the season.";
/** Where the headset of this test ends. Hertz. */
const CUT = 7_100;

let folder = "";
let house: RunningHouse;
let browser: Browser;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "earshot-path-"));
  const headset = join(folder, "headset.wav");
  execFileSync("sox", [speak(folder, "ada", "en-gb", TEXT, 60), headset, "sinc", `-${CUT}`], { stdio: "pipe" });
  browser = await openBrowser(headset);
  house = await startHouse();
});
after(async () => {
  await browser?.close();
  await house?.stop();
  await rm(folder, { recursive: true, force: true });
});

test("a headset that ends at 7.1 kHz is named to the host while they speak, and in the event's record", { timeout: 300_000 }, async () => {
  const host = await openDevice(browser, "en-GB");
  await makeEvent(host, house, "Voice or path");
  await takeSeat(host);
  await comeTrue(host, "/Cut at 7\\.\\d kHz/.test(document.querySelector('.path')?.textContent ?? '')", 120_000);
  await host.click(".path summary");
  // A busy machine may have more to say of itself.
  const sentences = await host.locator(".path .found").allTextContents();
  assert.ok(
    sentences.some((sentence) => /^Cut at 7\.\d kHz, since \d\d:\d\d:\d\d \(microphone or headset\)$/.test(sentence)),
    sentences.join("; "),
  );
  await look(host, "stage-path");
  const record = await readRecord(join(house.dataFolder, "events"));
  const text = JSON.stringify(record);
  const [seat] = record.seats;
  const [cut] = seat?.findings.filter(({ kind }) => kind === "cut") ?? [];
  assert.ok(cut !== undefined && Math.abs(cut.value - CUT) < 400 && cut.verdict === "path", text);
  assert.ok((seat?.microphones[0]?.device ?? "") !== "" && seat?.microphones[0]?.noiseSuppression === true, text);
  assert.equal(seat?.minutes[0]?.verdict, "path");
  assert.ok((seat?.minutes[0]?.codedHertz ?? 0) > 8_000, `the codec is not to blame: ${text}`);
  process.stdout.write(`# ${text}\n`);
});

/** The record of the one event that has one. */
async function readRecord(events: string): Promise<PathRecord> {
  for (;;) {
    for (const id of await readdir(events)) {
      const text = await readFile(join(events, id, "path.json"), "utf8").catch(() => undefined);
      const record = pathRecord.safeParse(JSON.parse(text ?? "null"));
      if (record.success && record.data.seats.some(({ findings }) => findings.some(({ kind }) => kind === "cut"))) return record.data;
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}
