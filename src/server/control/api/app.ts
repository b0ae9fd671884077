import { Readable } from "node:stream";
import type { HttpBindings } from "@hono/node-server";
import { type Context, Hono } from "hono";
import type { z } from "zod";
import { EarshotError } from "../../../core/errors.ts";
import { newSecret } from "../../../core/ids.ts";
import { problem } from "../../../wire/problem.ts";
import { INVITATION_HEADER } from "../../../wire/wall.ts";
import { ClientAddresses } from "../../adapters/client-address.ts";
import { createOriginCheck } from "../origin.ts";
import { describeAgent } from "../accounts/agent.ts";
import { accessRoutes } from "./access-routes.ts";
import { accountRoutes } from "./account-routes.ts";
import { apiPage } from "./api-page.ts";
import { artworkRoutes } from "./artwork-routes.ts";
import { audienceRoutes } from "./audience-routes.ts";
import { findSession } from "./caller.ts";
import { readCookie, readDevice, readKnown, writeCookie, writeDevice, writeKnown } from "./cookie.ts";
import type { ApiHouse } from "./desk-calls.ts";
import { eventRoutes } from "./event-routes.ts";
import { handRoutes } from "./hand-routes.ts";
import { isKnownDevice, sealDevice } from "./known-device.ts";
import { houseRoutes } from "./house-routes.ts";
import { listenerRoutes } from "./listener-routes.ts";
import { openApi } from "./openapi.ts";
import { peopleRoutes } from "./people-routes.ts";
import { recordingRoutes } from "./recording-routes.ts";
import { reminderRoutes } from "./reminder-routes.ts";
import type { ApiRoute, Download } from "./route.ts";
import { storageRoutes } from "./storage-routes.ts";
import { moderationRoutes } from "./moderation-routes.ts";
import { scheduleRoutes } from "./schedule-routes.ts";
import { seriesRoutes } from "./series-routes.ts";
import { soundRoutes } from "./sound-routes.ts";
import { takeUpload } from "./upload.ts";
import { voiceRoutes } from "./voice-routes.ts";
import { wallRoutes } from "./wall-routes.ts";
import { sessionRoutes } from "./session-routes.ts";
import { signInRoutes } from "./sign-in-routes.ts";

/** Longest request body. Bytes; an event with everybody it may have and a full description is below 20 KB. */
const BODY_BYTES = 64 * 1024;
/** Longest value of a broken field that is sent back. Characters. */
const VALUE_CHARACTERS = 120;

/** A hono app that knows its node:http request. */
export type App = Hono<{ Bindings: HttpBindings }>;

/** Every route of the API in the order of its page. */
export function apiRoutes(house: ApiHouse): readonly ApiRoute[] {
  return [
    ...sessionRoutes(house),
    ...signInRoutes(house),
    ...accountRoutes(house),
    ...eventRoutes(house),
    ...scheduleRoutes(house),
    ...seriesRoutes(house),
    ...artworkRoutes(house),
    ...listenerRoutes(house),
    ...peopleRoutes(house),
    ...handRoutes(house),
    ...reminderRoutes(house),
    ...wallRoutes(house),
    ...moderationRoutes(house),
    ...audienceRoutes(house),
    ...recordingRoutes(house),
    ...voiceRoutes(house),
    ...soundRoutes(house),
    ...storageRoutes(house),
    ...accessRoutes(house),
    ...houseRoutes(house),
  ];
}

/** Puts the API on an app: routes, OpenAPI description and the page for people. */
export function mountApi(app: App, house: ApiHouse): void {
  const { backstageUrl, publicUrl, trustedProxies } = house.config;
  const addresses = new ClientAddresses(trustedProxies);
  const secure = backstageUrl.startsWith("https:");
  const originAllowed = createOriginCheck([backstageUrl, publicUrl]);
  const routes = apiRoutes(house);

  app.use("/api/*", async (context, next) => {
    const unsafe = !["GET", "HEAD", "OPTIONS"].includes(context.req.method);
    const origin = context.req.header("origin");
    if (unsafe && !originAllowed({ origin, host: context.req.header("host"), fetchSite: context.req.header("sec-fetch-site") }))
      throw new EarshotError("forbidden", { rule: "a page of this house", origin: origin?.slice(0, VALUE_CHARACTERS) ?? "" });
    await next();
    if (!context.res.headers.has("cache-control")) context.res.headers.set("cache-control", "no-store");
  });

  allowListeners(app, routes, new URL(publicUrl).origin);
  for (const route of routes) {
    app.on(route.method, route.path, async (context) => {
      const body = route.body === undefined ? undefined : check(route.body, await readJson(context));
      const token = /^Bearer (\S+)$/i.exec(context.req.header("authorization") ?? "")?.[1];
      const cookie = readCookie(context.req.header("cookie"), secure);
      let device = readDevice(context.req.header("cookie"), secure);
      const session = await findSession(house, { token, cookie, device });
      const ensureDevice = () => {
        if (device === undefined) {
          device = newSecret();
          context.header("set-cookie", writeDevice(device, secure), { append: true });
        }
        return device;
      };
      const answer = await route.handle({
        body,
        param: (name) => context.req.param(name) ?? "",
        query: (name) => context.req.query(name),
        announcedBytes: Number(context.req.header("content-length") ?? 0) || 0,
        upload: () => takeUpload(context.env.incoming),
        session,
        cookie,
        address: addresses.of(context.env.incoming),
        device,
        ensureDevice,
        invitation: context.req.header(INVITATION_HEADER),
        isKnownDevice: isKnownDevice(house.houseKey, device, readKnown(context.req.header("cookie"), secure)),
        rememberDevice: () => context.header("set-cookie", writeKnown(sealDevice(house.houseKey, ensureDevice()), secure), { append: true }),
        agent: describeAgent(context.req.header("user-agent") ?? ""),
        setCookie: (value) => context.header("set-cookie", writeCookie(value, secure), { append: true }),
      });
      if (route.download !== undefined) return sendFile(answer as Download, route.download);
      if (route.answer === undefined) return context.body(null, 204);
      // What leaves is what the description promises: anything else in the object is cut off.
      return context.json(route.answer.parse(answer) as object, route.status === 201 ? 201 : 200);
    });
  }
  app.get("/api/openapi.json", (context) => context.json(openApi(routes, backstageUrl)));
  app.get("/api", (context) => {
    const { html, csp } = apiPage(routes);
    return context.html(html, 200, { "content-security-policy": csp });
  });
  for (const path of new Set(routes.map((route) => route.path))) {
    app.all(path, (context) => {
      // An address may be of two kinds, such as `hands/mine`, which is a hand by its id too.
      const allow = new Set(routes.filter((route) => isOfKind(context.req.path, route.path)).map((route) => route.method));
      const { status, headers, body } = problem(new EarshotError("method-not-allowed", { method: context.req.method }));
      return context.body(body, status as 405, { ...headers, allow: [...allow].join(", ") });
    });
  }
}

