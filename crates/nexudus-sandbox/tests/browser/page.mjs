// Drives the sandbox's page in a headless Chromium, as a person would. A line `ok|failed TAB check TAB detail` tells of
// each check. Started by `cargo xtask browser`, which installs playwright-core and axe-core into the folder it names:
//   node page.mjs http://127.0.0.1:PORT FOLDER/node_modules /usr/bin/chromium SCREENSHOT.png LISTED
// LISTED is the port of the origin http://localhost:LISTED, which the sandbox was started to let in.

import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";

const [base, modules, browserPath, screenshot, listed] = process.argv.slice(2);
const require = createRequire(`${modules}/`);
const { chromium } = require("playwright-core");
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

const browser = await chromium.launch({
  executablePath: browserPath,
  args: [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--host-resolver-rules=MAP evil.example 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
  ],
});

let failures = 0;
const tell = (...words) => console.log(words.join("\t").replaceAll("\n", " "));
async function check(name, run) {
  try {
    tell("ok", name, (await run()) ?? "");
  } catch (error) {
    failures += 1;
    tell("failed", name, String(error.message).split("\n").slice(0, 6).join(" "));
  }
}
function equal(have, want, what) {
  if (JSON.stringify(have) !== JSON.stringify(want)) throw new Error(`${what}: ${JSON.stringify(have)} instead of ${JSON.stringify(want)}`);
}

