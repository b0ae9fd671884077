import type { ReadReplay } from "./replay-check.ts";

/** Where a ledger is read from: a folder, an address, a test. */
export interface LedgerSource {
  /** Bytes of a file of the ledger; undefined when there is none. Rejects when the place itself cannot be reached. */
  read(path: string): Promise<Uint8Array | undefined>;
  /** Bytes of the recording beside it; left out when there is no way to it. */
  readonly readReplay?: ReadReplay;
}

/** Largest file taken from an address. Bytes; a full bundle of the longest entries is 16.8 MB, a list of 100,000 checkpoints 40 MB. */
const MAX_FILE_BYTES = 64 * 2 ** 20;
/** A rendition by its name: the floor's, or that of a language. */
const RENDITION = /^(?:lang\/([\w-]{2,35})\/)?(opus|low|aac|mp3)$/;

/** Language and encoding of a rendition everybody may hear; undefined when its name is none. */
export function readRendition(name: string): { readonly language: string | undefined; readonly codec: "opus" | "low" | "aac" | "mp3" } | undefined {
  const [, language, codec] = RENDITION.exec(name) ?? [];
  return codec === undefined ? undefined : { language, codec: codec as "opus" | "low" | "aac" | "mp3" };
}

/** Where a recording lies, seen from the ledger's address. */
function replayPath(name: string): string | undefined {
  const rendition = readRendition(name);
  if (rendition === undefined) return undefined;
  const { language, codec } = rendition;
  if (codec === "mp3") return `../recording.mp3${language === undefined ? "" : `?lang=${language}`}`;
  return `../archive/${language === undefined ? "" : `lang/${language}/`}${codec}.mp4`;
}

/** A ledger served over HTTP. `address`: of the ledger, of the event's page or of its record. */
export function urlSource(address: string, fetch: typeof globalThis.fetch): LedgerSource {
  const base = new URL(address);
  base.hash = base.search = "";
  base.pathname = base.pathname.replace(/\/(?:record\/?|checkpoint)?$/, "");
  if (!base.pathname.endsWith("/ledger")) base.pathname += "/ledger";
  base.pathname += "/";
  const get = async (path: string, range?: { readonly offset: number; readonly length: number }) => {
    const headers = range === undefined ? {} : { range: `bytes=${range.offset}-${range.offset + range.length - 1}` };
    // A kept checkpoint beside newer tiles would look like a contradiction.
    const response = await fetch(new URL(path, base), { headers, cache: path.startsWith("tile/") || range !== undefined ? "default" : "no-store" });
    if (response.status === 404 || response.status === 410 || response.status === 416 || response.status === 409) return undefined;
    if (!response.ok) throw new Error(`${new URL(path, base).href}: ${response.status}`);
    return await readBody(response, range === undefined ? undefined : response.status === 200 ? range : { offset: 0, length: range.length });
  };
  return {
    read: (path) => get(path),
    readReplay: async (rendition, offset, length) => {
      const path = replayPath(rendition);
      if (path === undefined || length === 0) return undefined;
      const bytes = await get(path, { offset, length });
      return bytes?.length === length ? bytes : undefined;
    },
  };
}

/** A body's bytes up to the limit; `cut` takes a stretch of it when a server has no ranges. */
async function readBody(response: Response, cut?: { readonly offset: number; readonly length: number }): Promise<Uint8Array | undefined> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  const limit = cut === undefined ? MAX_FILE_BYTES : cut.offset + cut.length;
  const reader = response.body?.getReader();
  for (let read = await reader?.read(); read?.value !== undefined && length < limit; read = await reader?.read()) {
    chunks.push(read.value as Uint8Array);
    length += (read.value as Uint8Array).length;
  }
  await reader?.cancel();
  if (cut === undefined && length > limit) throw new Error(`${response.url}: larger than ${MAX_FILE_BYTES} bytes`);
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return cut === undefined ? bytes : bytes.subarray(cut.offset, cut.offset + cut.length);
}
