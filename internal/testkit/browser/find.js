// How the helpers find things: by the words a person reads. Returns {error} or {x, y, kind, …} of exactly one element.
// Each request is a call of this function, so nothing of it stays in the page.
(ask) => {
  const clean = s => (s || '').replace(/[\u200e\u200f\u2066-\u2069]/g, '').replace(/\s+/g, ' ').trim();
  const isSelector = s => /^(css:|[#.\[])/.test(s);
  const all = (root, s) => [...root.querySelectorAll(s)];
  const shown = e => e.getClientRects().length > 0 && getComputedStyle(e).visibility !== 'hidden';
  const text = e => clean(e.innerText || e.textContent);

  const labels = e => {
    const out = [...(e.labels || [])].map(text);
    const by = e.getAttribute('aria-labelledby');
    if (by) out.push(clean(by.split(/\s+/).map(id => text(document.getElementById(id) || e)).join(' ')));
    if (e.getAttribute('aria-label')) out.push(clean(e.getAttribute('aria-label')));
    return out.filter(Boolean);
  };
  const name = e => {
    if (e.matches('input[type=submit],input[type=button],input[type=reset]')) return clean(e.value);
    return clean(e.getAttribute('aria-label')) || text(e) || all(e, 'img[alt]').map(i => i.alt).join(' ') || clean(e.title);
  };

  // The part of the page to look in: a selector, or the words that name a group, a section or a row.
  const within = (root, where) => {
    if (isSelector(where)) return all(root, where.replace(/^css:/, ''));
    const titled = all(root, 'fieldset,section,article,form,dialog,details,table,nav,aside,[role=group],[role=region]').filter(e => {
      const heads = [...e.querySelectorAll('legend,h1,h2,h3,h4,caption,summary')].slice(0, 1).map(text);
      return [...heads, ...labels(e)].includes(clean(where));
    });
    const found = titled.length ? titled : all(root, 'tr,li,article,.card,dl > div').filter(e => text(e).includes(clean(where)));
    return found.filter(e => !found.some(o => o !== e && e.contains(o))); // the innermost
  };
  let root = document;
  for (const where of ask.scope || []) {
    const found = within(root, where).filter(shown);
    if (found.length !== 1) return {error: `${found.length} parts of the page are called “${where}”, not one`};
    root = found[0];
  }
  if (ask.kind === 'text') return {text: root === document ? document.body.innerText : root.innerText};

  const want = clean(ask.target);
  let pool, named;
  if (ask.kind === 'click') {
    pool = 'a[href],button,summary,input[type=submit],input[type=button],[role=button],[role=tab],[role=menuitem],label';
    named = e => [name(e)];
  } else {
    const fields = {
      field: 'textarea,select,[contenteditable=true],input:not([type=radio]):not([type=checkbox]):not([type=hidden]):not([type=submit])',
      radio: 'input[type=radio]', checkbox: 'input[type=checkbox]', select: 'select', file: 'input[type=file]'};
    pool = fields[ask.kind];
    named = e => [...labels(e), e.name, e.id];
  }
  // A radio or checkbox may be drawn by its label, a file field by a button: then the label is what is seen.
  const visible = e => shown(e) || [...(e.labels || [])].some(shown);
  let found;
  if (isSelector(ask.target)) {
    found = all(root, ask.target.replace(/^css:/, ''));
  } else {
    const candidates = all(root, pool).filter(visible);
    found = candidates.filter(e => named(e).includes(want));
    if (!found.length) found = candidates.filter(e => named(e).some(n => n && n.startsWith(want)));
    if (!found.length) found = candidates.filter(e => named(e).some(n => n && n.includes(want)));
    // A button in a label, or a label beside its link: the control itself is meant.
    if (found.some(e => e.tagName !== 'LABEL')) found = found.filter(e => e.tagName !== 'LABEL');
    if (!found.length) {
      const there = [...new Set(candidates.flatMap(e => named(e).slice(0, 1)).filter(Boolean))].slice(0, 40);
      return {error: `nothing of the kind “${ask.kind}” is called “${ask.target}”; there are: ${there.join(' | ')}`};
    }
    if (found.length > 1 && new Set(found.map(e => e.href || e)).size === 1) found = found.slice(0, 1);
  }
  // What is hidden from who listens to a page (a form's first button, for the Enter key) is no second thing of that name.
  if (found.length > 1) found = found.filter(e => !e.closest('[aria-hidden=true]'));
  if (found.length !== 1) {
    return {error: `${found.length} elements answer to “${ask.target}”: ${found.slice(0, 6).map(e => e.outerHTML.slice(0, 120)).join(' | ')}`};
  }
  const e = found[0];
  if (e.disabled || e.getAttribute('aria-disabled') === 'true') return {error: `“${ask.target}” is disabled`};
  let aim = shown(e) ? e : [...(e.labels || [])].find(shown);
  if (!aim) return {error: `“${ask.target}” is not visible`};
  const small = aim === e && e.labels && e.labels.length && ['radio', 'checkbox'].includes(e.type);
  if (small && (e.getBoundingClientRect().width < 4 || getComputedStyle(e).opacity === '0')) aim = e.labels[0];
  aim.scrollIntoView({block: 'center', inline: 'nearest', behavior: 'instant'});

  const out = {checked: !!e.checked, type: e.type || '', tag: e.tagName.toLowerCase(), name: e.name || e.id || ''};
  const link = e.closest('a[href]');
  out.leaves = link ? !link.download && link.target !== '_blank' && !link.getAttribute('href').startsWith('#')
    : !!(e.form && /^(submit|image)$/.test(e.type) && e.form.method !== 'dialog');
  if (ask.kind === 'select') {
    const options = [...e.options];
    const option = options.find(o => clean(o.label) === clean(ask.value)) || options.find(o => o.value === ask.value);
    if (!option) return {error: `“${ask.target}” has no choice “${ask.value}”; there are: ${options.map(o => clean(o.label)).join(' | ')}`};
    e.focus();
    if (e.multiple) option.selected = true; else e.value = option.value;
    e.dispatchEvent(new Event('input', {bubbles: true}));
    e.dispatchEvent(new Event('change', {bubbles: true}));
    return out;
  }
  if (ask.kind === 'file') {
    e.setAttribute('data-test-file', ask.value);
    return out;
  }
  if (ask.kind === 'field') {
    e.focus();
    if (document.activeElement !== e) return {error: `“${ask.target}” cannot be focused`};
    if (e.readOnly) return {error: `“${ask.target}” is read-only`};
    // These are set by a picker, not by typing.
    if (/^(date|time|month|week|datetime-local|color|range)$/.test(e.type)) {
      e.value = ask.value;
      if (e.value !== ask.value) return {error: `“${ask.target}” (${e.type}) does not take “${ask.value}”`};
      e.dispatchEvent(new Event('input', {bubbles: true}));
      e.dispatchEvent(new Event('change', {bubbles: true}));
      out.done = true;
    } else if (e.select) e.select(); else document.getSelection().selectAllChildren(e);
    return out;
  }
  // A link over two lines is hit on its first line, not in the empty middle.
  const box = aim.getClientRects()[0];
  out.x = box.left + box.width / 2;
  out.y = box.top + box.height / 2;
  const hit = document.elementFromPoint(out.x, out.y);
  if (!hit || !(aim.contains(hit) || hit.contains(aim) || (e.labels && [...e.labels].some(l => l.contains(hit))))) {
    return {error: `“${ask.target}” is covered by ${hit ? hit.outerHTML.slice(0, 160) : 'the edge of the window'}`};
  }
  return out;
}
