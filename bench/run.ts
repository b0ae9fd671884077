import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { arch, availableParallelism, cpus, loadavg, platform, release, totalmem } from "node:os";
import { join } from "node:path";
import { type Bench, meets, summarise } from "./harness.ts";

const FOLDER = import.meta.dirname;
const name = process.argv[2];
const names = (await readdir(FOLDER)).filter((file) => file.endsWith(".bench.ts")).map((file) => file.replace(".bench.ts", ""));

if (name === undefined || name === "--list" || !names.includes(name)) {
  process.stdout.write(`npm run bench -- NAME, one of:\n${names.map((each) => `  ${each}\n`).join("")}`);
  process.exit(name === "--list" ? 0 : 2);
}

const { bench } = (await import(join(FOLDER, `${name}.bench.ts`))) as { bench: Bench };
const loadBefore = loadavg()[0] as number;
const values = new Map<string, number[]>();
for (let round = 1; round <= bench.rounds; round++) {
  const measured = await bench.measure((text) => process.stderr.write(`round ${round}/${bench.rounds}: ${text}\n`));
  for (const [key, value] of Object.entries(measured)) values.set(key, [...(values.get(key) ?? []), value]);
}
const figures = Object.fromEntries(Object.entries(bench.figures).map(([key, { unit }]) => [key, summarise(values.get(key) ?? [], unit)]));
const missing = Object.keys(figures).filter((key) => Number.isNaN(figures[key]?.value));
if (missing.length > 0) throw new Error(`not measured: ${missing.join(", ")}`);
const targets = Object.fromEntries(
  Object.entries(bench.figures).flatMap(([key, { target }]) =>
    target === undefined ? [] : [[key, { ...target, met: meets(figures[key]?.value ?? Number.NaN, target) }]],
  ),
);
const { version } = JSON.parse(await readFile(join(FOLDER, "../package.json"), "utf8")) as { version: string };
const result = {
  name,
  at: new Date().toISOString(),
  machine: { cpu: cpus()[0]?.model ?? "", cores: availableParallelism(), memory_gb: Math.round(totalmem() / 1e9), os: `${platform()} ${release()} ${arch()}` },
  versions: { earshot: version, node: process.versions.node },
  load: { before: loadBefore, after: loadavg()[0] as number },
  rounds: bench.rounds,
  figures,
  targets,
};
await mkdir(join(FOLDER, "results"), { recursive: true });
await writeFile(join(FOLDER, "results", `${name}.json`), `${JSON.stringify(result, null, 2)}\n`);
process.stdout.write(
  `\n${name}   ${result.machine.cores} cores, Node ${result.versions.node}, load ${result.load.before.toFixed(2)} to ${result.load.after.toFixed(2)}, ${bench.rounds} round(s)\n`,
);
for (const [key, { value, unit, low, high }] of Object.entries(figures)) {
  const target = targets[key];
  const spread = low === undefined ? "" : `  (${round3(low)} to ${round3(high as number)})`;
  const verdict = target === undefined ? "" : `  ${target.met ? "met" : "MISSED"}: ${target.direction} ${target.limit}`;
  process.stdout.write(`  ${key.padEnd(28)} ${String(round3(value)).padStart(10)} ${unit}${spread}${verdict}\n`);
}

function round3(value: number): number {
  return Math.round(value * 1000) / 1000;
}
