import { readdir, readFile } from "node:fs/promises";
import { dirname, join, relative, resolve, sep } from "node:path";

/** Which rooms a room may import from. The one table; DESIGN and ARCHITECTURE say the same in words. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  core: [],
  wire: ["core"],
  ledger: ["core"],
  event: ["wire", "ledger", "core"],
  stage: ["event", "wire", "ledger", "core"],
  programme: ["core"],
  social: ["event", "wire", "ledger", "core"],
  record: ["programme", "wire", "core"],
  audience: ["programme", "wire", "ledger", "core"],
  server: ["record", "audience", "programme", "stage", "event", "social", "wire", "ledger", "core"],
  rehearsal: ["wire", "core", "ledger"],
  cli: ["server", "rehearsal", "wire", "core", "ledger"],
  web: ["wire", "core/units.ts", "ledger/verify/browser.ts"],
};
/** Rooms whose files are imported one by one; every other room is entered through its mod.ts. */
const OPEN_ROOMS = new Set(["core", "wire", "ledger"]);

/** An import that breaks a rule. */
export interface Violation {
  readonly file: string;
  readonly imported: string;
  readonly rule: string;
}

/** Reads every source file under `root` and names each import that breaks the directions. */
export async function findViolations(root: string): Promise<Violation[]> {
  const violations: Violation[] = [];
  for (const base of ["src", "web"]) {
    for (const entry of await readdir(join(root, base), { recursive: true, withFileTypes: true }).catch(() => [])) {
      if (!entry.isFile() || !entry.name.endsWith(".ts")) continue;
      const path = join(entry.parentPath, entry.name);
      const source = await readFile(path, "utf8");
      for (const [, imported = ""] of source.matchAll(/(?:from|import)\s*\(?\s*"(\.[^"]+)"/g)) {
        const rule = check(root, path, imported);
        if (rule !== undefined) violations.push({ file: relative(root, path), imported, rule });
      }
    }
  }
  return violations;
}

function check(root: string, path: string, imported: string): string | undefined {
  const from = roomOf(root, path);
  const target = resolve(dirname(path), imported);
  const to = roomOf(root, target);
  if (from === to) return undefined;
  // Tests of every room speak with the same voices.
  if (path.endsWith(".test.ts") && relative(root, target).startsWith(join("test", "material"))) return undefined;
  const inside = relative(join(root, "src", to), target)
    .split(sep)
    .join("/");
  const allowed = MAY_IMPORT[from] ?? [];
  if (!allowed.includes(to) && !allowed.includes(`${to}/${inside}`)) return `${from} may not import ${to}`;
  if (!OPEN_ROOMS.has(to) && inside !== "mod.ts") return `${to} is entered through its mod.ts`;
  return undefined;
}

function roomOf(root: string, path: string): string {
  const [first = "", second = ""] = relative(root, path).split(sep);
  return first === "src" ? second : first;
}
