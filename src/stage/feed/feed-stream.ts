import { type IncomingMessage, request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import type { LookupFunction } from "node:net";
import { EarshotError } from "../../core/errors.ts";
import { type FeedAddress, type LookupHost, parseFeedUrl, resolveFeed } from "./feed-address.ts";

/** Redirects that are followed. */
const MAX_REDIRECTS = 5;
/** Longest wait for an answer, and for the next bytes of a stream. Milliseconds; radio sends several times a second. */
const SILENCE_MS = 10_000;

/** How a stream is fetched. */
export interface FeedStreamOptions {
  /** Whether hosts on this machine and in its own network may be asked. */
  readonly allowPrivate: boolean;
  readonly signal: AbortSignal;
  readonly lookup?: LookupHost;
}

/** Opens a stream; every redirect is checked like the first address. Bytes are read as fast as they are taken. @throws `feed-address-refused`, `feed-away` */
export async function openFeedStream(address: string, options: FeedStreamOptions): Promise<AsyncIterable<Uint8Array>> {
  let url = parseFeedUrl(address);
  for (let hops = 0; hops <= MAX_REDIRECTS; hops++) {
    const answer = await ask(await resolveFeed(url, options), options.signal);
    const { statusCode = 0, headers } = answer;
    if (statusCode === 200) return answer as AsyncIterable<Uint8Array>;
    answer.destroy();
    if (statusCode < 300 || statusCode > 308 || headers.location === undefined)
      throw new EarshotError("feed-away", { host: url.host, http_status: statusCode });
    url = parseFeedUrl(URL.parse(headers.location, url)?.href ?? headers.location);
  }
  throw new EarshotError("feed-away", { host: url.host, rule: `at most ${MAX_REDIRECTS} redirects`, value: "more" });
}

function ask({ url, pinned }: FeedAddress, signal: AbortSignal): Promise<IncomingMessage> {
  // The name is not looked up again: what was checked is what is connected to.
  const lookup: LookupFunction = (_, options, done) => (options.all === true ? done(null, [{ ...pinned }]) : done(null, pinned.address, pinned.family));
  const request = url.protocol === "https:" ? requestHttps : requestHttp;
  return new Promise((resolve, reject) => {
    const away = (cause: Error) => reject(new EarshotError("feed-away", { host: url.host, reason: cause.message.slice(0, 120) }, cause));
    const asked = request(url, { agent: false, lookup, signal, timeout: SILENCE_MS, headers: { accept: "audio/*, application/ogg", "user-agent": "Earshot" } });
    asked.on("timeout", () => asked.destroy(new Error(`nothing came for ${SILENCE_MS / 1000} s`)));
    asked.on("error", away);
    asked.on("response", resolve);
    asked.end();
  });
}
