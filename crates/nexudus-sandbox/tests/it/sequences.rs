//! Programs of others, call by call: what they send and what they saw come back.
//!
//! Each is a sequence over a real socket, in the words of the program: its bodies, its spellings, its order.

use serde_json::{Value, json};

use crate::script::Script;

fn none() -> Value {
    json!(null)
}

fn refused(text: &str) -> Value {
    json!({"/WasSuccessful": false, "/Message~": text})
}

fn run(key: &str, id: &str) -> Value {
    json!({"Key": key, "Ids": [id], "Parameters": []})
}

const OOOPS: &str = "Ooops! There was a problem while running this action...";

/// The vendor's tests of a staging host: products are sold, rooms are booked, and answers are read by their types.
#[test]
fn tests_of_a_staging_host() {
    let booking = json!({
        "ResourceId": "$room", "CoworkerId": "$ada", "FromTime": "2026-09-01T12:00:00Z",
        "ToTime": "2026-09-01T13:00:00Z", "Tentative": false, "InvoiceThisCoworker": true,
    });
    let free = json!({"/available": true, "/canBeIgnored": false, "/errorCode": null, "/message": null});
    let taken = json!({"/available": false, "/errorCode": "Unavailable", "/message~": "already booked"});
    let cancel = json!({"Key": "CANCEL_BOOKING", "Ids": ["$b"], "Parameters": [
        {"Name": "Cancellation Reason", "Type": "eBookingCancellationReason", "Value": 7},
        {"Name": "Cancel without applying cancellation fee rules.", "Type": "Boolean", "Value": "True"},
    ]});
    let mut script = Script::start();
    script.run(
        "staging",
        &[
            (
                "POST billing/coworkerproducts as sale",
                json!({
                    "CoworkerId": "$ada", "BusinessId": "$biz", "ProductId": "$coffee", "Quantity": 1, "RepeatCycle": 4,
                    "TypeName": "CoworkerProduct", "IssuedById": "$biz", "s_coworker": "Ada",
                }),
                json!({
                    "/Status": 200, "/Message~": "Product Sale \"#", "/OpenInDialog": false, "/OpenInWindow": false,
                    "/RedirectURL": null, "/JavaScript": null, "/Errors": null, "/Value/ProductName": "Coffee",
                    "/Value/CoworkerCoworkerType": "Individual", "/Value/IsNew": false,
                }),
            ),
            ("POST spaces/bookings/available", booking.clone(), free.clone()),
            ("POST spaces/bookings as b", booking.clone(), json!({"/Value/OverrideResourceLimits": true})),
            ("POST spaces/bookings/available", booking.clone(), taken),
            (
                "GET spaces/bookings?Booking_Resource=$room&orderBy=FromTime&dir=1",
                none(),
                json!({
                    "/TotalItems": 1, "/CurrentSortDirection": 1, "/CurrentOrderField": "FromTime",
                }),
            ),
            ("POST spaces/bookings/runCommand", cancel, json!({})),
            ("GET spaces/bookings/$b", none(), json!({"status": 404})),
            (
                "GET spaces/cancelledbookings?CancelledBooking_Resource=$room",
                none(),
                json!({
                    "/TotalItems": 1, "/Records/0/CancellationReason": 7,
                }),
            ),
            ("POST spaces/bookings/available", booking, free),
        ],
    );
    // An update answers with the id alone.
    let (_, mut rate) = script.send("GET", "sys/taxrates/$tax", &none());
    rate["Rate"] = json!(7.5);
    let (status, answer) = script.send("PUT", "sys/taxrates", &rate);
    assert_eq!((status, &answer["Value"]), (200, &json!({"Id": rate["Id"]})));
}

