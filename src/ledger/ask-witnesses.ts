import type { Cosign } from "./event-log.ts";
import { type CheckSignature, checkCosignature } from "./verify/checkpoint.ts";
import { formatSignature, isOfKey, parseNote, type VerifierKey } from "./verify/note.ts";
import { writeRequest } from "./witness.ts";

/** A witness that is asked: where it takes checkpoints, and the key it signs with. */
export interface AskedWitness {
  /** Submission prefix without a trailing slash. @spec C2SP tlog-witness "HTTP Interface" */
  readonly address: string;
  readonly key: VerifierKey;
}

/** How witnesses are asked. */
export interface AskOptions {
  /** Asked at every checkpoint; a witness that was not announced is not in it. */
  readonly witnesses: () => readonly AskedWitness[];
  readonly fetch: typeof globalThis.fetch;
  readonly check: CheckSignature;
  /** Longest a witness is waited for. Milliseconds. */
  readonly patienceMs: number;
  readonly onFailure: (name: string, cause: unknown) => void;
}

/** Asks all witnesses at once and keeps what is truly theirs; one that is away, slow or wrong is left out of this checkpoint. */
export function askWitnesses({ witnesses, fetch, check, patienceMs, onFailure }: AskOptions): Cosign {
  /** By witness: the size it signed for last, as far as it is known here. */
  const seen = new Map<string, number>();

  const submit = async ({ address, key }: AskedWitness, note: string, older: number, prove: (olderSize: number) => readonly Uint8Array[]) =>
    await fetch(`${address}/add-checkpoint`, {
      method: "POST",
      headers: { "content-type": "text/plain; charset=utf-8", "user-agent": "Earshot" },
      body: writeRequest(older, prove(older), note),
      signal: AbortSignal.timeout(patienceMs),
      redirect: "error",
    }).then(async (response) => ({ status: response.status, body: (await response.text()).slice(0, 10_000), name: key.name }));

  const ask = async (witness: AskedWitness, note: string, prove: (olderSize: number) => readonly Uint8Array[]): Promise<string> => {
    const { name } = witness.key;
    let answer = await submit(witness, note, seen.get(name) ?? 0, prove);
    if (answer.status === 409) answer = await submit(witness, note, Number(answer.body), prove);
    if (answer.status !== 200) throw new Error(`${answer.status}: ${answer.body.slice(0, 200)}`);
    const result = parseNote(`${note}${answer.body}`);
    if (!result.ok || (await checkCosignature(check, result.note, witness.key)).answer !== "true") throw new Error("the answer carries no true signature");
    seen.set(name, Number(note.split("\n")[1]));
    return result.note.signatures
      .filter((signature) => isOfKey(signature, witness.key))
      .map(formatSignature)
      .join("");
  };

  return async (note, prove) => {
    const answers = await Promise.all(
      witnesses().map((witness) =>
        ask(witness, note, prove).catch((cause: unknown) => {
          onFailure(witness.key.name, cause);
          return "";
        }),
      ),
    );
    return answers.filter((answer) => answer !== "");
  };
}
