import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";

const WEB = join(import.meta.dirname, "..");
const files = (await readdir(WEB, { recursive: true })).filter((name) => /\.(css|html|ts)$/.test(name) && !name.endsWith(".test.ts"));

/** Sides and directions that stay where they are when the reading direction turns. */
const PHYSICAL = [
  /(?:^|[{;\s])(?:margin|padding|border)-(?:left|right)(?:-\w+)?\s*:/,
  /(?:^|[{;\s])(?:left|right)\s*:/,
  /(?:^|[{;\s])border-(?:top|bottom)-(?:left|right)-radius\s*:/,
  /text-align\s*:\s*(?:left|right)/,
  /(?:float|clear)\s*:\s*(?:left|right)/,
];

/** Whether a declaration gives the two sides different values. */
function isLopsided(css: string): boolean {
  return [...css.matchAll(/(?:^|[{;\s])(?:margin|padding|inset)\s*:([^;}"]+)/g)].some(([, value = ""]) => {
    const [, right, , left] = value.trim().match(/(?:[^\s(]|\((?:[^()]|\([^()]*\))*\))+/g) ?? [];
    return left !== undefined && left !== right;
  });
}

/** The styles in a file: the whole of a sheet, and what stands in `style` elsewhere. */
async function stylesOf(name: string): Promise<string> {
  const text = await readFile(join(WEB, name), "utf8");
  return name.endsWith(".css") ? text : [...text.matchAll(/style="([^"]*)"/g)].map(([, style]) => `{${style}}`).join("\n");
}

test("no style names left or right: pages turn with the reading direction", async () => {
  for (const name of files) {
    const css = await stylesOf(name);
    for (const rule of PHYSICAL) assert.ok(!rule.test(css), `${name}: ${rule.exec(css)?.[0]}`);
    assert.ok(!isLopsided(css), name);
  }
});

test("the check for sides sees what it looks for", () => {
  const wrong = [
    "a{margin-left:1px}",
    "a{ right: 0 }",
    "a{text-align:right}",
    "a{float:left}",
    "a{padding:1px 2px 3px 4px}",
    "a{border-top-left-radius:1px}",
    "a{border-left:1px}",
  ];
  for (const css of wrong) assert.ok(isLopsided(css) || PHYSICAL.some((rule) => rule.test(css)), css);
  const right = [
    "a{margin-inline-start:1px}",
    "a{inset:0}",
    "a{padding:1px 2px 3px 2px}",
    "a{margin:0 calc(var(--s)*2) calc(var(--s)*3)}",
    "a{text-align:start}",
    "a{outline-offset:2px}",
  ];
  for (const css of right) assert.ok(!isLopsided(css) && !PHYSICAL.some((rule) => rule.test(css)), css);
});

test("every page has a style for paper, which takes away what can only be pressed or heard", async () => {
  const pages = files.filter((name) => name.endsWith(".html"));
  assert.ok(pages.length >= 7, pages.join());
  for (const page of pages) {
    const [, list = ""] = /<!--styles: ([^>]*?)-->/.exec(await readFile(join(WEB, page), "utf8")) ?? [];
    const sheets = await Promise.all(list.split(" ").map((sheet) => readFile(join(WEB, sheet), "utf8")));
    assert.match(sheets.join("\n"), /@media print\{[^@]*audio,button[^{]*\{display:none!important\}/, page);
  }
});

test("the colour that means on air stands for nothing but on air, the end of it, and what has gone wrong", async () => {
  const allowed = /live|on-air|\.go|\.end|howl|wrong|bad|error|mood|contradicted/;
  for (const name of files.filter((one) => one.endsWith(".css") && !one.includes("tokens"))) {
    for (const [, selector = "", body = ""] of (await readFile(join(WEB, name), "utf8")).matchAll(/([^{}]+)\{([^{}]*)\}/g))
      if (body.includes("--on-air")) assert.match(selector, allowed, `${name}: ${selector}`);
  }
});
