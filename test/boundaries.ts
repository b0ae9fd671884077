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
/** Ways into a room; `mod-live.ts` is the one for processes that have no database. */
const DOORS = new Set(["mod.ts", "mod-live.ts"]);

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
  if (!OPEN_ROOMS.has(to) && !DOORS.has(inside)) return `${to} is entered through its mod.ts`;
  return undefined;
}

function roomOf(root: string, path: string): string {
  const [first = "", second = ""] = relative(root, path).split(sep);
  return first === "src" ? second : first;
}

/** Packages that a module and everything it imports load at once, sorted; what is imported only when it is needed is left out. */
export async function packagesLoadedBy(root: string, entry: string): Promise<string[]> {
  const packages = new Set<string>();
  const seen = new Set<string>();
  const follow = async (path: string): Promise<void> => {
    if (seen.has(path)) return;
    seen.add(path);
    const source = await readFile(path, "utf8");
    for (const [, imported = ""] of source.matchAll(/^(?:import|export)(?! type )\s(?:[^;]*?\sfrom\s+)?"([^"]+)"/gm)) {
      if (imported.startsWith(".")) await follow(resolve(dirname(path), imported));
      else if (!imported.startsWith("node:")) packages.add(imported);
    }
  };
  await follow(join(root, entry));
  return [...packages].sort();
}
