"""What schemathesis can't know of the service: which ids there are, and what it takes besides the document's schemas.

A failure is left out here only where the document itself says so, or for one of the reasons in `REASONS`, which
`contract.py` prints with the number of times that each was used.
"""

import datetime
import json
import os
import re
import time
from collections import Counter
from urllib.request import Request, urlopen

import jsonschema
import schemathesis
from hypothesis import strategies as st

BASE = os.environ["NEXUDUS_API"]
DOCUMENT = json.load(open(os.environ["NEXUDUS_DOCUMENT"], encoding="utf-8"))
RESULT = os.environ["NEXUDUS_RESULT"]
HEADERS = {"Authorization": "Bearer sandbox-token"}
ACCEPTED = DOCUMENT["x-also-accepted"]
USED, ANSWERED = Counter(), {}

REASONS = {
    "accepted": "The document says in `x-also-accepted` that clients send this form, and the sandbox took it.",
    "no such id": "The request names a record that does not exist, which a schema can't say.",
    "a rule": "A rule of the service's own refused it, such as a booking that overlaps another or an e-mail address "
    "that is taken already.",
    "refused with 200": "The sandbox did refuse: as the service does for a command and for the check of a booking, with "
    "status 200 and `WasSuccessful` or `available` false.",
    "another way to call": "The reference of 2020 runs commands with GET, and a client in use updates with the id in "
    "the path. The sandbox takes both; the document has the documented way alone.",
}

# Times of this century: of others, and of offsets that no zone has, no source says what the service does.
TIMES = st.datetimes(min_value=datetime.datetime(2000, 1, 1), max_value=datetime.datetime(2099, 1, 1))
schemathesis.openapi.format("date-time", TIMES.map(lambda at: at.replace(microsecond=0).isoformat() + "Z"))
schemathesis.openapi.format("uri", st.sampled_from(["https://example.com/a.png", "http://example.com/b.pdf?c=d"]))
schemathesis.openapi.format("date-time-local", TIMES.map(lambda at: at.replace(microsecond=0).isoformat()))


def ask(path):
    with urlopen(Request(BASE + path, headers=HEADERS)) as answer:
        return json.load(answer)


