import { createHash, randomUUID } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import type { InputOptions, RolldownBuild } from "rolldown";
import { compressed } from "./adapters/pages.ts";

const ROOT = join(import.meta.dirname, "../..");

/** A page of the web bundle. */
interface PageSource {
  readonly template: string;
  /** The module it runs. */
  readonly script: string | undefined;
  /** What its body holds besides what the template says. */
  readonly element?: string;
  /** A style sheet of its own behind those of the template. */
  readonly styles?: string;
}

/** A backstage page: one head for all of them, and in the body the custom element its module is named after. */
function backstage(script: string, more: Pick<PageSource, "element" | "styles"> = {}): PageSource {
  const tag = `earshot-${basename(script, ".ts")}`;
  return { template: "studio/page.html", script, element: `<${tag}></${tag}>`, ...more };
}

/** Pages and the module each runs. */
const PAGES: Readonly<Record<string, PageSource>> = {
  "listen.html": { template: "listen/listen.html", script: "listen/listen.ts" },
  "waiting.html": { template: "listen/waiting.html", script: "listen/waiting.ts" },
  "home.html": { template: "home/home.html", script: "home/home.ts" },
  "clip.html": { template: "clip/clip.html", script: "clip/clip.ts" },
  "embed.html": { template: "embed/embed.html", script: "embed/embed.ts" },
  "not-found.html": { template: "home/not-found.html", script: undefined },
  "studio.html": backstage("studio/studio.ts"),
  "operate.html": backstage("operate/operate.ts"),
  "hand.html": backstage("hand/hand.ts"),
  "reminder.html": backstage("reminder/reminder.ts"),
  "wall.html": backstage("wall/wall.ts", { styles: "wall/wall.css" }),
  "moderate.html": backstage("moderate/moderate.ts", { styles: "wall/wall.css" }),
  "enter.html": backstage("studio/enter.ts", { element: '<main class="page"><h1 id="title"></h1><p id="status" role="status"></p></main>' }),
  "sign-in.html": backstage("account/sign-in.ts", { styles: "account/account.css" }),
  "account.html": backstage("account/account.ts", { styles: "account/account.css" }),
};

/** Pages that share scripts. The listening page shares none: in one piece it is a request and a tenth fewer bytes, and a listener comes to no other page. */
const GROUPS: readonly ((page: string) => boolean)[] = [(page) => page === "listen.html", (page) => page !== "listen.html"];

/** How long a build that is not the present one is left alone. Milliseconds: it may be on its way, or just have been made by somebody else. */
const LEFT_ALONE_MS = 3_600_000;

/**
 * Builds the pages of the package in `root` when their sources changed since the last build; resolves to the folder.
 * Each build has a folder of its own and is in its place only once it is whole: several houses may start in the same moment, and one that runs may read its pages anew.
 */
export async function ensureWeb(root: string = ROOT): Promise<string> {
  const builds = join(root, "dist/web");
  const name = await fingerprintOf(root);
  const out = join(builds, name);
  if (await isThere(out)) return out;
  const making = join(builds, `making-${randomUUID()}`);
  await buildWeb(join(root, "web"), making);
  await buildVerifier(join(root, "src/ledger/verify/main.ts"), join(making, "assets/verify.mjs"));
  await buildWorker(join(root, "web/worker/worker.ts"), join(making, "assets/sw.js"));
  await compressAssets(join(making, "assets"));
  try {
    await rename(making, out);
  } catch (cause) {
    await rm(making, { recursive: true, force: true });
    // Somebody else was first.
    if (!(await isThere(out))) throw cause;
  }
  await removeOld(builds, name);
  return out;
}

async function isThere(folder: string): Promise<boolean> {
  return await stat(folder).then(
    () => true,
    () => false,
  );
}

/** Removes what was built before, all but the newest: a house that still runs reads it again when one of its fronts is started anew. */
async function removeOld(builds: string, present: string): Promise<void> {
  const old: { readonly path: string; readonly madeMs: number }[] = [];
  for (const name of await readdir(builds)) {
    const path = join(builds, name);
    const madeMs = await stat(path).then(
      ({ mtimeMs }) => mtimeMs,
      () => Number.POSITIVE_INFINITY,
    );
    if (name !== present && madeMs < Date.now() - LEFT_ALONE_MS) old.push({ path, madeMs });
  }
  for (const { path } of old.toSorted((one, other) => other.madeMs - one.madeMs).slice(1)) await rm(path, { recursive: true, force: true });
}

