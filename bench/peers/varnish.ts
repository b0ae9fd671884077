import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { freePort, openFolder, type Peer, startPeer } from "./peer.ts";

/** Starts Debian's varnish with its defaults (and fifty threads ready) as a cache before an origin. */
export async function startVarnish(originPort: number): Promise<Peer> {
  const folder = await openFolder("varnish");
  const port = await freePort();
  const vcl = `vcl 4.1;
backend origin { .host = "127.0.0.1"; .port = "${originPort}"; .first_byte_timeout = 15s; .between_bytes_timeout = 15s; }
`;
  await writeFile(join(folder, "bench.vcl"), vcl);
  const args = ["-F", "-n", join(folder, "work"), "-f", join(folder, "bench.vcl"), "-a", `127.0.0.1:${port}`, "-s", "malloc,64m", "-p", "thread_pool_min=50"];
  // Connections that wait between two questions must not be closed by the idle limit: that would be measured as failure.
  args.push("-p", "timeout_idle=120", "-p", "listen_depth=16384");
  return await startPeer({ name: "varnish", command: "varnishd", args, port, folder });
}
