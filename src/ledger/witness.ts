import { fromBase64 } from "./verify/base64.ts";
import { type CheckSignature, type Checkpoint, checkNote, parseCheckpoint } from "./verify/checkpoint.ts";
import { HASH_BYTES, isConsistent, type Sha256, type TreeHead } from "./verify/merkle.ts";
import { keyIdOf, type VerifierKey } from "./verify/note.ts";
import type { NoteSigner } from "./signer.ts";

/** Most lines a consistency proof may have. @spec C2SP tlog-witness "add-checkpoint" */
const MAX_PROOF_LINES = 63;

/** Keeps the newest checkpoint of every ledger a witness has signed for. */
export interface WitnessStore {
  /** The newest head signed for under this name, or undefined. */
  read(origin: string): Promise<TreeHead | undefined>;
  /** Resolves once it is on the disk. */
  write(origin: string, head: TreeHead): Promise<void>;
}

/** What a witness answers: an HTTP status, and a body where there is one. */
export interface WitnessAnswer {
  readonly status: 200 | 400 | 403 | 404 | 409 | 422;
  readonly type: "text/plain; charset=utf-8" | "text/x.tlog.size";
  readonly body: string;
}

/** What a witness is made of. */
export interface WitnessOptions {
  readonly signer: NoteSigner;
  /** Log keys of the houses signed for, one of any of their ledgers; it holds for every ledger under the same host. */
  readonly houses: readonly VerifierKey[];
  readonly store: WitnessStore;
  readonly sha256: Sha256;
  readonly check: CheckSignature;
  /** Unix seconds, whole. */
  readonly unixSeconds: () => number;
}

/** Signs that it saw ledgers of other houses grow, and never one that told two stories. @spec C2SP tlog-witness */
export class Witness {
  readonly #options: WitnessOptions;
  readonly #turns = new Map<string, Promise<unknown>>();

  constructor(options: WitnessOptions) {
    this.#options = options;
  }

  /** Answers one `add-checkpoint`. Rejects only when the store does; then nothing was signed. */
  async add(body: string): Promise<WitnessAnswer> {
    const request = readRequest(body);
    if (request === undefined) return refuse(400, "this is no add-checkpoint request");
    const { checkpoint } = request;
    const key = this.#keyOf(checkpoint.origin);
    if (key === undefined) return refuse(404, "this witness does not know the ledger's house");
    if ((await checkNote(this.#options.check, checkpoint.note, key)) !== "true") return refuse(403, "the house's signature is missing or false");
    if (request.older > checkpoint.size) return refuse(400, "the old size is larger than the new one");
    return await this.#inTurn(checkpoint.origin, () => this.#judge(request));
  }

  async #judge({ older, proof, checkpoint }: Request): Promise<WitnessAnswer> {
    const { store, sha256, signer, unixSeconds } = this.#options;
    const { origin, size, root, note } = checkpoint;
    const before = (await store.read(origin)) ?? { size: 0, root: sha256(new Uint8Array()) };
    if (older !== before.size) return { status: 409, type: "text/x.tlog.size", body: `${before.size}\n` };
    if (!isConsistent(sha256, before, { size, root }, proof)) return refuse(422, "this is not a continuation of what was seen before");
    if (size > before.size) await store.write(origin, { size, root });
    return { status: 200, type: "text/plain; charset=utf-8", body: signer.cosign(note.text, unixSeconds()) };
  }

  /** The key a ledger must be signed with: the one of the house under whose host its name stands. */
  #keyOf(origin: string): VerifierKey | undefined {
    const house = this.#options.houses.find(({ name }) => hostOf(name) === hostOf(origin));
    return house === undefined ? undefined : { ...house, name: origin, keyId: keyIdOf(this.#options.sha256, origin, house.type, house.publicKey) };
  }

  /** Comparing and keeping must be one act: two requests at once could else take a step back. */
  async #inTurn<Result>(origin: string, work: () => Promise<Result>): Promise<Result> {
    const result = (this.#turns.get(origin) ?? Promise.resolve()).then(work);
    const turn = result.catch(() => {});
    this.#turns.set(origin, turn);
    void turn.then(() => this.#turns.get(origin) === turn && this.#turns.delete(origin));
    return await result;
  }
}

interface Request {
  readonly older: number;
  readonly proof: readonly Uint8Array[];
  readonly checkpoint: Checkpoint;
}

/** Writes the body of an `add-checkpoint`. */
export function writeRequest(older: number, proof: readonly Uint8Array[], note: string): string {
  return `old ${older}\n${proof.map((hash) => `${Buffer.from(hash).toString("base64")}\n`).join("")}\n${note}`;
}

function readRequest(body: string): Request | undefined {
  const end = body.indexOf("\n\n");
  const [first = "", ...lines] = body.slice(0, end).split("\n");
  const older = Number(/^old (0|[1-9]\d{0,15})$/.exec(first)?.[1]);
  const result = parseCheckpoint(body.slice(end + 2));
  const proof = lines.map((line) => fromBase64(line));
  if (end < 0 || Number.isNaN(older) || !result.ok || lines.length > MAX_PROOF_LINES) return undefined;
  if (!proof.every((hash) => hash?.length === HASH_BYTES)) return undefined;
  return { older, proof: proof as Uint8Array[], checkpoint: result.checkpoint };
}

function refuse(status: 400 | 403 | 404 | 422, reason: string): WitnessAnswer {
  return { status, type: "text/plain; charset=utf-8", body: `${reason}\n` };
}

function hostOf(name: string): string {
  return name.split("/")[0] as string;
}
