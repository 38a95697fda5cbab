// The sandbox's page. Whatever it shows goes into the document as text, never as HTML: records hold what
// anybody sent. The address after # says what is shown, so that links, the history and reloading work:
//   #/spaces/bookings/records?Booking_Resource=3   #/spaces/bookings/records/7   #/spaces/bookings/relations

const $ = (id) => document.getElementById(id);
const TABS = ["records", "properties", "relations"];
let entities = [];
let shown = null; // the description of the entity in view

// --- Small tools

function make(namespace, name, attributes, children) {
  const element = document.createElementNS(namespace, name);
  for (const [key, value] of Object.entries(attributes ?? {})) {
    if (value === true) element.setAttribute(key, "");
    else if (value !== null && value !== undefined && value !== false) element.setAttribute(key, value);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined));
  return element;
}
const html = (name, attributes, ...children) => make("http://www.w3.org/1999/xhtml", name, attributes, children);
const svg = (name, attributes, ...children) => make("http://www.w3.org/2000/svg", name, attributes, children);
const link = (to, ...children) => html("a", { href: `#/${to}` }, ...children);
// A name that may break before each of its words.
const soft = (name) => name.split(/(?<=[a-z0-9_])(?=[A-Z_])/).flatMap((word, at) => (at ? [html("wbr"), word] : [word]));
const button = (text, press) => {
  const made = html("button", { type: "button" }, text);
  made.addEventListener("click", press);
  return made;
};

// Ids have 64 bits, numbers of JavaScript 53: what does not fit stays the text that it was.
const exact = (_, value, context) => (Number.isInteger(value) && !Number.isSafeInteger(value) ? (context?.source ?? value) : value);

async function load(path, options) {
  const response = await fetch(`/__sandbox/${path}`, options);
  const body = response.status === 204 ? null : JSON.parse(await response.text(), exact);
  if (!response.ok) throw new Error(body?.Message ?? (typeof body === "string" ? body : `HTTP ${response.status}`));
  return body;
}

// Arrow keys move the focus among the elements of a list; Tab leaves it. One element of each list can be tabbed to.
function roving(list, selector, next = inLine) {
  const all = () => [...list.querySelectorAll(selector)];
  list.addEventListener("keydown", (event) => {
    const items = all();
    const at = items.indexOf(document.activeElement);
    const keys = ["ArrowDown", "ArrowRight", "ArrowUp", "ArrowLeft", "Home", "End"];
    if (at < 0 || !keys.includes(event.key) || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    next(items, at, event.key)?.focus();
  });
  list.addEventListener("focusin", (event) => {
    const item = event.target.closest(selector);
    if (item) tabOnly(list, selector, item);
  });
}
const inLine = (items, at, key) =>
  ({ ArrowDown: items[at + 1], ArrowRight: items[at + 1], ArrowUp: items[at - 1], ArrowLeft: items[at - 1], Home: items[0], End: items.at(-1) })[key];
// The list of entities hangs below the search.
const belowSearch = (items, at, key) => (at === 0 && key === "ArrowUp" ? $("search") : inLine(items, at, key));
// In a table up and down keep the column, as far as there is something in it.
function inTable(items, at, key) {
  const cell = items[at].closest("th, td");
  const row = { ArrowDown: cell.parentElement.nextElementSibling, ArrowUp: cell.parentElement.previousElementSibling }[key];
  return row ? (row.cells[cell.cellIndex].querySelector("a") ?? row.querySelector("a")) : key === "ArrowDown" || key === "ArrowUp" ? null : inLine(items, at, key);
}
function tabOnly(list, selector, chosen) {
  const items = [...list.querySelectorAll(selector)];
  for (const item of items) item.tabIndex = item === (chosen ?? items[0]) ? 0 : -1;
}

// Keeps only the last of several answers that are on their way.
let turn = 0;
const isLate = (mine) => mine !== turn;

function failed(place, error) {
  place.replaceChildren(html("p", { role: "alert" }, `This could not be loaded: ${error.message}`));
}

// --- The address

function route() {
  const [, path, query] = location.hash.match(/^#?\/?([^?]*)\??(.*)$/s);
  const [section, plural, tab, argument] = path.split("/").map(decoded);
  return {
    path: plural ? `${section}/${plural}` : null,
    tab: TABS.includes(tab) ? tab : "records",
    argument,
    query: new URLSearchParams(query ?? ""),
  };
}

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // Typed by hand, and not meant as an escape.
  }
}

