import assert from "node:assert/strict";
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Page } from "playwright-core";

const OUTPUT = join(import.meta.dirname, "../output");
/** A small phone, a phone and a desk. CSS pixels. */
const SMALL = { width: 320, height: 640 };
const PHONE = { width: 390, height: 844 };
const DESK = { width: 1280, height: 800 };
/** WCAG 2.2 AA and everything it contains. */
const ALL = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
/** What of it depends on colours: the rest of a page is the same in the dark. */
const COLOURS = ["color-contrast", "link-in-text-block"];

/** What paper has no use for and shows all the same; a chapter is a button that says something. */
const ONLY_FOR_SCREENS = `[...document.querySelectorAll("audio, button, input, select, textarea, .button")]
  .filter((element) => element.closest("ol") === null && element.checkVisibility()).map((element) => element.outerHTML.slice(0, 120))`;

const axe = readFile(join(import.meta.dirname, "../../node_modules/axe-core/axe.min.js"), "utf8");

/** Whether to keep pictures of the pages in `test/output`, for a person to look at. */
const PICTURES = process.env.PICTURES === "1";

/** Looks at a page as people will see it: light and dark, no breach of WCAG 2.2 AA, nothing wider than the screen down to 320 px, and no buttons on paper; pictures at two widths where they are wanted. */
export async function look(page: Page, name: string): Promise<void> {
  if (PICTURES) await mkdir(OUTPUT, { recursive: true });
  if ((await page.evaluate("typeof window.axe")) === "undefined") await page.addScriptTag({ content: await axe });
  const before = page.viewportSize();
  const picture = async (colorScheme: string, width: number) => {
    if (PICTURES) await page.screenshot({ path: join(OUTPUT, `${name}-${colorScheme}-${width}.png`), fullPage: true });
  };
  const fits = async (size: { readonly width: number; readonly height: number }) => {
    await page.setViewportSize(size);
    assert.ok(((await page.evaluate("document.documentElement.scrollWidth")) as number) <= size.width, `${name} is wider than ${size.width} px`);
  };
  // What sticks to the window's edge lies over whatever is scrolled beneath it.
  await page.evaluate("scrollTo(0, 0)");
  // In an order that lays the page out as seldom as possible.
  await page.emulateMedia({ colorScheme: "light", reducedMotion: "reduce" });
  await fits(SMALL);
  await fits(PHONE);
  await picture("light", PHONE.width);
  await page.emulateMedia({ colorScheme: "dark" });
  await picture("dark", PHONE.width);
  await fits(DESK);
  assert.deepEqual(await breaches(page, COLOURS), [], `${name}, dark`);
  await page.emulateMedia({ colorScheme: "light" });
  await picture("light", DESK.width);
  assert.deepEqual(await breaches(page, ALL), [], `${name}, light`);
  await page.emulateMedia({ media: "print" });
  assert.deepEqual(await page.evaluate(ONLY_FOR_SCREENS), [], `${name}, printed`);
  if (PICTURES) await page.pdf({ path: join(OUTPUT, `${name}.pdf`), format: "A4" }).catch(() => undefined);
  await page.emulateMedia({ media: null, colorScheme: null, reducedMotion: null });
  if (before !== null) await page.setViewportSize(before);
}

/** What breaks these rules, told with the elements that do. */
async function breaches(page: Page, rules: readonly string[]): Promise<readonly string[]> {
  return (await page.evaluate(
    `axe.run({ runOnly: ${JSON.stringify(rules)}, resultTypes: ["violations"] }).then(({ violations }) => violations.map(({ id, nodes }) => id + ": " + nodes.map(({ html, failureSummary }) => html + " " + failureSummary).join(" | ")))`,
  )) as string[];
}
