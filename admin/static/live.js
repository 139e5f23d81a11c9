// One stream of changes a page (server-sent events), for whatever on it wants to stay fresh. Browsers come back by
// themselves after a cut; this comes back also when the panel answered with something else (a restart, a proxy's page).
// A hidden page holds no stream: browsers keep only a few connections to one host.

const BACK_AFTER_MS = 2000;
const BACK_AT_MOST_MS = 15000;

const listeners = [];
let stream = null;
let timer = 0;
let failures = 0;
let wasOpen = false;

const tell = (name, info) => listeners.forEach((one) => one[name]?.(info));

export const isConnected = () => stream?.readyState === EventSource.OPEN;

function connect() {
  clearTimeout(timer);
  if (document.hidden || (stream && stream.readyState !== EventSource.CLOSED)) return;
  stream = new EventSource("/live");
  stream.addEventListener("open", () => {
    failures = 0;
    if (wasOpen) tell("changed", { topics: ["queue", "cassette", "jobs"] }); // whatever happened meanwhile
    wasOpen = true;
  });
  stream.addEventListener("error", () => {
    tell("lost");
    if (stream.readyState !== EventSource.CLOSED) return; // the browser tries again
    failures += 1;
    timer = setTimeout(connect, Math.min(BACK_AFTER_MS * 2 ** (failures - 1), BACK_AT_MOST_MS));
  });
  for (const name of ["changed", "alive"]) stream.addEventListener(name, (event) => heard(name, JSON.parse(event.data)));
}

function heard(name, info) {
  if (info.version !== document.body.dataset.version) location.reload(); // the panel was updated
  else tell(name, info);
}

/** Hears `changed` ({topics, time}), `alive` ({time}) and `lost`; what it missed while away comes as `changed`. */
export function onLive(listener) {
  listeners.push(listener);
  if (listeners.length > 1) return;
  connect();
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) connect();
    else {
      stream?.close();
      stream = null;
    }
  });
  addEventListener("online", connect);
  addEventListener("pagehide", () => stream?.close());
}
