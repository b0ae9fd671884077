import { Agent, get, type IncomingMessage } from "node:http";

/** Longest a listener stays without sound before the connection counts as lost. Milliseconds. */
const SILENCE_MS = 3_000;
/** A connection starts with audio that is old on purpose. Milliseconds. */
const BURST_MS = 1_000;
/** Longest piece a stream is written in. Seconds; a gap in time counts as one piece at most. */
const LONGEST_PIECE_SECONDS = 0.5;
const PART_SECONDS = 0.5;
/** A file that takes longer than this is of no use to a player any more. Milliseconds. */
const FILE_LIMIT_MS = 2_000;

/** What honest listeners heard in one phase. */
export interface Book {
  /** How late each piece came. Milliseconds. */
  readonly lateMs: number[];
  /** Seconds of audio that came, all listeners together. */
  receivedSeconds: number;
}

/** An honest listener: follows until the signal and writes into whatever book is open. */
export type Follow = (index: number, signal: AbortSignal, book: () => Book) => Promise<void>;

/** Follows an endless fMP4 stream; connects again when it breaks, with the ticket it was given. */
export function followStream(url: string, originUnixMs: number): Follow {
  return async (index, signal, book) => {
    let last = 0;
    let ticket = "";
    while (!signal.aborted) {
      const connectedMs = performance.now();
      const response = await request(`${url}?s=honest-listener-${index}${ticket}`, addressOf(index), signal).catch(() => undefined);
      const pass = response?.headers["earshot-pass"];
      if (typeof pass === "string") ticket = `&ticket=${pass}`;
      let rest = Buffer.alloc(0);
      try {
        for await (const chunk of (response?.statusCode === 200 ? response : []) as AsyncIterable<Buffer>) {
          const data = Buffer.concat([rest, chunk]);
          for (let at = data.indexOf("tfdt"); at >= 0 && at + 16 <= data.length; at = data.indexOf("tfdt", at + 4)) {
            const timestamp = data[at + 4] === 1 ? Number(data.readBigUInt64BE(at + 8)) : data.readUInt32BE(at + 8);
            if (timestamp <= last) continue;
            const open = book();
            open.receivedSeconds += last === 0 ? 0 : Math.min((timestamp - last) / 48_000, LONGEST_PIECE_SECONDS);
            // What a connection begins with is old on purpose; lateness is what came since.
            if (performance.now() - connectedMs > BURST_MS) open.lateMs.push(Date.now() - originUnixMs - timestamp / 48);
            last = timestamp;
          }
          rest = Buffer.from(data.subarray(Math.max(0, data.length - 20)));
        }
      } catch {
        // The connection broke or the bench is over.
      }
      response?.destroy();
      if (!signal.aborted) await new Promise((resolve) => setTimeout(resolve, 250));
    }
  };
}

/** Follows an endless MP3; how late it comes is told from the bytes, by each listener's own best moment. `bitrate` in bits per second. */
export function followMp3(url: string, bitrate: number): Follow {
  return async (index, signal, book) => {
    while (!signal.aborted) {
      const connectedMs = performance.now();
      let bytes = 0;
      let best = Number.POSITIVE_INFINITY;
      try {
        const response = await request(url, addressOf(index), signal);
        for await (const chunk of (response.statusCode === 200 ? response : []) as AsyncIterable<Buffer>) {
          bytes += chunk.length;
          const now = performance.now();
          // What a connection begins with is old on purpose, and no sound of this phase.
          if (now - connectedMs <= BURST_MS) continue;
          const offset = now - (bytes * 8_000) / bitrate;
          best = Math.min(best, offset);
          book().lateMs.push(offset - best);
          book().receivedSeconds += (chunk.length * 8) / bitrate;
        }
      } catch {
        // The connection broke or the bench is over.
      }
      if (!signal.aborted) await new Promise((resolve) => setTimeout(resolve, 250));
    }
  };
}

/** Fetches a file every half second over one connection, as an HLS player does its parts. */
export function fetchParts(url: string): Follow {
  return async (index, signal, book) => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    while (!signal.aborted) {
      const before = performance.now();
      const isWhole = await fetchWhole(url, index, AbortSignal.any([signal, AbortSignal.timeout(FILE_LIMIT_MS)]), agent);
      const took = performance.now() - before;
      if (isWhole) {
        book().lateMs.push(took);
        book().receivedSeconds += PART_SECONDS;
      }
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, PART_SECONDS * 1_000 - took)));
    }
    agent.destroy();
  };
}

async function fetchWhole(url: string, index: number, signal: AbortSignal, agent: Agent): Promise<boolean> {
  try {
    const response = await request(url, addressOf(index), signal, agent);
    let bytes = 0;
    for await (const chunk of response as AsyncIterable<Buffer>) bytes += chunk.length;
    return response.statusCode === 200 && bytes > 0;
  } catch {
    return false;
  }
}

const addressOf = (index: number) => `127.2.${index % 40}.${1 + Math.floor(index / 40)}`;

async function request(url: string, localAddress: string, signal: AbortSignal, agent: Agent | false = false): Promise<IncomingMessage> {
  return await new Promise((resolve, reject) => {
    get(url, { localAddress, signal, agent, timeout: SILENCE_MS, headers: { "user-agent": "Mozilla/5.0" } }, resolve)
      .on("timeout", function (this: { destroy(): void }) {
        this.destroy();
      })
      .once("error", reject);
  });
}
