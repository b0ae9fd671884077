import { z } from "zod";
import { type ErrorCode, ERRORS } from "../../../core/errors.ts";
import { problemDetails } from "../../../wire/api.ts";
import type { ApiRoute } from "./route.ts";

/** The description of the API, made from the schemas that check it. @spec OpenAPI 3.1.1 */
export function openApi(routes: readonly ApiRoute[], serverUrl: string): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const route of routes) {
    const path = route.path.replace(/:(\w+)/g, "{$1}");
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operation(route) };
  }
  return {
    openapi: "3.1.1",
    info: {
      title: "Earshot backstage",
      version: "1",
      summary: "Events, their people, and going on air.",
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    servers: [{ url: serverUrl }],
    paths,
    components: {
      schemas: { Problem: schemaOf(problemDetails, "output") },
      securitySchemes: { token: { type: "http", scheme: "bearer" }, session: { type: "apiKey", in: "cookie", name: "earshot_session" } },
    },
  };
}

function operation(route: ApiRoute): object {
  const parameters = [...route.path.matchAll(/:(\w+)/g)].map(([, name]) => ({ name, in: "path", required: true, schema: { type: "string" } }));
  // A file has no fields beside it: what belongs to it stands in the address.
  const asked = Object.entries(route.query ?? {}).map(([name, description]) => ({
    name,
    in: "query",
    required: false,
    description,
    schema: { type: "string" },
  }));
  const success =
    route.download !== undefined
      ? { description: "The file.", content: { [route.download]: {} } }
      : route.answer === undefined
        ? { description: "Done." }
        : { description: "Done.", content: json(schemaOf(route.answer, "output")) };
  return {
    summary: route.summary,
    operationId: `${route.method.toLowerCase()}${route.path.slice("/api".length).replace(/[^A-Za-z]+(.)?/g, (_, letter: string | undefined) => letter?.toUpperCase() ?? "")}`,
    ...(parameters.length + asked.length === 0 ? {} : { parameters: [...parameters, ...asked] }),
    ...(route.body === undefined ? {} : { requestBody: { required: true, content: json(schemaOf(route.body, "input")) } }),
    ...(route.upload ? { requestBody: { required: true, content: { "application/octet-stream": {} } } } : {}),
    ...(route.problems.includes("unauthorised") ? { security: [{ session: [] }, { token: [] }] } : {}),
    responses: { [route.status]: success, ...problemResponses(problemsOf(route)) },
  };
}

/** What a route may refuse with: its own reasons, and those of every route of its kind. */
function problemsOf({ method, path, body, upload, problems }: ApiRoute): readonly ErrorCode[] {
  const reads = method === "GET";
  return [
    ...new Set<ErrorCode>([
      ...problems,
      // A token that opens nothing is told so wherever it is shown, and a page of another origin wherever it acts.
      "unauthorised",
      ...(reads ? [] : (["forbidden", "conflict", "disk-full"] as const)),
      ...(body === undefined ? [] : (["bad-request", "invalid-field", "body-too-large"] as const)),
      ...(upload ? (["bad-request", "body-too-large"] as const) : []),
      ...(path.includes(":") ? (["bad-request"] as const) : []),
      "database-away",
    ]),
  ];
}

function problemResponses(codes: readonly ErrorCode[]): Record<string, object> {
  const byStatus = new Map<number, ErrorCode[]>();
  for (const code of codes) byStatus.set(ERRORS[code].status, [...(byStatus.get(ERRORS[code].status) ?? []), code]);
  return Object.fromEntries(
    [...byStatus].map(([status, some]) => [
      String(status),
      {
        description: some.map((code) => `\`${code}\`: ${ERRORS[code].meaning}`).join(" "),
        content: { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } },
      },
    ]),
  );
}

const json = (schema: object) => ({ "application/json": { schema } });

function schemaOf(schema: z.ZodType, io: "input" | "output"): object {
  const { $schema, ...rest } = z.toJSONSchema(schema, { io, target: "draft-2020-12" }) as Record<string, unknown>;
  return rest;
}