/// The nightly load of a warehouse: all pages of everything, by what changed since, and nothing is written.
#[test]
fn a_nightly_load_of_a_warehouse() {
    let mut script = Script::start();
    script.run("a day at the space", &[
        ("POST spaces/teams as team", json!({"BusinessId": "$biz", "Name": "Red"}), json!({})),
        ("POST spaces/coworkers as bob", json!({
            "FullName": "Bob", "Email": "bob@example.com", "CoworkerType": 1, "Businesses": ["$biz"],
            "InvoicingBusinessId": "$biz", "CountryId": "$country", "SimpleTimeZoneId": "$zone", "Teams": ["$team"],
        }), json!({"/Value/Teams/0": "$team", "/Value/TeamIds": null, "/Value/TeamNames": null})),
        ("POST billing/coworkercontracts as contract", json!({
            "IssuedById": "$biz", "CoworkerId": "$bob", "TariffId": "$plan", "BillingDay": 1, "Quantity": 1,
            "StartDate": "2026-08-01T00:00:00Z",
        }), json!({"/Value/SystemId": null})),
        ("POST spaces/coworkers/runcommand", run("COWORKER_BILL_RUN", "$bob"), json!({"/Value": null})),
        ("POST support/helpdeskmessages as gone", json!({
            "BusinessId": "$biz", "CoworkerId": "$ada", "Subject": "S", "MessageText": "m", "Priority": 1,
        }), json!({"/Value/ClosedOn": null, "/Value/MinutesToClose": null})),
        ("DELETE support/helpdeskmessages/$gone", none(), json!({})),
    ]);
    script.run("the load", &[
        ("GET spaces/coworkers?page=1&size=500&Coworker_Email=bob@example.com", none(), json!({
            "/TotalItems": 1, "/PageSize": 500, "/Records/0/Businesses/0": "$biz", "/Records/0/TeamNames": "Red",
            "/Records/0/CoworkerContractIds~": "",
        })),
        // Lower case, and both ends of a range, which belong to it.
        ("GET billing/coworkercontracts?from_coworkercontract_startdate=2026-08-01T00:00:00Z&\
          To_CoworkerContract_StartDate=2026-08-01T00:00:00Z&CoworkerContract_Coworker=$bob", none(), json!({
            "/TotalItems": 1, "/Records/0/TariffInvoiceEvery": 1, "/Records/0/TariffInvoiceEveryWeeks": 0,
        })),
        ("GET billing/coworkerinvoices?CoworkerInvoice_Coworker=$bob as invoice", none(), json!({
            "/TotalItems": 1, "/Records/0/InvoiceLines": null, "/Records/0/CoworkerRegularPaymentProvider": 1,
            "/Records/0/StorecoveInvoiceStatus": 1, "/Records/0/ReceivedAmount": 0.0,
            "/Records/0/BillToAddress": "Not Available", "/Records/0/BillToState": "Not Available",
            "/Records/0/Description": "Full", "/Records/0/IsDue": false, "/Records/0/DueAmount": 150.0,
            "/Records/0/InvoiceFromDate": "2026-08-03T00:00:00Z", "/Records/0/ContractGuid": "$contract_guid",
        })),
        ("GET billing/coworkerinvoicelines", none(), json!({
            "status": 400, "/Message": "Missing required filter: CoworkerInvoiceLine_CoworkerInvoice",
        })),
        ("GET billing/coworkerinvoicelines?CoworkerInvoiceLine_CoworkerInvoice=$invoice", none(), json!({
            "/TotalItems": 1, "/Records/0/TaxCategoryName": "[No Tax]", "/Records/0/Position": 0,
            "/Records/0/FinancialAccountCode": "4000", "/Records/0/FinancialAccountName": "Income",
            "/Records/0/CreditAmount": 0.0,
            "/Records/0/DiscountAmount": null, "/Records/0/ToStringText": "Full",
        })),
        ("GET support/helpdeskmessages/$gone", none(), json!({"status": 500, "/Message": OOOPS})),
        ("GET spaces/visitors/999999", none(), json!({"status": 404, "": "Not found"})),
    ]);
    // Settings come whatever is asked of them.
    let total = |path: &str| script.send("GET", path, &none()).1["TotalItems"].clone();
    script.send("POST", "sys/businesssettings", &json!({"BusinessId": "$biz", "Name": "A", "Value": "1"}));
    assert_eq!(total("sys/businesssettings"), total("sys/businesssettings?BusinessSetting_Name=nothing"));
    assert_ne!(total("sys/businesssettings"), json!(0));
    // A page that is not full is the last one, however much is asked for.
    for size in [100, 200, 500, 1000, 5000, 100_000] {
        let (status, page) = script.send("GET", &format!("spaces/bookings?size={size}"), &none());
        let rows = page["Records"].as_array().unwrap().len() as u64;
        assert_eq!((status, page["PageSize"].as_u64()), (200, Some(size)));
        assert_eq!(page["HasNextPage"], json!(rows < page["TotalItems"].as_u64().unwrap()), "{size}");
    }
    // What is paid does not move the stamp by which changes are found.
    script.run(
        "a payment",
        &[
            ("POST billing/coworkerinvoices/runcommand", run("PAY_COWORKER_INVOICE_MANUAL", "$invoice"), json!({})),
            (
                "GET billing/coworkerinvoices?from_CoworkerInvoice_UpdatedOn=2026-08-03T12:00:01Z",
                none(),
                json!({
                    "/TotalItems": 0,
                }),
            ),
            ("GET billing/coworkerinvoices/$invoice", none(), json!({"/Paid": true, "/InvoiceLines": null})),
        ],
    );
}

