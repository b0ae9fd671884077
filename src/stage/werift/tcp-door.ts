import { createServer, type Server, type Socket } from "node:net";
import { MAX_CHECK_BYTES } from "./check-reader.ts";
import { guardFigures } from "./ice-guard.ts";
import { TcpLobby } from "./tcp-lobby.ts";
import { type Lodger, lodgerOf } from "./lodger.ts";
import { opened } from "./udp-ports.ts";

/** Connections held at the door of a stage that have proved nothing: 13 speakers of one office who come at the same time, with a connection from each of their networks. */
const MAX_WAITING = 64;
/** Length before each frame. Bytes. @spec RFC 4571 §2 */
const LENGTH_BYTES = 2;

/** An agent that is spoken to by TCP. */
export interface TcpLodger extends Lodger {
  /** Not listening: it is handed the connections that are its own. */
  readonly server: Server;
}

/** One TCP port for all agents of a stage: the first frame of a connection, which must be an authentic check, says whose it is. Closed by its owner. @spec RFC 6544 §4.1 */
export class TcpDoor {
  readonly #server = createServer();
  readonly #lobby = new TcpLobby(this.#server, () => {}, MAX_WAITING);
  readonly #lodgers = new Set<TcpLodger>();

  private constructor() {
    this.#server.on("connection", (socket) => this.#enter(socket));
  }

  /** @throws what the system says when the port cannot be had */
  static async open(host: string, port: number): Promise<TcpDoor> {
    const door = new TcpDoor();
    const cause = await opened(door.#server, () => door.#server.listen({ host, port, ipv6Only: host === "::", exclusive: true }));
    if (cause !== undefined) throw cause;
    door.#server.on("error", () => {});
    return door;
  }

  /** Lets an agent have its connections until its server is closed. */
  admit(lodger: TcpLodger): void {
    this.#lodgers.add(lodger);
    lodger.server.once("close", () => this.#lodgers.delete(lodger));
  }

  close(): void {
    this.#server.close();
    this.#lobby.close();
  }

  #enter(socket: Socket): void {
    let read = Buffer.alloc(0);
    const onData = (bytes: Buffer) => {
      read = Buffer.concat([read, bytes]);
      if (read.length < LENGTH_BYTES) return;
      const end = LENGTH_BYTES + read.readUInt16BE();
      if (read.length < end && end <= MAX_CHECK_BYTES) return;
      socket.off("data", onData);
      const lodger = lodgerOf(read.subarray(LENGTH_BYTES, end), this.#lodgers);
      if (lodger === undefined) {
        guardFigures.unauthenticatedRequests++;
        socket.destroy();
        return;
      }
      this.#lobby.release(socket);
      lodger.server.emit("connection", socket);
      socket.emit("data", read);
    };
    socket.on("error", () => {});
    socket.on("data", onData);
  }
}
