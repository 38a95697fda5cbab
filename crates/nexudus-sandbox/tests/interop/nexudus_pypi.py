"""Drives the package `nexudus` 0.1 from PyPI against a sandbox. Started by `cargo xtask interop`:

    python nexudus_pypi.py http://127.0.0.1:PORT

The package is as its author published it; only the address in its classes is another. It authenticates with Basic,
sends forms, and knows bookings, their products, and access tokens.
"""

import sys
from importlib.metadata import version

from nexudus import nexudus
from steps import end, same, seed, step

BASE = sys.argv[1] + "/api"
ADDRESSES = {
    nexudus.Booking: "/spaces/bookings",
    nexudus.BookingProduct: "/spaces/bookingproducts",
    nexudus.AccessToken: "/spaces/accesstokens",
}


def answer(response, status=200):
    assert response.status_code == status, f"{response.status_code} {response.text[:200]}"
    return response.json()


def records(response):
    page = answer(response)
    assert page["TotalItems"] == len(page["Records"]), page
    return [record["Id"] for record in page["Records"]]


seed()
for client, path in ADDRESSES.items():
    same(client.BASE_URL, "https://spaces.nexudus.com/api" + path)
    client.BASE_URL = BASE + path
bookings = nexudus.Booking("admin@example.com", "sandbox")
made = {}


def create():
    done = answer(bookings.create_booking(ResourceId=501, FromTime="2030-01-07T09:00", ToTime="2030-01-07T10:00"))
    same(done["WasSuccessful"], True)
    made["booking"] = done["Value"]["Id"]
    return f"id {made['booking']}, from a form of three fields"


def get():
    booking = answer(bookings.get_booking_by_id(made["booking"]))
    same((booking["ResourceName"], booking["FromTime"]), ("Room A", "2030-01-07T09:00:00Z"))


def update():
    done = answer(
        bookings.update_booking(
            Id=made["booking"], ResourceId=502, FromTime="2030-01-07T11:00", ToTime="2030-01-07T12:30"
        )
    )
    same(done["WasSuccessful"], True)
    booking = answer(bookings.get_booking_by_id(made["booking"]))
    same((booking["ResourceId"], booking["ToTime"]), (502, "2030-01-07T12:30:00Z"))


def filters():
    one = [made["booking"]]
    same(records(bookings.get_bookings(Booking_Id=made["booking"])), one)
    same(records(bookings.get_bookings(Booking_Resource=502)), one)
    same(records(bookings.get_bookings(Booking_Resource=501)), [])
    same(records(bookings.get_bookings(Booking_Resource_Name="Room B", Booking_Tentative=False)), one)
    same(records(bookings.get_bookings(Booking_FromTime="2030-01-07T11:00", Booking_RepeatBooking="false")), one)
    return "by id, relation, related name, flag and time"


def refused():
    answer = bookings.create_booking(ResourceId=999, FromTime="2030-01-07T09:00", ToTime="soon")
    same((answer.status_code, answer.json()["Status"]), (400, 500))
    return sorted(error["PropertyName"] for error in answer.json()["Errors"])


def products():
    client = nexudus.BookingProduct("admin@example.com", "sandbox")
    done = answer(client.create_booking_product(BookingId=made["booking"], ProductId=601, Quantity=2))
    product = done["Value"]["Id"]
    answer(client.update_booking_product(Id=product, BookingId=made["booking"], ProductId=601, Quantity=3))
    same(answer(client.get_booking_product_by_id(product))["Quantity"], 3)
    same(records(client.get_booking_products(BookingProduct_Booking=made["booking"])), [product])
    same(answer(client.delete_booking_product(product))["WasSuccessful"], True)


def tokens():
    client = nexudus.AccessToken("admin@example.com", "sandbox")
    token = answer(client.create_access_token(1, "k7", 60, 60))["Value"]["Id"]
    answer(client.update_access_token(token, 1, "k8", 90, 30))
    # The package sends MinutesLeft as well, which the service counts itself: the reference calls it read-only.
    held = answer(client.get_access_token_by_id(token))
    same((held["AccessCode"], held["MinutesIncluded"]), ("k8", 90))
    same(records(client.get_access_tokens(AccessToken_MinutesIncluded=90)), [token])
    same(answer(client.delete_access_token(token))["WasSuccessful"], True)


def delete():
    done = answer(bookings.delete_booking(made["booking"]))
    same((done["WasSuccessful"], done["Value"]), (True, None))
    same(answer(bookings.get_booking_by_id(made["booking"]), 404), "Not found")


def wrong_password():
    same(nexudus.Booking("admin@example.com", "wrong").get_bookings().status_code, 401)


step("list", lambda: same(records(bookings.get_bookings()), []))
step("create", create)
step("get", get)
step("update", update)
step("list with filters", filters)
step("a refused create", refused)
step("booking products: create, update, get, list, delete", products)
step("access tokens: create, update, get, list, delete", tokens)
step("delete, and get again", delete)
step("a wrong password", wrong_password)
print("with", "nexudus", version("nexudus"), sep="\t")
print("with", "requests", version("requests"), sep="\t")
end()
