// `nexudus mcp` asked by the client of npm, in both eras: `node session.mjs MODULES NEXUDUS URL TOKEN`.
// See `cargo xtask interop mcp`.

import { readFileSync, rmSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [modules, program, url, token] = process.argv.slice(2);
const client = join(modules, "@modelcontextprotocol/client");
const { Client } = await import(pathToFileURL(join(client, "dist/index.mjs")));
const { StdioClientTransport } = await import(pathToFileURL(join(client, "dist/stdio.mjs")));
const settings = mkdtempSync(join(tmpdir(), "nexudus-mcp-"));
let failures = 0;

async function step(name, run) {
  let line;
  try {
    line = ["ok", name, (await run()) ?? ""];
  } catch (error) {
    failures += 1;
    line = ["failed", name, error.message];
  }
  console.log(line.join("\t").replaceAll("\n", " "));
}

function check(condition, message) {
  if (!condition) throw new Error(message);
}

/// A session; `answer` is what the person says, or undefined where nobody can be asked.
async function open(era, answer, flags = []) {
  const asked = [];
  const negotiation = era === "stateless" ? { mode: { pin: "2026-07-28" } } : { mode: "legacy" };
  const capabilities = answer ? { elicitation: { form: {} } } : {};
  const session = new Client({ name: "interop", version: "1" }, { capabilities, versionNegotiation: negotiation });
  if (answer) {
    session.setRequestHandler("elicitation/create", (request) => {
      asked.push(request.params.message);
      return answer === "yes" ? { action: "accept", content: { confirm: true } } : { action: "decline" };
    });
  }
  const env = { ...process.env, NEXUDUS_BASE_URL: `${url}/api`, NEXUDUS_TOKEN: token, NEXUDUS_CONFIG_DIR: settings };
  await session.connect(new StdioClientTransport({ command: program, args: ["mcp", ...flags], env }));
  const call = async (name, args) => {
    const result = await session.callTool({ name, arguments: args });
    return { isError: result.isError === true, text: result.content[0].text, value: JSON.parse(result.content[0].text) };
  };
  return { session, asked, call };
}

const WRITES = ["--allow-write", "all"];

for (const era of ["stateless", "initialize"]) {
  await step(`${era}: tools`, async () => {
    const { session } = await open(era);
    const { tools } = await session.listTools();
    check(tools.length === 5 && tools.every((tool) => tool.annotations.readOnlyHint), "more than five tools that read");
    await session.close();
    const all = await open(era, "yes", WRITES);
    const bytes = JSON.stringify(await all.session.listTools()).length;
    await all.session.close();
    return `5, and 9 in ${bytes} bytes where writes are allowed`;
  });
  await step(`${era}: every entity is described and listed`, async () => {
    const { session, call } = await open(era);
    const entities = [];
    for (let skip = 0; ; ) {
      const { value } = await call("nexudus_list_entities", { skip });
      entities.push(...value.rows.map((row) => row[1]));
      if (!value.next) break;
      skip = entities.length;
    }
    let records = 0;
    for (const entity of entities) {
      const { isError } = await call("nexudus_describe_entity", { entity });
      check(!isError, `${entity} is not described`);
      let page = await call("nexudus_list", { entity, size: 5 });
      if (page.isError && page.value.argument === "filters") {
        const filter = page.value.error.split(" ").pop();
        page = await call("nexudus_list", { entity, size: 5, filters: { [filter]: 1 } });
      }
      check(!page.isError || page.value.argument === "entity", `${entity}: ${page.text}`);
      records += page.value.rows?.length ?? 0;
    }
    await session.close();
    return `${entities.length} entities, ${records} records`;
  });
  await step(`${era}: resources`, async () => {
    const { session } = await open(era);
    const { resources } = await session.listResources();
    const read = await session.readResource({ uri: resources[0].uri });
    check(JSON.parse(read.contents[0].text).entity, "no description");
    await session.close();
    return `${resources.length}`;
  });
  for (const answer of ["yes", "no", undefined]) {
    await step(`${era}: a change, the person says ${answer ?? "nothing, for they can't be asked"}`, async () => {
      const { session, call, asked } = await open(era, answer, WRITES);
      const page = await call("nexudus_list", { entity: "resources", fields: ["Name"], size: 1 });
      const [id, was] = page.value.rows[0];
      const result = await call("nexudus_update", { entity: "resources", id, values: { Name: `${was} ${era}` } });
      const now = (await call("nexudus_get", { entity: "resources", id, fields: ["Name"] })).value.record.Name;
      const changed = now === `${was} ${era}`;
      check(changed === (answer === "yes"), `the name is ${now}: ${result.text}`);
      check(result.value.outcome === (changed ? "done" : "not done"), result.text);
      check(asked.length === (answer ? 1 : 0), `${asked.length} questions`);
      await session.close();
      return result.value.outcome;
    });
  }
  await step(`${era}: a call that is aborted`, async () => {
    const { session, call } = await open(era);
    const abort = new AbortController();
    const pending = session.callTool({ name: "nexudus_list", arguments: { entity: "bookings" } }, { signal: abort.signal });
    abort.abort("enough");
    await pending.then(() => undefined, () => undefined);
    const { isError } = await call("nexudus_list_entities", { query: "bookings" });
    check(!isError, "the session is of no more use");
    await session.close();
  });
}

rmSync(settings, { recursive: true, force: true });
console.log(`with\t@modelcontextprotocol/client\t${JSON.parse(readFileSync(join(client, "package.json"))).version}`);
console.log(`with\tNode.js\t${process.versions.node}`);
process.exit(failures === 0 ? 0 : 1);
