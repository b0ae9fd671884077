import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { parse } from "yaml";
import { configSchema, loadConfig } from "./config.ts";
import { EarshotError } from "./errors.ts";

const EXAMPLE = join(import.meta.dirname, "../../earshot.example.yaml");
const empty = mkdtempSync(join(tmpdir(), "earshot-config-"));

function refused(environment: Record<string, string>, yaml?: string): EarshotError {
  const folder = mkdtempSync(join(tmpdir(), "earshot-config-"));
  if (yaml !== undefined) writeFileSync(join(folder, "earshot.yaml"), yaml);
  try {
    loadConfig(environment, folder);
  } catch (error) {
    assert.ok(error instanceof EarshotError);
    return error;
  }
  return assert.fail("the settings were taken");
}

describe("settings", () => {
  test("edges have a name and a key each, once, and fit into the first entry of every ledger together", () => {
    const edges = (count: number, operator: string) =>
      JSON.stringify({
        edges: Array.from({ length: count }, (_, index) => ({
          name: `edge-${index}`,
          key: Buffer.alloc(32, index).toString("base64"),
          operator,
          network: operator,
          capacity: 20_000,
        })),
      });
    const load = (yaml: string) => {
      const folder = mkdtempSync(join(tmpdir(), "earshot-config-"));
      writeFileSync(join(folder, "earshot.yaml"), yaml);
      return loadConfig({}, folder).edges.length;
    };
    assert.equal(load(edges(200, "Radio Oslo")), 200);
    assert.match(String(refused({}, edges(200, "A broadcaster ".repeat(14))).details.rule), /first entry/);
    for (const wrong of ["house", "front-a", "Oslo", "a/b"]) assert.equal(refused({}, edges(1, "").replace("edge-0", wrong)).code, "config-invalid");
    assert.match(String(refused({}, edges(2, "").replace("edge-1", "edge-0")).details.rule), /each name once/);
  });
  test("the example file explains every setting and shows its default", () => {
    const text = readFileSync(EXAMPLE, "utf8");
    assert.deepEqual(configSchema.parse(parse(text)), configSchema.parse({}));
    const keys = (shape: object): string[] => Object.entries(shape).flatMap(([key, field]) => [key, ...inner(field).flatMap(keys)]);
    const inner = (field: { shape?: object; unwrap?: () => object; def?: { innerType?: object } }): object[] =>
      field.shape !== undefined ? [field.shape] : field.def?.innerType === undefined ? [] : inner(field.def.innerType);
    for (const key of keys(configSchema.shape)) assert.match(text, new RegExp(`(^|[# ])${key}:`, "m"), key);
  });

  test("nothing set: ports in a row, addresses on localhost", () => {
    const config = loadConfig({}, empty);
    assert.deepEqual([config.front.port, config.backstage.port, config.admin.port], [8080, 8081, 8082]);
    assert.deepEqual([config.publicUrl, config.backstageUrl], ["http://localhost:8080", "http://localhost:8081"]);
  });

  test("the environment is stronger than the file, and the other ports follow the front's", () => {
    const folder = mkdtempSync(join(tmpdir(), "earshot-config-"));
    writeFileSync(join(folder, "earshot.yaml"), "front: { port: 9000 }\nadmin: { port: 9999 }\n");
    const config = loadConfig({ EARSHOT_PORT: "7000", EARSHOT_DATA: "elsewhere", EARSHOT_UDP_PORTS: "50000-50100" }, folder);
    assert.deepEqual([config.front.port, config.backstage.port, config.admin.port], [7000, 7001, 9999]);
    assert.equal(config.dataFolder, join(folder, "elsewhere"));
    assert.deepEqual(config.stage.udpPorts, [50_000, 50_100]);
    assert.equal(config.stage.singlePort, false);
    const single = loadConfig({ EARSHOT_UDP_PORTS: "30000-30000", EARSHOT_SINGLE_PORT: "1" }, folder).stage;
    assert.deepEqual([single.udpPorts, single.singlePort], [[30_000, 30_000], true]);
  });

  test("with a certificate every address is https, files are found from the settings' folder, and an http address is refused", () => {
    const config = loadConfig({ EARSHOT_TLS_CERT: "chain.pem", EARSHOT_TLS_KEY: "/keys/key.pem" }, empty);
    assert.deepEqual(config.tls, { cert: join(empty, "chain.pem"), key: "/keys/key.pem" });
    assert.deepEqual([config.publicUrl, config.backstageUrl], ["https://localhost:8080", "https://localhost:8081"]);
    const tls = { EARSHOT_TLS_CERT: "a", EARSHOT_TLS_KEY: "b" };
    assert.equal(refused({ ...tls, EARSHOT_PUBLIC_URL: "http://live.example.org" }).details.setting, "public_url");
    assert.equal(refused({ ...tls, EARSHOT_BACKSTAGE_URL: "http://b.example.org" }).details.setting, "backstage_url");
    assert.match(String(refused({ EARSHOT_TLS_CERT: "a" }).details.setting), /tls/);
  });

  test("a wrong value is named with its rule, wherever it was set", () => {
    const byVariable = refused({ EARSHOT_PORT: "99999" });
    assert.equal(byVariable.details.setting, "EARSHOT_PORT");
    assert.equal(byVariable.details.value, "99999");
    assert.match(String(refused({}, "stage: { udp_ports: 50-40 }").details.rule), /first port below last/);
    assert.match(String(refused({}, "stage: { udp_ports: 40-40 }").details.rule), /first port below last/);
    for (const wrong of ["50-40", "0-40", "40-65536"])
      assert.match(String(refused({}, `stage: { single_port: true, udp_ports: ${wrong} }`).details.rule), /first port not above the last/);
    assert.match(String(refused({}, "stage: { upd_ports: 1-2 }").details.rule), /upd_ports/);
    assert.match(String(refused({}, "trusted_proxies: [10.0.0.0/99]").details.rule), /network/);
    for (const wrong of ["stage.example.org", "203.0.113.9:40000", "203.0.113.0/24", "fe80::1%eth0", ""]) {
      const { details } = refused({}, `stage: { announce: ["203.0.113.9", "${wrong}"] }`);
      assert.deepEqual([String(details.setting).startsWith("stage.announce.1 in "), details.value], [true, JSON.stringify(wrong)]);
      assert.match(String(details.rule), /IP addresses/);
    }
    assert.match(String(refused({}, "front: [").details.rule), /YAML/);
    assert.equal(refused({ EARSHOT_CONFIG: "/nowhere/earshot.yaml" }).details.value, "/nowhere/earshot.yaml");
  });
});
