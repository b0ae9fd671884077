import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { type RunningHouse, startHouse } from "./house.ts";

const BIN = join(import.meta.dirname, "../../bin/earshot.mjs");
let house: RunningHouse;
let folder = "";
let cookie = "";

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "earshot-refused-"));
  house = await startHouse();
});
after(async () => {
  await house?.stop();
  await rm(folder, { recursive: true, force: true });
});

/** Runs a command that is expected to refuse. */
async function refused(command: string, environment: Record<string, string>): Promise<{ readonly status: number | null; readonly said: string }> {
  const env = { ...process.env, EARSHOT_DATA: await mkdtemp(join(folder, "data-")), ...environment };
  return await new Promise((resolve) => {
    const child = execFile(process.execPath, [BIN, command], { env, timeout: 60_000 }, (_, stdout, stderr) =>
      resolve({ status: child.exitCode, said: `${stdout}${stderr}` }),
    );
  });
}

async function api(
  method: string,
  path: string,
  body?: unknown,
): Promise<{ readonly status: number; readonly answer: Record<string, unknown>; readonly headers: Headers }> {
  const response = await fetch(`${house.backstage}${path}`, {
    method,
    headers: { "content-type": "application/json", cookie, origin: house.backstage },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, answer: (await response.json().catch(() => ({}))) as Record<string, unknown>, headers: response.headers };
}

/** One hour from now, as the API takes it. */
const soon = () => new Date(Date.now() + 3_600_000).toISOString();

describe("at the start", { concurrency: 5 }, () => {
  test("a port in use is named, with what to do", async () => {
    const { status, said } = await refused("serve", { EARSHOT_PORT: new URL(house.front).port });
    assert.equal(status, 1);
    assert.match(said, /already listens on a port/);
    assert.match(said, /EARSHOT_PORT/);
    assert.match(said, /What to do: Stop that program or set another port/);
  });

  test("a disk without room is refused before anything starts", async () => {
    const config = join(folder, "earshot.yaml");
    await writeFile(config, "disk_reserve_megabytes: 900000000\n");
    const { status, said } = await refused("serve", { EARSHOT_CONFIG: config, EARSHOT_PORT: "19380" });
    assert.equal(status, 1);
    assert.match(said, /The disk is full[\s\S]*free_mb[\s\S]*Free space in the data folder/);
  });

  test("a wrong setting is named with its rule and value", async () => {
    const { status, said } = await refused("serve", { EARSHOT_UDP_PORTS: "many" });
    assert.equal(status, 1);
    assert.match(said, /EARSHOT_UDP_PORTS[\s\S]*two port numbers with a hyphen[\s\S]*many/);
  });

  test("the doctor names the same port and ends with status 1", async () => {
    const { status, said } = await refused("doctor", { EARSHOT_PORT: new URL(house.front).port });
    assert.equal(status, 1);
    assert.match(said, /problem +EARSHOT_PORT +port \d+: already in use/);
    assert.match(said, /ok +Node/);
  });

  test("an unknown command prints the commands", async () => {
    const { status, said } = await refused("sevre", {});
    assert.equal(status, 2);
    assert.match(said, /serve[\s\S]*doctor/);
  });
});

describe("at the doors", () => {
  test("an unknown event is a problem for programs and a page for people", async () => {
    const program = await fetch(`${house.front}/e/nobody-knows`);
    assert.equal(program.status, 404);
    assert.equal(((await program.json()) as { code: string }).code, "event-unknown");
    const person = await fetch(`${house.front}/e/nobody-knows`, { headers: { accept: "text/html" } });
    assert.equal(person.status, 404);
    assert.match(await person.text(), /no event at this address[\s\S]*Check the address/);
  });

  test("a link that does not exist, a start in the past and a taken address are refused by name", async () => {
    assert.equal((await api("POST", "/api/enter", { secret: "this-secret-was-never-made" })).status, 401);
    const entered = await api("POST", "/api/enter", { secret: new URL(house.hostLink).hash.slice(1) });
    assert.equal(entered.status, 200);
    cookie = entered.headers.getSetCookie()[0]?.split(";")[0] ?? "";
    const draft = { title: "Taken", startDate: soon(), timeZone: "Europe/Berlin", slug: "taken", speakers: [{ name: "Ada", role: "host" }] };
    assert.equal((await api("POST", "/api/events", { ...draft, startDate: "2020-01-01T20:00:00Z" })).answer.code, "start-in-past");
    assert.ok((await api("POST", "/api/events", draft)).status < 300);
    assert.equal((await api("POST", "/api/events", draft)).answer.code, "slug-taken");
    assert.equal((await api("POST", "/api/enter", { secret: new URL(house.hostLink).hash.slice(1) })).status, 401, "the host link works once");
  });

  test("before the start there is no sound and no replay, and both say so", async () => {
    for (const [path, code] of [
      ["/live/taken.mp3", "event-not-live"],
      ["/live/taken/index.m3u8", "event-not-live"],
      ["/e/taken/replay.m3u8", "replay-not-ready"],
      ["/e/taken/recording.mp3", "replay-not-ready"],
    ] as const) {
      const response = await fetch(`${house.front}${path}`);
      assert.equal(response.status, 409, path);
      assert.equal(((await response.json()) as { code: string }).code, code, path);
    }
  });

  test("a WHIP encoder with a wrong token, a broken offer or the wrong type learns which", async () => {
    const { answer } = await api("POST", "/api/events/taken/seat");
    const token = String(answer.token);
    const whip = async (slug: string, headers: Record<string, string>, body: string) => {
      for (let attempt = 0; ; attempt++) {
        const response = await fetch(`${house.backstage}/whip/${slug}`, { method: "POST", headers, body });
        // The stage of a new event takes a second to start: the answer says so and asks to come back.
        if (response.status !== 503 || attempt > 40)
          return { status: response.status, code: ((await response.json().catch(() => ({}))) as { code?: string }).code };
        assert.match(response.headers.get("retry-after") ?? "", /^[12]$/);
        await new Promise((resolve) => setTimeout(resolve, 250));
      }
    };
    const sdp = { "content-type": "application/sdp" };
    assert.deepEqual(await whip("taken", { ...sdp, authorization: "Bearer es1.forged.token" }, "v=0"), { status: 401, code: "unauthorised" });
    assert.deepEqual(await whip("taken", { ...sdp, authorization: `Bearer ${token}` }, "v=0\r\nnot an offer"), { status: 400, code: "sdp-invalid" });
    assert.deepEqual(await whip("taken", { "content-type": "text/plain", authorization: `Bearer ${token}` }, "v=0"), { status: 415, code: "media-type" });
    assert.equal((await whip("nobody-knows", { ...sdp, authorization: `Bearer ${token}` }, "v=0")).status, 404);
  });
});
