// A client in plain JavaScript, with fetch: `node plain.mjs http://127.0.0.1:PORT`. See `cargo xtask interop`.

import { readFileSync } from "node:fs";

const base = `${process.argv[2]}/api`;
let authorization;
let failures = 0;

async function call(method, path, { query, body, form, headers } = {}) {
  const response = await fetch(`${base}/${path}${query ? `?${new URLSearchParams(query)}` : ""}`, {
    method,
    headers: {
      ...(authorization && { Authorization: authorization }),
      ...(body && { "Content-Type": "application/json" }),
      ...headers,
    },
    body: body ? JSON.stringify(body) : form ? new URLSearchParams(form) : undefined,
  });
  return [response.status, await response.json()];
}

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

function same(have, want) {
  const [a, b] = [JSON.stringify(have), JSON.stringify(want)];
  if (a !== b) throw new Error(`${a} instead of ${b}`);
}

const fixture = readFileSync(new URL("fixture.json", import.meta.url));
await fetch(`${process.argv[2]}/__sandbox/seed`, { method: "POST", headers: { "content-type": "application/json" }, body: fixture });

let id;

await step("log in, renew the token, who am I", async () => {
  const login = { grant_type: "password", username: "admin@example.com", password: "sandbox" };
  const [status, grant] = await call("POST", "token", { form: login });
  same([status, grant.token_type], [200, "bearer"]);
  // Without a client_id at login, the e-mail address stands for it.
  const renew = { grant_type: "refresh_token", refresh_token: grant.refresh_token };
  same((await call("POST", "token", { form: renew, headers: { client_id: "another" } }))[0], 400);
  const [renewed, next] = await call("POST", "token", { form: renew, headers: { client_id: login.username } });
  same(renewed, 200);
  authorization = `Bearer ${next.access_token}`;
  same((await call("GET", "auth/me"))[1].Email, login.username);
});

await step("a page of another origin may call", async () => {
  const headers = { Origin: "http://localhost:3000", "Access-Control-Request-Method": "PUT" };
  const response = await fetch(`${base}/spaces/bookings`, { method: "OPTIONS", headers });
  same([response.ok, response.headers.get("access-control-allow-origin")], [true, "*"]);
});

await step("create with JSON, get", async () => {
  const body = { ResourceId: 501, FromTime: "2030-03-04T09:00:00Z", ToTime: "2030-03-04T10:00:00Z", Repeats: "Weekly", WhichBookingsToUpdate: 1, Tentative: "true" };
  const [status, done] = await call("POST", "spaces/bookings", { body });
  same([status, done.WasSuccessful], [200, true]);
  id = done.Value.Id;
  const [, booking] = await call("GET", `spaces/bookings/${id}`);
  same([booking.Repeats, booking.Tentative, booking.ResourceName], [2, true, "Room A"]);
  return "an enumeration by its name, a flag as text";
});

await step("all pages of a list with a filter", async () => {
  const ids = [];
  for (let page = 1, more = true; more; page += 1) {
    const [status, list] = await call("GET", "spaces/bookings", { query: { size: 1, page, Booking_Resource: 501, from_Booking_UpdatedOn: "2020-01-01T00:00:00Z" } });
    same(status, 200);
    ids.push(...list.Records.map((record) => record.Id));
    more = list.HasNextPage;
  }
  same(ids, [id]);
});

await step("read, change, write back", async () => {
  const [, booking] = await call("GET", `spaces/bookings/${id}`);
  const [status, done] = await call("PUT", "spaces/bookings", { body: { ...booking, ResourceId: 502 } });
  same([status, done.Value], [200, { Id: id }]);
  same((await call("GET", `spaces/bookings/${id}`))[1].ResourceName, "Room B");
});

await step("what an update leaves out is cleared", async () => {
  const body = { Id: id, ResourceId: 502, FromTime: "2030-03-04T09:00:00Z", ToTime: "2030-03-04T10:00:00Z", Repeats: 2, WhichBookingsToUpdate: 1 };
  same((await call("PUT", "spaces/bookings", { body }))[0], 200);
  same((await call("GET", `spaces/bookings/${id}`))[1].Tentative, false);
});

await step("a refused create", async () => {
  const [status, answer] = await call("POST", "spaces/bookings", { body: { ResourceId: "room" } });
  const resource = answer.Errors.find((error) => error.PropertyName === "Resource");
  same([status, answer.WasSuccessful, resource?.AttemptedValue], [400, false, "room"]);
});

await step("delete, and get again", async () => {
  same((await call("DELETE", `spaces/bookings/${id}`))[0], 200);
  same(await call("GET", `spaces/bookings/${id}`), [404, "Not found"]);
});

console.log(["with", "Node.js", process.version].join("\t"));
process.exit(failures ? 1 : 0);