async function show() {
  const wanted = route();
  const mine = ++turn;
  markCurrent(wanted.path);
  if (!wanted.path) {
    shown = null;
    return welcome();
  }
  if (shown?.path !== wanted.path) {
    const before = shown;
    try {
      const entity = await load(`entities/${wanted.path.split("/").map(encodeURIComponent).join("/")}`);
      if (isLate(mine)) return;
      shown = entity;
    } catch (error) {
      if (isLate(mine)) return;
      shown = null;
      return failed($("main"), error);
    }
    head(shown);
    // Whoever chose an entity wants to read on there; on the first load the focus stays at the top.
    if (before !== null || document.activeElement !== document.body) $("title").focus();
  }
  for (const tab of TABS) {
    const chosen = tab === wanted.tab;
    $(`tab-${tab}`).setAttribute("aria-selected", chosen);
    $(`tab-${tab}`).tabIndex = chosen ? 0 : -1;
  }
  const panel = $("panel");
  panel.setAttribute("aria-labelledby", `tab-${wanted.tab}`);
  try {
    if (wanted.tab === "properties") properties(panel, shown, wanted.argument);
    else if (wanted.tab === "relations") relations(panel, shown);
    else if (wanted.argument) await record(panel, shown, wanted.argument, mine);
    else await records(panel, shown, wanted.query, mine);
  } catch (error) {
    if (!isLate(mine)) failed(panel, error);
  }
}

// --- Entities and search

function listEntities() {
  const query = $("search").value.trim().toLowerCase();
  const place = $("entities");
  const item = (entity, matches) =>
    html("li", null,
      html("a", { href: `#/${entity.path}${matches.length ? `/properties/${matches[0]}` : ""}`, "data-path": entity.path },
        html("span", null, soft(entity.name)),
        html("span", { class: "quiet" }, entity.records ? String(entity.records) : ""),
        matches.length ? html("span", { class: "match" }, matches.slice(0, 3).join(", "), matches.length > 3 ? ` and ${matches.length - 3} more` : "") : null));
  if (query) {
    const named = [], holding = [];
    for (const entity of entities) {
      const [name, path] = [entity.name.toLowerCase(), entity.path];
      if (name.includes(query) || path.includes(query)) named.push([name.startsWith(query) ? name.length : 1000 + name.length, entity]);
      else {
        const matches = entity.properties.filter((property) => property.toLowerCase().includes(query));
        if (matches.length) holding.push([entity, matches]);
      }
    }
    named.sort((a, b) => a[0] - b[0]);
    place.replaceChildren(
      ...(named.length ? [html("h2", null, "By name"), html("ul", null, named.map(([, entity]) => item(entity, [])))] : []),
      ...(holding.length ? [html("h2", null, "By property"), html("ul", null, holding.map(([entity, matches]) => item(entity, matches)))] : []));
    const count = named.length + holding.length;
    $("found").textContent = count === 1 ? "1 entity found" : `${count || "no"} entities found`;
  } else {
    const sections = Map.groupBy(entities, (entity) => entity.section);
    place.replaceChildren(...[...sections].flatMap(([section, list]) => [html("h2", null, section), html("ul", null, list.map((entity) => item(entity, [])))]));
    $("found").textContent = "";
  }
  markCurrent(route().path);
}

function markCurrent(path) {
  let current = null;
  for (const item of $("entities").querySelectorAll("a")) {
    if (item.dataset.path === path) {
      item.setAttribute("aria-current", "page");
      current ??= item;
    } else item.removeAttribute("aria-current");
  }
  tabOnly($("entities"), "a", current);
  if (!current) return;
  // By hand: in some browsers scrollIntoView also moves the place that Tab goes on from.
  const list = current.closest("nav");
  const [item, frame] = [current.getBoundingClientRect(), list.getBoundingClientRect()];
  if (item.top < frame.top || item.bottom > frame.bottom) list.scrollTop += item.top - frame.top - frame.height / 3;
}

async function countRecords() {
  entities = await load("entities");
  if (!document.activeElement?.closest("#entities")) listEntities();
  const here = shown && entities.find((entity) => entity.path === shown.path);
  if (here) $("tab-records").textContent = `Records (${here.records})`;
}

// --- What is shown

