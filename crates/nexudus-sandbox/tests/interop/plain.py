"""A client in plain Python, without packages: `python plain.py http://127.0.0.1:PORT`. See `cargo xtask interop`."""

import json
import sys
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

from steps import end, same, seed, step

BASE = sys.argv[1] + "/api"
STATE = {"token": None}


def call(method, path, query=None, body=None, form=None, headers=None):
    url = f"{BASE}/{path}" + (f"?{urlencode(query)}" if query else "")
    headers = {"Accept": "application/json", **(headers or {})}
    data = None
    if body is not None:
        data, headers["Content-Type"] = json.dumps(body).encode(), "application/json"
    if form is not None:
        data = urlencode(form).encode()  # urllib says itself that this is a form
    if STATE["token"]:
        headers["Authorization"] = "Bearer " + STATE["token"]
    try:
        with urlopen(Request(url, data, headers, method=method), timeout=10) as response:
            return response.status, json.load(response)
    except HTTPError as error:
        return error.code, json.load(error)


def login():
    status, wrong = call("POST", "token", form={"grant_type": "password", "username": "admin@example.com", "password": "x"})
    same((status, wrong["error"]), (400, "invalid_grant"))
    status, wrong = call("POST", "token", body={"grant_type": "password"})
    same((status, wrong["error"]), (400, "unsupported_grant_type"))
    form = {"grant_type": "password", "username": "admin@example.com", "password": "sandbox"}
    status, grant = call("POST", "token", form=form, headers={"client_id": "plain"})
    same((status, grant["token_type"]), (200, "bearer"))
    form = {"grant_type": "refresh_token", "refresh_token": grant["refresh_token"]}
    status, renewed = call("POST", "token", form=form, headers={"client_id": "plain"})
    same(status, 200)
    STATE["token"] = renewed["access_token"]
    same(call("GET", "auth/me")[1]["Email"], "admin@example.com")


def create():
    body = {
        "ResourceId": 501,
        "FromTime": "2030-02-04T09:00:00Z",
        "ToTime": "2030-02-04T10:00:00Z",
        "Repeats": 1,
        "WhichBookingsToUpdate": 1,
        "Notes": "Añadir café ☕ & <b>",
    }
    status, done = call("POST", "spaces/bookings", body=body)
    same((status, done["WasSuccessful"]), (200, True))
    STATE["id"] = done["Value"]["Id"]
    same(call("GET", f"spaces/bookings/{STATE['id']}")[1]["Notes"], body["Notes"])


def filters():
    query = {
        "Booking_Resource": 501,
        "from_Booking_FromTime": "2030-02-04T00:00",
        "to_Booking_FromTime": "2030-02-05T00:00",
        "page": 1,
        "size": 10,
        "orderBy": "FromTime",
        "dir": -1,
    }
    status, page = call("GET", "spaces/bookings", query)
    same((status, [record["Id"] for record in page["Records"]], page["HasNextPage"]), (200, [STATE["id"]], False))
    status, several = call("GET", "spaces/bookings/", {"id": f"[{STATE['id']}]"})
    same((status, [record["Id"] for record in several]), (200, [STATE["id"]]))


def update():
    booking = call("GET", f"spaces/bookings/{STATE['id']}")[1]
    booking["ResourceId"] = 502
    status, done = call("PUT", "spaces/bookings", body=booking)
    same((status, done["Value"]["Id"]), (200, STATE["id"]))
    after = call("GET", f"spaces/bookings/{STATE['id']}")[1]
    same((after["ResourceName"], after["Notes"]), ("Room B", booking["Notes"]))


def refused():
    status, answer = call("POST", "spaces/bookings", body={"Notes": "nothing else"})
    same((status, answer["Status"], answer["WasSuccessful"]), (400, 500, False))
    return ", ".join(error["PropertyName"] for error in answer["Errors"])


def delete():
    same(call("DELETE", f"spaces/bookings/{STATE['id']}")[0], 200)
    same(call("GET", f"spaces/bookings/{STATE['id']}"), (404, "Not found"))


seed()
step("log in, renew the token, who am I", login)
step("create with JSON, get", create)
step("list with filters, ranges and order, several ids", filters)
step("read, change, write back", update)
step("a refused create", refused)
step("delete, and get again", delete)
end()
