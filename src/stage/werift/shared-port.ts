import type { Server } from "node:net";
import { guardFigures, isAuthentic, type ParseStun } from "./ice-guard.ts";
import type { IceConnection } from "./ice-lite.ts";
import type { Lodger } from "./lodger.ts";
import { TcpDoor } from "./tcp-door.ts";
import { type LentTransport, UdpDoor } from "./udp-door.ts";
import { tryPorts } from "./udp-ports.ts";

/** What the system says when it has no IPv6. */
const NO_SUCH_FAMILY = new Set(["EAFNOSUPPORT", "EADDRNOTAVAIL", "EPROTONOSUPPORT"]);

/** As much of the component's protocols as is replaced: UDP has `datagramReceived`, TCP has a `server`. */
interface Protocol {
  transport?: LentTransport;
  datagramReceived?(data: Buffer, from: readonly [string, number]): void;
  readonly server?: Server;
  localIp: string;
  connectionMade(to: boolean | string): Promise<void>;
}

/** An agent that may have been given a port it shares with others. */
export interface SharingConnection extends IceConnection {
  sharedPort?: SharedPort;
  ensureProtocol(protocol: Protocol): void;
}

/** Has agents with a shared port use its doors instead of sockets of their own. */
export function sharePorts(load: <Exports>(path: string) => Exports): void {
  const { Connection } = load<{ Connection: { prototype: SharingConnection } }>("ice/src/ice.js");
  const { parseMessage } = load<{ parseMessage: ParseStun }>("ice/src/stun/message.js");
  const { ensureProtocol } = Connection.prototype;
  Connection.prototype.ensureProtocol = function (protocol) {
    ensureProtocol.call(this, protocol);
    this.sharedPort?.lend(protocol, {
      knows: (ufrag) => Object.hasOwn(this.userHistory, ufrag),
      admits: (check) => isAuthentic(parseMessage, check, this.userHistory),
    });
  };
}

interface Doors {
  readonly udp4: UdpDoor;
  readonly udp6: UdpDoor | undefined;
  readonly tcp4: TcpDoor;
  readonly tcp6: TcpDoor | undefined;
}

/**
 * One port number for all speakers of a stage: UDP, and TCP where it is offered, in IPv4 and IPv6. Its TCP port is what
 * says whose the number is: UDP sockets that are meant to stand side by side would also stand beside those of another
 * stage, but only one process can listen, and when it is killed the number is free at once. Closed by who opened it.
 */
export class SharedPort {
  readonly #port: number;
  readonly #doors: Doors;

  private constructor(port: number, doors: Doors) {
    this.#port = port;
    this.#doors = doors;
  }

  /** Takes a port of the range that nobody has. `withTcp`: whether speakers may come by TCP. @throws what the system says when there is none */
  static async open(range: readonly [number, number], withTcp: boolean): Promise<SharedPort> {
    let shared: SharedPort | undefined;
    const cause = await tryPorts(range, async (port) => {
      try {
        shared = new SharedPort(port, await openDoors(port, withTcp));
        return undefined;
      } catch (error) {
        return error;
      }
    });
    if (shared === undefined) throw cause;
    return shared;
  }

  /** Has a protocol of the component speak through the doors. */
  lend(protocol: Protocol, lodger: Lodger): void {
    const { server } = protocol;
    protocol.connectionMade = async (to) => {
      if (server === undefined) {
        const door = to === true ? this.#doors.udp4 : known(this.#doors.udp6);
        protocol.transport = door.admit({ ...lodger, receive: (data, from) => receive(protocol, data, from) });
      } else {
        protocol.localIp = String(to);
        const door = protocol.localIp.includes(":") ? known(this.#doors.tcp6) : this.#doors.tcp4;
        door.admit({ ...lodger, server });
        Object.defineProperty(protocol, "listeningPort", { value: this.#port });
      }
    };
  }

  close(): void {
    const { udp4, udp6, tcp6, tcp4 } = this.#doors;
    closeAll([udp4, udp6, tcp6, tcp4]);
  }
}

/** The port of a stage, open as long as anybody uses it. */
export class PortLease {
  readonly #range: readonly [number, number];
  readonly #withTcp: boolean;
  #users = 0;
  #port: Promise<SharedPort> | undefined;

  constructor(range: readonly [number, number], withTcp: boolean) {
    this.#range = range;
    this.#withTcp = withTcp;
  }

  /** Each call wants a {@link giveBack}, unless it throws. @throws what the system says when no port of the range is free */
  async take(): Promise<SharedPort> {
    this.#port ??= SharedPort.open(this.#range, this.#withTcp);
    const port = this.#port;
    this.#users++;
    try {
      return await port;
    } catch (cause) {
      this.#users--;
      if (this.#port === port) this.#port = undefined;
      throw cause;
    }
  }

  async giveBack(): Promise<void> {
    if (--this.#users > 0) return;
    const port = this.#port;
    const opened = await port;
    // Somebody may have come meanwhile; and who comes next may want the same number.
    if (this.#users > 0 || this.#port !== port) return;
    this.#port = undefined;
    opened?.close();
  }
}

/** What one datagram does to its reader must not end the process; the component's own transport holds it so. */
function receive(protocol: Protocol, data: Buffer, from: readonly [string, number]): void {
  try {
    protocol.datagramReceived?.(data, from);
  } catch {
    guardFigures.malformedMedia++;
  }
}

async function openDoors(port: number, withTcp: boolean): Promise<Doors> {
  const doors: { close(): void }[] = [];
  const keep = <Door extends { close(): void }>(door: Door): Door => {
    doors.push(door);
    return door;
  };
  try {
    // Where TCP is not offered nobody from outside reaches the listener that holds the number.
    const tcp4 = keep(await TcpDoor.open(withTcp ? "0.0.0.0" : "127.0.0.1", port));
    const udp4 = keep(await UdpDoor.open("udp4", port));
    const tcp6 = withTcp ? await whereKnown(async () => keep(await TcpDoor.open("::", port))) : undefined;
    const udp6 = await whereKnown(async () => keep(await UdpDoor.open("udp6", port)));
    return { udp4, udp6, tcp4, tcp6 };
  } catch (cause) {
    closeAll(doors.toReversed());
    throw cause;
  }
}

async function whereKnown<Door>(open: () => Promise<Door>): Promise<Door | undefined> {
  try {
    return await open();
  } catch (cause) {
    if (NO_SUCH_FAMILY.has((cause as NodeJS.ErrnoException).code ?? "")) return undefined;
    throw cause;
  }
}

function known<Door>(door: Door | undefined): Door {
  if (door === undefined) throw new Error("this machine had no IPv6 when the port was opened");
  return door;
}

/** The listener that holds the number goes last. */
function closeAll(doors: readonly ({ close(): void } | undefined)[]): void {
  for (const door of doors) door?.close();
}
