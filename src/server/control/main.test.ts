import assert from "node:assert/strict";
import { createServer } from "node:net";
import { test } from "node:test";
import type { EventView } from "../../wire/api.ts";
import { ControlProcess, freshConfig, tomorrow } from "./test-control-process.ts";
import { Visitor } from "./test-house.ts";

test("the process says ready, wants the Sound check's stage once it knows what runs, answers for its metrics, and ends when told", async () => {
  await using fresh = await freshConfig();
  const control = new ControlProcess(fresh.config);
  const { url } = await control.hear("ready");
  control.tell({ type: "stages", stages: [] });
  assert.deepEqual((await control.hear("want-stages")).stages, [{ eventId: "00000000-0000-7000-8000-000000000001", slug: "sound-check" }]);
  assert.equal((await fetch(`${url}/healthz`)).status, 200);
  control.tell({ type: "metrics-request", id: 7 });
  const metrics = await control.hear("metrics");
  assert.equal(metrics.id, 7);
  assert.match(JSON.stringify(metrics.json), /earshot_backstage_request_seconds/);
  control.tell({ type: "shutdown" });
  assert.equal(await control.gone(), 0);
});

test("kill -9 of control loses nothing it has answered for, and the host is still signed in", async () => {
  await using fresh = await freshConfig();
  const first = new ControlProcess(fresh.config);
  const { url } = await first.hear("ready");
  const operator = new Visitor(url);
  await operator.call("POST", "/api/enter", { secret: fresh.config.hostSecret });
  const slugs = await Promise.all(
    Array.from(
      { length: 10 },
      async (_, index) => (await operator.call<EventView>("POST", "/api/events", { ...tomorrow(), title: `Evening ${index}` })).body.slug,
    ),
  );
  first.child.kill("SIGKILL");
  assert.equal(await first.gone(), "SIGKILL");
  const second = new ControlProcess(fresh.config);
  const again = new Visitor((await second.hear("ready")).url);
  again.cookie = operator.cookie;
  const { events } = (await again.call<{ events: EventView[] }>("GET", "/api/events")).body;
  assert.deepEqual(events.map((event) => event.slug).sort(), slugs.sort());
  second.tell({ type: "shutdown" });
  assert.equal(await second.gone(), 0);
});

test("a taken port is reported to the supervisor by setting and number before the process ends", async () => {
  await using fresh = await freshConfig();
  const blocker = createServer();
  await new Promise<void>((resolve) => blocker.listen(0, "127.0.0.1", resolve));
  const backstagePort = (blocker.address() as { port: number }).port;
  const control = new ControlProcess({ ...fresh.config, backstagePort });
  const fault = await control.hear("fault");
  assert.deepEqual([fault.code, fault.details], ["port-in-use", { setting: "EARSHOT_BACKSTAGE_PORT", port: backstagePort }]);
  assert.equal(await control.gone(), 1);
  blocker.close();
});
