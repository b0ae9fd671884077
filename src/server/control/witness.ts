import { hkdfSync } from "node:crypto";
import { join } from "node:path";
import type { Clock } from "../../core/clock.ts";
import type { Log } from "../../core/log.ts";
import { folderWitnessStore, NoteSigner, nodeSha256, nodeSignatureCheck, parseVerifierKey, Witness } from "../../ledger/mod.ts";
import type { App } from "./api/app.ts";

/** Longest request a witness reads. Bytes; a proof of 63 lines and a checkpoint with sixteen signatures are under 8 KB. */
const MAX_BODY_BYTES = 64 * 1024;

/** What the witness of this house needs. */
export interface WitnessPortOptions {
  readonly dataFolder: string;
  readonly backstageUrl: string;
  /** Log keys of the houses it signs for. */
  readonly houses: readonly string[];
  readonly houseKey: Uint8Array;
  readonly clock: Clock;
  readonly log: Log;
}

/** Takes other houses' checkpoints at `/witness/add-checkpoint` and tells its key at `/witness/key`. Does nothing for a house that signs for nobody. */
export function mountWitness(app: App, { dataFolder, backstageUrl, houses, houseKey, clock, log }: WitnessPortOptions): void {
  if (houses.length === 0) return;
  const seed = new Uint8Array(hkdfSync("sha256", houseKey, "", "earshot/ledger/witness/v1", 32));
  const signer = new NoteSigner(`${new URL(backstageUrl).host}/witness`, "cosignature", seed);
  const witness = new Witness({
    signer,
    houses: houses.flatMap((text) => {
      const key = parseVerifierKey(nodeSha256, text);
      if (key === undefined) log.error("witnesses.for: this is no verifier key; nobody is signed for under it", { key: text.slice(0, 200) });
      return key === undefined ? [] : [key];
    }),
    store: folderWitnessStore(join(dataFolder, "witness")),
    sha256: nodeSha256,
    check: nodeSignatureCheck(),
    unixSeconds: () => Math.floor(clock.wallMs() / 1000),
  });
  app.get("/witness/key", (context) => context.text(`${signer.verifierKey}\n`, 200, { "cache-control": "no-store" }));
  app.post("/witness/add-checkpoint", async (context) => {
    if (Number(context.req.header("content-length") ?? Number.NaN) > MAX_BODY_BYTES) return context.text("too long\n", 413);
    const body = await readLimited(context.req.raw);
    if (body === undefined) return context.text("too long\n", 413);
    const { status, type, body: answer } = await witness.add(body);
    if (status === 422) log.warn("a ledger showed this witness something that is no continuation", { request: body.slice(0, 2_000) });
    return context.body(answer, status, { "content-type": type });
  });
}

async function readLimited(request: Request): Promise<string | undefined> {
  const reader = request.body?.getReader();
  const chunks: Uint8Array[] = [];
  let length = 0;
  for (let read = await reader?.read(); read?.value !== undefined; read = await reader?.read()) {
    length += read.value.length;
    if (length > MAX_BODY_BYTES) {
      await reader?.cancel();
      return undefined;
    }
    chunks.push(read.value);
  }
  return Buffer.concat(chunks).toString("utf8");
}