/** Lets listeners' pages read the answers of routes that are made for them. @spec Fetch §3.2 (CORS) */
function allowListeners(app: App, routes: readonly ApiRoute[], origin: string): void {
  const open = routes.filter(({ fromListeners }) => fromListeners !== undefined);
  for (const [path, some] of Map.groupBy(open, (one) => one.path)) {
    const asThemselves = some.some(({ fromListeners }) => fromListeners === "themselves");
    app.use(path, async (context, next) => {
      await next();
      const { headers } = context.res;
      headers.append("vary", "origin");
      if (context.req.header("origin") !== origin) return;
      headers.set("access-control-allow-origin", origin);
      // Only to the address of our own pages, never to any other.
      if (asThemselves) headers.set("access-control-allow-credentials", "true");
    });
    const allowed = {
      "access-control-allow-methods": some.map(({ method }) => method).join(", "),
      "access-control-allow-headers": asThemselves ? `content-type, ${INVITATION_HEADER}` : "content-type",
      "access-control-max-age": "86400",
    };
    app.options(path, (context) => context.body(null, 204, allowed));
  }
}

/** Whether an address is of the kind that a path with named parts describes. */
function isOfKind(address: string, path: string): boolean {
  const parts = address.split("/");
  const kinds = path.split("/");
  return parts.length === kinds.length && kinds.every((kind, index) => kind.startsWith(":") || kind === parts[index]);
}

/** An error as the answer to a request; whatever is not ours is logged and told as `internal`. */
export function answerProblem(error: unknown, onInternal: (cause: unknown) => void): Response {
  const known = error instanceof EarshotError ? error : new EarshotError("internal", {}, error);
  const { status, headers, body } = problem(known);
  if (status >= 500 && known.code !== "stage-starting") onInternal(error);
  return new Response(body, { status, headers });
}

function sendFile({ fileName, bytes }: Download, type: string): Response {
  const body = Readable.toWeb(Readable.from(bytes, { objectMode: false })) as ReadableStream;
  return new Response(body, { headers: { "content-type": type, "content-disposition": `attachment; filename="${fileName}"` } });
}

async function readJson(context: Context<{ Bindings: HttpBindings }>): Promise<unknown> {
  const type = context.req.header("content-type") ?? "";
  if (!/^application\/json\s*(?:;|$)/i.test(type))
    throw new EarshotError("bad-request", { rule: "content-type: application/json", value: type.slice(0, VALUE_CHARACTERS) });
  const text = await readBody(context.env.incoming);
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new EarshotError("bad-request", { rule: "a JSON body" }, cause);
  }
}

async function readBody(incoming: HttpBindings["incoming"]): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > BODY_BYTES) throw new EarshotError("body-too-large", { limit_bytes: BODY_BYTES });
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function check(schema: z.ZodType, value: unknown): unknown {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  if (issue === undefined) throw new EarshotError("bad-request");
  const unknownKey = issue.code === "unrecognized_keys" ? issue.keys[0] : undefined;
  const field = [...issue.path, ...(unknownKey === undefined ? [] : [unknownKey])].map(String).join(".");
  const wrong = issue.path.reduce<unknown>((at, key) => (at as Record<PropertyKey, unknown> | undefined)?.[key], value);
  const shown = field.includes("secret") ? "" : (JSON.stringify(wrong) ?? "missing").slice(0, VALUE_CHARACTERS);
  throw new EarshotError("invalid-field", { field, rule: unknownKey === undefined ? issue.message : "no other fields than the known ones", value: shown });
}
