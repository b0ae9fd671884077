import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Context } from "hono";
import { compress } from "hono/compress";
import { EarshotError } from "../../core/errors.ts";
import { type EventDesk, toPublicEvent } from "../../event/mod.ts";
import type { BackstagePageState } from "../../wire/api.ts";
import type { App } from "./api/app.ts";
import type { ControlConfig } from "./config.ts";

/** Media types of the web bundle's files by their ending. */
const TYPES: Readonly<Record<string, string>> = {
  js: "text/javascript; charset=utf-8",
  css: "text/css; charset=utf-8",
  map: "application/json",
  json: "application/json",
  svg: "image/svg+xml",
  png: "image/png",
  ico: "image/x-icon",
  woff2: "font/woff2",
  wasm: "application/wasm",
  webmanifest: "application/manifest+json",
};
/** Names an asset may have: one folder deep at most, no dots at the start. */
const ASSET_NAME = /^(?:[\w-]+\/)?[\w-][\w.-]*\.([a-z0-9]+)$/;

/** Puts the backstage pages and their assets on an app. */
export function mountPages(app: App, { config, desk }: { readonly config: ControlConfig; readonly desk: EventDesk }): void {
  const { publicUrl, backstageUrl, webFolder } = config;
  const csp = contentSecurityPolicy(config);
  const house: BackstagePageState = { publicUrl, backstageUrl };

  const page = async (context: Context, { file, title, state, status }: { file: string; title: string; state: BackstagePageState; status?: 200 | 404 }) => {
    const html = fill(await readPage(webFolder, file), { title, state });
    return context.html(html, status ?? 200, { "content-security-policy": csp, "cache-control": "no-cache" });
  };

  app.get("/", (context) => context.redirect("/studio", 302));
  app.get("/enter", (context) => page(context, { file: "enter.html", title: "Earshot", state: house }));
  app.get("/studio", (context) => page(context, { file: "studio.html", title: "Earshot", state: house }));
  app.get("/studio/:slug", async (context) => {
    try {
      const event = await desk.bySlug(context.req.param("slug"));
      const state = { ...house, event: toPublicEvent(event, await desk.people(event.id)) };
      return await page(context, { file: "studio.html", title: event.title, state });
    } catch (error) {
      if (!(error instanceof EarshotError) || error.code !== "event-unknown") throw error;
      return await page(context, { file: "studio.html", title: "Earshot", state: house, status: 404 });
    }
  });
  app.use("/assets/*", compress());
  app.get("/assets/:name{.+}", async (context) => {
    const name = context.req.param("name");
    const ending = ASSET_NAME.exec(name)?.[1];
    const type = ending === undefined ? undefined : TYPES[ending];
    if (type === undefined) throw new EarshotError("not-found");
    const bytes = await readFile(join(webFolder, "assets", name)).catch((cause: unknown) => {
      throw new EarshotError("not-found", {}, cause);
    });
    // The bundler puts a hash of the content into every name.
    return context.body(new Uint8Array(bytes), 200, { "content-type": type, "cache-control": "public, max-age=31536000, immutable" });
  });
}

async function readPage(webFolder: string, file: string): Promise<string> {
  try {
    return await readFile(join(webFolder, file), "utf8");
  } catch (cause) {
    throw new EarshotError("internal", { rule: "the web bundle is built", file }, cause);
  }
}

function fill(html: string, { title, state }: { readonly title: string; readonly state: BackstagePageState }): string {
  // "<" is the only character that can end a script element early.
  const json = JSON.stringify(state).replaceAll("<", "\\u003c");
  return html
    .replaceAll("{{title}}", () => escape(title))
    .replaceAll("{{description}}", "")
    .replaceAll("{{lang}}", "en")
    .replace("<!--earshot:state-->", () => `<script type="application/json" id="state">${json}</script>`);
}

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** What a backstage page may load and whom it may call: this house, and the public address for what listeners hear. @spec CSP Level 3 */
function contentSecurityPolicy({ publicUrl, backstageUrl }: ControlConfig): string {
  const front = new URL(publicUrl).origin;
  const rooms = new URL(backstageUrl).origin.replace(/^http/, "ws");
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data:",
    "font-src 'self'",
    `connect-src 'self' ${rooms} ${front}`,
    `media-src 'self' blob: ${front}`,
    "worker-src 'self' blob:",
    "manifest-src 'self'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ].join("; ");
}
