import type { Page } from "playwright-core";
import { comeTrue } from "./come-true.ts";
import { says } from "./walk.ts";

/** How long a post may take before it is sent once more. Milliseconds. */
const SEND_AGAIN_MS = 20_000;

/** Writes on the wall as a listener does, and waits until it is sent: a server that is full switches posts off for a while, and whoever has something to say tries again. */
export async function write(page: Page, name: string, text: string, kind: "post" | "question" = "post"): Promise<void> {
  let sent = false;
  while (!sent) {
    await page.waitForSelector("#write", { timeout: 180_000 });
    await page.fill('#write input[name="name"]', name);
    await page.check(`#write input[value="${kind}"]`);
    await page.fill("#text", text);
    await page.click("#send");
    const empty = comeTrue(page, "document.querySelector('#text')?.value === ''", SEND_AGAIN_MS);
    sent = await empty.then(
      () => true,
      (cause: unknown) => {
        if (page.isClosed()) throw cause;
        return false;
      },
    );
  }
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
