import { type EndlessKind, endlessRendition, endlessType, ICY_INTERVAL_BYTES, isContainer, takesIcy } from "../../audience/mod.ts";
import { SAMPLE_RATE } from "../../core/units.ts";
import { GRIDS } from "../../programme/mod.ts";
import { paths } from "../../wire/paths.ts";
import type { PublicEvent } from "../../wire/public-state.ts";

/** Longest text of a field. Characters; what a radio's display can be asked to scroll. */
const TEXT_MAX = 200;
/** What a radio's own page of another site may read. */
const RADIO_EXPOSED = "icy-metaint, icy-name, icy-description, icy-url, icy-br";

/** What radios are told of an event. */
export interface StreamAbout {
  readonly title: string;
  readonly description: string;
  /** The event's page. */
  readonly address: string;
}

/** What an endless stream's answer tells. */
export interface StreamAnswer extends StreamAbout {
  readonly kind: EndlessKind;
  readonly numberOfChannels: number;
  readonly cadenceMs: number;
  /** Whether it asked to be told what is on between the sound; where its kind cannot, it is not told. Absent: no. */
  readonly icy?: boolean;
  /** Whether it has one of the places near the stage; absent: it did not ask. */
  readonly near?: boolean;
  /** Whether it has half the data because so many listen; absent: no. */
  readonly cheaper?: boolean;
  /** What the door gave to come back with. */
  readonly pass?: string;
}

/** What radios are told of an event at this address. `publicUrl`: no trailing slash. */
export function aboutEvent(slug: string, event: PublicEvent | undefined, publicUrl: string): StreamAbout {
  return { title: event?.title ?? slug, description: event?.description ?? "", address: publicUrl + paths.event(slug) };
}

/** Fields of an endless stream's answer. */
export function streamFields(answer: StreamAnswer): Record<string, string> {
  const { kind, title, cadenceMs, near = false, cheaper = false, pass } = answer;
  const radio = !isContainer(kind);
  return {
    "content-type": endlessType(kind),
    "earshot-cadence-ms": String(Math.round(cadenceMs)),
    "cache-control": "no-store",
    "access-control-allow-origin": "*",
    ...(near ? { "earshot-near": "1" } : {}),
    ...(cheaper ? { "earshot-stream": "low" } : {}),
    "access-control-expose-headers": `earshot-cadence-ms, earshot-near, earshot-stream${radio ? `, ${RADIO_EXPOSED}` : ""}`,
    "accept-ranges": "none",
    "icy-name": inField(title),
    "icy-pub": "0",
    ...(radio ? radioFields(answer) : {}),
    // The stream ends with the connection: nothing has to be wrapped around each piece.
    connection: "close",
    ...(pass === undefined ? {} : { "earshot-pass": pass }),
  };
}

/** What Icecast says and radios look for. */
function radioFields({ kind, description, address, numberOfChannels, icy = false }: StreamAnswer): Record<string, string> {
  const kilobits = GRIDS[endlessRendition(kind)].bitrate / 1_000;
  return {
    "icy-br": String(kilobits),
    "icy-url": inField(address),
    ...(description === "" ? {} : { "icy-description": inField(description) }),
    "ice-audio-info": `ice-bitrate=${kilobits};ice-channels=${numberOfChannels};ice-samplerate=${SAMPLE_RATE}`,
    ...(icy && takesIcy(kind) ? { "icy-metaint": String(ICY_INTERVAL_BYTES) } : {}),
  };
}

/** A text as one field's value: nothing that could end the line, and UTF-8 as players read it; fields are bytes, which Node writes from Latin-1. @spec RFC 9110 §5.5 */
function inField(text: string): string {
  const line = text.replace(/[\p{Cc}\s]+/gu, " ").trim();
  return Buffer.from([...line].slice(0, TEXT_MAX).join(""), "utf8").toString("latin1");
}

/** The head of an endless stream's answer. @spec RFC 9112 §6.3, number 8 */
export function streamHead(stream: StreamAnswer): Buffer {
  const lines = Object.entries(streamFields(stream)).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.from(`HTTP/1.1 200 OK\r\n${lines.join("")}\r\n`, "latin1");
}