/// A typed client in .NET: every property of a class goes out, set or not, and names come in any case.
#[test]
fn a_typed_client_that_sends_all_it_has() {
    let mut script = Script::start();
    let coworker = json!({
        "TypeName": "Coworker", "Id": 0, "IsNew": false, "UniqueId": "00000000-0000-0000-0000-000000000000",
        "CreatedOn": "0001-01-01T00:00:00", "UpdatedOn": "2026-01-01T00:00:00+00:00", "UpdatedBy": null,
        "ToStringText": "?", "LocalizationDetails": null, "CustomFields": null, "SystemId": null,
        "CoworkerType": 1, "Gender": 0, "MondayAttendance": 0, "TuesdayAttendance": 0, "WednesdayAttendance": 0,
        "ThursdayAttendance": 0, "FridayAttendance": 0, "SaturdayAttendance": 0, "SundayAttendance": 0,
        "TaxRateType": 0, "RegularPaymentProvider": 0, "FullName": "Cy", "Email": "cy@example.com", "UserId": 0,
        "TariffId": 0, "BillingCountryId": 0, "CountryId": "$country", "SimpleTimeZoneId": "$zone",
        "UserFullName": "read-only", "ShortDescription": "read-only", "TeamIds": "1,2",
    });
    script.run(".NET", &[
        ("POST spaces/coworkers as cy", coworker, json!({
            "/Value/FullName": "Cy", "/Value/UserFullName": null, "/Value/UserId": null, "/Value/TeamIds": null,
            "/Value/ToStringText": "Cy - cy@example.com", "/Value/CreatedOn~": "2026-08-03T12:00:00",
            // Nobody said where, so it is somewhere.
            "/Value/Businesses/0": "$biz", "/Value/InvoicingBusinessId": "$biz", "/Value/SignUpToNewsletter": true,
        })),
        ("GET SPACES/COWORKERS?COWORKER_EMAIL=cy@example.com&PageNumber=3", none(), json!({
            "/TotalItems": 1, "/Records/0/Id": "$cy",
        })),
        ("GET spaces/bookings?orderby=fromtime&DIR=Descending&Size=2&Page=1", none(), json!({
            "/CurrentSortDirection": 1, "/PageSize": 2,
        })),
        ("POST content/calendarevents as event", json!({
            "BusinessId": "$biz", "Name": "Party", "ShortDescription": "s", "LongDescription": "l", "Repeats": 0,
            "StartDate": "2026-09-01T18:00:00+00:00", "EndDate": "2026-09-01T20:00:00+00:00", "CalendarEventCategoryId": 5,
        }), json!({"/Value/StartDate": "2026-09-01T18:00:00Z", "/Value/EventCategories": []})),
        ("POST billing/products", json!({
            "BusinessId": "$biz", "CurrencyId": "$cur", "Name": "Tea", "Description": "A pot", "Price": 3,
            "AvailableAs": "RecurrentOrOneOff", "Visible": "true", "SystemProductType": 99, "DisplayOrder": 0,
        }), json!({"/Value/Visible": true, "/Value/AvailableAs": 1, "/Value/Price": 3.0})),
    ]);
    // A record goes back as it came, with one property changed.
    let (_, mut cy) = script.send("GET", "spaces/coworkers/$cy", &none());
    cy["FullName"] = json!("Cyd");
    let (status, answer) = script.send("PUT", "spaces/coworkers", &cy);
    assert_eq!((status, &answer["Value"]), (200, &json!({"Id": cy["Id"]})), "{answer}");
    let (_, after) = script.send("GET", "spaces/coworkers/$cy", &none());
    let changed: Vec<&String> =
        cy.as_object().unwrap().iter().filter(|(name, value)| after[*name] != **value).map(|(name, _)| name).collect();
    let worked_out = ["GuessedFirstName", "GuessedFirstNameForInvoice", "ShortDescription", "ToStringText"];
    assert_eq!(changed, worked_out);
    // Part of a record is refused by the name of what is missing.
    let (status, answer) = script.send("PUT", "spaces/coworkers", &json!({"Id": "$cy", "FullName": "C"}));
    assert_eq!((status, &answer["Status"], &answer["Value"]), (400, &json!(500), &none()));
    assert!(answer["Message"].as_str().unwrap().ends_with(": is a required field"), "{answer}");
}

