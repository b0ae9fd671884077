import assert from "node:assert/strict";
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Page } from "playwright-core";

const OUTPUT = join(import.meta.dirname, "../output");
/** A small phone, a phone and a desk: CSS pixels, and in which colours a picture is taken there. */
const SIZES = [
  { width: 320, height: 640, pictures: [] },
  { width: 390, height: 844, pictures: ["light", "dark"] },
  { width: 1280, height: 800, pictures: ["light"] },
] as const satisfies readonly { width: number; height: number; pictures: readonly ("light" | "dark")[] }[];
/** WCAG 2.2 AA and everything it contains. */
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];

const axe = readFile(join(import.meta.dirname, "../../node_modules/axe-core/axe.min.js"), "utf8");

/** Looks at a page as people will see it: pictures at two widths, for looking at; light and dark, no breach of WCAG 2.2 AA, and nothing wider than the screen down to 320 px. */
export async function look(page: Page, name: string): Promise<void> {
  await mkdir(OUTPUT, { recursive: true });
  if ((await page.evaluate("typeof window.axe")) === "undefined") await page.addScriptTag({ content: await axe });
  const before = page.viewportSize();
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    for (const { width, height, pictures } of SIZES) {
      await page.setViewportSize({ width, height });
      if (pictures.some((colours) => colours === colorScheme))
        await page.screenshot({ path: join(OUTPUT, `${name}-${colorScheme}-${width}.png`), fullPage: true });
      assert.ok(((await page.evaluate("document.documentElement.scrollWidth")) as number) <= width, `${name} is wider than ${width} px`);
    }
    const breaches = (await page.evaluate(
      `axe.run({ runOnly: ${JSON.stringify(RULES)} }).then(({ violations }) => violations.map(({ id, nodes }) => id + ": " + nodes.map(({ html, failureSummary }) => html + " " + failureSummary).join(" | ")))`,
    )) as string[];
    assert.deepEqual(breaches, [], `${name}, ${colorScheme}`);
  }
  await page.emulateMedia({ colorScheme: null, reducedMotion: null });
  if (before !== null) await page.setViewportSize(before);
}
