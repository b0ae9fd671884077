import assert from "node:assert/strict";
import type { Server } from "node:http";
import { after, before, test } from "node:test";
import { counter, createRegistry, gauge } from "../../core/metrics.ts";
import { openAdmin, type ProcessHealth } from "./admin.ts";

let server: Server;
let url = "";
let health: ProcessHealth[] = [];
let collect: () => Promise<readonly unknown[]> = async () => [];

before(async () => {
  server = await openAdmin({ port: 0, health: () => health, collect: () => collect() });
  const address = server.address() as { port: number; address: string };
  assert.equal(address.address, "127.0.0.1", "nobody but this machine reaches it");
  url = `http://127.0.0.1:${address.port}`;
});
after(() => {
  server.close();
  server.closeAllConnections();
});

test("the house is healthy when every process is ready, and says which one is not", async () => {
  health = [
    { name: "front", ready: true, restarts: 0 },
    { name: "stage-evening", ready: false, restarts: 3 },
  ];
  const ill = await fetch(`${url}/healthz`);
  assert.deepEqual([ill.status, ill.headers.get("cache-control")], [503, "no-store"]);
  assert.deepEqual(await ill.json(), { ok: false, processes: health });
  health = health.map((each) => ({ ...each, ready: true }));
  const well = await fetch(`${url}/healthz`);
  assert.equal(well.status, 200);
  assert.equal(((await well.json()) as { ok: boolean }).ok, true);
});

test("one scrape has the figures of every process, each under its own name", async () => {
  const front = createRegistry("front");
  gauge(front, "earshot_front_blocked_requests", "Requests waiting.", () => 7);
  const stages = ["stage-evening", "stage-morning"].map((name, index) => {
    const registry = createRegistry(name);
    counter(registry, "earshot_programme_parts_total", "Parts published.", () => 40 + index);
    return registry;
  });
  collect = async () => await Promise.all([front, ...stages].map((registry) => registry.getMetricsAsJSON()));
  health = [{ name: "front", ready: true, restarts: 2 }];
  const scraped = await fetch(`${url}/metrics`);
  assert.deepEqual([scraped.status, scraped.headers.get("content-type")?.startsWith("text/plain")], [200, true]);
  const text = await scraped.text();
  for (const line of [
    'earshot_front_blocked_requests{process="front"} 7',
    'earshot_programme_parts_total{process="stage-evening"} 40',
    'earshot_programme_parts_total{process="stage-morning"} 41',
    'earshot_process_restarts_total{name="front",process="supervisor"} 2',
  ])
    assert.ok(text.includes(line), `${line}\n${text.slice(0, 2_000)}`);
  assert.match(text, /process_resident_memory_bytes\{process="stage-morning"\} \d+/);
  assert.equal(text.match(/^# TYPE earshot_programme_parts_total counter$/gm)?.length, 1, "one type line, or Prometheus refuses the whole page");
});

test("a process that is away or answers nothing costs only its own figures", async () => {
  const front = createRegistry("front");
  gauge(front, "earshot_front_blocked_requests", "Requests waiting.", () => 1);
  collect = async () => [[], await front.getMetricsAsJSON()];
  const scraped = await fetch(`${url}/metrics`);
  assert.equal(scraped.status, 200);
  assert.match(await scraped.text(), /earshot_front_blocked_requests\{process="front"\} 1/);
});

test("figures that cannot be had are an error of that scrape, not of the port", async () => {
  collect = async () => await Promise.reject(new Error("no answer"));
  assert.equal((await fetch(`${url}/metrics`)).status, 500);
  collect = async () => [];
  assert.equal((await fetch(`${url}/metrics`)).status, 200);
  assert.equal((await fetch(`${url}/other`)).status, 404);
});
