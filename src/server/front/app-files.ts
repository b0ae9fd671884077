import type { Answer } from "../../audience/mod.ts";
import type { HouseLook } from "../../wire/house.ts";
import { drawIcon } from "../../record/mod.ts";

/** Address of the worker that keeps the pages of the installed app. */
export const WORKER_PATH = "/sw.js";

/** Sides of the app's icons. Pixels; what app stores and home screens ask for. @spec W3C App Manifest */
const SIZES = [192, 512] as const;
/** How long anyone may keep them. Seconds; a day. */
const MAX_AGE = 86_400;

const manifest = ({ name, accent }: Pick<HouseLook, "name" | "accent">) =>
  JSON.stringify({
    name,
    short_name: name,
    id: "/",
    start_url: "/",
    scope: "/",
    display: "standalone",
    background_color: "#f7f5f1",
    theme_color: accent ?? "#2d4a6e",
    icons: SIZES.flatMap((size) =>
      (["any", "maskable"] as const).map((purpose) => ({ src: `/icon-${size}.png`, sizes: `${size}x${size}`, type: "image/png", purpose })),
    ),
  });

const drawn = new Map<number, Buffer>();

/** What makes the house an app on a home screen: manifest and icons; undefined when the path is none of them. Icons are drawn once. */
export function appFile(path: string, look: Pick<HouseLook, "name" | "accent"> = { name: "Earshot", accent: null }): Answer | undefined {
  if (path === "/app.webmanifest") return { status: 200, type: "application/manifest+json", body: manifest(look), maxAge: MAX_AGE };
  const size = SIZES.find((each) => path === `/icon-${each}.png`);
  if (size === undefined) return undefined;
  let body = drawn.get(size);
  if (body === undefined) {
    body = drawIcon(size);
    drawn.set(size, body);
  }
  return { status: 200, type: "image/png", body, maxAge: MAX_AGE };
}
