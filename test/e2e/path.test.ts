import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { type Hop, type PathFinding, type PathRecord, pathRecord } from "../../src/wire/path-record.ts";
import type { VoicesAnswer } from "../../src/wire/voices.ts";
import { finished, reportsOf } from "../../web/studio/voice-report.ts";
import { speak } from "../material/speech.ts";
import { comeTrue } from "./come-true.ts";
import { openBrowser, type RunningHouse, startHouse } from "./house.ts";
import { look } from "./look.ts";
import { come, makeEvent, openDevice, says, takeSeat } from "./walk.ts";

const TEXT = "She sells six fresh fish sandwiches, just as she said she should. This is the sixth session of the season.";
/** Where the headset of this test ends. Hertz. */
const CUT = 7_100;
/** What a busy machine may be at fault for besides. */
const HOPS_IN_GERMAN: Partial<Record<Hop, string>> = { microphone: "Mikrofon oder Headset", network: "Netz", decoder: "unser Dekoder" };

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

test("a headset that ends at 7.1 kHz is named to the host while they speak, in the event's record, and in the studio after the end", {
  timeout: 400_000,
}, async () => {
  const host = await openDevice(browser, "en-GB");
  const slug = await makeEvent(host, house, "Voice or path", "Bruno");
  await giveEncoder(host);
  await takeSeat(host);
  await host.click("#go-live");
  await comeTrue(host, "/Cut at (?:6\\.[7-9]|7(?:\\.\\d)?) kHz/.test(document.querySelector('.path')?.textContent ?? '')", 120_000);
  await host.click(".path summary");
  // A busy machine may have more to say of itself.
  const sentences = await host.locator(".path .found").allTextContents();
  assert.ok(
    sentences.some((sentence) => /^Cut at [67](?:\.\d)? kHz, since \d\d:\d\d:\d\d \(microphone or headset\)$/.test(sentence)),
    sentences.join("; "),
  );
  await says(host, ".path", "sibilance ratio");
  const facts = (await host.locator(".path .fact").allTextContents()).join("; ");
  assert.match(facts, /noise suppression on.*; sibilants up to [67]\.?\d* kHz; sibilance ratio -?[\d.]+ dB as it came in, -?[\d.]+ dB in the mix/);
  assert.match(facts, /Opus up to 20 kHz, \d+ kbit\/s, 20 ms of sound in a packet; Last five seconds: [\d.]+ % lost/);
  await says(host, ".talk", "turns: ");
  await look(host, "stage-path");
  const record = await readRecord(join(house.dataFolder, "events"));
  const text = JSON.stringify(record);
  const [seat] = record.seats;
  assert.equal(seat?.findings.find(isTheCut)?.verdict, "path", text);
  assert.ok((seat?.microphones[0]?.device ?? "") !== "" && seat?.microphones[0]?.noiseSuppression === true, text);
  assert.equal(seat?.minutes[0]?.verdict, "path");
  assert.ok((seat?.minutes[0]?.codedHertz ?? 0) > 8_000, `the codec is not to blame: ${text}`);
  process.stdout.write(`# ${text}\n`);

  await host.click("#end");
  await host.click("#end-yes");
  await says(host, "#phase", "Ended");
  let told: VoicesAnswer = { path: null, talk: null, over: true };
  for (const locale of ["en", "de"]) {
    const answer = host.waitForResponse((response) => new URL(response.url()).pathname === `/api/events/${slug}/voices`);
    await host.goto(`${house.backstage}/studio/${slug}?lang=${locale}`);
    told = (await (await answer).json()) as VoicesAnswer;
    await host.click("#voices .voice summary");
    await host.click("#voices .minutes summary");
    await look(host, `stage-path-after-${locale}`);
  }
  const report = await host.innerText("#voices");
  // The headset, unless this machine was so busy that another hop of the record was at fault for longer.
  const [voice] = reportsOf(finished(told));
  const where = HOPS_IN_GERMAN[voice?.hop ?? "mix"] ?? `no other hop: ${JSON.stringify(voice?.path?.findings)}`;
  assert.match(report, new RegExp(`Ada\\s+Weg: \\d+:\\d\\d lang stimmte etwas nicht, vor allem hier: ${where}\\n`));
  assert.match(report, /Der Weg war von \d\d:\d\d:\d\d bis \d\d:\d\d:\d\d bei [67](,\d)? kHz abgeschnitten/);
  assert.match(report, /Gesprochen\s+\d:\d\d[\s\S]*Längster Beitrag\s+\d:\d\d/);
});

/** Gives an encoder Bruno's seat: what is shown opens the stage to it, once it is hidden it is gone. */
async function giveEncoder(host: Page): Promise<void> {
  await host.click('[data-act="encoder"][aria-label$="Bruno"]');
  await host.waitForSelector(".encoder");
  await look(host, "encoder-seat");
  assert.match(await host.innerText(".encoder"), /recorded in the name of Bruno[\s\S]*Shown only now, and good until/);
  const [server, token] = await Promise.all(["encoderServer", "encoderToken"].map((name) => host.inputValue(`.encoder input[name="${name}"]`)));
  // The stage may still be starting.
  const code = await come("the stage to answer the encoder", async () => {
    const headers = { authorization: `Bearer ${token}`, "content-type": "application/sdp" };
    const answer = (await (await fetch(server ?? "", { method: "POST", headers, body: "no offer" })).json()) as { code: string };
    return answer.code === "stage-starting" ? undefined : answer.code;
  });
  assert.equal(code, "sdp-invalid", "the token is good");
  await host.click('[data-act="encoder-done"]');
  await host.waitForSelector(".encoder", { state: "detached" });
}

/** The record of the one event that has one, once it names the cut where it is: the first look at a busy machine's sound may be some hundred hertz off. */
async function readRecord(events: string): Promise<PathRecord> {
  return await come(`a cut at ${CUT} Hz in the record`, async () => {
    for (const id of await readdir(events)) {
      const text = await readFile(join(events, id, "path.json"), "utf8").catch(() => undefined);
      const record = pathRecord.safeParse(JSON.parse(text ?? "null"));
      if (record.success && record.data.seats.some(({ findings }) => findings.some(isTheCut))) return record.data;
    }
    return undefined;
  });
}

function isTheCut({ kind, value }: PathFinding): boolean {
  return kind === "cut" && Math.abs(value - CUT) < 400;
}