/// The tool that fills, bills and empties an account: structure, people, sales, invoices and their undoing, and then
/// everything in reverse, past each refusal.
#[test]
fn a_tool_that_fills_bills_and_empties_an_account() {
    let mut script = Script::start();
    let cannot = || refused("This command cannot be run for");
    let amount = |key: &str, invoice: &str, preview: &str| {
        json!({"Key": key, "Ids": [format!("${invoice}")], "Parameters": [
            {"Name": format!("Amount${invoice}"), "Type": "", "Value": "7.00"},
            {"Name": "Preview", "Type": "", "Value": preview},
            {"Name": "DoNotApplyCreditAutomatically", "Type": "", "Value": "false"},
            {"Name": "ePaymentProvider0", "Type": "", "Value": "1"},
        ]})
    };
    let booking = |from: &str, to: &str| {
        json!({
            "ResourceId": "$room", "CoworkerId": "$ada", "FromTime": from, "ToTime": to, "Tentative": false,
            "InvoiceThisCoworker": true,
        })
    };
    script.run("fill", &[
        ("POST spaces/teams as team", json!({
            "BusinessId": "$biz", "Name": "Red", "CreateSingleInvoiceForTeam": false,
            "TransferCreditsToPayingMember": false, "ShareTimePasses": false, "ShareExtraServices": false,
            "ShareBookingCredit": false, "ActiveContracts": 0,
        }), json!({"/Value/AllTeamMembers": null, "/Value/ToStringText": "Red"})),
        ("POST spaces/teams", json!({"BusinessId": "$biz", "Name": "Blue", "CreateSingleInvoiceForTeam": true}), json!({
            "status": 400,
        })),
        ("POST spaces/coworkers as bob", json!({
            "FullName": "Bob", "Email": "bob@example.com", "CoworkerType": 1, "Businesses": ["$biz"],
            "InvoicingBusinessId": "$biz", "CountryId": "$country", "SimpleTimeZoneId": "$zone", "Teams": ["$team"],
            "ChurnProbability": 0.25,
        }), json!({"/Value/ChurnProbability": 0.25, "/Value/GuessedFirstName": "Bob", "/Value/Salutation": "Bob"})),
        ("POST billing/contractdeposits", json!({"ProductId": "$coffee", "Price": 10, "Refundable": true}), json!({
            "status": 400, "/Message": "CoworkerContract: is a required field",
        })),
        ("POST billing/coworkercontracts as contract", json!({
            "IssuedById": "$biz", "CoworkerId": "$bob", "TariffId": "$plan", "BillingDay": 1, "Quantity": 1,
            "StartDate": "2026-04-07T00:00:00Z", "ContractTerm": "2027-04-07T00:00:00Z",
        }), json!({
            "/Value/InPausedPeriod": false, "/Value/TotalDeposits": null, "/Value/TermDurationInMonths": 12,
            "/Value/TermDurationInWeeks": 52.142_857_142_857_146, "/Value/DurationInDays": null,
            "/Value/ToStringText": "Bob - Full  (Main Contract)",
        })),
        ("POST billing/contractdeposits as deposit", json!({
            "CoworkerContractId": "$contract", "ProductId": "$coffee", "Price": 10, "Refundable": true,
        }), json!({
            "/Value/Invoiced": false, "/Value/Credited": false, "/Value/InvoicedOn": null,
            "/Value/ToStringText": "Nexudus.Coworking.Core.QueryDtos.Billing.ContractDepositDto",
        })),
        ("POST billing/contractpausedperiods", json!({
            "CoworkerContractId": "$contract", "PauseFrom": "2026-08-01T00:00:00Z", "PauseUntil": "2026-09-01T00:00:00Z",
        }), json!({"/Value/ToStringText": "Bob"})),
        ("GET billing/coworkercontracts/$contract", none(), json!({
            "/InPausedPeriod": true, "/TotalDeposits": 10.0, "/TotalRefundableDeposits": 10.0,
            "/TotalNonRefundableDeposits": null,
        })),
        // A pass is used up by the check-in that names it, or that finds it.
        ("POST spaces/checkins", json!({
            "BusinessId": "$biz", "CoworkerId": "$ada", "FromTime": "2026-08-01T09:00:00Z",
            "ToTime": "2026-08-01T11:00:00Z", "Source": 1,
        }), json!({"status": 400, "/Message": "Ada Byron does not have a valid time pass."})),
        ("POST billing/coworkertimepasses as own", json!({
            "CoworkerId": "$ada", "BusinessId": "$biz", "TimePassId": "$pass", "CreateMultiple": 1,
            "ExpireDate": "2027-01-01T00:00:00Z",
        }), json!({"/Value/Price": 10.0, "/Value/Used": false, "/Value/IsFromTariff": false})),
        ("POST spaces/checkins as checkin", json!({
            "BusinessId": "$biz", "CoworkerId": "$ada", "FromTime": "2026-08-01T09:00:00Z",
            "ToTime": "2026-08-01T11:00:00Z", "Source": 1,
        }), json!({"/Value/CoworkerTimePassGuid": "$own_guid", "/Value/TariffAtTheTimeOfCheckin": null})),
        ("POST spaces/checkins", json!({
            "BusinessId": "$biz", "CoworkerId": "$ada", "FromTime": "2026-08-02T09:00:00Z",
            "ToTime": "2026-08-02T11:00:00Z", "Source": 1,
        }), json!({"status": 400, "/Message~": "does not have a valid time pass"})),
        ("DELETE billing/coworkertimepasses/$own", none(), refused("You must delete all checkins using this record")),
        // Bookings tell when they start, and whose plan and team it was.
        ("POST spaces/bookings as past", booking("2026-03-03T10:00:00Z", "2026-03-03T11:30:00Z"), json!({
            "/Value/MinutesToStart": -220_440, "/Value/Repeats": 2, "/Value/WhichBookingsToUpdate": 1,
            "/Value/EstimatedCost": 0.0, "/Value/DiscountAmount": null, "/Value/BookingVisitors": [],
        })),
        ("POST spaces/bookings as now", booking("2026-08-03T11:55:00Z", "2026-08-03T13:00:00Z"), json!({
            "/Value/MinutesToStart": -5,
        })),
        ("POST spaces/bookings/runcommand", run("CHARGE_BOOKING", "$now"), refused("cannot be run for the booking")),
        ("POST spaces/bookings/runcommand", run("CANCEL_BOOKING", "$now"), refused("cannot be run for the booking")),
        ("POST spaces/bookings/runcommand", run("CANCEL_BOOKING", "$past"), json!({})),
        ("POST spaces/bookings as meeting", json!({
            "ResourceId": "$room", "CoworkerId": "$bob", "FromTime": "2026-10-01T13:00:00Z",
            "ToTime": "2026-10-01T14:30:00Z", "DiscountCode": "TEN",
        }), json!({
            "/Value/TeamsAtTheTimeOfBooking": "Red", "/Value/TariffAtTheTimeOfBooking": "Full",
            "/Value/CoworkerTeamNames": "Red", "/Value/DiscountCode": "TEN", "/Value/DiscountAmount": null,
        })),
        ("POST spaces/bookings/runcommand", run("CHARGE_BOOKING", "$meeting"), json!({"/Value": null})),
        ("GET billing/coworkerextraservices?CoworkerExtraService_Booking=$meeting as charge", none(), json!({
            "/TotalItems": 1, "/Records/0/Description": "Booking: Attic @ 10/1/2026 1:00:00 PM",
            "/Records/0/DynamicPriceAdjustment": 0.0, "/Records/0/LastMinutePriceAdjustment": 0.0,
            "/Records/0/PriceFactorDemand": 0.0, "/Records/0/PriceFactorLastMinute": 0.0,
            "/Records/0/DueDate": "2026-08-03T12:00:00Z", "/Records/0/ExpireDate": null, "/Records/0/TotalUses": 90,
        })),
        // A thread is of the person behind the user, whoever was sent.
        ("POST spaces/coworkers/runcommand", run("COWORKER_NEW_USER", "$bob"), json!({})),
        ("GET spaces/coworkers/$bob", none(), json!({"/UserActive": true})),
        ("GET sys/users?User_Email=bob@example.com as login", none(), json!({"/TotalItems": 1})),
        ("POST community/communitygroups as group", json!({
            "BusinessId": "$biz", "UserId": "$login", "Name": "G", "Description": "d", "GroupAccess": 2,
        }), json!({})),
        ("POST community/communitythreads as thread", json!({
            "BusinessId": "$biz", "UserId": "$login", "CoworkerId": "$ada", "CommunityGroupId": "$group",
            "Subject": "Hi", "Message": "m", "Private": false,
        }), json!({"/Value/CoworkerId": "$bob", "/Value/Tags": null})),
        ("POST community/communitymessages as message", json!({
            "CommunityThreadId": "$thread", "UserId": "$login", "CoworkerId": "$ada", "Message": "m",
        }), json!({"/Value/CoworkerId": "$bob"})),
        ("POST content/calendarevents as event", json!({
            "BusinessId": "$biz", "Name": "Party", "ShortDescription": "s", "LongDescription": "l",
            "StartDate": "2026-09-01T18:00:00Z", "EndDate": "2026-09-01T20:00:00Z",
        }), json!({"/Value/ToStringText": "Party (9/1/2026 - 9/1/2026)"})),
        ("POST content/eventproducts as ticket", json!({
            "CalendarEventId": "$event", "Name": "Ticket", "DisplayOrder": 1, "Price": 10,
            "StartDate": "2026-08-01T00:00:00Z", "EndDate": "2026-09-01T18:00:00Z", "CurrencyId": "$cur",
            "FinancialAccountId": "$account", "TaxRateId": "$tax",
        }), json!({})),
        ("POST content/eventattendees", json!({
            "BusinessId": "$biz", "CalendarEventId": "$event", "EventProductId": "$ticket", "FullName": "V",
            "Email": "v@example.com", "CheckedIn": false,
        }), json!({"status": 500, "/Message": OOOPS, "/WasSuccessful": false})),
        ("POST content/blogposts", json!({
            "BusinessId": "$biz", "Title": "Café & Bar", "SummaryText": "s", "FullText": "f", "PostedById": "$user",
        }), json!({"/Value/Slug": "caf----bar"})),
        ("POST spaces/coworkerdatafiles", json!({
            "BusinessId": "$biz", "CoworkerId": "$ada", "Name": "F", "NewFileDataUrl": "data:text/plain,x",
        }), json!({"status": 500, "/Message": OOOPS})),
        ("POST spaces/coworkerdatafiles as file", json!({
            "BusinessId": "$biz", "CoworkerId": "$ada", "Name": "F", "NewFileDataUrl": "https://example.com/a.pdf",
        }), json!({"/Value/FileDataFileName": null, "/Value/NewFileDataUrl": null, "/Value/ClearFileDataFile": false})),
        ("GET spaces/coworkerdatafiles/$file", none(), json!({"/FileDataFileName": "a.pdf"})),
    ]);
    let note = json!({
        "/Value/0/CreditNote": true, "/Value/0/TotalAmount": -7.0, "/Value/0/CoworkerRegularPaymentProvider": "MultiGateway",
        "/Value/0/StorecoveInvoiceStatus": 0, "/Value/0/ReceivedAmount": null, "/Value/0/CreditedAmount": null,
        "/Value/0/RefundedAmount": null, "/Value/0/InvoiceLines/0/Quantity": -2, "/Value/0/InvoiceLines/0/SubTotal": -7.0,
        "/Value/0/InvoiceLines/0/UnitPrice": 3.5, "/Value/0/InvoiceLines/0/Position": 0,
        "/Value/0/OriginalInvoiceGuid": "$inv_guid",
    });
    let sale = || {
        json!({
            "CoworkerId": "$ada", "BusinessId": "$biz", "ProductId": "$coffee", "Quantity": 2, "RepeatCycle": 4,
            "InvoiceThisCoworker": true, "CreditAmount": 0, "DiscountAmount": 0,
        })
    };
    script.run(
        "bill",
        &[
            // The pass was paid for, as far as this account is concerned.
            ("DELETE spaces/checkins/$checkin", none(), json!({})),
            ("DELETE billing/coworkertimepasses/$own", none(), json!({})),
            ("POST billing/coworkerproducts", sale(), json!({"/Value/TeamsAtTheTimeOfPurchase": null})),
            ("POST spaces/coworkers/runcommand", run("COWORKER_BILL_RUN", "$ada"), json!({"/Value": null})),
            (
                "GET billing/coworkerinvoices?CoworkerInvoice_Coworker=$ada as inv",
                none(),
                json!({
                    "/TotalItems": 1, "/Records/0/InvoiceFromDate": null, "/Records/0/ContractGuid": null,
                }),
            ),
            (
                "POST billing/coworkerinvoices/runcommand",
                amount("COWORKER_INVOICE_CANCEL", "inv", "true"),
                json!({
                    "/Value": [],
                }),
            ),
            ("GET billing/coworkerinvoices?CoworkerInvoice_Coworker=$ada", none(), json!({"/TotalItems": 1})),
            ("POST billing/coworkerinvoices/runcommand", amount("COWORKER_INVOICE_CANCEL", "inv", "false"), note),
            (
                "GET billing/coworkerinvoices?CoworkerInvoice_CreditNote=true&CoworkerInvoice_Coworker=$ada as note",
                none(),
                json!({
                    "/TotalItems": 1, "/Records/0/InvoiceLines": null, "/Records/0/CoworkerRegularPaymentProvider": 1,
                    "/Records/0/StorecoveInvoiceStatus": 1, "/Records/0/ReceivedAmount": 0.0,
                }),
            ),
            // An invoice with a deposit is not refunded.
            ("POST spaces/coworkers/runcommand", run("COWORKER_BILL_RUN", "$bob"), json!({})),
            (
                "GET billing/coworkerinvoices?CoworkerInvoice_Coworker=$bob as bill",
                none(),
                json!({
                    "/TotalItems": 1, "/Records/0/Description~": "Deposit", "/Records/0/ContractGuid": "$contract_guid",
                }),
            ),
            ("GET billing/contractdeposits/$deposit", none(), json!({"/Invoiced": true})),
            ("POST billing/coworkerinvoices/runcommand", run("PAY_COWORKER_INVOICE_MANUAL", "$bill"), json!({})),
            (
                "POST billing/coworkerinvoices/runcommand",
                amount("COWORKER_INVOICE_REFUND", "bill", "false"),
                refused("You cannot refund 10 for line Deposit (#"),
            ),
            ("POST billing/coworkercontracts/runcommand", run("CANCEL_CONTRACT", "$contract"), json!({})),
            ("GET billing/contractdeposits/$deposit", none(), json!({"/Credited": true})),
        ],
    );
    script.run(
        "empty",
        &[
            ("DELETE billing/coworkerinvoices/$inv", none(), json!({"status": 405})),
            (
                "POST billing/coworkerinvoices/runcommand",
                run("COWORKER_INVOICE_DELETE", "$inv"),
                refused("You must delete all coworker invoices using this record"),
            ),
            ("POST billing/coworkerinvoices/runcommand", run("COWORKER_INVOICE_DELETE", "$note"), json!({})),
            ("POST billing/coworkerinvoices/runcommand", run("COWORKER_INVOICE_DELETE", "$inv"), json!({})),
            ("GET billing/coworkerinvoices/$inv", none(), json!({"status": 404})),
            ("DELETE spaces/coworkers/$bob", none(), json!({"status": 405})),
            (
                "POST spaces/coworkers/runcommand",
                run("COWORKER_DELETE", "$bob"),
                json!({
                    "status": 500, "/Message": OOOPS, "/WasSuccessful": false,
                }),
            ),
            ("POST billing/coworkerinvoices/runcommand", run("COWORKER_INVOICE_DELETE", "$bill"), json!({})),
            ("POST billing/coworkercontracts/runcommand", run("CANCEL_CONTRACT", "$contract"), cannot()),
            ("POST billing/coworkercontracts/runcommand", run("DELETE_CONTRACT", "$contract"), json!({})),
            ("GET billing/contractdeposits/$deposit", none(), json!({"status": 404})),
            (
                "DELETE spaces/bookings/$meeting",
                none(),
                refused("This booking has already been charged to this customer."),
            ),
            ("DELETE billing/coworkerextraservices/$charge", none(), json!({})),
            ("DELETE spaces/bookings/$meeting", none(), json!({})),
            ("DELETE spaces/bookings/$meeting", none(), json!({"status": 404})),
            ("DELETE community/communitythreads/$thread", none(), json!({})),
            ("DELETE community/communitymessages/$message", none(), json!({"status": 404})),
            ("DELETE content/eventproducts/$ticket", none(), json!({})),
            ("DELETE content/calendarevents/$event", none(), json!({})),
            ("POST spaces/coworkers/runcommand", run("COWORKER_DELETE", "$bob"), json!({})),
            ("GET spaces/coworkers/$bob", none(), json!({"status": 404})),
            // Who is gone is in no team.
            ("GET spaces/teams/$team", none(), json!({"/TeamMembers": []})),
            ("DELETE spaces/teams/$team", none(), json!({})),
        ],
    );
}