def resolve(schema):
    while "$ref" in schema:
        schema = DOCUMENT["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
    return schema


def properties(schema):
    """Each property of an object with its schemas: a draft, or the parts of a replacement."""
    schema = resolve(schema)
    for part in schema.get("allOf", []):
        yield from properties(part)
    yield from schema.get("properties", {}).items()


def entity_of(schema):
    """The entity whose id a value is, or None."""
    for part in [schema, schema.get("items", {}), *schema.get("anyOf", [])]:
        if "x-id-of" in part:
            return part["x-id-of"]
    return None


# The path of each entity, from the operation that gets one.
PATHS = {}
for path, methods in DOCUMENT["paths"].items():
    operation = methods.get("get", {}).get("operationId", "")
    if path.endswith("/{id}") and operation.startswith("get"):
        PATHS.setdefault(operation[3:], path.removesuffix("/{id}"))

ME = ask("/auth/me")["Id"]
KNOWN = {}


def ids(entity):
    """Ids of records that exist; never that of the calling user, which nobody may delete or change."""
    asked, known = KNOWN.get(entity, (0, []))
    if entity in PATHS and time.monotonic() - asked > 1:
        try:
            known = [record["Id"] for record in ask(f"{PATHS[entity]}?size=50")["Records"]]
        except (OSError, KeyError):
            known = []
        known = [one for one in known if entity != "User" or one != ME]
        KNOWN[entity] = (time.monotonic(), known)
    return known


@schemathesis.hook
def map_body(context, body):
    """Puts ids of records that exist into the place of made-up ones."""
    schema = context.operation.definition.raw.get("requestBody", {}).get("content", {}).get("application/json", {})
    if not isinstance(body, dict) or "schema" not in schema:
        return body
    for name, one in properties(schema["schema"]):
        value, entity = body.get(name), entity_of(one)
        if isinstance(value, int) and not isinstance(value, bool) and entity:
            known = ids(entity)
            body[name] = known[value % len(known)] if known else 0
        elif isinstance(value, list) and entity and all(type(item) is int for item in value):
            known = ids(entity)
            body[name] = sorted({known[item % len(known)] for item in value}) if known else []
    return body


@schemathesis.hook
def before_call(context, case, kwargs):
    """Names records that exist in every other valid request, and never the calling user in a write."""
    path, _, rest = case.operation.path.partition("/{id}")
    known = ids(next((entity for entity, at in PATHS.items() if at == path), None))
    positive = case.meta is not None and case.meta.generation.mode.is_positive
    in_path = (case.path_parameters or {}).get("id")
    in_body = case.body.get("Id") if isinstance(case.body, dict) else None
    if type(in_path) is int and positive and known and in_path % 2 == 0:
        case.path_parameters["id"] = known[in_path % len(known)]
    for name, value in (case.query or {}).items():
        if isinstance(value, float) and positive:
            # A number that the decimals of the service hold.
            case.query[name] = round(value % 1_000_000, 4)
    if type(in_body) is int and positive and known and case.method == "PUT":
        case.body["Id"] = known[in_body % len(known)]
    if path == PATHS.get("User") and case.method != "GET":
        if str(in_path) == str(ME):
            case.path_parameters["id"] = 0
        if str(in_body) == str(ME):
            case.body["Id"] = 0


def loose(schema):
    """A schema that takes all that `x-also-accepted` says besides."""
    schema = resolve(schema)
    if "x-also-accepted" in schema or schema.get("readOnly") or not schema:
        return {}
    if "allOf" in schema:
        return {"allOf": [loose(part) for part in schema["allOf"]]}
    if "anyOf" in schema:
        return {"anyOf": [loose(part) for part in schema["anyOf"]]}
    kinds = schema.get("type", [])
    kinds = [kinds] if isinstance(kinds, str) else kinds
    if "object" in kinds:
        own = {name: loose(one) for name, one in schema.get("properties", {}).items()}
        return {"type": "object", "required": schema.get("required", []), "properties": own}
    names = [schema.get("format"), "enum" if "enum" in schema else None, *kinds]
    also = [ACCEPTED[name] for name in names if name in ACCEPTED][:1]
    if "array" in kinds and resolve(schema["items"]).get("type") != "integer":
        also = []
    if "x-names-of" in schema:
        also = [ACCEPTED["enum"], {"type": "integer"}]
    # Where there may be nothing, a blank text is nothing as well.
    nothing = [{"type": "string", "pattern": r"^\s*$"}] if "null" in kinds else []
    strict = {key: value for key, value in schema.items() if key in ("type", "enum", "pattern")}
    if "array" in kinds:
        strict = {"type": kinds, "items": loose(schema["items"])}
    if "enum" in schema:
        also.append({"const": 0})
    return {"anyOf": [strict, *also, *nothing]}


def may_be_accepted(case):
    """Whether all that is wrong with a request is what the document says is accepted besides."""
    definition = case.operation.definition.raw
    body = definition.get("requestBody")
    if body:
        sent = case.body if isinstance(case.body, (dict, list, str, int, float, bool)) or case.body is None else {}
        schema = loose(body["content"]["application/json"]["schema"])
        if not jsonschema.Draft202012Validator(schema).is_valid(sent):
            return False
    declared = {}
    for parameter in [*definition.get("parameters", [])]:
        if "$ref" in parameter:
            parameter = DOCUMENT["components"]["parameters"][parameter["$ref"].rsplit("/", 1)[1]]
        declared[parameter["name"].lower()] = parameter
    return True if not case.query else all(taken(declared.get(name.lower()), value) for name, value in case.query.items())


def taken(parameter, value):
    """Whether a value of a query is what the document says is accepted besides."""
    # An empty list or object is sent as a blank text.
    if parameter is None or parameter["in"] != "query" or value in ("", None, [], {}):
        return True
    schema = loose(parameter["schema"])
    values = value if isinstance(value, list) else [value]
    return all(jsonschema.Draft202012Validator(schema).is_valid(one if isinstance(one, str) else str(one).lower()) for one in values)


# What the sandbox says of a value that is well-formed and refused all the same.
RULES = re.compile(r"does not exist$|^is that of user \d+ already$|^The user name or password is incorrect\.$")


def is_refusal(call, answer):
    """Whether an answer with 200 is the refusal of a command or of the check of a booking, in exactly its form."""
    if not isinstance(answer, dict):
        return False
    if call == "available":
        return answer.keys() == {"available", "canBeIgnored", "errorCode", "message"} and answer["available"] is False
    return call == "runcommand" and {"Status", "Message", "Value"} <= answer.keys() and answer.get("WasSuccessful") is False


def reason_of(failure, case, response):
    checks = failure.checks
    if "negative_data_rejection" in checks:
        if may_be_accepted(case):
            return "accepted"
        if is_refusal(case.operation.path.rsplit("/", 1)[1], response.json()):
            return "refused with 200"
    if "positive_data_acceptance" in checks and response.status_code == 400:
        errors = response.json().get("Errors") or []
        if errors and all(error["Message"].endswith("does not exist") for error in errors):
            return "no such id"
        if all(RULES.search(error["Message"]) for error in errors):
            return "a rule"
    if "unsupported_method" in checks:
        method = response.request.method
        if (method, case.operation.path.rsplit("/", 1)[1]) in (("PUT", "{id}"), ("GET", "runcommand")):
            return "another way to call"
    return None


@schemathesis.hook
def filter_failure(context, failure, case, response):
    reason = reason_of(failure, case, response)
    if reason:
        USED[reason] += 1
    return reason is None


@schemathesis.hook
def after_call(context, case, response):
    answered = ANSWERED.setdefault(case.operation.label, Counter())
    answered[str(response.status_code)] += 1
    if response.status_code == 200 and case.method in ("POST", "DELETE"):
        # There are more records, or fewer, of other entities as well.
        KNOWN.clear()


@schemathesis.check
class Tally:
    """Writes down what was answered and which reasons were used."""

    def after_response(self, ctx, response, case):
        return None

    def after_run(self, ctx):
        with open(RESULT, "w", encoding="utf-8") as file:
            json.dump({"answered": ANSWERED, "used": USED, "reasons": REASONS}, file)
