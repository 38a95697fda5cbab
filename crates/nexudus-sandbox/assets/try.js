// The page that tries the API: the operations of /openapi.json, a form for each, and the answer as it came. Whatever it
// shows goes into the document as text, never as HTML. The address after # names the operation: #listBookings

const $ = (id) => document.getElementById(id);
// An answer is shown up to here, in characters.
const LONGEST = 200_000;
const DEFAULT_LOGIN = "Bearer sandbox-token";

function html(name, attributes, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes ?? {})) {
    if (value === true) element.setAttribute(key, "");
    else if (value !== null && value !== undefined && value !== false) element.setAttribute(key, value);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined));
  return element;
}

let specification = null;
let operations = [];

// What a $ref leads to.
function resolve(part) {
  for (let step = 0; part?.$ref && step < 8; step += 1) {
    part = part.$ref.split("/").slice(1).reduce((inside, key) => inside?.[key.replaceAll("~1", "/").replaceAll("~0", "~")], specification);
  }
  return part ?? {};
}

function readOperations() {
  for (const [path, item] of Object.entries(specification.paths)) {
    for (const method of ["get", "post", "put", "delete"]) {
      if (item[method]) operations.push({ path, method, ...item[method], parameters: [...(item.parameters ?? []), ...(item[method].parameters ?? [])].map(resolve) });
    }
  }
}

// --- The list

function showList() {
  const words = $("search").value.toLowerCase().split(/\s+/).filter(Boolean);
  const text = (operation) => `${operation.method} ${operation.path} ${operation.operationId} ${operation.summary ?? ""}`.toLowerCase();
  const found = operations.filter((operation) => words.every((word) => text(operation).includes(word)));
  const sections = Map.groupBy ? Map.groupBy(found, (operation) => operation.tags?.[0] ?? "other") : found.reduce((all, operation) => all.set(operation.tags?.[0] ?? "other", [...(all.get(operation.tags?.[0] ?? "other") ?? []), operation]), new Map());
  $("operations").replaceChildren(
    ...[...sections].map(([section, inside]) =>
      html("details", { open: words.length > 0 || inside.some(isShown) },
        html("summary", {}, `${section} (${inside.length})`),
        html("ul", {}, inside.map((operation) =>
          html("li", {}, html("a", { href: `#${operation.operationId}`, "aria-current": isShown(operation) ? "page" : null },
            html("span", { class: `method ${operation.method}` }, operation.method.toUpperCase()), " ", operation.path)))))),
  );
  $("found").textContent = words.length ? `${found.length} operations` : "";
}
const isShown = (operation) => decodeURIComponent(location.hash.slice(1)) === operation.operationId;

// --- The form of an operation

function typeOf(schema) {
  const type = Array.isArray(schema.type) ? schema.type.filter((one) => one !== "null").join(" or ") : schema.type;
  return schema["x-id-of"] ? `id of ${schema["x-id-of"]}` : schema.format ?? type ?? (schema.enum ? "number" : "any");
}

// A value to begin with, by the schema: what has to be there, and nothing else.
function exampleOf(schema, depth = 0) {
  schema = resolve(schema);
  if (schema.example !== undefined) return schema.example;
  if (schema.enum) return schema.enum[0];
  const type = Array.isArray(schema.type) ? schema.type[0] : schema.type;
  if (type === "object" && depth < 4) {
    return Object.fromEntries((schema.required ?? []).map((name) => [name, exampleOf(schema.properties?.[name] ?? {}, depth + 1)]));
  }
  if (type === "array") return [];
  if (type === "integer" || type === "number") return schema.minimum ?? 1;
  if (type === "boolean") return false;
  if (schema.format === "date-time") return "2026-01-31T09:00:00Z";
  return type === "string" ? "text" : null;
}

function field(parameter, at) {
  const schema = resolve(parameter.schema);
  const names = schema["x-enum-varnames"] ?? [];
  const id = `parameter-${at}`;
  const input = schema.enum
    ? html("select", { id }, html("option", { value: "" }, "(not sent)"), schema.enum.map((value, n) => html("option", { value }, names[n] ? `${value} ${names[n]}` : String(value))))
    : html("input", { id, type: "text", autocomplete: "off", spellcheck: "false", required: parameter.required, placeholder: schema.default ?? "" });
  input.dataset.name = parameter.name;
  input.dataset.in = parameter.in;
  const about = [typeOf(schema), parameter.description, parameter["x-from"] === "rule" ? "known by a naming rule only" : null].filter(Boolean).join(" - ");
  return html("tr", { "data-name": parameter.name.toLowerCase() }, html("th", { scope: "row" }, html("label", { for: id }, parameter.name, parameter.required ? " *" : null)), html("td", {}, input), html("td", { class: "quiet" }, about));
}

