import { seeded } from "../material/seeded.ts";

/** A JSON schema as far as the API's description uses it. */
export interface Schema {
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
}

/** Texts that break things elsewhere. */
export const EVIL_TEXTS: readonly string[] = [
  "",
  " ",
  "\0",
  "a\0b",
  "\ud800",
  "\u202e\u0007",
  "<script>alert(1)</script>",
  "' or 1=1 --",
  "../../../../etc/passwd",
  "__proto__",
  "constructor",
  "null",
  "-1",
  "1e309",
  "x".repeat(5_000),
  "ﷺ".repeat(300),
  "👩‍👩‍👧‍👦".repeat(40),
  "file:///etc/passwd",
  "http://127.0.0.1:1/",
  "https://user:secret@example.org/",
  "2026-02-31T25:61:00Z",
  "+275760-09-13T00:00:00.001Z",
  "2026-10-03T21:00:00+02:00[Europe/Berlin]",
  "%00%2e%2e%2f",
];
/** Values of another kind than asked for. */
const EVIL_VALUES: readonly unknown[] = [null, true, 0, -1, 1.5, 1e308, Number.MAX_SAFE_INTEGER + 2, [], {}, [[]], { toString: 1 }, "x", ["x"]];
/** What fields of these names are when they are right. */
const GOOD_TEXTS: Readonly<Record<string, readonly string[]>> = {
  startDate: ["2026-10-04T21:00:00+02:00", "2026-12-01T10:00"],
  timeZone: ["Europe/Berlin", "UTC", "Asia/Kathmandu"],
  language: ["en", "de-AT", ""],
  interprets: ["", "de", "fr"],
  url: ["https://example.org/hook", "http://example.org/stream.mp3"],
};
/** Nesting of a body that is all brackets. */
const DEEP = 20_000;
/** Longer than any body that is asked for. Characters. */
const LONG = 70_000;

/** Bodies, values and choices that follow from a seed. */
export class ApiMaterial {
  readonly random: () => number;

  constructor(seed: number) {
    this.random = seeded(seed);
  }

  pick<Value>(values: readonly Value[]): Value {
    return values[Math.floor(this.random() * values.length)] as Value;
  }

  chance(share: number): boolean {
    return this.random() < share;
  }

  /** A value that mostly keeps a schema's rules. `name`: of the field it is for; `ids`: of things that exist. */
  value(schema: Schema, name: string, ids: readonly string[]): unknown {
    if (this.chance(0.04)) return this.pick(EVIL_VALUES);
    if (schema.const !== undefined) return schema.const;
    if (schema.enum !== undefined) return this.pick(schema.enum);
    if (schema.anyOf !== undefined) return this.value(this.pick(schema.anyOf), name, ids);
    if (typeof schema.type === "object") return this.value({ ...schema, type: this.pick(schema.type) }, name, ids);
    if (schema.type === "object") return this.#object(schema, ids);
    if (schema.type === "array") return Array.from({ length: this.pick([0, 1, 2, 20]) }, () => this.value(schema.items ?? {}, name, ids));
    if (schema.type === "boolean") return this.chance(0.5);
    if (schema.type === "null") return null;
    if (schema.type === "integer" || schema.type === "number") return this.#number(schema);
    return this.chance(0.15)
      ? this.pick(EVIL_TEXTS)
      : this.pick([...(GOOD_TEXTS[name] ?? ["Ada", "An evening", "gute-nacht"]), ...(ids.length > 0 ? [this.pick(ids)] : [])]);
  }

  /** What is sent as a JSON body: mostly JSON. */
  body(schema: Schema, ids: readonly string[]): string {
    const whole = JSON.stringify(this.value(schema, "", ids)) ?? "";
    if (this.chance(0.85)) return whole;
    return this.pick([
      () => "",
      () => whole.slice(0, -1),
      () => `\ufeff${whole}`,
      () => "[".repeat(DEEP),
      () => `${"[".repeat(DEEP)}${"]".repeat(DEEP)}`,
      () => `{"title":"${"x".repeat(LONG)}"}`,
      () => '{"__proto__":{"operator":true},"constructor":{"prototype":1}}',
      () => `${whole}${whole}`,
      () => "NaN",
    ])();
  }

  #object(schema: Schema, ids: readonly string[]): Record<string, unknown> {
    const made: Record<string, unknown> = {};
    for (const [name, field] of Object.entries(schema.properties ?? {})) {
      const needed = schema.required?.includes(name) === true;
      if (needed ? this.chance(0.97) : this.chance(0.5)) made[name] = this.value(field, name, ids);
    }
    if (this.chance(0.04)) made[this.pick(["operator", "toString", "id", "role"])] = this.pick(EVIL_VALUES);
    return made;
  }

  #number({ minimum = 0, maximum = 1_000 }: Schema): number {
    const least = Math.max(minimum, -1e9);
    const most = Math.min(maximum, 1e9);
    return this.chance(0.1) ? this.pick([least - 1, most + 1, 0.5, 1e21]) : Math.round(least + this.random() * (most - least));
  }
}