/** Loaded only when something is built: a start with pages from before is sooner there without it. */
async function bundleOf(options: InputOptions): Promise<RolldownBuild> {
  const { rolldown } = await import("rolldown");
  return await rolldown({ logLevel: "warn", ...options });
}

/** Bundles every page: scripts as hashed assets, styles inside the page, because a request costs a listener more than a kilobyte. */
async function buildWeb(web: string, outFolder: string): Promise<void> {
  await mkdir(join(outFolder, "assets"), { recursive: true });
  const scripts = new Map<string, string>();
  for (const pages of GROUPS) {
    const input = Object.fromEntries(
      Object.entries(PAGES).flatMap(([page, { script }]) => (script !== undefined && pages(page) ? [[page.replace(".html", ""), join(web, script)]] : [])),
    );
    // Styles of parts that come later are text in their scripts; a page's own stand in the page.
    const bundle = await bundleOf({ input, moduleTypes: { ".css": "text" } });
    const { output } = await bundle.write({
      dir: join(outFolder, "assets"),
      format: "esm",
      minify: true,
      entryFileNames: "[name]-[hash].js",
      chunkFileNames: "[name]-[hash].js",
    });
    await bundle.close();
    for (const chunk of output) if (chunk.type === "chunk" && chunk.isEntry) scripts.set(chunk.name, chunk.fileName);
  }
  for (const [page, { template, element = "", styles }] of Object.entries(PAGES)) {
    let html = (await readFile(join(web, template), "utf8")).replace("<!--element-->", () => element);
    if (styles !== undefined) html = html.replace(/(<!--styles: [^>]*)-->/, (_, mark: string) => `${mark} ${styles}-->`);
    for (const [mark, names] of html.matchAll(/<!--styles: ([\w ./-]+)-->/g)) {
      const css = await Promise.all((names ?? "").split(" ").map((name) => readFile(join(web, name), "utf8")));
      html = html.replace(mark, () => `<style>${css.map(minifyCss).join("")}</style>`);
    }
    const script = scripts.get(page.replace(".html", ""));
    html = html.replace("<!--script-->", () => (script === undefined ? "" : `<script type="module" src="/assets/${script}"></script>`));
    await writeFile(join(outFolder, page), html.replace(/\n\s*/g, "\n"));
  }
}

/** Compresses every asset once for all processes of all starts: at start it took a second of CPU in each. */
async function compressAssets(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const { brotli, gzip } = compressed("", await readFile(join(folder, name)));
    await writeFile(join(folder, `${name}.br`), brotli);
    await writeFile(join(folder, `${name}.gz`), gzip);
  }
}

/** The worker of the installed app; its name stays, because browsers look for a newer one by it. */
async function buildWorker(main: string, file: string): Promise<void> {
  const bundle = await bundleOf({ input: main });
  await bundle.write({ file, format: "iife", minify: true });
  await bundle.close();
}

/** The ledger's verifier as one file that runs on any Node from 20 up; not minified, because whoever runs it may want to read it. */
async function buildVerifier(main: string, file: string): Promise<void> {
  const bundle = await bundleOf({ input: main, platform: "node", external: /^node:/ });
  await bundle.write({ file, format: "esm", banner: "// Checks the ledger of an Earshot event, alone: node verify.mjs <address or folder>" });
  await bundle.close();
}

function minifyCss(css: string): string {
  return css
    .replace(/\/\*[\s\S]*?\*\//g, "")
    .replace(/\s+/g, " ")
    .replace(/ ?([{};,>]) ?/g, "$1")
    .replace(/: /g, ":")
    .replace(/;}/g, "}");
}

async function fingerprintOf(root: string): Promise<string> {
  const hash = createHash("sha256");
  hash.update(await readFile(join(root, "package.json")));
  hash.update(await readFile(import.meta.filename));
  for (const folder of ["web", "src/wire", "src/core", "src/ledger/verify"].map((name) => join(root, name))) {
    const names = (await readdir(folder, { recursive: true, withFileTypes: true }))
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name));
    for (const name of names.sort()) hash.update(name.slice(root.length)).update(await readFile(name));
  }
  return hash.digest("hex");
}
