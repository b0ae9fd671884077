import type { Server, Socket } from "node:net";

/** How long a connection may stay without a check that proves whose it is. Milliseconds; a peer sends one as soon as it is connected, and TCP repeats what was lost after one second and again after two. */
const PROOF_MS = 3_000;
/** Connections held on one candidate that have proved nothing. */
const MAX_WAITING = 16;
/** Connections held on one candidate that are the peer's: one, and those it had on the networks before. @spec RFC 6544 */
const MAX_PROVED = 4;
/** Bytes taken of a connection that has proved nothing; a check has about a hundred. */
const MAX_UNPROVED_BYTES = 4 * 1024;

/** Whoever connects to a passive TCP candidate, until they prove that they are its peer: idle strangers keep no speaker out. It goes with its server. */
export class TcpLobby {
  /** In the order of arrival, with the network each comes from. */
  readonly #waiting = new Map<Socket, string>();
  readonly #proved = new Set<Socket>();
  readonly #sockets = new Map<string, Socket>();

  readonly #maxWaiting: number;

  /** `onClosed`: a connection is gone, named as in {@link prove}. */
  constructor(server: Pick<Server, "on">, onClosed: (from: string) => void, maxWaiting = MAX_WAITING) {
    this.#maxWaiting = maxWaiting;
    server.on("connection", (socket: Socket) => this.#enter(socket, onClosed));
  }

  /** A valid check came from this address ("host port"): whoever is there may stay. */
  prove(from: string): void {
    const socket = this.#sockets.get(from);
    if (socket === undefined || !this.#waiting.delete(socket)) return;
    this.#proved.add(socket);
    // A network that went away leaves its connection behind.
    if (this.#proved.size > MAX_PROVED) this.#proved.values().next().value?.destroy();
  }

  /** A connection that is somebody else's care from now on. */
  release(socket: Socket): void {
    this.#waiting.delete(socket);
  }

  /** Ends what has proved nothing. */
  close(): void {
    for (const socket of this.#waiting.keys()) socket.destroy();
  }

  #enter(socket: Socket, onClosed: (from: string) => void): void {
    const { remoteAddress: host, remotePort: port } = socket;
    if (host === undefined) return void socket.destroy();
    const from = `${host} ${port}`;
    this.#waiting.set(socket, networkOf(host));
    this.#sockets.set(from, socket);
    const timer = setTimeout(() => this.#waiting.has(socket) && socket.destroy(), PROOF_MS).unref();
    socket.on("data", () => this.#waiting.has(socket) && socket.bytesRead > MAX_UNPROVED_BYTES && socket.destroy());
    socket.on("close", () => {
      clearTimeout(timer);
      this.#waiting.delete(socket);
      this.#proved.delete(socket);
      if (this.#sockets.get(from) === socket) this.#sockets.delete(from);
      onClosed(from);
    });
    if (this.#waiting.size > this.#maxWaiting) this.#makeRoom();
  }

  /** The oldest of the network with most of them goes: from one network nobody pushes out another's. */
  #makeRoom(): void {
    const counts = new Map<string, number>();
    for (const network of this.#waiting.values()) counts.set(network, (counts.get(network) ?? 0) + 1);
    const most = Math.max(...counts.values());
    for (const [socket, network] of this.#waiting) {
      if (counts.get(network) !== most) continue;
      this.#waiting.delete(socket);
      return void socket.destroy();
    }
  }
}

/** An IPv4 address, or the four groups of an IPv6 one that name a network; one with groups left out names itself. */
function networkOf(host: string): string {
  const groups = host.split(":");
  return groups.length === 8 ? groups.slice(0, 4).join(":") : host;
}
