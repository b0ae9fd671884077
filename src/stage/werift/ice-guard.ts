import type { Server } from "node:net";
import type { IceConnection } from "./ice-lite.ts";
import { TcpLobby } from "./tcp-lobby.ts";

/**
 * What werift's ICE agent leaves open on a public port:
 * - it acts on binding requests without checking their MESSAGE-INTEGRITY, so anyone could make it switch roles;
 * - it hands DTLS and SRTP on from any address, so anyone could race a ClientHello into a handshake;
 * - it asks a stranger's STUN server for our address when none is configured;
 * - it keeps every fragment of a handshake that is never completed, and every TCP connection, whoever opened it;
 * - it reads RTP headers before it authenticates them, beyond the packet's end and in quadratic time: one packet of
 *   80 bytes that claims 128 KB of header extensions holds the whole process up for twenty seconds.
 * @spec RFC 8445 §7.3, RFC 7675, RFC 8826 §3.2.1
 */

/** Addresses of one peer that may send media: a browser shows a handful while it moves between networks. */
export const MAX_VALIDATED = 32;
/** DTLS datagrams taken on one socket in its life: a handshake with every flight repeated has under a hundred, and after it nothing comes but its end. */
const MAX_HANDSHAKE_DATAGRAMS = 1_000;

/** State of a pair whose check was answered, as the component numbers it. */
const SUCCEEDED = 3;

type Address = readonly [string, number];

interface Protocol {
  datagramReceived?(data: Buffer, address: Address): void;
  handleFrame?(data: Buffer, address: Address): void;
  readonly server?: Server;
}

interface Connection extends IceConnection {
  readonly options: { readonly stunServer?: unknown };
  stunServer: unknown;
  ensureProtocol(protocol: Protocol): void;
  applyStunTurnServersFromOptions(): void;
  /** Takes media before the component does; true: it was dealt with. */
  readonly onMedia?: (datagram: Buffer) => boolean;
}

interface StunMessage {
  getAttributeValue(name: "USERNAME"): string | undefined;
}

/** The component's reader of STUN; with a key, undefined unless the message was signed with it. */
export type ParseStun = (data: Buffer, key?: Buffer) => StunMessage | undefined;

/** Datagrams dropped at the guard since the process started. */
export const guardFigures = { unauthenticatedRequests: 0, strayDatagrams: 0, malformedMedia: 0, replayedPackets: 0, refusedPackets: 0 };

/** Closes those gaps in the component's ICE agent. */
export function guardIce(load: <Exports>(path: string) => Exports): void {
  const { Connection } = load<{ Connection: { prototype: Connection } }>("ice/src/ice.js");
  const { parseMessage } = load<{ parseMessage: ParseStun }>("ice/src/stun/message.js");
  const { ensureProtocol, applyStunTurnServersFromOptions } = Connection.prototype;

  Connection.prototype.applyStunTurnServersFromOptions = function () {
    applyStunTurnServersFromOptions.call(this);
    if (this.options.stunServer === undefined) this.stunServer = undefined;
  };

  Connection.prototype.ensureProtocol = function (protocol) {
    ensureProtocol.call(this, protocol);
    const takes = (data: Buffer): boolean => isMedia(data) && this.onMedia?.(data) === true;
    const validated = new Set<string>();
    const lobby = protocol.server === undefined ? undefined : new TcpLobby(protocol.server, (from) => validated.delete(from));
    let handshakes = 0;
    const admits = (data: Buffer, [host, port]: Address): boolean => {
      const from = `${host} ${port}`;
      if (!isStun(data)) {
        if (!validated.has(from) && !isChecked(this, host, port)) guardFigures.strayDatagrams++;
        else if (isMedia(data) && !holdsItsHeader(data)) guardFigures.malformedMedia++;
        else if (!isMedia(data) && ++handshakes > MAX_HANDSHAKE_DATAGRAMS) guardFigures.strayDatagrams++;
        else return true;
        return false;
      }
      if (!isRequest(data)) return true;
      // Whoever may not send is not answered either: a browser that is answered believes it is connected.
      const isTooMany = !validated.has(from) && validated.size >= MAX_VALIDATED;
      if (isTooMany || !isAuthentic(parseMessage, data, this.userHistory)) {
        guardFigures.unauthenticatedRequests++;
        return false;
      }
      validated.add(from);
      lobby?.prove(from);
      return true;
    };
    for (const method of ["datagramReceived", "handleFrame"] as const) {
      const receive = protocol[method];
      if (receive === undefined) continue;
      protocol[method] = function (this: Protocol, data, address) {
        if (admits(data, address) && !takes(data)) receive.call(this, data, address);
      };
    }
  };
}

/** Whether a check of our own from this agent reached an address: a full agent's way to know a peer that only answers. */
function isChecked({ checkList }: IceConnection, host: string, port: number): boolean {
  return checkList.some(({ remoteAddr, state }) => state === SUCCEEDED && remoteAddr[0] === host && remoteAddr[1] === port);
}

/** Whether a binding request names credentials of ours, of this ICE session or the one before a restart, and proves that it knows them. */
export function isAuthentic(parse: ParseStun, data: Buffer, credentials: Readonly<Record<string, string>>): boolean {
  const ufrag = parse(data)?.getAttributeValue("USERNAME")?.split(":")[0] ?? "";
  const password = Object.hasOwn(credentials, ufrag) ? credentials[ufrag] : undefined;
  return password !== undefined && parse(data, Buffer.from(password, "utf8")) !== undefined;
}

/** Longest header extension that is read. Words of 4 bytes; browsers send under 20. The component copies all it read so far for each entry: of 30,000 empty ones that made a second of silence for everybody. */
const MAX_EXTENSION_WORDS = 64;

/** Whether a datagram is STUN by its first byte. @spec RFC 7983 §7 */
function isStun(data: Buffer): boolean {
  return (data[0] ?? 255) < 4;
}

/** Whether a datagram is RTP or RTCP by its first byte. @spec RFC 7983 §7 */
function isMedia(data: Buffer): boolean {
  const first = data[0] ?? 0;
  return first >= 128 && first <= 191;
}

/** Whether an RTP or RTCP packet is as long as its own header says. @spec RFC 3550 §5.1, §5.3.1, RFC 5761 §4 */
export function holdsItsHeader(data: Buffer): boolean {
  const [first = 0, second = 0] = data;
  if (second >= 192 && second <= 223) return data.length >= 8;
  const fixed = 12 + 4 * (first & 0x0f);
  if (data.length < fixed) return false;
  if ((first & 0x10) === 0) return true;
  if (data.length < fixed + 4) return false;
  const words = data.readUInt16BE(fixed + 2);
  return words <= MAX_EXTENSION_WORDS && data.length >= fixed + 4 + 4 * words;
}

/** Whether a STUN message is a request: both class bits are zero. @spec RFC 8489 §5 */
function isRequest(data: Buffer): boolean {
  return data.length >= 20 && (data.readUInt16BE(0) & 0x0110) === 0;
}
