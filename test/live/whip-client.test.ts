import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";
import type { EncoderAnswer, PersonView } from "../../src/wire/api.ts";
import { type RunningHouse, startHouse } from "../e2e/house.ts";
import { asSent } from "../material/on-air.ts";
import { decode, find, level, RATE, speak } from "../material/speech.ts";

const TEXT = "This is the desk of the radio station. We send by an encoder of another make, and we are on your stage.";

let house: RunningHouse;
let folder = "";
let wav = "";
let cookie = "";

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "earshot-whip-"));
  wav = speak(folder, "desk", "en-gb", TEXT, 12);
  house = await startHouse();
});
after(async () => {
  await house?.stop();
  await rm(folder, { recursive: true, force: true });
});

async function api<Answer>(method: string, path: string, body?: unknown): Promise<Answer> {
  const response = await fetch(`${house.backstage}${path}`, {
    method,
    headers: { "content-type": "application/json", cookie, origin: house.backstage },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  assert.ok(response.ok, `${method} ${path}: ${response.status}`);
  cookie = response.headers.getSetCookie()[0]?.split(";")[0] ?? cookie;
  return (response.status === 204 ? undefined : await response.json()) as Answer;
}

/** The other make's client; `line` waits for a line it prints. */
function client({ whipUrl, token }: EncoderAnswer) {
  const child = spawn("/usr/bin/python3", [join(import.meta.dirname, "../interop/whip-client.py"), whipUrl, token, wav]);
  const lines: string[] = [];
  let wake = () => {};
  createInterface({ input: child.stdout }).on("line", (text) => {
    lines.push(text);
    wake();
  });
  child.stderr.on("data", (bytes: Buffer) => lines.push(`stderr ${bytes.toString()}`));
  const line = async (start: string): Promise<string> => {
    const end = Date.now() + 20_000;
    for (;;) {
      const found = lines.find((text) => text.startsWith(start));
      if (found !== undefined) return found;
      if (child.exitCode !== null || Date.now() > end) throw new Error(`no line ${start} in ${lines.join("\n")}`);
      await new Promise<void>((resolve) => {
        wake = resolve;
        setTimeout(resolve, 200);
      });
    }
  };
  return { child, line };
}

test("an encoder of another make, on the seat a host gave it, sends by WHIP, is heard by the audience, and hangs up", { timeout: 120_000 }, async () => {
  await api("POST", "/api/enter", { secret: new URL(house.hostLink).hash.slice(1) });
  const { slug } = await api<{ slug: string }>("POST", "/api/events", {
    title: "Relay",
    startDate: new Date(Date.now() + 3_600_000).toISOString(),
    timeZone: "Europe/Berlin",
    speakers: [
      { name: "Ada", role: "host" },
      { name: "Desk", role: "speaker" },
    ],
  });
  const { people } = await api<{ people: PersonView[] }>("GET", `/api/events/${slug}/people`);
  const encoder = client(await api<EncoderAnswer>("POST", `/api/events/${slug}/people/${people.find(({ name }) => name === "Desk")?.id}/encoder`));
  try {
    assert.equal(await encoder.line("status"), "status 201 application/sdp");
    await encoder.line("state connected");
    await api("POST", `/api/events/${slug}/live`);
    // Until the first part is public the address says that the event is not on air yet.
    while ((await fetch(`${house.front}/live/${slug}.mp3`, { method: "HEAD" })).status !== 200) await new Promise((resolve) => setTimeout(resolve, 100));
    const heard = decode(`${house.front}/live/${slug}.mp3`, ["-t", "9"]);
    assert.ok(level(heard) > -35, `level ${level(heard)}`);
    const spoken = asSent(decode(wav));
    const { ncc } = find(heard, spoken.subarray(2 * RATE, 3 * RATE), 0, heard.length);
    assert.ok(ncc > 0.5, `the voice is there: ${ncc}`);
    encoder.child.stdin.end();
    assert.equal(await encoder.line("ended"), "ended 200");
    await api("POST", `/api/events/${slug}/end`);
  } finally {
    encoder.child.kill();
  }
});
