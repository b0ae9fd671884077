import { readdir, readFile } from "node:fs/promises";
import { extname, join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import type { HouseLook } from "../../wire/house.ts";
import { lookFooter, lookName, lookStyle, PLAIN_LOOK } from "./house-look.ts";

/** A file of the web bundle, compressed once. */
export interface Asset {
  readonly type: string;
  readonly plain: Buffer;
  readonly brotli: Buffer;
  readonly gzip: Buffer;
}

const ASSET_TYPES: Readonly<Record<string, string>> = {
  ".mjs": "text/javascript; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".json": "application/json",
  ".webmanifest": "application/manifest+json",
};

/** Headers of every page: nothing from elsewhere, no framing, no sniffing. */
export function pageHeaders(connect = "'self'", framed = false): Record<string, string> {
  return {
    "content-security-policy": `default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; media-src 'self' blob:; connect-src ${connect}; manifest-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors ${framed ? "*" : "'none'"}`,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
  };
}

/** What is put into a page. */
export interface PageTexts {
  readonly title: string;
  readonly description: string;
  /** What previews of a link show instead of the two. */
  readonly shared?: { readonly title: string; readonly description: string } | undefined;
  /** More for the `<head>`, as it is. */
  readonly head?: string | undefined;
  readonly slug?: string;
}

/** The built pages and assets, read once at start. */
export class Pages {
  readonly #pages = new Map<string, string>();
  readonly #assets = new Map<string, Asset>();

  /** Reads `*.html` as pages and `assets/*` as assets, compressed where no `*.br` and `*.gz` lie beside them. */
  static async open(folder: string): Promise<Pages> {
    const pages = new Pages();
    for (const name of await readdir(folder)) if (name.endsWith(".html")) pages.#pages.set(name, await readFile(join(folder, name), "utf8"));
    for (const name of await readdir(join(folder, "assets"))) {
      const type = ASSET_TYPES[extname(name)];
      if (type === undefined) continue;
      const path = join(folder, "assets", name);
      const plain = await readFile(path);
      const [brotli, gzip] = await Promise.all(["br", "gz"].map((form) => readFile(`${path}.${form}`).catch(() => undefined)));
      pages.#assets.set(name, brotli === undefined || gzip === undefined ? compressed(type, plain) : { type, plain, brotli, gzip });
    }
    return pages;
  }

  asset(name: string): Asset | undefined {
    return this.#assets.get(name);
  }

  /** A page with its texts and state put in, ready compressed by whoever asks. @throws RangeError for a page that was never built. */
  render(name: string, texts: PageTexts & { readonly lang: string }, state: unknown, look: HouseLook = PLAIN_LOOK): string {
    const page = this.#pages.get(name);
    if (page === undefined) throw new RangeError(`no page ${name} in the web bundle`);
    const { shared = texts } = texts;
    const json = JSON.stringify(state).replaceAll("<", "\\u003c");
    return page
      .replaceAll("{{title}}", () => escapeHtml(texts.title))
      .replaceAll("{{description}}", () => escapeHtml(texts.description))
      .replaceAll("{{sharedTitle}}", () => escapeHtml(shared.title))
      .replaceAll("{{sharedDescription}}", () => escapeHtml(shared.description))
      .replaceAll("{{lang}}", () => escapeHtml(texts.lang))
      .replaceAll("{{slug}}", () => escapeHtml(texts.slug ?? ""))
      .replaceAll("{{houseName}}", () => escapeHtml(look.name))
      .replaceAll("{{house}}", () => lookName(look, escapeHtml))
      .replace("<!--earshot:footer-->", () => lookFooter(look, texts.lang === "de" ? "de" : "en", escapeHtml))
      .replace("</head>", () => `${lookStyle(look)}</head>`)
      .replace("<!--earshot:head-->", () => texts.head ?? "")
      .replace("<!--earshot:state-->", () => `<script type="application/json" id="state">${json}</script>`);
  }
}

/** A body that is compressed once for all, in each form when the first asks for it: who floods a page asks for none. */
export function compressed(type: string, plain: Buffer): Asset {
  let brotli: Buffer | undefined;
  let gzip: Buffer | undefined;
  return {
    type,
    plain,
    get brotli() {
      brotli ??= brotliCompressSync(plain, { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } });
      return brotli;
    },
    get gzip() {
      gzip ??= gzipSync(plain);
      return gzip;
    },
  };
}

/** The smallest form a client accepts. */
export function pick(asset: Asset, acceptEncoding: string): { readonly body: Buffer; readonly encoding: string | undefined } {
  if (acceptEncoding.includes("br")) return { body: asset.brotli, encoding: "br" };
  if (acceptEncoding.includes("gzip")) return { body: asset.gzip, encoding: "gzip" };
  return { body: asset.plain, encoding: undefined };
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