async function api(method, path, body) {
  const response = await fetch(`${base}/api/${path}`, {
    method,
    headers: { authorization: "Bearer sandbox-token", "content-type": "application/json" },
    body: body && JSON.stringify(body),
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${JSON.stringify(answer)}`);
  return answer;
}

const trouble = [];
const asked = new Set();
async function open(options = {}, at = "") {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(5000);
  page.on("console", (message) => ["error", "warning"].includes(message.type()) && trouble.push(message.text()));
  page.on("pageerror", (error) => trouble.push(error.message));
  page.on("request", (request) => asked.add(new URL(request.url()).origin));
  await page.goto(`${base}/${at}`);
  await page.getByRole("heading", { level: 1 }).waitFor();
  return page;
}
const focused = (page) => page.evaluate(() => document.activeElement?.id || document.activeElement?.textContent);
// Another tool's rules on names, roles, contrast, labels and order. It has to run past the page's own policy.
async function audit(page) {
  await page.evaluate(axe);
  const result = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
  equal(result.violations.map((found) => `${found.id}: ${found.nodes[0].target}`), [], "violations");
  return result.passes.length;
}

const markup = "<img src=x onerror=\"document.title='broken'\">";
const made = (await api("POST", "sys/chatusermessages", { FromUserId: 1, ToUsers: [2], ChatText: markup })).Value.Id;
const page = await open();

await check("the page loads and says where it is connected", async () => {
  await page.locator("#live", { hasText: /^live$/ }).waitFor();
  return `${await page.locator("#entities a").count()} entities`;
});

await check("/ goes to the search, arrows and Enter open what it finds", async () => {
  await page.keyboard.press("/");
  equal(await focused(page), "search", "focus");
  await page.keyboard.type("booking");
  await page.keyboard.press("ArrowDown");
  equal(await page.evaluate(() => document.activeElement.dataset.path), "spaces/bookings", "focus");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Booking", exact: true }).waitFor();
  equal(await focused(page), "title", "focus");
});

await check("operations and their roles are listed", async () => {
  await page.getByRole("row", { name: "create POST /api/spaces/bookings Booking-Create" }).waitFor();
});

await check("Tab reaches the tabs, arrow keys move among them, and the properties show", async () => {
  await page.keyboard.press("Tab");
  equal(await focused(page), "tab-records", "focus");
  await page.keyboard.press("ArrowRight");
  equal(await focused(page), "tab-properties", "focus");
  await page.keyboard.press("Enter");
  await page.getByRole("row", { name: /^FromTime datetime create: optional, update Booking_FromTime/ }).waitFor();
  return `${await page.locator("#panel tbody tr").count()} rows`;
});

await check("relations are drawn, and lead on", async () => {
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("Enter");
  const drawing = page.getByRole("group", { name: "Relations of Booking" });
  await drawing.getByRole("link", { name: "BookingProduct BookingId" }).waitFor();
  const count = await drawing.getByRole("link").count();
  await drawing.getByRole("link", { name: "Resource ResourceId" }).click();
  await page.getByRole("group", { name: "Relations of Resource", exact: true }).getByRole("link", { name: /^Booking ResourceId/ }).waitFor();
  return `${count} entities around Booking`;
});

await check("a property is found by its name, and marked where it stands", async () => {
  await page.keyboard.press("/");
  await page.keyboard.type("kisikeyid");
  await page.keyboard.press("Enter");
  await page.locator("tr#hit th", { hasText: /^KisiKeyId$/ }).waitFor();
  return page.locator("#found").textContent();
});

await check("Escape clears the search", async () => {
  await page.keyboard.press("/");
  await page.keyboard.press("Escape");
  equal([await page.inputValue("#search"), await focused(page)], ["", "search"], "search and focus");
});

await check("records are listed and shown in full, with their markup as text", async () => {
  await page.goto(`${base}/#/sys/chatusermessages`);
  await page.locator("table.list").getByRole("link", { name: String(made) }).press("Enter");
  await page.getByRole("row", { name: `ChatText ${markup}` }).waitFor();
  equal(await page.locator("main img").count(), 0, "images in the page");
  equal(await page.title(), "ChatUserMessage - Nexudus sandbox", "title");
});

await check("arrow keys move in the table of records, by row and by cell", async () => {
  await page.keyboard.press("Escape");
  await page.locator("table.list").waitFor();
  await page.locator("table.list tbody th a").first().focus();
  const seen = [];
  for (const key of ["ArrowDown", "ArrowRight", "ArrowUp", "End", "Home"]) {
    await page.keyboard.press(key);
    seen.push(await page.evaluate(() => {
      const cell = document.activeElement.closest("th, td");
      return [cell.parentElement.rowIndex, cell.cellIndex];
    }));
  }
  equal(seen.slice(0, 3), [[2, 0], [2, 2], [1, 2]], "cells");
  equal(seen[4], [1, 0], "cell");
  await page.keyboard.press("Enter");
  await page.locator("table.record").first().waitFor();
});

await check("the id of another record leads to it, Escape leaves it", async () => {
  await page.getByRole("row", { name: "FromUserId 1" }).getByRole("link").click();
  await page.getByRole("heading", { name: "User", exact: true }).waitFor();
  await page.getByRole("row", { name: /^Email admin@example\.com/ }).waitFor();
  await page.keyboard.press("Escape");
  await page.locator("table.list").waitFor();
});

await check("lists are filtered as the API filters", async () => {
  await page.goto(`${base}/#/sys/users`);
  // The list of users has to be there, or the filter of the one before is filled in.
  await page.locator("table.list").getByRole("row", { name: /guest@example.com/ }).waitFor();
  await page.fill("#filter", "User_Email=guest@example.com");
  await page.press("#filter", "Enter");
  await page.locator("#panel [role=status]", { hasText: "1 to 1 of 1" }).waitFor();
});

await check("a filter that is refused says why and stays, an address that leads nowhere says so", async () => {
  const before = trouble.length;
  await page.fill("#filter", "User_Active=perhaps");
  await page.press("#filter", "Enter");
  await page.getByRole("alert").getByText("is not true or false").waitFor();
  equal(await page.inputValue("#filter"), "User_Active=perhaps", "filter");
  await page.goto(`${base}/#/sys/no%users`);
  await page.getByRole("alert").getByText("Not found").waitFor();
  // The browser itself tells its console of both answers.
  trouble.splice(before);
});

await check("a request shows in the log as it comes, and what it made in the list", async () => {
  await page.goto(`${base}/#/sys/chatusermessages`);
  await page.locator("table.list").waitFor();
  await page.locator("#main").focus();
  const { Value } = await api("POST", "sys/chatusermessages", { FromUserId: 1, ChatText: "live" });
  await page.locator("#requests .request").first().getByText("/api/sys/chatusermessages").waitFor();
  await page.locator("table.list").getByRole("link", { name: String(Value.Id) }).waitFor();
  await fetch(`${base}/api/sys/chatusermessages?ChatUserMessage_FromUsr=1`);
  await page.locator("#requests .request").first().getByText("401").waitFor();
});

await check("an id of 64 bits shows as it is, and leads to its record", async () => {
  const big = "9007199254740993";
  await fetch(`${base}/__sandbox/seed`, { method: "POST", headers: { "content-type": "application/json" }, body: `{"sys/chatusermessages": [{"Id": ${big}, "ChatText": "far out"}]}` });
  await page.goto(`${base}/#/sys/chatusermessages/records?dir=-1`);
  await page.locator("table.list").getByRole("link", { name: big, exact: true }).press("Enter");
  await page.getByRole("row", { name: "ChatText far out" }).waitFor();
  await page.keyboard.press("Escape");
  await page.locator("table.list").waitFor();
  await api("DELETE", `sys/chatusermessages/${big}`);
  await page.locator("table.list").getByRole("link", { name: big, exact: true }).waitFor({ state: "detached" });
});

const picture = await open({ reducedMotion: "reduce" }, "#/spaces/bookings/relations");
await picture.getByRole("group", { name: "Relations of Booking" }).waitFor();
await picture.locator("#requests .request").first().waitFor();
await picture.screenshot({ path: screenshot });

for (const colorScheme of ["light", "dark"]) {
  await check(`${colorScheme} renders, and axe finds nothing to complain of`, async () => {
    const here = await open({ colorScheme, bypassCSP: true, reducedMotion: "reduce" });
    const ground = await here.evaluate(() => getComputedStyle(document.body).backgroundColor);
    equal(ground, colorScheme === "light" ? "rgb(255, 255, 255)" : "rgb(19, 23, 29)", "background");
    const held = [await audit(here)];
    for (const view of ["", "/properties", "/relations", `/records/${made}`]) {
      await here.goto(`${base}/#/sys/chatusermessages${view}`);
      await here.locator("#panel > *").first().waitFor();
      held.push(await audit(here));
    }
    await here.context().close();
    return `${Math.min(...held)} to ${Math.max(...held)} rules hold in each of ${held.length} views`;
  });
}

await check("a window 360 pixels wide needs no scrolling sideways, and axe finds nothing", async () => {
  const here = await open({ viewport: { width: 360, height: 740 }, bypassCSP: true, reducedMotion: "reduce" });
  for (const view of ["", "/properties", "/relations"]) {
    await here.goto(`${base}/#/spaces/bookings${view}`);
    await here.locator("#panel > *").first().waitFor();
    const [wide, seen] = await here.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
    if (wide > seen) throw new Error(`${view}: ${wide} pixels wide`);
  }
  const held = await audit(here);
  await here.context().close();
  return `${held} rules hold`;
});

await check("everything can be reached with the Tab key, and where it is can be seen", async () => {
  const page = await open({}, "#/sys/chatusermessages");
  await page.locator("table.list").waitFor();
  const seen = [];
  for (let step = 0; step < 40; step += 1) {
    await page.keyboard.press("Tab");
    const [name, outline] = await page.evaluate(() => {
      const here = document.activeElement;
      return [here === document.body ? "" : here.id || here.closest("[id]")?.id || here.tagName, getComputedStyle(here).outlineStyle];
    });
    if (name === "" || (seen.length > 3 && name === seen[0])) break;
    if (outline === "none") throw new Error(`no outline on ${name}`);
    if (seen.at(-1) !== name) seen.push(name);
  }
  for (const part of ["search", "entities", "tab-records", "panel", "pause", "clear", "requests"]) {
    if (!seen.includes(part)) throw new Error(`${part} was not reached, but ${seen}`);
  }
  return seen.join(", ");
});

await check("nothing was asked of another machine", () => equal([...asked].filter((origin) => origin !== "null"), [new URL(base).origin], "origins"));
await check("the browser's console stayed empty", () => equal(trouble, [], "messages"));

// --- Pages of other origins: the same server is one of three origins, of which the sandbox lets one in

const server = createServer((request, response) => {
  response.setHeader("content-type", "text/html");
  response.end("<!doctype html><title>another origin</title>");
});
await new Promise((ready) => server.listen(Number(listed), "127.0.0.1", ready));
async function elsewhere(origin, run, options = {}) {
  // A browser that remembers a login for the sandbox sends it along with what it can.
  const context = await browser.newContext({ httpCredentials: { username: "admin@example.com", password: "sandbox" }, ...options });
  const other = await context.newPage();
  try {
    await other.goto(`${origin}/`);
    return await run(other, context);
  } finally {
    await context.close();
  }
}
// Whatever changes anything shows here.
const state = async () => {
  const read = async (path) => (await fetch(`${base}/__sandbox${path}`)).json();
  const [{ records }, faults, clock, snapshots] = await Promise.all(["", "/faults", "/clock", "/snapshots"].map(read));
  return { records, faults, frozen: clock.frozen, snapshots };
};
const foreign = [`http://127.0.0.1:${listed}`, `http://evil.example:${listed}`];

for (const origin of foreign) {
  const name = new URL(origin).hostname === "evil.example" ? "another site" : "another port of this machine";
  await check(`a page of ${name} reads nothing`, async () => {
    const paths = ["/__sandbox", "/__sandbox/records/sys/users", "/__sandbox/log", "/api/sys/users", "/api/auth/me", "/"];
    const had = await elsewhere(origin, (other) => other.evaluate(async ([base, paths]) => {
      const had = [];
      for (const path of paths) {
        for (const options of [{}, { credentials: "include" }, { headers: { authorization: "Bearer sandbox-token" } }, { mode: "no-cors", credentials: "include" }]) {
          const answer = await fetch(base + path, options).then((response) => response.text()).catch(() => "");
          if (answer) had.push([path, options, answer.slice(0, 80)]);
        }
        const shows = (tag) => new Promise((done) => {
          const element = document.body.appendChild(document.createElement(tag));
          element.onload = () => done(true);
          element.onerror = () => done(false);
          element.src = base + path;
          setTimeout(() => done(false), 1000);
        });
        for (const tag of ["img", "script"]) if (await shows(tag)) had.push([path, tag]);
      }
      return had;
    }, [base, paths]));
    equal(had, [], "read");
    return `${paths.length} paths in 6 ways`;
  });

  await check(`a page of ${name} changes nothing`, async () => {
    const before = await state();
    await elsewhere(origin, async (other) => {
      await other.evaluate(async (base) => {
        const tries = [];
        const json = { "content-type": "application/json" };
        for (const [method, path, body] of [
          ["POST", "/__sandbox/reset?seed=empty", undefined],
          ["POST", "/__sandbox/seed", '{"sys/users": [{"Id": 77}]}'],
          ["POST", "/__sandbox/faults", '{"path": "*", "status": 500}'],
          ["PUT", "/__sandbox/faults", '[{"path": "*", "status": 500}]'],
          ["PUT", "/__sandbox/clock", '{"now": "2030-01-01T00:00:00Z", "frozen": true}'],
          ["PUT", "/__sandbox/snapshots/evil", undefined],
          ["POST", "/api/sys/chatusermessages", '{"FromUserId": 1, "ChatText": "evil"}'],
          ["DELETE", "/api/sys/users/2", undefined],
        ]) {
          for (const options of [{}, { headers: json }, { mode: "no-cors" }, { headers: { "x-sandbox": "1" } }]) {
            tries.push(fetch(base + path, { method, body, credentials: "include", ...options }).catch(() => {}));
          }
          tries.push(Promise.resolve(navigator.sendBeacon(base + path, body ?? "")));
        }
        await Promise.all(tries);
        const socket = new WebSocket(`${base.replace("http", "ws")}/__sandbox/log`);
        await new Promise((done) => (socket.onerror = socket.onclose = done));
      }, base);
      // Forms, from the page itself and from a frame without an origin.
      for (const type of ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"]) {
        for (const path of ["/__sandbox/reset?seed=empty", "/__sandbox/seed", "/api/sys/chatusermessages"]) {
          const form = `<form method=post enctype="${type}" action="${base}${path}"><input name='{"FromUserId":1,"a":"' value='"}'></form><script>document.forms[0].submit()</script>`;
          for (const sandbox of [null, "allow-scripts allow-forms"]) {
            await other.evaluate(([form, sandbox]) => new Promise((done) => {
              const frame = document.createElement("iframe");
              if (sandbox) frame.sandbox = sandbox;
              frame.srcdoc = form;
              let loads = 0;
              frame.onload = () => (loads += 1) > 1 && done();
              setTimeout(done, 400);
              document.body.append(frame);
            }), [form, sandbox]);
          }
        }
      }
    });
    equal(await state(), before, "state");
  });
}

await check("a name that leads here is not answered for", async () => {
  const rebound = base.replace("127.0.0.1", "evil.example");
  return elsewhere(rebound, async (other) => {
    const seen = await other.evaluate(async () => {
      const ways = [["/__sandbox", {}], ["/api/sys/users", { headers: { authorization: "Bearer sandbox-token" } }],
        ["/__sandbox/reset?seed=empty", { method: "POST", headers: { "content-type": "application/json" } }]];
      return Promise.all(ways.map(([path, options]) => fetch(path, options).then((response) => response.status)));
    });
    equal(seen, [403, 403, 403], "statuses");
    return await other.evaluate(() => document.body.innerText.slice(0, 120));
  });
});

await check("the page shows in no frame of another origin", async () => {
  await elsewhere(foreign[0], async (other) => {
    await other.evaluate((base) => new Promise((done) => {
      const frame = document.createElement("iframe");
      frame.src = base;
      frame.onload = done;
      document.body.append(frame);
    }), base);
    const frames = other.frames().filter((frame) => frame !== other.mainFrame());
    equal(await Promise.all(frames.map((frame) => frame.locator("#entities").count())), [0], "pages in frames");
  });
});

await check("a page of a listed origin uses the API, and not the control routes", async () => {
  const seen = await elsewhere(`http://localhost:${listed}`, (other) => other.evaluate(async (base) => {
    const headers = { authorization: "Bearer sandbox-token", "content-type": "application/json" };
    const status = (path, options) => fetch(base + path, options).then((response) => response.status).catch(() => "refused");
    return [
      await status("/api/sys/users?size=1", { headers }),
      await status("/api/sys/chatusermessages", { method: "POST", headers, body: '{"FromUserId": 1}' }),
      await status("/__sandbox/records/sys/users", {}),
      await status("/__sandbox/reset", { method: "POST", headers }),
    ];
  }, base));
  equal(seen, [200, 200, "refused", "refused"], "statuses");
});
server.close();

await check("the API can be tried: a list, a create with markup, a refusal, and every number as it came", async () => {
  const trial = await open({}, "__sandbox/try");
  await trial.keyboard.press("Tab");
  await trial.fill("#search", "chatusermessages post");
  await trial.getByRole("link", { name: "POST /sys/chatusermessages", exact: true }).click();
  await trial.fill("#body", JSON.stringify({ FromUserId: 1, ChatText: markup }));
  await trial.getByRole("button", { name: "Send" }).click();
  await trial.getByRole("heading", { name: "200 OK" }).waitFor();
  const id = /"Id": (\d+)/.exec(await trial.locator("#result pre").first().textContent())[1];
  await trial.goto(`${base}/__sandbox/try#getChatUserMessage`);
  await trial.getByRole("button", { name: "Send" }).click();
  await trial.getByRole("alert").filter({ hasText: "id is missing." }).waitFor();
  await trial.getByLabel("id *").fill(id);
  await trial.getByRole("button", { name: "Send" }).click();
  await trial.getByRole("heading", { name: "200 OK" }).waitFor();
  const shown = await trial.locator("#result pre").first().textContent();
  equal([shown.includes("<img"), await trial.title()], [true, "Try the API - Nexudus sandbox"], "markup as text");
  await trial.getByLabel("Authorization").fill("");
  await trial.getByRole("button", { name: "Send" }).click();
  await trial.getByRole("heading", { name: /^401/ }).waitFor();
  await trial.goto(`${base}/__sandbox/try#listBookings`);
  await trial.getByLabel("Authorization").fill("Bearer sandbox-token");
  await trial.getByLabel("Parameters with").fill("systemid");
  await trial.getByLabel("Booking_SystemId").fill("nobody's & co");
  await trial.getByRole("button", { name: "Send" }).click();
  await trial.locator("#result pre", { hasText: '"TotalItems": 0' }).waitFor();
  const rules = await audit(trial);
  await trial.context().close();
  return `${rules} rules of axe hold`;
});

tell("with", "Chromium", browser.version());
tell("with", "Node.js", process.version);
for (const tool of ["playwright-core", "axe-core"]) tell("with", tool, require(`${tool}/package.json`).version);
await browser.close();
process.exit(failures ? 1 : 0);