function welcome() {
  document.title = "Nexudus sandbox";
  const records = entities.reduce((sum, entity) => sum + entity.records, 0);
  const example = `curl ${location.origin}/api/spaces/bookings -H 'Authorization: Bearer sandbox-token'`;
  const keys = [["/", "search"], ["↓ ↑", "move in a list, also from the search into it"], ["Enter", "open"], ["← →", "change the tab"], ["Esc", "clear the search, or leave a record"]];
  $("main").replaceChildren(
    html("h1", { id: "title", tabindex: "-1" }, "A local Nexudus"),
    html("p", null, `${entities.length} entities and ${records} records. Choose an entity, or send a request and watch it arrive.`),
    html("pre", null, example),
    html("h2", null, "Log in"),
    html("p", null, "As admin@example.com with the password sandbox, or with the bearer token sandbox-token, unless it was started with others."),
    html("h2", null, "Keys"),
    html("table", null, html("tbody", null, keys.map(([key, does]) => html("tr", null, html("th", { scope: "row" }, html("kbd", null, key)), html("td", null, does))))),
    html("h2", null, "Control"),
    html("p", null, html("a", { href: "/__sandbox" }, "/__sandbox"), " lists how to reset the sandbox, set its clock, make its answers fail, and keep snapshots."));
}

function head(entity) {
  document.title = `${entity.name} - Nexudus sandbox`;
  const relationCount = entity.points_at.length + entity.pointed_at_by.length;
  const texts = { records: `Records (${entity.records})`, properties: `Properties (${entity.properties.length})`, relations: `Relations (${relationCount})` };
  const tabs = html("div", { role: "tablist", "aria-label": entity.name },
    TABS.map((tab) => {
      const made = button(texts[tab], () => { location.hash = `#/${entity.path}/${tab}`; });
      for (const [key, value] of Object.entries({ role: "tab", id: `tab-${tab}`, "aria-controls": "panel" })) made.setAttribute(key, value);
      return made;
    }));
  roving(tabs, "[role=tab]");
  const deprecated = entity.deprecated === null ? "" : html("span", { class: "tag warn" }, entity.deprecated ? `deprecated: use ${entity.deprecated}` : "deprecated");
  $("main").replaceChildren(
    html("h1", { id: "title", tabindex: "-1" }, entity.name),
    html("p", null, entity.doc),
    deprecated, entity.doubt ? html("span", { class: "tag warn" }, entity.doubt) : "",
    html("div", { class: "scroll" }, html("table", null,
      html("thead", null, html("tr", null, ["Operation", "Request", "Role"].map((text) => html("th", { scope: "col" }, text)))),
      html("tbody", null, entity.operations.map((operation) => html("tr", null,
        html("th", { scope: "row" }, operation.operation),
        html("td", { class: "code" }, `${operation.method} ${operation.path}`),
        html("td", { class: "code" }, operation.role))),
        entity.files.map((file) => html("tr", null,
          html("th", { scope: "row" }, `download ${file.name}`),
          html("td", { class: "code" }, `GET /api/${entity.path}/${file.path}/{id}`),
          html("td", { class: "code" }, `${entity.name}-Read`)))))),
    tabs,
    html("div", { id: "panel", role: "tabpanel" }));
}

// --- Properties

function properties(panel, entity, wanted) {
  const row = (property) => {
    const target = property.of ? entities.find((other) => other.name === property.of) : null;
    const of = property.of ? [" of ", target ? link(target.path, soft(property.of)) : property.of] : [];
    const notes = [];
    if (property.write_only) notes.push("only ever written");
    if (property.get_only) notes.push("not in lists");
    if (property.sensitive) notes.push("secret");
    if (property.doc) notes.push(property.doc);
    const values = property.values ? html("details", null, html("summary", null, `${property.values.length} values`), property.values.map(([number, name]) => html("div", null, `${number} ${name}`))) : null;
    const filters = [property.filter, ...(property.range ?? [])].filter(Boolean).map((name) => html("div", null, soft(name)));
    const write = property.create || property.update ? [property.create ? `create: ${property.create}` : "not on create", property.update ? "update" : "not on update"].join(", ") : "read-only";
    return html("tr", { class: property.name === wanted ? "hit" : null, id: property.name === wanted ? "hit" : null },
      html("th", { scope: "row" }, soft(property.name)), html("td", null, property.type, of, values),
      html("td", null, write), html("td", { class: "names" }, filters), html("td", null, notes.join("; ")));
  };
  const table = (caption, list) => [html("h2", null, caption), html("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": caption }, html("table", null,
    html("thead", null, html("tr", null, ["Property", "Type", "Written", "Filters", "Notes"].map((text) => html("th", { scope: "col" }, text)))),
    html("tbody", null, list.map(row))))];
  panel.replaceChildren(
    ...table("Its own", entity.properties.filter((property) => !property.common)),
    ...table("Common to all entities", entity.properties.filter((property) => property.common)),
    ...(entity.related_filters.length ? [html("h2", null, "Filters on related records"), html("p", null, html("code", null, entity.related_filters.join(", ")))] : []));
  $("hit")?.scrollIntoView({ block: "center" });
}

