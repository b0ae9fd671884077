import type { Page } from "playwright-core";
import { says } from "./walk.ts";

/** Writes on the wall as a listener does, and waits until it is sent. */
export async function write(page: Page, name: string, text: string, kind: "post" | "question" = "post"): Promise<void> {
  await page.waitForSelector("#write");
  await page.fill('#write input[name="name"]', name);
  await page.check(`#write input[value="${kind}"]`);
  await page.fill("#text", text);
  await page.click("#send");
  await page.waitForFunction("document.querySelector('#text')?.value === ''");
}

/** Fills in and sends a moderator's form at the post with this text; `meanwhile` happens before it is sent. */
export async function moderate(moderation: Page, act: "hold" | "remove" | "suspend", text: string, meanwhile?: () => Promise<void>): Promise<void> {
  await says(moderation, "#posts", text);
  const post = moderation.locator("#posts li", { hasText: text }).first();
  await post.locator(`details[data-form="${act}"] summary`).click();
  const form = post.locator(`details[data-form="${act}"] form`);
  await form.locator("textarea").fill("Please keep to the subject.");
  await meanwhile?.();
  await form.locator(`button[data-act="${act}"]`).click();
}
