import type { Context } from "hono";
import { EarshotError } from "../../core/errors.ts";
import type { BackstagePageState } from "../../wire/api.ts";
import { pageLanguage } from "../adapters/house-look.ts";
import { type Pages, pick } from "../adapters/pages.ts";
import type { App } from "./api/app.ts";
import { findSession, mayKnow } from "./api/caller.ts";
import { readCookie, readDevice } from "./api/cookie.ts";
import type { ApiHouse } from "./api/desk-calls.ts";
import type { ControlConfig } from "./config.ts";

/** What the pages are made from. */
interface PagesOptions extends Pick<ApiHouse, "config" | "desk" | "sessions" | "tokens" | "reminders" | "looks"> {
  readonly pages: Pages;
}

/** Puts the backstage pages and their assets on an app. */
export function mountPages(app: App, { pages, ...house }: PagesOptions): void {
  const { config, desk, reminders, looks } = house;
  const { publicUrl, backstageUrl } = config;
  const csp = contentSecurityPolicy(config);
  const addresses: BackstagePageState = { publicUrl, backstageUrl };
  const secure = backstageUrl.startsWith("https:");

  const page = (context: Context, { file, title, state, status }: { file: string; title: string; state: BackstagePageState; status?: 200 | 404 }) => {
    const { look } = looks;
    const lang = pageLanguage(context.req.query("lang") ?? context.req.header("accept-language"), look.languages);
    const html = pages.render(file, { title: title === "" ? look.name : title, description: "", lang }, state, look);
    return context.html(html, status ?? 200, { "content-security-policy": csp, "cache-control": "private, no-cache" });
  };

  /** A page about an event. Who may not know of one by invitation gets the page alone: it says what it needs when its calls are refused. */
  const eventPage = async (context: Context, file: string) => {
    const event = await desk.bySlug(context.req.param("slug") ?? "");
    const cookies = context.req.header("cookie");
    const session = await findSession(house, { token: undefined, cookie: readCookie(cookies, secure), device: readDevice(cookies, secure) });
    if (!mayKnow(event, session)) return page(context, { file, title: "", state: addresses });
    return page(context, { file, title: event.title, state: { ...addresses, event: await desk.toPublic(event) } });
  };

  app.get("/", (context) => context.redirect("/studio", 302));
  app.get("/enter", (context) => page(context, { file: "enter.html", title: "", state: addresses }));
  app.get("/sign-in", (context) => page(context, { file: "sign-in.html", title: "", state: addresses }));
  app.get("/sign-in/provider", (context) => page(context, { file: "sign-in.html", title: "", state: addresses }));
  app.get("/account", (context) => page(context, { file: "account.html", title: "", state: addresses }));
  app.get("/studio", (context) => page(context, { file: "studio.html", title: "", state: addresses }));
  app.get("/operate", (context) => page(context, { file: "operate.html", title: "", state: addresses }));
  app.get("/studio/:slug", async (context) => {
    try {
      return await eventPage(context, "studio.html");
    } catch (error) {
      if (!(error instanceof EarshotError) || error.code !== "event-unknown") throw error;
      return page(context, { file: "studio.html", title: "", state: addresses, status: 404 });
    }
  });
  app.get("/reminder/:token", (context) => page(context, { file: "reminder.html", title: "Earshot", state: addresses }));
  // What a mail program's own button sends: one POST, without a page, a question or a cookie. @spec RFC 8058 §3.2
  app.post("/reminder/:token", async (context) => {
    await reminders.end(context.req.param("token"));
    return context.body(null, 204);
  });
  for (const name of ["hand", "wall", "moderate"]) app.get(`/${name}/:slug`, (context) => eventPage(context, `${name}.html`));
  app.get("/assets/:name", (context) => {
    const asset = pages.asset(context.req.param("name"));
    if (asset === undefined) throw new EarshotError("not-found");
    const { body, encoding } = pick(asset, context.req.header("accept-encoding") ?? "");
    const coding: Record<string, string> = encoding === undefined ? {} : { "content-encoding": encoding };
    // The bundler puts a hash of the content into every name.
    const headers = { "content-type": asset.type, "cache-control": "public, max-age=31536000, immutable", vary: "accept-encoding", ...coding };
    return context.body(new Uint8Array(body), 200, headers);
  });
}

/** What a backstage page may load and whom it may call: this house, and the public address for what listeners hear. @spec CSP Level 3 */
function contentSecurityPolicy({ publicUrl, backstageUrl }: ControlConfig): string {
  const front = new URL(publicUrl).origin;
  const rooms = new URL(backstageUrl).origin.replace(/^http/, "ws");
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self' 'unsafe-inline'",
    `img-src 'self' data: blob: ${front}`,
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