// --- Relations, drawn: what points here on the left, what it points at on the right

function relations(panel, entity) {
  const together = (list) => {
    const nodes = new Map();
    for (const relation of list) {
      const node = nodes.get(relation.entity) ?? { name: relation.entity, path: relation.path, via: [] };
      node.via.push(relation.property + (relation.many ? " (many)" : ""));
      nodes.set(relation.entity, node);
    }
    return [...nodes.values()];
  };
  const [WIDTH, GAP, LINE, BEND] = [250, 10, 16, 36];
  const left = together(entity.pointed_at_by), right = together(entity.points_at);
  const high = (node) => 30 + LINE * node.via.length;
  const total = (nodes) => nodes.reduce((sum, node) => sum + high(node) + GAP, -GAP);
  const height = Math.max(total(left), total(right), 60) + 4;
  const middle = Math.min(height / 2, 160);
  const box = (node, x, y) => {
    const inside = [
      svg("rect", { x, y, width: WIDTH, height: high(node), rx: 6 }),
      svg("text", { x: x + 12, y: y + 20 }, node.name),
      node.via.map((via, line) => [" ", svg("text", { class: "via", x: x + 12, y: y + 20 + LINE * (line + 1) }, via)]),
    ];
    return node.path ? svg("a", { href: `#/${node.path}/relations` }, inside) : svg("g", null, inside);
  };
  const column = (nodes, x, curve) => {
    let y = 2 + Math.max(0, middle - total(nodes) / 2);
    return nodes.map((node) => {
      const made = [curve(y + high(node) / 2), box(node, x, y)];
      y += high(node) + GAP;
      return made;
    });
  };
  const center = Math.max(110, 8 * entity.name.length + 24);
  const A = 2 + WIDTH, B = A + BEND, C = B + center, D = C + BEND;
  const bend = (from, y1, to, y2) => svg("path", { d: `M${from} ${y1}C${from + BEND / 2} ${y1} ${to - BEND / 2} ${y2} ${to - 6} ${y2}`, "marker-end": "url(#arrow)" });
  const drawing = svg("svg", { viewBox: `0 0 ${D + WIDTH + 2} ${height}`, role: "group", "aria-label": `Relations of ${entity.name}` },
    svg("defs", null, svg("marker", { id: "arrow", viewBox: "0 0 6 6", refX: 1, refY: 3, markerWidth: 6, markerHeight: 6, orient: "auto" }, svg("path", { d: "M0 0L6 3L0 6z" }))),
    column(left, 2, (y) => bend(A, y, B, middle)),
    column(right, D, (y) => bend(C, middle, D, y)),
    svg("g", { class: "here" }, svg("rect", { x: B, y: middle - 20, width: center, height: 40, rx: 6 }), svg("text", { x: B + center / 2, y: middle + 5, "text-anchor": "middle" }, entity.name)));
  panel.replaceChildren(
    html("p", { class: "quiet" }, `${left.length} entities point at ${entity.name}, on the left; it points at ${right.length}, on the right.`),
    html("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Drawing of the relations" }, drawing));
}

// --- Records

const plain = (value) => (value === null ? "" : typeof value === "object" ? JSON.stringify(value) : String(value));
const isSet = (value) => value !== null && value !== false && value !== 0 && value !== "" && !(Array.isArray(value) && !value.length);

