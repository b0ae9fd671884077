import { get, type IncomingMessage } from "node:http";
import type { WaitDetails } from "../../src/wire/door.ts";
import type { ProblemDetails } from "../../src/wire/problem.ts";

/** Wait after a connection that was closed without an answer. Milliseconds; our page's own first one. */
const CUT_OFF_MS = 1_000;
/** Longest wait for an answer. Milliseconds; the gatekeeper holds whoever is over budget for three seconds. */
const ANSWER_MS = 15_000;
/** The proxy the front trusts. */
export const PROXY = "127.0.0.1";
/** Spread of those who come back, as a share of the wait. */
const JITTER = 0.5;

/** How often a storm sends what is due. Milliseconds. */
const STORM_TICK_MS = 50;

/** Somebody who wants to hear. */
export interface Newcomer {
  readonly name: string;
  /** Address on loopback the connection comes from; an IPv6 address is told by the proxy in front, because a machine has only one of them on loopback. */
  readonly address: string;
  /** After this long they give up. Milliseconds. */
  readonly patienceMs: number;
  /** Told of every answer that says that this network asks too much. */
  readonly onTurnedBack?: () => void;
}

/** Comes to the door at `url` as our page does, obeys what it says, and goes on until let in; the pass, or undefined for whoever gave up. */
export async function enter(url: string, { name, address, patienceMs, onTurnedBack }: Newcomer): Promise<string | undefined> {
  const giveUpAt = performance.now() + patienceMs;
  for (let ticket = ""; ; ) {
    const reply = await ask(`${url}?s=${name}${ticket === "" ? "" : `&ticket=${ticket}`}`, address);
    const pass = reply?.headers["earshot-pass"];
    if (reply?.status === 200 && typeof pass === "string") return pass;
    if (reply === undefined || reply.status === 429) onTurnedBack?.();
    const told = reply?.headers["content-type"]?.startsWith("application/problem+json") === true;
    const { details } = (told ? JSON.parse(reply.body) : {}) as Partial<ProblemDetails> & {
      details?: Partial<WaitDetails>;
    };
    ticket = details?.ticket ?? ticket;
    const waitMs = reply === undefined ? CUT_OFF_MS : Number(reply.headers["retry-after"] ?? 1) * 1_000;
    const pauseMs = details?.wait_seconds === undefined ? waitMs * (1 + Math.random() * JITTER) : details.wait_seconds * 1_000 + Math.random() * 1_000;
    if (performance.now() + pauseMs > giveUpAt) return undefined;
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}

/** Keeps asking for tickets from hostile networks, whatever is answered, at a bounded rate for a bounded time. Resolves to the requests made. */
export async function storm(
  url: string,
  { networks, perSecond, forMs }: { readonly networks: readonly string[]; readonly perSecond: number; readonly forMs: number },
): Promise<number> {
  const started = performance.now();
  const wanted = (perSecond * forMs) / 1_000;
  let made = 0;
  while (made < wanted) {
    const due = Math.min(wanted, ((performance.now() - started) * perSecond) / 1_000);
    for (; made < due; made++) {
      const network = networks[made % networks.length] as string;
      void ask(`${url}?s=hostile-${made}-visitor`, addressIn(network, Math.floor(made / networks.length)));
    }
    await new Promise((resolve) => setTimeout(resolve, STORM_TICK_MS));
  }
  return made;
}

/** Another address of a network each time: of an IPv4 /24, or of an IPv6 /48, where nobody ever has to come twice from one. */
function addressIn(network: string, number: number): string {
  return network.includes(":") ? `${network}:${(number & 0xffff).toString(16)}::${number.toString(16)}` : `${network}.${1 + (number % 250)}`;
}

interface Reply {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

/** One request over a connection of its own; undefined when it was closed unanswered. */
async function ask(url: string, address: string): Promise<Reply | undefined> {
  const forwarded = address.includes(":");
  const headers = { "user-agent": "Mozilla/5.0", ...(forwarded ? { "x-forwarded-for": address } : {}) };
  return await new Promise((resolve) => {
    const request = get(url, { localAddress: forwarded ? PROXY : address, agent: false, timeout: ANSWER_MS, headers }, (response) => {
      let body = "";
      response.setEncoding("utf8");
      response.on("data", (text: string) => (body += text));
      response.once("end", () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }));
      response.once("error", () => resolve(undefined));
    });
    request.once("timeout", () => request.destroy());
    request.once("error", () => resolve(undefined));
  });
}
