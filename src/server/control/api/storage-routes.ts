import { NO_STORAGE } from "../../../core/storage-config.ts";
import { storageAnswer } from "../../../wire/storage.ts";
import { type ApiHouse, authorise } from "./desk-calls.ts";
import { type ApiRoute, route } from "./route.ts";

/** Where the house keeps its recordings; the operator alone is told. */
export function storageRoutes({ config, uploader }: ApiHouse): readonly ApiRoute[] {
  const { recordingDays, localDays } = config.storage ?? NO_STORAGE;
  return [
    route("GET /api/storage", {
      summary: "Where recordings are kept, for how long, and what waits for a store that takes nothing.",
      answer: storageAnswer,
      problems: ["unauthorised", "forbidden"],
      handle: async ({ session }) => {
        authorise(session, "manage-access");
        const kept = { recordingDays, localDays };
        if (uploader === undefined) return { ...kept, place: null, files: 0, bytes: 0, deletions: 0, waitingSinceUnixMs: null, lost: null };
        const { lost = null, ...figures } = uploader.figures;
        return { ...kept, ...figures, lost };
      },
    }),
  ];
}