async function records(panel, entity, query, mine) {
  const asked = new URLSearchParams(query);
  if (!asked.has("orderBy") && !asked.has("dir")) asked.set("dir", "descending");
  // A filter that is refused stays where it is, to be mended.
  const refused = (error) => ({ Records: [], error });
  const page = await load(`records/${entity.path}?${asked}`).catch(refused);
  if (isLate(mine)) return;
  const to = (changes) => {
    const next = new URLSearchParams(query);
    for (const [key, value] of Object.entries(changes)) next.set(key, value);
    location.hash = `#/${entity.path}/records?${next}`;
  };
  const filters = entity.properties.flatMap((property) => [property.filter, ...(property.range ?? [])]).filter(Boolean).concat(entity.related_filters);
  const now = [...query].filter(([key]) => !["page", "size", "orderBy", "dir"].includes(key));
  const filter = html("input", { id: "filter", list: "filters", spellcheck: "false", placeholder: filters.length ? `${filters[0]}=...` : "", value: now.map(([key, value]) => `${key}=${value}`).join("&") });
  filter.addEventListener("keydown", (event) => {
    if (event.key === "Enter") location.hash = `#/${entity.path}/records?${filter.value.trim()}`;
  });
  const previous = button("Previous", () => to({ page: page.CurrentPage - 1 }));
  const next = button("Next", () => to({ page: page.CurrentPage + 1 }));
  previous.disabled = !page.HasPreviousPage;
  next.disabled = !page.HasNextPage;
  // What tells records apart: relations, texts and times before flags, what a record must have before the rest.
  const telling = ["id", "text", "datetime", "civil", "decimal"];
  const rank = (property) => (telling.includes(property.type) ? 0 : 2) + (property.create === "required" ? 0 : 1);
  const columns = entity.properties
    .filter((property) => !property.common && !["ids", "json"].includes(property.type))
    .filter((property) => page.Records.some((record) => isSet(record[property.name])))
    .sort((a, b) => rank(a) - rank(b))
    .slice(0, 6);
  const count = page.TotalItems ? `${page.FirstItem} to ${page.LastItem} of ${page.TotalItems}` : "no records";
  const table = html("table", { class: "list" },
    html("thead", null, html("tr", null, ["Id", "Called", ...columns.map((column) => column.name)].map((text) => html("th", { scope: "col" }, text)))),
    html("tbody", null, page.Records.map((record) => html("tr", null,
      html("th", { scope: "row" }, link(`${entity.path}/records/${record.Id}`, String(record.Id))),
      html("td", null, plain(record.ToStringText)),
      columns.map((column) => html("td", null, value(column, record[column.name])))))));
  const focused = document.activeElement?.id;
  panel.replaceChildren(
    html("div", { class: "bar" },
      html("label", { for: "filter" }, "Filter as the API does"), filter, html("datalist", { id: "filters" }, filters.map((name) => html("option", { value: `${name}=` }))),
      html("span", { role: "status" }, count), previous, next),
    page.error ? html("p", { role: "alert", class: "warn" }, page.error.message)
      : page.Records.length ? html("div", { class: "scroll" }, table) : html("p", { class: "quiet" }, "Nothing is stored here, or nothing that the filter lets through."));
  roving(table, "tbody a", inTable);
  tabOnly(table, "tbody a");
  if (focused === "filter") filter.focus();
}

// The value of a property: ids lead to their records, enumerations say their names.
function value(property, held) {
  if (held === null || held === undefined) return "";
  const target = property.of && entities.find((entity) => entity.name === property.of);
  if (property.type === "id") return target && held ? link(`${target.path}/records/${held}`, String(held)) : String(held);
  if (property.type === "ids" && Array.isArray(held)) return held.flatMap((id, at) => [at ? ", " : "", target ? link(`${target.path}/records/${id}`, String(id)) : String(id)]);
  if (property.values) return `${held} ${property.values.find(([number]) => number === held)?.[1] ?? ""}`;
  if (typeof held === "object") return html("pre", null, JSON.stringify(held, null, 2));
  return String(held);
}

