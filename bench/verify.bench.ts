import { spawn } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { ensureWeb } from "../src/server/web-build.ts";
import { KINDS, mutantOf } from "../test/material/ledger-mutants.ts";
import { check, draftLedger, memorySource, publish, rememberingCheck } from "../test/material/ledger.ts";
import type { Bench } from "./harness.ts";

/** 200 edges for two hours, a window every ten seconds: 144,000 signed lines. */
const EDGES = 200;
const WINDOWS = 720;
/** A checkpoint about every minute, as the log of such an event has it. Entries. */
const CHECKPOINT_EVERY = 1_200;
const MUTANTS = 2_000;

/** Verifies a large event as a stranger does, with the file a stranger downloads; then tampers with a small one in every way there is. */
export const bench: Bench = {
  name: "verify",
  rounds: 1,
  figures: {
    lines: { unit: "signed lines" },
    cpu_s: { unit: "s", target: { limit: 60, direction: "at most" } },
    us_per_line: { unit: "us of CPU" },
    rss_mb: { unit: "MB" },
    ledger_mb: { unit: "MB of files" },
    mutants: { unit: "mutants" },
    mutants_caught: { unit: "share", target: { limit: 1, direction: "at least" } },
  },
  async measure(progress) {
    const folder = await mkdtemp(join(tmpdir(), "earshot-verify-"));
    try {
      const { cpuSeconds, rssMegabytes, bytes } = await verifyLarge(folder, progress);
      const caught = await tamper(progress);
      const lines = EDGES * WINDOWS;
      return {
        lines,
        cpu_s: cpuSeconds,
        us_per_line: (cpuSeconds * 1e6) / lines,
        rss_mb: rssMegabytes,
        ledger_mb: bytes / 1e6,
        mutants: MUTANTS,
        mutants_caught: caught / MUTANTS,
      };
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};

async function verifyLarge(folder: string, progress: (text: string) => void) {
  const { lines } = draftLedger({ edges: EDGES, windows: WINDOWS, segments: 0 });
  const sizes = Array.from({ length: Math.floor(lines.length / CHECKPOINT_EVERY) }, (_, index) => (index + 1) * CHECKPOINT_EVERY);
  let bytes = 0;
  for (const [path, content] of publish(lines, sizes)) {
    bytes += content.length;
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), content);
  }
  progress(`${lines.length} entries written, ${Math.round(bytes / 1e6)} MB`);
  const verifier = join(await ensureWeb(), "assets/verify.mjs");
  const tell = 'process.on("exit",()=>process.stderr.write(JSON.stringify(process.resourceUsage())))';
  const { status, out, err } = await run([`--import=data:text/javascript,${encodeURIComponent(tell)}`, verifier, folder, "--json"]);
  const verdict = JSON.parse(out) as { readonly result: string; readonly edges: readonly { readonly windows: number }[] };
  const windows = verdict.edges.reduce((sum, edge) => sum + edge.windows, 0);
  if (status !== 0 || verdict.result !== "holds" || windows !== EDGES * WINDOWS)
    throw new Error(`the large ledger does not hold: ${status} ${out.slice(0, 500)}`);
  const usage = JSON.parse(err) as { readonly userCPUTime: number; readonly systemCPUTime: number; readonly maxRSS: number };
  return { cpuSeconds: (usage.userCPUTime + usage.systemCPUTime) / 1e6, rssMegabytes: usage.maxRSS / 1024, bytes };
}

async function run(args: readonly string[]): Promise<{ readonly status: number | null; readonly out: string; readonly err: string }> {
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] });
  let [out, err] = ["", ""];
  child.stdout.on("data", (text: Buffer) => (out += text.toString()));
  child.stderr.on("data", (text: Buffer) => (err += text.toString()));
  const status = await new Promise<number | null>((resolve) => child.once("close", resolve));
  return { status, out, err };
}

async function tamper(progress: (text: string) => void): Promise<number> {
  const draft = draftLedger({ edges: 2, windows: 30, segments: 130, interpreted: true });
  const signatures = rememberingCheck();
  let caught = 0;
  for (let number = 0; number < MUTANTS; number++) {
    const { what, files, replay } = mutantOf(draft, number);
    const { result } = await check(memorySource(files, replay), { check: signatures });
    if (result === "holds") progress(`mutant ${number} was not noticed: ${what}`);
    else caught++;
  }
  progress(`${caught} of ${MUTANTS} mutants in ${KINDS.length} ways noticed`);
  return caught;
}
