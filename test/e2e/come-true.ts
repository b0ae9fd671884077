import type { Frame, Page } from "playwright-core";

/** Time between two looks. Milliseconds. A look at every frame, as is usual, makes the page draw sixty frames a second: a fifth of a core for each page that waits. */
const LOOK_MS = 100;

/** Waits until an expression is true in a page; without `timeout` as long as the page waits for anything. Milliseconds. */
export async function comeTrue(page: Page | Frame, expression: string, timeout?: number): Promise<void> {
  await page.waitForFunction(expression, undefined, { polling: LOOK_MS, ...(timeout === undefined ? {} : { timeout }) });
}
