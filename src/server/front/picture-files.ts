import { readFile } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { EarshotError } from "../../core/errors.ts";
import { readPictureName } from "../../wire/picture.ts";
import { picturePath } from "../stage/event-files.ts";
import type { Sender } from "./sender.ts";

/** How long anyone may keep a picture. Seconds; a year: its name changes with its content. */
const MAX_AGE = 31_536_000;
/** A picture opened as a page runs nothing and fetches nothing, whatever else its bytes may be. @spec CSP Level 3 §6.3.2 */
const FIELDS = {
  "content-security-policy": "default-src 'none'; sandbox; frame-ancestors 'none'",
  "x-content-type-options": "nosniff",
  "cross-origin-resource-policy": "cross-origin",
} as const;

/** Sends a picture that somebody gave to an event or the house. @throws `not-found` */
export async function sendPicture(
  request: IncomingMessage,
  response: ServerResponse,
  { dataFolder, file, sender }: { readonly dataFolder: string; readonly file: string; readonly sender: Sender },
): Promise<void> {
  const picture = readPictureName(file);
  const body = picture === undefined ? undefined : await readFile(picturePath(dataFolder, picture.file)).catch(() => undefined);
  if (picture === undefined || body === undefined) throw new EarshotError("not-found", { path: `/pictures/${file.slice(0, 80)}` });
  for (const [name, value] of Object.entries(FIELDS)) response.setHeader(name, value);
  sender.send(request, response, { status: 200, type: picture.type, body, maxAge: MAX_AGE, immutable: true });
}
