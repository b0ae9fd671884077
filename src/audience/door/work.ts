import { createHmac, pbkdf2Sync, timingSafeEqual } from "node:crypto";
import { WORK_ITERATIONS, WORK_STEPS, type WorkDetails } from "../../wire/door.ts";

/** Layout of a task in bytes: version, nonce 12, expires 6 (Unix milliseconds), HMAC-SHA256 cut to 16. */
const VERSION = 1;
const NONCE_AT = 1;
const NONCE_BYTES = 12;
const EXPIRES_AT = 13;
const MAC_AT = 19;
const TASK_BYTES = 35;
/** Characters of a task in base64url: 35 bytes. */
const TASK_CHARACTERS = 47;
/** Bytes of the key that is looked for. Eight: no other step gives them by chance. */
const TARGET_BYTES = 8;
/** How long a task is good. Milliseconds; a slow phone in the background, and the way there and back. */
const GOOD_MS = 60_000;

/** What reading somebody's work came to. */
export type WorkResult = { readonly ok: true; readonly nonce: Uint8Array } | { readonly ok: false; readonly code: "work-invalid"; readonly offset: number };

/**
 * Sets tasks that cost whoever does them some computing, and checks them for almost nothing: which of so many steps leads to a given key, each step a key derivation
 * that a phone does about as well as a rented machine. The step is in the task's signature, so that checking derives nothing and nothing is remembered.
 * @spec RFC 8018 §5.2 (PBKDF2)
 */
export class WorkPress {
  readonly #key: Uint8Array;

  /** `secret`: shared by all fronts of the event and forgotten with it. */
  constructor(secret: Uint8Array, eventId: string) {
    this.#key = createHmac("sha256", secret).update(`earshot work v1 ${eventId}`).digest();
  }

  /** A fresh task. `random`: 14 random bytes. Costs one key derivation, about half a millisecond. */
  make(random: Uint8Array, nowMs: number): WorkDetails {
    const task = Buffer.alloc(TASK_BYTES);
    const step = (((random[NONCE_BYTES] as number) << 8) | (random[NONCE_BYTES + 1] as number)) % WORK_STEPS;
    task[0] = VERSION;
    task.set(random.subarray(0, NONCE_BYTES), NONCE_AT);
    task.writeUIntBE(Math.floor(nowMs) + GOOD_MS, EXPIRES_AT, 6);
    this.#sign(task, step).copy(task, MAC_AT);
    return {
      work: task.toString("base64url"),
      work_target: derive(task, step).toString("hex"),
      work_steps: WORK_STEPS,
      work_iterations: WORK_ITERATIONS,
    };
  }

  /** Checks what somebody brought: `<task>.<step>`. The cheapest checks come first; never throws. @hot */
  read(text: string, nowMs: number): WorkResult {
    const step = /^\.(0|[1-9]\d{0,4})$/.exec(text.slice(TASK_CHARACTERS))?.[1];
    if (step === undefined) return refused(TASK_CHARACTERS);
    const task = Buffer.from(text.slice(0, TASK_CHARACTERS), "base64url");
    if (task.length !== TASK_BYTES || task[0] !== VERSION || task.toString("base64url") !== text.slice(0, TASK_CHARACTERS)) return refused(0);
    if (task.readUIntBE(EXPIRES_AT, 6) < nowMs) return refused(EXPIRES_AT);
    if (!timingSafeEqual(this.#sign(task, Number(step)), task.subarray(MAC_AT))) return refused(MAC_AT);
    return { ok: true, nonce: task.subarray(NONCE_AT, NONCE_AT + NONCE_BYTES) };
  }

  #sign(task: Buffer, step: number): Buffer {
    return createHmac("sha256", this.#key)
      .update(task.subarray(0, MAC_AT))
      .update(`${step}`)
      .digest()
      .subarray(0, TASK_BYTES - MAC_AT);
  }
}

/** The key of a step: PBKDF2-HMAC-SHA256 over the nonce, salted with the step. */
function derive(task: Buffer, step: number): Buffer {
  const salt = Buffer.alloc(4);
  salt.writeUInt32BE(step);
  return pbkdf2Sync(task.subarray(NONCE_AT, NONCE_AT + NONCE_BYTES), salt, WORK_ITERATIONS, TARGET_BYTES, "sha256");
}

function refused(offset: number): WorkResult {
  return { ok: false, code: "work-invalid", offset };
}
