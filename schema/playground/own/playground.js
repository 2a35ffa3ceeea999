// GraphiQL on this server, with examples that run as they stand and subscriptions that outlive their tab.
"use strict";

const endpoint = new URL("/graphql", window.location.href);
const socket = new URL(endpoint);
socket.protocol = endpoint.protocol === "https:" ? "wss:" : "ws:";
const client = graphqlWs.createClient({ url: socket.href, retryAttempts: Infinity, shouldRetry: () => true });
const send = GraphiQL.createFetcher({ url: endpoint.href, enableIncrementalDelivery: false });
const examples = JSON.parse(document.getElementById("examples").textContent);

// ── Variables of the examples, made of what there is ──────────────────────────────────────────

const WHAT_THERE_IS = `query WhatThereIs {
  customers(first: 1) { nodes { id } }
  products(first: 1, filter: { inStock: true }) { nodes { id } }
  orders(first: 1) { nodes { id } }
  open: orders(first: 1, filter: { status: [PENDING, CONFIRMED] }) { nodes { id } }
}`;
const REMEMBERED = "diptych:filled";
const filled = new Set(JSON.parse(localStorage.getItem(REMEMBERED) ?? "[]"));
let there = {};

async function look(minPosition) {
  const headers = { "content-type": "application/json" };
  const body = JSON.stringify({ query: WHAT_THERE_IS, extensions: minPosition && { minPosition } });
  const signal = AbortSignal.timeout(3000);
  const { data } = await fetch(endpoint, { method: "POST", headers, body, signal })
    .then((answer) => answer.json())
    .catch(() => ({}));
  const id = (list) => data[list].nodes[0]?.id ?? null;
  const tag = crypto.getRandomValues(new Uint32Array(1))[0].toString(36);
  there = { ...there, tag };
  if (data) Object.assign(there, { customer: id("customers"), product: id("products"), order: id("orders"), open: id("open") });
}

// The texts are kept, so that a later visit knows them for ours and no user's.
function variablesOf({ variables }) {
  const known = JSON.stringify(variables, null, 2);
  const text = known
    .replace(/"\$(\w+)"/g, (_, name) => JSON.stringify(there[name] ?? null))
    .replace(/\$(\w+)/g, (_, name) => there[name]);
  filled.add(text);
  localStorage.setItem(REMEMBERED, JSON.stringify([...filled].slice(-200)));
  return text;
}

const editors = () => [".graphiql-query-editor .CodeMirror", ".graphiql-editor-tool .CodeMirror"]
  .map((editor) => document.querySelector(editor)?.CodeMirror);

// What a user has not touched is filled anew: an order was placed meanwhile, it is of an earlier visit, or
// can be used only once. An id stays where there is none to take its place.
function refill() {
  const [query, variables] = editors();
  const example = examples.find((each) => each.query === query?.getValue());
  if (!example || !variables || !filled.has(variables.getValue())) return;
  const text = variablesOf(example);
  if (text !== variables.getValue() && !text.includes("null")) variables.setValue(text);
}

function refillOnceShown() {
  if (editors().every(Boolean)) refill();
  else requestAnimationFrame(refillOnceShown);
}

// ── Subscriptions ─────────────────────────────────────────────────────────────────────────────

// GraphiQL ends a subscription when its tab is left. Here it goes on, below, until it is stopped.
let stopping = false;
document.addEventListener("click", ({ target }) => {
  stopping = target.closest?.(".graphiql-execute-button") != null;
  setTimeout(() => { stopping = false; });
  if (target.closest?.(".graphiql-tab")) setTimeout(() => { refill(); look().then(refill); });
}, true);

const followed = new Map();

function follow(params) {
  const name = params.operationName ?? "subscription";
  const key = JSON.stringify([params.query, params.variables, name]);
  followed.get(key)?.end();
  const row = document.createElement("article");
  const stop = Object.assign(document.createElement("button"), { textContent: `Stop ${name}` });
  const header = document.createElement("header");
  const title = Object.assign(document.createElement("strong"), { textContent: name });
  const count = document.createElement("output");
  const newest = document.createElement("pre");
  header.append(title, count, stop);
  row.append(header, newest);
  document.getElementById("followed").prepend(row);
  return {
    subscribe: (observer) => {
      let states = 0;
      let listening = true;
      const tell = (kind, value) => { if (listening) observer[kind]?.(value); };
      const dispose = client.subscribe(params, {
        next: (result) => {
          states += 1;
          count.value = `${states} received, the last at ${new Date().toLocaleTimeString()}`;
          newest.textContent = JSON.stringify(result.data ?? result.errors, null, 2);
          tell("next", result);
        },
        error: (error) => {
          newest.textContent = JSON.stringify(error, null, 2);
          tell("error", error);
        },
        complete: () => { tell("complete"); end(); },
      });
      const end = () => {
        if (followed.get(key)?.end !== end) return;
        followed.delete(key);
        row.remove();
        dispose();
      };
      stop.onclick = end;
      followed.set(key, { end });
      return { unsubscribe: () => { listening = false; if (stopping) end(); } };
    },
  };
}

// ── The page ──────────────────────────────────────────────────────────────────────────────────

function kindOf({ query, operationName }) {
  const text = query.replace(/#.*$/gm, "");
  const name = operationName ? `\\s+${operationName}\\b` : "";
  return text.match(new RegExp(`\\b(query|mutation|subscription)\\b${name}`))?.[1] ?? "query";
}

// GraphiQL sends the name that it read last along with a text that was pasted over it and run at once.
function named({ operationName, ...params }) {
  const isThere = operationName && new RegExp(`\\b${operationName}\\b`).test(params.query);
  return isThere ? { ...params, operationName } : params;
}

async function fetcher(given, options) {
  const params = named(given);
  const kind = kindOf(params);
  if (kind === "subscription") return follow(params);
  const answer = await send(params, options);
  if (kind === "mutation") await look(answer.extensions?.position).then(refill);
  return answer;
}

look().then(() => {
  const defaultTabs = examples.map((example) => ({ query: example.query, variables: variablesOf(example) }));
  ReactDOM.createRoot(document.getElementById("playground"))
    .render(React.createElement(GraphiQL, { fetcher, defaultTabs, defaultEditorToolsVisibility: "variables" }));
  refillOnceShown();
});
