import { connect as connectHttp2 } from "node:http2";
import { Agent, get, type IncomingMessage } from "node:http";
import { Agent as TlsAgent, get as getTls } from "node:https";

/** Ways to listen, each as a player of its kind asks. */
export const WAYS = ["mp3", "aac", "opus", "page", "segments", "ll-hls", "plain-hls", "http2"] as const;
export type Way = (typeof WAYS)[number];
const STREAMS: Readonly<Partial<Record<Way, string>>> = { mp3: ".mp3", aac: ".aac", opus: ".opus", page: "/stream.mp4", http2: "/stream.mp4" };
/** Between two looks at a plain playlist. Milliseconds of the programme. */
const PLAIN_LOOK_MS = 4_000;

/** Where visitors go. */
export interface Place {
  readonly origin: string;
  readonly speed: number;
}

/** What all visitors of a place add to. */
export interface Heard {
  bytes: number;
  /** Answers that were none of those a player goes on with, and breaks, each as it was met. */
  readonly failures: string[];
}

/** Listens in one way until told to leave; resolves when it has left. */
export async function visit(way: Way, { origin, speed }: Place, heard: Heard, leave: AbortSignal): Promise<void> {
  const secure = origin.startsWith("https:");
  const base = `${origin}/live/bench`;
  const agent = secure ? new TlsAgent({ keepAlive: true, maxSockets: 2 }) : new Agent({ keepAlive: true, maxSockets: 2 });
  try {
    if (way === "http2" && secure) return await listenHttp2(origin, heard, leave);
    const stream = STREAMS[way];
    if (stream !== undefined) return void (await ask(`${base}${stream}`));
    if (way === "segments") await follow();
    else if (way === "ll-hls") await reload();
    else await look();
  } finally {
    agent.destroy();
  }

  /** The body of an answer; undefined when the visitor left before its end. */
  async function ask(url: string): Promise<Buffer | undefined> {
    const chunks: Buffer[] = [];
    try {
      const response = await send(url);
      if (response.statusCode !== 200) heard.failures.push(`${response.statusCode} ${url}`);
      for await (const chunk of response as AsyncIterable<Buffer>) {
        heard.bytes += chunk.length;
        if (!url.endsWith(".mp3") && !url.endsWith(".mp4")) chunks.push(chunk);
        if (chunks.length > 1_000) chunks.length = 0;
      }
      return Buffer.concat(chunks);
    } catch (cause) {
      if (!leave.aborted) throw cause;
      return undefined;
    }
  }

  async function send(url: string): Promise<IncomingMessage> {
    return await new Promise((resolve, reject) => {
      const request = secure
        ? getTls(url, { agent: agent as TlsAgent, rejectUnauthorized: false, signal: leave }, resolve)
        : get(url, { agent, signal: leave }, resolve);
      // As browsers do: a connection that was just being closed as idle is no failure. @spec RFC 9112 §9.3.1
      request.once("error", (cause) => (request.reusedSocket && !leave.aborted ? send(url).then(resolve, reject) : reject(cause)));
    });
  }

  async function follow(): Promise<void> {
    const list = (await ask(`${base}/opus/index.m3u8`))?.toString() ?? "";
    let segment = Number(/segment-(\d+)\.m4s\n(?![\s\S]*segment-)/.exec(list)?.[1] ?? 0) + 1;
    while (!leave.aborted) if ((await ask(`${base}/opus/stream-${segment++}.m4s`)) === undefined) return;
  }

  async function reload(): Promise<void> {
    let next = Number(/PRELOAD-HINT:TYPE=PART,URI="part-(\d+)/.exec((await ask(`${base}/opus/index.m3u8`))?.toString() ?? "")?.[1] ?? 0);
    while (!leave.aborted) {
      const [part] = await Promise.all([
        ask(`${base}/opus/part-${next}.m4s`),
        ask(`${base}/opus/index.m3u8?_HLS_msn=${Math.floor(next / 8)}&_HLS_part=${next % 8}&_HLS_skip=YES`),
      ]);
      if (part === undefined) return;
      next++;
    }
  }

  async function look(): Promise<void> {
    while (!leave.aborted) {
      const list = (await ask(`${base}/aac/plain.m3u8`))?.toString().trimEnd().split("\n");
      if (list === undefined) return;
      await ask(`${base}/aac/${list.at(-1)}`);
      await new Promise((resolve) => setTimeout(resolve, PLAIN_LOOK_MS / speed));
    }
  }
}

async function listenHttp2(origin: string, heard: Heard, leave: AbortSignal): Promise<void> {
  const session = connectHttp2(origin, { rejectUnauthorized: false });
  session.on("error", () => {});
  const stream = session.request({ ":path": "/live/bench/stream.mp4" });
  stream.on("response", (headers) => {
    if (headers[":status"] !== 200) heard.failures.push(`${headers[":status"]} over HTTP/2`);
  });
  stream.on("data", (bytes: Buffer) => {
    heard.bytes += bytes.length;
  });
  stream.on("error", () => {});
  leave.addEventListener("abort", () => session.destroy(), { once: true });
  await new Promise<void>((resolve) => session.once("close", () => resolve()));
}
