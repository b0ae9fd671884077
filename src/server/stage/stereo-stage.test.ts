import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { systemClock } from "../../core/clock.ts";
import { silentLog } from "../../core/log.ts";
import type { StageManifest } from "../../event/mod.ts";
import { readArchiveEnd } from "../../programme/mod.ts";
import { eventFiles } from "./event-files.ts";
import { runStage, type StageProcess } from "./stage-process.ts";

let dataFolder = "";
const key = randomBytes(32);
const files = () => eventFiles(dataFolder, "e1");

before(async () => {
  dataFolder = await mkdtemp(join(tmpdir(), "earshot-stereo-stage-"));
  await mkdir(join(dataFolder, "keys"));
  await writeFile(join(dataFolder, "keys/house.key"), key, { mode: 0o600 });
  await mkdir(files().folder, { recursive: true });
  const manifest: StageManifest = { eventId: "e1", slug: "evening", title: "Evening", language: "en", speakers: [], removedSeats: [], soundCheck: false };
  await writeFile(files().manifest, JSON.stringify(manifest));
  await writeFile(files().recording, JSON.stringify({ version: 1, keepLossless: true }));
});
after(() => rm(dataFolder, { recursive: true, force: true }));

async function start(stereo: boolean): Promise<StageProcess> {
  const config = {
    dataFolder,
    publicUrl: "http://listen.test",
    eventId: "e1",
    slug: "evening",
    udpPorts: [31_400, 31_420] as const,
    announce: [],
    iceTcp: false,
  };
  const running = await runStage({
    config: { ...config, loopback: true, stereo },
    clock: systemClock,
    log: silentLog,
    onDone: () => {},
    onStall: (lagMs) => assert.fail(`stood still for ${lagMs} ms`),
  });
  assert.ok(running !== undefined);
  let at = 0;
  await running.stage.addHouseSource("tone", {
    pull: (out) => {
      for (let index = 0; index < out.length; index++) out[index] = 0.1 * Math.sin((2 * Math.PI * 500 * at++) / 48_000);
    },
  });
  return running;
}

async function command({ url }: StageProcess, type: "go-live" | "end"): Promise<void> {
  const headers = { authorization: `Bearer ${key.toString("base64url")}`, "content-type": "application/json" };
  const answer = await fetch(`${url}/command`, { method: "POST", headers, body: JSON.stringify({ type }) });
  assert.equal(answer.status, 200, await answer.text());
}

async function until(come: () => boolean): Promise<void> {
  while (!come()) await new Promise((resolve) => setTimeout(resolve, 20));
}

test("a stage told to be stereo sends and keeps two channels to the end, also when it comes back under other settings", { timeout: 120_000 }, async () => {
  const first = await start(true);
  await command(first, "go-live");
  await until(() => first.onAir.position > 2 * 48_000);
  // Gone without its end, as after a kill; meanwhile the operator changed the setting.
  await first.close();
  const second = await start(false);
  assert.equal(second.stage.sides?.length, 2);
  const from = second.onAir.position;
  await until(() => second.onAir.position > from + 2 * 48_000);
  const heard = second.onAir.position;
  await command(second, "end");
  await second.close();
  assert.ok(((await readArchiveEnd(files().archive))?.durationSamples ?? 0) >= heard);
  for (const [name, channels] of [
    ["opus.mp4", 2],
    ["aac.mp4", 2],
    ["recording.flac", 2],
    ["recording.mp3", 1],
    ["low.mp4", 1],
  ] as const) {
    const path = join(files().archive, name);
    const told = execFileSync("ffprobe", ["-v", "error", "-show_entries", "stream=channels", "-of", "csv=p=0", path]).toString();
    assert.equal(Number(told.trim().split("\n")[0]), channels, name);
    const raw = execFileSync("ffmpeg", ["-v", "error", "-xerror", "-i", path, "-f", "f32le", "-"], { maxBuffer: 1e8 });
    const all = new Float32Array(raw.buffer.slice(raw.byteOffset, raw.byteOffset + raw.length));
    // The house's own sounds stand in the middle: heard on both sides, as loud.
    const power = Array.from({ length: channels }, (_, channel) =>
      all.reduce((sum, sample, index) => sum + (index % channels === channel ? sample * sample : 0), 0),
    );
    const [left = 0, right = left] = power;
    assert.ok(left > 1 && Math.abs(10 * Math.log10(left / right)) < 0.1, `${name}: ${power.join(" ")}`);
  }
});
