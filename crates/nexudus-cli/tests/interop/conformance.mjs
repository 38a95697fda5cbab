// The official conformance suite against a server over HTTP: `node conformance.mjs MODULES URL FOLDER`.
// See `cargo xtask interop mcp`. `conformance.json` has the scenarios that can't pass, and why: one that passes all the
// same is a failure too, so the list is exact.

import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";

const [modules, url, folder] = process.argv.slice(2);
const suite = join(modules, "@modelcontextprotocol/conformance");
const VERSIONS = ["2025-06-18", "2025-11-25", "2026-07-28"];
const { reasons, expected } = JSON.parse(readFileSync(new URL("conformance.json", import.meta.url)));
let failures = 0;

for (const version of VERSIONS) {
  rmSync(folder, { recursive: true, force: true });
  const words = ["server", "--url", url, "--suite", "all", "--spec-version", version, "-o", folder];
  spawnSync(process.execPath, [join(suite, "dist/index.js"), ...words], { timeout: 600_000 });
  for (const run of existsSync(folder) ? readdirSync(folder).sort() : []) {
    const scenario = run.replace(/^server-/, "").replace(/-\d{4}-\d\d-\d\dT.*$/, "");
    const checks = JSON.parse(readFileSync(join(folder, run, "checks.json")));
    const good = checks.filter((check) => check.status === "SUCCESS");
    const bad = checks.filter((check) => ["FAILURE", "WARNING"].includes(check.status));
    const why = expected[scenario] && reasons[expected[scenario]];
    const ok = (bad.length > 0) === Boolean(why);
    if (!ok) failures += 1;
    const told = bad.map((check) => `${check.id}: ${check.errorMessage ?? check.description}`);
    const detail = ok
      ? [`${good.length} checks passed`, ...(why ? [`${bad.length} cannot: ${why}`] : [])]
      : [...told, ...(why ? [`expected to fail: ${why}`] : [])];
    console.log([ok ? "ok" : "failed", `${version} ${scenario}`, detail.join("; ")].join("\t").replaceAll("\n", " "));
  }
}
console.log(`with\t@modelcontextprotocol/conformance\t${JSON.parse(readFileSync(join(suite, "package.json"))).version}`);
console.log(`with\tNode.js\t${process.versions.node}`);
process.exit(failures === 0 ? 0 : 1);
