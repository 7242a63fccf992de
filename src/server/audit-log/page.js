// Runs in the browser. What is asked stands in the address, so that it can be kept and passed on; texts of the trail become text nodes only.
const pageSize = 50;
const form = document.getElementById('filters');
const told = document.getElementById('told');
const table = document.getElementById('entries');
const [back, on, forget] = ['back', 'on', 'forget'].map((id) => document.getElementById(id));
const query = fetch('/audit-log/query.graphql').then((answer) => answer.text());
let cursors = {};
let latest = 0;

/** An element with a class, holding texts and elements. */
function element(name, className, ...children) {
  const made = document.createElement(name);
  if (className) made.className = className;
  made.append(...children.filter((child) => child !== null && child !== undefined && child !== ''));
  return made;
}

const asked = () => Object.fromEntries([...new FormData(form)].map(([name, value]) => [name, value.trim()]).filter(([, value]) => value));

function filterOf({ text, who, operation, event, table: tableName, key, field, run, from, to }) {
  const dayAfter = (day) => new Date(Date.parse(`${day}T00:00:00Z`) + 86_400_000).toISOString();
  return {
    ...(text && { text }),
    ...(who && { actorName: { contains: who } }),
    ...(operation && { operation: { eq: operation } }),
    ...(event && { operationName: { contains: event } }),
    ...(tableName && { tableName: { contains: tableName } }),
    ...(key && { entityKey: { eq: key } }),
    ...(field && { changedField: { eq: field } }),
    ...(run && { runId: run }),
    ...((from || to) && { occurredAt: { ...(from && { gte: `${from}T00:00:00Z` }), ...(to && { lt: dayAfter(to) }) } }),
  };
}

/** The answer's data; who asks is asked for where the server wants to know. Null when nobody says so. */
async function ask(variables) {
  const token = sessionStorage.getItem('token');
  const credentials = !token ? {} : token.startsWith('whk_') ? { 'x-api-key': token } : { authorization: `Bearer ${token}` };
  const answer = await fetch('/graphql', {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json', ...credentials },
    body: JSON.stringify({ query: await query, variables, operationName: 'AuditLogPage' }),
  });
  forget.hidden = !token;
  if (answer.status === 401) return (await askForToken()) ? ask(variables) : null;
  const { data, errors, extensions } = await answer.json();
  if (errors) throw new Error(errors[0].message);
  return { ...data.auditEntries, notices: extensions?.notices ?? [] };
}

function askForToken() {
  const dialog = document.getElementById('ask');
  const field = document.getElementById('token');
  field.value = '';
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener(
      'close',
      () => {
        if (field.value) sessionStorage.setItem('token', field.value.trim());
        resolve(field.value !== '');
      },
      { once: true },
    );
  });
}

async function show(page = { first: pageSize }) {
  const { order, ...wanted } = asked();
  const number = ++latest;
  table.setAttribute('aria-busy', 'true');
  say('Loading …');
  try {
    const found = await ask({ filter: filterOf(wanted), direction: order ?? 'DESC', ...page });
    if (number !== latest) return;
    if (!found) return say('Nothing is shown without a token.', true);
    const { nodes, pageInfo, notices } = found;
    table.tBodies[0].replaceChildren(...nodes.flatMap(rowsOf));
    table.hidden = nodes.length === 0;
    cursors = { back: pageInfo.hasPreviousPage && pageInfo.startCursor, on: pageInfo.hasNextPage && pageInfo.endCursor };
    [back.disabled, on.disabled] = [!cursors.back, !cursors.on];
    say(
      nodes.length === 0
        ? emptiness(notices)
        : `${nodes.length === 1 ? 'One entry' : `${nodes.length} entries`}${cursors.on ? ', and there are more' : ''}.`,
    );
  } catch (error) {
    if (number === latest) say(error instanceof Error ? error.message : String(error), true);
  } finally {
    if (number === latest) table.removeAttribute('aria-busy');
  }
}

function say(text, isWrong = false) {
  told.textContent = text;
  told.classList.toggle('wrong', isWrong);
}

const reasons = {
  TABLE_NOT_TRACKED: 'such a table is not tracked',
  TRIGGER_DISABLED: 'its triggers are disabled',
  RANGE_BEFORE_TRACKING: 'the period begins before it was tracked',
};