async function record(panel, entity, id, mine) {
  const held = await load(`records/${entity.path}/${encodeURIComponent(id)}`);
  if (isLate(mine)) return;
  const rows = (list) => html("table", { class: "record" },
    html("thead", null, html("tr", null, ["Property", "Value"].map((text) => html("th", { scope: "col" }, text)))),
    html("tbody", null, list.map((property) => html("tr", null, html("th", { scope: "row" }, soft(property.name)), html("td", null, value(property, held[property.name]))))));
  const [set, unset] = [[], []];
  for (const property of entity.properties) (isSet(held[property.name]) ? set : unset).push(property);
  const incoming = entity.pointed_at_by.filter((relation) => relation.filter);
  panel.replaceChildren(
    html("p", null, link(`${entity.path}/records`, "All records"), ` / ${plain(held.ToStringText) || id}`),
    rows(set),
    unset.length ? html("details", null, html("summary", null, `${unset.length} properties are empty, false or 0`), rows(unset)) : "",
    incoming.length ? html("details", null, html("summary", null, "What points at it"), html("ul", null, incoming.map((relation) => html("li", null,
      link(`${relation.path}/records?${encodeURIComponent(relation.filter)}=${encodeURIComponent(id)}`, `${relation.entity} by ${relation.property}`))))) : "");
}

// --- Requests as they come

const KEPT = 300;
let last = 0;
let paused = false;

function request(entry) {
  const path = entry.target.split("?")[0].replace(/^\/api\//i, "").split("/");
  const entity = entities.find((other) => other.path === `${path[0]}/${path[1]}`.toLowerCase());
  const notes = [entry.at.slice(11, 19), `${(entry.micros / 1000).toFixed(1)} ms`, entry.user, entry.fault ? "failed on purpose" : null, entry.hint].filter(Boolean).join(" · ");
  return html("div", { class: "request fresh", "data-number": entry.number },
    html("span", null, entry.method),
    html("span", { class: "target" }, entity ? link(`${entity.path}`, entry.target) : entry.target),
    html("span", { class: `s${Math.floor(entry.status / 100)}` }, String(entry.status)),
    html("span", { class: "more" }, notes));
}

// After a write, what is in view may be stale. Lists are asked for again, a filter that is being typed is left alone.
let stale = null;
function refresh() {
  clearTimeout(stale);
  stale = setTimeout(() => {
    countRecords().catch(() => {});
    const here = route();
    const busy = document.activeElement?.closest("#panel");
    if (here.path && here.tab === "records" && !busy) show();
  }, 200);
}

async function follow() {
  let wait = 0; // The first answer comes at once and says that there is somebody.
  for (;;) {
    try {
      const news = await load(`log?after=${last}&wait=${wait}`);
      wait = 20;
      $("live").textContent = paused ? "paused" : "live";
      if (news.length) last = news.at(-1).number;
      while (paused) await new Promise((done) => setTimeout(done, 200));
      const place = $("requests");
      place.prepend(...news.slice(-KEPT).map(request).reverse());
      while (place.childElementCount > KEPT) place.lastElementChild.remove();
      if (news.some((entry) => entry.method !== "GET" && entry.status < 300)) refresh();
    } catch {
      // The sandbox is gone; another one begins to count anew.
      $("live").textContent = "not connected";
      last = wait = 0;
      await new Promise((done) => setTimeout(done, 1000));
      if ($("live").textContent === "not connected") $("requests").replaceChildren();
    }
  }
}

// --- Keys and buttons

$("search").addEventListener("input", listEntities);
$("search").addEventListener("keydown", (event) => {
  const first = $("entities").querySelector("a");
  if (event.key === "ArrowDown" && first) {
    event.preventDefault();
    first.focus();
  } else if (event.key === "Enter" && first && event.target.value.trim()) first.click();
});
document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, textarea, select");
  if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
    event.preventDefault();
    $("search").focus();
    $("search").select();
  } else if (event.key === "Escape") {
    const here = route();
    if (event.target.closest("header, nav") && $("search").value) {
      $("search").value = "";
      listEntities();
      $("search").focus();
    } else if (here.path && here.tab === "records" && here.argument) location.hash = `#/${here.path}/records`;
  }
});
$("pause").addEventListener("click", () => {
  paused = !paused;
  $("pause").setAttribute("aria-pressed", paused);
  $("live").textContent = paused ? "paused" : "live";
});
$("clear").addEventListener("click", async () => {
  await load("log", { method: "DELETE" });
  $("requests").replaceChildren();
});
document.querySelector(".skip").addEventListener("click", (event) => {
  event.preventDefault();
  $("main").focus();
});
roving($("entities"), "a", belowSearch);
window.addEventListener("hashchange", show);

try {
  await countRecords();
  show();
  follow();
} catch (error) {
  failed($("main"), error);
}
