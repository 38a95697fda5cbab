//! What writes, commands and actions set off, as programs saw it: a table of cases over a real socket.

use std::time::Duration;

use nexudus_sandbox::{Limits, Sandbox, Seed};
use serde_json::{Value, json};

use crate::script::{Script, call};

type Step = (&'static str, Value, Value);

/// A case: what it shows, and its calls. Each has a space of its own.
fn cases() -> Vec<(&'static str, Vec<Step>)> {
    let none = || json!(null);
    let booking = |from: &str, to: &str| {
        json!({
            "ResourceId": "$room", "CoworkerId": "$ada", "FromTime": from, "ToTime": to, "Tentative": false,
            "InvoiceThisCoworker": true,
        })
    };
    let noon = || booking("2026-09-01T12:00:00Z", "2026-09-01T13:00:00Z");
    let cancel = || {
        json!({"Key": "CANCEL_BOOKING", "Ids": ["$b"], "Parameters": [
            {"Name": "Cancellation Reason", "Type": "eBookingCancellationReason", "Value": 2},
            {"Name": "Cancel without applying cancellation fee rules", "Type": "Boolean", "Value": "True"},
        ]})
    };
    let contract = || {
        json!({
            "IssuedById": "$biz", "CoworkerId": "$ada", "TariffId": "$plan", "BillingDay": 1, "Quantity": 1,
            "StartDate": "2026-08-01T00:00:00Z",
        })
    };
    let sale = || {
        json!({
            "CoworkerId": "$ada", "BusinessId": "$biz", "ProductId": "$coffee", "Quantity": 2, "RepeatCycle": 4,
            "InvoiceThisCoworker": true, "CreditAmount": 0, "DiscountAmount": 0,
        })
    };
    let run = |key: &str, ids: &str| json!({"Key": key, "Ids": [ids], "Parameters": []});
    let billed = || {
        vec![
            (
                "POST billing/coworkerproducts as sale",
                sale(),
                json!({"/Value/UnitPrice": 3.5, "/Value/TotalPrice": 7.0}),
            ),
            ("POST spaces/coworkers/runcommand", run("COWORKER_BILL_RUN", "$ada"), json!({"/Value": null})),
            (
                "GET billing/coworkerinvoices?CoworkerInvoice_Coworker=$ada as invoice",
                none(),
                json!({
                    "/TotalItems": 1, "/Records/0/TotalAmount": 7.0, "/Records/0/Paid": false,
                    "/Records/0/DueAmount": 7.0, "/Records/0/TotalAmountFormated": "7.00",
                    "/Records/0/DueDateFormated": "8/6/2026 12:00 PM",
                }),
            ),
        ]
    };
    let and = |mut steps: Vec<Step>, more: Vec<Step>| {
        steps.extend(more);
        steps
    };
    let amount = |key: &str| {
        json!({"Key": key, "Ids": ["$invoice"], "Parameters": [
            {"Name": "Amount$invoice", "Type": "", "Value": "7.00"}, {"Name": "Preview", "Type": "", "Value": "false"},
            {"Name": "DoNotApplyCreditAutomatically", "Type": "", "Value": "false"},
            {"Name": "ePaymentProvider0", "Type": "", "Value": "1"},
        ]})
    };
    let refused = |text: &str| json!({"/WasSuccessful": false, "/Message~": text});
    vec![
        (
            "a create answers the whole record, with what the server makes",
            vec![
                (
                    "GET spaces/coworkers/$ada",
                    none(),
                    json!({
                        "/Salutation": "Ada", "/Active": true, "/RegistrationDate": "2026-08-03T12:00:00Z",
                        "/ToStringText": "Ada Byron - ada@example.com", "/GuessedLastName": "Byron", "/TariffId": 0,
                        "/UserId": null, "/UserActive": null, "/ClearAvatarFile": false, "/NewAvatarUrl": null,
                        "/AddedTeams": null, "/CanMakeBookings": true, "/RegularPaymentProvider": 1,
                    }),
                ),
                (
                    "POST content/blogposts",
                    json!({
                        "BusinessId": "$biz", "Title": "Hi: you & me", "SummaryText": "s", "FullText": "f",
                        "PostedById": "$user", "PublishDate": "2026-08-01T00:00:00Z",
                    }),
                    json!({"/Value/Slug": "hi--you---me", "/Value/ToStringText": "Hi: you & me"}),
                ),
                ("GET spaces/resources/$room", none(), json!({"/Visible": false, "/Timeslots": [], "/Latitude": 0.0})),
                ("GET billing/tariffs/$plan", none(), json!({"/ToStringText~": " 150.00)", "/DisplayOrder": 0})),
                ("GET billing/products/$coffee", none(), json!({"/ToStringText~": "Coffee (3.50 ", "/Visible": false})),
                ("GET sys/taxrates/$tax", none(), json!({"/ToStringText": "VAT (5.00%)", "/Rate": 5.0})),
                (
                    "POST billing/coworkertimepasses",
                    json!({"CoworkerId": "$ada", "BusinessId": "$biz", "TimePassId": "$pass", "CreateMultiple": 1}),
                    json!({"/Value/Price": 10.0}),
                ),
                (
                    "POST support/helpdeskmessages",
                    json!({
                        "BusinessId": "$biz", "CoworkerId": "$ada", "Subject": "S", "MessageText": "m", "Priority": 1,
                        "Closed": true,
                    }),
                    json!({"/Value/MinutesToClose": 0.0, "/Value/ClosedOn~": "2026-08-03T12:00:00"}),
                ),
                (
                    "POST spaces/coworkerdeliveries as box",
                    json!({
                        "BusinessId": "$biz", "CoworkerId": "$ada", "Name": "Box", "Location": "L", "DeliveryType": 1,
                        "HandlingPreference": 1,
                    }),
                    json!({
                        "/Value/CreatedOn": "2026-08-03T12:00:00Z", "/Value/UpdatedOn": "2026-08-03T12:00:00.08Z",
                    }),
                ),
                ("GET spaces/coworkerdeliveries/$box", none(), json!({"/UpdatedOn": "2026-08-03T12:00:00Z"})),
                (
                    "POST spaces/visitors",
                    json!({
                        "BusinessId": "$biz", "FullName": "V", "Email": "v@example.com", "VisitorSource": 1,
                        "HostApprovalStatus": 1, "ExpectedArrival": "2026-08-01T10:00:00Z",
                    }),
                    json!({"/Value/VisitorCode": null, "/Value/CoworkerCoworkerType": 0}),
                ),
            ],
        ),
        (
            "a contract copies its plan, and its schedules go in and out by two names",
            vec![
                (
                    "POST billing/coworkercontracts as c",
                    json!({
                        "IssuedById": "$biz", "CoworkerId": "$ada", "TariffId": "$plan", "BillingDay": 1, "Quantity": 1,
                        "StartDate": "2026-04-07T00:00:00Z", "CancellationDate": "2027-04-07T00:00:00Z",
                        "ContractSchedules": [{"Price": 10, "ApplyOn": "2026-12-01T00:00:00Z"}],
                    }),
                    json!({
                        "/Value/RenewalDate": "2026-04-07T00:00:00Z", "/Value/NextTariffId": "$plan", "/Value/Active": true,
                        "/Value/MainContract": true, "/Value/UnitPrice": 150.0, "/Value/PriceWithProducts": 150.0,
                        "/Value/DurationInDays": 365.0, "/Value/DurationInMonths": 12, "/Value/Price": null,
                        "/Value/DurationInWeeks": 52.142_857_142_857_146, "/Value/Schedules/0/Price": 10.0,
                        "/Value/CreatedOn": "2026-08-03T12:00:00Z", "/Value/UpdatedOn": "2026-08-03T12:00:00.08Z",
                        "/Value/ToStringText": "Ada Byron - Full  (Main Contract)",
                    }),
                ),
                ("GET billing/coworkercontracts/$c", none(), json!({"/Schedules/0/ApplyOn": "2026-12-01T00:00:00Z"})),
                ("DELETE billing/coworkercontracts/$c", none(), json!({"status": 405})),
                (
                    "POST billing/coworkercontracts/runcommand",
                    run("DELETE_CONTRACT", "$c"),
                    refused("This command cannot be run for"),
                ),
                ("POST billing/coworkercontracts/runcommand", run("CANCEL_CONTRACT", "$c"), json!({})),
                (
                    "POST billing/coworkercontracts/runcommand",
                    run("CANCEL_CONTRACT", "$c"),
                    refused("This command cannot be run for"),
                ),
                ("GET billing/coworkercontracts/$c", none(), json!({"/Cancelled": true, "/Active": false})),
                ("POST billing/coworkercontracts/runcommand", run("DELETE_CONTRACT", "$c"), json!({})),
                ("GET billing/coworkercontracts/$c", none(), json!({"status": 404})),
            ],
        ),
        (
            "a booking that is cancelled by command becomes a cancelled booking, and its guests go",
            vec![
                ("POST spaces/bookings as b", noon(), json!({"/Value/ToStringText~": "Attic (#", "/Value/Repeats": 2})),
                ("POST spaces/bookings", noon(), json!({"status": 400, "/Message~": "already booked"})),
                (
                    "POST spaces/visitors as v",
                    json!({
                        "BusinessId": "$biz", "FullName": "V", "Email": "v@example.com", "VisitorSource": 1,
                        "HostApprovalStatus": 1, "ExpectedArrival": "2026-09-01T10:00:00Z", "CoworkerId": "$ada",
                    }),
                    json!({}),
                ),
                (
                    "POST spaces/bookingvisitors as guest",
                    json!({"BookingId": "$b", "VisitorId": "$v"}),
                    json!({"/Value/VisitorFullName": "V", "/Value/ToStringText": "V"}),
                ),
                (
                    "POST spaces/bookingvisitors",
                    json!({"VisitorId": "$v"}),
                    json!({
                        "status": 400, "/Message": "Booking: is a required field",
                    }),
                ),
                (
                    "DELETE spaces/bookings/$b",
                    none(),
                    refused("You must delete all booking visitors using this record"),
                ),
                ("POST spaces/bookings/runcommand", cancel(), json!({})),
                ("GET spaces/bookings/$b", none(), json!({"status": 404})),
                ("GET spaces/bookingvisitors/$guest", none(), json!({"status": 404})),
                (
                    "GET spaces/cancelledbookings?CancelledBooking_Coworker=$ada",
                    none(),
                    json!({"/TotalItems": 1, "/Records/0/CancellationReason": 2, "/Records/0/ResourceId": "$room"}),
                ),
                ("POST spaces/bookings", noon(), json!({})),
            ],
        ),
        (
            "an enumeration that the reference requires is never null: 1 comes of none and of 0",
            vec![
                (
                    "POST spaces/coworkers as c",
                    json!({
                        "FullName": "C", "Email": "c@example.com", "CountryId": "$country", "SimpleTimeZoneId": "$zone",
                        "TaxRateType": 0,
                    }),
                    json!({"/Value/CoworkerType": 1, "/Value/TaxRateType": 1, "/Value/MondayAttendance": 1}),
                ),
                (
                    "PUT spaces/coworkers",
                    json!({
                        "Id": "$c", "FullName": "C", "Email": "c@example.com", "CountryId": "$country",
                        "SimpleTimeZoneId": "$zone",
                    }),
                    json!({}),
                ),
                ("GET spaces/coworkers/$c", none(), json!({"/CoworkerType": 1, "/Gender": 1, "/TaxRateType": 1})),
                (
                    "POST content/calendarevents",
                    json!({
                        "BusinessId": "$biz", "Name": "P", "ShortDescription": "s", "LongDescription": "l",
                        "StartDate": "2026-09-01T18:00:00Z", "EndDate": "2026-09-01T20:00:00Z",
                    }),
                    json!({"/Value/Repeats": 1, "/Value/WhichEventsToUpdate": 1}),
                ),
            ],
        ),
        (
            "a column counts its opportunities, and a plan its contracts",
            vec![
                ("POST crm/crmboards as board", json!({"BusinessId": "$biz", "Name": "Sales"}), json!({})),
                (
                    "POST crm/crmboardcolumns as column",
                    json!({"CrmBoardId": "$board", "Name": "New", "Position": 1}),
                    json!({"/Value/OpportunitiesCount": 0, "/Value/OpportunitiesValue": 0.0, "/Value/DueCount": 0}),
                ),
                (
                    "POST crm/crmopportunities",
                    json!({
                        "CrmBoardColumnId": "$column", "CoworkerId": "$ada", "Status": 1, "Value": 793.5, "LeadSource": 9,
                        "Position": 1, "DueDate": "2026-08-01T00:00:00Z",
                    }),
                    json!({}),
                ),
                (
                    "GET crm/crmboardcolumns/$column",
                    none(),
                    json!({"/OpportunitiesCount": 1, "/OpportunitiesValue": 793.5, "/DueCount": 1}),
                ),
                ("POST billing/coworkercontracts", contract(), json!({})),
                ("GET billing/tariffs/$plan", none(), json!({"/ActiveContracts": 1})),
            ],
        ),
        (
            "a charge is at the rate of the resource's type, which the type can't lose",
            vec![
                (
                    "POST billing/extraservices as rate",
                    json!({
                        "BusinessId": "$biz", "CurrencyId": "$cur", "Name": "Day", "Price": 90, "ChargePeriod": 5,
                        "DisplayOrder": 1, "LastMinuteAdjustmentType": 1, "ResourceTypes": ["$kind"],
                    }),
                    json!({"/Value/ResourceTypes/0": "$kind"}),
                ),
                ("POST spaces/bookings as b", noon(), json!({"/Value/ExtraServiceId": null})),
                ("POST spaces/bookings/runcommand", run("CHARGE_BOOKING", "$b"), json!({})),
                (
                    "GET billing/coworkerextraservices?CoworkerExtraService_Booking=$b as charge",
                    none(),
                    json!({
                        "/Records/0/ExtraServiceId": "$rate", "/Records/0/ExtraServiceName": "Day",
                        "/Records/0/ChargePeriod": 5, "/Records/0/TotalUses": 1,
                    }),
                ),
                ("DELETE billing/coworkerextraservices/$charge", none(), json!({})),
                ("DELETE spaces/bookings/$b", none(), json!({})),
                ("DELETE spaces/resources/$room", none(), json!({})),
                (
                    "DELETE spaces/resourcetypes/$kind",
                    none(),
                    refused(
                        "You must delete all ExtraServices_ResourceTypes using this record before you can delete it.",
                    ),
                ),
                ("DELETE billing/extraservices/$rate", none(), json!({})),
                ("DELETE spaces/resourcetypes/$kind", none(), json!({})),
            ],
        ),
        (
            "a booking that is deleted is cancelled without a reason",
            vec![
                ("POST spaces/bookings as b", noon(), json!({})),
                ("DELETE spaces/bookings/$b", none(), json!({})),
                ("DELETE spaces/bookings/$b", none(), json!({"status": 404})),
                (
                    "GET spaces/cancelledbookings?CancelledBooking_Coworker=$ada",
                    none(),
                    json!({"/TotalItems": 1, "/Records/0/CancellationReason": 0}),
                ),
            ],
        ),
        (
            "a booking that is charged makes a charge, and stays until the charge is gone",
            vec![
                ("POST spaces/bookings as b", noon(), json!({})),
                ("POST spaces/bookings/runcommand", run("CHARGE_BOOKING", "$b"), json!({"/Value": null})),
                ("GET spaces/bookings/$b", none(), json!({"/Invoiced": true})),
                (
                    "GET billing/coworkerextraservices?CoworkerExtraService_Booking=$b as charge",
                    none(),
                    json!({
                        "/TotalItems": 1, "/Records/0/TotalUses": 60, "/Records/0/AutomaticallyAdded": true,
                        "/Records/0/BookingUniqueId": "$b_guid",
                        "/Records/0/Description": "Booking: Attic @ 9/1/2026 12:00:00 PM",
                    }),
                ),
                (
                    "DELETE spaces/bookings/$b",
                    none(),
                    refused("This booking has already been charged to this customer."),
                ),
                (
                    "POST spaces/bookings/runcommand",
                    run("CHARGE_BOOKING", "$b"),
                    refused("This booking has already been charged to this customer."),
                ),
                ("DELETE billing/coworkerextraservices/$charge", none(), json!({})),
                ("DELETE spaces/bookings/$b", none(), json!({})),
            ],
        ),
        (
            "a booking that is cancelled by command can still be deleted, once, and after its charge",
            vec![
                ("POST spaces/bookings as b", noon(), json!({})),
                ("POST spaces/bookings/runcommand", run("CHARGE_BOOKING", "$b"), json!({})),
                (
                    "GET billing/coworkerextraservices?CoworkerExtraService_Booking=$b as charge",
                    none(),
                    json!({"/TotalItems": 1}),
                ),
                ("POST spaces/bookings/runcommand", cancel(), json!({})),
                ("GET spaces/bookings/$b", none(), json!({"status": 404})),
                (
                    "DELETE spaces/bookings/$b",
                    none(),
                    refused("This booking has already been charged to this customer."),
                ),
                ("DELETE billing/coworkerextraservices/$charge", none(), json!({})),
                ("DELETE spaces/bookings/$b", none(), json!({})),
                ("DELETE spaces/bookings/$b", none(), json!({"status": 404})),
                (
                    "GET spaces/cancelledbookings?CancelledBooking_Coworker=$ada as cancelled",
                    none(),
                    json!({"/TotalItems": 1, "/Records/0/CancellationReason": 2}),
                ),
                ("DELETE spaces/cancelledbookings/$cancelled", none(), json!({"status": 405})),
            ],
        ),
        (
            "a repeating booking makes its series at once, and products come back whole",
            vec![
                (
                    "POST spaces/bookings as b",
                    json!({
                        "ResourceId": "$room", "CoworkerId": "$ada", "FromTime": "2026-09-01T12:00:00Z",
                        "ToTime": "2026-09-01T13:00:00Z", "RepeatBooking": true, "Repeats": 2, "RepeatEvery": 1,
                        "RepeatUntil": "2026-09-22T00:00:00Z",
                        "BookingProducts": [{"ProductId": "$coffee", "Quantity": 2}],
                    }),
                    json!({
                        "/Value/FromTime": "2026-09-01T12:00:00Z", "/Value/EstimatedCost": 7.0,
                        "/Value/EstimagedCost": 7.0, "/Value/BookingProducts/0/ProductName": "Coffee",
                        "/Value/BookingProducts/0/BookingId": "$b", "/Value/BookingVisitors": [],
                    }),
                ),
                (
                    "GET spaces/bookings?Booking_Resource=$room&orderBy=FromTime&dir=1",
                    none(),
                    json!({"/TotalItems": 3, "/Records/0/FromTime": "2026-09-15T12:00:00Z"}),
                ),
            ],
        ),
        (
            "an action says whether a booking could be made, and makes none",
            vec![
                (
                    "POST spaces/bookings/available",
                    noon(),
                    json!({"/available": true, "/canBeIgnored": false, "/errorCode": null, "/message": null}),
                ),
                ("GET spaces/bookings?Booking_Resource=$room", none(), json!({"/TotalItems": 0})),
                ("POST spaces/bookings as b", noon(), json!({})),
                ("POST spaces/bookings/available", noon(), json!({"/available": false, "/message~": "already booked"})),
                ("GET spaces/bookings/available", none(), json!({"status": 405})),
                (
                    "POST spaces/bookings/available",
                    json!({"Id": "$b", "ResourceId": "$room", "CoworkerId": "$ada",
                        "FromTime": "2026-09-01T12:30:00Z", "ToTime": "2026-09-01T13:30:00Z"}),
                    json!({"/available": true}),
                ),
                ("GET spaces/bookings/$b", none(), json!({"/FromTime": "2026-09-01T12:00:00Z"})),
            ],
        ),
        (
            "an action raises an invoice of a customer at a location",
            vec![
                ("POST billing/coworkerproducts", sale(), json!({})),
                (
                    "POST billing/coworkerinvoices/$biz/create/$ada",
                    none(),
                    json!({"/Value/TotalAmount": 7.0, "/Value/CoworkerId": "$ada", "/Value/BusinessId": "$biz"}),
                ),
                ("GET billing/coworkerinvoices?CoworkerInvoice_Coworker=$ada", none(), json!({"/TotalItems": 1})),
                ("POST billing/coworkerinvoices/$biz/create/987654", none(), json!({"status": 404})),
                ("GET billing/coworkerinvoices/$biz/create/$ada", none(), json!({"status": 405})),
            ],
        ),
        (
            "a ledger entry with the total pays the invoice, whose UpdatedOn stays",
            and(
                billed(),
                vec![
                    (
                        "POST billing/coworkerledgerentries",
                        json!({
                            "BusinessId": "$biz", "CoworkerId": "$ada", "CoworkerInvoiceId": "$invoice",
                            "Description": "Paid", "Code": "P1", "Debit": 0, "Credit": 7.0, "Balance": 0,
                            "PaymentGatewayName": 11,
                        }),
                        json!({
                            "/Value/Credit": 0.0, "/Value/CoworkerInvoicePaid": true, "/Value/ToStringText": "Paid",
                            "/Value/CoworkerInvoiceTotalAmount": 7.0,
                        }),
                    ),
                    (
                        "GET billing/coworkerinvoices/$invoice",
                        none(),
                        json!({
                            "/Paid": true, "/PaidAmount": 7.0, "/DueAmount": 0.0, "/UpdatedOn": "2026-08-03T12:00:00Z",
                        }),
                    ),
                    (
                        "POST billing/coworkerinvoices/runcommand",
                        run("VOID_INVOICE", "$invoice"),
                        refused("This command cannot be run for"),
                    ),
                    ("POST billing/coworkerinvoices/runcommand", amount("COWORKER_INVOICE_REFUND"), json!({})),
                    (
                        "GET billing/coworkerinvoices/$invoice",
                        none(),
                        json!({"/Refunded": true, "/RefundedAmount": 0.0, "/RefundedOn": "2026-08-03T12:00:00Z"}),
                    ),
                    (
                        "GET billing/coworkerinvoicelines?CoworkerInvoiceLine_CoworkerInvoice=$invoice",
                        none(),
                        json!({"/TotalItems": 1, "/Records/0/Refunded": true, "/Records/0/RefundedAmount": 7.0}),
                    ),
                ],
            ),
        ),
        (
            "an invoice that is cancelled makes a credit note, which goes first",
            and(
                billed(),
                vec![
                    (
                        "POST billing/coworkerinvoices/runcommand",
                        amount("COWORKER_INVOICE_CANCEL"),
                        json!({
                            "/Value/0/CreditNote": true, "/Value/0/TotalAmount": -7.0, "/Value/0/PaidAmount": -7.0,
                            "/Value/0/DueAmount": 0.0, "/Value/0/Paid": true,
                            "/Value/0/OriginalInvoiceGuid": "$invoice_guid",
                            "/Value/0/TotalAmountFormated": "-7.00",
                        }),
                    ),
                    (
                        "POST billing/coworkerinvoices/runcommand",
                        run("COWORKER_INVOICE_DELETE", "$invoice"),
                        refused("You must delete all"),
                    ),
                    (
                        "GET billing/coworkerinvoices?CoworkerInvoice_Coworker=$ada&CoworkerInvoice_CreditNote=true as note",
                        none(),
                        json!({"/TotalItems": 1}),
                    ),
                    ("DELETE billing/coworkerinvoices/$invoice", none(), json!({"status": 405})),
                    ("POST billing/coworkerinvoices/runcommand", run("COWORKER_INVOICE_DELETE", "$note"), json!({})),
                    ("POST billing/coworkerinvoices/runcommand", run("COWORKER_INVOICE_DELETE", "$invoice"), json!({})),
                    ("GET billing/coworkerinvoices/$invoice", none(), json!({"status": 404})),
                ],
            ),
        ),
        (
            "a credit that is not applied leaves the invoice unpaid",
            and(
                billed(),
                vec![
                    (
                        "POST billing/coworkerinvoices/runcommand",
                        json!({"Key": "COWORKER_INVOICE_CANCEL", "Ids": ["$invoice"], "Parameters": [
                            {"Name": "DoNotApplyCreditAutomatically", "Type": "", "Value": "true"},
                        ]}),
                        json!({"/Value/0/CreditNote": true, "/Value/0/TotalAmount": -7.0}),
                    ),
                    (
                        "GET billing/coworkerinvoices/$invoice",
                        none(),
                        json!({"/Paid": false, "/DueAmount": 7.0, "/CreditedAmount": 0.0}),
                    ),
                ],
            ),
        ),
        (
            "an invoice is voided, printed and paid",
            and(
                billed(),
                vec![
                    (
                        "POST billing/coworkerinvoices/runcommand",
                        run("COWORKER_INVOICE_PRINT", "$invoice"),
                        json!({"/RedirectURL~": "/en/invoices/print?guid="}),
                    ),
                    (
                        "POST billing/coworkerinvoices/runcommand",
                        run("PAY_COWORKER_INVOICE_MANUAL", "$invoice"),
                        json!({}),
                    ),
                    ("GET billing/coworkerinvoices/$invoice", none(), json!({"/Paid": true})),
                    ("POST billing/coworkerproducts", sale(), json!({})),
                    ("POST spaces/coworkers/runcommand", run("COWORKER_BILL_RUN", "$ada"), json!({})),
                    (
                        "GET billing/coworkerinvoices?CoworkerInvoice_Coworker=$ada&CoworkerInvoice_Paid=false as second",
                        none(),
                        json!({"/TotalItems": 1}),
                    ),
                    ("POST billing/coworkerinvoices/runcommand", run("VOID_INVOICE", "$second"), json!({})),
                    ("GET billing/coworkerinvoices/$second", none(), json!({"/Void": true})),
                    (
                        "POST spaces/coworkers/runcommand",
                        run("COWORKER_DELETE", "$ada"),
                        json!({"status": 500, "/Message~": "Ooops!", "/WasSuccessful": false}),
                    ),
                ],
            ),
        ),
        (
            "a customer gets a user, loses it and is deleted by command",
            vec![
                ("POST spaces/coworkers/runcommand", run("COWORKER_NEW_USER", "$ada"), json!({})),
                ("GET spaces/coworkers/$ada", none(), json!({"/UserActive": true})),
                ("POST spaces/coworkers/runcommand", run("COWORKER_REMOVE_USER", "$ada"), json!({})),
                ("GET spaces/coworkers/$ada", none(), json!({"/UserId": null, "/UserActive": null})),
                ("DELETE spaces/coworkers/$ada", none(), json!({"status": 405})),
                ("POST spaces/coworkers/runcommand", run("COWORKER_DELETE", "$ada"), json!({})),
                ("GET spaces/coworkers/$ada", none(), json!({"status": 404})),
            ],
        ),
        (
            "a use lowers the credit, and its answer shows what was there before",
            vec![
                (
                    "POST billing/coworkerbookingcredits as credit",
                    json!({
                        "CoworkerId": "$ada", "BusinessId": "$biz", "TotalCredit": 198.96,
                        "ValidFrom": "2026-01-01T00:00:00Z", "ExpireDate": "2026-02-01T00:00:00Z",
                        "CaneBeUsedForBookings": true,
                    }),
                    json!({"/Value/RemainingCredit": 198.96, "/Value/ToStringText": "#$credit"}),
                ),
                (
                    "POST billing/coworkerbookingcreditusehistories",
                    json!({"CoworkerBookingCreditId": "$credit", "CreditUsed": 15.54}),
                    json!({"/Value/CoworkerBookingCreditRemainingCredit": 198.96}),
                ),
                (
                    "POST billing/coworkerbookingcreditusehistories",
                    json!({"CoworkerBookingCreditId": "$credit", "CreditUsed": 36.75}),
                    json!({"/Value/CoworkerBookingCreditRemainingCredit": 183.42}),
                ),
                ("GET billing/coworkerbookingcredits/$credit", none(), json!({"/RemainingCredit": 146.67})),
            ],
        ),
        (
            "a proposal is sent, then accepted, and changes no more",
            vec![
                (
                    "POST billing/proposals as p",
                    json!({
                        "IssuedById": "$biz", "ResponsibleId": "$user", "CoworkerId": "$ada", "Reference": "P-1",
                        "ProposalStatus": 1, "TariffId": "$plan", "Price": 100, "StartDate": "2026-09-01T00:00:00Z",
                        "BillingDay": 1, "Quantity": 1,
                    }),
                    json!({"/Value/Total": 100.0, "/Value/ToStringText": "P-1", "/Value/SentOn": null}),
                ),
                (
                    "PUT billing/proposals",
                    json!({
                        "Id": "$p", "IssuedById": "$biz", "ResponsibleId": "$user", "CoworkerId": "$ada",
                        "Reference": "P-1", "ProposalStatus": 3, "TariffId": "$plan", "Price": 100, "BillingDay": 1,
                        "StartDate": "2026-09-01T00:00:00Z", "Quantity": 1,
                    }),
                    json!({"status": 400, "/Message": "Accepted proposals cannot be changed"}),
                ),
                ("POST billing/proposals/runcommand", run("PROPOSAL_SEND", "$p"), json!({})),
                ("GET billing/proposals/$p", none(), json!({"/ProposalStatus": 2, "/SentOn": "2026-08-03T12:00:00Z"})),
                ("POST billing/proposals/runcommand", run("PROPOSAL_ACCEPT", "$p"), json!({})),
                ("GET billing/proposals/$p", none(), json!({"/ProposalStatus": 3})),
            ],
        ),
        (
            "what is used is not deleted",
            vec![
                (
                    "POST billing/tarifftimepasses as link",
                    json!({"TariffId": "$plan", "TimePassId": "$pass", "PassesIncluded": 2, "PassRenewalTime": 1}),
                    json!({"/Value/ToStringText": "Day"}),
                ),
                (
                    "DELETE billing/timepasses/$pass",
                    none(),
                    refused("You must delete all price plan time passes using this record before you can delete it."),
                ),
                ("GET billing/timepasses/$pass", none(), json!({"/Name": "Day"})),
                ("DELETE billing/tarifftimepasses/$link", none(), json!({})),
                ("DELETE billing/timepasses/$pass", none(), json!({})),
                ("GET billing/timepasses/$pass", none(), json!({"status": 404})),
            ],
        ),
        (
            "a check-in needs a contract or a pass, and an open one is of today",
            vec![
                (
                    "POST spaces/checkins",
                    json!({"BusinessId": "$biz", "CoworkerId": "$ada", "FromTime": "2026-08-03T09:00:00Z", "Source": 1}),
                    json!({"status": 400, "/Message~": "does not have a valid time pass"}),
                ),
                ("POST billing/coworkercontracts", contract(), json!({})),
                (
                    "POST spaces/checkins",
                    json!({"BusinessId": "$biz", "CoworkerId": "$ada", "FromTime": "2026-08-03T09:00:00Z", "Source": 2}),
                    json!({"/Value/Source": 2, "/Value/ToStringText": "Ada Byron", "/Value/ToTime": null}),
                ),
                (
                    "POST spaces/checkins",
                    json!({"BusinessId": "$biz", "CoworkerId": "$ada", "FromTime": "2026-08-02T09:00:00Z", "Source": 1}),
                    json!({"status": 400, "/Message~": "Ooops!"}),
                ),
            ],
        ),
        (
            "a message moves its thread, an attendee has a code",
            vec![
                (
                    "POST community/communitygroups as group",
                    json!({"BusinessId": "$biz", "UserId": "$user", "Name": "G", "Description": "d", "GroupAccess": 2}),
                    json!({}),
                ),
                (
                    "POST community/communitythreads as thread",
                    json!({
                        "BusinessId": "$biz", "UserId": "$user", "CoworkerId": "$ada", "CommunityGroupId": "$group",
                        "Subject": "Hi", "Message": "m", "Private": false,
                    }),
                    json!({"/Value/LastMessageDate~": "2026-08-03T12:00:00", "/Value/ThreadFiles": []}),
                ),
                (
                    "POST community/communitymessages as message",
                    json!({"CommunityThreadId": "$thread", "UserId": "$user", "CoworkerId": "$ada", "Message": "again"}),
                    json!({"/Value/Message": "again", "/Value/ToStringText": "#$message"}),
                ),
                (
                    "POST content/calendarevents as event",
                    json!({
                        "BusinessId": "$biz", "Name": "Party", "ShortDescription": "s", "LongDescription": "l",
                        "StartDate": "2026-09-01T18:00:00Z", "EndDate": "2026-09-02T20:00:00Z",
                    }),
                    json!({"/Value/ToStringText": "Party (9/1/2026 - 9/2/2026)", "/Value/WhichEventsToUpdate": 1}),
                ),
                (
                    "POST content/eventproducts as ticket",
                    json!({
                        "CalendarEventId": "$event", "Name": "Ticket", "DisplayOrder": 1, "Price": 10,
                        "StartDate": "2026-08-01T00:00:00Z", "EndDate": "2026-09-01T18:00:00Z", "CurrencyId": "$cur",
                        "FinancialAccountId": "$account", "TaxRateId": "$tax",
                    }),
                    json!({"/Value/Visible": false, "/Value/Sales": null, "/Value/ToStringText": "Ticket (10.00)"}),
                ),
                (
                    "POST content/eventattendees",
                    json!({
                        "BusinessId": "$biz", "CalendarEventId": "$event", "EventProductId": "$ticket",
                        "FullName": "Ada Byron", "Email": "a@example.com", "CheckedIn": true,
                    }),
                    json!({"status": 500, "/Message~": "Ooops!"}),
                ),
                (
                    "POST content/eventattendees",
                    json!({
                        "BusinessId": "$biz", "CalendarEventId": "$event", "EventProductId": "$ticket",
                        "FullName": "Ada Byron", "Email": "a@example.com", "CheckedIn": true, "CoworkerId": "$ada",
                    }),
                    json!({"/Value/AttendeeCode": null, "/Value/Invoiced": false, "/Value/EventProductPrice": 10.0}),
                ),
            ],
        ),
        (
            "a typed .NET client sends what it has, in any case, and pages downwards",
            vec![
                (
                    "POST billing/discountcodes as code",
                    json!({
                        "TypeName": "DiscountCode", "Id": 0, "IsNew": false, "BusinessId": "$biz", "Code": "TEN",
                        "Description": "Ten", "ToStringText": "x", "UpdatedOn": "2026-01-01T00:00:00+00:00",
                        "UniqueId": null, "ExpirationType": 0, "s_coworker": null,
                    }),
                    json!({"/Value/Active": false, "/Value/ToStringText": "TEN", "/Value/ExpirationType": null}),
                ),
                (
                    "GET billing/DiscountCodes?DISCOUNTCODE_CODE=TEN&PageNumber=1",
                    none(),
                    json!({"/TotalItems": 1, "/Records/0/Id": "$code"}),
                ),
                (
                    "GET spaces/bookings?orderby=fromtime&Dir=Descending&Size=2&Page=1",
                    none(),
                    json!({"/CurrentSortDirection": 1, "/PageSize": 2, "/CurrentPage": 1}),
                ),
                ("GET spaces/bookings?orderBy=Id&dir=1&size=1", none(), json!({"/CurrentSortDirection": 1})),
                (
                    "GET billing/coworkerinvoicelines",
                    none(),
                    json!({"status": 400, "/Message": "Missing required filter: CoworkerInvoiceLine_CoworkerInvoice"}),
                ),
            ],
        ),
    ]
}

#[test]
fn writes_commands_and_actions_set_off_what_programs_saw() {
    let failed = cases().into_iter().filter(|(case, steps)| {
        // Each case is shown, whatever became of those before it.
        std::panic::catch_unwind(|| Script::start().run(case, steps)).is_err()
    });
    assert_eq!(failed.map(|(case, _)| case).collect::<Vec<_>>(), Vec::<&str>::new());
}

#[test]
fn commands_are_discovered_with_their_parameters_and_check_them() {
    let mut script = Script::start();
    let booking = json!({
        "ResourceId": "$room", "CoworkerId": "$ada", "FromTime": "2026-09-01T12:00:00Z",
        "ToTime": "2026-09-01T13:00:00Z",
    });
    script.run("a booking", &[("POST spaces/bookings as b", booking, json!({}))]);
    let (status, commands) = script.send("GET", "spaces/bookings/commands?id=$b", &json!(null));
    assert_eq!(status, 200);
    let keys: Vec<&str> = commands.as_array().unwrap().iter().map(|one| one["Key"].as_str().unwrap()).collect();
    assert!(keys.starts_with(&["CHARGE_BOOKING", "CANCEL_BOOKING"]), "{keys:?}");
    assert_eq!(
        commands[1]["RequiresParameters"],
        json!([
            {"Name": "Cancellation Reason", "Type": "eBookingCancellationReason"},
            {"Name": "Cancel without applying cancellation fee rules.", "Type": "Boolean"},
        ])
    );
    // Discovery leaves out what works all the same.
    let (_, commands) = script.send("GET", "billing/coworkerinvoices/commands", &json!(null));
    assert!(!commands.to_string().contains("VOID_INVOICE"), "{commands}");
    let wrong = json!({"Key": "CANCEL_BOOKING", "Ids": ["$b"], "Parameters": [
        {"Name": "Cancellation Reason", "Value": "because"},
    ]});
    let (status, answer) = script.send("POST", "spaces/bookings/runcommand", &wrong);
    assert_eq!((status, &answer["WasSuccessful"]), (200, &json!(false)));
    assert_eq!(answer["Message"], "Cancellation Reason: is not one of the listed values");
    script.run("the booking is there", &[("GET spaces/bookings/$b", json!(null), json!({}))]);
}

#[test]
fn actions_without_a_record_answer_too() {
    let script = Script::start();
    let (_, business) = script.send("GET", "sys/businesses/$biz", &json!(null));
    let host = business["WebAddress"].as_str().unwrap_or_default().to_owned();
    let by_host =
        |host: &str| call(script.address(), "GET", &format!("/api/sys/businesses/getByHost?host={host}"), None, false);
    let (status, found) = by_host(&format!("{host}.spaces.nexudus.com"));
    assert_eq!((status, &found), (200, &json!({"Id": business["Id"], "WebAddress": host})));
    assert_eq!(by_host("nowhere.example.com").0, 404);
    assert_eq!(by_host("").0, 400);
    // The others want a login.
    let token = json!({"grant_type": "password", "email": nexudus_sandbox::ADMIN_EMAIL, "password": "wrong"});
    assert_eq!(call(script.address(), "POST", "/api/sys/users/token", Some(&token), false).0, 400);
    let token = json!({
        "grant_type": "password", "email": nexudus_sandbox::ADMIN_EMAIL, "password": nexudus_sandbox::PASSWORD,
        "validityInMinutes": 5,
    });
    let (status, answer) = call(script.address(), "POST", "/api/sys/users/token/", Some(&token), false);
    assert!(status == 200 && answer["Value"].as_str().is_some_and(|token| token.len() > 20), "{answer}");
    let reset = "/api/sys/users/resetPassword?email=nobody@example.com";
    assert_eq!(call(script.address(), "POST", reset, None, false).0, 401);
    let (status, answer) = call(script.address(), "POST", reset, None, true);
    assert_eq!((status, &answer["WasSuccessful"]), (200, &json!(true)));
    assert_eq!(call(script.address(), "POST", "/api/sys/users/resetPassword", None, true).0, 400);
}

#[test]
fn observed_limits_refuse_the_thirty_first_write_of_a_collection() {
    let builder = Sandbox::builder().limits(Limits::observed()).clock("2026-08-03T12:00:00Z".parse().unwrap());
    let sandbox = builder.patience(Duration::from_secs(5)).start_blocking().unwrap();
    let write = |path: &str| call(sandbox.address(), "POST", path, Some(&json!({})), true);
    for _ in 0..30 {
        assert_eq!(write("/api/spaces/bookings").0, 400);
    }
    let (status, answer) = write("/api/spaces/bookings");
    assert_eq!(status, 429);
    assert!(answer.to_string().contains("Wait ") && answer.to_string().contains(" seconds"), "{answer}");
    assert_eq!(write("/api/spaces/teams").0, 400);
    assert_eq!(call(sandbox.address(), "GET", "/api/spaces/bookings", None, true).0, 200);
}

/// The clock runs here, since one that is frozen has no part of a second.
#[test]
fn a_time_of_the_call_is_the_same_to_the_last_digit_wherever_the_answer_shows_it() {
    let sandbox = Sandbox::builder().seed(Seed::Demo).start_blocking().unwrap();
    let send = |method: &str, path: &str, body: Option<&Value>| {
        call(sandbox.address(), method, &format!("/api/{path}"), body, true).1
    };
    let unpaid = send("GET", "billing/coworkerinvoices?CoworkerInvoice_Paid=false&size=2", None);
    let invoice = &unpaid["Records"][0];
    let payment = json!({
        "BusinessId": invoice["BusinessId"], "CoworkerId": invoice["CoworkerId"], "CoworkerInvoiceId": invoice["Id"],
        "Description": "Paid", "Code": "P1", "Debit": 0, "Credit": invoice["TotalAmount"], "Balance": 0,
    });
    let entry = &send("POST", "billing/coworkerledgerentries", Some(&payment))["Value"];
    assert_eq!(entry["CoworkerInvoicePaid"], true, "{entry}");
    assert_eq!(entry["CoworkerInvoicePaidOn"], entry["TransactionDate"], "{entry}");
    // What is read later has whole seconds.
    let paid = send("GET", &format!("billing/coworkerinvoices/{}", invoice["Id"]), None);
    let second = |text: &Value| text.as_str().unwrap()[..19].to_owned();
    assert_eq!(paid["PaidOn"], format!("{}Z", second(&entry["TransactionDate"])));
    let message = json!({
        "BusinessId": invoice["BusinessId"], "CoworkerId": invoice["CoworkerId"], "Subject": "S", "MessageText": "m",
        "Priority": 1, "Closed": true,
    });
    let message = &send("POST", "support/helpdeskmessages", Some(&message))["Value"];
    assert_eq!(message["ClosedOn"], message["CreatedOn"], "{message}");
    let thing = json!({
        "BusinessId": invoice["BusinessId"], "CoworkerId": invoice["CoworkerId"], "Name": "Box", "Location": "L",
        "DeliveryType": 1, "HandlingPreference": 1,
    });
    let delivery = &send("POST", "spaces/coworkerdeliveries", Some(&thing))["Value"];
    assert_ne!(delivery["UpdatedOn"], delivery["CreatedOn"], "{delivery}");
    assert_eq!(second(&delivery["UpdatedOn"]), second(&delivery["CreatedOn"]));
    // So it is with a record that a command makes.
    let cancel = json!({"Key": "COWORKER_INVOICE_CANCEL", "Ids": [unpaid["Records"][1]["Id"]], "Parameters": []});
    let note = &send("POST", "billing/coworkerinvoices/runcommand", Some(&cancel))["Value"][0];
    assert_eq!(note["Sent"], true, "{note}");
    for name in ["PaidOn", "SentOn"] {
        assert_eq!(note[name], note["CreatedOn"], "{note}");
    }
    assert_eq!(note["DueDate"].as_str().unwrap()[10..], note["CreatedOn"].as_str().unwrap()[10..], "{note}");
    assert_eq!(note["InvoiceLines"][0]["CoworkerInvoicePaidOn"], note["PaidOn"], "{note}");
}

/// What the service works out is there in records of the demo space too, which no request made.
#[test]
fn the_demo_space_shows_what_is_due_and_what_plans_cost() {
    let sandbox = Sandbox::builder().seed(Seed::Demo).start_blocking().unwrap();
    let rows = |path: &str| {
        let (status, page) = call(sandbox.address(), "GET", &format!("/api/{path}"), None, true);
        assert_eq!(status, 200, "{page}");
        let rows = page["Records"].as_array().unwrap().clone();
        assert_ne!(rows.len(), 0, "{path}");
        rows
    };
    for invoice in rows("billing/coworkerinvoices?CoworkerInvoice_Paid=false&size=200") {
        assert_eq!(
            (&invoice["DueAmount"], &invoice["PaidAmount"]),
            (&invoice["TotalAmount"], &json!(0.0)),
            "{invoice}"
        );
        assert_eq!(invoice["CoworkerRegularPaymentProvider"], 1, "{invoice}");
    }
    for invoice in rows("billing/coworkerinvoices?CoworkerInvoice_Paid=true&size=200") {
        assert_eq!(
            (&invoice["DueAmount"], &invoice["PaidAmount"]),
            (&json!(0.0), &invoice["TotalAmount"]),
            "{invoice}"
        );
    }
    for contract in rows("billing/coworkercontracts?size=200") {
        for price in ["UnitPrice", "TotalPrice", "PriceWithProducts", "PriceWithProductsAndDeposits"] {
            assert_eq!(contract[price], contract["Price"], "{price} of {contract}");
        }
    }
}
