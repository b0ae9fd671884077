import type { Socket } from "node:dgram";

/**
 * werift looks for a free port with a trial socket, closes it and binds a second one; several stages share one range,
 * so another may take the port in between, and a failed bind then ends the process. Here the socket that will be used
 * is bound, port after port. A socket's later errors (network gone) are lost datagrams, not the end of the process.
 */

interface UdpTransport {
  readonly socket: Socket;
  readonly options: { readonly portRange?: readonly [number, number] };
  init(): Promise<void>;
}

/** Replaces how the component opens UDP sockets. */
export function bindStepwise(load: <Exports>(path: string) => Exports): void {
  const { UdpTransport } = load<{ UdpTransport: { prototype: UdpTransport } }>("common/src/transport.js");
  UdpTransport.prototype.init = async function () {
    const { socket } = this;
    const [first, last] = this.options.portRange ?? [0, 0];
    const count = last - first + 1;
    // Begun anywhere in the range, so that stages that start together do not step over each other port by port.
    const begin = Math.floor(Math.random() * count);
    let cause: unknown;
    for (let step = 0; step < count; step++) {
      cause = await bind(socket, first + ((begin + step) % count));
      if (cause === undefined) {
        socket.on("error", () => {});
        return;
      }
    }
    socket.close();
    throw cause;
  };
}

/** Binds a socket; resolves with what went wrong, if something did. */
function bind(socket: Socket, port: number): Promise<unknown> {
  return new Promise((resolve) => {
    const settle = (cause?: unknown) => {
      socket.off("error", settle);
      socket.off("listening", onListening);
      resolve(cause);
    };
    const onListening = () => settle();
    socket.once("error", settle);
    socket.once("listening", onListening);
    socket.bind({ port, exclusive: true });
  });
}
