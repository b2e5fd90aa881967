// The page that stands where there is no network: which pages this phone has kept, the walk first.
const FIRST = [/^\/v\/$/, /^\/visits\/sheet\//, /^\/class\/observe\/$/];

function rank(url) {
  const found = FIRST.findIndex((pattern) => pattern.test(url.pathname));
  return found < 0 ? FIRST.length : found;
}

async function kept() {
  const cache = await caches.open('pages');
  const rows = await Promise.all((await cache.keys()).map(async (request) => {
    const html = await (await cache.match(request, { ignoreVary: true })).text();
    const title = new DOMParser().parseFromString(html, 'text/html').title.split(' · ')[0];
    return { url: new URL(request.url), title };
  }));
  return rows.sort((a, b) => rank(a.url) - rank(b.url) || a.title.localeCompare(b.title, 'zh'));
}

async function list() {
  const rows = 'caches' in window ? await kept() : [];
  const items = rows.map(({ url, title }) => {
    const item = document.createElement('li');
    const link = document.createElement('a');
    link.href = url.pathname + url.search;
    link.textContent = title;
    item.append(link);
    return item;
  });
  document.getElementById('kept').replaceChildren(...items);
  document.getElementById(rows.length ? 'some' : 'none').hidden = false;
}

// A browser says "online" as soon as there is some line, also just after the page opened on a weak one. The
// page is loaded again only where the school really answers, and never under the finger of who just tapped a page.
let isLeaving = false;

async function comeBack() {
  const answer = await fetch('/offline/state/', { cache: 'no-store' }).catch(() => null);
  if (answer?.ok && !isLeaving) window.location.reload();
}

document.getElementById('kept').addEventListener('click', (event) => {
  isLeaving = isLeaving || Boolean(event.target.closest('a'));
});
document.getElementById('again').addEventListener('click', () => window.location.reload());
window.addEventListener('pageshow', () => { isLeaving = false; });
window.addEventListener('online', comeBack);
list().catch(() => { document.getElementById('none').hidden = false; });
