import assert from "node:assert/strict";
import { type ChildProcess, execFile, execFileSync, spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { after, before, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { toneLevel } from "../../src/stage/test-tone.ts";
import { comeTrue } from "../e2e/come-true.ts";
import { openBrowser, type RunningHouse, startHouse } from "../e2e/house.ts";
import { look } from "../e2e/look.ts";

/** Tones of the two sounds; neither is in the room nor in each other's spectrum. Hertz. */
const JINGLE_HZ = 900;
const RADIO_HZ = 1_300;

let folder = "";
let house: RunningHouse;
let browser: Browser;
let host: Page;
let slug = "";
const children: ChildProcess[] = [];

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "earshot-sounds-"));
  house = await startHouse({ EARSHOT_PRIVATE_FEEDS: "1" });
  browser = await openBrowser();
});
after(async () => {
  await browser?.close();
  await house?.stop();
  for (const child of children) child.kill();
  await rm(folder, { recursive: true, force: true });
});

const until = async (what: string, wanted: () => Promise<boolean> | boolean) => {
  for (let turn = 0; turn < 300; turn++) {
    if (await wanted()) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  assert.fail(`waited in vain for ${what}`);
};

/** What listeners hear in the next seconds: the endless MP3, decoded by ffmpeg. Mono, 48 kHz. */
async function listen(seconds: number): Promise<Float32Array> {
  const address = `${house.front}/live/${slug}.mp3`;
  const args = ["-v", "error", "-i", address, "-t", String(seconds), "-f", "f32le", "-ac", "1", "-ar", "48000", "-"];
  const { stdout } = await promisify(execFile)("ffmpeg", args, { maxBuffer: 1e8, encoding: "buffer" });
  return new Float32Array(stdout.buffer, stdout.byteOffset, Math.floor(stdout.length / 4)).slice();
}

/** Loudest half second of a tone. dBFS. */
function loudest(signal: Float32Array, hertz: number): number {
  let most = -120;
  for (let at = 0; at + 24_000 <= signal.length; at += 12_000) most = Math.max(most, toneLevel(signal.subarray(at, at + 24_000), hertz));
  return most;
}

/** A local Icecast with one mount that an ffmpeg feeds with a tone, in real time. Gives the stream's address. */
async function startRadio(): Promise<string> {
  const port = await new Promise<number>((resolve) => {
    const server = createServer();
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
  const config = join(folder, "icecast.xml");
  await writeFile(
    config,
    `<icecast><limits><clients>10</clients><sources>2</sources></limits><authentication><source-password>hackme</source-password><admin-user>admin</admin-user><admin-password>hackme</admin-password></authentication><hostname>localhost</hostname><listen-socket><port>${port}</port><bind-address>127.0.0.1</bind-address></listen-socket><paths><logdir>${folder}</logdir><webroot>/usr/share/icecast2/web</webroot><adminroot>/usr/share/icecast2/admin</adminroot></paths><logging><errorlog>error.log</errorlog><accesslog>access.log</accesslog></logging><security><chroot>0</chroot>${process.getuid?.() === 0 ? "<changeowner><user>nobody</user><group>nogroup</group></changeowner>" : ""}</security></icecast>`,
  );
  execFileSync("chmod", ["-R", "a+rwX", folder]);
  children.push(spawn("icecast2", ["-c", config], { stdio: "ignore" }));
  await until(
    "Icecast",
    () =>
      new Promise<boolean>((resolve) => {
        const socket = connect(port, "127.0.0.1", () => resolve(true));
        socket.on("connect", () => socket.destroy()).on("error", () => resolve(false));
      }),
  );
  const tone = `sine=frequency=${RADIO_HZ}:sample_rate=44100`;
  children.push(
    spawn(
      "ffmpeg",
      [
        "-v",
        "error",
        "-re",
        "-f",
        "lavfi",
        "-i",
        tone,
        "-b:a",
        "128k",
        "-content_type",
        "audio/mpeg",
        "-f",
        "mp3",
        `icecast://source:hackme@127.0.0.1:${port}/radio.mp3`,
      ],
      { stdio: "ignore" },
    ),
  );
  const address = `http://127.0.0.1:${port}/radio.mp3`;
  await until("the radio's stream", async () => {
    const response = await fetch(address).catch(() => undefined);
    await response?.body?.cancel();
    return response?.status === 200;
  });
  return address;
}

test("a host adds a jingle and a stream in the studio, and bad ones are refused in words", { timeout: 240_000 }, async () => {
  const jingle = join(folder, "Fanfare.mp3");
  execFileSync("ffmpeg", ["-v", "error", "-f", "lavfi", "-i", `sine=frequency=${JINGLE_HZ}:sample_rate=44100:duration=3`, jingle]);
  const letter = join(folder, "Letter.mp3");
  await writeFile(letter, "Dear listeners, this is a letter.\n".repeat(100));

  host = await (await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: "en-GB", bypassCSP: true })).newPage();
  host.setDefaultTimeout(60_000);
  await host.goto(house.hostLink);
  await host.waitForURL("**/studio");
  const made = (await host.evaluate(
    `fetch("/api/events", { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ title: "Evening", startDate: new Date(Date.now() + 3.6e6).toISOString(), timeZone: "Europe/Berlin", speakers: [{ name: "Ada", role: "host" }] }) }).then((response) => response.json())`,
  )) as { slug: string };
  slug = made.slug;
  await host.goto(`${house.backstage}/studio/${slug}`);
  await host.waitForSelector("#sounds");
  await host.click("#sounds details > summary");

  await host.setInputFiles('#add-file input[type="file"]', letter);
  await host.click("#add-file button");
  await host.waitForSelector("#sounds .wrong");
  assert.match((await host.textContent("#sounds .wrong")) ?? "", /cannot be played/);

  await host.fill('#add-file input[name="name"]', "");
  await host.setInputFiles('#add-file input[type="file"]', jingle);
  assert.equal(await host.inputValue('#add-file input[name="name"]'), "Fanfare");
  await host.click("#add-file button");
  await host.waitForSelector('[data-sound="Fanfare"]');
  assert.match((await host.textContent('[data-sound="Fanfare"]')) ?? "", /Play Fanfare\s*0:0[34]/);

  const radio = await startRadio();
  await host.fill('#add-stream input[name="url"]', radio);
  await host.fill('#add-stream input[name="name"]', "Radio");
  await host.click("#add-stream button");
  await host.waitForSelector('[data-sound="Radio"]');
  await host.fill('#add-stream input[name="url"]', "http://127.0.0.1:9/none");
  await host.fill('#add-stream input[name="name"]', "Nobody");
  await host.click("#add-stream button");
  await host.waitForSelector('[data-sound="Nobody"]');
  await host.click('.sound:has([data-sound="Fanfare"]) summary');
  await look(host, "studio-sounds");
});

test("a jingle that the host plays by keyboard is on air at the programme's loudness, and over by itself", { timeout: 240_000 }, async () => {
  await host.waitForSelector("#go-live:not([disabled])");
  await host.click("#go-live");
  await until("going live", async () => (await fetch(`${house.front}/live/${slug}.mp3`, { method: "HEAD" }).catch(() => undefined))?.status === 200);
  await host.focus('[data-sound="Fanfare"]');
  const hearing = listen(8);
  await host.keyboard.press("Enter");
  await comeTrue(host, `/Stop Fanfare/.test(document.querySelector('[data-sound="Fanfare"]').textContent)`);
  const heard = await hearing;
  const level = loudest(heard, JINGLE_HZ);
  assert.ok(level > -21 && level < -15, `${level} dBFS on air`);
  assert.ok(loudest(heard, JINGLE_HZ + 200) < level - 30, "and it is that tone");
  await comeTrue(host, `/Play Fanfare/.test(document.querySelector('[data-sound="Fanfare"]').textContent)`);
});

test("a stream from an Icecast is on air until the host stops it; one that does not answer says so", { timeout: 240_000 }, async () => {
  await host.click('[data-sound="Radio"]');
  await comeTrue(host, `/Stop Radio/.test(document.querySelector('[data-sound="Radio"]').textContent)`);
  await until("the radio on air", async () => loudest(await listen(3), RADIO_HZ) > -22);
  await host.click('[data-sound="Nobody"]');
  await comeTrue(host, `/asked again/.test(document.querySelector('#sounds').textContent)`);
  await look(host, "studio-sounds-playing");
  await host.click('[data-sound="Nobody"]');
  await host.click('[data-sound="Radio"]');
  await comeTrue(host, `/Play Radio/.test(document.querySelector('[data-sound="Radio"]').textContent)`);
  await until("the end of the radio on air", async () => loudest((await listen(2)).slice(-48_000), RADIO_HZ) < -60);
});

test("waiting music that plays goes on by itself after the stage was killed", { timeout: 240_000 }, async () => {
  await host.click('[data-sound="Radio"]');
  await until("the radio on air", async () => loudest(await listen(3), RADIO_HZ) > -22);
  process.kill(house.pid(`stage-${slug}`), "SIGKILL");
  await until("the stage's return", async () => house.output().split(`"process":"stage-${slug}"`).length > 2);
  await until("the radio back on air", async () => {
    try {
      return loudest((await listen(3)).slice(-48_000), RADIO_HZ) > -22;
    } catch {
      return false;
    }
  });
});
