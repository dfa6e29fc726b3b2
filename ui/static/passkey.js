// Passkeys. The browser answers a question of the server; the answer travels in an ordinary form. Where a browser has no
// passkeys, the form stays hidden.
const bytes = s => Uint8Array.from(atob(s.replace(/-/g, '+').replace(/_/g, '/')), c => c.charCodeAt(0));
const text = b => btoa(String.fromCharCode(...new Uint8Array(b))).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');
const ids = list => (list || []).map(c => ({ ...c, id: bytes(c.id) }));

async function answer(kind, o) {
  const publicKey = { ...o, challenge: bytes(o.challenge) };
  if (kind === 'create') {
    publicKey.user = { ...o.user, id: bytes(o.user.id) };
    publicKey.excludeCredentials = ids(o.excludeCredentials);
  } else publicKey.allowCredentials = ids(o.allowCredentials);
  const c = await navigator.credentials[kind]({ publicKey }), r = c.response;
  const response = { clientDataJSON: text(r.clientDataJSON) };
  for (const k of ['attestationObject', 'authenticatorData', 'signature', 'userHandle']) if (r[k]) response[k] = text(r[k]);
  if (r.getTransports) response.transports = r.getTransports();
  return { id: c.id, rawId: text(c.rawId), type: c.type, response, clientExtensionResults: {}, authenticatorAttachment: c.authenticatorAttachment || undefined };
}

for (const f of document.querySelectorAll('form[data-passkey]')) {
  if (!window.PublicKeyCredential || f.dataset.ready) continue;
  f.dataset.ready = '1';
  f.hidden = false;
  const failed = f.querySelector('[data-passkey-failed]');
  f.addEventListener('submit', async e => {
    if (f.elements.answer.value) return;
    e.preventDefault();
    failed.hidden = true;
    try {
      const res = await fetch(f.dataset.begin, { method: 'POST' });
      if (!res.ok) throw new Error(res.status);
      const q = await res.json();
      f.elements.answer.value = JSON.stringify(await answer(f.dataset.passkey, q.options));
      f.elements.question.value = q.question;
      f.submit();
    } catch { failed.hidden = false }
  });
}
