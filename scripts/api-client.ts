import { spawn } from "node:child_process";
import { join } from "node:path";
import { TestHouse } from "../src/server/control/test-house.ts";

interface Schema {
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: Schema | boolean;
  readonly items?: Schema;
  readonly prefixItems?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
}

interface Operation {
  readonly summary: string;
  readonly operationId: string;
  readonly parameters?: readonly { readonly name: string; readonly in: string }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema?: Schema }>> };
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, { readonly schema?: Schema }>> }>>;
}

/** The part of an OpenAPI description that a client is made from. */
export interface Description {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

const HEAD = `// Made from the API's description by \`npm run docs\`. A client of Earshot's backstage for browsers and Node; it needs nothing but fetch.

/** A file that is sent. */
export type FileBody = Blob | Uint8Array<ArrayBuffer>;

/** Where the house is and who acts. */
export interface EarshotClientOptions {
  /** Address of the backstage port, such as https://backstage.example.org */
  readonly address: string;
  /** An API token; absent: whoever the cookies of \`fetch\` say. */
  readonly token?: string;
  /** Absent: the platform's own. */
  readonly fetch?: (address: string, request: RequestInit) => Promise<Response>;
}

/** A refusal as it comes. */
interface Problem {
  readonly title: string;
  readonly status: number;
  readonly code: string;
  readonly action: string;
  readonly details: Readonly<Record<string, string | number | boolean>>;
}

/** A refusal, as the house told it. @spec RFC 9457 */
export class EarshotProblem extends Error {
  readonly status: number;
  /** Stable name of the failure. */
  readonly code: string;
  /** What to do now. */
  readonly action: string;
  readonly details: Readonly<Record<string, string | number | boolean>>;
  /** After how many seconds the same call may succeed. */
  readonly retryAfterSeconds: number | undefined;

  constructor(problem: Problem, retryAfterSeconds: number | undefined) {
    super(problem.title);
    this.name = "EarshotProblem";
    this.status = problem.status;
    this.code = problem.code;
    this.action = problem.action;
    this.details = problem.details;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** Every call of the API. Each throws an EarshotProblem when it is refused. */
export class EarshotClient {
  readonly #options: EarshotClientOptions;

  constructor(options: EarshotClientOptions) {
    this.#options = options;
  }
`;

const TAIL = `
  async #call(method: string, path: string, body?: { readonly json: unknown } | { readonly file: FileBody }): Promise<Response> {
    const { address, token, fetch: ask = fetch } = this.#options;
    const headers: Record<string, string> = {};
    if (token !== undefined) headers.authorization = \`Bearer \${token}\`;
    const request: RequestInit = { method, headers };
    if (body !== undefined) {
      headers["content-type"] = "json" in body ? "application/json" : "application/octet-stream";
      request.body = "json" in body ? JSON.stringify(body.json) : body.file;
    }
    const response = await ask(\`\${address}\${path}\`, request);
    if (response.ok) return response;
    const retryAfter = response.headers.get("retry-after");
    throw new EarshotProblem((await response.json()) as Problem, retryAfter === null ? undefined : Number(retryAfter));
  }

  async #ask<Answer>(method: string, path: string, body?: { readonly json: unknown } | { readonly file: FileBody }): Promise<Answer> {
    return (await (await this.#call(method, path, body)).json()) as Answer;
  }
}

function part(value: string): string {
  return encodeURIComponent(value);
}

function query(values: Readonly<Record<string, string | undefined>>): string {
  const given = Object.entries(values).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return given.length === 0 ? "" : \`?\${new URLSearchParams(given)}\`;
}
`;

/** The API's description as a running house gives it. */
export async function readDescription(): Promise<Description> {
  await using house = await TestHouse.open();
  return (await house.visitor().call<Description>("GET", "/api/openapi.json")).body;
}

/** A typed client, made from a description, in the house's own format. */
export function renderClient({ paths }: Description): Promise<string> {
  const types: string[] = [];
  const calls: string[] = [];
  for (const [path, methods] of Object.entries(paths))
    for (const [method, operation] of Object.entries(methods)) calls.push(renderCall({ path, method: method.toUpperCase(), operation, types }));
  return format(`${HEAD}${calls.join("\n")}${TAIL}\n${types.join("\n")}`);
}

function renderCall({ path, method, operation, types }: { path: string; method: string; operation: Operation; types: string[] }): string {
  const { operationId, summary, parameters = [], requestBody, responses } = operation;
  const Name = `${operationId[0]?.toUpperCase()}${operationId.slice(1)}`;
  const named = (suffix: string, what: string, schema: Schema): string => {
    types.push(`/** ${what} {@link EarshotClient.${operationId}}. */\nexport type ${Name}${suffix} = ${typeOf(schema)};`);
    return `${Name}${suffix}`;
  };
  const inPath = parameters.filter((parameter) => parameter.in === "path").map(({ name }) => name);
  const inQuery = parameters.filter((parameter) => parameter.in === "query").map(({ name }) => name);
  const [[sentType, sent] = []] = Object.entries(requestBody?.content ?? {});
  const takes: string[] = [];
  if (inPath.length > 0) takes.push(`at: { ${inPath.map((name) => `readonly ${name}: string`).join("; ")} }`);
  if (inQuery.length > 0) takes.push(`asked: { ${inQuery.map((name) => `readonly ${name}?: string`).join("; ")} }`);
  let body = "";
  if (sentType === "application/json") {
    takes.push(`body: ${named("Body", "What is sent with", sent?.schema ?? {})}`);
    body = ", { json: body }";
  } else if (sentType !== undefined) {
    takes.push("file: FileBody");
    body = ", { file }";
  }
  const [success] = Object.entries(responses).filter(([status]) => status.startsWith("2"));
  const [[answerType, answer] = []] = Object.entries(success?.[1].content ?? {});
  const address = `\`${path.replace(/\{(\w+)\}/g, (_, name: string) => `\${part(at.${name})}`)}${inQuery.length > 0 ? `\${query(asked)}` : ""}\``;
  const doc = `\n  /** ${summary.replaceAll("*/", "")} \`${method} ${path}\` */\n`;
  if (answerType === "application/json") {
    const type = named("Answer", "What is answered by", answer?.schema ?? {});
    return `${doc}  ${operationId}(${takes.join(", ")}): Promise<${type}> { return this.#ask("${method}", ${address}${body}); }`;
  }
  if (answerType !== undefined)
    return `${doc}  async ${operationId}(${takes.join(", ")}): Promise<Blob> { return await (await this.#call("${method}", ${address}${body})).blob(); }`;
  return `${doc}  async ${operationId}(${takes.join(", ")}): Promise<void> { await this.#call("${method}", ${address}${body}); }`;
}

/** A JSON schema as a type. */
function typeOf(schema: Schema): string {
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum !== undefined) return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices !== undefined) return `(${[...new Set(choices.map(typeOf))].join(" | ")})`;
  if (schema.allOf !== undefined) return `(${schema.allOf.map(typeOf).join(" & ")})`;
  if (schema.type === "array")
    return schema.prefixItems === undefined ? `readonly (${typeOf(schema.items ?? {})})[]` : `readonly [${schema.prefixItems.map(typeOf).join(", ")}]`;
  if (schema.type === "object" || (schema.type === undefined && schema.properties !== undefined)) return objectOf(schema);
  if (typeof schema.type === "object") return `(${schema.type.map((type) => typeOf({ ...schema, type })).join(" | ")})`;
  if (schema.type === "integer") return "number";
  return schema.type ?? "unknown";
}

function objectOf({ properties, required = [], additionalProperties }: Schema): string {
  if (properties === undefined) return `Readonly<Record<string, ${typeof additionalProperties === "object" ? typeOf(additionalProperties) : "unknown"}>>`;
  const fields = Object.entries(properties).map(([name, field]) => `readonly ${JSON.stringify(name)}${required.includes(name) ? "" : "?"}: ${typeOf(field)}`);
  return `{ ${fields.join("; ")} }`;
}

/** Formats as `npm run format` does, so that one check holds for what is written and what is made. */
async function format(source: string): Promise<string> {
  const root = join(import.meta.dirname, "..");
  const biome = spawn(join(root, "node_modules/.bin/biome"), ["format", "--stdin-file-path=client/earshot-client.ts"], { cwd: root });
  biome.stdin.end(source);
  let formatted = "";
  let said = "";
  biome.stdout.on("data", (bytes: Buffer) => {
    formatted += bytes.toString();
  });
  biome.stderr.on("data", (bytes: Buffer) => {
    said += bytes.toString();
  });
  const status = await new Promise<number | null>((resolve) => biome.once("close", resolve));
  if (status !== 0) throw new Error(`the client cannot be formatted: ${said}`);
  return formatted;
}
