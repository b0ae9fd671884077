import assert from "node:assert/strict";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { createLog } from "../../core/log.ts";
import { HouseProcess } from "./house-process.ts";

let folder = "";
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "earshot-process-"));
  // What whoever runs the tests set would win over the house's own folder.
  delete process.env.NODE_COMPILE_CACHE;
});
after(async () => await rm(folder, { recursive: true, force: true }));

/** A supervised process that says when it is up, on a clock the test turns. */
class Supervised {
  readonly delays: number[] = [];
  readonly process: HouseProcess;
  nowMs = 0;
  #wake = () => {};
  #ups = 0;

  constructor(module: string) {
    const hear = (line: string) => {
      const { delay_ms } = JSON.parse(line) as { delay_ms?: number };
      if (delay_ms !== undefined) this.delays.push(delay_ms);
    };
    this.process = new HouseProcess({
      name: "stage-evening",
      module,
      config: {},
      raisePriority: false,
      codeCache: join(folder, "code"),
      log: createLog(hear, () => 0),
      nowMs: () => this.nowMs,
      onMessage: () => {
        this.#ups++;
        this.#wake();
      },
      onGone: () => this.#wake(),
    });
  }

  /** Resolves when it said `times` times that it is up. */
  async up(times: number): Promise<void> {
    while (this.#ups < times) await new Promise<void>((resolve) => (this.#wake = resolve));
  }

  async deaths(times: number): Promise<void> {
    while (this.delays.length < times) await new Promise<void>((resolve) => (this.#wake = resolve));
  }
}

test("a stage that ran for two seconds is started again at once, however often it was killed before", async () => {
  const module = join(folder, "lives.mjs");
  await writeFile(module, 'process.send({ type: "ready", url: "" }); setInterval(() => {}, 1_000); process.on("message", () => process.exit(0));');
  const stage = new Supervised(module);
  stage.process.start();
  for (let kills = 1; kills <= 4; kills++) {
    await stage.up(kills);
    stage.nowMs += 2_000;
    process.kill(stage.process.pid as number, "SIGKILL");
  }
  await stage.up(5);
  await stage.process.close();
  assert.deepEqual(stage.delays, [0, 0, 0, 0]);
  assert.equal(stage.process.restarts, 4);
});

test("a process that dies as soon as it starts is started later and later, so that it does not take the machine", async () => {
  const module = join(folder, "dies.mjs");
  await writeFile(module, "process.exit(3);");
  const stage = new Supervised(module);
  stage.process.start();
  await stage.deaths(3);
  await stage.process.close();
  assert.deepEqual(stage.delays, [0, 200, 500]);
});

test("what a process has compiled is there for the next one, also when it is killed", async () => {
  const module = join(folder, "keeps.mts");
  const life = join(import.meta.dirname, "../adapters/process-life.ts");
  await writeFile(
    module,
    `const { live } = await import(${JSON.stringify(life)});
    const nothing = async () => {};
    live({ registry: () => ({ getMetricsAsJSON: async () => [] }), log: {}, close: nothing });
    process.send({ type: "ready", url: "" });`,
  );
  const stage = new Supervised(module);
  stage.process.start();
  await stage.up(1);
  process.kill(stage.process.pid as number, "SIGKILL");
  await stage.deaths(1);
  await stage.process.close();
  assert.ok((await readdir(join(folder, "code"), { recursive: true })).length > 5);
});