function emptiness(notices) {
  const known = notices.map(({ code }) => reasons[code]).filter(Boolean);
  return `No entry fits${known.length > 0 ? `: ${known.join(', ')}` : ''}.`;
}

/** A row, and below it one for what else is known, closed at first. */
function rowsOf(entry) {
  const { actor, operation, operationName, occurredAt, tableName, entityKey, summary, reason, run } = entry;
  const opener = element('button', 'link opener', summary);
  opener.type = 'button';
  opener.setAttribute('aria-expanded', 'false');
  const row = element(
    'tr',
    '',
    element('td', 'when', occurredAt.slice(0, 10), element('span', 'faint', occurredAt.slice(11, 23))),
    element(
      'td',
      '',
      actor.displayName ?? '',
      element('span', 'faint', actor.role ?? (actor.kind === 'USER' ? '' : actor.kind.toLowerCase())),
    ),
    element('td', '', element('span', `badge ${operation}`, operation), element('span', 'faint', operationName ?? '')),
    element('td', '', entityKey ?? '', element('span', 'faint', tableName ?? '')),
    element('td', '', opener, reason?.code && element('span', 'faint after-opener', reason.code), run && runLink(run)),
  );
  const detail = element('tr', 'detail');
  detail.hidden = true;
  opener.addEventListener('click', () => {
    if (!detail.firstChild) detail.append(detailOf(entry));
    detail.hidden = !detail.hidden;
    opener.setAttribute('aria-expanded', String(!detail.hidden));
  });
  return [row, detail];
}

function runLink({ key, name }) {
  const link = element('button', 'link', `Run ${name ?? key}`);
  link.type = 'button';
  link.addEventListener('click', () => {
    form.reset();
    form.elements.run.value = key;
    form.requestSubmit();
  });
  return element('span', 'faint after-opener', link);
}

function detailOf({ changes, reason, origin, actor, recordedAt, transactionId, details, run, id }) {
  const shown = (value) => (value === null || value === undefined ? '—' : typeof value === 'string' ? value : JSON.stringify(value));
  const line = (...cells) => element('tr', '', ...cells);
  const cell = document.createElement('td');
  cell.colSpan = 5;
  if (changes.length > 0) {
    const head = ['Field', 'Before', 'After'].map((name) => element('th', '', name));
    const body = changes.map(({ field, before, after }) =>
      line(element('td', '', field), ...[before, after].map((value) => element('td', '', element('code', '', shown(value))))),
    );
    cell.append(element('table', '', element('thead', '', line(...head)), element('tbody', '', ...body)));
  }
  const facts = {
    Reason: [reason?.text, reason?.code, reason?.reference].filter(Boolean).join(' · '),
    Details: details && (typeof details.text === 'string' && Object.keys(details).length === 1 ? details.text : JSON.stringify(details)),
    Program: [origin.application, origin.clientIp].filter(Boolean).join(', '),
    Request: origin.requestId,
    'Database account': actor.databaseUser,
    Transaction: transactionId,
    Run: run?.key,
    'Recorded at': recordedAt,
    Id: id,
  };
  const known = Object.entries(facts).filter(([, value]) => value);
  cell.append(element('dl', '', ...known.flatMap(([name, value]) => [element('dt', '', name), element('dd', '', value)])));
  return cell;
}

function fromAddress() {
  const wanted = new URLSearchParams(location.search);
  for (const field of form.elements) if (field.name) field.value = wanted.get(field.name) ?? '';
}

form.addEventListener('submit', (event) => {
  event.preventDefault();
  const address = new URLSearchParams(asked()).toString();
  history.pushState(null, '', address ? `/audit-log?${address}` : '/audit-log');
  void show();
});
form.addEventListener('reset', () => setTimeout(() => form.requestSubmit()));
back.addEventListener('click', () => void show({ last: pageSize, before: cursors.back }));
on.addEventListener('click', () => void show({ first: pageSize, after: cursors.on }));
forget.addEventListener('click', () => {
  sessionStorage.removeItem('token');
  location.reload();
});
addEventListener('popstate', () => {
  fromAddress();
  void show();
});

fromAddress();
void show();
