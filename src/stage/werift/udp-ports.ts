import { createSocket, type Socket, type SocketType } from "node:dgram";
import { lookup } from "node:dns";
import { isIP, isIPv6, type Server } from "node:net";

/**
 * werift looks for a free port with a trial socket, closes it and binds a second one; several stages share one range,
 * so another may take the port in between, and a failed bind then ends the process. Here the socket that will be used
 * is bound, port after port. A socket's later errors (network gone) are lost datagrams, not the end of the process.
 */

interface UdpTransport {
  socket: Socket;
  readonly socketType: SocketType;
  readonly options: { readonly portRange?: readonly [number, number] };
  init(): Promise<void>;
}

interface TcpPassiveProtocol {
  readonly server: Server;
  localIp: string;
  connectionMade(localIp: string, range?: readonly [number, number]): Promise<void>;
}

/** Replaces how the component opens UDP sockets and listens for TCP. */
export function bindStepwise(load: <Exports>(path: string) => Exports): void {
  const { UdpTransport } = load<{ UdpTransport: { prototype: UdpTransport } }>("common/src/transport.js");
  UdpTransport.prototype.init = async function () {
    const socket = createSocket({ type: this.socketType, lookup: lookUp });
    for (const listener of this.socket.listeners("message")) socket.on("message", listener as (data: Buffer) => void);
    this.socket.close();
    this.socket = socket;
    const cause = await tryPorts(this.options.portRange, (port) => opened(socket, () => socket.bind({ port, exclusive: true })));
    if (cause === undefined) return void socket.on("error", () => {});
    socket.close();
    throw cause;
  };

  const { TcpPassiveProtocol } = load<{ TcpPassiveProtocol: { prototype: TcpPassiveProtocol } }>("ice/src/stun/tcpProtocol.js");
  TcpPassiveProtocol.prototype.connectionMade = async function (localIp, range) {
    this.localIp = localIp;
    // On every address of the family, as the UDP sockets are.
    const host = isIPv6(localIp) ? "::" : "0.0.0.0";
    const cause = await tryPorts(range, (port) => opened(this.server, () => this.server.listen({ port, host, exclusive: true })));
    if (cause !== undefined) throw cause;
  };
}

/** An address is its own answer: without this every packet sent waits a turn of the loop for the resolver to say so. */
export const lookUp: typeof lookup = ((host: string, options: number, done: (error: null, address: string, family: number) => void) => {
  const family = isIP(host);
  if (family === 0) lookup(host, options, done as never);
  else done(null, host, family);
}) as never;

/** Tries port after port until `attempt` resolves with undefined; resolves with what went wrong, if it never did. */
export async function tryPorts([first, last]: readonly [number, number] = [0, 0], attempt: (port: number) => Promise<unknown>): Promise<unknown> {
  const count = last - first + 1;
  // Begun anywhere in the range, so that stages that start together do not step over each other port by port.
  const begin = Math.floor(Math.random() * count);
  let cause: unknown;
  for (let step = 0; step < count; step++) {
    cause = await attempt(first + ((begin + step) % count));
    if (cause === undefined) return undefined;
  }
  return cause;
}

/** Resolves when a socket is open, with what went wrong, if something did. */
export function opened(socket: Socket | Server, open: () => void): Promise<unknown> {
  return new Promise((resolve) => {
    const settle = (cause?: unknown) => {
      socket.off("error", settle);
      socket.off("listening", onListening);
      resolve(cause);
    };
    const onListening = () => settle();
    socket.once("error", settle);
    socket.once("listening", onListening);
    open();
  });
}
