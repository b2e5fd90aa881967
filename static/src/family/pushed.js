// A notice that came while no page was open: shown on the phone's screen, and one tap opens what it is about.
self.addEventListener('push', (event) => {
  const told = event.data ? event.data.json() : {};
  const about = { body: told.body, tag: told.tag, data: { url: told.url } }; // the same tag again replaces it
  event.waitUntil(self.registration.showNotification(told.title || '家桥', about));
});

self.addEventListener('notificationclick', (event) => {
  event.notification.close();
  const { pathname, search } = new URL((event.notification.data || {}).url || '/f/', self.location.origin);
  event.waitUntil(self.clients.openWindow(pathname + search));
});
