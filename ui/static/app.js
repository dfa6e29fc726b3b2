// Small comforts on top of pages that work without them. Nothing here is needed to do the work.
const d = document, $ = (s, e = d) => e.querySelector(s), $$ = (s, e = d) => [...e.querySelectorAll(s)];
const keep = { get: k => { try { return localStorage.getItem(k) } catch { return null } }, set: (k, v) => { try { localStorage.setItem(k, v) } catch { /* private mode */ } } };

// The error summary is read out first, so a person who cannot see the page knows why it came back.
$('.errors')?.focus();

// A slow line invites a second press; the same form goes out once.
d.addEventListener('submit', e => {
  const f = e.target;
  if (f.getAttribute('method') !== 'post' || e.defaultPrevented) return; // f.method is a field of that name where a form has one
  if (f.dataset.sent) return e.preventDefault();
  const k = keeping.get(f);
  clearTimeout(k?.wait);
  if (k?.under) { e.preventDefault(); return k.under.then(() => f.requestSubmit(e.submitter)) } // what is on its way arrives first
  f.dataset.sent = '1';
  delete f.dataset.dirty;
  $$('button:not([type=button])', f).forEach(b => b.setAttribute('aria-disabled', 'true'));
});
addEventListener('pageshow', () => $$('form[data-sent]').forEach(f => {
  delete f.dataset.sent;
  $$('[aria-disabled]', f).forEach(b => b.removeAttribute('aria-disabled'));
}));

// What is written into a long form reaches the server while it is being written: a dead battery costs a second, not an hour.
const keeping = new Map($$('form[data-keep]').map(f => [f, {}]));
const keepNow = f => {
  const k = keeping.get(f), was = f.dataset.dirty;
  if (k.under || f.dataset.sent) return;
  delete f.dataset.dirty;
  const body = new URLSearchParams(new FormData(f));
  body.set('keep', '1');
  const say = s => {
    k.under = null;
    if (s !== 'ok') f.dataset.dirty = was;
    const p = $('.state', f);
    p.hidden = false;
    p.dataset.k = s === 'ok' ? '' : 'off';
    $$('[data-when]', p).forEach(x => { x.hidden = x.dataset.when !== s });
    if (s === 'off' || f.dataset.dirty) k.wait = setTimeout(keepNow, s === 'off' ? 10000 : 700, f);
  };
  k.under = fetch(f.getAttribute('action'), { method: 'POST', body, keepalive: true, redirect: 'manual', signal: AbortSignal.timeout(15000) })
    .then(r => say(r.status === 204 ? 'ok' : r.type === 'opaqueredirect' ? 'out' : 'off'), () => say('off'));
};
d.addEventListener('input', e => {
  const f = e.target.closest('form[data-keep]'), k = keeping.get(f);
  if (k) { f.dataset.dirty = '1'; clearTimeout(k.wait); k.wait = setTimeout(keepNow, 700, f) }
});
d.addEventListener('visibilitychange', () => { if (d.hidden) keeping.forEach((k, f) => f.dataset.dirty && keepNow(f)) });

// Typed words are not lost by a wrong click.
d.addEventListener('input', e => { const f = e.target.closest('form[data-guard]'); if (f) f.dataset.dirty = '1' });
addEventListener('beforeunload', e => { if ($('form[data-dirty]')) e.preventDefault() });

d.addEventListener('change', e => {
  const t = e.target;
  if (t.matches('[data-autosubmit]')) t.form.requestSubmit();
  if (t.matches('[data-all]')) $$(`input[name="${t.dataset.all}"]`).forEach(c => { c.checked = t.checked });
});

d.addEventListener('click', e => {
  const t = e.target.closest('[data-copy],[data-print],[data-leave],[data-keyhelp],[data-close]');
  if (!t) { $$('details.menu[open],.tabbar details[open]').forEach(m => m.contains(e.target) || (m.open = false)); return }
  if ('copy' in t.dataset) navigator.clipboard?.writeText(t.dataset.copy).then(() => { if (t.dataset.done) t.textContent = t.dataset.done });
  if ('print' in t.dataset) print();
  if ('leave' in t.dataset) { e.preventDefault(); location.replace(t.href) }
  if ('keyhelp' in t.dataset) help?.showModal();
  if ('close' in t.dataset) t.closest('dialog').close();
});

// A quiet message with "Undo" goes away by itself, but never under a finger or the focus.
$$('.flash[data-seconds]').forEach(f => {
  const go = () => f.matches(':hover,:focus-within') ? setTimeout(go, 2000) : f.remove();
  setTimeout(go, f.dataset.seconds * 1000);
});

// Lists by keyboard. Single letters can be switched off, because speech input triggers them by accident.
const help = $('#keys'), box = $('#keys-on');
$$('[data-keyhelp],[data-print],[data-copy]').forEach(b => { b.hidden = false });
if (box) {
  box.checked = keep.get('keys') !== 'off';
  box.addEventListener('change', () => keep.set('keys', box.checked ? 'on' : 'off'));
}
const rows = () => $$('[data-list] tbody tr, li[data-item]').filter(r => $('a,button', r));
const at = () => rows().findIndex(r => r.contains(d.activeElement));
const link = r => r && ($('th a', r) || $('a,button', r));
d.addEventListener('keydown', e => {
  if (e.key === 'Escape') $$('details.menu[open],.tabbar details[open]').forEach(m => { m.open = false; $('summary', m).focus() });
  if (e.key === 'Enter' && (e.ctrlKey || e.metaKey) && e.target.form) return e.target.form.requestSubmit();
  if (e.ctrlKey || e.metaKey || e.altKey || keep.get('keys') === 'off' || help?.open) return;
  if (e.target.matches('textarea,select,[contenteditable],input:not([type=checkbox]):not([type=radio])')) return;
  const step = { j: 1, k: -1 }[e.key];
  if (step) link(rows()[Math.max(0, at() + step)])?.focus();
  else if (e.key === 'x' && at() >= 0) $('input[type=checkbox]', rows()[at()])?.click();
  else if (e.key === '/') $$('input[type=search]').find(i => i.offsetParent)?.focus();
  else if (e.key === '?') help?.showModal();
  else return;
  e.preventDefault();
});
