import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";
import { Grant, type SeatGrant } from "./grant.ts";

const grant = (token: string): SeatGrant => ({ token, seat: "ada", name: "Ada", role: "speaker", expiresUnixSeconds: 0, iceServers: [] });

let now = 0;
let asked: string[] = [];
let answer: () => Response;
let held: Grant;
const realFetch = globalThis.fetch;

async function pass(ms: number): Promise<void> {
  for (const end = now + ms; now < end; ) {
    now += 1_000;
    mock.timers.tick(1_000);
    for (let turn = 0; turn < 10; turn++) await Promise.resolve();
    await new Promise((resolve) => setImmediate(resolve));
  }
}

beforeEach(() => {
  mock.timers.enable({ apis: ["setInterval"] });
  now = 0;
  asked = [];
  answer = () => Response.json(grant(`token ${asked.length}`));
  globalThis.fetch = (async (path: string) => {
    asked.push(path);
    return answer();
  }) as typeof fetch;
  held = new Grant("talk", grant("first"), () => now);
});
afterEach(() => {
  held.close();
  mock.timers.reset();
  globalThis.fetch = realFetch;
});

test("a grant is taken anew in time, so that one is always good", async () => {
  assert.equal((await held.fresh()).token, "first");
  await pass(60_000);
  assert.deepEqual(asked, ["/api/events/talk/seat", "/api/events/talk/seat"]);
  assert.equal((await held.fresh()).token, "token 2");
  assert.equal(held.last.token, "token 2");
});

test("after the machine slept a good one is asked for before it is used, once for all who ask", async () => {
  now += 3_600_000;
  const [one, two] = await Promise.all([held.fresh(), held.fresh()]);
  assert.deepEqual([one.token, two.token, asked.length], ["token 1", "token 1", 1]);
});

test("a server that is away leaves the old grant, and is asked again", async () => {
  answer = () => Response.json({ code: "stage-starting" }, { status: 503 });
  await pass(60_000);
  assert.equal((await held.fresh()).token, "first");
  answer = () => Response.json(grant("back"));
  assert.equal((await held.fresh()).token, "back");
});
