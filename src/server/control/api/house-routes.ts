import { statfs } from "node:fs/promises";
import { houseEdit, houseHealth, houseLog, houseLook } from "../../../wire/house.ts";
import { type ApiHouse, authorise } from "./desk-calls.ts";
import { type ApiRoute, route } from "./route.ts";

/** The house itself: what it is called and how it looks, how it stands, and its log. For the operator alone. */
export function houseRoutes(house: ApiHouse): readonly ApiRoute[] {
  const { looks, watch, config } = house;
  return [
    route("GET /api/house", {
      summary: "What the house is called, its colours, logo, links and languages.",
      answer: houseLook,
      problems: ["unauthorised", "forbidden"],
      handle: async ({ session }) => {
        authorise(session, "edit-house");
        return looks.look;
      },
    }),
    route("PATCH /api/house", {
      summary: "Changes how the house looks; null goes back to what the settings file says. Colours must be readable on the pages and may not mean on air.",
      body: houseEdit,
      answer: houseLook,
      problems: ["unauthorised", "forbidden", "invalid-field", "disk-full"],
      handle: async ({ session, body }) => {
        authorise(session, "edit-house");
        house.log.info("house changed", { fields: Object.keys(body).join(" ") });
        return await looks.edit(body);
      },
    }),
    route("POST /api/house/logo", {
      summary: "Gives the house a logo (PNG, JPEG, WebP as the body).",
      upload: true,
      answer: houseLook,
      problems: ["unauthorised", "forbidden", "body-too-large", "picture-unusable", "disk-full"],
      handle: async (call) => {
        authorise(call.session, "edit-house");
        return await looks.setLogo(call.upload());
      },
    }),
    route("DELETE /api/house/logo", {
      summary: "Takes the logo away.",
      answer: houseLook,
      problems: ["unauthorised", "forbidden", "disk-full"],
      handle: async ({ session }) => {
        authorise(session, "edit-house");
        return await looks.setLogo(null);
      },
    }),
    route("GET /api/house/health", {
      summary: "How the house stands: its processes, its edges, its disk, what failed, who listens now.",
      answer: houseHealth,
      problems: ["unauthorised", "forbidden"],
      handle: async ({ session }) => {
        authorise(session, "see-house");
        const { bavail, blocks, bsize } = await statfs(config.dataFolder);
        const live = (await house.desk.all()).filter(({ status, permanent }) => status === "live" && !permanent);
        return {
          ...watch.figures(),
          disk: { freeBytes: bavail * bsize, totalBytes: blocks * bsize, reserveBytes: config.diskReserveBytes ?? 0 },
          live: await Promise.all(live.map(async ({ id, slug, title }) => ({ slug, title, ...(await watch.listening(id)) }))),
        };
      },
    }),
    route("GET /api/house/log", {
      summary: "The latest lines of the log of all processes since the start, the newest last.",
      answer: houseLog,
      problems: ["unauthorised", "forbidden"],
      handle: async ({ session }) => {
        authorise(session, "see-house");
        return { lines: [...watch.lines()] };
      },
    }),
  ];
}
