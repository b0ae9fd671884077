import { createSocket, type RemoteInfo, type Socket, type SocketType } from "node:dgram";
import { isCheck } from "./check-reader.ts";
import { guardFigures, MAX_VALIDATED } from "./ice-guard.ts";
import { type Lodger, lodgerOf } from "./lodger.ts";
import { lookUp, opened } from "./udp-ports.ts";

/** An agent that is spoken to by UDP. */
export interface UdpLodger extends Lodger {
  receive(data: Buffer, from: Address): void;
}

type Address = readonly [string, number];

/** A sender whose check was authenticated, and the socket connected to it. */
interface Line {
  readonly from: Address;
  /** As the system names it: link-local addresses with their zone. */
  readonly address: string;
  lodger: UdpLodger;
  /** Being connected or connected; undefined: the system had none, and the door serves this line. */
  socket: Socket | undefined;
  isConnected: boolean;
}

/** What the component sends by: as much of its own UDP transport as it uses. */
export interface LentTransport {
  readonly type: "udp";
  readonly closed: boolean;
  readonly address: { readonly address: string; readonly port: number };
  readonly addressFamily: 4 | 6;
  readonly socket: { send(data: Buffer, port: number, host: string): void };
  send(data: Buffer, to: Address): Promise<void>;
  close(): Promise<void>;
}

/**
 * One UDP port of one address family for all agents of a stage. Strangers come to the door, an unconnected socket; to
 * each address whose check was authenticated a further socket is connected, and the system hands a datagram to the
 * socket connected to its sender before any other. So every speaker has a queue of their own in the kernel, and what
 * strangers or another speaker send fills only their own. Needs SO_REUSEPORT, and a system that prefers connected
 * sockets (Linux 5.4). Closed by its owner, after its lodgers have left.
 * @spec RFC 8445 §7.3
 */
export class UdpDoor {
  readonly #type: SocketType;
  readonly #port: number;
  readonly #socket: Socket;
  readonly #lodgers = new Map<UdpLodger, Set<Line>>();
  /** By host and port: a string made of both would be garbage for every stray datagram. */
  readonly #lines = new Map<string, Map<number, Line>>();
  #closed = false;

  private constructor(type: SocketType, port: number) {
    this.#type = type;
    this.#port = port;
    this.#socket = this.#makeSocket();
    this.#socket.on("message", (data, from) => this.#take(data, from, undefined));
  }

  /** @throws what the system says when the port cannot be had */
  static async open(type: SocketType, port: number): Promise<UdpDoor> {
    const door = new UdpDoor(type, port);
    const cause = await opened(door.#socket, () => door.#bind(door.#socket));
    if (cause !== undefined) {
      door.#socket.close();
      throw cause;
    }
    // The network gone: lost datagrams, not the end of the process.
    door.#socket.on("error", () => {});
    return door;
  }

  /** Lets an agent use the port until its transport is closed. */
  admit(lodger: UdpLodger): LentTransport {
    this.#lodgers.set(lodger, new Set());
    const transport = {
      type: "udp" as const,
      closed: false,
      address: this.#socket.address(),
      addressFamily: this.#type === "udp6" ? (6 as const) : (4 as const),
      socket: { send: (data: Buffer, port: number, host: string) => this.#send(lodger, data, port, host) },
      send: async (data: Buffer, [host, port]: Address) => this.#send(lodger, data, port, host),
      close: async () => {
        transport.closed = true;
        this.#dismiss(lodger);
      },
    };
    return transport;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const lodger of this.#lodgers.keys()) this.#dismiss(lodger);
    this.#socket.close();
  }

  #makeSocket(): Socket {
    return createSocket({ type: this.#type, reusePort: true, ipv6Only: this.#type === "udp6", lookup: lookUp });
  }

  #bind(socket: Socket): void {
    socket.bind({ port: this.#port, exclusive: true });
  }

  /** `via`: the line whose socket it came by. What stood in a queue before its sender had a socket, or before the socket was connected, belongs to its sender all the same. @hot */
  #take(data: Buffer, { address, port }: RemoteInfo, via: Line | undefined): void {
    const line = via !== undefined && via.from[1] === port && via.address === address ? via : this.#lines.get(hostOf(address))?.get(port);
    if (isCheck(data)) this.#check(data, address, port, line);
    else if (line === undefined) guardFigures.strayDatagrams++;
    else line.lodger.receive(data, line.from);
  }

  /** Finds whom a check is for; who proves to be another's speaker takes the address over: behind one NAT it may change hands. */
  #check(check: Buffer, address: string, port: number, known: Line | undefined): void {
    const lodger = lodgerOf(check, this.#lodgers.keys(), known?.lodger);
    const lines = lodger === undefined ? undefined : this.#lodgers.get(lodger);
    if (lodger === undefined || lines === undefined) return void guardFigures.unauthenticatedRequests++;
    if (known?.lodger !== lodger && lines.size >= MAX_VALIDATED) return void guardFigures.unauthenticatedRequests++;
    const line = known ?? this.#draw(lodger, address, port);
    if (line.lodger !== lodger) {
      this.#lodgers.get(line.lodger)?.delete(line);
      line.lodger = lodger;
    }
    lines.add(line);
    if (line.socket === undefined) this.#connect(line);
    lodger.receive(check, line.from);
  }

  #draw(lodger: UdpLodger, address: string, port: number): Line {
    const host = hostOf(address);
    const line: Line = { from: [host, port], address, lodger, socket: undefined, isConnected: false };
    const ports = this.#lines.get(host) ?? new Map<number, Line>();
    this.#lines.set(host, ports.set(port, line));
    return line;
  }

  /** Bound and connected in one turn, so that hardly anything of a stranger's gets into its queue. */
  #connect(line: Line): void {
    const socket = this.#makeSocket();
    line.socket = socket;
    socket.on("message", (data, from) => this.#take(data, from, line));
    socket.once("listening", () => socket.connect(line.from[1], line.address));
    socket.once("connect", () => (line.isConnected = line.socket === socket));
    socket.on("error", () => {
      // A peer's machine that refuses a datagram (ICMP) loses us a datagram. A socket that never came to be connected would take strangers' datagrams off the door.
      if (line.isConnected || line.socket !== socket) return;
      line.socket = undefined;
      socket.close();
    });
    this.#bind(socket);
  }

  #send(lodger: UdpLodger, data: Buffer, port: number, host: string): void {
    if (this.#closed) return;
    const line = this.#lines.get(host)?.get(port);
    if (line?.isConnected === true && line.lodger === lodger) line.socket?.send(data);
    else this.#socket.send(data, port, host);
  }

  #dismiss(lodger: UdpLodger): void {
    for (const line of this.#lodgers.get(lodger) ?? []) {
      const { from, socket } = line;
      const ports = this.#lines.get(from[0]);
      ports?.delete(from[1]);
      if (ports?.size === 0) this.#lines.delete(from[0]);
      line.isConnected = false;
      line.socket = undefined;
      socket?.close();
    }
    this.#lodgers.delete(lodger);
  }
}

/** An address without the zone of a link-local one, as the component knows it. */
function hostOf(address: string): string {
  const zone = address.indexOf("%");
  return zone === -1 ? address : address.slice(0, zone);
}
