import { randomBytes } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { EarshotError } from "../../../core/errors.ts";
import { drawsAfter } from "../../../audience/mod.ts";
import { type LiveEvent, may } from "../../../event/mod.ts";
import { audienceAnswer, doorOrders, doorRecord } from "../../../wire/api.ts";
import { AudienceFile } from "../../adapters/audience-file.ts";
import { readJson, writeDurably } from "../../adapters/durable-file.ts";
import { type ApiHouse, authorise } from "./desk-calls.ts";
import { type ApiRoute, route } from "./route.ts";

/** Events whose account is kept at hand. Whoever looks at more waits for a file to be read again. */
const FILES_AT_HAND = 16;

/** Newcomers let in per second where no front has said its own yet: the settings' usual number. */
const USUAL_JOINS = 200;

/** The account of an event's audience, from the lines its edges wrote, and the orders for its doors; works while no front is there. */
export function audienceRoutes(house: ApiHouse): readonly ApiRoute[] {
  const { desk, config, clock, log, uploader } = house;
  const files = new Map<string, AudienceFile>();
  const folderOf = (eventId: string) => join(config.dataFolder, "events", eventId);
  /** Where they name no cap, the event's own holds. */
  const recordOf = async (eventId: string) => doorRecord.safeParse(await readJson(join(folderOf(eventId), "doors.json"))).data;
  const ordersOf = async ({ id, mostListeners }: LiveEvent) => {
    // A draw's seed is nobody's before the doors have opened, and everybody's from the ledger afterwards.
    const { draws: _, ...given } = (await recordOf(id)) ?? { mode: "auto" as const };
    return mostListeners === null ? given : { mostListeners, ...given };
  };

  const fileOf = (eventId: string): AudienceFile => {
    const file = files.get(eventId) ?? new AudienceFile(folderOf(eventId), log);
    files.delete(eventId);
    files.set(eventId, file);
    if (files.size > FILES_AT_HAND) files.delete(files.keys().next().value as string);
    return file;
  };

  return [
    route("GET /api/events/:slug/audience", {
      summary: "Who listens and who has: now, peak, average, hours, sessions, unique listeners, each by its definition.",
      answer: audienceAnswer,
      problems: ["unauthorised", "forbidden", "event-unknown"],
      handle: async ({ session, param }) => {
        const event = await desk.bySlug(param("slug"));
        const standings = authorise(session, "read-event", event.id);
        const file = fileOf(event.id);
        await file.readMore();
        const nowUnixMs = clock.wallMs();
        const audience = file.sum.summary(nowUnixMs);
        const lost = standings.some((standing) => may(standing, "direct-doors")) ? uploader?.figures.lost : undefined;
        const known = { orders: await ordersOf(event), nowUnixMs, ...(lost === undefined ? {} : { storeLostSinceUnixMs: lost.sinceUnixMs }) };
        if (audience === undefined) return known;
        return { ...known, audience: { ...audience, recent: audience.recent.map(([at, sum]): [number, number] => [at, sum]) } };
      },
    }),
    route("POST /api/events/:slug/doors", {
      summary:
        "Orders for the doors: leave them to the server, let everybody in, hold newcomers, set a rate or a cap. Heard by every front within a second or two.",
      body: doorOrders,
      problems: ["unauthorised", "forbidden", "event-unknown", "event-ended", "invalid-field", "disk-full"],
      handle: async ({ body, session, param }) => {
        const event = await desk.bySlug(param("slug"));
        authorise(session, "direct-doors", event.id);
        if (event.status === "ended" || event.status === "cancelled") throw new EarshotError("event-ended", { status: event.status });
        await mkdir(folderOf(event.id), { recursive: true });
        const file = fileOf(event.id);
        await file.readMore();
        const { waitingNow: waiting = 0, door } = file.sum.summary(clock.wallMs()) ?? {};
        const material = {
          nowUnixMs: clock.wallMs(),
          waiting,
          joinsPerSecond: body.joinsPerSecond ?? door?.joinsPerSecond ?? USUAL_JOINS,
          random: randomBytes,
        };
        const draws = drawsAfter((await recordOf(event.id))?.draws ?? [], body.mode, material);
        await writeDurably(join(folderOf(event.id), "doors.json"), `${JSON.stringify({ ...body, ...(draws.length === 0 ? {} : { draws }) })}\n`);
        log.info("orders for the doors", { slug: event.slug, mode: body.mode });
      },
    }),
  ];
}
