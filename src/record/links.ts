import { paths } from "../wire/paths.ts";
import type { PublicEvent } from "../wire/public-state.ts";
import { element, escapeXml, parent } from "./xml.ts";

/** Size of the player inside other people's pages. CSS pixels; a width is what they give it. */
export const EMBED = { width: 480, height: 240 } as const;
/** Size of the picture beside a link. Pixels; the proportion every network shows uncut. */
export const CARD = { width: 1_200, height: 630 } as const;

/** What a page of ours says about itself to programs that make a preview of it. */
export interface PageLinks {
  /** Address of the house without a slash at the end. */
  readonly publicUrl: string;
  /** What the house is called. */
  readonly house?: string | undefined;
  /** Path of this page. */
  readonly path: string;
  readonly title: string;
  readonly description: string;
  readonly lang: string;
  /** Its picture: path, content type and sides in pixels. */
  readonly image: { readonly path: string; readonly type: string; readonly width: number; readonly height: number };
  /** Path of its sound, when there is one that ends. */
  readonly audio?: string | undefined;
  /** Feed named in the head. Absent: the house's. */
  readonly feed?: { readonly path: string; readonly title: string } | undefined;
  /** Path of the event, when the page can be shown as a player elsewhere. */
  readonly oembed?: string | undefined;
  /** More for the head, as it is. */
  readonly data?: string | undefined;
}

/** The `<head>` of a page for programs: OpenGraph, the address that counts, feed and player. Title and description are in the page already. @spec ogp.me; oEmbed 1.0 §4 */
export function renderHead({
  publicUrl,
  path,
  title,
  lang,
  image,
  audio,
  oembed,
  feed = { path: "/feed.xml", title: "Earshot" },
  house = "Earshot",
  data = "",
}: PageLinks): string {
  const property = (name: string, content: string) => `<meta property="${name}" content="${escapeXml(content)}">`;
  const link = (rel: string, type: string, href: string, name: string) =>
    `<link rel="${rel}" type="${type}" href="${escapeXml(href)}" title="${escapeXml(name)}">`;
  const embed = (format: "json" | "xml") => `${publicUrl}/oembed?format=${format}&url=${encodeURIComponent(publicUrl + (oembed ?? ""))}`;
  return [
    `<link rel="canonical" href="${escapeXml(publicUrl + path)}">`,
    property("og:type", "website"),
    property("og:site_name", house),
    property("og:url", publicUrl + path),
    property("og:locale", lang === "de" ? "de_DE" : "en_GB"),
    property("og:image", publicUrl + image.path),
    property("og:image:type", image.type),
    property("og:image:width", String(image.width)),
    property("og:image:height", String(image.height)),
    property("og:image:alt", title),
    ...(audio === undefined ? [] : [property("og:audio", publicUrl + audio), property("og:audio:type", "audio/mpeg")]),
    '<meta name="twitter:card" content="summary_large_image">',
    link("alternate", "application/rss+xml", publicUrl + feed.path, feed.title),
    ...(oembed === undefined
      ? []
      : [link("alternate", "application/json+oembed", embed("json"), title), link("alternate", "text/xml+oembed", embed("xml"), title)]),
    ...(data === "" ? [] : [data]),
  ].join("\n");
}

/** What a page of others gets to show an event as a player. @spec oEmbed 1.0 §2.3.4 */
export function oembedOf(
  publicUrl: string,
  event: PublicEvent,
  space: { readonly maxWidth: number | undefined; readonly maxHeight: number | undefined },
  provider = "Earshot",
) {
  const width = Math.min(EMBED.width, space.maxWidth ?? EMBED.width);
  const height = Math.min(EMBED.height, space.maxHeight ?? EMBED.height);
  const page = publicUrl + paths.event(event.slug);
  return {
    version: "1.0",
    type: "rich",
    provider_name: provider,
    provider_url: `${publicUrl}/`,
    title: event.title,
    author_name: event.speakers.map(({ name }) => name).join(", "),
    author_url: page,
    cache_age: 3_600,
    html: `<iframe src="${escapeXml(page)}/embed" width="${width}" height="${height}" title="${escapeXml(event.title)}" loading="lazy" allow="autoplay" style="border:0;max-width:100%"></iframe>`,
    width,
    height,
    ...thumbnail(publicUrl, event, space),
  };
}

/** The event's picture; none where it is larger than was asked for, because it must respect the same limits. @spec oEmbed 1.0 §2.3.4 */
function thumbnail(
  publicUrl: string,
  { slug, artwork }: PublicEvent,
  { maxWidth, maxHeight }: { readonly maxWidth: number | undefined; readonly maxHeight: number | undefined },
) {
  const { width, height } = artwork ?? CARD;
  if (width > (maxWidth ?? width) || height > (maxHeight ?? height)) return {};
  const picture = artwork === undefined ? `${paths.event(slug)}/card.png` : paths.picture(artwork.file);
  return { thumbnail_url: publicUrl + picture, thumbnail_width: width, thumbnail_height: height };
}

/** An oEmbed answer as XML. @spec oEmbed 1.0 §2.3.3 */
export function oembedXml(answer: ReturnType<typeof oembedOf>): string {
  const children = Object.entries(answer).map(([name, value]) => element(name, String(value)));
  return `<?xml version="1.0" encoding="utf-8" standalone="yes"?>\n${parent("oembed", children)}\n`;
}

/** The addresses a search engine may want. `changedMs`: milliseconds since the Unix epoch. @spec sitemaps.org 0.9 */
export function renderSitemap(publicUrl: string, pages: readonly { readonly path: string; readonly changedMs?: number | undefined }[]): string {
  const urls = pages.map(({ path, changedMs }) =>
    parent("url", [element("loc", publicUrl + path), ...(changedMs === undefined ? [] : [element("lastmod", new Date(changedMs).toISOString())])]),
  );
  return `<?xml version="1.0" encoding="UTF-8"?>\n${parent("urlset", urls, { xmlns: "http://www.sitemaps.org/schemas/sitemap/0.9" })}\n`;
}
