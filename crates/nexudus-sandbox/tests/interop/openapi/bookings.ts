// A program of openapi-fetch over the types of openapi-typescript: it lists rooms, books one, and lists bookings.
// It type-checks against the document alone, and runs against the sandbox.

import createClient from "openapi-fetch";
import type { components, paths } from "./nexudus.js";

const [, , url] = process.argv;
const client = createClient<paths>({
  baseUrl: `${url}/api`,
  headers: { Authorization: "Bearer sandbox-token" },
});

let failed = 0;
async function step(name: string, run: () => Promise<string>): Promise<void> {
  let detail = "";
  let ok = true;
  try {
    detail = await run();
  } catch (error) {
    [ok, detail] = [false, String(error)];
    failed += 1;
  }
  console.log([ok ? "ok" : "failed", name, detail.replaceAll("\n", " ").slice(0, 300)].join("\t"));
}

function check(fact: boolean, says: string): asserts fact {
  if (!fact) throw new Error(says);
}

let room: components["schemas"]["Resource"] | undefined;
let booking = 0;

await step("list rooms", async () => {
  const { data, error } = await client.GET("/spaces/resources", { params: { query: { size: 5, dir: 0 } } });
  check(!error && data !== undefined, JSON.stringify(error));
  room = data.Records[0];
  check(room !== undefined, "there is no room");
  return `${data.Records.length} of ${data.TotalItems}`;
});

await step("create a booking", async () => {
  const draft: components["schemas"]["NewBooking"] = {
    ResourceId: room?.Id ?? 0,
    FromTime: "2031-03-02T09:00:00Z",
    ToTime: "2031-03-02T10:00:00Z",
    Repeats: 1,
    WhichBookingsToUpdate: 1,
  };
  const { data, error } = await client.POST("/spaces/bookings", { body: draft });
  check(!error && data !== undefined, JSON.stringify(error));
  check(data.WasSuccessful, data.Message ?? "it failed without a message");
  booking = (data.Value as { Id: number }).Id;
  return data.Message ?? "";
});

await step("get it and change it", async () => {
  const { data, error } = await client.GET("/spaces/bookings/{id}", { params: { path: { id: booking } } });
  check(!error && data !== undefined, JSON.stringify(error));
  check(data.FromTime === "2031-03-02T09:00:00Z", `it begins at ${data.FromTime}`);
  const changed = await client.PUT("/spaces/bookings", {
    body: { ...data, ResourceId: data.ResourceId ?? 0, Notes: "Changed" },
  });
  check(changed.data?.WasSuccessful === true, JSON.stringify(changed.error));
  return changed.data.Message ?? "";
});

await step("list bookings by a filter", async () => {
  const { data, error } = await client.GET("/spaces/bookings", {
    params: { query: { Booking_Resource: room?.Id, from_Booking_FromTime: "2031-03-01T00:00:00Z" } },
  });
  check(!error && data !== undefined, JSON.stringify(error));
  check(data.Records.some((one) => one.Id === booking), "the booking is not listed");
  return `${data.TotalItems}`;
});

await step("a booking without a room is refused, and says why", async () => {
  const { error, response } = await client.POST("/spaces/bookings", { body: { ResourceId: 987654321 } });
  check(response.status === 400 && error !== undefined, `status ${response.status}`);
  return typeof error === "string" ? error : (error.Message ?? "");
});

await step("delete it", async () => {
  const { data, error } = await client.DELETE("/spaces/bookings/{id}", { params: { path: { id: booking } } });
  check(!error && data !== undefined, JSON.stringify(error));
  const gone = await client.GET("/spaces/bookings/{id}", { params: { path: { id: booking } } });
  check(gone.response.status === 404, `it is still there: ${gone.response.status}`);
  return data.Message ?? "";
});

process.exitCode = failed > 0 ? 1 : 0;
