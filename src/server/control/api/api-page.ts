import { createHash } from "node:crypto";
import { z } from "zod";
import { ERRORS } from "../../../core/errors.ts";
import type { ApiRoute } from "./route.ts";

const STYLE = `:root{color-scheme:light dark;font:1rem/1.5 system-ui,sans-serif;background:#f7f5f1;color:#1d1b18}a{color:#2d4a6e}
@media (prefers-color-scheme:dark){:root{background:#15171a;color:#f1eee8}a{color:#a9c4e6}}
body{max-width:44rem;margin:2rem auto;padding:0 1rem}
h2{margin-top:2.5rem;font-size:1.1rem;font-family:ui-monospace,monospace}h1,h2,p,li{overflow-wrap:anywhere}pre{overflow:auto;padding:.75rem;border:1px solid;border-radius:.25rem}
@media print{:root{background:#fff;color:#000}pre{white-space:pre-wrap;break-inside:avoid}}`;
const STYLE_HASH = createHash("sha256").update(STYLE).digest("base64");

/** The API's page for people, made from the same routes as its description, and the policy it needs. */
export function apiPage(routes: readonly ApiRoute[]): { readonly html: string; readonly csp: string } {
  const sections = routes.map((route) => {
    const fields = route.body === undefined ? "" : `<p>Sends</p><pre tabindex="0">${escape(JSON.stringify(sent(route.body), null, 2))}</pre>`;
    const answer =
      route.answer === undefined ? "" : `<p>Answers ${route.status}</p><pre tabindex="0">${escape(JSON.stringify(received(route.answer), null, 2))}</pre>`;
    const problems = route.problems.map((code) => `<li><code>${code}</code> (${ERRORS[code].status}): ${escape(ERRORS[code].meaning)}</li>`);
    return `<section><h2>${route.method} ${escape(route.path)}</h2><p>${escape(route.summary)}</p>${fields}${answer}${problems.length > 0 ? `<p>Or a problem</p><ul>${problems.join("")}</ul>` : ""}</section>`;
  });
  const html = `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><title>Earshot API</title><style>${STYLE}</style>
<h1>Earshot API</h1><p>JSON in, JSON out; errors are problem details (RFC 9457). Sign in with <code>POST /api/enter</code> and keep the cookie, or send an API token as <code>Authorization: Bearer</code>. For programs: <a href="/api/openapi.json">openapi.json</a>.</p>${sections.join("\n")}</html>`;
  return { html, csp: `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; frame-ancestors 'none'; base-uri 'none'` };
}

const sent = (schema: z.ZodType) => fieldsOf(z.toJSONSchema(schema, { io: "input" }));
const received = (schema: z.ZodType) => fieldsOf(z.toJSONSchema(schema));

/** The fields of an object; of anything else, such as one of several objects, the whole description. */
const fieldsOf = (schema: object) => ("properties" in schema ? schema.properties : schema);

function escape(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