function show() {
  const operation = operations.find(isShown);
  const main = $("main");
  if (!operation) {
    main.replaceChildren(
      html("h1", {}, "Try the API"),
      html("p", {}, `${operations.length} operations of ${specification.info.title}. Choose one on the left; requests go to this sandbox and nowhere else.`),
    );
    return;
  }
  const body = operation.requestBody?.content?.["application/json"];
  const example = body && (body.example ?? exampleOf(body.schema));
  const plain = operation.parameters.filter((parameter) => ["path", "query"].includes(parameter.in));
  const rows = plain.map(field);
  const narrow = html("input", { id: "narrow", type: "search", placeholder: "FromTime, ...", autocomplete: "off" });
  narrow.addEventListener("input", () => {
    for (const row of rows) row.hidden = !row.dataset.name.includes(narrow.value.trim().toLowerCase()) && !row.querySelector("input, select").value;
  });
  const login = html("input", { id: "login", type: "text", autocomplete: "off", spellcheck: "false", value: sessionStorage.getItem("login") ?? DEFAULT_LOGIN });
  const text = body ? html("textarea", { id: "body", rows: "14", spellcheck: "false" }) : null;
  if (text) text.value = JSON.stringify(example, null, 2);
  const result = html("section", { id: "result", "aria-live": "polite" });
  const press = html("button", { type: "button", id: "send" }, "Send");
  press.addEventListener("click", () => send(operation, main, text, login, result, press));
  main.replaceChildren(
    html("h1", {}, operation.summary ?? operation.operationId),
    html("p", {}, html("code", {}, `${operation.method.toUpperCase()} /api${operation.path}`), operation["x-role"] ? ` needs the role ${operation["x-role"]}.` : null),
    operation.description ? html("p", {}, operation.description) : null,
    operation.deprecated ? html("p", { class: "warn" }, "Deprecated.") : null,
    operation["x-doubt"] ? html("p", { class: "warn" }, `Doubt: ${JSON.stringify(operation["x-doubt"])}`) : null,
    html("p", {}, html("label", { for: "login" }, "Authorization "), login),
    ...(rows.length > 8 ? [html("p", {}, html("label", { for: "narrow" }, "Parameters with "), narrow)] : []),
    ...(rows.length ? [html("div", { class: "wide", tabindex: "0", role: "region", "aria-label": "Parameters" }, html("table", {}, html("thead", {}, html("tr", {}, html("th", { scope: "col" }, "Parameter"), html("th", { scope: "col" }, "Value"), html("th", { scope: "col" }, "About"))), html("tbody", {}, rows)))] : []),
    ...(text ? [html("p", {}, html("label", { for: "body" }, "Body, as JSON"), html("br"), text)] : []),
    html("p", {}, press),
    result,
  );
}

// --- The request

const shell = (word) => `'${word.replaceAll("'", "'\\''")}'`;

async function send(operation, main, text, login, result, press) {
  let path = operation.path;
  const query = [];
  for (const input of main.querySelectorAll("[data-name][data-in]")) {
    const { name, in: place } = input.dataset;
    if (place === "path" && !input.value.trim()) {
      result.replaceChildren(html("p", { role: "alert" }, `${name} is missing.`));
      input.focus();
      return;
    }
    if (place === "path") path = path.replace(`{${name}}`, encodeURIComponent(input.value.trim()));
    else if (input.value !== "") query.push(`${encodeURIComponent(name)}=${encodeURIComponent(input.value)}`);
  }
  const target = `/api${path}${query.length ? `?${query.join("&")}` : ""}`;
  const method = operation.method.toUpperCase();
  const headers = {};
  if (login.value.trim()) headers.Authorization = login.value.trim();
  if (text) headers["Content-Type"] = "application/json";
  sessionStorage.setItem("login", login.value);
  press.disabled = true;
  try {
    const response = await fetch(target, { method, headers, body: text ? text.value : undefined, credentials: "omit" });
    const answer = await response.text();
    const told = ["content-type", "retry-after", "x-sandbox-hint"].map((name) => [name, response.headers.get(name)]).filter(([, value]) => value);
    const shown = indent(answer);
    result.replaceChildren(
      html("h2", {}, `${response.status} ${response.statusText}`),
      html("dl", {}, told.map(([name, value]) => [html("dt", {}, name), html("dd", {}, value)])),
      html("pre", { tabindex: "0" }, shown.slice(0, LONGEST), shown.length > LONGEST ? `\n... ${shown.length - LONGEST} more characters` : null),
      html("h3", {}, "The same from a terminal"),
      html("pre", { tabindex: "0" }, ["curl", method === "GET" ? null : `-X ${method}`, ...Object.entries(headers).map(([name, value]) => `-H ${shell(`${name}: ${value}`)}`), text ? `-d ${shell(text.value)}` : null, shell(location.origin + target)].filter(Boolean).join(" ")),
    );
  } catch (error) {
    result.replaceChildren(html("p", { role: "alert" }, `No answer: ${error.message}`));
  } finally {
    press.disabled = false;
  }
}

// JSON with lines and indents, and every number as it came: it is not parsed. Anything else stays as it is.
function indent(text) {
  try {
    JSON.parse(text);
  } catch {
    return text;
  }
  const out = [];
  let [depth, inside, escaped] = [0, false, false];
  const line = () => out.push("\n", "  ".repeat(depth));
  for (let at = 0; at < text.length; at += 1) {
    const c = text[at];
    if (inside) {
      out.push(c);
      inside = escaped || c !== '"';
      escaped = !escaped && c === "\\";
    } else if (c === '"') {
      inside = true;
      out.push(c);
    } else if (c === "{" || c === "[") {
      depth += 1;
      out.push(c);
      if (!/^\s*[}\]]/.test(text.slice(at + 1, at + 20))) line();
    } else if (c === "}" || c === "]") {
      depth -= 1;
      if (!["{", "["].includes(out.at(-1))) line();
      out.push(c);
    } else if (c === ",") {
      out.push(c);
      line();
    } else if (c === ":") out.push(": ");
    else if (!/\s/.test(c)) out.push(c);
  }
  return out.join("");
}

// --- Start

try {
  const response = await fetch("/openapi.json");
  if (!response.ok) throw new Error(`HTTP ${response.status}`);
  specification = await response.json();
  readOperations();
  $("search").addEventListener("input", showList);
  addEventListener("hashchange", () => (showList(), show()));
  showList();
  show();
} catch (error) {
  $("main").replaceChildren(html("p", { role: "alert" }, `/openapi.json could not be loaded: ${error.message}`));
}
