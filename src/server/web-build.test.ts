import assert from "node:assert/strict";
import { appendFile, cp, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, utimes } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { after, before, test } from "node:test";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { Pages, pick } from "./adapters/pages.ts";
import { ensureWeb } from "./web-build.ts";

const PACKAGE = join(import.meta.dirname, "../..");
/** A copy of the package's browser half, so that its sources can be changed. */
let root = "";
let out = "";

before(async () => {
  root = await mkdtemp(join(tmpdir(), "earshot-web-"));
  for (const name of ["web", "src/wire", "src/core", "src/ledger/verify", "package.json", "tsconfig.json"])
    await cp(join(PACKAGE, name), join(root, name), { recursive: true });
  await symlink(join(PACKAGE, "node_modules"), join(root, "node_modules"));
  out = await ensureWeb(root);
});
after(() => rm(root, { recursive: true, force: true }));

const pagesOf = async () => (await readdir(out)).filter((name) => name.endsWith(".html"));
const scriptsOf = (html: string) => [...html.matchAll(/<script type="module" src="\/assets\/([\w.-]+)"/g)].map(([, name]) => name ?? "");

test("every page is whole: no mark left unfilled, its styles inside, its script among the assets under a name that tells its content", async () => {
  const pages = await Pages.open(out);
  const names = await pagesOf();
  assert.deepEqual(names.sort(), [
    "account.html",
    "clip.html",
    "embed.html",
    "enter.html",
    "hand.html",
    "home.html",
    "listen.html",
    "moderate.html",
    "not-found.html",
    "operate.html",
    "reminder.html",
    "sign-in.html",
    "studio.html",
    "waiting.html",
    "wall.html",
  ]);
  for (const name of names) {
    const html = await readFile(join(out, name), "utf8");
    assert.doesNotMatch(html, /<!--(?:styles|script)/, name);
    assert.match(html, /<style>[^<]+<\/style>/, name);
    for (const script of scriptsOf(html)) {
      assert.match(script, /-[\w-]{8,}\.js$/, name);
      assert.ok(pages.asset(script), `${name} asks for ${script}`);
    }
    assert.equal(scriptsOf(html).length, name === "not-found.html" ? 0 : 1, name);
  }
});

test("no page fetches anything from elsewhere", async () => {
  for (const name of await pagesOf()) {
    const html = await readFile(join(out, name), "utf8");
    assert.doesNotMatch(html, /(?:src|href)="(?:https?:)?\/\//, name);
    assert.doesNotMatch(html, /@import|url\((?!["']?data:)/, name);
  }
});

test("every asset is there in the smallest form each browser accepts", async () => {
  const pages = await Pages.open(out);
  for (const name of (await readdir(join(out, "assets"))).filter((each) => !/\.(?:br|gz)$/.test(each))) {
    const asset = pages.asset(name);
    assert.ok(asset, name);
    const plain = await readFile(join(out, "assets", name));
    const [modern, old, none] = ["gzip, deflate, br, zstd", "gzip, deflate", ""].map((accept) => pick(asset, accept));
    assert.deepEqual([modern?.encoding, old?.encoding, none?.encoding], ["br", "gzip", undefined]);
    assert.deepEqual(brotliDecompressSync(modern?.body ?? ""), plain);
    assert.deepEqual(gunzipSync(old?.body ?? ""), plain);
    assert.ok(plain.length < 200 || (modern?.body.length ?? 0) <= (old?.body.length ?? 0), name);
  }
});

test("what has not changed is not built again; a changed script gets a new name, so that no cache hands out the old one", async () => {
  const scriptOf = async (folder: string) => scriptsOf(await readFile(join(folder, "listen.html"), "utf8"))[0] ?? assert.fail();
  const [{ mtimeMs }, script] = [await stat(join(out, "listen.html")), await scriptOf(out)];
  assert.equal(await ensureWeb(root), out);
  assert.equal((await stat(join(out, "listen.html"))).mtimeMs, mtimeMs);
  await appendFile(join(root, "web/listen/listen.ts"), '\nconsole.log("changed");\n');
  const changed = await ensureWeb(root);
  assert.notEqual(await scriptOf(changed), script);
  assert.ok(!(await readdir(join(changed, "assets"))).includes(script), "nothing of the old build is in the new one");
  assert.equal(await scriptOf(out), script, "whoever still serves the old build can read it");
});

test("several who start at once, one of them after a build that was broken off, all have the whole build", async () => {
  const builds = join(root, "dist/web");
  await rm(builds, { recursive: true });
  await mkdir(join(builds, "making-broken/assets"), { recursive: true });
  const folders = await Promise.all([ensureWeb(root), ensureWeb(root), ensureWeb(root)]);
  assert.equal(new Set(folders).size, 1);
  const pages = await Pages.open(folders[0]);
  for (const name of (await readdir(folders[0])).filter((each) => each.endsWith(".html")))
    for (const script of scriptsOf(await readFile(join(folders[0], name), "utf8"))) assert.ok(pages.asset(script), `${name} asks for ${script}`);
  assert.deepEqual((await readdir(builds)).sort(), [basename(folders[0]), "making-broken"].sort());
  assert.equal((await stat(folders[0])).mode, (await stat(builds)).mode, "whoever may read the package may serve its pages");
});

test("of builds from before the newest is kept, the others go with the next build", async () => {
  const builds = join(root, "dist/web");
  for (const [name, hours] of [
    ["oldest", 30],
    ["older", 20],
    ["newest", 2],
    ["making-now", 0],
  ] as const) {
    await mkdir(join(builds, name), { recursive: true });
    const made = new Date(Date.now() - hours * 3_600_000);
    await utimes(join(builds, name), made, made);
  }
  await appendFile(join(root, "web/listen/listen.ts"), '\nconsole.log("changed again");\n');
  const before = await readdir(builds);
  const present = basename(await ensureWeb(root));
  assert.deepEqual((await readdir(builds)).sort(), [...before.filter((name) => name !== "oldest" && name !== "older"), present].sort());
});
